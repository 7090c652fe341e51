"""What a domain without mail says, where it says less than the profile `parked` would.

A domain is without mail where the file calls it parked, or where it says so itself: a null MX, and an SPF record that lets nobody send.
"""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.lint.rule import ADVICE, rule
from emailauth.lint.without_mail import is_without_mail, sender
from emailauth.protocols import dmarc, spf
from emailauth.protocols.bimi import Bimi
from emailauth.protocols.dkim import Dkim
from emailauth.protocols.mx import Mx
from emailauth.protocols.tls_rpt import TlsRpt

_PRACTICE: Final = "M3AAWG Protecting Parked Domains, best common practices"


@rule(ADVICE, _PRACTICE, covers=["PARK-001", "PARK-009"], needs=["spf", "perhaps without mail"])
def parked_domain_without_spf_fail(domain: Domain) -> Iterator[Finding]:
    """A domain without mail whose SPF record is not `v=spf1 -all`.

    Nobody sends in its name, so every host can fail. With softfail, neutral or no record, receivers have no word of yours that a message is forged.

    Bad:
        version: 1
        domains:
          example.com:
            profile: parked
            spf: absent
    Good:
        version: 1
        domains:
          example.com: parked
    """
    if not domain.parked and domain.mail_hosts != ():
        return
    section = domain.section(spf.Spf)
    if section is None:
        if domain.parked and domain.is_absent(spf.Spf):
            yield Finding("the domain has no mail, and no SPF record says so: v=spf1 -all does", at=(spf.Spf.KEY,))
        return
    record = section.record
    passing, last = sender(record), record.all
    if passing is not None:
        if domain.mail_hosts != ():  # beside a null MX it is told by mx-null-beside-senders
            yield Finding(f"the domain is parked, and yet SPF lets it send by {passing.text!r}", at=(spf.Spf.KEY, *record.place(passing)))
    elif last is not None and last.qualifier is not spf.Qualifier.FAIL:
        message = f"the domain has no mail, and mail that forges it only gets {last.text!r}: -all says that it is forged"
        yield Finding(message, at=(spf.Spf.KEY, *record.place(last)))


@rule(ADVICE, _PRACTICE, covers=["PARK-002", "PARK-003"], needs=["dmarc", "perhaps without mail"])
def parked_domain_not_rejected(domain: Domain) -> Iterator[Finding]:
    """A domain without mail whose DMARC policy is not reject.

    All mail that uses it is forged, and so is mail from names below it. The policy holds for those, too, where `subdomain_policy` and
    `nonexistent_subdomain_policy` say nothing else.

    Bad:
        version: 1
        domains:
          example.com:
            profile: parked
            dmarc: {policy: quarantine, dkim_alignment: strict, spf_alignment: strict}
    Good:
        version: 1
        domains:
          example.com: parked
    """
    if not is_without_mail(domain):
        return
    if domain.is_absent(dmarc.Dmarc):
        yield Finding("the domain has no mail, and no DMARC record asks receivers to reject what forges it", at=(dmarc.Dmarc.KEY,))
    section = domain.section(dmarc.Dmarc)
    if section is not None and section.policy != "reject":
        whose = "it" if section.subdomain_policy else "it, or any name below it,"
        message = f"the domain has no mail, and mail that forges {whose} only gets {section.policy}: reject it"
        yield Finding(message, at=(dmarc.Dmarc.KEY, "policy"))


@rule(ADVICE, _PRACTICE, covers=["PARK-006"], needs=["dmarc", "perhaps without mail"])
def parked_domain_relaxed_alignment(domain: Domain) -> Iterator[Finding]:
    """A domain without mail whose DMARC alignment is relaxed.

    With relaxed alignment, which is the default, what passes SPF or DKIM for a subdomain passes DMARC as the domain itself: whoever gets hold of
    one name below it can send as the domain. Nobody needs that here.

    Bad:
        version: 1
        domains:
          example.com:
            profile: parked
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.net"]}
    Good:
        version: 1
        domains:
          example.com:
            profile: parked
            dmarc: {policy: reject, dkim_alignment: strict, spf_alignment: strict, aggregate_reports: ["mailto:dmarc@example.net"]}
    """
    section = domain.section(dmarc.Dmarc)
    if section is None or not is_without_mail(domain):
        return
    relaxed = [key for key in ("dkim_alignment", "spf_alignment") if getattr(section, key) != "strict"]
    if relaxed:
        which = " and ".join(relaxed)
        said = (dmarc.Dmarc.KEY, relaxed[0]) if getattr(section, relaxed[0]) else (dmarc.Dmarc.KEY,)
        yield Finding(f"the domain has no mail, and by relaxed {which}, what a name below it can prove passes as the domain's own", at=said)


@rule(ADVICE, _PRACTICE, covers=["PARK-005"], needs=["dkim", "perhaps without mail"])
def parked_domain_with_dkim_key(domain: Domain) -> Iterator[Finding]:
    """A domain without mail that has a DKIM key.

    Whoever has the private key can send mail that passes DMARC in the name of the domain, whatever SPF and the policy say. A key that is no longer
    used is revoked, or absent. For selectors without a record nothing need be said: verifiers count such signatures as failed, as they do
    those of a revoked key (RFC 6376 section 6.1.2), so that a wildcard of revoked keys below `_domainkey` adds nothing.

    Bad:
        version: 1
        domains:
          example.com:
            mx: null_mx
            spf: {otherwise: fail}
            dkim: {s1: {cname: s1.dkim.example.net}}
    Good:
        version: 1
        domains:
          example.com:
            mx: null_mx
            spf: {otherwise: fail}
            dkim: {s1: revoked}
    """
    section = domain.section(Dkim)
    if section is not None and section.has_key and is_without_mail(domain):
        message = "the domain has no mail, and whoever has the private key of one of its selectors can send mail that passes in its name"
        yield Finding(message, at=(Dkim.KEY,))


@rule(ADVICE, _PRACTICE, covers=["PARK-004"], needs=["mx"])
def parked_domain_without_null_mx(domain: Domain) -> Iterator[Finding]:
    """A parked domain without a null MX.

    A null MX lets senders give up at once. Without MX records they try the address of the domain itself, for days where nothing answers there; with
    hosts, the domain receives mail and is not parked.

    Bad:
        version: 1
        domains:
          example.com:
            profile: parked
            mx: absent
    Good:
        version: 1
        domains:
          example.com: parked
    """
    if domain.parked and domain.mail_hosts != ():
        hosts = domain.section(Mx)
        what = (
            "mail to it has hosts to go to"
            if hosts
            else "senders without an MX record try its own address, for days (RFC 5321 section 5.1)"
        )
        yield Finding(f"the domain is parked, and {what}: write mx: null_mx, or leave mx out", at=(Mx.KEY,))


@rule(ADVICE, _PRACTICE, covers=["PARK-007"], needs=["perhaps without mail"])
def parked_domain_needless_section(domain: Domain) -> Iterator[Finding]:
    """A domain without mail that asks for reports about its TLS, or has a logo.

    No server sends to a domain with a null MX, so there is nothing to report; and no mail of the domain shows a logo. (For MTA-STS see
    `mta-sts-with-null-mx`.)

    Bad:
        version: 1
        domains:
          example.com:
            profile: parked
            tls_rpt: {reports: ["mailto:tls@example.net"]}
    Good:
        version: 1
        domains:
          example.com: parked
    """
    if not {TlsRpt.KEY, Bimi.KEY} & domain.sections.keys() or not is_without_mail(domain):
        return
    if domain.section(TlsRpt) is not None and domain.mail_hosts == ():
        yield Finding("no server sends mail to the domain, so that none has anything to report: leave tls_rpt out", at=(TlsRpt.KEY,))
    if domain.section(Bimi) is not None:
        yield Finding("the domain sends no mail beside which a logo could stand: leave bimi out", at=(Bimi.KEY,))
