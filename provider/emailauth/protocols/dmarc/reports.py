"""Where reports go: the URIs of `rua` and `ruf` (RFC 9989 section 4.6)."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from emailauth.core.names import InvalidName, is_host, normalise

_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@$&'()*+=]|%[0-9A-Fa-f]{2})+\Z")
"""RFC 3986, less the comma and the exclamation mark (RFC 9989 section 4.8) and the semicolon that ends a tag."""

_ADDRESS: Final = re.compile(r"[^\s:@,;!<>()\"]+@[^\s:@,;!<>()\"]+\Z")
_SIZE: Final = re.compile(r"![0-9]+[kmgtKMGT]?\Z")
_LABEL: Final = "[A-Za-z0-9]{1,20}+(?:-[A-Za-z0-9]{1,20}+){0,2}+"
PLAIN: Final = rf"mailto:[A-Za-z0-9._+-]{{1,64}}+@(?:{_LABEL}\.){{1,3}}+[A-Za-z]{{2,20}}+"
"""A regular expression of the one kind of URI that nearly all are, and with which nothing is wrong: a short address at a short host.

It goes as far as its last label has letters; what stands behind that can still make another host of it.
"""
_PLAIN: Final = re.compile(rf"{PLAIN}\Z")
_SEPARATORS: Final = str.maketrans({",": "%2C", "!": "%21", ";": "%3B"})


def plain_destination(text: str) -> str:
    """The `destination` of a text that is known to match `PLAIN` as a whole."""
    return text.rpartition("@")[2].lower()


@lru_cache(256)
def usual_destination(text: str) -> str | None:
    """The `destination` of a text that is `mailto:` with a plain address and nothing more, else None.

    Nearly all are, and nothing is wrong with any of them. Remembered, because several rules ask for it.
    """
    return plain_destination(text) if _PLAIN.match(text) else None


def is_uri(text: str) -> bool:
    """Whether a text is a reporting URI: a URI with its commas and exclamation marks encoded (RFC 9989 section 4.8)."""
    return _URI.match(text) is not None


def encoded(text: str) -> str:
    """The text with the characters percent-encoded that would end the URI or its tag (RFC 9989 section 4.8)."""
    return text.translate(_SEPARATORS)


def without_size(text: str) -> str:
    """The URI without RFC 7489's limit of size ("!10m"), which RFC 9989 section 4.8 has receivers ignore."""
    return _SIZE.sub("", text)


def destination(text: str) -> str | None:
    """The host that a report to a URI goes to, normalised: of a mailto the address's domain; None where there is none."""
    if usual := usual_destination(text):
        return usual
    uri = encoded(without_size(text))
    if not is_uri(uri):
        return None
    scheme, _, rest = uri.partition(":")
    try:
        name = normalise(_of_address(rest) if scheme.lower() == "mailto" else urlsplit(uri).hostname or "")
    except (InvalidName, ValueError):
        return None
    return name if is_host(name) else None


def _of_address(rest: str) -> str:
    """The domain of the address in what follows "mailto:"; empty where there is no address."""
    local_part, _, domain = unquote(rest.partition("?")[0]).rpartition("@")
    return domain if local_part else ""


def fault(text: str) -> str | None:
    """Why reports to a text can never arrive, for a person; None where it is a URI with a destination."""
    uri = encoded(without_size(text))
    if not is_uri(uri):
        return "is an address, not a URI" if _ADDRESS.match(text) else "is not a URI"
    scheme, _, rest = uri.partition(":")
    if scheme.lower() == "mailto" and rest.startswith("//"):
        return "has slashes, which belong to no mailto URI"  # RFC 6068 section 2
    if scheme.lower() == "mailto" and destination(text) is None:
        return "has no address with a local part and a domain"
    return None


def mended(text: str) -> str | None:
    """What a text with a fault was certainly meant to be; None where that is not certain."""
    candidate = f"mailto:{text}" if _ADDRESS.match(text) else re.sub(r"\A(?i:mailto:)//", "mailto:", text)
    return candidate if candidate != text and fault(candidate) is None and is_uri(candidate) else None
