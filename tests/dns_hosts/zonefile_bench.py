"""A zone file in a folder, the host on it, and the two name servers' own checkers."""

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.dns_hosts import DnsHost, Zone
from emailauth.dns_hosts.zonefile import Settings, open_host

ZONE = "example.com"
HEAD = "$TTL 3600\n@ IN SOA ns1 hostmaster 7 7200 3600 1209600 300\n@ IN NS ns1\nns1 IN A 192.0.2.1\n"
"""What every zone needs; the serial is 7."""
EDITED_HEAD = HEAD.replace(" 7 ", " 8 ")
_PACKAGE = {"named-checkzone": "bind9-utils", "kzonecheck": "knot-dnssecutils"}

_UNKNOWN_TO_KNOT = re.compile(rb'^\$GENERATE|^\$ORIGIN .*[^.]$|CLASS1|""|\r\n', re.MULTILINE)
"""Knot DNS 3.2 takes no $GENERATE, no relative $ORIGIN, no class by number, no strings that touch and no CRLF."""

Wish = tuple[str, str, tuple[str, ...], int]
"""Name, type, the values that the set shall have, and the TTL in seconds."""


@dataclass(frozen=True)
class Bench:
    """The zone `ZONE` in the file `db` of a folder."""

    folder: Path
    today: dt.date = field(default=dt.date(2026, 3, 1))

    @property
    def path(self) -> Path:
        return self.folder / "db"

    def host(self) -> DnsHost:
        return open_host(Settings(zones={ZONE: "db"}), self.folder, today=lambda: self.today)

    def write(self, text: str | bytes) -> None:
        self.path.write_bytes(text.encode() if isinstance(text, str) else text)

    def read(self) -> Zone:
        (zone,) = self.host().read([ZONE])
        return zone

    def sets(self) -> dict[Key, tuple[int, tuple[str, ...]]]:
        return {key: (rrset.ttl, rrset.values) for key, rrset in self.read().rrsets.items()}

    def apply(self, *wishes: Wish) -> bytes:
        """Makes the sets so, from what is there; returns the new file."""
        zone = self.read()
        self.host().apply(zone, [change(zone, wish) for wish in wishes])
        return self.path.read_bytes()

    def edit(self, text: str | bytes, *wishes: Wish) -> bytes:
        """`apply` to a file with this text, whose result both name servers take."""
        self.write(text)
        edited = self.apply(*wishes)
        load(self.path)
        return edited


def change(zone: Zone, wish: Wish) -> RRsetChange:
    name, type_, after, ttl = wish
    return RRsetChange(name=name, type=type_, before=zone.rrsets.get((name, type_)), after=after, ttl=ttl)


def expecting(name: str, type_: str, before: Sequence[str], after: Sequence[str]) -> RRsetChange:
    """A change that expects what the caller says."""
    rrset = RRset(name=name, type=type_, ttl=3600, values=tuple(before)) if before else None
    return RRsetChange(name=name, type=type_, before=rrset, after=tuple(after), ttl=3600)


def load(path: Path) -> None:
    """Fails where BIND or Knot DNS would not load the zone."""
    commands = [["named-checkzone", ZONE, path.name]]
    if not _UNKNOWN_TO_KNOT.search(path.read_bytes()):
        commands.append(["kzonecheck", "-o", ZONE, path.name])
    for command in commands:
        if shutil.which(command[0]) is None:
            pytest.fail(f"{command[0]} is missing; it is in the Debian package {_PACKAGE[command[0]]}")
        done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[0]} refuses\n{path.read_text(errors='replace')}\n{done.stdout}{done.stderr}"
