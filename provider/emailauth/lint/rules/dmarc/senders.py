"""What DMARC makes of the mail that a domain's SPF record and DKIM keys say it sends."""

from collections.abc import Iterator
from dataclasses import dataclass

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain, Posture
from emailauth.core.question import answered
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.lint.sending import has_dkim_key, sends, spf_lets_send
from emailauth.protocols import dkim, dmarc


@rule(MUST, "RFC 9989 section 7.4", covers=["DMARC-054"], needs=["dmarc", "dkim"])
def dmarc_reject_without_dkim(domain: Domain) -> Iterator[Finding]:
    """Mail that fails is rejected, and SPF alone must prove it: the domain has no DKIM key.

    Forwarders and mailing lists break SPF, because they send from their own addresses. Without a DKIM signature such mail
    has no proof left, and `reject` loses it.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: absent
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    section = domain.section(dmarc.Dmarc)
    if section is None or dkim.Dkim.KEY not in domain.sections:
        return
    if section.applied.policy == "reject" and not has_dkim_key(domain) and spf_lets_send(domain):
        yield Finding(
            f"{domain.name} has no DKIM key: mail that is forwarded fails SPF and would be rejected", at=(dmarc.Dmarc.KEY, "policy")
        )


@rule(ADVICE, "RFC 9989 section 5.1.3", covers=["DMARC-035"], needs=["no aggregate_reports"])
def dmarc_no_aggregate_reports(section: dmarc.Dmarc, context: Context) -> Iterator[Finding]:
    """Mail is sent from the domain, and nobody gets the aggregate reports.

    They are the only way to learn that good mail fails DMARC and is put aside or rejected, or who else uses the domain.
    Without `aggregate_reports` receivers must send none.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: {policy: reject}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    domain = context.require_domain()
    # Where every policy comes to none, dmarc-no-reports-while-monitoring says more.
    if not section.aggregate_reports and section.applied != dmarc.effective("none") and sends(domain):
        yield Finding(f"nobody learns which good mail from {domain.name} fails: there are no aggregate_reports", at=("policy",))


@rule(ADVICE, "RFC 9989 section 8", covers=["DMARC-001"], needs=["dmarc absent"])
def dmarc_absent_while_sending(posture: Posture) -> Iterator[Finding]:
    """Mail is sent from a domain for which there is no DMARC record, here or above.

    Receivers then check nothing about the domain in the From header: anyone can use it, and large receivers turn away bulk
    mail from such domains. Begin with `policy: none` and reports, which changes nothing about mail.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dmarc: absent
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    for one in _unrecorded(posture):
        if one.discovery.found is None and not one.passed_by and not one.domain.receivers:  # whose own rules say more
            message = f"receivers apply no DMARC to mail from {one.domain.name}: the file says that there is no record"
            yield Finding(message, at=_place(one.domain))


@rule(ADVICE, "RFC 9989 section 5.1.4", covers=["DMARC-053"], needs=["dmarc absent"])
def dmarc_inherited_while_sending(posture: Posture) -> Iterator[Finding]:
    """Mail is sent from a domain that has its DMARC policy from a domain above.

    The policy for subdomains then holds for it, which is mostly made for names that send nothing, and its reports are mixed with
    theirs. A record of its own says what is meant for this domain.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
          news.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dmarc: absent
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
          news.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    for one in _unrecorded(posture):
        if one.discovery.found is not None and not one.passed_by:
            message = f"mail from {one.domain.name} has the policy {one.discovery.policy}, as {one.discovery.why}"
            yield Finding(message, at=_place(one.domain))


@rule(MUST, "RFC 9989 section 5.1.8", covers=["DMARC-049"], needs=["dmarc absent"])
def dmarc_deep_name_without_record(posture: Posture) -> Iterator[Finding]:
    """A domain of more than 8 labels relies on a record that receivers do not look at.

    Their walk up the tree goes from such a name straight to its last 7 labels. For a name that deep to have a record applied, the
    record must be at the name itself.

    Bad:
        version: 1
        domains:
          b.c.d.e.f.g.example.com:
            dmarc: {policy: reject}
          a.b.c.d.e.f.g.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dmarc: absent
    Good:
        version: 1
        domains:
          b.c.d.e.f.g.example.com:
            dmarc: {policy: reject}
          a.b.c.d.e.f.g.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    for one in _unrecorded(posture):
        for name in one.passed_by:
            message = f"receivers that look for a record for {one.domain.name} never look at {name}: give it one of its own"
            yield Finding(message, at=_place(one.domain))


@rule(ADVICE, "RFC 9989 section 4.4", covers=["DMARC-028", "X-001"], needs=["dmarc strict", "dmarc not everywhere"])
def dmarc_strict_alignment_without_sender(posture: Posture) -> Iterator[Finding]:
    """Alignment is strict, and only a subdomain has what could prove the mail.

    With strict alignment the domain of MAIL FROM, or the d= of a signature, must be the very domain of the From header. Where the
    domain itself lets nobody send, or has no key, and a subdomain does, mail from the domain that relies on the subdomain fails.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {otherwise: fail}
            dmarc: {policy: reject, spf_alignment: strict}
          bounces.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {otherwise: fail}
            dmarc: {policy: reject}
          bounces.example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
    """
    for sender in posture.domains:
        if sender.section(dmarc.Dmarc) is not None:
            continue  # an Author Domain in its own right
        for domain in posture.above(sender.name):
            section = domain.section(dmarc.Dmarc)
            if section is None:
                continue
            if section.spf_alignment == "strict" and spf_lets_send(sender) and _says(domain, "spf") and not spf_lets_send(domain):
                message = f"SPF lets hosts send for {sender.name} and none for {domain.name}: with strict alignment none of that is proof"
                yield Finding(message, at=(*_place(domain), "spf_alignment"))
            if section.dkim_alignment == "strict" and has_dkim_key(sender) and _says(domain, "dkim") and not has_dkim_key(domain):
                message = (
                    f"there is a DKIM key for {sender.name} and none for {domain.name}: with strict alignment its signatures are no proof"
                )
                yield Finding(message, at=(*_place(domain), "dkim_alignment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unrecorded:
    """A domain that mail is sent from and that shall have no DMARC record."""

    domain: Domain
    discovery: dmarc.Discovery
    """What receivers find for it in this file."""
    passed_by: tuple[str, ...]
    """The domains above with a record that they do not look at."""


def _unrecorded(posture: Posture) -> Iterator[_Unrecorded]:
    found = [domain for domain in posture.domains if domain.is_absent(dmarc.Dmarc) and sends(domain)]
    answer = dmarc.answers(posture)
    for domain in found:
        seen = dmarc.targets(domain.name)
        above = (other.name for other in posture.above(domain.name) if other.section(dmarc.Dmarc) is not None)
        yield _Unrecorded(
            domain=domain,
            discovery=answered(dmarc.discover(domain.name), answer),
            passed_by=tuple(name for name in above if name not in seen),
        )


def _place(domain: Domain) -> tuple[str | int, ...]:
    return (*domain.route, dmarc.Dmarc.KEY)


def _says(domain: Domain, key: str) -> bool:
    """Whether the file says anything of a section, if only that there is none."""
    return key in domain.sections
