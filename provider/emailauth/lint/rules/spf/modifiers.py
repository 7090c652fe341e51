"""What asks receivers for reports of failures (RFC 6652)."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import spf

_VALUES: Final[Mapping[str, tuple[re.Pattern[str], str]]] = MappingProxyType(
    {
        "ra": (re.compile(r"[^@\s:;,]+"), "the local-part of an address at this domain, without @ and what follows"),
        "rp": (re.compile(r"0*(?:100|[0-9]{1,2})"), "a percentage from 0 to 100"),
        "rr": (re.compile(r"(?:all|[efsn])(?::(?:all|[efsn]))*", re.IGNORECASE), "all, or some of e, f, s and n with colons between"),
    }
)


@rule(ADVICE, "RFC 6652 section 3", covers=["SPF-033"], needs=["unknown modifier"])
def spf_report_request(record: spf.Record) -> Iterator[Finding]:
    """A request for reports of failures that asks for nothing.

    `ra=` names the mailbox, as a local-part at the domain itself; `rp=` and `rr=` say how many and which, and receivers must ignore them where
    there is no `ra=`. Hardly anyone sends such reports: those of DMARC say more.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "ra=reports@example.com"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "ra=reports"], otherwise: fail}
    """
    found = [term for term in record.terms if isinstance(term, spf.UnknownModifier) and term.name in _VALUES]
    has_mailbox = any(term.name == "ra" for term in found)
    for term in found:
        pattern, meant = _VALUES[term.name]
        if not pattern.fullmatch(term.value):
            yield Finding(f"the value of {term.name}= is {meant}: receivers send no report for this", at=record.place(term))
        elif not has_mailbox:
            yield Finding(f"receivers ignore {term.name}= where no ra= says who takes the reports", at=record.place(term))
