"""The processes that a test has started, found by a variable that each of them has inherited, and ended by their ids."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = "EMAILAUTH_TEST_OF"
"""The variable. Its value tells one test's processes from another's."""
PLUGIN = "pulumi-resource-emailauth"

_SECONDS = 60
"""Within which a provider must have ended after its engine has: it lets writes that are under way end first."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """One that was there when it was looked for."""

    pid: int
    command: tuple[str, ...]

    @property
    def is_plugin(self) -> bool:
        """Whether it is our provider."""
        return any(Path(word).name == PLUGIN for word in self.command[:2])


def started_by(mark: str) -> list[Process]:
    """All that have the mark and still run."""
    return [process for folder in Path("/proc").glob("[0-9]*") if (process := _process(folder, f"{MARK}={mark}".encode()))]


def _process(folder: Path, mark: bytes) -> Process | None:
    try:
        marked = mark in (folder / "environ").read_bytes().split(b"\0")
        words = (folder / "cmdline").read_bytes().split(b"\0") if marked else []
    except OSError:  # it has ended, or is another user's
        return None
    return Process(pid=int(folder.name), command=tuple(os.fsdecode(word) for word in words)) if any(words) else None


def left_after(mark: str) -> list[Process]:
    """Our providers that do not end by themselves within a while. Whatever else has the mark and still runs is ended at once."""
    deadline = time.monotonic() + _SECONDS
    left: list[Process] = []
    for process in started_by(mark):
        if process.is_plugin and _ends(process.pid, max(0, deadline - time.monotonic())):
            continue
        left += [process] if process.is_plugin else []
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    return left


def _ends(pid: int, seconds: float) -> bool:
    """Waits for the end of a process that need not be a child."""
    with _opened(pid) as descriptor:
        return descriptor is None or bool(select.select([descriptor], [], [], seconds)[0])


@contextlib.contextmanager
def _opened(pid: int) -> Iterator[int | None]:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
