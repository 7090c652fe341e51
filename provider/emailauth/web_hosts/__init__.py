"""Web hosts: where the MTA-STS policy and the BIMI files are served. One module a host, found by its name, which is its key in the file.

A host module defines

- `Settings`: a frozen msgspec struct, what stands under `web_host: {NAME: ...}`;
- `open_host(settings, directory) -> WebHost`: does no I/O; `directory` is the folder of the file, for relative paths.

Hosts are used by several threads at a time.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from emailauth.core.errors import UsageError
from emailauth.core.file import FileWrite
from emailauth.core.record import Record

_CONNECT: Final = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+)):(?P<port>[0-9]{1,5})")
_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """How a file is fetched back after it was put, before anything points senders at it."""

    over_https: bool
    """False: the host's own copy is read again. True: it is fetched as a sender would, by its URL."""
    connect_to: tuple[str, int] | None = None
    """Address and port to connect to instead of the URL's; the certificate must still name the URL's host."""
    ca_file: str | None = None
    """Certificate authorities to trust instead of the system's; a path."""
    patience: float = 0.0
    """Seconds for which it may take until the URL gives the file: for hosts that make certificates or hand files on to other places."""


class ConnectSettings(Protocol):
    """What the settings of a host say about that."""

    @property
    def connect(self) -> str | None:
        """Address and port: `127.0.0.1:8443` or `[::1]:8443`."""

    @property
    def ca_file(self) -> str | None:
        """A path, relative to the folder of the file."""


def read_back(setting: str, settings: ConnectSettings, directory: Path, *, over_https: bool = True, patience: float = 0.0) -> ReadBack:
    """What settings mean. `setting` is where they stand in the file: "web_host: NAME". Raises `UsageError`."""
    if "\0" in (settings.ca_file or ""):
        raise UsageError(f"{setting}: ca_file: no path can hold a NUL")
    return ReadBack(
        over_https=over_https,
        connect_to=None if settings.connect is None else _address(setting, settings.connect),
        ca_file=None if settings.ca_file is None else str(directory / settings.ca_file),
        patience=patience,
    )


def _address(setting: str, text: str) -> tuple[str, int]:
    found = _CONNECT.fullmatch(text)
    if found is None or int(found["port"]) > _MAX_PORT:
        raise UsageError(f"{setting}: connect: {text!r} is not like 127.0.0.1:8443 or [::1]:8443")
    return found["ipv6"] or found["name"], int(found["port"])


class WebHost(Protocol):
    """What every web host can do."""

    read_back: ReadBack
    prepares: bool
    """Whether a host name must be prepared before its DNS records are known (`prepare`)."""

    def read(self, urls: Collection[str]) -> Mapping[str, bytes | None]:
        """The body that is kept for each URL, None where there is none. Raises `CouldNotDoError`."""

    def change(self, writes: Sequence[FileWrite]) -> None:
        """Makes all files served, or served no more, in as few steps as the host allows.

        Where the host keeps another body than a write expects (`before`), that is a `ConflictError`, and nothing is changed by this
        call; a write whose `after` is there already is no error. With the last file of a host name goes all that the host
        keeps for the name. Waits for what must be there first (a certificate). Raises `CouldNotDoError`; what was done
        by then stays, and the same call later goes on from there.
        """

    def place(self, url: str) -> str:
        """For a person: where the file is kept."""

    def to_prepare(self, hosts: Collection[str]) -> Mapping[str, str]:
        """Those of the served host names that are not prepared, each with what `prepare` will make, for a person. Only reads."""

    def prepare(self, hosts: Collection[str]) -> None:
        """Makes what must be there before the DNS records of the host names are known. Twice is no error. Raises `CouldNotDoError`."""

    def records(self, host: str, domain: str) -> Sequence[Record]:
        """The DNS records that a served host name needs, as far as they are known: of the kind `web/HOST`, or `web/HOST/...`.

        Known to the end: what is said of a name whose files are still there is what is removed with them.
        """
