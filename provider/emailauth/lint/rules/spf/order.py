"""How a record ends, and what is never reached."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import spf


@rule(ADVICE, "RFC 7208 section 5.1", covers=["SPF-035", "SPF-037"], needs=["behind all"])
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
    default: spf.All | None = None
    for term in record.terms:
        if default is None:
            default = term if isinstance(term, spf.All) else None
        elif isinstance(term, spf.Directive):
            yield Finding(
                f"{term.text!r} is never tested: {default.text!r} stands before it and matches every client", at=record.place(term)
            )


@rule(ADVICE, "RFC 7208 section 6.1", covers=["SPF-034"], needs=["all", "redirect"])
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
    for term in record.terms:
        if isinstance(term, spf.Redirect) and (default := record.all):
            yield Finding(f"receivers ignore {term.text!r}, because the record has {default.text!r}", at=record.place(term))


@rule(ADVICE, "RFC 7208 section 4.7", covers=["SPF-038", "SPF-043"], needs=["no all"])
def spf_no_default(record: spf.Record) -> Iterator[Finding]:
    """A record that does not say what holds for all other hosts.

    The result for them is then neutral, which protects nobody from forged mail. It is better to say what is meant: `otherwise:
    fail`, `softfail` or `neutral`, or a `redirect`. The `all` of an included record does not count here: an include only tells who passes
    there (section 5.2).

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
    # A record with a malformed term is a permerror, and that very term may be the `all` that was meant.
    if {"all", "redirect", "malformed"} & record.parts:
        return
    other = ", whatever the records say that it includes" if "include" in record.parts else ""
    yield Finding(f"all other hosts get the result neutral{other}: say so with otherwise: neutral, or better softfail or fail")


@rule(ADVICE, "RFC 7208 section 8.2", covers=["SPF-040"], needs=["neutral all"])
def spf_neutral_default(record: spf.Record) -> Iterator[Finding]:
    """A record that ends in `?all`.

    Receivers must treat the result neutral exactly as if there were no record, so that all hosts but the allowed ones are told nothing about.
    Once all senders are known, `softfail` says that other mail is likely forged.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: neutral}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
    """
    default = record.all
    if default is not None and default.qualifier is spf.Qualifier.NEUTRAL:
        message = "receivers treat all other hosts as if there were no SPF record: softfail or fail would tell forged mail"
        yield Finding(message, at=record.place(default))
