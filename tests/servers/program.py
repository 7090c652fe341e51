"""Server programs that run while a test needs them, on loopback, and what one sees of them there."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataset
import dns.rdatatype
import dns.tsig
import dns.update
import dns.xfr
import dns.zone

ADDRESS = "127.0.0.1"
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
KEY_NAME = "emailauth-key"
RECORDS = "$TTL 300\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n"
_SECONDS = 120
"""More than a machine needs that does much else at the same time."""

Sets = Mapping[tuple[str, str], tuple[int, tuple[str, ...]]]
"""TTL in seconds and values (see `emailauth.core.record`) by owner name and type."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """A zone that a server shall have."""

    name: str
    signed: bool = False
    inline: bool = False
    """BIND only: signed beside the zone that is updated, so that an update is seen some time after it was accepted."""
    update: bool = True
    """Whether the key may update it."""
    types: str = "ANY"
    """BIND only: the types that the key may update."""
    policy: str = ""
    """BIND only: what stands in its update-policy, instead of all that the key may do."""
    transfer: bool = True
    """Whether the key may transfer it."""
    primary: int | None = None
    """The port of the server that it is copied from: then it is a secondary's."""
    records: str = RECORDS


@dataclass(frozen=True, kw_only=True)
class NameServer:
    """One that runs."""

    port: int
    folder: Path
    key_file: Path
    """As tsig-keygen writes it."""
    said: list[str] = field(repr=False)
    """The lines of its log so far."""
    address: str = ADDRESS

    @property
    def secret(self) -> str:
        """In base64."""
        return secret(self.key_file)

    @property
    def key(self) -> dns.tsig.Key:
        return dns.tsig.Key(KEY_NAME, self.secret)

    def update(self, zone: str, fill: Callable[[dns.update.UpdateMessage], None]) -> str:
        """Sends an update and returns the answer's code."""
        message = dns.update.UpdateMessage(dns.name.from_text(zone), keyring=self.key)
        fill(message)
        return dns.rcode.to_text(dns.query.tcp(message, self.address, timeout=_SECONDS, port=self.port).rcode())

    def copy(self, zone: str) -> dns.zone.Zone:
        """The zone by transfer."""
        found = dns.zone.Zone(dns.name.from_text(zone), relativize=False)
        query, _ = dns.xfr.make_query(found, keyring=self.key)
        dns.query.inbound_xfr(self.address, found, query, self.port, _SECONDS)
        return found

    def put(self, zone: str, sets: Sets) -> None:
        """Puts sets into a zone whatever is there, as somebody else would, and waits until they are seen. No values: the set goes."""
        there = {key: rdataset(key[1], ttl, values) for key, (ttl, values) in sets.items()}

        def fill(message: dns.update.UpdateMessage) -> None:
            for (name, record_type), new in there.items():
                message.delete(dns.name.from_text(name), record_type)
                if new:
                    message.add(dns.name.from_text(name), new)

        assert self.update(zone, fill) == "NOERROR"
        wait_until(lambda: self._has(zone, there))

    def _has(self, zone: str, sets: Mapping[tuple[str, str], dns.rdataset.Rdataset]) -> bool:
        copy = self.copy(zone)
        found = {key: copy.get_rdataset(dns.name.from_text(key[0]), key[1]) for key in sets}
        return all(found[key] == new if new else found[key] is None for key, new in sets.items())


def rdataset(record_type: str, ttl: int, values: tuple[str, ...]) -> dns.rdataset.Rdataset:
    """Values as records."""
    found = dns.rdataset.Rdataset(dns.rdataclass.IN, dns.rdatatype.from_text(record_type), ttl=ttl)
    for value in values:
        found.add(dns.rdata.from_text("IN", record_type, _strings(value) if record_type == "TXT" else value))
    return found


def _strings(value: str) -> str:
    octets = value.encode("utf-8", "surrogateescape")
    strings = [octets[i : i + 255] for i in range(0, len(octets), 255)] or [b""]
    return " ".join('"' + "".join(f"\\{octet:03d}" for octet in string) + '"' for string in strings)


def secret(key_file: Path) -> str:
    """The secret in a file that tsig-keygen has written, in base64."""
    found = re.search('secret "(.*)"', key_file.read_text())
    assert found
    return found[1]


def make_key(folder: Path) -> Path:
    """Writes a new key into a folder and returns its path."""
    key = subprocess.run(["tsig-keygen", "-a", "hmac-sha256", KEY_NAME], capture_output=True, check=True, text=True, env={"PATH": PATH})
    (folder / "tsig.key").write_text(key.stdout)
    return folder / "tsig.key"


def wait_until(condition: Callable[[], bool]) -> None:
    """For what a server does by and by. Raises `TimeoutError` when it takes too long."""
    deadline = time.monotonic() + _SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)


@contextmanager
def running(command: list[str], folder: Path, ready: str) -> Iterator[list[str]]:
    """Runs a program in a folder until the caller is done, from when it says that it is `ready`; gives the lines that it says."""
    said: list[str] = []
    is_ready = threading.Event()
    environment = {"PATH": PATH, "HOME": str(folder)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:

        def listen() -> None:
            for line in process.stdout or ():
                said.append(line)
                if ready in line:
                    is_ready.set()
            is_ready.set()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            started = is_ready.wait(_SECONDS) and any(ready in line for line in said)
            assert started, f"{command[0]} did not start: {''.join(said)}"
            yield said
        finally:
            process.terminate()
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            listener.join()
