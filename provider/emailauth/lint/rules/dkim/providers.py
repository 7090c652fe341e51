"""Keys that a provider keeps: the names to which CNAMEs lead."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.names import InvalidName, normalise
from emailauth.lint.rule import ADVICE, SHOULD, rule
from emailauth.protocols import dkim
from emailauth.protocols.dkim import providers


@rule(SHOULD, "RFC 6376 section 3.6.2", covers=["DKIM-029"], needs=["cname"])
def dkim_provider_name(selector: dkim.Selector) -> Iterator[Finding]:
    """The target of a CNAME is not what its provider hands out for this selector.

    Verifiers then find no key, or that of another selector, and signatures fail. Known are the names of Microsoft 365 (both the older
    form and that of May 2025), Amazon SES, Fastmail and Proton Mail. Copy the name from the provider's console.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              selector1: {cname: selector1-example-com._domainkey.example.onmicrosoft.com}
              selector2: {cname: selector2-example-com.example.onmicrosoft.com}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              selector1: {cname: selector1-example-com._domainkey.example.n-v1.dkim.mail.microsoft}
              selector2: {cname: selector2-example-com._domainkey.example.n-v1.dkim.mail.microsoft}
    """
    target = _target(selector)
    provider = providers.provider_of(target) if target else None
    if target and provider and providers.is_misshapen(provider, selector.name.lower(), target):
        yield Finding(
            f"{provider.name} has no key of selector {selector.name} at this name: its names look like {provider.shape}",
            at=selector.route,
        )


@rule(ADVICE, "documentation of the provider", covers=["DKIM-030"])
def dkim_provider_selector_missing(section: dkim.Dkim) -> Iterator[Finding]:
    """A provider needs more selectors than the file gives it.

    It signs with one of them and changes to another when it likes, to replace keys; Microsoft 365 does not sign at all before it finds
    both. From then on signatures fail that name a selector which is not there.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.domainkey.u123456.wl.sendgrid.net}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.domainkey.u123456.wl.sendgrid.net}
              s2: {cname: s2.domainkey.u123456.wl.sendgrid.net}
    """
    names = {target: name for name in section.keys if (target := _cname(section.keys[name]))}
    for target, (provider, count) in providers.incomplete(names).items():
        yield Finding(
            f"{provider.name} needs {provider.selectors} selectors, and the file has {count}: signatures fail when it signs with another",
            at=(names[target], "cname"),
        )


def _target(selector: dkim.Selector) -> str | None:
    return _cname(selector.says) if selector.record is None else None


def _cname(says: object) -> str | None:
    """The name of a CNAME, None where there is none, or none that can be."""
    try:
        return normalise(says.cname) if isinstance(says, dkim.DkimKey) and isinstance(says.cname, str) else None
    except InvalidName:
        return None
