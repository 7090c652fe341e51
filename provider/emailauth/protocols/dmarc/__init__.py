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
from emailauth.protocols.dmarc.alignment import Identifier, IdentifierAlignment, Mechanism, Mode, align, mode
from emailauth.protocols.dmarc.discovery import (
    MAX_QUERIES,
    Discovery,
    Failure,
    Found,
    OrganizationalDomain,
    RequestTag,
    Role,
    Walk,
    discover,
    organizational_domain,
    owner,
    targets,
    walk,
)
from emailauth.protocols.dmarc.evaluation import Evaluation, Result, evaluate
from emailauth.protocols.dmarc.external import (
    AUTHORISATION,
    Destination,
    ReportRoute,
    ReportTag,
    authorisation_name,
    is_external,
    report_authorisations,
    unplanned_authorisations,
    verify,
)
from emailauth.protocols.dmarc.of_record import of_record, places
from emailauth.protocols.dmarc.policy import Applied, Policy, applied, effective, is_weaker
from emailauth.protocols.dmarc.published import answers
from emailauth.protocols.dmarc.record import Record, is_dmarc, parse
from emailauth.protocols.dmarc.reports import destination, encoded, fault, is_uri, mended, without_size
from emailauth.protocols.dmarc.shape import BELOW, INSTEAD, PARKED, Dmarc, absent_claims, absent_urls, section
from emailauth.protocols.dmarc.transitions import DANGERS, dangers

__all__ = [
    "AUTHORISATION",
    "BELOW",
    "DANGERS",
    "INSTEAD",
    "MAX_QUERIES",
    "PARKED",
    "RECOGNISES",
    "Applied",
    "Destination",
    "Discovery",
    "Dmarc",
    "Evaluation",
    "Failure",
    "Found",
    "Identifier",
    "IdentifierAlignment",
    "Mechanism",
    "Mode",
    "OrganizationalDomain",
    "Policy",
    "Problem",
    "Record",
    "ReportRoute",
    "ReportTag",
    "RequestTag",
    "Result",
    "Role",
    "Shape",
    "Tag",
    "Walk",
    "absent_claims",
    "absent_urls",
    "across",
    "align",
    "answers",
    "applied",
    "authorisation_name",
    "dangers",
    "destination",
    "discover",
    "effective",
    "encoded",
    "evaluate",
    "fault",
    "is_dmarc",
    "is_external",
    "is_uri",
    "is_weaker",
    "mended",
    "mode",
    "of_record",
    "organizational_domain",
    "owner",
    "parse",
    "places",
    "render",
    "report_authorisations",
    "section",
    "targets",
    "unplanned_authorisations",
    "verify",
    "walk",
    "without_size",
]

Shape = Dmarc
across = report_authorisations
RECOGNISES: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType({"TXT": is_dmarc})
