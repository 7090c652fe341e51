"""Domains that neither send nor receive mail, for the rules about them."""

from emailauth.core.posture import Domain
from emailauth.protocols import spf


def is_without_mail(domain: Domain) -> bool:
    """Whether the file calls a domain parked, or the domain says it itself: a null MX (RFC 7505), and an SPF record that lets nobody send."""
    return domain.parked or (domain.mail_hosts == () and is_without_sender(domain))


def is_without_sender(domain: Domain) -> bool:
    """Whether an SPF record is known that lets nobody send. What a redirect leads to is not known."""
    section = domain.section(spf.Spf)
    if section is None:
        return False
    record = section.record
    return record.redirect is None and not record.malformed and sender(record) is None


def sender(record: spf.Record) -> spf.Directive | None:
    """The first term that lets mail pass. A bare `mx` lets nobody pass where there are no MX hosts, and is nothing to tell where there are."""
    passing = (term for term in record.tested if term.passes)
    return next((term for term in passing if not (isinstance(term, spf.Mx) and term.domain is None)), None)
