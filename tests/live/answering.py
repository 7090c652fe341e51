"""A TLS server on loopback that answers each connection with given octets, whatever is asked."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Answering:
    """Where it listens, and what it was asked, one item a request."""

    address: tuple[str, int]
    requests: list[bytes] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)


@contextmanager
def answering(context: ssl.SSLContext, pieces: Sequence[bytes], *, endless: bytes = b"") -> Iterator[Answering]:
    """Answers with all pieces, then with `endless` again and again for as long as the other side listens, then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Answering(listener.getsockname()[:2])
    stop = threading.Event()

    def note_name(_: ssl.SSLObject | ssl.SSLSocket, name: str | None, __: ssl.SSLContext) -> None:
        server.server_names.append(name)

    context.sni_callback = note_name

    def serve() -> None:
        while not stop.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection, context.wrap_socket(connection, server_side=True) as secure:
                    request = b""
                    while b"\r\n\r\n" not in request and (piece := secure.recv(4096)):
                        request += piece
                    server.requests.append(request)
                    for piece in pieces:
                        secure.sendall(piece)
                    while endless and not stop.wait(0.01):
                        secure.sendall(endless)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        with suppress(OSError), socket.create_connection(server.address):
            pass  # wakes the server, which then sees that it shall stop
        thread.join()
        listener.close()
