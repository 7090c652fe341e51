"""The domain names that terms point at."""

import re
from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols import spf

_MAX_LABEL: Final = 63
_MAX_NAME: Final = 253
_UNUSUAL: Final = re.compile(r"[^a-z0-9_.-]")
_FATAL: Final = (spf.Include, spf.Redirect)


@rule(MUST, "RFC 7208 section 4.3", covers=["SPF-021"], needs=["odd name"])
def spf_impossible_name(record: spf.Record) -> Iterator[Finding]:
    """An include or a redirect of a domain name that DNS cannot hold.

    A label has 1 to 63 octets and a name at most 253 characters (RFC 1035 section 2.3.4). The grammar of SPF lets more through, but no record
    can be there, and where an included record is not there, receivers stop with permerror.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf..example.net"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: softfail}
    """
    for term, name in _names(record):
        if isinstance(term, _FATAL) and (problem := _impossible(name)):
            yield Finding(f"{problem}, so no such name can exist in DNS: receivers stop with permerror", at=record.place(term))


@rule(ADVICE, "RFC 7208 section 4.8", covers=["SPF-021"], needs=["odd name"])
def spf_term_matches_nothing(record: spf.Record) -> Iterator[Finding]:
    """A mechanism with a domain name that DNS cannot hold.

    A label has 1 to 63 octets and a name at most 253 characters (RFC 1035 section 2.3.4). The grammar of SPF lets more through, and the
    mechanism then matches nobody.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["a:mail..example.net"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["a:mail.example.net"], otherwise: softfail}
    """
    for term, name in _names(record):
        if not isinstance(term, _FATAL) and (problem := _impossible(name)):
            yield Finding(f"{problem}, so no such name can exist in DNS: the term does nothing", at=record.place(term))


@rule(ADVICE, "RFC 7208 section 4.8", covers=["SPF-008", "SPF-009", "SPF-022"], needs=["odd name"])
def spf_unlikely_name(record: spf.Record) -> Iterator[Finding]:
    """A domain name that looks like a slip of the pen.

    SPF allows nearly every character in a name, so a comma or a missing space between two terms, an @ or a URL do not break
    the grammar: they make one name that nobody has, and the look-up fails.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net,a:mail.example.net"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net", "a:mail.example.net"], otherwise: fail}
    """
    for term, name in _names(record):
        if _impossible(name):
            continue
        if unusual := _UNUSUAL.search(name):
            message = f"a domain name with {unusual[0]!r} in it is hardly one that exists in DNS: check for a missing space"
            yield Finding(message, at=record.place(term))
        elif name.endswith("-all"):
            message = "a domain name that ends in -all is hardly one that exists in DNS: a space is missing before it"
            yield Finding(message, at=record.place(term))


def _names(record: spf.Record) -> Iterator[tuple[spf.Term, str]]:
    """The names in a record, each with its term."""
    for term in record.terms:
        spec = spf.domain_spec_of(term)
        if spec is not None and (name := spec.name) is not None:
            yield term, name


def _impossible(name: str) -> str | None:
    """Why DNS cannot hold a name."""
    labels = name.split(".")
    if "" in labels:
        return "a label of the name is empty"
    if max(map(len, labels)) > _MAX_LABEL:
        return f"a label of the name is longer than {_MAX_LABEL} octets"
    return f"the name is longer than {_MAX_NAME} octets" if len(name) > _MAX_NAME else None
