"""A Worker and the custom domains of its account: the calls that are made, what each sends, needs and gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from emailauth.core.errors import CouldNotDoError
from emailauth.web_hosts.cloudflare_worker.connection import Connection
from emailauth.web_hosts.cloudflare_worker.errors import READING, WRITING, RefusedError, Task
from emailauth.web_hosts.cloudflare_worker.form import main_module

S = TypeVar("S", bound=msgspec.Struct)

MODULE: Final = "worker.mjs"
COMPATIBILITY: Final = "2026-01-01"
"""The date whose behaviour of the runtime the Worker is written for."""


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A custom domain: a host name that a Worker answers for."""

    id: str
    hostname: str
    service: str
    """The name of the Worker."""


class _Domains(msgspec.Struct, frozen=True, kw_only=True):
    result: list[Domain]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A Worker of an account, there or not. What is asked raises `CouldNotDoError`; what changes something, `LostError` too."""

    connection: Connection
    account: str
    name: str

    def domains(self) -> dict[str, Domain]:
        """The custom domains of all Workers of the account, by host name."""
        task = Task(doing="list the custom domains of the Workers", permission=READING)
        answer = self.connection.call(task, lambda client: client.workers.domains.with_raw_response.list(account_id=self.account))
        return {domain.hostname: domain for domain in understood(answer.parse, _Domains, task).result}

    def text(self) -> str | None:
        """What is served now; None: there is no Worker of this name; empty: one that does not consist of a single module."""
        task = Task(doing=f"read the Worker {self.name}", permission=READING)
        try:
            answer = self.connection.call(
                task, lambda client: client.workers.scripts.content.with_raw_response.get(self.name, account_id=self.account)
            )
        except RefusedError as e:
            if e.is_missing:
                return None
            raise
        content = main_module(answer.headers.get("content-type", ""), answer.read())
        return "" if content is None else content.decode("utf-8", "replace")

    def upload(self, text: str) -> None:
        """Makes this module the Worker, whatever it was, and serves it."""
        self.connection.call(
            Task(doing=f"upload the Worker {self.name}", permission=WRITING),
            lambda client: client.workers.scripts.with_raw_response.update(
                self.name,
                account_id=self.account,
                metadata={"main_module": MODULE, "compatibility_date": COMPATIBILITY, "bindings": []},
                files=[(MODULE, text.encode(), "application/javascript+module")],
            ),
            changes=True,
        )

    def delete(self) -> None:
        """One that is not there is no error."""
        task = Task(doing=f"delete the Worker {self.name}", permission=WRITING)
        _gone(
            lambda: self.connection.call(
                task, lambda client: client.workers.scripts.with_raw_response.delete(self.name, account_id=self.account), changes=True
            )
        )

    def attach(self, hostname: str, zone_id: str, *, override: bool) -> None:
        """Answers for a host name: Cloudflare makes its DNS record and its certificate. `override`: also where another Worker does."""
        self.connection.call(
            Task(doing=f"make {hostname} a custom domain of the Worker {self.name}", permission=WRITING),
            lambda client: client.workers.domains.with_raw_response.update(
                account_id=self.account,
                hostname=hostname,
                service=self.name,
                zone_id=zone_id,
                extra_body={"override_existing_origin": True} if override else None,
            ),
            changes=True,
        )

    def detach(self, domain: Domain) -> None:
        """Answers for a host name no more, and its DNS record goes; one that is gone is no error."""
        task = Task(doing=f"remove the custom domain {domain.hostname}", permission=WRITING)
        _gone(
            lambda: self.connection.call(
                task, lambda client: client.workers.domains.with_raw_response.delete(domain.id, account_id=self.account), changes=True
            )
        )


def _gone(delete: Callable[[], object]) -> None:
    try:
        delete()
    except RefusedError as e:
        if not e.is_missing:
            raise


def understood(parse: Callable[[], object], shape: type[S], task: Task) -> S:
    """What is needed of an answer; the SDK itself takes whatever comes. Raises `CouldNotDoError`."""
    from cloudflare import APIResponseValidationError  # noqa: PLC0415 - the SDK is heavy

    try:
        return msgspec.convert(parse(), shape, from_attributes=True)
    except (msgspec.ValidationError, APIResponseValidationError, AttributeError, TypeError, ValueError):  # as the SDK fails on other JSON
        raise CouldNotDoError(f"Cloudflare was asked to {task.doing} and answered something else: update emailauth and its SDK") from None
