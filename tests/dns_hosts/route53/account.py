"""An account of the fake Route 53 with the zone of the conformance suite, and hosts on it whose time is made up."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from unittest import mock

from dns.rdtypes.ANY.TXT import TXT

from emailauth.core.record import Key
from emailauth.core.zone import Zone
from emailauth.dns_hosts import DnsHost
from emailauth.dns_hosts.route53 import Settings, open_host
from tests.dns_hosts.conformance import ZONE, Sets
from tests.fakes.route53 import Route53, environment
from tests.fakes.route53.rdata import parsed


@dataclass
class Time:
    """A clock that only pauses move."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@dataclass
class Account:
    """The service, its one zone, and a host on it."""

    service: Route53
    zone_id: str
    url: str
    time: Time = field(default_factory=Time)

    def __post_init__(self) -> None:
        self.host = self.open()

    def open(self, settings: Settings | None = None, *, timeout: float = 60.0) -> DnsHost:
        """A host that shares nothing with another, but for the time."""
        return open_host(settings or Settings(), Path(), clock=self.time.clock, pause=self.time.pause, timeout=timeout)

    def put(self, sets: Sets) -> None:
        """Writes sets as another writer, whose strings are short and who escapes whatever can be."""
        for (name, record_type), (ttl, values) in sets.items():
            raw = [odd_txt(value) for value in values] if record_type == "TXT" else values
            self.service.put(self.zone_id, name, record_type, ttl, raw)

    def sets(self) -> Sets:
        """What is there, values as `core.record` has them, read by other means than ours."""
        return {
            key: (ttl, tuple(read_value(key[1], value) for value in raw)) for key, (ttl, raw) in self.service.sets(self.zone_id).items()
        }

    def read(self, *names: str) -> Zone:
        """The zone."""
        (zone,) = self.host.read(names or [ZONE])
        return zone

    def calls(self) -> list[str]:
        """The operations that were called, in order."""
        return [operation for operation, _ in self.service.calls]

    def batches(self) -> list[bytes]:
        """The bodies of the changes that were sent."""
        return [request.body for operation, request in self.service.calls if operation == "ChangeResourceRecordSets"]


def odd_txt(value: str, strings_of: int = 50) -> str:
    """A TXT value as a strange tool would have written it."""
    octets = value.encode("utf-8", "surrogateescape")
    strings = [octets[i : i + strings_of] for i in range(0, len(octets), strings_of)] or [b""]
    return " ".join(
        '"' + "".join(chr(octet) if chr(octet).isalnum() and octet < 128 else f"\\{octet:03o}" for octet in string) + '"'
        for string in strings
    )


@lru_cache(maxsize=10_000)
def read_value(record_type: str, raw: str) -> str:
    """A raw value as `core.record` has it."""
    rdata = parsed(record_type, raw)
    return b"".join(rdata.strings).decode("utf-8", "surrogateescape") if isinstance(rdata, TXT) else rdata.to_text()


def values(zone: Zone, key: Key) -> Sequence[str]:
    """Those of a set of a zone."""
    return zone.rrsets[key].values


@contextmanager
def account() -> Iterator[Account]:
    """Serves an account, and points the SDK's environment at it."""
    service = Route53()
    zone_id = service.add_zone(ZONE)
    service.put(zone_id, f"www.{ZONE}", "A", 60, ["192.0.2.1"])
    with service.served() as url, mock.patch.dict(os.environ, environment(url)):
        yield Account(service, zone_id, url)
