"""BIMI needs DMARC at enforcement."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.lint.rule import MUST, SHOULD, rule
from emailauth.protocols.bimi import Bimi
from emailauth.protocols.dmarc import Dmarc


@rule(MUST, "draft-brand-indicators-for-message-identification section 7.1", covers=["BIMI-013", "X-004"], needs=["bimi", "dmarc"])
def bimi_without_dmarc_enforcement(domain: Domain) -> Iterator[Finding]:
    """BIMI where DMARC asks for nothing.

    Receivers show a logo only where the DMARC policy is quarantine or reject, for the domain and for the domains below it. Otherwise the
    logo would stand beside forged mail.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: none, aggregate_reports: ["mailto:dmarc@example.com"]}
            bimi: {logo: "https://www.example.com/logo.svg"}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
            bimi: {logo: "https://www.example.com/logo.svg"}
    """
    weak = _weak(domain)
    if weak and domain.section(Bimi) is not None:
        yield Finding(f"no receiver shows the logo, as {weak}: it needs quarantine or reject", at=(Bimi.KEY,))


def _weak(domain: Domain) -> str | None:
    dmarc = domain.section(Dmarc)
    if dmarc is None:
        return "the file says dmarc: absent" if domain.is_absent(Dmarc) else None
    if dmarc.policy == "none":
        return "dmarc has policy none"
    return "dmarc has subdomain_policy none" if dmarc.subdomain_policy == "none" else None


@rule(SHOULD, "RFC 9989 section 4.7", covers=["BIMI-015"], needs=["bimi", "dmarc"])
def bimi_with_dmarc_testing(domain: Domain) -> Iterator[Finding]:
    """BIMI while DMARC is only tested.

    `testing: true` asks receivers to treat the policy as one level lower, quarantine as none. Receivers that honour it do
    not count it as enforcement, and show no logo.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: quarantine, testing: true, aggregate_reports: ["mailto:dmarc@example.com"]}
            bimi: {logo: "https://www.example.com/logo.svg"}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
            bimi: {logo: "https://www.example.com/logo.svg"}
    """
    dmarc = domain.section(Dmarc)
    if domain.section(Bimi) is not None and dmarc is not None and dmarc.policy != "none" and dmarc.testing is True:
        yield Finding("receivers that honour dmarc: testing take the policy for a lower one, and may show no logo", at=(Bimi.KEY,))
