"""A Worker and the custom domains of its account: the calls that are made, what each sends, needs and gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from emailauth.vendors.cloudflare.calls import Permission, Task
from emailauth.vendors.cloudflare.connection import Connection, understood
from emailauth.vendors.cloudflare.refusals import Refused
from emailauth.web_hosts.cloudflare_worker.form import main_module
from emailauth.web_hosts.cloudflare_worker.refusals import SETTING

_SCOPE: Final = f"for the account of the Worker ({SETTING}: account)"
_READ: Final = Permission(name="Workers Scripts Read", shown="Account / Workers Scripts / Read", scope=_SCOPE)
_WRITE: Final = Permission(name="Workers Scripts Write", shown="Account / Workers Scripts / Edit", scope=_SCOPE)

MODULE: Final = "worker.mjs"
COMPATIBILITY: Final = "2026-01-01"
"""The date whose behaviour of the runtime the Worker is written for."""


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A custom domain: a host name that a Worker answers for."""

    id: str
    hostname: str
    service: str
    """The name of the Worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A Worker of an account, there or not. What is asked raises `CouldNotDoError`; what changes something, `Lost` too."""

    connection: Connection
    account: str
    name: str

    def domains(self) -> dict[str, Domain]:
        """The custom domains of all Workers of the account, by host name."""
        task = Task(doing="list the custom domains of the Workers", needs=_READ)
        answer = self.connection.read(task, lambda client: client.workers.domains.with_raw_response.list(account_id=self.account))
        return {domain.hostname: domain for domain in understood(answer["result"], list[Domain], task)}

    def text(self) -> str | None:
        """What is served now; None: there is no Worker of this name; empty: one that does not consist of a single module."""
        task = Task(doing=f"read the Worker {self.name}", needs=_READ)
        try:
            headers, body = self.connection.download(
                task, lambda client: client.workers.scripts.content.with_raw_response.get(self.name, account_id=self.account)
            )
        except Refused as e:
            if e.refusal.is_missing:
                return None
            raise
        content = main_module(headers.get("content-type", ""), body)
        return "" if content is None else content.decode("utf-8", "replace")

    def upload(self, text: str) -> None:
        """Makes this module the Worker, whatever it was, and serves it."""
        self.connection.change(
            Task(doing=f"upload the Worker {self.name}", needs=_WRITE),
            lambda client: client.workers.scripts.with_raw_response.update(
                self.name,
                account_id=self.account,
                metadata={"main_module": MODULE, "compatibility_date": COMPATIBILITY, "bindings": []},
                files=[(MODULE, text.encode(), "application/javascript+module")],
            ),
        )

    def delete(self) -> None:
        """One that is not there is no error."""
        task = Task(doing=f"delete the Worker {self.name}", needs=_WRITE)
        _gone(
            lambda: self.connection.change(
                task, lambda client: client.workers.scripts.with_raw_response.delete(self.name, account_id=self.account)
            )
        )

    def attach(self, hostname: str, zone_id: str, *, override: bool) -> None:
        """Answers for a host name: Cloudflare makes its DNS record and its certificate. `override`: also where another Worker does."""
        self.connection.change(
            Task(doing=f"make {hostname} a custom domain of the Worker {self.name}", needs=_WRITE),
            lambda client: client.workers.domains.with_raw_response.update(
                account_id=self.account,
                hostname=hostname,
                service=self.name,
                zone_id=zone_id,
                extra_body={"override_existing_origin": True} if override else None,
            ),
        )

    def detach(self, domain: Domain) -> None:
        """Answers for a host name no more, and its DNS record goes; one that is gone is no error."""
        task = Task(doing=f"remove the custom domain {domain.hostname}", needs=_WRITE)
        _gone(
            lambda: self.connection.change(
                task, lambda client: client.workers.domains.with_raw_response.delete(domain.id, account_id=self.account)
            )
        )


def _gone(delete: Callable[[], object]) -> None:
    try:
        delete()
    except Refused as e:
        if not e.refusal.is_missing:
            raise
