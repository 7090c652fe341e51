"""Which contents a zone file has, and one process at a time that changes them."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


def digest(data: bytes, included: tuple[bytes, ...] = ()) -> str:
    """SHA-256 in hex of the octets of a file, followed by the SHA-256 of each file that it includes, if there are any."""
    return hashlib.sha256(b"".join((data, *(hashlib.sha256(file).digest() for file in included)))).hexdigest()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[Path]:
    """Holds the only lock of a file, waiting for it; yields the file itself where `path` is a link. Raises `OSError`.

    The lock (flock) is on the file itself, not on one beside it: nothing is left behind in a folder that name
    servers read. But a file is replaced by another one, so who has waited may have got the lock of a
    file that has no name any more. That is seen by comparing, and then the new file is locked instead.
    """
    import fcntl  # noqa: PLC0415 - not on Windows, where reading and linting shall work

    while True:
        target = path.resolve(strict=True)
        fd = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(fd), path.stat()):
                yield target
                return
        finally:
            os.close(fd)
