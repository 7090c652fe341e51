"""The custom domains of the Cloudflare double, served by the real workerd while Workers come and go."""

import ssl
from collections.abc import Iterator

import cloudflare
import pytest

from tests.fakes.cloudflare import Cloudflare
from tests.fakes.cloudflare.sdk import refused, strict_client
from tests.fakes.workerd import asked
from tests.live.authority import Authority

HOST, OTHER = "mta-sts.example.com", "mta-sts.example.net"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def service() -> Cloudflare:
    return Cloudflare()


@pytest.fixture
def client(service: Cloudflare) -> Iterator[cloudflare.Cloudflare]:
    with service.served() as url, strict_client(url) as client:
        yield client


@pytest.fixture
def edge(service: Cloudflare, authority: Authority) -> Iterator[tuple[str, int]]:
    with service.edge(authority) as address:
        yield address


def upload(client: cloudflare.Cloudflare, service: Cloudflare, name: str, expression: str) -> None:
    """Uploads a Worker that answers with what an expression says."""
    source = f"export default {{ async fetch(request, env) {{ return new Response({expression}); }} }};"
    client.workers.scripts.update(
        name,
        account_id=service.account_id,
        metadata={"main_module": "w.mjs", "bindings": [{"type": "plain_text", "name": "TEXT", "text": "bound"}]},
        files=[("w.mjs", source.encode(), "application/javascript+module"), ("w.mjs.map", b"{}", "application/source-map")],
    )


def attach(client: cloudflare.Cloudflare, service: Cloudflare, zone: str, host: str, worker: str) -> str:
    """Makes a host name a custom domain, and returns its id."""
    domain = client.workers.domains.update(account_id=service.account_id, hostname=host, service=worker, zone_id=zone)
    assert domain is not None
    return domain.id


def test_each_connection_is_served_by_what_is_deployed_then(
    service: Cloudflare, client: cloudflare.Cloudflare, edge: tuple[str, int], authority: Authority
) -> None:
    zones = [service.add_zone("example.com"), service.add_zone("example.net")]
    upload(client, service, "one", "'first ' + env.TEXT")
    with pytest.raises(ssl.SSLError):
        asked(edge, authority, HOST)
    domain = attach(client, service, zones[0], HOST, "one")
    assert asked(edge, authority, HOST)[2] == "first bound"
    upload(client, service, "one", "'second'")
    upload(client, service, "two", "'third'")
    attach(client, service, zones[1], OTHER, "two")
    assert [asked(edge, authority, host)[2] for host in (HOST, OTHER, HOST)] == ["second", "third", "second"]
    client.workers.domains.delete(domain, account_id=service.account_id)
    with pytest.raises(ssl.SSLCertVerificationError):
        asked(edge, authority, HOST)
    assert asked(edge, authority, OTHER)[2] == "third"


def test_a_certificate_can_be_late(service: Cloudflare, client: cloudflare.Cloudflare, edge: tuple[str, int], authority: Authority) -> None:
    zone = service.add_zone("example.com")
    service.without_certificate = {HOST}
    upload(client, service, "w", "request.url")
    for host in (HOST, "example.com"):
        attach(client, service, zone, host, "w")
    with pytest.raises(ssl.SSLCertVerificationError):
        asked(edge, authority, HOST)
    assert asked(edge, authority, "example.com")[2] == "https://example.com/"
    service.without_certificate.clear()
    assert asked(edge, authority, HOST)[2] == f"https://{HOST}/"


def test_an_upload_that_does_not_start_is_refused(
    service: Cloudflare, client: cloudflare.Cloudflare, edge: tuple[str, int], authority: Authority
) -> None:
    upload(client, service, "w", "'good'")
    attach(client, service, service.add_zone("example.com"), HOST, "w")
    status, code, message = refused(lambda: upload(client, service, "w", "'no end"))
    assert (status, code) == (400, 10021)
    assert message.startswith("Uncaught SyntaxError: Invalid or unexpected token")
    assert asked(edge, authority, HOST)[2] == "good"


def test_where_nothing_is_run_nothing_is_started(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service, "w", "'no end")
    assert list(service.scripts) == ["w"]
