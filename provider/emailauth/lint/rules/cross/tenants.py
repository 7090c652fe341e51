"""Names that a provider made for one domain, at another."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.names import InvalidName, is_within, labels, normalise
from emailauth.core.posture import Domain
from emailauth.lint.rule import ADVICE, Context, rule
from emailauth.protocols import dkim


@rule(ADVICE, "RFC 6376 section 3.6.2", covers=["X-009"], needs=["dkim"])
def dkim_cname_of_other_domain(domain: Domain, context: Context) -> Iterator[Finding]:
    """The CNAME of a selector leads to the key that a provider made for another domain of this file.

    Many providers put the customer's domain into the name that they give out, with dashes for its dots or as it is. At a domain with another
    one's name the key is mostly not the one that its mail is signed with, and signatures fail.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1-example-net.dkim.example.org}}
          example.net:
            dkim: {s1: {cname: s1-example-net.dkim.example.org}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1-example-com.dkim.example.org}}
          example.net:
            dkim: {s1: {cname: s1-example-net.dkim.example.org}}
    """
    section = domain.section(dkim.Dkim)
    for selector in section.selectors(domain) if section is not None else ():
        target = _target(selector)
        if target is None or _names(target, domain.name):
            continue
        others = [other.name for other in context.posture.domains if other.name != domain.name and _names(target, other.name)]
        if others:
            longest = max(others, key=len)
            yield Finding(f"{target} is by its name the key of {longest}, not of {domain.name}", at=(dkim.Dkim.KEY, *selector.route))


def _target(selector: dkim.Selector) -> str | None:
    if not isinstance(selector.says, dkim.DkimKey) or not isinstance(selector.says.cname, str):
        return None
    try:
        return normalise(selector.says.cname)
    except InvalidName:
        return None


def _names(target: str, domain: str) -> bool:
    """Whether a name elsewhere speaks of a domain: a label is, or ends in, the domain with dashes, or its labels stand within it."""
    if is_within(target, domain):
        return False
    dashed = domain.replace(".", "-")
    return f".{domain}." in f".{target}" or any(label == dashed or label.endswith(f"-{dashed}") for label in labels(target))
