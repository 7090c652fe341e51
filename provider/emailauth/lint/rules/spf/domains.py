"""The record beside what else the file says of a domain."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.lint.rule import ADVICE, Context, rule
from emailauth.protocols import dmarc, spf
from emailauth.protocols.mx import Mx


@rule(ADVICE, "RFC 9989 section 7.1", covers=["SPF-041"], needs=["spf", "dmarc"])
def spf_fail_before_dmarc(domain: Domain) -> Iterator[Finding]:
    """A record that ends in `-all` at a domain whose DMARC policy asks for less than to reject.

    Some receivers reject by SPF alone, before they look at DKIM and DMARC. So mail that was forwarded, or that comes from a sender not yet known,
    is lost, though the policy asks that it be let through or put aside, and no report tells of it. With `softfail` DMARC decides, today and
    when the policy is `reject`: `~all` is no weakness then. A domain that sends nothing is not remarked.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    senders, policy = domain.section(spf.Spf), domain.section(dmarc.Dmarc)
    if senders is None or policy is None or policy.policy == "reject":
        return
    record = senders.record
    default = record.all
    if default is not None and default.qualifier is spf.Qualifier.FAIL and any(term.passes for term in record.tested):
        message = f"the DMARC policy is {policy.policy}, and yet some receivers reject by {default.text!r} before they look at it"
        yield Finding(message, at=(spf.Spf.KEY, *record.place(default)))


@rule(ADVICE, "RFC 7208 section 3", covers=["SPF-078"], needs=["mx"])
def spf_not_inherited(domain: Domain, context: Context) -> Iterator[Finding]:
    """A domain with mail hosts and without an SPF record, below one that has a record.

    SPF is not inherited: receivers look for a record at the very name that mail comes from, so that mail from this one has no result, and forged
    mail neither.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
          news.example.com:
            mx: [{preference: 10, host: mx1.example.com}]
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
          news.example.com:
            mx: [{preference: 10, host: mx1.example.com}]
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
    """
    if domain.section(spf.Spf) is not None or not domain.mail_hosts:
        return
    above = domain.name.partition(".")[2]
    while above:
        parent = context.posture.domain(above)
        if parent is not None and parent.section(spf.Spf) is not None:
            yield Finding(f"the record of {above} does not count for {domain.name}, which has none of its own", at=(Mx.KEY,))
            return
        above = above.partition(".")[2]


@rule(ADVICE, "RFC 7208 section 4.3", covers=["SPF-080"], needs=["spf", "no mail domain"])
def spf_not_at_a_mail_domain(domain: Domain) -> Iterator[Finding]:
    """A record at a top-level domain, or below arpa.

    Receivers do not evaluate a name of one label, and hosts have no mail addresses under arpa (RFC 3172 section 2.1). Only a record that
    allows nobody has its use there.

    Bad:
        version: 1
        domains:
          2.0.192.in-addr.arpa:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
    Good:
        version: 1
        domains:
          2.0.192.in-addr.arpa:
            spf: {otherwise: fail}
    """
    if "." in domain.name and not domain.name.endswith(".arpa"):
        return
    section = domain.section(spf.Spf)
    if section is not None and any(term.passes for term in section.record.tested):
        yield Finding(f"no mail comes from addresses at {domain.name}, and the record lets hosts send it", at=(spf.Spf.KEY,))
