r"""The content of TXT records: character-strings (RFC 1035 section 3.3.14) as the API reads and writes them."""

import re
from typing import Final

_STRING: Final = re.compile(r'"((?:[^"\\]|\\[0-9]{3}|\\[^0-9])*)"')
_STRINGS: Final = re.compile(rf"\s*(?:{_STRING.pattern}\s*)+\Z")
_ESCAPE: Final = re.compile(rb"\\([0-9]{3}|[^0-9])")
LONGEST: Final = 255


class NotStrings(ValueError):
    """A content that begins with a quotation mark and does not go on as character-strings do."""


def strings_in(content: str) -> list[bytes]:
    """The character-strings of a content; one that is not quoted is one, taken as it stands. Those over 255 octets are split."""
    if not content.lstrip().startswith('"'):
        return _split(content.encode())
    if not _STRINGS.match(content):
        raise NotStrings(content)
    return [piece for text in _STRING.findall(content) for piece in _split(_unescaped(text))]


def joined(content: str) -> bytes:
    """What a content says, whatever its form."""
    return b"".join(strings_in(content))


def quoted(content: str) -> str:
    """The form that a later GET answers."""
    return " ".join(f'"{_escaped(piece)}"' for piece in strings_in(content))


def _split(octets: bytes) -> list[bytes]:
    return [octets[i : i + LONGEST] for i in range(0, len(octets), LONGEST)] or [b""]


def _unescaped(text: str) -> bytes:
    def octet(found: re.Match[bytes]) -> bytes:
        if len(found[1]) == 1:
            return found[1]
        if int(found[1]) > 255:
            raise NotStrings(text)
        return bytes([int(found[1])])

    return _ESCAPE.sub(octet, text.encode())


def _escaped(octets: bytes) -> str:
    return "".join(f"\\{chr(o)}" if o in b'"\\' else chr(o) if 32 <= o < 127 else f"\\{o:03d}" for o in octets)
