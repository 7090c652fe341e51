"""What the tests of Route 53 share."""

from collections.abc import Iterator

import pytest

from tests.dns_hosts.route53.account import Account, account


@pytest.fixture
def aws() -> Iterator[Account]:
    """An account with the zone example.com."""
    with account() as found:
        yield found
