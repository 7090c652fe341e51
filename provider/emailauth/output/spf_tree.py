"""SPF trees, to the eye and as JSON. No format by itself: `text` and `json` here are what `spf tree --format` takes."""

import json as json_module
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from emailauth.core.text import plural, printable
from emailauth.protocols.spf import All, Ip4, Ip6, network_text
from emailauth.protocols.spf.check_host import Limits
from emailauth.protocols.spf.intervals import BITS, cidrs, count
from emailauth.protocols.spf.outline import Entry, Outline
from emailauth.protocols.spf.space import COUNTED
from emailauth.protocols.spf.survey import Families
from emailauth.protocols.spf.tree import Openness

FORMATS: Final = ("text", "json")
FORMAT: Final = 1
"""Rises when a key changes its meaning or goes."""

_LIMITS: Final = Limits()
_NAMES: Final = {4: "IPv4", 6: "IPv6"}
_EXACT: Final = 1_000_000
"""Counts above are told as a power of two, where they are about one."""


def text(outlines: Sequence[Outline]) -> str:
    """A block for each domain: what it costs at worst, a line for each term, and who passes."""
    return "\n".join("".join(f"{line}\n" for line in _block(one)) for one in outlines)


def _block(one: Outline) -> Iterator[str]:
    lookups = f"{_cost(one.lookups)} of {_LIMITS.lookups} look-ups{_over(one.lookups, _LIMITS.lookups)}"
    voids = f"{one.voids} of {_LIMITS.voids} voids{_over(one.voids, _LIMITS.voids)}"
    is_partial = any(entry.openness is Openness.NOT_LOOKED_UP for entry in one.entries)
    yield f"{one.domain}: at worst {lookups}, {voids}" + ("; besides what is not looked up" if is_partial else "")
    if one.problem:
        yield f"  permerror: {printable(one.problem)}" if one.text else f"  {printable(one.problem)}"
    rows = [(entry, f"{'  ' * entry.depth}{printable(entry.term.text)}") for entry in one.entries]
    width = max((len(shown) for _, shown in rows), default=0)
    for entry, shown in rows:
        yield f"  {_cost(entry.lookups) if entry.lookups else '':>4}  {shown:<{width}}  {'; '.join(_said(entry))}".rstrip()
    more = any(one.passes.sometimes.values())
    yield f"  passes: {_counts(one.passes.always)}" + ("; more where an open term matches" if more else "")


def _cost(lookups: int) -> str:
    return str(lookups) if lookups <= COUNTED.lookups else f">{COUNTED.lookups}"


def _over(value: int, limit: int) -> str:
    return " (too many)" if value > limit else ""


def _said(entry: Entry) -> Iterator[str]:
    if any(entry.addresses.values()) and not isinstance(entry.term, All):
        yield ", ".join(_number(found, version) for version, found in entry.addresses.items() if found)
    if entry.openness:
        yield f"open: {entry.openness.value}"
    yield from map(printable, entry.notes)


def _counts(families: Families) -> str:
    return ", ".join(_number(count(families[version]), version) for version in BITS)


def _number(found: int, version: int) -> str:
    if found == 1 << BITS[version]:
        return f"all of {_NAMES[version]}"
    if found >= _EXACT:
        power = found.bit_length() - 1
        about = "" if found == 1 << power else "over "
        return f"{about}2^{power} {_NAMES[version]} addresses"
    return plural(found, f"{_NAMES[version]} address", f"{_NAMES[version]} addresses") if found else f"no {_NAMES[version]} address"


def json(outlines: Sequence[Outline]) -> str:
    """`{"format": 1, "trees": [...]}`. Counts of addresses are text: they can be larger than what many readers of JSON hold."""
    return json_module.dumps({"format": FORMAT, "trees": [_tree(one) for one in outlines]}, indent=2, ensure_ascii=False) + "\n"


def _tree(one: Outline) -> dict[str, Any]:
    return {
        "domain": one.domain,
        "record": None if one.text is None else printable(one.text),
        "problem": printable(one.problem),
        "lookups": one.lookups,
        "voids": one.voids,
        "limits": {"lookups": _LIMITS.lookups, "voids": _LIMITS.voids},
        "passes": _families(one.passes.always),
        "passes_sometimes": _families(one.passes.sometimes),
        "terms": _terms(list(one.entries)),
    }


def _families(families: Families) -> dict[str, Any]:
    kinds = {4: Ip4, 6: Ip6}
    return {
        f"ip{version}": {
            "count": str(count(families[version])),
            "cidrs": [network_text(kind, *prefix) for prefix in cidrs(families[version], version)],
        }
        for version, kind in kinds.items()
    }


def _terms(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The entries of one depth, each with the deeper ones that follow it as its own `terms`."""
    starts = [i for i, entry in enumerate(entries) if entry.depth == entries[0].depth]
    return [_term(entries[start], entries[start + 1 : end]) for start, end in pairwise([*starts, len(entries)])]


def _term(entry: Entry, inner: Sequence[Entry]) -> dict[str, Any]:
    addresses: Mapping[str, str] = {f"ip{version}": str(found) for version, found in entry.addresses.items()}
    return {
        "term": printable(entry.term.text),
        "lookups": entry.lookups,
        "voids": entry.voids,
        "addresses": addresses or None,
        "open": entry.openness.value if entry.openness else None,
        "notes": [printable(note) for note in entry.notes],
        "terms": _terms(inner),
    }
