"""Gmail: what Google demands of those who send it mail in bulk.

They concern who sends 5,000 messages or more in a day to personal Gmail accounts, counted over a domain and all below it; who did so once
counts for good. The From domain must be aligned with that of SPF or of DKIM.
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
    name="gmail",
    title="Gmail",
    document="Google, Email sender guidelines",
    since=dt.date(2024, 2, 1),
    refusal="turns its bulk mail away (5.7.26 and its like)",
)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058", "X-001"], needs=["spf", RECEIVER.name])
def gmail_spf_missing(domain: Domain) -> Iterator[Finding]:
    """Mail is sent to Gmail, and there is no SPF record.

    Gmail turns away bulk mail whose SPF does not pass (5.7.27). The record belongs to the domain of MAIL FROM and must pass all hosts that send.

    Bad:
        version: 1
        receivers: [gmail]
        domains:
          example.com:
            spf: absent
            dkim: {s1: {cname: s1.dkim.example.net}}
    Good:
        version: 1
        receivers: [gmail]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    return RECEIVER.without_spf(domain)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058", "X-001"], needs=["dkim", RECEIVER.name])
def gmail_dkim_missing(domain: Domain) -> Iterator[Finding]:
    """Mail is sent to Gmail, and there is no DKIM key.

    Gmail turns away bulk mail without a valid signature (5.7.30). Keys must have 1024 bits, which `dkim-rsa-key-refused` sees to, and should have
    2048: `dkim-rsa-key-short`.

    Bad:
        version: 1
        receivers: [gmail]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: absent
    Good:
        version: 1
        receivers: [gmail]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    return RECEIVER.without_dkim(domain)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058"], needs=["dmarc", RECEIVER.name])
def gmail_dmarc_missing(domain: Domain, context: Context) -> Iterator[Finding]:
    """Mail is sent to Gmail, and no DMARC record applies to it.

    Gmail turns away bulk mail from domains without a DMARC policy (5.7.40). `policy: none` is enough for it, and it asks for reports to be read.

    Bad:
        version: 1
        receivers: [gmail]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: absent
    Good:
        version: 1
        receivers: [gmail]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    return RECEIVER.without_dmarc(domain, context)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058"])
def gmail_record_not_published(observation: Observation, context: Context) -> Iterator[Finding]:
    """Mail is sent to Gmail, and what the file leaves to others is not in DNS.

    A section that is missing in the file is published by somebody else, or by nobody: SPF and DMARC are looked up then. For DKIM nobody can, as
    selectors are known from signatures only; where it is sure that there is no key at all, `dkim-no-selector` tells it.

    Records of a domain do not show all that Google demands: addresses that send must have a PTR record whose name leads back to them, mail
    must come by TLS and be written as RFC 5322 says, what is subscribed to must have a one-click unsubscribe (RFC 8058), and the spam rate in
    Postmaster Tools must stay under 0.3 %.

    Bad:
        version: 1
        receivers: [gmail]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        receivers: [gmail]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=quarantine"]}]}
    """
    return RECEIVER.unpublished(observation, context)
