"""The usual terms, read by a few look-ups: what nearly all records are made of.

It is a short cut and no second grammar: each term that it takes, `grammar.read` reads as the same, and every other one is left to
that. A record of six terms costs a sixth of the time that the grammar alone needs.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from emailauth.protocols.spf.domain_spec import DomainSpec
from emailauth.protocols.spf.malformed import AnyTerm
from emailauth.protocols.spf.terms import A, All, Include, Ip4, Mx, Qualifier

_PASS: Final = Qualifier.PASS
"""To look it up in its class each time would be a tenth of the work."""
_IP4: Final = "ip4:"
_INCLUDE: Final = "include:"
_QUALIFIERS: Final[Mapping[str, Qualifier]] = {"": Qualifier.PASS} | {qualifier.value: qualifier for qualifier in Qualifier}
_BARE: Final[Mapping[str, tuple[type[A | All | Mx], Qualifier]]] = {
    f"{sign}{name}": (kind, qualifier) for sign, qualifier in _QUALIFIERS.items() for name, kind in (("a", A), ("all", All), ("mx", Mx))
}
_FIRST, _SECOND, _THIRD, _FOURTH = ({str(number): number << shift for number in range(256)} for shift in (24, 16, 8, 0))
"""What each octet adds to an address, by its text without leading zeros, as RFC 7208 has them."""
_LENGTHS: Final[Mapping[str, int]] = {str(length): length for length in range(33)}
_NAME: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)++[A-Za-z]{1,63}\Z")
"""A name without macros, without a dot at the end, and with a top-level domain of letters."""
_LONGEST: Final = 253
_HOSTS: Final = re.compile(r"(a|mx)(?::([^ /]++))?(/[0-9]++)?\Z")


def terms(text: str, start: int, other: Callable[[str, int], AnyTerm]) -> tuple[list[AnyTerm], bool]:
    """The terms of a record from an offset on, and whether all are usual: one that is not is for `other` to read, which is given it with its offset."""
    found: list[AnyTerm] = []
    are_usual = True
    for piece in text[start:].split(" "):
        if bare := _BARE.get(piece):
            kind, qualifier = bare
            found.append(kind(text=piece, start=start, qualifier=qualifier))
        elif piece:
            term = _ip4(piece, start) if piece.startswith(_IP4) else _named(piece, start)
            if term is None:
                are_usual = False
            found.append(term or other(piece, start))
        start += len(piece) + 1
    return found, are_usual


def _named(text: str, start: int) -> Include | A | Mx | None:
    """None where it is for the grammar to read, or to refuse."""
    if text.startswith(_INCLUDE):
        domain = _domain(text[len(_INCLUDE) :])
        return None if domain is None else Include(text=text, start=start, qualifier=_PASS, domain=domain)
    return _hosts(text, start)


def _ip4(text: str, start: int) -> Ip4 | None:
    address, slash, length = text[len(_IP4) :].partition("/")
    try:
        a, b, c, d = address.split(".")
        value = _FIRST[a] | _SECOND[b] | _THIRD[c] | _FOURTH[d]
        return Ip4(text=text, start=start, qualifier=_PASS, address=value, length=_LENGTHS[length] if slash else Ip4.bits)
    except (KeyError, ValueError):
        return None


def _hosts(text: str, start: int) -> A | Mx | None:
    match = _HOSTS.match(text)
    if match is None:
        return None
    name, value, length = match.groups(default="")
    domain, bits = _domain(value) if value else None, _LENGTHS.get(length[1:]) if length else Ip4.bits
    if bits is None or (value and domain is None):
        return None
    return (A if name == "a" else Mx)(text=text, start=start, qualifier=_PASS, domain=domain, ip4_length=bits)


@lru_cache(1024)
def _domain(text: str) -> DomainSpec | None:
    """Remembered, for most includes name one of a few services."""
    return DomainSpec(text=text, parts=(text,)) if is_usual_name(text) else None


def is_usual_name(text: str) -> bool:
    """Whether a domain is a name with which nothing is wrong and nothing odd."""
    return len(text) <= _LONGEST and _NAME.match(text) is not None
