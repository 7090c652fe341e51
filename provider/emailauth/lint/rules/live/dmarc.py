"""DMARC records as they are published, and what others publish about the reports."""

from collections.abc import Iterator
from typing import Final, Literal

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.question import Answer, Question, Questions, Status
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.lint.sending import sends
from emailauth.protocols import dmarc

_REPORTS: Final[tuple[tuple[str, Literal["rua", "ruf"]], ...]] = (("aggregate_reports", "rua"), ("failure_reports", "ruf"))
_NULL_MX: Final = "0 ."
"""RFC 7505 section 3."""


@rule(MUST, "RFC 9989 section 4.10", covers=["DMARC-002"])
def dmarc_several_records(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain has several DMARC records in DNS today.

    Receivers take none of them: no policy is applied and no report is sent. Keep one.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    name = context.require_domain().name
    owner = dmarc.owner(name)
    records = [record for record in map(dmarc.parse, observation.answer(owner, "TXT").values) if record.is_dmarc] if owner else []
    if len(records) > 1:
        yield Finding(f"{name} has {len(records)} DMARC records in DNS: receivers apply none of them", at=(dmarc.Dmarc.KEY,))


@rule(MUST, "RFC 9990 section 4", covers=["DMARC-043", "DMARC-044", "X-008"])
def dmarc_reports_not_authorised(observation: Observation, context: Context) -> Iterator[Finding]:
    """Reports shall go to a domain of another organization that does not say that it takes them.

    Receivers send no report there. The owner of the destination says yes by a TXT record `v=DMARC1` at
    `example.com._report._dmarc.example.net`. Which domains are one organization is decided by the DMARC records on the way up from both.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.net"]}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.net", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.example.net", "type": "TXT", "status": "nxdomain"},
        {"name": "example.com._report._dmarc.example.net", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.net"]}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.net", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.example.net", "type": "TXT", "status": "nxdomain"},
        {"name": "example.com._report._dmarc.example.net", "type": "TXT", "values": ["v=DMARC1"]}]}
    """
    domain = context.require_domain()
    section = domain.section(dmarc.Dmarc)
    for setting, tag in _REPORTS if section is not None else ():
        destinations = observation.follow(dmarc.verify(domain.name, getattr(section, setting) or (), tag))
        for i, destination in enumerate(destinations):
            if destination.host is not None and destination.is_authorised is False:
                yield Finding(f"receivers send no report to {destination.uri}: {destination.why}", at=(dmarc.Dmarc.KEY, setting, i))


@rule(ADVICE, "RFC 9989 section 4.10.1", covers=["DMARC-001"])
def dmarc_no_record(observation: Observation, context: Context) -> Iterator[Finding]:
    """No DMARC record applies to a domain, neither of the file nor in DNS, its own or one above it.

    Receivers apply no policy to mail that forges it, and nobody gets reports. Begin with `policy: none` and `aggregate_reports`.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    domain = context.require_domain()
    if domain.receivers and sends(domain):
        return  # the receivers' own rules say more
    discovery = observation.follow(dmarc.discover(domain.name))
    if discovery.found is None and discovery.failure is None:
        yield Finding(discovery.why)


@rule(ADVICE, "RFC 9989 section 5.1.4", covers=["DMARC-053"])
def dmarc_policy_inherited(observation: Observation, context: Context) -> Iterator[Finding]:
    """Mail is sent from a domain that has its DMARC policy from one above it.

    It has no record of its own, neither of the file nor in DNS. The policy for subdomains then holds for it, which is mostly made for names that send nothing, and its reports are mixed with theirs. A record
    of its own says what is meant for this domain.

    Bad:
        version: 1
        domains:
          news.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.news.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]},
        {"name": "_dmarc.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          news.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.news.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    domain = context.require_domain()
    if dmarc.Dmarc.KEY in domain.sections or not sends(domain):
        return
    discovery = observation.follow(dmarc.discover(domain.name))
    if discovery.policy is not None and discovery.role is not dmarc.Role.AUTHOR_DOMAIN:
        yield Finding(f"mail from {domain.name} has the policy {discovery.policy}, as {discovery.why}")


@rule(MUST, "RFC 9989 section 8", covers=["DMARC-046"])
def dmarc_reports_to_nowhere(observation: Observation, context: Context) -> Iterator[Finding]:
    """Aggregate reports shall go to a domain that takes no mail.

    It does not exist, has neither mail hosts nor an address, or says by a null MX that it wants no mail. The reports are lost, and nobody is told.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@reports.example.com"]}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "reports.example.com", "type": "MX", "status": "nxdomain"},
        {"name": "reports.example.com", "type": "A", "status": "nxdomain"},
        {"name": "reports.example.com", "type": "AAAA", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@reports.example.com"]}
        --- answers.json
        {"format": 1, "answers": [{"name": "reports.example.com", "type": "MX", "values": ["10 mx1.example.com."]}]}
    """
    section = context.require_domain().section(dmarc.Dmarc)
    for i, uri in enumerate((section.aggregate_reports or ()) if section is not None else ()):
        host = dmarc.destination(uri) if uri.lower().startswith("mailto:") else None
        if host is None or Question(name=host, type="MX") in observation.planned:
            continue  # no address, or a host of the file, on which another rule says the same
        if why := observation.follow(_refuses_mail(host)):
            yield Finding(f"reports to {uri!r} are lost: {host} {why}", at=(dmarc.Dmarc.KEY, "aggregate_reports", i))


def _refuses_mail(host: str) -> Questions[str]:
    """Why it is sure that a domain takes no mail (RFC 5321 section 5.1); empty where it is not."""
    answer: Answer = yield Question(name=host, type="MX")
    if answer.values == (_NULL_MX,):
        return "says by a null MX that it takes no mail"
    if not answer.is_void:
        return ""
    for record_type in ("A", "AAAA"):
        address: Answer = yield Question(name=host, type=record_type)
        if not address.is_void:
            return ""
    return "does not exist" if answer.status is Status.NXDOMAIN else "has neither mail hosts nor an address"
