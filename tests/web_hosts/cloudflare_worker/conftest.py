"""The host with the fake, for all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.authority import Authority
from tests.web_hosts.benches.cloudflare_worker import WorkerBench, account


@pytest.fixture(scope="session", autouse=True)
def _few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each client of the SDK reads all authorities of the system, which takes a tenth of a second, and the fake speaks plain HTTP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(Authority(tmp_path_factory.mktemp("few")).ca_file))
        yield


@pytest.fixture
def there(tmp_path: Path) -> Iterator[WorkerBench]:
    """An account with the zones example.com and example.net, and no Worker."""
    with account(tmp_path) as found:
        yield found
