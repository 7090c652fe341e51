"""Runs the command line in this process, as a person would type it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from emailauth.cli import main

ZONE = """\
$ORIGIN example.com.
$TTL 300
@ SOA ns.example.com. hostmaster.example.com. 7 3600 600 86400 300
  NS ns
  MX 10 mx
  TXT "MS=ms1" ; not ours
ns A 192.0.2.53
mx A 192.0.2.25
"""

FILE = """\
version: 1
dns_host: {zonefile: {zones: {example.com: example.com.zone}}}
web_host: {directory: {root: public, read_back: disk}}
domains:
  example.com:
    spf:
      allow:
        - mx   # the one that sends
      otherwise: fail
    dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


class Folder:
    """A folder with an email-auth.yaml and a zone file, to run commands in."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys
        self.write("email-auth.yaml", FILE)
        self.write("example.com.zone", ZONE)

    def write(self, name: str, content: str | bytes) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def read(self, name: str) -> str:
        return (self.path / name).read_text()

    def run(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as e:  # argparse ends so
            code = int(e.code or 0)
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)
