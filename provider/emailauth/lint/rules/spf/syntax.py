"""Whether receivers can read the record at all."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding, Fix
from emailauth.core.text import printable
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols import spf


@rule(
    MUST,
    "RFC 7208 section 4.6",
    covers=[f"SPF-{number:03}" for number in (6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 30, 31, 36)],
    needs=["malformed"],
    fixes=True,
)
def spf_term_syntax(record: spf.Record) -> Iterator[Finding]:
    """A term that is not one.

    Receivers read the whole record before they test anything. One malformed term, even behind `all`, makes the result
    permerror for every message, and DMARC then counts SPF as failed.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ipv4:192.0.2.0/24"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.0/24"], otherwise: softfail}
    """
    for term in record.malformed:
        suggestion = term.suggestion
        meant = f'; meant is probably "{suggestion}"' if suggestion else ""
        message = f"{_cut(term.text)}: {printable(term.reason)}, so receivers answer permerror for the whole record{meant}"
        item = record.item(term)
        fix = None
        if suggestion and item and " " not in suggestion:
            fix = Fix(description=f'write "{suggestion}"', at=item, value=suggestion)
        yield Finding(message, at=record.place(term), fix=fix)


@rule(MUST, "RFC 7208 section 6", covers=["SPF-028", "SPF-029"], needs=["repeated modifier"])
def spf_repeated_modifier(record: spf.Record) -> Iterator[Finding]:
    """A redirect or an explanation that is there twice.

    Each of the two modifiers may stand in a record once. Receivers answer permerror for a record that repeats one.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["redirect=_spf.example.com"], redirect: _spf.example.net}
    Good:
        version: 1
        domains:
          example.com:
            spf: {redirect: _spf.example.net}
    """
    if record.text.count("=") <= len(_ONCE):  # the version has one
        return
    for kind, name in _ONCE:
        found = [term for term in record.terms if isinstance(term, kind)]
        for term in found[1:]:
            message = f"{_cut(term.text)}: {name} stands in the record before, so receivers answer permerror for the whole record"
            yield Finding(message, at=record.place(term))


@rule(ADVICE, "RFC 7208 section 6", covers=["SPF-007", "SPF-032"], needs=["unknown modifier"], fixes=True)
def spf_unknown_modifier(record: spf.Record) -> Iterator[Finding]:
    """A modifier that no receiver knows.

    `NAME=VALUE` is a modifier, and receivers pass over those that they do not know. Often a mechanism was meant, which has
    a colon, or a second record was pasted behind the first. `ra=`, `rp=` and `rr=` (RFC 6652) are known and not reported.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx, "include=_spf.example.net"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx, "include:_spf.example.net"], otherwise: softfail}
    """
    for term in record.terms:
        if isinstance(term, spf.UnknownModifier) and term.name not in _RFC_6652:
            yield _unknown(record, term)


_ONCE: Final = ((spf.Redirect, "redirect="), (spf.Explanation, "exp="))
_RFC_6652: Final = frozenset({"ra", "rp", "rr"})


def _unknown(record: spf.Record, term: spf.UnknownModifier) -> Finding:
    text, place, item = _cut(term.text), record.place(term), record.item(term)
    mechanism = spf.parse_term(f"{term.name}:{term.value}")
    if term.text.lower() == spf.VERSION:
        return Finding(f"{text} begins a record, and this is in the middle of one: receivers pass over it and read on", at=place)
    if isinstance(mechanism, spf.Malformed) or spf.passes_everyone(mechanism):
        return Finding(f"{text} is a modifier that no receiver knows, so it does nothing", at=place)
    fix = Fix(description=f'write "{mechanism.text}"', at=item, value=mechanism.text) if item else None
    return Finding(
        f"{text} is a modifier that no receiver knows, so it does nothing; {mechanism.text!r} is the mechanism", at=place, fix=fix
    )


@rule(ADVICE, "RFC 7208 section 4.6.1", covers=["SPF-007"], needs=["spaces"])
def spf_several_terms_in_one_item(section: spf.Spf) -> Iterator[Finding]:
    """A list item that holds more than one term.

    The record comes out the same, but a comment, a finding, a fix and a line of a diff are then about several terms at once.
    A whole record pasted into one item should be taken apart: `v=spf1` goes, and the `all` at its end becomes `otherwise`.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["mx ip4:192.0.2.1"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx, "ip4:192.0.2.1"], otherwise: fail}
    """
    for i, item in enumerate(section.allow):
        count = len(item.split(" ")) - item.split(" ").count("")
        if count > 1:
            yield Finding(f"the item holds {count} terms: give each its own", at=("allow", i))


def _cut(text: str) -> str:
    """A term fit to be shown in a message, in quotes."""
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}...")


_MAX_SHOWN: Final = 64
