"""Web hosts: where the MTA-STS policy and the BIMI files are served. One module a host, found by its name, which is its key in the file.

A host module defines

- `Settings`: a frozen msgspec struct, what stands under `web_host: {NAME: ...}`;
- `open_host(settings, directory) -> WebHost`: does no I/O; `directory` is the folder of the file, for relative paths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from emailauth.core.file import HostedFile
from emailauth.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """How a file is fetched back after it was put, before anything points senders at it."""

    over_https: bool
    """False: the host's own copy is read again. True: it is fetched as a sender would, by its URL."""
    connect_to: tuple[str, int] | None = None
    """Address and port to connect to instead of the URL's; the certificate must still name the URL's host."""
    ca_file: str | None = None
    """Certificate authorities to trust instead of the system's; a path."""


class WebHost(Protocol):
    """What every web host can do."""

    read_back: ReadBack

    def read(self, url: str) -> bytes | None:
        """The body that is kept for a URL, None where there is none. Raises `CouldNotDoError`."""

    def put(self, file: HostedFile, expected: bytes | None) -> None:
        """Makes the file served; another body than `expected` (None: no file) there is a `ConflictError`. Doing it twice is no error."""

    def remove(self, url: str, expected: bytes) -> None:
        """Stops serving the URL; what is there must be `expected`, else `ConflictError`. A file that is gone already is no error."""

    def place(self, url: str) -> str:
        """For a person: where the file is kept."""

    def records(self, host: str, domain: str) -> Sequence[Record]:
        """The DNS records that a served host name needs, as far as this host's settings tell them."""
