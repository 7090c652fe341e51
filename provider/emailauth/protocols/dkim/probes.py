"""Selectors that are looked for where nobody says which there are: DNS cannot be asked for all names below `_domainkey`.

Each is the same for every customer of some provider, or what widespread software has as its default. What is found is there; what is not
found says nothing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PROBED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "google": "Google Workspace",
        "selector1": "Microsoft 365",
        "selector2": "Microsoft 365",
        "s1": "SendGrid, and many others",
        "s2": "SendGrid",
        "k1": "Mailchimp, Mailgun",
        "k2": "Mailchimp",
        "k3": "Mailchimp",
        "default": "cPanel, OpenDKIM",
        "dkim": "rspamd, Mailcow, iRedMail",
        "mail": "OpenDKIM, Mail-in-a-Box, Brevo",
        "fm1": "Fastmail",
        "protonmail": "Proton Mail",
    }
)
"""What uses it, by selector, in the order in which they are told."""


def owner(selector: str, domain: str) -> str:
    """Where verifiers look (RFC 6376 section 3.6.2.1)."""
    return f"{selector.lower()}._domainkey.{domain}"


def wildcard(domain: str) -> str:
    """The name at which a wildcard stands that would answer for every selector; where there is none, no selector has this name."""
    return f"*._domainkey.{domain}"
