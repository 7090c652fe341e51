"""Terms that other terms make superfluous."""

from collections.abc import Iterator
from typing import TypeAlias

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import spf

_Range: TypeAlias = tuple[type[spf.Network], int, int]
"""Family, prefix length and first address."""


@rule(ADVICE, "RFC 7208 section 4.6.4", covers=["SPF-060"], fixes=True)
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
    for term in record.tested:
        first = seen.setdefault(spf.condition(term), term)
        if first is not term:
            yield _superfluous(record, term, first, f"{term.text!r} repeats {first.text!r}")


@rule(ADVICE, "RFC 7208 section 4.6.2", covers=["SPF-066"], fixes=True)
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
    ranges = _ranges(record)
    lengths = sorted({length for _, length, _ in ranges})
    for term, run in ranges.values():
        for length in lengths:
            wider, its_run = ranges.get(_range(term, length), (term, run))
            if length < term.length and wider is not term and (wider.start < term.start or its_run == run):
                yield _superfluous(record, term, wider, f"{term.text!r} lies within {wider.text!r}")
                break


def _ranges(record: spf.Record) -> dict[_Range, tuple[spf.Network, int]]:
    """The first term of each range, with the number of its run: neighbours of one qualifier, whose order means nothing."""
    found: dict[_Range, tuple[spf.Network, int]] = {}
    run = 0
    before: spf.Directive | None = None
    for term in record.tested:
        if not isinstance(term, spf.Network) or not isinstance(before, spf.Network) or before.qualifier is not term.qualifier:
            run += 1
        if isinstance(term, spf.Network):
            found.setdefault(_range(term, term.length), (term, run))
        before = term
    return found


def _range(term: spf.Network, length: int) -> _Range:
    """The range of a prefix length that holds the term's address."""
    shift = max(term.bits - length, 0)
    return type(term), length, term.address >> shift << shift


def _superfluous(record: spf.Record, term: spf.Directive, other: spf.Directive, message: str) -> Finding:
    """A finding about a term that another one makes superfluous; it can simply go where both give the same result."""
    item = record.item(term)
    if term.qualifier is not other.qualifier:
        return Finding(f"{message}, which decides: this one never does", at=record.place(term))
    fix = Fix(description=f'remove "{term.text}"', at=item, remove=True) if item else None
    return Finding(f"{message} and does nothing", at=record.place(term), fix=fix)
