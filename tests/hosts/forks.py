"""The command line in processes that are forked from one that has imported everything: a start takes milliseconds, and a kill is a kill.

`python -m tests.hosts.forks` is that one. It has no threads, reads what to run line by line, and tells of each process its id and its end.
"""

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from emailauth.cli import main
from tests.fakes import botocore_data
from tests.hosts.flying import flying

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a process ended, and what it said."""

    status: int
    """The exit code; negative: the signal that killed it."""
    out: str
    err: str


class Forks:
    """Runs the command line, one process after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._pid = 0
        self._known = threading.Event()

    @property
    def pid(self) -> int:
        """Of the process that runs now; for other threads."""
        assert self._known.wait(60)
        return self._pid

    def run(self, *arguments: str, folder: Path, environ: Mapping[str, str]) -> Ran:
        """Runs `emailauth ARGUMENTS` in a folder. Its time flies."""
        said = {name: str(folder / f".said-{name}") for name in ("out", "err")}
        self._known.clear()
        print(json.dumps({"arguments": arguments, "folder": str(folder), "environ": dict(environ), **said}), file=self._input, flush=True)
        self._pid = int(self._told())
        self._known.set()
        return Ran(status=int(self._told()), **{name: Path(path).read_text() for name, path in said.items()})

    @property
    def _input(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _told(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process that others are forked from has ended"
        return line


@contextmanager
def forks(ca_file: Path) -> Iterator[Forks]:
    """Starts the one to fork from. `ca_file`: what takes the place of the system's authorities, which take long to read.

    Coverage does not follow it: hundreds of processes would write of the same lines, and many are killed before they can.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")} | {"SSL_CERT_FILE": str(ca_file)}
    command = [sys.executable, "-m", "tests.hosts.forks"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Forks(process)
        finally:
            process.terminate()


def _warm_up() -> None:
    """Does what every start of the program does, but for what it does with its hosts."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        file = Path(folder) / "email-auth.yaml"
        file.write_text("version: 1\ndomains: {example.com: {spf: {otherwise: fail}}}\n")
        main(["lint", str(file)])
    for part in ("dns", "user", "workers", "zones"):  # imported when they are asked for
        importlib.import_module(f"cloudflare.resources.{part}")
    _warm_up_aws()


def _warm_up_aws() -> None:
    from boto3.session import Session

    botocore_data.parse_once()
    nobody = Session(aws_access_key_id="nobody", aws_secret_access_key="nothing", region_name="us-east-1")  # noqa: S106 - of nobody
    nobody.client("acm")
    nobody.client("cloudfront")
    nobody.client("route53")
    nobody.client("s3")


def _serve() -> None:
    _warm_up()
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(asked)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(asked: Mapping[str, Any]) -> NoReturn:
    """The process that runs the command line."""
    for descriptor, path, flags in ((0, os.devnull, os.O_RDONLY), (1, asked["out"], os.O_WRONLY), (2, asked["err"], os.O_WRONLY)):
        opened = os.open(path, flags | (os.O_CREAT | os.O_TRUNC if flags else 0), 0o600)
        os.dup2(opened, descriptor)
    os.chdir(asked["folder"])
    os.environ.update(asked["environ"])
    with flying():
        code = main(asked["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
