"""Whole DNS messages over TCP (RFC 1035 section 4.2.2, RFC 7766)."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import dns.rdatatype


class LostError(Exception):
    """Something was sent and no answer that can be believed came back; `str()` says how."""


def framed(wire: bytes) -> bytes:
    """A message as TCP carries it (RFC 1035 section 4.2.2)."""
    return len(wire).to_bytes(2, "big") + wire


class Connection:
    """Whole messages over a socket. What goes wrong is a `LostError`."""

    def __init__(self, connected: socket.socket, timeout: float) -> None:
        """`timeout`: seconds, as the socket has it."""
        self._socket, self._timeout = connected, timeout

    def send(self, octets: bytes) -> None:
        """Sends messages, framed."""
        with self._not_lost():
            self._socket.sendall(octets)

    def receive(self) -> bytes:
        """The next message."""
        with self._not_lost():
            return self._read(int.from_bytes(self._read(2), "big"))

    def receive_zone(self) -> list[bytes]:
        """The messages of a transfer. They are understood later: Knot DNS, for one, does not wait for half a second for who is slow to take them."""
        wires: list[bytes] = []
        ends = 0
        while ends < 2:  # noqa: PLR2004 - SOA is the first and the last record (RFC 5936 section 2.2)
            wires.append(self.receive())
            types = _types(wires[-1])
            if not types:
                break
            ends += types.count(dns.rdatatype.SOA)
        return wires

    def _read(self, length: int) -> bytes:
        octets = b""
        while len(octets) < length:
            more = self._socket.recv(length - len(octets))
            if not more:
                raise LostError("closed the connection before it had answered")
            octets += more
        return octets

    @contextmanager
    def _not_lost(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as e:
            raise LostError(f"did not answer within {self._timeout:g} seconds") from e
        except OSError as e:
            raise LostError(f"broke the connection before it had answered ({e.strerror or e})") from e


def _types(wire: bytes) -> list[int]:
    """The types of the answers in a message, found by the lengths in it (RFC 1035 section 4.1); none in one that is malformed."""
    try:
        questions, answers = struct.unpack_from("!HH", wire, 4)
        at, found = 12, []
        for _ in range(questions):
            at = _behind_name(wire, at) + 4
        for _ in range(answers):
            at = _behind_name(wire, at)
            rdtype, length = struct.unpack_from("!H6xH", wire, at)
            at += 10 + length
            found.append(rdtype)
    except (IndexError, struct.error):
        return []
    return found


def _behind_name(wire: bytes, at: int) -> int:
    longest = 63
    while 0 < wire[at] <= longest:
        at += 1 + wire[at]
    return at + (2 if wire[at] else 1)
