"""Keeps hosted files in a directory that a web server serves: `<root>/mta-sts.example.com/.well-known/mta-sts.txt`.

The server (Caddy, nginx or any other) serves each host name from the folder of its name. Files appear there whole or
not at all, and readable for it; one that is there already keeps its access rights.
"""

import fcntl
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.file import FileWrite
from emailauth.core.names import InvalidName, is_host, normalise
from emailauth.core.record import Record
from emailauth.files.replacing import flush_folder, replace
from emailauth.web_hosts import ReadBack, read_back

_SEGMENT: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,255}")
_SETTING: Final = "web_host: directory"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A directory that a web server of yours serves."""

    root: Annotated[
        str,
        msgspec.Meta(
            description="The directory, relative to the file; in it is a folder for each host name that is served.",
            examples=["www", "/srv/email-auth"],
        ),
    ]
    cname: Annotated[
        str | None,
        msgspec.Meta(
            description="The web server's own name: each host name that is served gets a CNAME to it. Not said: their addresses are "
            "not this file's business.",
            examples=["www.example.com"],
        ),
    ] = None
    read_back: Annotated[
        Literal["https", "disk"],
        msgspec.Meta(
            description="How a file is checked before any record points at it: 'https' fetches it as a sender would, 'disk' reads it again.",
            examples=["https"],
        ),
    ] = "https"
    connect: Annotated[
        str | None,
        msgspec.Meta(
            description="Where to connect for that instead of the host name's own address, such as a server behind a load balancer.",
            examples=["127.0.0.1:8443"],
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        msgspec.Meta(
            description="Certificate authorities to trust for that instead of the system's: a PEM file, relative to the file.",
            examples=["ca.pem"],
        ),
    ] = None


def open_host(settings: Settings, directory: Path) -> "Directory":
    """The host of these settings. Raises `UsageError` where one of them cannot be understood."""
    if "\0" in settings.root:
        raise UsageError(f"{_SETTING}: root: no path can hold a NUL")
    how = read_back(_SETTING, settings, directory, over_https=settings.read_back == "https")
    return Directory(root=directory / settings.root, cname=_cname(settings.cname), read_back=how)


def _cname(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return normalise(text)
    except InvalidName as e:
        raise UsageError(f"{_SETTING}: cname: {e}") from e


class Directory:
    """One directory with hosted files."""

    def __init__(self, *, root: Path, cname: str | None, read_back: ReadBack) -> None:
        """`root` need not be there yet, but the directory that it stands in must; it can be a symbolic link."""
        self.root = root
        self.prepares = False
        self.cname = cname
        self.read_back = read_back

    def read(self, urls: Collection[str]) -> Mapping[str, bytes | None]:
        """See `WebHost.read`."""
        return {url: _read(self._path(url)) for url in urls}

    def change(self, writes: Sequence[FileWrite]) -> None:
        """See `WebHost.change`. Folders below the root that are empty then go too."""
        paths = [(self._path(write.url), write) for write in writes]
        if all(write.after is None and _read(path) is None for path, write in paths):
            return
        with self._locked():
            to_do = [(path, write.after) for path, write in paths if _is_to_do(path, write)]
            for path, file in to_do:
                self._put(path, file.body) if file else self._remove(path)

    def _put(self, path: Path, body: bytes) -> None:
        with _telling(path):
            _make_folder(path.parent, self.root)
        replace(path, body, mode_if_new=0o644)

    def _remove(self, path: Path) -> None:
        with _telling(path):
            path.unlink()
            flush_folder(path.parent)
        self._prune(path.parent)

    def place(self, url: str) -> str:
        """The path of the file."""
        return str(self._path(url))

    def to_prepare(self, hosts: Collection[str]) -> Mapping[str, str]:
        """Nothing: a folder is made with its first file."""
        return {}

    def prepare(self, hosts: Collection[str]) -> None:
        """Nothing is to be made."""

    def records(self, host: str, domain: str) -> Sequence[Record]:
        """The CNAME of a served host name, where the settings name the web server."""
        if self.cname is None:
            return ()
        return (Record(name=host, type="CNAME", value=f"{self.cname}.", domain=domain, kind=f"web/{host}"),)

    def _path(self, url: str) -> Path:
        """The only path that a URL can mean: plain segments, none of them `.` or `..`, nothing encoded. Raises `UsageError`."""
        parts = urlsplit(url)
        segments = parts.path.removeprefix("/").split("/")
        host = parts.netloc
        if url != f"https://{host}{parts.path}" or not is_host(host) or not all(map(_SEGMENT.fullmatch, segments)):
            raise UsageError(f"{url!r} cannot be kept in a directory: https://, a host name in lower case, and a plain path are needed")
        return self.root.joinpath(host, *segments)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one process at a time compares and writes below the root."""
        with _telling(self.root):
            self.root.mkdir(mode=0o755, exist_ok=True)
            lock = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _prune(self, folder: Path) -> None:
        """A folder that is not empty, or is a symbolic link, refuses to go, and what it stands in stays too."""
        with suppress(OSError):
            while folder != self.root:
                folder.rmdir()
                folder = folder.parent


def _read(path: Path) -> bytes | None:
    with _telling(path):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None


def _is_to_do(path: Path, write: FileWrite) -> bool:
    """Whether a file is not yet as it shall be. Raises `ConflictError` where it is not as it was either."""
    found, expected = _read(path), write.before
    if found == (write.after.body if write.after else None):
        return False
    if found != expected:
        what = "is not there any more" if found is None else "is there already" if expected is None else "was changed since it was read"
        raise ConflictError(f"{path} {what}: plan again")
    return True


def _make_folder(folder: Path, root: Path) -> None:
    """Like `mkdir -p`, but readable for the web server whatever the umask says."""
    if folder == root or folder.is_dir():
        return
    _make_folder(folder.parent, root)
    folder.mkdir()
    folder.chmod(0o755)
    flush_folder(folder.parent)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Tells an error of the file system in one sentence."""
    try:
        yield
    except FileNotFoundError as e:
        raise CouldNotDoError(f"{path}: the directory {path.parent} is not there: make it, or correct {_SETTING}: root") from e
    except IsADirectoryError as e:
        raise CouldNotDoError(f"{path} is a directory, and a file shall be there: remove it by hand") from e
    except FileExistsError as e:
        raise CouldNotDoError(f"{e.filename} is in the way of a directory: remove it by hand") from e
    except OSError as e:
        raise CouldNotDoError(f"{path}: {e.strerror}") from e
