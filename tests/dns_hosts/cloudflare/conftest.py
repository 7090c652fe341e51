"""The host with the fake, for all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dns_hosts.benches.cloudflare import CloudflareBench, opened


@pytest.fixture
def there(tmp_path: Path) -> Iterator[CloudflareBench]:
    """A zone example.com on the Free plan."""
    with opened(tmp_path) as bench:
        yield bench
