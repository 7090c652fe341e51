"""Route 53, as far as the fake is like it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.dns_hosts.conformance import Bench
from tests.dns_hosts.route53.account import account


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:  # noqa: ARG001 - it keeps nothing in files
    """The host with a fake account."""
    with account() as bench:
        yield bench
