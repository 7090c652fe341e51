"""DMARC records as they are published, and what others publish about the reports."""

from collections.abc import Iterator
from typing import Final, Literal

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols import dmarc

_REPORTS: Final[tuple[tuple[str, Literal["rua", "ruf"]], ...]] = (("aggregate_reports", "rua"), ("failure_reports", "ruf"))


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
    records = _records(observation, context)
    if len(records) > 1:
        name = context.require_domain().name
        yield Finding(f"{name} has {len(records)} DMARC records in DNS: receivers apply none of them", at=(dmarc.Dmarc.KEY,))


@rule(MUST, "RFC 9989 section 4.8", covers=["DMARC-004", "DMARC-010", "DMARC-011", "DMARC-012", "DMARC-034"])
def dmarc_published_record_invalid(observation: Observation, context: Context) -> Iterator[Finding]:
    """The DMARC record that is in DNS today is not written as it must be.

    What p, sp or np say that is no policy makes receivers take the record for p=none, or for no record where it asks for no reports (section
    4.10.1). Other mistakes lose the tag that they are in.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=rejct"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    records = _records(observation, context)
    for record in records if len(records) == 1 else ():
        for problem in record.problems:
            yield Finding(f"the record in DNS is not written as it must be: {problem.message}", at=(dmarc.Dmarc.KEY,))
        if record.get("p") is None:
            yield Finding("the record in DNS says no policy: receivers take it for p=none at best", at=(dmarc.Dmarc.KEY,))


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
    discovery = observation.follow(dmarc.discover(context.require_domain().name))
    if discovery.found is None and discovery.failure is None:
        yield Finding(discovery.why)


def _records(observation: Observation, context: Context) -> list[dmarc.Record]:
    name = dmarc.owner(context.require_domain().name)
    values = observation.answer(name, "TXT").values if name else ()
    return [record for record in map(dmarc.parse, values) if record.is_dmarc]
