"""The example configurations serve what the directory holds, as senders and receivers want it: with the real servers, over TLS."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.core.file import HostedFile
from emailauth.core.posture import Domain
from emailauth.live.https import fetch
from emailauth.protocols.bimi import Bimi
from emailauth.protocols.mta_sts import MtaSts
from emailauth.web_hosts.directory import Settings, open_host
from tests.live.authority import Authority
from tests.web_hosts.conformance import put, remove
from tests.web_hosts.servers import Server, caddy, nginx

Start: TypeAlias = Callable[[Path, Path, Authority], AbstractContextManager[Server]]

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 1 1"><title>x</title></svg>\n'
DOMAIN = Domain(
    name="example.com",
    route=("domains", "example.com"),
    sections={},
    attachments={"logo.svg": LOGO, "mark.pem": b"-----BEGIN CERTIFICATE-----\n"},
)
SECTIONS = (
    MtaSts(mode="enforce", max_age=1209600, mx=("mx1.example.com", "*.example.net")),
    Bimi(logo="logo.svg", certificate="mark.pem", selector="spring.2026"),
)
FILES = [file for section in SECTIONS for file in section.hosted_files(DOMAIN)]
POLICY = FILES[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def root(folder: Path) -> Path:
    host = open_host(Settings(root="www"), folder)
    for file in FILES:
        put(host, file, None)
    (folder / "www" / POLICY.host / "index.html").write_text("not for anybody")
    (folder / "secret.txt").write_text("not for anybody")
    return folder / "www"


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module", params=[caddy, nginx])
def server(request: pytest.FixtureRequest, folder: Path, root: Path, authority: Authority) -> Iterator[Server]:
    start: Start = request.param
    place = folder / start.__name__
    place.mkdir()
    with start(place, root, authority) as running:
        yield running


@pytest.mark.parametrize("file", FILES, ids=[file.kind for file in FILES])
def test_serves_each_file_byte_for_byte_as_what_it_is(server: Server, file: HostedFile) -> None:
    answer = fetch(file.url, media_type=file.content_type, connect_to=server.address, ca_file=str(server.ca_file))
    assert answer.body == file.body


def test_lets_proxies_keep_the_policy_for_a_minute_only(server: Server) -> None:
    status, headers, body = server.ask("GET", POLICY.host, POLICY.path)
    assert (status, headers["cache-control"], body) == (200, "max-age=60", POLICY.body)


def test_answers_head_without_a_body(server: Server) -> None:
    status, headers, body = server.ask("HEAD", POLICY.host, POLICY.path)
    assert (status, headers["content-length"], body) == (200, str(len(POLICY.body)), b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_refuses_other_methods(server: Server, method: str) -> None:
    status, _, body = server.ask(method, POLICY.host, POLICY.path)
    assert status == 405
    assert POLICY.body not in body


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("mta-sts.example.com", "/"),
        ("mta-sts.example.com", "/index.html"),
        ("mta-sts.example.com", "/.well-known"),
        ("mta-sts.example.com", "/.well-known/"),
        ("mta-sts.example.com", "/.well-known/mta-sts.txt/"),
        ("mta-sts.example.com", "/.well-known/mta-sts.txt.old"),
        ("mta-sts.example.com", "/.well-known/security.txt"),
        ("mta-sts.example.com", "/bimi.example.com/"),
        ("bimi.example.com", "/"),
        ("bimi.example.com", "/spring.2026"),
        ("bimi.example.com", "/spring.2026/"),
        ("bimi.example.com", "/spring.2026/logo-00000000.svg"),
        ("bimi.example.com", "/other/logo-00000000.svg"),
        ("bimi.example.com", "/.well-known/mta-sts.txt"),
    ],
)
def test_everything_else_is_not_found_and_nothing_redirects(server: Server, host: str, path: str) -> None:
    status, headers, _ = server.ask("GET", host, path)
    assert status == 404
    assert "location" not in headers


@pytest.mark.parametrize("path", ["/../../secret.txt", "/..%2f..%2fsecret.txt", "/.well-known/..%2f..%2f..%2fsecret.txt"])
def test_nothing_outside_of_the_directory_is_served(server: Server, path: str) -> None:
    status, _, body = server.ask("GET", POLICY.host, path)
    assert status in {400, 404}
    assert b"not for anybody" not in body


def test_a_host_that_the_certificate_does_not_name_is_told(server: Server) -> None:
    with pytest.raises(CouldNotDoError, match=r"^https://mta-sts\.example\.net/\.well-known/mta-sts\.txt: "):
        fetch(POLICY.url.replace("example.com", "example.net"), connect_to=server.address, ca_file=str(server.ca_file))


def test_a_new_file_is_served_at_once_and_a_removed_one_not_at_all(server: Server, root: Path) -> None:
    host = open_host(Settings(root=str(root)), root)
    url = "https://bimi.example.com/default/logo-12345678.svg"
    put(host, HostedFile(url=url, body=LOGO, content_type="image/svg+xml", domain="example.com", kind="bimi/logo"), None)
    assert fetch(url, connect_to=server.address, ca_file=str(server.ca_file)).body == LOGO
    remove(host, url, LOGO)
    with pytest.raises(CouldNotDoError, match="the server answers 404 Not Found"):
        fetch(url, connect_to=server.address, ca_file=str(server.ca_file))
