"""A zone file that is written anew to put sets into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emailauth.dns_hosts import DnsHost
from emailauth.dns_hosts.zonefile import Settings, open_host
from tests.dns_hosts.conformance import ZONE, Bench, Sets


@dataclass
class ZoneFileBench:
    """Whoever may write the file can change it behind our back."""

    host: DnsHost
    path: Path

    def put(self, sets: Sets) -> None:
        """Writes all of the file."""
        assert all(value.isascii() for _, values in sets.values() for value in values)
        lines = ["$TTL 300", "@ SOA ns1 h 1 7200 3600 1209600 300", "@ NS ns1", "ns1 A 192.0.2.1"]
        for (name, type_), (ttl, values) in sets.items():
            quoted = ['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if type_ == "TXT" else value for value in values]
            lines += [f"{name}. {ttl} IN {type_} {value}" for value in quoted]
        self.path.write_text("\n".join(lines) + "\n")


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The host with its file."""
    yield ZoneFileBench(open_host(Settings(zones={ZONE: "db"}), folder), folder / "db")
