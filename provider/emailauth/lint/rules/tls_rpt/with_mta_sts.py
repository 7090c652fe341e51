"""TLS-RPT beside MTA-STS."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols.mta_sts import MtaSts
from emailauth.protocols.tls_rpt import TlsRpt


@rule(ADVICE, "RFC 8461 section 6", covers=["STS-026", "RPT-013"], needs=["mta_sts", "tls_rpt"])
def tls_rpt_absent_beside_mta_sts(domain: Domain) -> Iterator[Finding]:
    """MTA-STS without the reports that tell whether it works.

    MTA-STS is meant to be used together with TLS-RPT. Without reports nobody learns that senders cannot fetch the policy,
    or that mail waits because a certificate is wrong; mode testing does nothing at all then.

    Bad:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, max_age: 604800, mx: [mx1.example.com]}
            tls_rpt: absent
    Good:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, max_age: 604800, mx: [mx1.example.com]}
            tls_rpt: {reports: ["mailto:tls@example.com"]}
    """
    mta_sts = domain.section(MtaSts)
    if mta_sts is not None and mta_sts.mode != "none" and domain.is_absent(TlsRpt):
        yield Finding(f"nobody learns which mail fails because of mta_sts: mode {mta_sts.mode}", at=(TlsRpt.KEY,))
