"""The base64 of `p=` (RFC 6376 section 2.10), and what goes wrong with it on its way into DNS. No message shows what it was given."""

import base64
import re
from typing import Final

_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
_QUANTUM: Final = 4
"""Characters that stand for three octets."""

_SIGNS: Final = (
    ("-----", "the lines of the PEM file, BEGIN and END, do not belong into it"),
    ('"', "a quotation mark stands in it: quotes belong around strings in zone files only"),
    ("\\", "a backslash stands in it: zone files have them, records do not"),
    ("...", "dots stand in it: it was shortened"),
)
"""What gives away where a text comes from, and what to say of it."""


def decoded(text: str) -> bytes | None:
    """The octets; None where it is not base64. White space may stand anywhere; otherwise it must be whole."""
    joined = "".join(text.split())
    return base64.b64decode(joined, validate=True) if _BASE64.match(joined) else None


def fault(text: str) -> str | None:
    """Why a text is not base64, for a person; None where it is."""
    joined = "".join(text.split())
    if _BASE64.match(joined):
        return None
    for sign, meaning in _SIGNS:
        if sign in joined:
            return meaning
    body = joined.rstrip("=")
    if "=" in body:
        return "a = stands in its middle, where only the end has one: it is several pieces"
    if re.fullmatch(r"[A-Za-z0-9]*[_-][A-Za-z0-9_-]*", body):
        return "it is in the alphabet for URLs: - is + there, and _ is /"
    if not re.fullmatch(r"[A-Za-z0-9+/]*", body):
        return "a character stands in it that base64 does not have"
    if len(body) % _QUANTUM == 1:
        return "a character is missing, or one too many"
    return "it does not end as it should: characters or the = that fill it up to four are missing, or one = too many"


def mended(text: str) -> str:
    """A text without what does not belong into base64, in its alphabet and filled up. Whether it is what was meant, its octets must tell."""
    bare = re.sub(r"-----(?:BEGIN|END) [A-Z ]+-----|[\s\"\\\\=]", "", text).replace("-", "+").replace("_", "/")
    if len(bare) % _QUANTUM == 1:  # which no octets make
        bare = bare[:-1]
    return bare + "=" * (-len(bare) % _QUANTUM)
