"""What a record holds that a rule could have something to say about, told in one pass over its terms.

It is made for `Rule.needs`: most rules look for what hardly any record has. Each part is a necessary condition of what the rule finds,
seldom a sufficient one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from emailauth.core.remembered import Kept, union
from emailauth.protocols.spf.ranges import FIRST_OCTETS, special_use
from emailauth.protocols.spf.services import RETIRED, SENDS_AS_ITSELF
from emailauth.protocols.spf.terms import A, Include, Ip4, Ip6, Mx, Network, Qualifier, condition, domain_spec_of
from emailauth.protocols.spf.usual import Gist, is_usual_name

_LONG: Final = 200
"""Characters: an answer with a shorter record fits into 512 octets whatever its name."""
_MANY: Final = 10
_REMEMBERED: Final = 40
"""Terms: no shapes of longer records are kept."""
_PASS: Final = Qualifier.PASS
_NEUTRAL: Final = Qualifier.NEUTRAL
_MODIFIERS: Final = frozenset({"redirect", "explanation"})
_COMPARED: Final = frozenset({"include", "network"})
_QUERYING: Final = ("include", "a", "mx", "ptr", "exists", "redirect")
_SERVICES: Final = dict.fromkeys(RETIRED, "retired name") | dict.fromkeys(SENDS_AS_ITSELF, "service with its own name")
WIDEST: Final = {Ip4.bits: 16, Ip6.bits: 32}
"""The shortest prefix length that is not remarked, by the bits of an address: a university has a /16, a provider an IPv6 /32."""


def parts(text: str, terms: Sequence[Any], gist: Gist | None) -> frozenset[str]:
    """The kinds of the terms, and of these what is so. (Kinds, because types of structs are slow to compare: it was half of the work.)

    "long": more than 200 characters, or octets that are not ASCII; "many terms": more than 10; "many lookups": by more than 10; "macros";
    "retired name", "service with its own name": an include that `services` knows;
    "odd name": a domain without macros that few domains look like; never where the terms are usual, which have a `gist`;
    "no all"; "neutral all"; "behind all": something stands behind an `all`; "passes everyone": an `all` passes, or a prefix length is 0;
    "repetition": two mechanisms test the same; "repeated modifier": one of RFC 7208's is there twice;
    "wide range": wider than `WIDEST`; "special use": a network is reserved; "host bits": one is written with an address within it;
    "nested networks": one lies within another; "adjacent networks": one follows upon another.
    """
    found: set[str] = set()
    if gist is None:
        gist = gist_of(terms)
        _of_texts(text, terms, found)
    shape = _SHAPES[gist.kinds] if len(gist.kinds) <= _REMEMBERED else _shape_of(gist.kinds)
    for places in shape.repeated:
        if len({condition(terms[i]) for i in places}) < len(places):
            found.add("repetition")
    if len(text) > _LONG:
        found.add("long")
    if shape.default is not None:
        _of_default(terms[shape.default].qualifier, found)
    if gist.includes:
        _of_includes(gist.includes, found)
    if gist.ip4:
        _of_networks(gist.ip4, Ip4.bits, found)
    if gist.ip6:
        _of_networks(gist.ip6, Ip6.bits, found)
    if gist.hosts:
        _of_hosts(gist.hosts, found)
    return union(shape.parts, frozenset(found)) if found else shape.parts


def gist_of(terms: Sequence[Any]) -> Gist:
    """What `usual.read` notes of terms, for any."""
    return Gist(
        texts=[term.text for term in terms],
        kinds=tuple([term.kind for term in terms]),
        includes=[term.domain.folded for term in terms if isinstance(term, Include)],
        ip4=[term for term in terms if isinstance(term, Ip4)],
        ip6=[term for term in terms if isinstance(term, Ip6)],
        hosts=[term for term in terms if isinstance(term, A | Mx) and (":" in term.text or "/" in term.text)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What the kinds of a record's terms say, in order. Places are numbers of terms, from 0."""

    parts: frozenset[str]
    default: int | None
    """The place of the first `all`."""
    repeated: tuple[tuple[int, ...], ...]
    """The places of the kinds of which there are several; but not of what is in the gist, or tests nothing."""


def _shape_of(kinds: tuple[str, ...]) -> _Shape:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for i, kind in enumerate(kinds):
        places[kind].append(i)
    found = set(places)
    several = {kind: some for kind, some in places.items() if len(some) > 1}
    default = kinds.index("all") if "all" in found else None
    if default is None:
        found.add("no all")
    elif default != len(kinds) - 1:
        found.add("behind all")
    if len(kinds) > _MANY:
        found.add("many terms")
        if sum(map(kinds.count, _QUERYING)) > _MANY:
            found.add("many lookups")
    if not _MODIFIERS.isdisjoint(several):
        found.add("repeated modifier")
    return _Shape(
        parts=frozenset(found),
        default=default,
        repeated=tuple(tuple(some) for kind, some in several.items() if kind not in _COMPARED and kind not in _MODIFIERS),
    )


_SHAPES: Final = Kept(_shape_of, 4096)
"""Most records have one of a few hundred shapes."""


def _of_default(qualifier: Qualifier, found: set[str]) -> None:
    if qualifier is _PASS:
        found.add("passes everyone")
    elif qualifier is _NEUTRAL:
        found.add("neutral all")


def _of_includes(names: Sequence[str], found: set[str]) -> None:
    if len(names) > 1 and len(set(names)) < len(names):
        found.add("repetition")
    for name in names:
        service = _SERVICES.get(name)
        if service is not None:
            found.add(service)


def _of_texts(text: str, terms: Sequence[Any], found: set[str]) -> None:
    """Of terms that are not all usual."""
    if not text.isascii():
        found.add("long")
    if "%{" in text:
        found.add("macros")
    specs = [spec for term in terms if (spec := domain_spec_of(term)) is not None]
    if any(not spec.macros and not is_usual_name(spec.text) for spec in specs):
        found.add("odd name")


def _of_networks(networks: Sequence[Network], bits: int, found: set[str]) -> None:
    """Of one family."""
    octets, widest, shift = FIRST_OCTETS[bits], WIDEST[bits], bits - 8
    ranges: list[tuple[int, int]] = []
    for network in networks:
        address, length = network.address, network.length
        if address >> shift in octets and special_use(network):
            found.add("special use")
        if length == bits:
            ranges.append((address, address + 1))
            continue
        size = 1 << bits - length
        if address & size - 1:
            found.add("host bits")
            address &= -size
        if length < widest:
            found.add("wide range" if length else "passes everyone")
        ranges.append((address, address + size))
    if len(ranges) > 1:
        ranges.sort()
        _of_neighbours(ranges, found)


def _of_neighbours(ranges: Sequence[tuple[int, int]], found: set[str]) -> None:
    """Ranges of prefixes lie apart or within each other, so that it is told by neighbours: each is its first address and its last plus one."""
    begin = end = -1
    for first, after in ranges:
        if first <= end:
            is_same = (first, after) == (begin, end)
            found.add("repetition" if is_same else "adjacent networks" if first == end else "nested networks")
        begin, end = first, after


def _of_hosts(hosts: Sequence[A | Mx], found: set[str]) -> None:
    for host in hosts:
        for bits, length in ((Ip4.bits, host.ip4_length), (Ip6.bits, host.ip6_length)):
            if length < WIDEST[bits]:
                found.add("wide range" if length else "passes everyone")
