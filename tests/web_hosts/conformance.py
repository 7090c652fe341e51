"""What every web host must do, whatever its way: a host joins by a module of its name in benches/, with a context manager `bench(folder)`."""

from typing import Protocol

from emailauth.core.file import FileWrite, HostedFile
from emailauth.web_hosts import WebHost

POLICY_URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"
LOGO_URL = "https://bimi.example.com/default/logo-0a1b2c3d.svg"


class Bench(Protocol):
    """A host that serves nothing yet."""

    host: WebHost

    def overwrite(self, url: str, body: bytes) -> None:
        """Changes what is kept for a URL behind the host's back, as somebody else would."""


def policy(body: bytes) -> HostedFile:
    """A policy file."""
    return HostedFile(url=POLICY_URL, body=body, content_type="text/plain", domain="example.com", kind="mta_sts")


def logo(body: bytes) -> HostedFile:
    """A logo."""
    return HostedFile(url=LOGO_URL, body=body, content_type="image/svg+xml", domain="example.com", kind="bimi/logo")


def put(host: WebHost, file: HostedFile, expected: bytes | None) -> None:
    """One file, at a name that is prepared."""
    host.prepare([file.host])
    host.change([FileWrite(url=file.url, before=expected, after=file)])


def remove(host: WebHost, url: str, expected: bytes) -> None:
    """One file goes."""
    host.change([FileWrite(url=url, before=expected, after=None)])


def read(host: WebHost, url: str) -> bytes | None:
    """One file."""
    return host.read([url])[url]


BODIES = [b"", b"version: STSv1\r\nmode: none\r\nmax_age: 1\r\n", b"\x00\xff\r\r\n\x1a", b"x" * 100_000]
"""They come back byte for byte."""
