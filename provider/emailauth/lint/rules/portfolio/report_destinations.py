"""Whether reports can arrive where the domains of a file send them."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.posture import Domain, Posture
from emailauth.lint.rule import SHOULD, rule
from emailauth.protocols import dmarc, tls_rpt


@rule(SHOULD, "RFC 7505 section 3", covers=["DMARC-046", "PARK-009", "X-008"], needs=["mx"])
def reports_to_domain_without_mail(posture: Posture) -> Iterator[Finding]:
    """Reports are sent to a domain of this file that takes no mail.

    A null MX says that a domain accepts no mail, so every report to an address there is thrown away, and nobody is told.
    Parked domains have a null MX.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.net"]}
          example.net: parked
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
          example.net: parked
    """
    without_mail = {domain.name for domain in posture.domains if domain.mail_hosts == ()}
    for domain in posture.domains:
        for at, uri in _mail_destinations(domain):
            host = dmarc.destination(uri)
            if host in without_mail:
                yield Finding(f"{host} accepts no mail by this very file: reports of {domain.name} to {uri!r} are lost", at=at)


def _mail_destinations(domain: Domain) -> Iterator[tuple[Route, str]]:
    policy, tls = domain.section(dmarc.Dmarc), domain.section(tls_rpt.TlsRpt)
    lists = {
        (dmarc.Dmarc.KEY, "aggregate_reports"): (policy.aggregate_reports or ()) if policy else (),
        (dmarc.Dmarc.KEY, "failure_reports"): (policy.failure_reports or ()) if policy else (),
        (tls_rpt.TlsRpt.KEY, "reports"): tls.reports if tls else (),
    }
    for route, uris in lists.items():
        for number, uri in enumerate(uris):
            if uri.lower().startswith("mailto:"):
                yield (*domain.route, *route, number), uri
