"""The Worker in workerd, the real runtime, over TLS: what senders get, and that there is nothing else to get."""

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.core.file import FileWrite
from emailauth.live.https import fetch
from emailauth.web_hosts.cloudflare_worker import Settings, open_host
from emailauth.web_hosts.cloudflare_worker.script import Served, render
from emailauth.web_hosts.cloudflare_worker.worker import COMPATIBILITY, MODULE
from tests.fakes.workerd import Worker, serving
from tests.live.authority import Authority
from tests.web_hosts.benches.cloudflare_worker import NAME, WorkerBench, file

POLICY: Final = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmx: *.example.net\r\nmax_age: 1209600\r\n"
POLICY_URL: Final = "https://mta-sts.example.com/.well-known/mta-sts.txt"
POLICY_PATH: Final = "/.well-known/mta-sts.txt"
FILES: Final[Mapping[str, Served]] = {
    POLICY_URL: Served(body=POLICY, content_type="text/plain"),
    "https://bimi.example.com/default/logo-0a1b2c3d.svg": Served(
        body='<svg xmlns="http://www.w3.org/2000/svg"><title>café</title></svg>\n'.encode(), content_type="image/svg+xml"
    ),
    "https://bimi.example.com/default/mark-0a1b2c3d.pem": Served(body=b"-----BEGIN", content_type="application/pem-certificate-chain"),
    "https://bimi.example.com/octets": Served(body=bytes(range(256)) * 4, content_type="text/plain"),
    "https://bimi.example.com/lines": Served(body=b"\r\n\n\r\r\n\x00\x1a\\u0041`${1}`</script>'\"", content_type="text/plain"),
    "https://bimi.example.com/empty": Served(body=b"", content_type="text/plain"),
    "https://bimi.example.com/large": Served(body=b"\xff" * 60_000, content_type="text/plain"),
    **{
        f"https://mta-sts.d{i}.example.com{POLICY_PATH}": Served(body=POLICY + b"x: %d\r\n" % (i // 2), content_type="text/plain")
        for i in range(200)
    },
}
HOSTS: Final = sorted({url.split("/")[2] for url in FILES})
WITHOUT_FILES: Final = "mta-sts.example.org"


@dataclass(frozen=True)
class Edge:
    """Where it runs, and the authority of its certificate."""

    address: tuple[str, int]
    ca_file: Path

    def ask(self, method: str, host: str, target: str, *, body: bytes | None = None, port: str = "") -> tuple[int, dict[str, str], bytes]:
        """Status, headers with names in lower case, and body of an answer."""
        context = ssl.create_default_context(cafile=self.ca_file)
        connection = http.client.HTTPSConnection(host, context=context)
        connection.sock = context.wrap_socket(socket.create_connection(self.address), server_hostname=host)
        try:
            connection.request(method, target, body=body, headers={"Host": f"{host}{port}"})
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    worker = Worker(modules={MODULE: ("application/javascript+module", render(FILES).encode())}, compatibility_date=COMPATIBILITY)
    hosts = dict.fromkeys([*HOSTS, WITHOUT_FILES], "emailauth")
    with serving({"emailauth": worker}, hosts, authority.issue(*hosts)) as address:
        yield Edge(address, authority.ca_file)


def test_what_the_host_put_is_what_a_sender_gets(there: WorkerBench, tmp_path: Path) -> None:
    octets = "https://mta-sts.example.net/octets"
    files = {POLICY_URL: POLICY, octets: bytes(range(256))}
    there.host.change([FileWrite(url=url, before=None, after=file(url, body)) for url, body in files.items()])
    script, authority = there.service.scripts[NAME], Authority(tmp_path)
    worker = Worker(
        modules={module.name: (module.content_type, module.content) for module in script.modules},
        compatibility_date=script.metadata["compatibility_date"],
    )
    hosts = {name: domain.service for name, domain in there.service.domains.items()}
    with serving({NAME: worker}, hosts, authority.issue(*hosts)) as (address, port):
        how = open_host(Settings(connect=f"{address}:{port}", ca_file="ca.pem"), tmp_path).read_back
        for url, body in files.items():
            assert fetch(url, media_type="text/plain", connect_to=how.connect_to, ca_file=how.ca_file).body == body


@pytest.mark.parametrize("url", [url for url in FILES if ".d" not in url])
def test_each_file_is_given_octet_for_octet_as_what_it_is(edge: Edge, url: str) -> None:
    answer = fetch(url, media_type=FILES[url].content_type, connect_to=edge.address, ca_file=str(edge.ca_file))
    assert answer.body == FILES[url].body


def test_two_hundred_host_names_have_each_their_own(edge: Edge) -> None:
    for url in (url for url in FILES if ".d" in url):
        answer = fetch(url, media_type="text/plain", connect_to=edge.address, ca_file=str(edge.ca_file))
        assert answer.body == FILES[url].body


def test_the_head_says_the_type_exactly_and_that_caches_keep_it_for_a_minute(edge: Edge) -> None:
    status, headers, body = edge.ask("GET", "mta-sts.example.com", POLICY_PATH)
    assert (status, body) == (200, POLICY)
    assert headers == {"content-type": "text/plain", "cache-control": "max-age=60", "content-length": str(len(POLICY))}


def test_head_has_the_same_head_without_the_length_and_no_body(edge: Edge) -> None:
    status, headers, body = edge.ask("HEAD", "mta-sts.example.com", POLICY_PATH)
    assert (status, body) == (200, b"")
    assert headers == {"content-type": "text/plain", "cache-control": "max-age=60"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("target", [POLICY_PATH, "/"])
def test_other_methods_are_refused(edge: Edge, method: str, target: str) -> None:
    status, headers, body = edge.ask(method, "mta-sts.example.com", target, body=b"version: STSv1" if method == "POST" else None)
    assert (status, headers["allow"], headers["content-type"], body) == (405, "GET, HEAD", "text/plain", b"Method Not Allowed\n")


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("mta-sts.example.com", "/"),
        ("mta-sts.example.com", "/.well-known"),
        ("mta-sts.example.com", "/.well-known/"),
        ("mta-sts.example.com", POLICY_PATH + "/"),
        ("mta-sts.example.com", POLICY_PATH + ".old"),
        ("mta-sts.example.com", POLICY_PATH + "?v=1"),
        ("mta-sts.example.com", "/.well-known/MTA-STS.txt"),
        ("mta-sts.example.com", "/%2Ewell-known/mta-sts%2Etxt"),
        ("mta-sts.example.com", "//.well-known/mta-sts.txt"),
        ("mta-sts.example.com", "/default/logo-0a1b2c3d.svg"),
        ("mta-sts.example.com", "/constructor"),
        ("mta-sts.example.com", "/__proto__"),
        ("mta-sts.example.com", "/https://mta-sts.example.com/.well-known/mta-sts.txt"),
        ("bimi.example.com", POLICY_PATH),
        ("bimi.example.com", "/default"),
        (WITHOUT_FILES, POLICY_PATH),
        (WITHOUT_FILES, "/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_everything_else_is_not_found_and_nothing_redirects(edge: Edge, host: str, target: str, method: str) -> None:
    status, headers, body = edge.ask(method, host, target)
    assert (status, body) == (404, b"Not Found\n" if method == "GET" else b"")
    assert headers == {"content-type": "text/plain", **({"content-length": "10"} if method == "GET" else {})}


def test_a_host_name_that_is_spelt_otherwise_is_the_same(edge: Edge) -> None:
    assert edge.ask("GET", "MTA-STS.Example.com", POLICY_PATH)[2] == POLICY


@pytest.mark.parametrize(("port", "status"), [(":443", 200), (":8443", 404)])
def test_another_port_than_that_of_https_is_another_url(edge: Edge, port: str, status: int) -> None:
    assert edge.ask("GET", "mta-sts.example.com", POLICY_PATH, port=port)[0] == status


def test_a_sender_sees_that_nothing_is_there(edge: Edge) -> None:
    with pytest.raises(CouldNotDoError, match="the server answers 404 Not Found"):
        fetch(f"https://{WITHOUT_FILES}{POLICY_PATH}", connect_to=edge.address, ca_file=str(edge.ca_file))


@pytest.mark.parametrize(("version", "answered"), [(b"\x03\x03", b"\x16"), (b"\x03\x02", b"\x15"), (b"\x03\x01", b"\x15")])
def test_tls_before_1_2_is_refused(edge: Edge, version: bytes, answered: bytes) -> None:
    with socket.create_connection(edge.address, timeout=60) as connection:
        connection.sendall(_client_hello(version))
        assert connection.recv(1) == answered


def _client_hello(version: bytes) -> bytes:
    """RFC 5246 section 7.4.1.2, by hand: `ssl` refuses to offer less than TLS 1.2 where the system's policy says so."""
    suites = bytes.fromhex("c02bc02fc009c013002f")
    groups, points, signatures = "000a0006000400170018", "000b00020100", "000d0008000604030804 0401"
    extensions = bytes.fromhex(groups + points + signatures)
    body = version + bytes(32) + b"\x00" + len(suites).to_bytes(2) + suites + b"\x01\x00" + len(extensions).to_bytes(2) + extensions
    handshake = b"\x01" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + len(handshake).to_bytes(2) + handshake
