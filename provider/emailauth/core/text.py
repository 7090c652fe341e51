"""Text that came from elsewhere, made fit to be shown."""

import re
from typing import Final

_UNSAFE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_OCTETS: Final = range(0xDC80, 0xDD00)
"""The surrogates that stand for octets which are no UTF-8 (PEP 383)."""
_TWO_DIGITS: Final = 0x100


def printable(text: str) -> str:
    r"""The text with everything that a terminal would obey, hide or refuse written as escapes.

    Octets that are no UTF-8 (see `record`) become `\DDD` in decimal, as zone files write them (RFC 1035
    section 5.1); control and direction characters become `\x1b` or `\u202e`.
    """
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code in _OCTETS:
        return f"\\{code - 0xDC00:03d}"
    return f"\\x{code:02x}" if code < _TWO_DIGITS else f"\\u{code:04x}"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """The count with its noun: "1 change", "2 changes"."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"
