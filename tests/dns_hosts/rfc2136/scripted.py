"""A server on loopback that says what a test has it say, by itself or with a real one behind it."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rrset
import dns.tsig

from tests.servers.program import ADDRESS, NameServer

Handler: TypeAlias = Callable[[bytes], bytes | list[bytes] | None]
"""Gives the answer to a message, or several; None closes the connection without one."""


@contextmanager
def scripted(handler: Handler, *, most: int = 65_536) -> Iterator[int]:
    """Gives the port. `most`: how many messages it answers over one connection before it closes it."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for _ in range(most):
                length = self.rfile.read(2)
                answer = length and handler(self.rfile.read(int.from_bytes(length, "big")))
                if not answer:
                    return
                for message in [answer] if isinstance(answer, bytes) else answer:
                    self.wfile.write(len(message).to_bytes(2, "big") + message)

    class Tcp(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever asked did not wait for the answer."""

    with Tcp((ADDRESS, 0), Talk) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def forwarded(wire: bytes, server: NameServer) -> bytes:
    """What a real server answers, in one message."""
    with socket.create_connection((server.address, server.port)) as connection, connection.makefile("rb") as stream:
        connection.sendall(len(wire).to_bytes(2, "big") + wire)
        return stream.read(int.from_bytes(stream.read(2), "big"))


def is_update(wire: bytes) -> bool:
    return dns.opcode.from_flags(int.from_bytes(wire[2:4], "big")) == dns.opcode.UPDATE


def answer(
    wire: bytes,
    rcode: str,
    key: dns.tsig.Key | None,
    *,
    records: tuple[str, ...] = (),
    authority: tuple[str, ...] = (),
    flags: int = dns.flags.AA,
    tsig_error: int = 0,
) -> bytes:
    """An answer to a message, signed by a key; records are lines of a zone file."""
    query = dns.message.from_wire(wire, keyring=False)
    response = dns.message.make_response(query, tsig_error=tsig_error)
    response.flags |= flags
    response.set_rcode(dns.rcode.from_text(rcode))
    response.answer.extend(map(_rrset, records))
    response.authority.extend(map(_rrset, authority))
    response.tsig, response.want_tsig_sign = None, False
    if key:
        assert query.tsig
        response.request_mac = query.mac or b""
        response.use_tsig(key, tsig_error=tsig_error)
    return response.to_wire() or b""


def _rrset(line: str) -> dns.rrset.RRset:
    name, ttl, rdclass, record_type, data = line.split(maxsplit=4)
    return dns.rrset.from_text(name, int(ttl), rdclass, record_type, data)
