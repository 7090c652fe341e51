"""Yahoo: what Yahoo demands of those who send it mail in bulk.

They concern all mail to Yahoo, AOL and the brands beside them; what "bulk" is, Yahoo says by no number. The From domain
must be aligned with that of SPF or of DKIM; relaxed alignment is enough.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.lint.receiver import Receiver
from emailauth.lint.rule import MUST, Context, rule

RECEIVER: Final = Receiver(
    name="yahoo",
    title="Yahoo",
    document="Yahoo, Sender Hub, Sender Requirements",
    since=dt.date(2024, 2, 1),
    refusal="defers or refuses its bulk mail",
)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058", "X-001"], needs=["spf", RECEIVER.name])
def yahoo_spf_missing(domain: Domain) -> Iterator[Finding]:
    """Mail is sent to Yahoo, and there is no SPF record.

    Yahoo wants bulk mail to be authenticated by SPF and by DKIM, and one of the two to be aligned with the From domain.

    Bad:
        version: 1
        receivers: [yahoo]
        domains:
          example.com:
            spf: absent
            dkim: {s1: {cname: s1.dkim.example.net}}
    Good:
        version: 1
        receivers: [yahoo]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    return RECEIVER.without_spf(domain)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058", "X-001"], needs=["dkim", RECEIVER.name])
def yahoo_dkim_missing(domain: Domain) -> Iterator[Finding]:
    """Mail is sent to Yahoo, and there is no DKIM key.

    Yahoo wants bulk mail to be authenticated by SPF and by DKIM. Keys should have 2048 bits: `dkim-rsa-key-short`.

    Bad:
        version: 1
        receivers: [yahoo]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: absent
    Good:
        version: 1
        receivers: [yahoo]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    return RECEIVER.without_dkim(domain)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058"], needs=["dmarc", RECEIVER.name])
def yahoo_dmarc_missing(domain: Domain, context: Context) -> Iterator[Finding]:
    """Mail is sent to Yahoo, and no DMARC record applies to it.

    Yahoo wants a DMARC policy for bulk mail, which must pass it. `policy: none` is enough; that reports are asked for, Yahoo recommends.

    Bad:
        version: 1
        receivers: [yahoo]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: absent
    Good:
        version: 1
        receivers: [yahoo]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    return RECEIVER.without_dmarc(domain, context)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058"])
def yahoo_record_not_published(observation: Observation, context: Context) -> Iterator[Finding]:
    """Mail is sent to Yahoo, and what the file leaves to others is not in DNS.

    A section that is missing in the file is published by somebody else, or by nobody: SPF and DMARC are looked up then. For DKIM nobody can, as
    selectors are known from signatures only; where it is sure that there is no key at all, `dkim-no-selector` tells it.

    Records of a domain do not show all that Yahoo demands: addresses that send must have a PTR record, mail must be written as RFC 5322 says,
    what is subscribed to must have a one-click unsubscribe (RFC 8058) that is honoured within two days, and the rate of complaints must stay
    under 0.3 %.

    Bad:
        version: 1
        receivers: [yahoo]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        receivers: [yahoo]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=quarantine"]}]}
    """
    return RECEIVER.unpublished(observation, context)
