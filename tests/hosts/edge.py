"""CloudFront's edge on loopback: what the fake gives a viewer, over TLS, so that a policy can be fetched as senders do."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

from tests.fakes.aws import Aws, NoConnection
from tests.live.authority import Authority


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._context = context

    @override
    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        connection, address = super().get_request()
        # The thread that handles the connection makes the handshake, by reading from it.
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Of a client that was killed."""


@contextmanager
def edge(aws: Aws, authority: Authority, *hosts: str) -> Iterator[tuple[str, int]]:
    """Serves what is deployed at each moment; gives address and port. A name that no distribution answers for gets no answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                status, headers, body = aws.fetch(self.headers["Host"], self.path)
            except NoConnection:
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = _Server(authority.issue(*hosts).context(), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ("127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
