"""Reads of one zone shared within the process, which lives as long as one operation of the engine."""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import labels, longest_suffix
from emailauth.core.record import RRsetChange
from emailauth.core.zone import Zone
from emailauth.dns_hosts import DnsHost
from emailauth.pulumi.config import Choice
from emailauth.web_hosts import WebHost
from emailauth.workflow.hosts import Hosts, host_id


class SharedReads:
    """A DNS host whose zones are read once, until something is written to them. For threads."""

    def __init__(self, host: DnsHost, identity: str) -> None:
        """`identity` is the host's id in plans."""
        self.identity = identity
        self._host = host
        self._zones: dict[str, Zone] = {}
        self._zone_of: dict[str, str] = {}
        """The zone of each name that was asked for."""
        self._asked: set[str] = set()
        self._lock, self._reading = threading.Lock(), threading.Lock()

    def known(self, name: str) -> Zone | None:
        """The zone of a name, if what was read tells all about the name."""
        zone = self._zones.get(self._zone_of.get(name, ""))
        if zone is None:
            zone = self._zones.get(longest_suffix(name, self._zones) or "")
            if zone is None or not zone.complete or _delegates(zone, name):
                return None
        return zone

    def read(self, names: Collection[str]) -> Sequence[Zone]:
        """See `DnsHost.read`. Names that others ask for at the same time are read with these."""
        with self._lock:
            self._asked.update(name for name in names if self.known(name) is None)
        with self._reading:
            missing = {name for name in names if self.known(name) is None}
            if missing:
                self._read_with_others(missing)
            found = {zone.name: zone for name in names if (zone := self.known(name)) is not None}
        return list(found.values())

    def _read_with_others(self, missing: set[str]) -> None:
        with self._lock:
            asked, self._asked = self._asked | missing, set()
        try:
            zones = self._host.read(asked)
        except (UsageError, CouldNotDoError):
            if asked == missing:
                raise
            asked, zones = missing, self._host.read(missing)  # the fault may be in what the others asked for
        self._store(asked, zones)

    def _store(self, asked: Iterable[str], zones: Sequence[Zone]) -> None:
        by_name = {zone.name: zone for zone in zones}
        for zone in zones:
            before = self._zones.get(zone.name)
            if before and not zone.complete and before.version == zone.version:
                by_name[zone.name] = replace(zone, rrsets={**before.rrsets, **zone.rrsets})
            else:
                self.forget(zone.name)
        self._zones |= by_name
        for name in asked:
            if (owner := longest_suffix(name, by_name)) is not None:
                self._zone_of[name] = owner

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        """See `DnsHost.apply`. What it tells is what is known of the zone; where it fails, the zone is read again when it is next asked for."""
        try:
            after = self._host.apply(zone, changes)
        except BaseException:
            self.forget(zone.name)
            raise
        self._zones[zone.name] = after
        return after

    def settle(self) -> None:
        """See `DnsHost.settle`."""
        self._host.settle()

    def forget(self, zone: str) -> None:
        """Lets go of what was read of a zone."""
        self._zones.pop(zone, None)
        self._zone_of = {name: owner for name, owner in self._zone_of.items() if owner != zone}


def _delegates(zone: Zone, name: str) -> bool:
    """Whether the name is handed on to another zone (RFC 1034 section 4.2.1)."""
    parts = labels(name)
    between = len(parts) - len(labels(zone.name))
    return any((".".join(parts[i:]), "NS") in zone.rrsets for i in range(between))


class SharedHosts(Hosts):
    """The hosts of one folder, the reads of each shared. For threads."""

    def __init__(self, directory: Path) -> None:
        """See `Hosts`."""
        super().__init__(directory)
        self._opening = threading.Lock()

    @override
    def dns(self, choice: Choice) -> SharedReads:
        identity = host_id(choice)
        with self._opening:
            host = self._dns.get(identity)
            if not isinstance(host, SharedReads):
                host = self._dns[identity] = SharedReads(super().dns(choice), identity)
        return host

    @override
    def web(self, choice: Choice) -> WebHost:
        with self._opening:
            return super().web(choice)
