"""Ports of loopback that stay a test's own.

A port that the system chose and that is let go again can be anybody's the next moment: a client's, which is given one of the same
range, or that of a test beside this one. So a port that a program is told beforehand is one that no client is given, and from a slice
that no other process of tests takes for as long as this one runs. A server that binds port 0 itself, and only once, needs none of this.
"""

import functools
import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ADDRESS: Final = "127.0.0.1"
_USUAL: Final = range(20_480, 32_768)
"""Above those that many programs have for their own, and below those that Linux gives to clients if nobody has changed that."""
_SLICE: Final = 256
_GIVEN: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""The first and the last port that Linux gives to clients, and to servers that ask for any."""


def free_port() -> int:
    """A port that nobody has for UDP or TCP, of all that this process can have the one that was longest out of use."""
    return next(port for port in itertools.islice(_own(), _SLICE) if _is_free(port))


@contextmanager
def refusing() -> Iterator[int]:
    """A port where connections are refused, and where nobody else can begin to listen meanwhile."""
    with socket.socket() as deaf:
        deaf.bind((_ADDRESS, 0))
        port: int = deaf.getsockname()[1]
        yield port


def _is_free(port: int) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        try:
            for one in (udp, tcp):
                one.bind((_ADDRESS, port))
        except OSError:
            return False
    return True


@functools.cache
def _own() -> Iterator[int]:
    """The ports of this process, over and over. A name that one socket at a time can have says whose a slice is, and is kept to the end."""
    ports = never_given(_GIVEN.read_text() if _GIVEN.exists() else "")
    for first in ports[: -_SLICE + 1 : _SLICE]:
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0emailauth's tests have the {_SLICE} ports from {first}")
        except OSError:
            mark.close()
        else:
            mark.detach()
            return itertools.cycle(range(first, first + _SLICE))
    raise RuntimeError(f"other tests have all ports from {ports[0]} to {ports[-1]}")


def never_given(given: str) -> range:
    """The ports that no client is given where it is given these ("FIRST LAST"; empty: not known); where that leaves too few, the usual ones."""
    if not given:
        return _USUAL
    first, last = map(int, given.split())
    found = max(range(_USUAL.start, first), range(last + 1, 65_536), key=len)
    return found if len(found) >= 8 * _SLICE else _USUAL
