"""The DMARC record as a whole."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import dmarc

_MOST = 450
"""Octets of text: with the name, the header and the rest of a DNS answer they stay below 512."""


@rule(ADVICE, "RFC 1035 section 4.2.1", covers=["DMARC-057"], needs=["long"])
def dmarc_record_long(section: dmarc.Dmarc) -> Iterator[Finding]:
    """The record does not fit in a DNS answer of 512 octets.

    Receivers whose resolvers get no more than that by UDP must ask again by TCP, which some networks do not let pass. A text of more than
    255 octets is no problem by itself: it is published in pieces, and receivers join them.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc:
              policy: reject
              aggregate_reports:
                - "mailto:dmarc-aggregate-reports-on-all-the-mail-of-all-our-brands@aggregate-reports.mail-security.example.com"
                - "mailto:copies-of-dmarc-aggregate-reports-for-the-long-time-archive@aggregate-reports.mail-security.example.com"
              failure_reports:
                - "mailto:dmarc-failure-reports-on-all-the-mail-of-all-our-brands@failure-reports.mail-security.example.com"
                - "mailto:copies-of-dmarc-failure-reports-for-the-long-time-archive@failure-reports.mail-security.example.com"
    Good:
        version: 1
        domains:
          example.com:
            dmarc:
              policy: reject
              aggregate_reports: ["mailto:dmarc@mail-security.example.com"]
              failure_reports: ["mailto:dmarc-failures@mail-security.example.com"]
    """
    length = len(dmarc.render(section.record).encode())
    if length > _MOST:
        longest = max(("aggregate_reports", "failure_reports"), key=lambda name: len("".join(getattr(section, name) or ())))
        yield Finding(f"the record has {length} octets, and an answer of 512 octets holds about {_MOST} of them", at=(longest,))
