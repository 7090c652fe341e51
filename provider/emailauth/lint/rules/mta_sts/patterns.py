"""The mx patterns by themselves."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols.mta_sts import MtaSts, Pattern


@rule(MUST, "RFC 8461 section 3.2", covers=["STS-019"], fixes=True)
def mta_sts_pattern_syntax(section: MtaSts) -> Iterator[Finding]:
    """An mx pattern that is no host name and no "*." with one.

    A pattern is a host name, or "*." and a host name; the "*" stands for exactly one label. Internationalised names are written
    as A-labels (xn--...), addresses are no patterns, and no dot stands at the end. Senders that find a line that they
    cannot read drop the whole policy, and with it the protection.

    Bad:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, max_age: 604800, mx: [mx1.example.com.]}
    Good:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, max_age: 604800, mx: [mx1.example.com]}
    """
    for i, text in enumerate(section.mx):
        pattern = Pattern(text)
        if Pattern(text.removesuffix(".")).is_valid and text.endswith("."):
            fix = Fix(description=f"write {text.removesuffix('.')!r}", at=("mx", i), value=text.removesuffix("."))
            yield Finding(f"{text!r} has a dot at its end, which no MX host in a policy has", at=("mx", i), fix=fix)
        elif not pattern.is_valid:
            yield Finding(f"{text!r} is no host name: {_reason(pattern)}", at=("mx", i))
        elif pattern.host.rpartition(".")[2].isdigit():
            yield Finding(f"{text!r} is an address: write the host name that stands in the MX record", at=("mx", i))


def _reason(pattern: Pattern) -> str:
    if not pattern.text.isascii():
        return "write internationalised labels as A-labels (xn--...)"
    if "*" in pattern.text:
        return "a wildcard is the whole first label, as in '*.example.net'"
    return "it consists of labels of letters, digits and hyphens"


@rule(ADVICE, "RFC 8461 section 4.1", covers=["STS-020"])
def mta_sts_pattern_too_wide(section: MtaSts) -> Iterator[Finding]:
    """A wildcard right below a top-level domain.

    "*.com" lets every host directly below com receive the mail, so whoever can change the answers of DNS
    leads the mail to a host with a good certificate of its own. That is what the policy is there to prevent.

    Bad:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, max_age: 604800, mx: ["*.com"]}
    Good:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, max_age: 604800, mx: ["*.example.com"]}
    """
    for i, text in enumerate(section.mx):
        pattern = Pattern(text)
        if pattern.is_valid and pattern.is_wildcard and "." not in pattern.host:
            yield Finding(f"{text!r} lets any host directly below .{pattern.host} receive the mail", at=("mx", i))
