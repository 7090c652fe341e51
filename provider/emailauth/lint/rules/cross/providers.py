"""Whether SPF and DKIM name the same mail providers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.names import InvalidName, is_within, normalise
from emailauth.core.posture import Domain
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import dkim, spf
from emailauth.protocols.dkim.providers import provider_of


@dataclass(frozen=True, slots=True)
class _Provider:
    """A provider whose customers include a name of its own, and whose keys are where CNAMEs of its own lead."""

    name: str
    include: str
    zones: tuple[str, ...]
    """What the CNAMEs lead into."""


_PROVIDERS: Final = (
    _Provider("Amazon SES", "amazonses.com", ("amazonses.com",)),
    _Provider("Atlassian", "_spf.atlassian.net", ("dkim.atlassian.net",)),
    _Provider("Fastmail", "spf.messagingengine.com", ("dkim.fmhosted.com",)),
    _Provider("Freshworks", "email.freshdesk.com", ("freshemail.io",)),
    _Provider("Help Scout", "helpscoutemail.com", ("helpscout.net",)),
    _Provider("MailerLite", "_spf.mlsend.com", ("mlsend.com",)),
    _Provider("Mailgun", "mailgun.org", ("mailgun.com", "mailgun.org")),
    _Provider("Microsoft 365", "spf.protection.outlook.com", ("onmicrosoft.com", "dkim.mail.microsoft")),
    _Provider("Proton Mail", "_spf.protonmail.ch", ("domains.proton.ch",)),
    _Provider("Salesforce", "_spf.salesforce.com", ("custdkim.salesforce.com",)),
    _Provider("Zendesk", "mail.zendesk.com", ("zendesk.com",)),
)
"""As of November 2026. A provider of which some keys are given out as texts is judged only where there is none that could be such a one."""


@rule(ADVICE, "RFC 9989 section 7.1", covers=["X-010"], needs=["spf", "dkim"])
def provider_without_dkim_key(domain: Domain) -> Iterator[Finding]:
    """SPF lets a provider send for whom there is no DKIM key, while there are keys of others.

    Either the provider was left and its include stays, so that all its other customers can still pass SPF as the domain; or its mail goes out
    without a signature of the domain's own, and fails DMARC as soon as it is forwarded. Judged are domains whose keys all lead to
    providers that are known here.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.salesforce.com", "include:mail.zendesk.com"], otherwise: softfail}
            dkim: {zendesk1: {cname: zendesk1._domainkey.zendesk.com}}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.salesforce.com", "include:mail.zendesk.com"], otherwise: softfail}
            dkim:
              zendesk1: {cname: zendesk1._domainkey.zendesk.com}
              sf1: {cname: sf1.a1b2c3.custdkim.salesforce.com}
    """
    section = domain.section(spf.Spf)
    holders = _holders(domain)
    if section is None or not holders or None in holders:
        return
    record = section.record
    for term in record.tested:
        provider = _included(term)
        if provider is not None and provider.name not in holders:
            names = " and ".join(sorted(filter(None, holders)))
            message = f"{term.text!r} lets {provider.name} send, and the DKIM keys are all of {names}: was {provider.name} left?"
            yield Finding(message, at=(spf.Spf.KEY, *record.place(term)))


def _holders(domain: Domain) -> set[str | None]:
    """Who keeps the keys of the selectors; None among them where it is not known of one."""
    section = domain.section(dkim.Dkim)
    return {_holder(says) for says in section.keys.values() if isinstance(says, dkim.DkimKey)} if section is not None else set()


def _holder(says: dkim.DkimKey) -> str | None:
    target = _name(says.cname) if isinstance(says.cname, str) else None
    if target is None:
        return None
    one = next((one for one in _PROVIDERS if any(is_within(target, zone) for zone in one.zones)), None) or provider_of(target)
    return one.name if one is not None else None


def _included(term: spf.Directive) -> _Provider | None:
    """The provider that a term lets send."""
    name = _name(term.domain.name) if isinstance(term, spf.Include) and term.passes and term.domain.name else None
    return next((one for one in _PROVIDERS if name == one.include), None)


def _name(text: str) -> str | None:
    try:
        return normalise(text)
    except InvalidName:
        return None
