"""A Postfix of its own: configuration, queue and log in a folder."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.program import PATH, wait_until

_MASTER = """\
pickup    unix  n       -       n       1       1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       1       1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """One that runs."""

    folder: Path

    def send(self, recipient: str) -> str:
        """Sends a message and returns what became of it: `sent (...)` or `deferred (...)`."""
        message = f"From: sender@example.net\nTo: {recipient}\nSubject: hello\n\nhello\n"
        command = ["sendmail", "-C", str(self.folder / "etc"), "-f", "sender@example.net", recipient]
        subprocess.run(command, input=message, text=True, check=True, env={"PATH": PATH})
        wait_until(lambda: self._end(recipient) is not None)
        return self._end(recipient) or ""

    @property
    def log(self) -> str:
        """All that it wrote so far."""
        path = self.folder / "mail.log"
        return path.read_text() if path.exists() else ""

    def _end(self, recipient: str) -> str | None:
        found = re.search(rf"to=<{re.escape(recipient)}>.* status=(.*)", self.log)
        return found[1] if found else None


@contextmanager
def postfix(folder: Path, settings: Mapping[str, str]) -> Iterator[Postfix]:
    """Runs until the caller is done. It sends only; it listens nowhere."""
    etc = folder / "etc"
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir(parents=True)
    shutil.chown(folder / "data", "postfix")
    own = {
        "compatibility_level": "3.6",
        "queue_directory": folder / "queue",
        "data_directory": folder / "data",
        "maillog_file": folder / "mail.log",
        "maillog_file_prefixes": folder,
        "mydestination": "",
        "alias_maps": "",
        "local_recipient_maps": "",
        "smtp_tls_loglevel": "1",
    }
    (etc / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in {**own, **settings}.items()))
    (etc / "master.cf").write_text(_MASTER)
    _run(etc, "start")
    try:
        yield Postfix(folder)
    finally:
        _run(etc, "stop")


def _run(etc: Path, verb: str) -> None:
    done = subprocess.run(["postfix", "-c", str(etc), verb], capture_output=True, text=True, check=False, env={"PATH": PATH})
    assert done.returncode == 0, done.stdout + done.stderr
