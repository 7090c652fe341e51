"""Files are fetched as senders fetch a policy (RFC 8461 section 3.3); each way to fail has one clear message."""

import datetime as dt
import errno
import re
import socket
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.live import https
from emailauth.live.https import Response, fetch, fetch_everywhere
from tests.live.answering import Answering, answering
from tests.live.authority import Authority, Issued
from tests.ports import refusing

HOST = "mta-sts.example.com"
URL = f"https://{HOST}/.well-known/mta-sts.txt"
BODY = b"version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority: Authority) -> Issued:
    return authority.issue(HOST)


def answer(status: str = "200 OK", content_type: str | None = "text/plain", body: bytes = BODY, head: Sequence[str] = ()) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *([f"Content-Type: {content_type}"] if content_type else []), *head]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


def got(authority: Authority, issued: Issued, content: bytes, media_type: str | None = "text/plain") -> Response:
    with answering(issued.context(), [content]) as there:
        return fetch(URL, media_type=media_type, connect_to=there.address, ca_file=str(authority.ca_file), timeout=20)


def refused(authority: Authority, issued: Issued, content: bytes) -> str:
    with pytest.raises(CouldNotDoError) as error:
        got(authority, issued, content)
    message = str(error.value)
    assert message.startswith(f"{URL}: ")
    return message.removeprefix(f"{URL}: ")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        pytest.param(answer(), "text/plain", id="plain"),
        pytest.param(answer(content_type="Text/Plain; charset=utf-8; x=y"), "text/plain", id="parameters"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + BODY, "text/plain", id="up to the end of the connection"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nversi\r\n"
            + f"{len(BODY) - 5:x}".encode()
            + b"\r\n"
            + BODY[5:]
            + b"\r\n0\r\n\r\n",
            "text/plain",
            id="in chunks",
        ),
        pytest.param(answer(head=["Content-Encoding: identity"]), "text/plain", id="not encoded"),
    ],
)
def test_takes_an_answer_of_status_200(authority: Authority, server: Issued, content: bytes, media_type: str) -> None:
    assert got(authority, server, content) == Response(body=BODY, media_type=media_type)


def test_any_type_will_do_where_none_is_asked_for(authority: Authority, server: Issued) -> None:
    assert got(authority, server, answer(content_type="image/svg+xml"), None).media_type == "image/svg+xml"
    assert got(authority, server, answer(content_type=None), None).media_type == ""


def test_asks_for_the_very_file_and_names_the_host_in_the_handshake(authority: Authority, server: Issued) -> None:
    with answering(server.context(), [answer()]) as there:
        fetch(f"{URL}?x=1", connect_to=there.address, ca_file=str(authority.ca_file))
    (request,) = there.requests
    assert request.startswith(b"GET /.well-known/mta-sts.txt?x=1 HTTP/1.1\r\nHost: mta-sts.example.com\r\n")
    assert there.server_names == [HOST]


def test_a_port_in_the_url_is_connected_to(authority: Authority) -> None:
    with answering(authority.issue("localhost.localdomain").context(), [answer()]) as there:
        url = f"https://localhost.localdomain:{there.address[1]}/"
        fetch(url, connect_to=there.address, ca_file=str(authority.ca_file))
    assert f"\r\nHost: localhost.localdomain:{there.address[1]}\r\n".encode() in there.requests[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            answer("301 Moved Permanently", head=["Location: https://www.example.com/"]),
            "the server redirects to 'https://www.example.com/', which senders do not follow: serve the file here",
            id="redirect",
        ),
        pytest.param(
            answer("304 Not Modified", body=b""),
            "the server redirects to 'nowhere', which senders do not follow: serve the file here",
            id="304",
        ),
        pytest.param(answer("404 Not Found"), "the server answers 404 Not Found", id="404"),
        pytest.param(answer("206 "), "the server answers 206", id="206"),
        pytest.param(answer(content_type="text/html"), "the server says that it is text/html, and it must be text/plain", id="type"),
        pytest.param(answer(content_type=None), "the server says that it is of no type, and it must be text/plain", id="no type"),
        pytest.param(answer(head=["Content-Encoding: gzip"]), "the server encodes its answer as gzip without being asked to", id="gzip"),
        pytest.param(answer(body=b"x" * 65537), "the answer has more than 65536 octets", id="too big"),
        pytest.param(answer(body=b"x" * 1000000), "the answer has more than 65536 octets", id="much too big"),
        pytest.param(answer()[:-1], "the answer broke off", id="cut off"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nver",
            "the answer broke off",
            id="cut off in a chunk",
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "the answer is no HTTP: BadStatusLine", id="no HTTP"),
        pytest.param(b"", "the answer is no HTTP: RemoteDisconnected", id="nothing"),
    ],
)
def test_refuses_any_other_answer(authority: Authority, server: Issued, content: bytes, message: str) -> None:
    assert refused(authority, server, content) == message


def test_exactly_64_kilobytes_are_taken(authority: Authority, server: Issued) -> None:
    assert len(got(authority, server, answer(body=b"x" * 65536)).body) == 65536


def test_an_answer_without_end_ends_at_the_limit(authority: Authority, server: Issued) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    with (
        answering(server.context(), [head], endless=b"x" * 100000) as there,
        pytest.raises(CouldNotDoError, match="more than 65536 octets"),
    ):
        fetch(URL, connect_to=there.address, ca_file=str(authority.ca_file))


def test_an_answer_in_drops_ends_at_the_time_limit(authority: Authority, server: Issued) -> None:
    with (
        answering(server.context(), [answer()[:-1]], endless=b"x") as there,
        pytest.raises(CouldNotDoError, match=r"no complete answer within 0\.5 seconds"),
    ):
        fetch(URL, connect_to=there.address, ca_file=str(authority.ca_file), timeout=0.5)


@pytest.mark.parametrize(
    ("names", "common_name", "end", "reason"),
    [
        pytest.param(("www.example.com",), HOST, dt.datetime(2120, 1, 1, tzinfo=dt.UTC), "Hostname mismatch", id="another name"),
        pytest.param(("*.*.com",), HOST, dt.datetime(2120, 1, 1, tzinfo=dt.UTC), "Hostname mismatch", id="wildcard too wide"),
        pytest.param(("mta-*.example.com",), HOST, dt.datetime(2120, 1, 1, tzinfo=dt.UTC), "Hostname mismatch", id="part of a label"),
        pytest.param((), HOST, dt.datetime(2120, 1, 1, tzinfo=dt.UTC), "Hostname mismatch", id="common name only"),
        pytest.param((HOST,), "server", dt.datetime(2021, 1, 1, tzinfo=dt.UTC), "certificate has expired", id="expired"),
    ],
)
def test_refuses_a_certificate_that_is_not_the_hosts(
    authority: Authority, names: tuple[str, ...], common_name: str, end: dt.datetime, reason: str
) -> None:
    issued = authority.issue(*names, common_name=common_name, end=end)
    assert re.match(f"the certificate is not good for {re.escape(HOST)}: {reason}", refused(authority, issued, answer()))


def test_a_wildcard_for_the_first_label_is_the_hosts(authority: Authority) -> None:
    assert got(authority, authority.issue("*.example.com"), answer()).body == BODY


def test_refuses_a_certificate_of_an_unknown_authority(server: Issued, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "another CA")
    with answering(server.context(), [answer()]) as there:
        for ca_file in (str(stranger.ca_file), None):
            with pytest.raises(CouldNotDoError, match=r"the certificate is not good for mta-sts\.example\.com: unable to get local issuer"):
                fetch(URL, connect_to=there.address, ca_file=ca_file)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_refuses_a_server_of_an_old_tls_version(authority: Authority, server: Issued) -> None:
    context = server.context()
    context.minimum_version = ssl.TLSVersion.TLSv1_1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with answering(context, [answer()]) as there, pytest.raises(CouldNotDoError, match="no TLS connection: TLSV1_ALERT_PROTOCOL_VERSION"):
        fetch(URL, connect_to=there.address, ca_file=str(authority.ca_file))


def test_says_that_nothing_listens_there() -> None:
    with refusing() as port, pytest.raises(CouldNotDoError) as error:
        fetch(URL, connect_to=("127.0.0.1", port))
    assert str(error.value) == f"{URL}: the connection was refused"


def test_says_that_the_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CouldNotDoError) as error:
        fetch(URL)
    assert str(error.value) == f"{URL}: the name has no address (Name or service not known)"


def test_says_why_the_host_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    with pytest.raises(CouldNotDoError) as error:
        fetch(URL)
    assert str(error.value) == f"{URL}: Network is unreachable"


def test_no_time_is_no_answer(authority: Authority, server: Issued) -> None:
    with answering(server.context(), [answer()]) as there, pytest.raises(CouldNotDoError, match="no complete answer within 0 seconds"):
        fetch(URL, connect_to=there.address, ca_file=str(authority.ca_file), timeout=0)


def test_tries_all_addresses_of_a_name(authority: Authority, server: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing() as dead, answering(server.context(), [answer()]) as there:
        both = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in (("127.0.0.1", dead), there.address)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        assert fetch(URL, ca_file=str(authority.ca_file)).body == BODY


def test_says_that_the_authorities_cannot_be_read(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        for path, reason in ((tmp_path / "gone.pem", "No such file or directory"), (Path(__file__), "[X509: NO_CERTIFICATE_OR_CRL_FOUND]")):
            with pytest.raises(CouldNotDoError) as error:
                fetch(URL, connect_to=there.getsockname()[:2], ca_file=str(path))
            assert str(error.value).startswith(f"{URL}: the certificate authorities in {path} cannot be read: {reason}")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://mta-sts.example.com/", "this is no https URL with a host name"),
        ("https:///a", "this is no https URL with a host name"),
        ("https://localhost/", "this is no https URL with a host name"),
        ("https://192.0.2.1/", "this is no https URL with a host name"),
        ("https://user@mta-sts.example.com/", "this is no https URL with a host name"),
        ("https://mta-sts.example.com/#a", "this is no https URL with a host name"),
        ("https://mta-sts.example.com/a b", "this is no https URL with a host name"),
        ("https://mta-sts.example.com/\x7f", "this is no https URL with a host name"),
        ("https://mta-sts.example.com/é", "this is no https URL with a host name"),
        ("https://mta-sts.example.com:99999/", "Port out of range 0-65535"),
    ],
)
def test_asks_only_what_a_sender_would(url: str, reason: str) -> None:
    with pytest.raises(CouldNotDoError) as error:
        fetch(url)
    assert str(error.value) == f"{url}: {reason}"


NO_ROUTE = ("2001:db8::1", OSError(errno.ENETUNREACH, "Network is unreachable"))
"""An address and what connecting to it gives on a machine without IPv6."""


def everywhere(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, addresses: Sequence[tuple[str, OSError | Answering]]
) -> tuple[Response, ...]:
    """Fetches from a host with these addresses, each of which fails or leads to a server."""
    resolved = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443)) for address, _ in addresses]
    where = dict(addresses)

    def connected(address: tuple[str, int], deadline: float) -> socket.socket:
        found = where[address[0]]
        if isinstance(found, OSError):
            raise found
        connection = socket.socket()
        connection.settimeout(deadline - time.monotonic())
        connection.connect(found.address)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: resolved)
        patch.setattr(https, "_connected", connected)
        return fetch_everywhere(URL, media_type="text/plain", ca_file=str(authority.ca_file), timeout=20)


def test_every_address_of_the_host_is_asked(authority: Authority, server: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(server.context(), [answer()]) as one, answering(server.context(), [answer(body=b"old")]) as other:
        found = everywhere(authority, monkeypatch, [("192.0.2.1", one), NO_ROUTE, ("192.0.2.2", other)])
    assert [response.body for response in found] == [BODY, b"old"]


def test_the_address_that_does_not_serve_it_is_named(authority: Authority, server: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        answering(server.context(), [answer()]) as one,
        answering(server.context(), [answer("404 Not Found")]) as other,
        pytest.raises(CouldNotDoError, match=r"the server answers 404 Not Found.*\(at 192\.0\.2\.2\)"),
    ):
        everywhere(authority, monkeypatch, [("192.0.2.1", one), ("192.0.2.2", other)])


def test_a_host_that_cannot_be_reached_at_all_is_told(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CouldNotDoError, match="Network is unreachable"):
        everywhere(authority, monkeypatch, [NO_ROUTE])


def test_a_host_without_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CouldNotDoError, match="the name has no address"):
        fetch_everywhere(URL)
