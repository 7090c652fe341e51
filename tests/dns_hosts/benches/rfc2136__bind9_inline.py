"""BIND 9 with inline signing: what was updated is seen a moment later."""

from contextlib import AbstractContextManager
from pathlib import Path

from tests.dns_hosts.conformance import Bench
from tests.dns_hosts.rfc2136 import served
from tests.servers.bind9 import bind9


def bench(folder: Path) -> AbstractContextManager[Bench]:
    """The host with a server of its own."""
    return served.bench(bind9, folder, inline=True)
