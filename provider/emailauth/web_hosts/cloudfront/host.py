"""The host: reads what AWS has, and has it changed by one thread at a time."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from emailauth.core.file import FileWrite
from emailauth.core.record import Record
from emailauth.web_hosts import ReadBack
from emailauth.web_hosts.cloudfront.changing import Changing
from emailauth.web_hosts.cloudfront.function import IN_BUCKET
from emailauth.web_hosts.cloudfront.preparing import Preparing
from emailauth.web_hosts.cloudfront.reading import Reader
from emailauth.web_hosts.cloudfront.state import State
from emailauth.web_hosts.cloudfront.urls import split

_FRESH: Final = 10.0
"""Seconds for which a reading of the account answers everything that is asked of it; what changes something reads again."""


class CloudFront:
    """Hosted files at Amazon CloudFront; see `WebHost`. For threads."""

    prepares = True

    def __init__(
        self, *, reader: Reader, preparing: Preparing, changing: Changing, read_back: ReadBack, clock: Callable[[], float]
    ) -> None:
        """`clock` is in seconds."""
        self.read_back = read_back
        self._reader, self._preparing, self._changing, self._clock = reader, preparing, changing, clock
        self._asked: set[str] = set()
        """All host names that were asked for: those of the file, as far as they are known."""
        self._state: tuple[float, State] | None = None
        self._reading, self._writing = threading.Lock(), threading.Lock()

    def read(self, urls: Collection[str]) -> Mapping[str, bytes | None]:
        """See `WebHost.read`. A file whose object in the bucket was deleted by hand reads as empty."""
        state = self._read([split(url)[0] for url in urls])
        return {url: self._changing.read(state, url) for url in urls}

    def change(self, writes: Sequence[FileWrite]) -> None:
        """See `WebHost.change`. Waits until the certificate is issued and CloudFront has deployed everything, which takes minutes."""
        with self._writing:
            asked = self._ask([split(write.url)[0] for write in writes if write.after is not None])
            try:
                self._changing.change(writes, asked)
            finally:
                self._forget()

    def place(self, url: str) -> str:
        """The function or the bucket, as far as they are known without a call."""
        host, path = split(url)
        with self._reading:
            site = self._state[1].site_of(host) if self._state else None
        if site is None or site.distribution is None:
            return "Amazon CloudFront"
        kept = "in its bucket" if site.held.get((host, path)) == IN_BUCKET else f"in its function {site.name}"
        return f"CloudFront distribution {site.distribution.id}, {kept}"

    def to_prepare(self, hosts: Collection[str]) -> Mapping[str, str]:
        """See `WebHost.to_prepare`."""
        state = self._read(hosts)
        told: dict[str, str] = {}
        for group in self._preparing.groups(state, hosts):
            at = group.site.distribution if group.site else None
            where = f"the CloudFront distribution {at.id}" if at else "a new CloudFront distribution"
            told |= dict.fromkeys(group.hosts, f"a certificate by ACM that names it, for {where}")
        return told

    def prepare(self, hosts: Collection[str]) -> None:
        """See `WebHost.prepare`. Waits until ACM says which CNAMEs it wants."""
        with self._writing:
            asked = self._ask(hosts)
            try:
                self._preparing.prepare(sorted(hosts), asked)
            finally:
                self._forget()

    def records(self, host: str, domain: str) -> Sequence[Record]:
        """The CNAME of the host name to its distribution, and the one that ACM validates its certificate by, also for all renewals."""
        site = self._read([host]).site_of(host)
        if site is None or site.distribution is None:
            return ()
        kind = f"web/{host}"
        served = Record(name=host, type="CNAME", value=f"{site.distribution.domain_name}.", domain=domain, kind=kind)
        certificate = site.certificate_for(host)
        validation = self._preparing.certificates.record(certificate.arn, host) if certificate else None
        if validation is None:
            return (served,)
        owner, target = validation
        return (served, Record(name=owner, type="CNAME", value=f"{target}.", domain=domain, kind=f"{kind}/certificate"))

    def _ask(self, hosts: Collection[str]) -> frozenset[str]:
        with self._reading:
            self._asked.update(hosts)
            return frozenset(self._asked)

    def _read(self, hosts: Collection[str]) -> State:
        self._ask(hosts)
        with self._reading:
            if self._state is None or self._clock() - self._state[0] > _FRESH:
                state = self._reader.read()
                self._state = (self._clock(), state)
            return self._state[1]

    def _forget(self) -> None:
        with self._reading:
            self._state = None
