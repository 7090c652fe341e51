"""Owner names as Route 53 has them (Developer Guide, "DNS domain name format"): escapes are octal.

Inside the fake a name is its labels as octets, lower-case, without the root's.
"""

import re
from functools import lru_cache
from typing import TypeAlias

import dns.name

Labels: TypeAlias = tuple[bytes, ...]

_PIECE = re.compile(r"\\([0-3][0-7]{2})|(\.)|([\x21-\x7e])")
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")


class BadName(Exception):
    """A name that the service does not take; `str()` is its "FATAL problem"."""


def read(text: str) -> Labels:
    """The labels of a name that came in a request, with or without the dot at the end. Raises `BadName`."""
    labels = [bytearray()]
    at = 0
    bare = text.removesuffix(".")
    while at < len(bare):
        piece = _PIECE.match(bare, at)
        if piece is None or piece[3] == "\\":
            raise BadName(f"FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with '{text}'")
        at = piece.end()
        if piece[2]:
            labels.append(bytearray())
        else:
            labels[-1].append(int(piece[1], 8) if piece[1] else ord(piece[3]))
    return _checked(tuple(bytes(label).lower() for label in labels), text)


def _checked(labels: Labels, text: str) -> Labels:
    if not all(labels):
        raise BadName(f"FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with '{text}'")
    if any(len(label) > 63 for label in labels):
        raise BadName(f"FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '{text}'")
    if sum(len(label) + 1 for label in labels) + 1 > 255:
        raise BadName(f"FATAL problem: DomainNameTooLong (Domain name is too long) encountered with '{text}'")
    return labels


@lru_cache(maxsize=2**15)
def written(labels: Labels) -> str:
    r"""As answers have it: lower-case, all but a-z 0-9 - _ as `\ooo`, with the dot at the end."""
    return "".join("".join(chr(octet) if octet in _PLAIN else f"\\{octet:03o}" for octet in label) + "." for label in labels)


def from_core(name: str) -> Labels:
    """The labels of a name in the form of `emailauth.core.names`."""
    return dns.name.from_text(name.lower()).labels[:-1]


def to_core(labels: Labels) -> str:
    """A name in the form of `emailauth.core.names`."""
    return dns.name.Name((*labels, b"")).to_text(omit_final_dot=True)


def order(labels: Labels) -> str:
    """What lists are sorted by: the text with its labels reversed ("com.example.www.")."""
    return written(labels[::-1])
