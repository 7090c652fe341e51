"""Cloudflare's API, as the fake has it, with one zone on the Free plan."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emailauth.core.record import Key
from emailauth.dns_hosts import DnsHost
from emailauth.dns_hosts.cloudflare import Settings, codec, open_host
from tests.dns_hosts.conformance import ZONE, Bench, Sets
from tests.fakes.cloudflare import Cloudflare, environment
from tests.fakes.service import Request


@dataclass
class Time:
    """A clock that goes on when somebody waits, or says so."""

    now: float = 1000.0
    waited: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@dataclass
class CloudflareBench:
    """Whoever has a token or the dashboard can change records behind our back."""

    host: DnsHost
    service: Cloudflare
    zone_id: str
    time: Time

    def put(self, sets: Sets) -> None:
        """Takes other people's time: what was read before is too old to write by."""
        self.time.now += 11
        for key, (ttl, values) in sets.items():
            self.put_set(key, ttl, values)

    def put_set(self, key: Key, ttl: int, values: Sequence[str]) -> None:
        """Makes one set be that. Records whose value stays are not touched."""
        left = list(values)
        for record in self.records(key):
            value = self.value(record)
            if value in left:
                left.remove(value)
            else:
                self.service.remove(self.zone_id, record["id"])
        for value in left:
            fields = codec.to_fields(key[1], value)
            self.service.put(self.zone_id, *key, fields["content"], ttl=ttl, priority=fields.get("priority"))

    def records(self, key: Key) -> list[dict[str, Any]]:
        """Those of one set, as GET answers them."""
        return [record for record in self.service.records(self.zone_id) if (record["name"], record["type"]) == key]

    def value(self, record: dict[str, Any]) -> str:
        """As `core.record` writes it."""
        return codec.to_value(record["type"], record["content"], record.get("priority"))

    def before_next(self, operation: str, deed: Callable[[], object]) -> None:
        """Somebody does it just before the next such call."""

        def before(called: str, _request: Request) -> None:
            if called == operation:
                self.service.before = lambda _called, _request: None
                deed()

        self.service.before = before

    def after_each(self, operation: str, deed: Callable[[], object]) -> None:
        """Somebody does it just after each such call."""

        def after(called: str, _request: Request) -> None:
            if called == operation:
                deed()

        self.service.after = after


DEFAULT: Final = Settings()


@contextmanager
def opened(folder: Path, settings: Settings = DEFAULT, *, strict: bool = True) -> Iterator[CloudflareBench]:
    """The host with the fake, and a clock that stands still."""
    service, time = Cloudflare(), Time()
    zone_id = service.add_zone(ZONE)
    service.put(zone_id, ZONE, "A", "192.0.2.1", proxied=True)
    service.put(zone_id, f"sub.{ZONE}", "NS", "ns1.example.net")
    with service.served() as url:
        host = open_host(settings, folder, environ=environment(url), clock=time, pause=time.pause, strict=strict)
        yield CloudflareBench(host, service, zone_id, time)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The host with the fake."""
    with opened(folder) as found:
        yield found
