"""The usual terms, read by a few look-ups: what nearly all records are made of.

It is a short cut and no second grammar: each term that it takes, `grammar.read` reads as the same, and every other one is left to
that. A record of six terms costs a sixth of the time that the grammar alone needs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import AddressValueError, IPv6Address
from typing import Final

import msgspec

from emailauth.core.remembered import Kept
from emailauth.protocols.spf.domain_spec import DomainSpec
from emailauth.protocols.spf.malformed import AnyTerm
from emailauth.protocols.spf.terms import A, All, Include, Ip4, Ip6, Mx, Ptr, Qualifier, Redirect

_PASS: Final = Qualifier.PASS
"""To look it up in its class each time would be a tenth of the work."""
_IP4: Final = "ip4:"
_INCLUDE: Final = "include:"
_BEHIND_IP4: Final = len(_IP4)
_BEHIND_INCLUDE: Final = len(_INCLUDE)
_QUALIFIERS: Final[Mapping[str, Qualifier]] = {"": Qualifier.PASS} | {qualifier.value: qualifier for qualifier in Qualifier}
_BARE: Final[Mapping[str, tuple[type[A | All | Mx | Ptr], Qualifier, str]]] = {
    f"{sign}{kind.kind}": (kind, qualifier, kind.kind) for sign, qualifier in _QUALIFIERS.items() for kind in (A, All, Mx, Ptr)
}
_SECOND, _THIRD, _FOURTH = ({str(number): number << shift for number in range(256)} for shift in (16, 8, 0))
"""What each octet adds to an address, by its text without leading zeros, as RFC 7208 has them."""
_FIRST: Final = {f"{_IP4}{number}": number << 24 for number in range(256)}
_LENGTHS: Final[Mapping[str, int]] = {str(length): length for length in range(33)}


def _last(text: str) -> tuple[int, int]:
    """The last octet of an address, and the length of its prefix, by their text: "0/24". Raises `KeyError` where it is none."""
    octet, slash, length = text.partition("/")
    return _FOURTH[octet], _LENGTHS[length] if slash else Ip4.bits


_LASTS: Final = Kept(_last, 256 * 34)
"""As many as there are."""
_NAME: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)++[A-Za-z]{1,63}\Z")
"""A name without macros, without a dot at the end, and with a top-level domain of letters."""
_LONGEST: Final = 253
_HOSTS: Final = re.compile(r"(a|mx)(?::([^ /]++))?(/[0-9]++)?\Z")
_IP6: Final = re.compile(r"ip6:([0-9A-Fa-f:]{2,39})(?:/(0|[1-9][0-9]?|1[01][0-9]|12[0-8]))?\Z")
_REDIRECT: Final = "redirect="


class Gist(msgspec.Struct, frozen=True, gc=False):
    """What `parts` looks at first in the terms of a record, noted while they are read: to ask each again would take half as long."""

    texts: Sequence[str]
    """Of each term."""
    kinds: tuple[str, ...]
    """Of each term, too."""
    includes: Sequence[str]
    """The names of the includes, in lower case."""
    ip4: Sequence[Ip4]
    ip6: Sequence[Ip6]
    hosts: Sequence[A | Mx]
    """Those that have a domain or a prefix length."""


def read(text: str, start: int, other: Callable[[str, int], AnyTerm]) -> tuple[list[AnyTerm], Gist | None]:
    """The terms of a record from an offset on, and the gist of them if all are usual, with one space between two.

    A term that is not usual is for `other` to read, which is given it with its offset.
    """
    found: list[AnyTerm] = []
    kinds: list[str] = []
    includes: list[str] = []
    ip4: list[Ip4] = []
    ip6: list[Ip6] = []
    hosts: list[A | Mx] = []
    pieces = text[start:].split(" ")
    for piece in pieces:
        if bare := _BARE.get(piece):
            make, qualifier, kind = bare
            found.append(make(text=piece, start=start, qualifier=qualifier))
            kinds.append(kind)
        elif not piece:
            pass  # there can be several spaces, or one at the end
        elif piece[:_BEHIND_IP4] == _IP4:
            try:
                a, b, c, d = piece.split(".")
                address, length = _LASTS[d]
                address = _SECOND[b] + _THIRD[c] + address + _FIRST[a]  # the greatest last: Python adds small integers faster
            except (KeyError, ValueError):
                found.append(other(piece, start))
            else:
                network = Ip4(text=piece, start=start, qualifier=_PASS, address=address, length=length)
                found.append(network)
                ip4.append(network)
                kinds.append("network")
        elif piece[:_BEHIND_INCLUDE] == _INCLUDE and (domain := _DOMAINS[piece[_BEHIND_INCLUDE:]]):
            found.append(Include(text=piece, start=start, qualifier=_PASS, domain=domain))
            kinds.append("include")
            includes.append(domain.text.lower())
        elif term := _rarer(piece, start):
            found.append(term)
            kinds.append(term.kind)
            _note(term, ip6, hosts)
        else:
            found.append(other(piece, start))
        start += len(piece) + 1
    return found, Gist(pieces, tuple(kinds), includes, ip4, ip6, hosts) if len(kinds) == len(pieces) else None


def _note(term: A | Mx | Ip6 | Redirect, ip6: list[Ip6], hosts: list[A | Mx]) -> None:
    if isinstance(term, Ip6):
        ip6.append(term)
    elif not isinstance(term, Redirect):
        hosts.append(term)


def _rarer(text: str, start: int) -> A | Mx | Ip6 | Redirect | None:
    """None where it is for the grammar to read, or to refuse."""
    if text.startswith(_REDIRECT):
        domain = _DOMAINS[text[len(_REDIRECT) :]]
        return None if domain is None else Redirect(text=text, start=start, domain=domain)
    return _ip6(text, start) if text.startswith("ip6") else _hosts(text, start)


def _ip6(text: str, start: int) -> Ip6 | None:
    match = _IP6.match(text)
    if match is None:
        return None
    try:
        address = int(IPv6Address(match[1]))
    except AddressValueError:
        return None
    return Ip6(text=text, start=start, qualifier=_PASS, address=address, length=Ip6.bits if match[2] is None else int(match[2]))


def _hosts(text: str, start: int) -> A | Mx | None:
    match = _HOSTS.match(text)
    if match is None:
        return None
    name, value, length = match.groups(default="")
    domain, bits = _DOMAINS[value] if value else None, _LENGTHS.get(length[1:]) if length else Ip4.bits
    if bits is None or (value and domain is None):
        return None
    return (A if name == "a" else Mx)(text=text, start=start, qualifier=_PASS, domain=domain, ip4_length=bits)


def _domain(text: str) -> DomainSpec | None:
    return DomainSpec(text=text, parts=(text,)) if is_usual_name(text) else None


_DOMAINS: Final = Kept(_domain, 1024)
"""Most includes name one of a few services."""


def is_usual_name(text: str) -> bool:
    """Whether a domain is a name with which nothing is wrong and nothing odd."""
    return len(text) <= _LONGEST and _NAME.match(text) is not None
