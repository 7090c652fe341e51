"""A file replaced all at once: whoever reads it, and whenever power fails, there is all of the old one or all of the new one."""

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from emailauth.core.errors import CouldNotDoError

_NAME: Final = 50
"""Characters of a file's name that its temporary file's name has: 200 octets at most in UTF-8, of the 255 that a name can have."""
_WHAT_TO_DO: Final = {
    errno.ENOENT: "see that it and its folder are there",
    errno.EACCES: "see that you may write to it and to its folder",
    errno.EPERM: "see that you may write to it and to its folder",
    errno.EROFS: "mount its disk so that it can be written to",
    errno.ENOSPC: "make room on its disk",
    errno.EDQUOT: "make room in your quota",
}
_NOT_OFFERED: Final = {errno.EBADF, errno.EINVAL, errno.ENOTSUP}
"""What file systems say that flush no folders."""


class _Access(NamedTuple):
    mode: int
    owner: int = -1
    """-1, here and for the group: whoever makes the file."""
    group: int = -1


def replace(path: Path, content: bytes, *, mode_if_new: int | None = None) -> None:
    """Gives a file other contents, and keeps its mode and, as far as that is permitted, its owner and group.

    Behind symbolic links the file is replaced and the links stay. `mode_if_new`: the mode, whatever the umask says, where there is no
    file yet; without it there must be one. Raises `CouldNotDoError`: the file is then as it was, unless that says otherwise.
    """
    try:
        target = Path(os.path.realpath(path, strict=mode_if_new is None))
        _put(target, content, _access(target, mode_if_new))
    except OSError as e:
        what_to_do = _WHAT_TO_DO.get(e.errno or 0, "see to that")
        raise CouldNotDoError(f"{path} cannot be written, and is as it was: {e.strerror}; {what_to_do} and run this again") from e
    try:
        flush_folder(target.parent)
    except OSError as e:
        msg = f"{path} is written, but a power failure could undo that: flushing its folder failed: {e.strerror}; see to its disk"
        raise CouldNotDoError(msg) from e


def _access(target: Path, mode_if_new: int | None) -> _Access:
    """What the new file shall have. Raises `OSError` for what may not be written to, though it could be renamed over, or is no file."""
    try:
        old = target.stat()
    except FileNotFoundError:
        if mode_if_new is None:
            raise
        return _Access(mode_if_new)
    if not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "it is no plain file")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return _Access(stat.S_IMODE(old.st_mode), old.st_uid, old.st_gid)


def _put(target: Path, content: bytes, access: _Access) -> None:
    """Writes a file beside its place, flushes it to the disk and renames it. Leaves nothing behind where that fails."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name[:_NAME]}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            _give(file.fileno(), access)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _give(descriptor: int, access: _Access) -> None:
    """The group before the owner: a member may give it without being root. The mode last: a change of owner clears bits of it."""
    if not hasattr(os, "fchown"):  # Windows
        return
    for owner, group in ((-1, access.group), (access.owner, -1)):
        with suppress(PermissionError):
            os.fchown(descriptor, owner, group)
    os.fchmod(descriptor, access.mode)


def flush_folder(folder: Path) -> None:
    """Makes what was made, renamed or removed in a folder last through a power failure, where the system can. Raises `OSError`."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except PermissionError:  # a folder that one may write to but not list, and any folder on Windows
        return
    try:
        os.fsync(descriptor)
    except OSError as e:
        if e.errno not in _NOT_OFFERED:
            raise
    finally:
        os.close(descriptor)
