"""Records that stand where nobody looks, and records that answer where nobody put them."""

from collections.abc import Callable, Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.names import labels
from emailauth.core.observation import Observation
from emailauth.core.posture import ABSENT, Domain
from emailauth.core.question import Question, Status
from emailauth.lint.rule import ADVICE, Context, rule
from emailauth.protocols import bimi, dkim, dmarc, mta_sts, spf, tls_rpt
from emailauth.protocols.bimi import record as bimi_record

_TEXTS: Final[tuple[tuple[str, str, Callable[[str], bool]], ...]] = (
    (spf.Spf.KEY, "", spf.is_record),
    (dmarc.Dmarc.KEY, "_dmarc.", dmarc.RECOGNISES["TXT"]),
    (mta_sts.KIND, "_mta-sts.", mta_sts.recognises),
    (tls_rpt.KIND, "_smtp._tls.", tls_rpt.recognises),
    (bimi.KIND, "default._bimi.", bimi_record.recognises),
)
"""Section, what stands before the domain in the owner name, and which values are its records."""
_ANNOUNCING: Final = _TEXTS[2:]
"""Those that a wildcard can only say by mistake; for SPF it is good practice here and there, and DMARC is judged elsewhere."""


@rule(ADVICE, "RFC 1035 section 5.1", covers=["DNS-006"])
def dns_domain_twice_in_name(observation: Observation, context: Context) -> Iterator[Finding]:
    """A record stands at a name that ends in the domain twice: `_dmarc.example.com.example.com`.

    Many consoles add the domain to what one writes as the name, so that who writes the whole name makes it too long. Receivers do not look there: the
    record is as good as not published.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "example.com.example.com", "type": "TXT", "status": "no data"},
        {"name": "*.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.example.com.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "example.com.example.com", "type": "TXT", "status": "nxdomain"}]}
    """
    domain = context.require_domain()
    if not observation.has(domain.name):
        return
    twice = f"{domain.name}.{domain.name}"
    found = observation.answer(twice, "TXT")
    if found.failed or found.status is Status.NXDOMAIN:  # then neither is there anything below it (RFC 8020)
        return
    wildcard = observation.answer(f"*.{domain.name}", "TXT").values
    for key, label, recognises in (*_TEXTS, *_selectors(domain)):
        values = observation.answer(f"{label}{twice}", "TXT").values
        if any(recognises(value) and value not in wildcard for value in values):
            message = (
                f"there is a record at {label}{twice}, and receivers look at {label}{domain.name}: the console added the domain once more"
            )
            yield Finding(message, at=(key,))


@rule(ADVICE, "RFC 4592 section 2.1.1", covers=["DNS-008"])
def dns_wildcard_announces(observation: Observation, context: Context) -> Iterator[Finding]:
    """A wildcard answers with a record of MTA-STS, TLS-RPT or BIMI.

    `*.example.com` answers for every name that has no records of its own. So each name below the domain announces a policy or reports, at every
    level, and whoever puts another record at such a name hides it without knowing. Put the record at the name where it belongs.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "*.example.com", "type": "TXT", "values": ["v=TLSRPTv1; rua=mailto:tls@example.com"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "*.example.com", "type": "TXT", "values": ["v=spf1 -all"]}]}
    """
    name = context.require_domain().name
    values = observation.answer(f"*.{name}", "TXT").values if observation.has(name) else ()
    for key, label, recognises in _ANNOUNCING:
        if any(map(recognises, values)):
            message = f"the wildcard *.{name} has a record that belongs to {label}{name}: every name below the domain answers with it"
            yield Finding(message, at=(key,))


@rule(ADVICE, "RFC 1034 section 4.3.2", covers=["DNS-011"])
def dns_record_below_delegation(observation: Observation, context: Context) -> Iterator[Finding]:
    """The file asks for a record at a name that is delegated to servers of its own.

    The servers of the domain's zone send receivers on, whatever stands there in the zone itself. The record must be written in the delegated zone; that
    happens by itself only where the DNS host of the file has that zone, too.

    Bad:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_smtp._tls.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_smtp._tls.example.com", "type": "NS", "status": "nxdomain"},
        {"name": "_tls.example.com", "type": "NS", "values": ["ns1.example.net."]}]}
    Good:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_smtp._tls.example.com", "type": "TXT", "values": ["v=TLSRPTv1; rua=mailto:tls@example.com"]},
        {"name": "_tls.example.com", "type": "NS", "values": ["ns1.example.net."]}]}
    """
    domain = context.require_domain()
    told: set[str] = set()
    for key, question in _planned_below(observation, domain):
        today = observation.answer(question.name, question.type)
        missing = set(observation.planned[question].values) - set(today.values)
        for zone in _between(question.name, domain.name) if missing and not today.failed else ():
            servers = observation.answer(zone, "NS").values
            if servers and zone not in told:
                told.add(zone)
                what = f"the record at {question.name}" if zone != question.name else "the record"
                yield Finding(f"{zone} is delegated to {servers[0].removesuffix('.')}: {what} is served only if it stands there", at=(key,))


def _selectors(domain: Domain) -> Iterator[tuple[str, str, Callable[[str], bool]]]:
    """Like `_TEXTS`, for the selectors that a file has."""
    section = domain.section(dkim.Dkim)
    for record in section.records(domain) if section is not None else ():
        yield dkim.Dkim.KEY, record.name.removesuffix(domain.name), dkim.is_key_record


def _planned_below(observation: Observation, domain: Domain) -> Iterator[tuple[str, Question]]:
    """The record sets below the domain that a file asks for, each with a section that does; none for a domain without a file."""
    for key, section in domain.sections.items():
        for record in section.records(domain) if section is not ABSENT else ():
            question = Question(name=record.name, type=record.type)
            if record.name != domain.name and question in observation.planned:
                yield key, question


def _between(name: str, domain: str) -> Iterator[str]:
    """The name, and those between it and the domain, from below."""
    parts = labels(name)
    for i in range(len(parts) - len(labels(domain))):
        yield ".".join(parts[i:])
