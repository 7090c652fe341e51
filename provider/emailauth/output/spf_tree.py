"""SPF trees and what differs between two, to the eye and as JSON. No format by itself: `FORMATS` are what `spf --format` takes."""

import json as json_module
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from emailauth.core.text import plural, printable
from emailauth.protocols.spf import All, Ip4, Ip6, network_text
from emailauth.protocols.spf.check_host import Limits
from emailauth.protocols.spf.comparison import Comparison
from emailauth.protocols.spf.intervals import BITS, cidrs, count
from emailauth.protocols.spf.outline import Entry, Outline
from emailauth.protocols.spf.space import COUNTED
from emailauth.protocols.spf.survey import Difference, Families, described
from emailauth.protocols.spf.tree import Openness

FORMATS: Final = ("text", "json")
FORMAT: Final = 1
"""Rises when a key changes its meaning or goes."""

_LIMITS: Final = Limits()
_NAMES: Final = {4: "IPv4", 6: "IPv6"}
_CIDRS: Final = 20
"""Of one difference that are shown to the eye."""
_EXACT: Final = 1_000_000
"""Counts above are told as a power of two, where they are about one."""


def text(outlines: Sequence[Outline]) -> str:
    """A block for each domain: what it costs at worst, a line for each term, and who passes."""
    return "\n".join("".join(f"{line}\n" for line in _block(one)) for one in outlines)


def _block(one: Outline) -> Iterator[str]:
    if one.text is None:  # of what is not known, or not there, there are no costs and no addresses
        yield f"{one.domain}: {printable(one.problem)}"
        return
    lookups = f"{_cost(one.lookups)} of {_LIMITS.lookups} look-ups{_over(one.lookups, _LIMITS.lookups)}"
    voids = f"{one.voids} of {_LIMITS.voids} voids{_over(one.voids, _LIMITS.voids)}"
    is_partial = any(entry.openness is Openness.NOT_LOOKED_UP for entry in one.entries)
    yield f"{one.domain}: at worst {lookups}, {voids}" + ("; besides what is not looked up" if is_partial else "")
    if one.problem:
        yield f"  permerror: {printable(one.problem)}"
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
    """`{"format": 1, "trees": [...]}`. A tree without a record has null for its costs and addresses. Counts of addresses are text: they can be larger than what many readers of JSON hold."""
    return json_module.dumps({"format": FORMAT, "trees": [_tree(one) for one in outlines]}, indent=2, ensure_ascii=False) + "\n"


def _tree(one: Outline) -> dict[str, Any]:
    return {
        "domain": one.domain,
        "record": None if one.text is None else printable(one.text),
        "problem": printable(one.problem),
        "lookups": None if one.text is None else one.lookups,
        "voids": None if one.text is None else one.voids,
        "limits": {"lookups": _LIMITS.lookups, "voids": _LIMITS.voids},
        "passes": None if one.text is None else _families(one.passes.always),
        "passes_sometimes": None if one.text is None else _families(one.passes.sometimes),
        "terms": _terms(list(one.entries)),
    }


def _families(families: Families) -> dict[str, Any]:
    return {f"ip{version}": {"count": str(count(families[version])), "cidrs": list(_prefixes(families, version))} for version in BITS}


def _prefixes(families: Families, version: int) -> Iterator[str]:
    kind = Ip4 if version == 4 else Ip6  # noqa: PLR2004 - the version's number
    return (network_text(kind, *prefix) for prefix in cidrs(families[version], version))


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


def differences_text(comparisons: Sequence[Comparison]) -> str:
    """A block for each comparison: the costs, then who gets another result; what most addresses get is told once, as everything else."""
    return "\n".join("".join(f"{line}\n" for line in _compared(one)) for one in comparisons)


def _compared(one: Comparison) -> Iterator[str]:
    name = one.after if one.before == one.after else f"{one.before} and {one.after}"
    was, now = map(_cost, one.lookups)
    costs = f"at worst {now} of {_LIMITS.lookups} look-ups" + (f" (was {was})" if was != now else "")
    yield f"{name}: {costs}" + ("; besides what is not looked up" if one.is_partial else "")
    if not one.differences:
        yield "  the same result for every message"
    for found in one.differences:
        yield f"  {_who(found)}: {printable(described(found.after))}; was {printable(described(found.before))}"
        listed = [prefix for version in BITS if not _is_most(found, version) for prefix in _prefixes(found.addresses, version)]
        yield from (f"    {prefix}" for prefix in listed[:_CIDRS])
        if len(listed) > _CIDRS:
            yield f"    and {len(listed) - _CIDRS} more prefixes"


def _who(found: Difference) -> str:
    """Whom a difference is about."""
    most = [version for version in BITS if _is_most(found, version)]
    others = [_number(count(found.addresses[version]), version) for version in BITS if version not in most and found.addresses[version]]
    else_ = "everything else" + (f" in {_NAMES[most[0]]}" if len(most) == 1 else "") if most else ""
    return " and ".join([*others, *([else_] if else_ else [])])


def _is_most(found: Difference, version: int) -> bool:
    """Whether most addresses of a family are in it."""
    return 2 * count(found.addresses[version]) > 1 << BITS[version]


def differences_json(comparisons: Sequence[Comparison]) -> str:
    """`{"format": 1, "comparisons": [...]}`. Prefixes are null where most addresses of the family are among them."""
    return (
        json_module.dumps({"format": FORMAT, "comparisons": [_comparison(one) for one in comparisons]}, indent=2, ensure_ascii=False) + "\n"
    )


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "before": {"domain": one.before, "lookups": one.lookups[0]},
        "after": {"domain": one.after, "lookups": one.lookups[1]},
        "partial": one.is_partial,
        "differences": [_difference(found) for found in one.differences],
    }


def _difference(found: Difference) -> dict[str, Any]:
    families = _families({version: () if _is_most(found, version) else found.addresses[version] for version in BITS})
    for version in BITS:
        if _is_most(found, version):
            families[f"ip{version}"] = {"count": str(count(found.addresses[version])), "cidrs": None}
    return {
        "before": printable(described(found.before)),
        "after": printable(described(found.after)),
        "everything_else": found.is_default,
        **families,
    }
