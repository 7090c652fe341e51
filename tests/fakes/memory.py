"""Hosts in memory that are as strict as real ones can be: a change made from stale knowledge is refused, as a whole."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.file import FileWrite
from emailauth.core.names import longest_suffix
from emailauth.core.record import Key, Record, RRset, RRsetChange
from emailauth.core.zone import Zone
from emailauth.pulumi.schema import schema_text
from emailauth.web_hosts import ReadBack
from emailauth.workflow import hosts, schemas

Sets = dict[Key, tuple[int, tuple[str, ...]]]
"""TTL and values by owner name and type."""


@dataclass
class MemoryDns:
    """A DNS host; `zones` is what it holds, and may be changed behind everybody's back."""

    zones: dict[str, Sets]
    lists_zones: bool = True
    reads: list[set[str]] = field(default_factory=list)
    """The names of each reading."""
    applied: list[tuple[str, list[RRsetChange]]] = field(default_factory=list)
    """Zone and changes of each change that was made."""
    before_apply: Callable[[], None] = lambda: None
    """Is called when an apply begins: to change the zone under it, or to fail."""
    settled: int = 0
    """How often it was waited for."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def values(self, name: str, record_type: str) -> tuple[str, ...]:
        zone = longest_suffix(name, self.zones)
        return self.zones[zone or ""].get((name, record_type), (0, ()))[1]

    def read(self, names: Collection[str]) -> Sequence[Zone]:
        with self.lock:
            self.reads.append(set(names))
            asked: dict[str, set[str]] = {}
            for name in names:
                zone = longest_suffix(name, self.zones)
                if zone is None:
                    raise UsageError(f"no zone holds {name}")
                asked.setdefault(zone, set()).add(name)
            return [self._zone(zone, found) for zone, found in asked.items()]

    def _zone(self, name: str, asked: set[str]) -> Zone:
        rrsets = {
            key: RRset(name=key[0], type=key[1], ttl=ttl, values=values)
            for key, (ttl, values) in self.zones[name].items()
            if self.lists_zones or key[0] in asked
        }
        version = str(sorted(self.zones[name].items()))
        return Zone(name=name, rrsets=rrsets, version=version, place=f"memory:{name}", complete=self.lists_zones)

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        self.before_apply()
        with self.lock:
            sets = self.zones[zone.name]
            assert changes, "an apply without changes"
            assert len({change.key for change in changes}) == len(changes), "two changes of one set"
            for change in changes:
                live = sets.get(change.key)
                if sorted(live[1] if live else ()) != sorted(change.before.values if change.before else ()):
                    raise ConflictError(f"{change.name} {change.type} is not as expected")
                if sorted(live[1] if live else ()) == sorted(change.after) and live and live[0] == change.ttl:
                    raise ConflictError(f"{change.name} {change.type} is like that already")
                if any("refuse me" in value for value in change.after):
                    raise CouldNotDoError(f"{change.name} {change.type}: the host does not take this")
            for change in changes:
                sets.pop(change.key, None)
                if change.after:
                    sets[change.key] = (change.ttl, change.after)
            self.applied.append((zone.name, list(changes)))
            return self._zone(zone.name, {key[0] for key in zone.rrsets} | {change.name for change in changes})

    def settle(self) -> None:
        self.settled += 1


@dataclass
class MemoryWeb:
    """A web host; `garbles` makes it serve something else than was put."""

    files: dict[str, bytes] = field(default_factory=dict)
    cname: str | None = None
    garbles: bool = False
    read_back: ReadBack = field(default_factory=lambda: ReadBack(over_https=False))
    prepares: bool = False
    prepared: set[str] = field(default_factory=set)
    preparations: list[list[str]] = field(default_factory=list)
    """The host names of each `prepare`."""
    changed: list[list[str]] = field(default_factory=list)
    """The URLs of each `change`."""

    def read(self, urls: Collection[str]) -> Mapping[str, bytes | None]:
        return {url: self.files.get(url) for url in urls}

    def change(self, writes: Sequence[FileWrite]) -> None:
        for write in writes:
            after = write.after.body if write.after else None
            if self.files.get(write.url) not in {write.before, after}:
                raise ConflictError(f"{write.url} is not as expected")
            if write.after and self.prepares and write.after.host not in self.prepared:
                raise CouldNotDoError(f"{write.after.host} is not prepared")
        for write in writes:
            self.files.pop(write.url, None)
            if write.after:
                self.files[write.url] = b"garbled" if self.garbles else write.after.body
        self.changed.append([write.url for write in writes])

    def to_prepare(self, hosts: Collection[str]) -> Mapping[str, str]:
        return {host: f"a certificate for {host}" for host in hosts if self.prepares and host not in self.prepared}

    def prepare(self, hosts: Collection[str]) -> None:
        self.preparations.append(sorted(hosts))
        self.prepared |= set(hosts)

    def place(self, url: str) -> str:
        return f"memory:{url}"

    def records(self, host: str, domain: str) -> Sequence[Record]:
        if self.cname is None or (self.prepares and host not in self.prepared):
            return ()
        return (Record(name=host, type="CNAME", value=f"{self.cname}.", domain=domain, kind=f"web/{host}"),)


class DnsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A DNS host in memory."""

    at: str = "main"
    """Which one."""
    token: str = ""
    zones: tuple[str, ...] = ()


class WebSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A web host in memory."""

    at: str = "main"


@dataclass
class Memory:
    """All hosts in memory, by what their settings call them."""

    dns: dict[str, MemoryDns] = field(default_factory=dict)
    web: dict[str, MemoryWeb] = field(default_factory=dict)

    def modules(self) -> Mapping[str, Mapping[str, ModuleType]]:
        """The host modules by the package that they would stand in."""
        dns, web = ModuleType("memory"), ModuleType("memory")
        vars(dns).update(Settings=DnsSettings, open_host=self._open_dns, settings_for=_settings_for)
        vars(web).update(Settings=WebSettings, open_host=self._open_web)
        return {"emailauth.dns_hosts": {"memory": dns}, "emailauth.web_hosts": {"memory": web}}

    def _open_dns(self, settings: DnsSettings, directory: Path) -> MemoryDns:
        return self.dns[settings.at]

    def _open_web(self, settings: WebSettings, directory: Path) -> MemoryWeb:
        return self.web[settings.at]


def _settings_for(settings: DnsSettings, domain: str) -> DnsSettings:
    zone = longest_suffix(domain, settings.zones)
    return msgspec.structs.replace(settings, zones=() if zone is None else (zone,))


@contextmanager
def installed(memory: Memory) -> Iterator[None]:
    """The hosts `memory` beside those that there are: `dns_host: {memory: {}}` is understood meanwhile."""
    found: Any = hosts._found
    caches = (hosts.dns_modules, hosts.web_modules, schemas.shapes, schema_text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hosts, "_found", lambda path, package: {**found(path, package), **memory.modules()[package]})
        for cached in caches:
            cached.cache_clear()
        try:
            yield
        finally:
            for cached in caches:
                cached.cache_clear()
