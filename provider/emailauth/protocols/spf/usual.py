"""The usual terms, read by one regular expression and a few look-ups: what nearly all records are made of.

It is a short cut and no second grammar: each text that it takes, `grammar.read` reads as the same term, and every other text is
left to that. A record of six terms costs a quarter of the time that the grammar alone needs.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from emailauth.protocols.spf.domain_spec import DomainSpec
from emailauth.protocols.spf.terms import A, All, Include, Ip4, Mx, Qualifier, WellFormed

TERMS: Final = re.compile(r"([-+?~]?)([a-z0-9]++)(?::([^ /]++))?(?:/([0-9]++))?(?![^ ])|[^ ]+")
"""Finds the terms of a record. The groups are qualifier, name, value and length; all None where a term is for the grammar."""

_Reader: TypeAlias = Callable[[str, int, Qualifier, str | None, str | None], WellFormed | None]

_QUALIFIERS: Final[Mapping[str, Qualifier]] = {"": Qualifier.PASS} | {qualifier.value: qualifier for qualifier in Qualifier}
_NUMBERS: Final[Mapping[str, int]] = {str(number): number for number in range(256)}
"""Without leading zeros, as RFC 7208 has them."""
_LENGTHS: Final[Mapping[str | None, int]] = {None: 32} | {str(length): length for length in range(33)}
_NAME: Final = re.compile(r"(?:[A-Za-z0-9_-]++\.)++[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\Z")
"""A name without macros, without a dot at the end, and with a letter first in its top-level domain."""
_LONGEST: Final = 253
_REMEMBERED: Final = 1024


def read(match: re.Match[str]) -> WellFormed | None:
    """The term that `TERMS` found; None where it is for the grammar to read, or to refuse."""
    qualifier, name, value, length = match.groups()
    reader = _READERS.get(name)
    return reader(match[0], match.start(), _QUALIFIERS[qualifier], value, length) if reader else None


def _ip4(text: str, start: int, qualifier: Qualifier, value: str | None, length: str | None) -> Ip4 | None:
    try:
        a, b, c, d = (value or "").split(".")
        address = _NUMBERS[a] << 24 | _NUMBERS[b] << 16 | _NUMBERS[c] << 8 | _NUMBERS[d]
        return Ip4(text=text, start=start, qualifier=qualifier, address=address, length=_LENGTHS[length])
    except (KeyError, ValueError):
        return None


def _include(text: str, start: int, qualifier: Qualifier, value: str | None, length: str | None) -> Include | None:
    domain = _domain(value) if value and not length else None
    return Include(text=text, start=start, qualifier=qualifier, domain=domain) if domain else None


def _all(text: str, start: int, qualifier: Qualifier, value: str | None, length: str | None) -> All | None:
    return None if value or length else All(text=text, start=start, qualifier=qualifier)


def _mx(text: str, start: int, qualifier: Qualifier, value: str | None, length: str | None) -> Mx | None:
    domain = _domain(value) if value else None
    if (value and not domain) or length not in _LENGTHS:
        return None
    return Mx(text=text, start=start, qualifier=qualifier, domain=domain, ip4_length=_LENGTHS[length])


def _a(text: str, start: int, qualifier: Qualifier, value: str | None, length: str | None) -> A | None:
    domain = _domain(value) if value else None
    if (value and not domain) or length not in _LENGTHS:
        return None
    return A(text=text, start=start, qualifier=qualifier, domain=domain, ip4_length=_LENGTHS[length])


@lru_cache(_REMEMBERED)
def _known(text: str) -> DomainSpec | None:
    """The same few names are included everywhere."""
    return DomainSpec(text=text, parts=(text,)) if _NAME.match(text) else None


def _domain(text: str) -> DomainSpec | None:
    # What is too long for a name is not remembered: that bounds the memory.
    return _known(text) if len(text) <= _LONGEST else None


_READERS: Final[Mapping[str | None, _Reader]] = {"ip4": _ip4, "include": _include, "all": _all, "mx": _mx, "a": _a}
