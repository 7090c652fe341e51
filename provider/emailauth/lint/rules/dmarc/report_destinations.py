"""Reports on mail that go to somebody else's domain."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.names import labels
from emailauth.core.posture import Domain, Posture
from emailauth.lint.rule import ADVICE, Context, rule
from emailauth.protocols import dmarc

_SHORTEST: Final = len("a.b")
"""Characters of two labels, at least: names that do not end alike have no two in common."""


@rule(ADVICE, "RFC 9989 section 11.6", covers=["DMARC-048"], needs=["failure_reports"])
def dmarc_failure_reports_leave(section: dmarc.Dmarc, context: Context) -> Iterator[Finding]:
    """Failure reports go to a domain that is not in this file.

    They can hold the text of single messages and the addresses of those who wrote them, so they tell a third party far more than aggregate
    reports do. Few receivers send any.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, failure_reports: ["mailto:example@reports.example.net"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, failure_reports: ["mailto:dmarc@example.com"]}
    """
    domain = context.require_domain()
    for number, uri in enumerate(section.failure_reports or ()):
        host = section.host(uri)
        if host is not None and context.posture.holder(host) is None and not _may_be_one(domain.name, host):
            yield Finding(f"what single messages say goes to {host}, which is no domain of this file", at=("failure_reports", number))


@rule(ADVICE, "RFC 9990 section 4", covers=["DMARC-045", "DMARC-047"], needs=["dmarc not everywhere"])
def dmarc_report_authorisation_not_planned(posture: Posture) -> Iterator[Finding]:
    """Reports go to another domain of this file, whose section dmarc is missing.

    Receivers send reports to a domain of another organization only if that says yes, by a record
    `example.com._report._dmarc.example.net` with the text `v=DMARC1`. Which domains are one organization is decided by the records on the
    way up from both. Such records belong to the destination's section `dmarc`: without it somebody else must publish them.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.net"]}
          example.net:
            mx: [{preference: 10, host: mx1.example.net}]
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.net"]}
          example.net:
            mx: [{preference: 10, host: mx1.example.net}]
            dmarc: {policy: reject}
    """
    # Where the destination takes no mail, another rule says more.
    needed = {(route.domain.name, route.host): route for route in dmarc.unplanned_authorisations(posture) if route.holder.mail_hosts != ()}
    for domain in posture.domains if needed else ():
        for at, host in (*_destinations(domain, "aggregate_reports"), *_destinations(domain, "failure_reports")):
            route = needed.get((domain.name, host))
            if route is not None:
                message = f"receivers send nothing to {host} unless there is a record {route.name}, and {route.holder.name} has no section dmarc that it belongs to"
                yield Finding(message, at=at)


def _destinations(domain: Domain, setting: str) -> Iterator[tuple[Route, str]]:
    """The destination hosts of one list, with their places."""
    section = domain.section(dmarc.Dmarc)
    if section is None:
        return
    for number, uri in enumerate(getattr(section, setting) or ()):
        host = section.host(uri)
        if host is not None:
            yield (*domain.route, dmarc.Dmarc.KEY, setting, number), host


def _may_be_one(one: str, other: str) -> bool:
    """Whether two names share two labels or more: without answers nobody can say that they are two organizations."""
    return one[-_SHORTEST:] == other[-_SHORTEST:] and labels(one)[-2:] == labels(other)[-2:]
