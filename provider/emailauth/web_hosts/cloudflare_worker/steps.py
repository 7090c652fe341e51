"""The steps of a change, each seen made; what is so already is no step.

The order is the files, the host names that come, those that go, and at last a Worker that holds nothing. A file counts as served
only when its host name leads to the Worker, and a host name or a Worker without files counts as something left (`State.kept`):
so whatever call a run was killed at, the next one sees it and goes on.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from emailauth.core.errors import CouldNotDoError
from emailauth.vendors.cloudflare.refusals import Lost, Refused
from emailauth.vendors.cloudflare.zones import Zone
from emailauth.web_hosts.cloudflare_worker import settle
from emailauth.web_hosts.cloudflare_worker.refusals import NO_SUCH_WORKER, OTHER_RECORDS, OTHER_WORKER, SETTING
from emailauth.web_hosts.cloudflare_worker.script import ForeignScriptError, Served, SpoiltScriptError, parse
from emailauth.web_hosts.cloudflare_worker.worker import Domain, Worker

TAKE_OVER: Final = f"remove the custom domain there, or name the host in {SETTING}: override, which takes it over without a gap"
_TOLD: Final = 5
"""Names in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps on one Worker. Each raises `CouldNotDoError`; what was done by then stays."""

    worker: Worker
    pause: Callable[[float], None]
    override: Collection[str]
    """Host names that may be taken from other Workers."""

    def upload(self, before: str | None, text: str, files: Mapping[str, Served]) -> None:
        """The Worker's text. Nothing in the API compares and swaps, so what it is neither before nor after is told."""

        def is_there() -> bool:
            found = self.worker.text()
            if found not in {text, before}:
                raise CouldNotDoError(
                    f"somebody else changed the Worker {self.worker.name} at the same moment ({_difference(found, files)}): "
                    "plan again, and let one run at a time change it"
                )
            return found == text

        what = f"the Worker {self.worker.name}"
        settle.make(lambda: self.worker.upload(text), is_there, self.pause, f"upload {what}")
        settle.see(is_there, self.pause, what)

    def attach(self, zones: Mapping[str, Zone]) -> None:
        """Host names that come, by the zone of each. One that cannot be had does not stop the others."""
        problems = [problem for host, zone in sorted(zones.items()) if (problem := self._attach(host, zone))]
        if problems:
            raise CouldNotDoError("; ".join(problems))

    def detach(self, domains: Collection[Domain]) -> None:
        """Host names that go."""
        for domain in domains:
            host = domain.hostname
            settle.make(partial(self.worker.detach, domain), partial(self._is_gone, host), self.pause, f"remove the custom domain {host}")

    def confirm(self, come: Collection[str], gone: Collection[str]) -> None:
        """Reads the host names back."""
        if come or gone:
            what = f"the custom domains of the Worker {self.worker.name}"
            settle.see(lambda: frozenset(come) <= (found := self._attached()) and not frozenset(gone) & found, self.pause, what)

    def delete(self, text: str) -> None:
        """The Worker itself, where it still has the text that holds nothing: somebody else may have begun to use it."""
        if self.worker.text() == text:
            settle.make(self.worker.delete, lambda: self.worker.text() is None, self.pause, f"delete the Worker {self.worker.name}")

    def _attach(self, host: str, zone: Zone) -> str | None:
        """Returns what is in the way, where it is of this host name only."""
        try:
            settle.make(lambda: self._attempt(host, zone), lambda: host in self._attached(), self.pause, f"attach {host} to the Worker")
        except Refused as e:
            if OTHER_RECORDS in e.refusal.codes:
                return (
                    f"{host} has A, AAAA or CNAME records of its own in the zone {zone.name}: delete those at Cloudflare and run again at "
                    f"once, so that the Worker answers instead (code {OTHER_RECORDS})"
                )
            if OTHER_WORKER in e.refusal.codes:
                return f"{host} is a custom domain of another Worker: {TAKE_OVER} (code {OTHER_WORKER})"
            raise
        return None

    def _attempt(self, host: str, zone: Zone) -> None:
        try:
            self.worker.attach(host, zone.id, override=host in self.override)
        except Refused as e:
            if NO_SUCH_WORKER in e.refusal.codes:  # seen shortly after the first upload
                raise Lost("it does not know the Worker yet") from None
            raise

    def _is_gone(self, host: str) -> bool:
        return host not in self._attached()

    def _attached(self) -> frozenset[str]:
        return frozenset(host for host, domain in self.worker.domains().items() if domain.service == self.worker.name)


def listing(names: Collection[str]) -> str:
    """The first few of them, for a person."""
    told = ", ".join(sorted(names)[:_TOLD])
    return told if len(names) <= _TOLD else f"{told} and {len(names) - _TOLD} more"


def _difference(text: str | None, files: Mapping[str, Served]) -> str:
    if text is None:
        return "it is gone"
    try:
        found = parse(text)
    except (ForeignScriptError, SpoiltScriptError):
        return "it is not emailauth's any more"
    return listing([url for url in found.keys() | files.keys() if found.get(url) != files.get(url)]) or "its code"
