"""How a record ends, and what is never reached."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import spf


@rule(ADVICE, "RFC 7208 section 5.1", covers=["SPF-035", "SPF-037"])
def spf_after_all(record: spf.Record) -> Iterator[Finding]:
    """A mechanism behind `all`.

    `all` matches every client, so nothing behind it is ever tested.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["~all", "ip4:192.0.2.1"]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
    """
    default = record.all
    if default is None:
        return
    for term in record.terms:
        if isinstance(term, spf.Directive) and term.start > default.start:
            yield Finding(
                f"{term.text!r} is never tested: {default.text!r} stands before it and matches every client", at=record.place(term)
            )


@rule(ADVICE, "RFC 7208 section 6.1", covers=["SPF-034"])
def spf_redirect_with_all(record: spf.Record) -> Iterator[Finding]:
    """A redirect beside an `all`.

    Receivers ignore a redirect where an `all` stands anywhere in the record. One of the two has to go.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx], otherwise: fail, redirect: _spf.example.com}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx], redirect: _spf.example.com}
    """
    default = record.all
    if default is None:
        return
    for term in record.terms:
        if isinstance(term, spf.Redirect):
            yield Finding(f"receivers ignore {term.text!r}, because the record has {default.text!r}", at=record.place(term))


@rule(ADVICE, "RFC 7208 section 4.7", covers=["SPF-038"])
def spf_no_default(record: spf.Record) -> Iterator[Finding]:
    """A record that does not say what holds for all other hosts.

    The result for them is then neutral, which protects nobody from forged mail. It is better to say what is meant: `otherwise:
    fail`, `softfail` or `neutral`, or a `redirect`.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: [mx], otherwise: softfail}
    """
    # A record with a malformed term has no default: it is a permerror, and the missing `all` may be that very term.
    if record.all is None and record.redirect is None and not record.malformed:
        yield Finding("all other hosts get the result neutral: say so with otherwise: neutral, or better softfail or fail")
