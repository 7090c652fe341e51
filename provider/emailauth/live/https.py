"""Fetches hosted files the way senders fetch an MTA-STS policy (RFC 8461 section 3.3): strictly, or not at all."""

import errno
import io
import socket
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Final, cast
from urllib.parse import urlsplit

from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import is_host

MAX_BODY: Final = 64 * 1024
"""Octets that RFC 8461 section 3.3 suggests as the greatest size of a policy."""
TIMEOUT: Final = 60.0
"""Seconds that it suggests for the whole request."""

_MAX_HEAD: Final = 64 * 1024
_PORT: Final = 443
_OK: Final = 200
_REDIRECTS: Final = range(300, 400)
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What was answered with status 200."""

    body: bytes
    media_type: str
    """In lower case, without parameters; empty where the answer names none."""


def fetch(
    url: str,
    *,
    media_type: str | None = None,
    connect_to: tuple[str, int] | None = None,
    ca_file: str | None = None,
    timeout: float = TIMEOUT,
    max_body: int = MAX_BODY,
) -> Response:
    """Fetches an https URL over TLS 1.2 or newer, follows no redirect, keeps nothing, and takes status 200 only.

    The certificate must be trusted (by the system's authorities, or those of `ca_file`) and name the host of the URL in a DNS-ID,
    also where `connect_to` gives another address and port to connect to. `timeout` is in seconds and for all of it but the
    resolver's part; `max_body` is in octets; `media_type` is what the answer must be, None for any. Raises `CouldNotDoError`.
    """
    host, port, target = _parts(url)
    deadline = time.monotonic() + timeout
    try:
        with (
            _connected(connect_to or (host, port), deadline) as plain,
            _context(ca_file).wrap_socket(plain, server_hostname=host) as connection,
        ):
            connection.sendall(_request(host, port, target))
            answer = _all(connection, deadline, _MAX_HEAD + max_body)
        return _judged(answer, media_type, max_body)
    except CouldNotDoError as e:
        raise CouldNotDoError(f"{url}: {e}") from e
    except (OSError, HTTPException) as e:
        raise CouldNotDoError(f"{url}: {_reason(e, host, timeout)}") from e


def fetch_everywhere(
    url: str,
    *,
    media_type: str | None = None,
    connect_to: tuple[str, int] | None = None,
    ca_file: str | None = None,
    timeout: float = TIMEOUT,
) -> tuple[Response, ...]:
    """Fetches a URL once from each address that its host has, for a sender may come to any of them; else as `fetch` does.

    An address that this machine has no route to (IPv6, often) is passed over, if there is another. Raises `CouldNotDoError` with what
    the first address said that does not serve it.
    """
    host, port, _ = _parts(url)
    try:
        found = dict.fromkeys(resolved[:2] for *_, resolved in socket.getaddrinfo(*(connect_to or (host, port)), type=socket.SOCK_STREAM))
    except OSError as e:
        raise CouldNotDoError(f"{url}: {_reason(e, host, timeout)}") from e
    responses: list[Response] = []
    unreachable: CouldNotDoError | None = None
    for address, its_port in found:
        try:
            responses.append(fetch(url, media_type=media_type, connect_to=(str(address), int(its_port)), ca_file=ca_file, timeout=timeout))
        except CouldNotDoError as e:
            if not _is_no_route(e.__cause__):
                raise CouldNotDoError(f"{e} (at {address})") from e
            unreachable = e
    if unreachable is not None and not responses:
        raise unreachable
    return tuple(responses)


def _is_no_route(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def _parts(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    try:
        port = parts.port or _PORT
    except ValueError as e:
        raise CouldNotDoError(f"{url}: {e}") from e
    host = parts.hostname or ""
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme != "https" or not is_host(host) or parts.username is not None or parts.fragment or not is_plain:
        raise CouldNotDoError(f"{url}: this is no https URL with a host name")
    return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as e:
        raise CouldNotDoError(f"the certificate authorities in {ca_file} cannot be read: {e.strerror or e}") from e
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False  # DNS-IDs only (RFC 8461 section 3.3)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _connected(address: tuple[str, int], deadline: float) -> socket.socket:
    """Tries each address of the name in turn, as a sender would. Raises what the last one said."""
    problem: OSError = OSError("the name has no address")
    for family, kind, protocol, _, resolved in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(_left(deadline))
            connection.connect(resolved)
        except OSError as e:
            connection.close()
            problem = e
        else:
            return connection
    raise problem


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _request(host: str, port: int, target: str) -> bytes:
    authority = host if port == _PORT else f"{host}:{port}"
    head = f"GET {target} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: emailauth\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    return head.encode("ascii")


def _all(connection: ssl.SSLSocket, deadline: float, limit: int) -> bytes:
    """Everything up to the end of the connection, or a little more than the limit; the deadline is for all of it."""
    answer = bytearray()
    while len(answer) <= limit:
        connection.settimeout(_left(deadline))
        piece = connection.recv(16 * 1024)
        if not piece:
            break
        answer += piece
    return bytes(answer)


class _Answer:
    """An answer that was received whole, in the shape of the socket that `HTTPResponse` reads from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def _judged(answer: bytes, media_type: str | None, max_body: int) -> Response:
    response = HTTPResponse(cast("socket.socket", _Answer(answer)), method="GET")
    response.begin()
    if response.status in _REDIRECTS:
        target = response.getheader("Location", "nowhere")[:_SHOWN]
        raise CouldNotDoError(f"the server redirects to {target!r}, which senders do not follow: serve the file here")
    if response.status != _OK:
        raise CouldNotDoError(f"the server answers {response.status} {response.reason}".rstrip())
    if (coding := response.getheader("Content-Encoding", "identity").lower()) != "identity":
        raise CouldNotDoError(f"the server encodes its answer as {coding} without being asked to")
    found = response.getheader("Content-Type", "").partition(";")[0].strip().lower()
    if media_type is not None and found != media_type:
        raise CouldNotDoError(f"the server says that it is {found or 'of no type'}, and it must be {media_type}")
    body = response.read(max_body + 1)
    if len(body) > max_body:
        raise CouldNotDoError(f"the answer has more than {max_body} octets")
    if response.length:
        raise CouldNotDoError("the answer broke off")
    return Response(body=body, media_type=found)


def _reason(error: OSError | HTTPException, host: str, timeout: float) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not good for {host}: {error.verify_message}"
        case ssl.SSLError():
            return f"no TLS connection: {error.reason or error}"
        case TimeoutError():
            return f"no complete answer within {timeout:g} seconds"
        case socket.gaierror():
            return f"the name has no address ({error.strerror})"
        case ConnectionRefusedError():
            return "the connection was refused"
        case IncompleteRead():
            return "the answer broke off"
        case HTTPException():
            return f"the answer is no HTTP: {type(error).__name__}"
    return error.strerror or str(error)
