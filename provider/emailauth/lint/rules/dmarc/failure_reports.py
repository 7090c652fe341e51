"""When DMARC failure reports are asked for."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols import dmarc


@rule(MUST, "RFC 9989 section 4.8", covers=["DMARC-029"], needs=["several failure_options"], fixes=True)
def dmarc_failure_options_contradict(section: dmarc.Dmarc) -> Iterator[Finding]:
    """The failure options hold both 0 and 1, or an option twice.

    0 asks for a report if every check failed, 1 if any did: only one of them can be meant. d and s can stand beside
    either. Receivers fall back to 0 when they cannot understand the list.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, failure_reports: ["mailto:dmarc@example.com"], failure_options: ["1", "d", "d"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, failure_reports: ["mailto:dmarc@example.com"], failure_options: ["1", "d"]}
    """
    options = section.options
    for number, option in enumerate(options):
        at = ("failure_options", number)
        if option in options[:number]:
            yield Finding(f"{option} is there twice", at=at, fix=Fix(description="remove the second one", at=at, remove=True))
        elif option in {"0", "1"} and {"0", "1"} <= set(options[: number + 1]):
            yield Finding("0 and 1 exclude each other: 0 is for when all checks fail, 1 for when any does", at=at)


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-030"], needs=["unused failure_options"])
def dmarc_failure_options_unused(section: dmarc.Dmarc) -> Iterator[Finding]:
    """There are failure options, and no address for failure reports.

    Receivers ignore `fo` where there is no `ruf`.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, failure_options: ["1"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, failure_reports: ["mailto:dmarc@example.com"], failure_options: ["1"]}
    """
    if section.failure_options and not section.failure_reports:
        yield Finding("ignored as long as there are no failure_reports", at=("failure_options",))
