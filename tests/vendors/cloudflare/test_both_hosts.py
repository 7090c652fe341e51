"""Both hosts of one vendor in one process: one token, one pace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.dns_hosts import DnsHost, cloudflare
from emailauth.web_hosts import WebHost, cloudflare_worker
from tests.dns_hosts.benches.cloudflare import Time
from tests.fakes.cloudflare import Cloudflare, environment

URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"
TOKEN_ENV = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable


class Opened:
    """Both hosts on one service."""

    def __init__(self, service: Cloudflare, folder: Path, url: str, **spoilt: str) -> None:
        self.service, self.time = service, Time()
        environ = {**environment(url), **spoilt}
        pause = self.time.pause
        self.dns: DnsHost = cloudflare.open_host(cloudflare.Settings(), folder, environ=environ, clock=self.time, pause=pause, strict=True)
        self.web: WebHost = cloudflare_worker.open_host(
            cloudflare_worker.Settings(), folder, environ=environ, clock=self.time, pause=pause, strict=True
        )


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Opened]:
    service = Cloudflare()
    service.add_zone("example.com")
    with service.served() as url:
        yield Opened(service, tmp_path, url)


def test_what_one_host_is_told_of_the_limit_the_other_heeds(both: Opened) -> None:
    both.service.remaining, both.service.window = 3, 40
    both.dns.read(["example.com"])
    assert both.time.waited == [40]
    both.service.remaining = None
    both.web.read([URL])
    assert both.time.waited == [40, 40]
    both.web.read([URL])
    assert both.time.waited == [40, 40]


def test_white_space_around_a_token_is_no_part_of_it(both: Opened, tmp_path: Path) -> None:
    with both.service.served() as url:
        spaced = Opened(both.service, tmp_path, url, CLOUDFLARE_API_TOKEN=f" {environment(url)[TOKEN_ENV]}\n")
        assert [zone.name for zone in spaced.dns.read(["example.com"])] == ["example.com"]
        assert spaced.web.read([URL]) == {URL: None}


@pytest.mark.parametrize("status", ["disabled", "expired"])
def test_both_tell_the_same_of_a_token_that_is_no_good(both: Opened, status: str) -> None:
    both.service.token_status = status
    with pytest.raises(CouldNotDoError) as dns:
        both.dns.read(["example.com"])
    with pytest.raises(CouldNotDoError) as web:
        both.web.read([URL])
    message = (
        f"the Cloudflare API token in {TOKEN_ENV} is {status} (9109 Invalid access token): make a new one "
        "(dash.cloudflare.com, My Profile, API Tokens)"
    )
    assert (str(dns.value), str(web.value)) == (message, message)
