"""Microsoft: what Microsoft demands of those who send its consumer services mail in bulk.

They concern who sends more than 5,000 messages in a day to outlook.com, hotmail.com and live.com. The From domain must be
aligned with that of SPF or of DKIM, better with both.
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
    name="microsoft",
    title="Microsoft",
    document="Microsoft, Outlook requirements for high-volume senders",
    since=dt.date(2025, 5, 5),
    refusal="refuses its bulk mail (550 5.7.515)",
)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058", "X-001"], needs=["spf", RECEIVER.name])
def microsoft_spf_missing(domain: Domain) -> Iterator[Finding]:
    """Mail is sent to Microsoft, and there is no SPF record.

    Outlook refuses bulk mail whose SPF does not pass. The record must name all hosts that send.

    Bad:
        version: 1
        receivers: [microsoft]
        domains:
          example.com:
            spf: absent
            dkim: {s1: {cname: s1.dkim.example.net}}
    Good:
        version: 1
        receivers: [microsoft]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    return RECEIVER.without_spf(domain)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058", "X-001"], needs=["dkim", RECEIVER.name])
def microsoft_dkim_missing(domain: Domain) -> Iterator[Finding]:
    """Mail is sent to Microsoft, and there is no DKIM key.

    Outlook refuses bulk mail without a valid DKIM signature.

    Bad:
        version: 1
        receivers: [microsoft]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: absent
    Good:
        version: 1
        receivers: [microsoft]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    return RECEIVER.without_dkim(domain)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058"], needs=["dmarc", RECEIVER.name])
def microsoft_dmarc_missing(domain: Domain, context: Context) -> Iterator[Finding]:
    """Mail is sent to Microsoft, and no DMARC record applies to it.

    Outlook refuses bulk mail from domains without a DMARC record. `policy: none` is enough, and `reject` is recommended.

    Bad:
        version: 1
        receivers: [microsoft]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: absent
    Good:
        version: 1
        receivers: [microsoft]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
            dkim: {s1: {cname: s1.dkim.example.net}}
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    return RECEIVER.without_dmarc(domain, context)


@rule(MUST, RECEIVER.clause, covers=["DMARC-058"])
def microsoft_record_not_published(observation: Observation, context: Context) -> Iterator[Finding]:
    """Mail is sent to Microsoft, and what the file leaves to others is not in DNS.

    A section that is missing in the file is published by somebody else, or by nobody: SPF and DMARC are looked up then. For DKIM nobody can, as
    selectors are known from signatures only; where it is sure that there is no key at all, `dkim-no-selector` tells it.

    Records of a domain do not show all that Microsoft recommends: From and Reply-To addresses that can be answered, a way to unsubscribe, and
    lists without addresses that bounce.

    Bad:
        version: 1
        receivers: [microsoft]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_dmarc.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        receivers: [microsoft]
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: softfail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=quarantine"]}]}
    """
    return RECEIVER.unpublished(observation, context)
