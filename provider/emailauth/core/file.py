"""Files that a web host serves: the MTA-STS policy (RFC 8461 section 3.2), BIMI logos and mark certificates."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedFile:
    """One file as it shall be served, byte for byte."""

    url: str
    """https, without port, query and fragment."""
    body: bytes
    content_type: str
    domain: str
    kind: str
    """What it is: "mta_sts", "bimi/logo", "bimi/certificate"."""

    @property
    def host(self) -> str:
        """The host name of the URL."""
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The path of the URL; begins with a slash."""
        return urlsplit(self.url).path or "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """What a URL shall give, and what is expected to be kept for it at that moment."""

    url: str
    before: bytes | None
    """None: no file."""
    after: HostedFile | None
    """None: the file goes."""
