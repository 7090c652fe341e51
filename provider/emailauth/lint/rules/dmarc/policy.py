"""What a DMARC record asks receivers to do, and for whom."""

from collections.abc import Iterator

from msgspec import UNSET

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.lint.rule import ADVICE, Context, rule
from emailauth.lint.sending import has_dkim_key
from emailauth.protocols import dmarc

_BIMI = "bimi"
"""The section whose own rules say what none and test mode do to it."""
_WHOM = {"policy": "to the domain", "subdomain": "to its subdomains", "nonexistent": "to subdomains that do not exist"}


@rule(ADVICE, "RFC 9989 section 5.1.7", covers=["DMARC-014"], needs=["none"])
def dmarc_monitoring_only(section: dmarc.Dmarc, context: Context) -> Iterator[Finding]:
    """The policy is none: receivers report, and do nothing about forged mail.

    This is how to begin (Monitoring Mode), and nothing to stay with: once the reports show that all good mail passes, `quarantine`
    and then `reject` are what keeps others from using the domain.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: none, aggregate_reports: ["mailto:dmarc@example.com"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    # Without reports, with testing and beside BIMI, other rules say more.
    told = section.testing is True or _BIMI in context.require_domain().sections
    does_something = bool(section.aggregate_reports) or section.applied != dmarc.effective("none")
    if section.policy == "none" and does_something and not told:
        yield Finding(
            "receivers do nothing about mail that fails: quarantine or reject, once the reports show that good mail passes", at=("policy",)
        )


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-020"], needs=["testing"])
def dmarc_testing_lowers_policy(section: dmarc.Dmarc, context: Context) -> Iterator[Finding]:
    """Test mode is on, and each policy counts for less than is written.

    Receivers apply quarantine in place of reject, and nothing in place of quarantine. Take `testing` out once the reports show
    that all good mail passes.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, testing: true, aggregate_reports: ["mailto:dmarc@example.com"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    said, applied = section.requested, section.applied
    is_useless = applied == dmarc.effective("none") and not section.aggregate_reports  # another rule says more
    if section.testing is not True or is_useless or _BIMI in context.require_domain().sections:
        return
    lowered = [
        f"{getattr(applied, field)} in place of {getattr(said, field)} {whom}"
        for field, whom in _WHOM.items()
        if getattr(applied, field) != getattr(said, field)
    ]
    if lowered:
        yield Finding(f"receivers apply {', '.join(lowered)}", at=("testing",))


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-016", "DMARC-019", "PARK-003"], needs=["weaker subdomain_policy"])
def dmarc_subdomain_policy_weaker(section: dmarc.Dmarc) -> Iterator[Finding]:
    """Subdomains have a weaker policy than the domain.

    Who cannot use `example.com` any more in forged mail takes `billing.example.com`, which readers trust as much. Give
    the subdomains that need time a record of their own, and let the others have the policy of the domain. At the least, say
    `nonexistent_subdomain_policy: reject`: names that do not exist send no good mail.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, subdomain_policy: none}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
    """
    if section.subdomain_policy and dmarc.is_weaker(section.subdomain_policy, section.policy):
        whose = "any subdomain" if section.nonexistent_subdomain_policy else "any subdomain, even one that does not exist,"
        message = f"mail from {whose} only gets {section.subdomain_policy}, while the domain has {section.policy}"
        yield Finding(message, at=("subdomain_policy",))


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-018", "PARK-003"], needs=["nonexistent_subdomain_policy"])
def dmarc_nonexistent_subdomain_policy_weaker(section: dmarc.Dmarc) -> Iterator[Finding]:
    """Subdomains that do not exist have a weaker policy than those that do.

    Nobody sends good mail from a name that does not exist: it can have `reject` long before the others can.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, nonexistent_subdomain_policy: none}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
    """
    said = section.nonexistent_subdomain_policy
    existing = section.subdomain_policy or section.policy
    if said and dmarc.is_weaker(said, existing):
        yield Finding(
            f"mail from subdomains that do not exist only gets {said}, while existing ones have {existing}",
            at=("nonexistent_subdomain_policy",),
        )


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-021"], needs=["testing"])
def dmarc_testing_without_effect(section: dmarc.Dmarc) -> Iterator[Finding]:
    """Test mode is on while every policy is none.

    `testing` asks receivers to apply each policy one level lower than it is written. There is no level below none.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: none, testing: true, aggregate_reports: ["mailto:dmarc@example.com"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    if section.testing is True and {section.policy, section.subdomain_policy or "none", section.nonexistent_subdomain_policy or "none"} == {
        "none"
    }:
        yield Finding(
            "without effect while every policy is none: name the policy that you are testing, such as quarantine", at=("testing",)
        )


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-017"], needs=["other below"])
def dmarc_subdomain_policy_ignored(section: dmarc.Dmarc, context: Context) -> Iterator[Finding]:
    """A policy for subdomains stands where no receiver reads it.

    For a domain without a record of its own, receivers take the policy for subdomains from the Organizational Domain,
    which is the highest one with a record, and from no domain in between. Write it there; or, if this domain shall be
    an Organizational Domain of its own, say `public_suffix_domain: false`.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
          news.example.com:
            dmarc: {policy: quarantine, subdomain_policy: reject}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
          news.example.com:
            dmarc: {policy: quarantine}
    """
    above = _record_above(context.require_domain(), context)
    if above is None or section.public_suffix_domain is not UNSET:
        return
    for name in dmarc.BELOW:
        if (getattr(section, name) or section.policy) != section.policy:
            yield Finding(f"ignored: the policy for subdomains is taken from {above.name}, which has a DMARC record, too", at=(name,))


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-023"], needs=["public_suffix_domain"])
def dmarc_public_suffix_with_mail(section: dmarc.Dmarc, context: Context) -> Iterator[Finding]:
    """A domain with mail of its own says that it is a public suffix.

    `public_suffix_domain: true` is for domains below which others register theirs, as below `co.uk`. Each name directly
    below becomes an Organizational Domain: mail from `example.com` no longer passes with a signature of `mail.example.com`.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: {policy: quarantine, public_suffix_domain: true, aggregate_reports: ["mailto:dmarc@example.com"]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    domain = context.require_domain()
    if section.public_suffix_domain is True and (domain.mail_hosts or has_dkim_key(domain)):
        yield Finding(f"{domain.name} has mail of its own: names below it would no longer align with it", at=("public_suffix_domain",))


def _record_above(domain: Domain, context: Context) -> Domain | None:
    """The nearest domain above with a record in this file, unless it is a public suffix (RFC 9989 section 4.10.2)."""
    for above in context.posture.above(domain.name):
        section = above.section(dmarc.Dmarc)
        if section is not None:
            return above if section.public_suffix_domain is not True else None
    return None
