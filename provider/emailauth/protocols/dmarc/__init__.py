"""DMARC (RFC 9989): what receivers shall do with mail that uses a domain in its From header and does not prove it.

A message passes when SPF or DKIM passes for a domain that is aligned with the domain of the From header, the
Author Domain. For mail that fails, the policy record at `_dmarc.<domain>` says what the Domain Owner asks for:
`none` (only report), `quarantine` or `reject`. A record at the Organizational Domain covers the domains below it,
too: `sp` says what holds for those that exist and `np` for those that do not. Receivers send daily aggregate
reports to the `rua` addresses, which is how a Domain Owner finds out who sends in its name.

RFC 9989 obsoletes RFC 7489: it removed pct, rf and ri, added np, psd and t, and finds the Organizational Domain by
walking up the DNS tree instead of in the Public Suffix List.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from emailauth.core.tags import Problem, Tag, render
from emailauth.protocols.dmarc.policy import Applied, Policy, applied, effective, is_weaker
from emailauth.protocols.dmarc.record import Record, is_dmarc, parse
from emailauth.protocols.dmarc.reports import destination, encoded, fault, is_uri, mended, without_size
from emailauth.protocols.dmarc.shape import INSTEAD, PARKED, Dmarc, absent_claims, absent_urls, section
from emailauth.protocols.dmarc.transitions import DANGERS, dangers

__all__ = [
    "DANGERS",
    "INSTEAD",
    "PARKED",
    "RECOGNISES",
    "Applied",
    "Dmarc",
    "Policy",
    "Problem",
    "Record",
    "Shape",
    "Tag",
    "absent_claims",
    "absent_urls",
    "applied",
    "dangers",
    "destination",
    "effective",
    "encoded",
    "fault",
    "is_dmarc",
    "is_uri",
    "is_weaker",
    "mended",
    "parse",
    "render",
    "section",
    "without_size",
]

Shape = Dmarc
RECOGNISES: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType({"TXT": is_dmarc})
