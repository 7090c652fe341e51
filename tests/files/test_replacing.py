"""A file is replaced all at once, with the access that it had, and what goes wrong is told and leaves the old one."""

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.files.replacing import flush_folder, replace

OLD, NEW = b"old\n", b"new and longer\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "file"
    found.write_bytes(OLD)
    return found


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def access(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


# ------------------------------------------------------------------------------------------------------ what it does


@pytest.mark.usefixtures("strict_umask")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o2755])
def test_mode_and_owner_stay_whatever_the_umask(mode: int, path: Path) -> None:
    if os.getuid() == 0:
        os.chown(path, 1234, 2345)
    path.chmod(mode)
    before = access(path)
    with path.open("rb") as reader:
        replace(path, NEW, mode_if_new=0o444)
        assert reader.read() == OLD, "who reads it has all of the old one"
    assert path.read_bytes() == NEW
    assert access(path) == before
    assert names(path.parent) == ["file"]


def test_an_owner_that_may_not_be_given_is_done_without(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def refuse(_fd: int, owner: int, group: int) -> NoReturn:
        asked.append((owner, group))
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refuse)
    mode, owner, group = access(path)
    replace(path, NEW)
    assert asked == [(-1, group), (owner, -1)]
    assert path.read_bytes() == NEW
    assert access(path)[0] == mode


@pytest.mark.usefixtures("strict_umask")
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_new_file_gets_the_mode_that_is_asked_for(mode: int, tmp_path: Path) -> None:
    replace(tmp_path / "file", NEW, mode_if_new=mode)
    assert (tmp_path / "file").read_bytes() == NEW
    assert access(tmp_path / "file") == (mode, os.geteuid(), os.getegid())
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("there_is", [True, False])
def test_behind_links_the_file_is_replaced_and_the_links_stay(there_is: bool, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    if there_is:
        (tmp_path / "real" / "file").write_bytes(OLD)
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "link").symlink_to("folder/file")
    replace(tmp_path / "link", NEW, mode_if_new=0o644)
    assert (tmp_path / "link").readlink() == Path("folder/file")
    assert (tmp_path / "real" / "file").read_bytes() == NEW
    assert (names(tmp_path), names(tmp_path / "real")) == (["folder", "link", "real"], ["file"])


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "😀" * 63])
def test_a_name_as_long_as_can_be(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(OLD)
    replace(tmp_path / name, NEW)
    assert (tmp_path / name).read_bytes() == NEW
    assert names(tmp_path) == [name]


def test_the_content_is_on_disk_before_it_has_its_name_and_the_name_after(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, bytes]] = []
    fsync = os.fsync

    def spy(descriptor: int) -> None:
        seen.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.read_bytes()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    replace(path, NEW)
    assert seen == [(False, OLD), (True, NEW)]


def test_a_system_without_owners_and_without_folders_to_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows: `lint --fix` works there, too."""
    for name in ("fchown", "fchmod", "O_DIRECTORY"):
        monkeypatch.delattr(os, name)
    replace(path, NEW)
    assert path.read_bytes() == NEW
    assert names(path.parent) == ["file"]


# ------------------------------------------------------------------------------------------------------ what fails

FAILURES = {
    "no room": (os, "fsync", errno.ENOSPC, "No space left on device; make room on its disk"),
    "no quota": (os, "fsync", errno.EDQUOT, "Disk quota exceeded; make room in your quota"),
    "a disk that fails": (os, "fsync", errno.EIO, "Input/output error; see to that"),
    "a mode that may not be given": (
        os,
        "fchmod",
        errno.EPERM,
        "Operation not permitted; see that you may write to it and to its folder",
    ),
    "a rename that is refused": (Path, "replace", errno.EACCES, "Permission denied; see that you may write to it and to its folder"),
    "a place that is mounted by itself": (Path, "replace", errno.EBUSY, "Device or resource busy; see to that"),
    "a folder that may not be written to": (
        tempfile,
        "mkstemp",
        errno.EACCES,
        "Permission denied; see that you may write to it and to its folder",
    ),
    "a disk that may not be written to": (
        tempfile,
        "mkstemp",
        errno.EROFS,
        "Read-only file system; mount its disk so that it can be written to",
    ),
}


@pytest.mark.parametrize("what", FAILURES)
def test_a_failure_is_told_and_leaves_the_old_file_and_no_other(what: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, call, code, told = FAILURES[what]

    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(owner, call, fail)
    with pytest.raises(CouldNotDoError) as error:
        replace(path, NEW)
    assert str(error.value) == f"{path} cannot be written, and is as it was: {told} and run this again"
    assert path.read_bytes() == OLD
    assert names(path.parent) == ["file"]


def test_a_new_file_that_fails_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CouldNotDoError, match="No space left on device; make room on its disk and run this again"):
        replace(tmp_path / "file", NEW, mode_if_new=0o644)
    assert names(tmp_path) == []


def test_an_interruption_leaves_the_old_file_and_no_other(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace(path, NEW)
    assert path.read_bytes() == OLD
    assert names(path.parent) == ["file"]


def test_what_goes_wrong_first_is_told_where_cleaning_up_fails_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def cannot(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "fsync", fail)
    monkeypatch.setattr(Path, "unlink", cannot)
    with pytest.raises(CouldNotDoError, match="Input/output error; see to that and run this again"):
        replace(path, NEW)
    assert path.read_bytes() == OLD


def test_a_file_that_may_not_be_written_to_is_not_renamed_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be ours to rename in, and the file still somebody's who locked it. (Root may write to any, so this asks in its place.)"""
    monkeypatch.setattr(os, "access", lambda asked, _: asked != path)
    with pytest.raises(CouldNotDoError) as error:
        replace(path, NEW)
    assert str(error.value) == (
        f"{path} cannot be written, and is as it was: Permission denied; see that you may write to it and to its folder and run this again"
    )
    assert path.read_bytes() == OLD


def test_a_file_that_must_be_there_and_is_not_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        with pytest.raises(CouldNotDoError) as error:
            replace(tmp_path / name, NEW)
        assert str(error.value) == (
            f"{tmp_path / name} cannot be written, and is as it was: No such file or directory; "
            "see that it and its folder are there and run this again"
        )
    assert names(tmp_path) == ["link"]


def test_a_file_that_goes_while_it_is_looked_at_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    realpath = os.path.realpath

    def then_gone(asked: Path, *, strict: bool) -> str:
        found = realpath(asked, strict=strict)
        path.unlink()
        return found

    monkeypatch.setattr(os.path, "realpath", then_gone)
    with pytest.raises(CouldNotDoError, match="No such file or directory; see that it and its folder are there and run this again"):
        replace(path, NEW)
    assert names(path.parent) == []


@pytest.mark.parametrize("mode_if_new", [None, 0o644])
@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("folder", "it is no plain file; see to that and run this again"),
        ("pipe", "it is no plain file; see to that and run this again"),
        ("loop", "Too many levels of symbolic links; see to that and run this again"),
        ("gone/file", "No such file or directory; see that it and its folder are there and run this again"),
    ],
)
def test_what_is_no_file_stays(what: str, told: str, mode_if_new: int | None, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(CouldNotDoError) as error:
        replace(tmp_path / what, NEW, mode_if_new=mode_if_new)
    assert str(error.value) == f"{tmp_path / what} cannot be written, and is as it was: {told}"
    assert names(tmp_path) == ["folder", "loop", "pipe"]
    assert (tmp_path / "pipe").is_fifo()


KILLED = """
import os, signal, sys
from pathlib import Path
from emailauth.files.replacing import replace

Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
replace(Path(sys.argv[1]), b"new and longer\\n")
"""


def test_who_is_killed_before_the_rename_leaves_the_old_file_and_the_next_one_replaces_it(path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == OLD
    left = [one for one in path.parent.iterdir() if one != path]
    assert [(one.name.startswith(".file."), one.read_bytes()) for one in left] == [(True, NEW)]
    replace(path, NEW)
    assert path.read_bytes() == NEW


# ------------------------------------------------------------------------------------------------------ folders


def fails_for_folders(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    fsync = os.fsync

    def fail(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fail)


def test_a_folder_that_cannot_be_flushed_is_told_with_what_that_means(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_for_folders(monkeypatch, errno.EIO)
    with pytest.raises(CouldNotDoError) as error:
        replace(path, NEW)
    assert str(error.value) == (
        f"{path} is written, but a power failure could undo that: flushing its folder failed: Input/output error; see to its disk"
    )
    assert path.read_bytes() == NEW
    assert names(path.parent) == ["file"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EBADF, errno.ENOTSUP])
def test_a_file_system_that_flushes_no_folders_is_done_without(code: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_for_folders(monkeypatch, code)
    replace(path, NEW)
    assert path.read_bytes() == NEW


def test_a_folder_that_may_not_be_listed_is_not_flushed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []

    def refuse(_path: Path, _flags: int) -> NoReturn:
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "fsync", flushed.append)
    flush_folder(path.parent)
    assert flushed == []
