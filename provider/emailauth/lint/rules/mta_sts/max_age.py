"""How long senders keep the policy."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols.mta_sts import MAX_MAX_AGE, MtaSts

_WEEK: Final = 604800


@rule(MUST, "RFC 8461 section 3.2", covers=["STS-014"], fixes=True)
def mta_sts_max_age_too_long(section: MtaSts) -> Iterator[Finding]:
    """A max_age over a year.

    The greatest max_age is 31557600 seconds. Senders drop a policy with a greater one.

    Bad:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: enforce, max_age: 63115200, mx: [mx1.example.com]}
    Good:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: enforce, max_age: 31557600, mx: [mx1.example.com]}
    """
    if section.max_age > MAX_MAX_AGE:
        fix = Fix(description=f"write {MAX_MAX_AGE}", at=("max_age",), value=MAX_MAX_AGE)
        yield Finding(f"max_age is {section.max_age}, {MAX_MAX_AGE} is allowed: senders drop the policy", at=("max_age",), fix=fix)


@rule(ADVICE, "RFC 8461 section 3.2", covers=["STS-015", "STS-016"])
def mta_sts_max_age_short(section: MtaSts) -> Iterator[Finding]:
    """A max_age of less than a week in mode enforce, or of 0.

    Between the times that senders fetch it, a policy protects for max_age seconds: who can forge answers of DNS for so long
    makes senders forget it. The standard expects weeks or more. Some senders refuse a policy with max_age 0 altogether,
    so that they do not even learn of mode none.

    Bad:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: enforce, max_age: 3600, mx: [mx1.example.com]}
    Good:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: enforce, max_age: 1209600, mx: [mx1.example.com]}
    """
    if section.max_age == 0:
        yield Finding("some senders refuse a policy with max_age 0: write 86400 at least", at=("max_age",))
    elif section.mode == "enforce" and section.max_age < _WEEK:
        yield Finding(f"{section.max_age} seconds protect for less than a week: write 1209600 or more", at=("max_age",))
