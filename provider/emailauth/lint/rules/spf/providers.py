"""Mail services that a record names, and those that it should name."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.lint.providers import mailboxes_at
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import spf
from emailauth.protocols.spf.services import RETIRED, SENDS_AS_ITSELF


@rule(ADVICE, "RFC 7208 section 5.2", covers=["SPF-069"], needs=["retired name"])
def spf_retired_name(record: spf.Record) -> Iterator[Finding]:
    """An include of a name that its owner no longer uses.

    Services rename their records and close. The old name may go on to answer for years, with hosts that send nothing any more, until it is
    gone; then receivers stop with permerror. The names are those that were known in November 2026.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_netblocks.google.com"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.google.com"], otherwise: softfail}
    """
    for term in record.includes:
        if said := RETIRED.get(term.domain.folded):
            yield Finding(f"{term.domain.folded} is {said}", at=record.place(term))


@rule(ADVICE, "RFC 9989 section 4.4.2", covers=["SPF-071"], needs=["service with its own name"])
def spf_include_without_use(record: spf.Record) -> Iterator[Finding]:
    """An include for a service that does not send in the domain's own name.

    Receivers evaluate the record of the envelope sender. The service puts a name of its own there, or one that is made for it below the domain,
    so they never come to this include: it only takes look-ups from others. DMARC passes by the service's DKIM signature, or by that other name.
    Without an account set up that way the include can have its use; so look at what the service's console says. As of November 2026.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:servers.mcsv.net", "ip4:192.0.2.1"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
    """
    for term in record.includes:
        if service := SENDS_AS_ITSELF.get(term.domain.folded):
            message = f"{service} does not use the domain itself as the envelope sender, so receivers hardly ever come to {term.text!r}"
            yield Finding(message, at=record.place(term))


@rule(ADVICE, "RFC 7208 section 5.4", covers=["SPF-045"], needs=["mx", "spf"])
def spf_mx_sends_nothing(domain: Domain) -> Iterator[Finding]:
    """The mechanism mx where the mail hosts are those of a service that sends from others.

    Google and Microsoft receive by hosts that send nothing. The mechanism then costs a look-up and lets only hosts pass from which none of the
    domain's mail comes.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 1, host: smtp.google.com}]
            spf: {allow: [mx, "include:_spf.google.com"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 1, host: smtp.google.com}]
            spf: {allow: ["include:_spf.google.com"], otherwise: softfail}
    """
    section = domain.section(spf.Spf)
    service = mailboxes_at(domain.mail_hosts or ())
    if section is None or service is None or not service.apart:
        return
    for term in section.record.terms:
        if isinstance(term, spf.Mx) and term.domain is None and term.passes:
            message = f"the mail hosts are {service.name}'s, which send nothing: {term.text!r} costs a look-up and lets none of the domain's mail pass"
            yield Finding(message, at=(spf.Spf.KEY, *section.record.place(term)))
