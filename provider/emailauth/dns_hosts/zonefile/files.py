"""A file replaced as a whole, by one process at a time. POSIX only; nothing here is needed to read a zone."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def digest(data: bytes, included: tuple[bytes, ...] = ()) -> str:
    """SHA-256 in hex of the octets of a file, followed by the SHA-256 of each file that it includes, if there are any."""
    return hashlib.sha256(b"".join((data, *(hashlib.sha256(file).digest() for file in included)))).hexdigest()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[Path]:
    """Holds the only lock of a file, waiting for it; yields the file itself where `path` is a link. Raises `OSError`.

    The lock (flock) is on the file itself, not on one beside it: nothing is left behind in a folder that name
    servers read. But `replace` puts another file in its place, so who has waited may have got the lock of a
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


def replace(path: Path, data: bytes) -> None:
    """Gives a file new contents: all of them or none, even if power fails. Keeps mode and, if allowed, owner. Raises `OSError`."""
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            _same_access(file.fileno(), path.stat())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise
    _sync_directory(path.parent)


def _same_access(fd: int, old: os.stat_result) -> None:
    """The group first: a member may give it without being root, and a server often reads by the group alone."""
    for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
        with contextlib.suppress(PermissionError):
            os.fchown(fd, owner, group)
    os.fchmod(fd, old.st_mode & 0o7777)


def _sync_directory(path: Path) -> None:
    """The new name is on disk only when its folder is."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
