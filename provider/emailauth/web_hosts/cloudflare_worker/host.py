"""The host itself: what is read, and what a change consists of."""

import re
import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.file import FileWrite
from emailauth.core.names import is_host
from emailauth.core.record import Record
from emailauth.vendors.cloudflare.connection import Connection
from emailauth.vendors.cloudflare.zones import Zone
from emailauth.vendors.cloudflare.zones import Zones as SeenZones
from emailauth.web_hosts import ReadBack
from emailauth.web_hosts.cloudflare_worker.limits import SCRIPT_OCTETS
from emailauth.web_hosts.cloudflare_worker.script import render
from emailauth.web_hosts.cloudflare_worker.state import State, host_of, hosts_of, read
from emailauth.web_hosts.cloudflare_worker.steps import TAKE_OVER, Steps, listing
from emailauth.web_hosts.cloudflare_worker.worker import Worker
from emailauth.web_hosts.cloudflare_worker.zones import Zones

_URL: Final = re.compile(r"https://[a-z0-9.-]+(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]{1,255})+")
"""One that is the same text to everybody: plain segments, nothing encoded."""


class CloudflareWorker:
    """One Worker that answers for all its host names."""

    def __init__(self, *, connection: Connection, account: str | None, script: str, override: Collection[str], read_back: ReadBack) -> None:
        """`account` None: the only one whose zones the token sees. `override`: host names that may be taken from other Workers."""
        self.read_back = read_back
        self.prepares = False
        self._connection = connection
        self._zones = Zones(SeenZones(connection, account), account)
        self._script = script
        self._override = frozenset(override)
        self._changing = threading.Lock()

    def read(self, urls: Collection[str]) -> Mapping[str, bytes | None]:
        """See `WebHost.read`. `b""` stands also for what is left of a removal that was not finished."""
        _check_urls(urls)
        if not urls:
            return {}
        worker = self._worker()
        state = read(worker, worker.domains())
        return {url: state.kept(url) for url in urls}

    def change(self, writes: Sequence[FileWrite]) -> None:
        """See `WebHost.change`: one upload for all files, then the host names that come, then those that go."""
        _check_urls([write.url for write in writes])
        if not writes:
            return
        with self._changing:
            worker = self._worker()
            domains = worker.domains()
            wanted = hosts_of([write.url for write in writes if write.after is not None])
            coming = [host for host in sorted(wanted) if host not in domains or domains[host].service != self._script]
            zones = {host: self._zones.of(host) for host in coming}
            state = read(worker, domains)  # last, so that little time is left to others
            self._check(state, writes, coming)
            self._make(worker, state, writes, zones)

    def place(self, url: str) -> str:
        """The Worker, and what it gives there."""
        return f"{url.removeprefix('https://')} in the Cloudflare Worker {self._script}"

    def to_prepare(self, hosts: Collection[str]) -> Mapping[str, str]:
        """Nothing: the DNS records of the host names are Cloudflare's business."""
        return {}

    def prepare(self, hosts: Collection[str]) -> None:
        """Nothing is to be made."""

    def records(self, host: str, domain: str) -> Sequence[Record]:
        """None: Cloudflare makes and removes the record of a custom domain (`AAAA 100::`, proxied) itself."""
        return ()

    def _worker(self) -> Worker:
        return Worker(connection=self._connection, account=self._zones.account(), name=self._script)

    def _check(self, state: State, writes: Sequence[FileWrite], coming: Collection[str]) -> None:
        """Raises `CouldNotDoError` for what must not be written over, before anything is changed."""
        changed = [self.place(write.url) for write in writes if not state.agrees(write)]
        if changed:
            raise ConflictError(f"somebody else changed {listing(changed)} since it was read: plan again")
        taken = [f"{host} (of {state.domains[host].service})" for host in coming if host in state.domains and host not in self._override]
        if taken:
            raise CouldNotDoError(f"custom domains of other Workers, {listing(taken)}, are left alone: {TAKE_OVER}")

    def _make(self, worker: Worker, state: State, writes: Sequence[FileWrite], zones: Mapping[str, Zone]) -> None:
        files = state.after(writes)
        text = render(files)
        if len(text) > SCRIPT_OCTETS:
            raise CouldNotDoError(
                f"the files make a Worker of {len(text)} octets, and Cloudflare takes {SCRIPT_OCTETS}: serve some of them elsewhere"
            )
        candidates = hosts_of([write.url for write in writes]) if files else state.attached
        leaving = sorted((state.attached & candidates) - hosts_of(files))
        steps = Steps(worker=worker, pause=self._connection.pause, override=self._override)
        if text != state.text and (files or leaving):
            steps.upload(state.text, text, files)
        steps.attach(zones)
        steps.detach([state.domains[host] for host in leaving])
        steps.confirm(zones, leaving)
        if not files and state.text is not None:
            steps.delete(text if leaving else state.text)


def _check_urls(urls: Collection[str]) -> None:
    for url in urls:
        if not _URL.fullmatch(url) or not is_host(host_of(url)):
            raise UsageError(f"{url!r} cannot be served by a Worker: https://, a host name in lower case, and a plain path are needed")
