"""Terms that other terms make superfluous."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import TypeAlias

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import spf

_Range: TypeAlias = tuple[int, int, int]
"""The bits of its addresses, its first one, and the prefix length: sorted, each stands behind those around it."""
_Ranges: TypeAlias = Mapping[_Range, tuple[spf.Network, int]]
"""The first term of each range, with the number of its run: neighbours of one qualifier, whose order means nothing."""


@rule(ADVICE, "RFC 7208 section 4.6.4", covers=["SPF-060"], needs=["repetition"], fixes=True)
def spf_duplicate_term(record: spf.Record) -> Iterator[Finding]:
    """A mechanism that is in the record twice.

    The second can only match what the first has matched already, so it does nothing, and a look-up that it needs counts again.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx, "include:_spf.example.net", mx], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx, "include:_spf.example.net"], otherwise: softfail}
    """
    seen: dict[tuple[object, ...], spf.Directive] = {}
    for term in record.terms:
        if not isinstance(term, spf.Directive):
            continue
        first = seen.setdefault(spf.condition(term), term)
        if first is not term:
            yield _superfluous(record, term, first, f"{term.text!r} repeats {first.text!r}")
        if isinstance(term, spf.All):
            return


@rule(ADVICE, "RFC 7208 section 4.6.2", covers=["SPF-066"], needs=["nested networks"], fixes=True)
def spf_range_within_range(record: spf.Record) -> Iterator[Finding]:
    """An address range inside of another one.

    What the wider range has matched never comes to the narrower one behind it. Before it, the narrower one does nothing either
    where both have the same qualifier and no other mechanism stands between them.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.0/24", "ip4:192.0.2.17"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.0/24"], otherwise: fail}
    """
    found: list[tuple[spf.Network, spf.Network]] = []
    around: list[tuple[int, spf.Network, int]] = []
    family = 0
    for (bits, first, length), (term, run) in sorted(_ranges(record).items(), key=itemgetter(0)):
        if bits != family:
            family, around = bits, []
        while around and around[-1][0] <= first:
            around.pop()
        for _, other, its_run in around:
            if other.start < term.start or its_run == run:
                found.append((term, other))
                break
        around.append((first + (1 << bits - length), term, run))
    for term, wider in sorted(found, key=lambda pair: pair[0].start):
        yield _superfluous(record, term, wider, f"{term.text!r} lies within {wider.text!r}")


@rule(ADVICE, "RFC 4632 section 5.1", covers=["SPF-066"], needs=["adjacent networks"])
def spf_ranges_make_one(record: spf.Record) -> Iterator[Finding]:
    """Two address ranges that are the halves of one.

    One term for both says the same and keeps the record short. Single addresses beside each other are not remarked: each is a host.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.0/25", "ip4:192.0.2.128/25"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.0/24"], otherwise: fail}
    """
    ranges = _ranges(record)
    for (bits, first, length), (term, run) in ranges.items():
        size = 1 << (bits - length)
        half = None if length in {0, bits} else ranges.get((bits, first ^ size, length))
        if half is not None and half[0].start < term.start and half[1] == run:
            whole = spf.network_text(type(term), first & ~size, length - 1)
            yield Finding(f"{half[0].text!r} and {term.text!r} are together {whole}", at=record.place(term))


@lru_cache(maxsize=1)
def _ranges(record: spf.Record) -> _Ranges:
    """Kept for the next rule about the same record."""
    found: dict[_Range, tuple[spf.Network, int]] = {}
    run = 0
    goes_on: spf.Qualifier | None = None
    for term in record.terms:
        if type(term) is spf.Ip4 or type(term) is spf.Ip6:  # isinstance of what both are takes six times as long
            if term.qualifier is not goes_on:
                run, goes_on = run + 1, term.qualifier
            bits, length = term.bits, term.length
            found.setdefault((bits, term.address & -(1 << bits - length), length), (term, run))
        elif isinstance(term, spf.All):
            break
        elif isinstance(term, spf.Directive):
            goes_on = None
    return found


def _superfluous(record: spf.Record, term: spf.Directive, other: spf.Directive, message: str) -> Finding:
    """A finding about a term that another one makes superfluous; it can simply go where both give the same result."""
    item = record.item(term)
    if term.qualifier is not other.qualifier:
        return Finding(f"{message}, which decides: this one never does", at=record.place(term))
    fix = Fix(description=f'remove "{term.text}"', at=item, remove=True) if item else None
    return Finding(f"{message} and does nothing", at=item or record.place(term), fix=fix)
