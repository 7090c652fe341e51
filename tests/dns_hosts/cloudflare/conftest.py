"""The host with the fake, for all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dns_hosts.benches.cloudflare import CloudflareBench, opened
from tests.live.authority import few_trusted


@pytest.fixture(scope="module", autouse=True)
def _few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The fake speaks plain HTTP."""
    with few_trusted(tmp_path_factory.mktemp("few")):
        yield


@pytest.fixture
def there(tmp_path: Path) -> Iterator[CloudflareBench]:
    """A zone example.com on the Free plan."""
    with opened(tmp_path) as bench:
        yield bench
