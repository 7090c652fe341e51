"""The lock of a zone file held by a test, so that providers stand still at a place that is known."""

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_SECONDS = 60


class Held:
    """The lock of one file, and who waits for it."""

    def __init__(self, inode: int) -> None:
        """`inode` is the file's."""
        self._inode = inode

    def wait_for(self, number: int, *, unless: Callable[[], bool]) -> None:
        """Returns when so many others wait for the lock. Raises `TimeoutError`, or fails as soon as `unless` is true."""
        deadline = time.monotonic() + _SECONDS
        while self._waiting() < number:
            assert not unless(), "it has ended, and nobody waits for the lock any more"
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._waiting()} wait for the lock")
            time.sleep(0.02)

    def _waiting(self) -> int:
        lines = Path("/proc/locks").read_text().splitlines()
        return sum("->" in line and line.split()[6].endswith(f":{self._inode}") for line in lines)


@contextlib.contextmanager
def held(path: Path) -> Iterator[Held]:
    """Holds the lock of a file as `dns_hosts.zonefile` does."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Held(path.stat().st_ino)
