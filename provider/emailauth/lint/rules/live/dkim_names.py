"""What stands at and below `_domainkey` besides the keys of the file."""

import re
from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.core.question import Status
from emailauth.lint.rule import ADVICE, MUST, SHOULD, Context, rule
from emailauth.protocols import dkim

_DOMAINKEYS = re.compile(r"\s*[otrn]\s*=.*\bo\s*=\s*[~-]|\s*o\s*=\s*[~-]")
"""The policy of DomainKeys (RFC 4870 section 3.6), which says o=~ or o=-."""


@rule(MUST, "RFC 1034 section 3.6.2", covers=["DKIM-028"])
def dkim_cname_in_the_way(observation: Observation, context: Context) -> Iterator[Finding]:
    """There is a CNAME today where the file wants a key record.

    Nothing else can stand at a name that has a CNAME, and this program removes no CNAME that the file does not speak of. If the provider
    behind it signs no more, remove it by hand; if it does, publish the new key at another selector.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "CNAME", "values": ["s1.dkim.example.net."]},
        {"name": "*._domainkey.example.com", "type": "CNAME", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
        --- answers.json
        {"format": 1, "answers": [{"name": "s1._domainkey.example.com", "type": "CNAME", "status": "no data"}]}
    """
    domain = context.require_domain()
    section = domain.section(dkim.Dkim)
    for selector in section.selectors(domain) if section is not None and not section.is_partial else ():
        if selector.record is not None:
            name = dkim.owner(selector.name, domain.name)
            found = observation.answer(name, "CNAME").values
            if not found or found == observation.answer(dkim.wildcard(domain.name), "CNAME").values:
                continue  # beside a wildcard's, a record of one's own can stand
            for target in found:
                yield Finding(f"{name} is a CNAME to {target} today, beside which nothing can stand", at=(dkim.Dkim.KEY, *selector.route))


@rule(SHOULD, "RFC 6376 section 3.6.2.1", covers=["DKIM-037"])
def dkim_wildcard(observation: Observation, context: Context) -> Iterator[Finding]:
    """A wildcard below `_domainkey` answers with a key for every selector.

    Whoever has its private key can sign with any selector, and a key that is taken back at its own name is still there under all others.
    A wildcard that revokes every key, as parked domains have it, is no harm.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [{"name": "*._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [{"name": "*._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p="]}]}
    """
    domain = context.require_domain()
    name = dkim.wildcard(domain.name)
    if any(dkim.is_key_record(value) and not dkim.parse(value).is_revoked for value in observation.answer(name, "TXT").values):
        yield Finding(f"{name} answers with a key for every selector that anybody asks for", at=_at(domain))


@rule(ADVICE, "RFC 5617", covers=["DKIM-035"])
def dkim_old_policy(observation: Observation, context: Context) -> Iterator[Finding]:
    """A record of ADSP or of DomainKeys is left over.

    Both were to say how a domain signs; nobody asks for them any more, and DMARC took their place. They do no harm, but mislead those who
    read the zone.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_adsp._domainkey.example.com", "type": "TXT", "values": ["dkim=all"]},
        {"name": "_domainkey.example.com", "type": "TXT", "values": ["o=~; r=postmaster@example.com"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_adsp._domainkey.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_domainkey.example.com", "type": "TXT", "status": "no data"}]}
    """
    domain = context.require_domain()
    for name, what, pattern in (
        (f"_adsp._domainkey.{domain.name}", "ADSP", re.compile(r"\s*dkim\s*=")),
        (f"_domainkey.{domain.name}", "DomainKeys", _DOMAINKEYS),
    ):
        if any(map(pattern.match, observation.answer(name, "TXT").values)):
            yield Finding(f"a record of {what}, which is historic, is left at {name}", at=_at(domain))


@rule(ADVICE, "RFC 8020 section 2", covers=["DKIM-036"])
def dkim_no_selector(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain that has mail has no DKIM key at all.

    Its name `_domainkey` does not exist, and so no selector does. Its mail passes DMARC by SPF alone, which forwarding breaks.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_domainkey.example.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_domainkey.example.com", "type": "TXT", "status": "no data"}]}
    """
    domain = context.require_domain()
    if not domain.mail_hosts or dkim.Dkim.KEY in domain.sections:
        return
    name = f"_domainkey.{domain.name}"
    if observation.answer(name, "TXT").status is Status.NXDOMAIN:
        yield Finding(f"{name} does not exist: the domain has no DKIM key, and nobody can sign in its name")


def _at(domain: Domain) -> Route:
    """The section, where there is one; else the domain."""
    return (dkim.Dkim.KEY,) if dkim.Dkim.KEY in domain.sections else ()
