"""The host with the fake, for all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.authority import few_trusted
from tests.web_hosts.benches.cloudflare_worker import WorkerBench, account


@pytest.fixture(scope="module", autouse=True)
def _few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The fake speaks plain HTTP."""
    with few_trusted(tmp_path_factory.mktemp("few")):
        yield


@pytest.fixture
def there(tmp_path: Path) -> Iterator[WorkerBench]:
    """An account with the zones example.com and example.net, and no Worker."""
    with account(tmp_path) as found:
        yield found
