"""The host with a real server, for tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from emailauth.dns_hosts import DnsHost
from emailauth.dns_hosts.rfc2136 import Settings, open_host
from tests.dns_hosts.conformance import ZONE, Bench, Sets
from tests.servers.program import NameServer, Served

Start = Callable[..., AbstractContextManager[NameServer]]


@dataclass
class ServerBench:
    """Whoever has a key can change the zone behind our back."""

    host: DnsHost
    server: NameServer

    def put(self, sets: Sets) -> None:
        self.server.put(ZONE, sets)


@contextmanager
def bench(
    start: Start, folder: Path, *, signed: bool = False, inline: bool = False, read: Literal["axfr", "query"] = "axfr"
) -> Iterator[Bench]:
    """The host, and a server with the one zone."""
    with start(folder, [Served(name=ZONE, signed=signed, inline=inline)]) as server:
        yield ServerBench(open_host(settings(server, read=read), folder), server)


def settings(server: NameServer, **others: Any) -> Settings:
    """For a server, with the key in its file."""
    return Settings(**{"server": server.address, "port": server.port, "key_file": str(server.key_file), **others})
