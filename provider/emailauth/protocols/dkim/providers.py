"""Providers that keep the key of a selector behind a CNAME: what their names look like, and how many selectors each needs.

Facts of the providers' documentation, of 2026. Where a provider hands out the names, only what all of them have in common is written down.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider."""

    name: str
    zones: tuple[str, ...]
    """Below which names its keys are."""
    form: re.Pattern[str]
    """A name that it hands out, in lower case, with the group `selector`; what stands around that is the same for one account."""
    selectors: int
    """How many an account needs: the provider signs with one of them and changes to another when it likes."""
    is_own: bool = False
    """Whether every name has this form, and its `selector` is the selector itself."""
    shape: str = ""
    """The form for a person."""


PROVIDERS: Final = (
    Provider(
        name="Microsoft 365",
        zones=(".onmicrosoft.com", ".dkim.mail.microsoft"),
        # Domains that were added since May 2025 have the second form, whose letter nobody but Microsoft 365 can tell.
        form=re.compile(
            r"(?P<selector>selector[12])-[a-z0-9-]+\._domainkey\.[a-z0-9-]+\.(?:onmicrosoft\.com|[a-z]-v1\.dkim\.mail\.microsoft)"
        ),
        selectors=2,
        is_own=True,
        shape="SELECTOR-DOMAIN._domainkey.TENANT.onmicrosoft.com or SELECTOR-DOMAIN._domainkey.TENANT.X-v1.dkim.mail.microsoft",
    ),
    Provider(
        name="Amazon SES",
        zones=(".amazonses.com",),
        form=re.compile(r"(?P<selector>[a-z0-9]+)\.(?:[a-z0-9-]+\.)*amazonses\.com"),
        selectors=3,
        is_own=True,
        shape="SELECTOR.dkim.amazonses.com",
    ),
    Provider(
        name="Fastmail",
        zones=(".dkim.fmhosted.com",),
        form=re.compile(r"(?P<selector>fm[1-3])\..+\.dkim\.fmhosted\.com"),
        selectors=3,
        is_own=True,
        shape="SELECTOR.DOMAIN.dkim.fmhosted.com",
    ),
    Provider(
        name="Proton Mail",
        zones=(".domains.proton.ch",),
        form=re.compile(r"(?P<selector>protonmail[23]?)\.domainkey\.[a-z0-9]+\.domains\.proton\.ch"),
        selectors=3,
        is_own=True,
        shape="SELECTOR.domainkey.ACCOUNT.domains.proton.ch",
    ),
    Provider(
        name="SendGrid",
        zones=(".sendgrid.net",),
        form=re.compile(r"(?P<selector>[a-z0-9-]+)\.domainkey\.u\d+\..+\.sendgrid\.net"),
        selectors=2,
    ),
    # Accounts of before 2022 have one key, dkim.mcsv.net, which has not this form.
    Provider(name="Mailchimp", zones=(".mcsv.net",), form=re.compile(r"dkim(?P<selector>[23])\.mcsv\.net"), selectors=2),
    Provider(
        name="Mailchimp Transactional",
        zones=(".mandrillapp.com",),
        form=re.compile(r"dkim(?P<selector>[12])\.mandrillapp\.com"),
        selectors=2,
    ),
    Provider(
        name="Mailgun",
        zones=(".mailgun.com", ".mailgun.org"),
        form=re.compile(r"(?P<selector>pdk[12])\._domainkey\.[a-z0-9]+\..+"),
        selectors=2,
    ),
    Provider(name="Brevo", zones=(".dkim.brevo.com",), form=re.compile(r"b(?P<selector>[12])\.[a-z0-9-]+\.dkim\.brevo\.com"), selectors=2),
    Provider(
        name="HubSpot",
        zones=(".dkim.hubspotemail.net",),
        form=re.compile(r"[a-z0-9-]+\.hs\d+(?P<selector>[ab])\.dkim\.hubspotemail\.net"),
        selectors=2,
    ),
)


def provider_of(target: str) -> Provider | None:
    """The provider below whose names the target of a CNAME is; in lower case, without a dot at the end."""
    return next((provider for provider in PROVIDERS if target.endswith(provider.zones)), None)


def is_misshapen(provider: Provider, selector: str, target: str) -> bool:
    """Whether no key of a selector, in lower case, can be at a target of the provider."""
    found = provider.form.fullmatch(target)
    return provider.is_own and (found is None or found["selector"] != selector)


def incomplete(targets: Iterable[str]) -> Mapping[str, tuple[Provider, int]]:
    """Of the targets of one domain, the first of each account that has fewer selectors than it needs, with the number that it has."""
    accounts: dict[tuple[str, str], dict[str, str]] = {}
    unclear: set[str] = set()
    for target in targets:
        if (provider := provider_of(target)) is None:
            continue
        if (found := provider.form.fullmatch(target)) is not None:
            start, end = found.span("selector")
            accounts.setdefault((provider.name, target[:start] + target[end:]), {}).setdefault(found["selector"], target)
        elif provider.is_own:  # which is told by itself
            unclear.add(provider.name)
    by_name = {provider.name: provider for provider in PROVIDERS}
    found_few = ((next(iter(uses.values())), by_name[name], len(uses)) for (name, _), uses in accounts.items() if name not in unclear)
    return MappingProxyType({target: (provider, count) for target, provider, count in found_few if count < provider.selectors})
