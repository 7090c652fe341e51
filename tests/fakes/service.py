"""What the HTTP services in tests/fakes have in common: a server on loopback, a log of calls, faults, a clock that tests move.

A service is strict: it refuses what the real one refuses, in the real one's words. SDKs reach it by their own settings
(`AWS_ENDPOINT_URL`, `CLOUDFLARE_BASE_URL`).
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came."""

    number: int
    """How many came before it."""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Lost:
    """A fault: the connection is closed instead of an answer."""


Fault: TypeAlias = Response | Lost | None
"""What the client gets instead of the answer; None: the answer."""


class Service(ABC):
    """A service; one request at a time, as one database would take them."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Request]] = []
        """Operation and request of each call that came, whatever was answered."""
        self.before: Callable[[str, Request], Fault] = _no_fault
        """Is called before the service looks at a call: to be slow, to write as somebody else, to fail, to kill. A fault: nothing is done."""
        self.after: Callable[[str, Request], Fault] = _no_fault
        """Is called once the call was carried out. A fault: it was done, and the client does not know."""
        self.lock = threading.RLock()
        """Held while a call is carried out, and by whoever changes the service's content behind everybody's back."""

    @abstractmethod
    def operation(self, request: Request) -> str:
        """The name of the operation, as the service's reference has it ("ListHostedZones")."""

    @abstractmethod
    def answer(self, operation: str, request: Request) -> Response:
        """Carries a call out. Never raises for what a client can send."""

    def count(self, *operations: str) -> int:
        """How many calls came of these operations; of all, where none is named."""
        return sum(not operations or operation in operations for operation, _ in self.calls)

    def handle(self, request: Request) -> Fault:
        """Logs a call and carries it out, with the faults."""
        operation = self.operation(request)
        with self.lock:
            self.calls.append((operation, request))
        fault = self.before(operation, request)
        if fault is not None:
            return fault
        with self.lock:
            answer = self.answer(operation, request)
        return self.after(operation, request) or answer

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serves on loopback; gives the URL without a path."""
        server = _server(self)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _no_fault(operation: str, request: Request) -> Fault:  # noqa: ARG001 - the shape of a hook
    return None


def _server(service: Service) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                body = b"".join(iter(self._chunk, b""))
            parts = urlsplit(self.path)
            answer = service.handle(
                Request(
                    number=len(service.calls),
                    method=self.command,
                    path=parts.path,
                    query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=body,
                )
            )
            if not isinstance(answer, Response):
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline().split(b";")[0], 16)
            piece = self.rfile.read(size)
            self.rfile.readline()
            return piece

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815 - http.server's names

        @override
        def log_message(self, format: str, *args: object) -> None:
            """The log of calls is enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server
