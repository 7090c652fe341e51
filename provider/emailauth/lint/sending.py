"""Whether mail is sent from a domain, by what its SPF record and its DKIM keys say."""

from emailauth.core.posture import Domain
from emailauth.protocols import dkim, spf


def sends(domain: Domain) -> bool:
    """Whether the domain says that mail is sent from it: SPF lets somebody pass, or there is a DKIM key."""
    return spf_lets_send(domain) or has_dkim_key(domain)


def spf_lets_send(domain: Domain) -> bool:
    """Whether the section `spf` lets somebody pass."""
    section = domain.section(spf.Spf)
    return section is not None and lets_send(section.record)


def lets_send(record: spf.Record) -> bool:
    """Whether a record lets anybody pass, or leaves it to another record."""
    return record.redirect is not None or any(term.passes for term in record.tested)


def has_dkim_key(domain: Domain) -> bool:
    """Whether the section `dkim` has a key that is not revoked."""
    section = domain.section(dkim.Dkim)
    return section is not None and section.has_key
