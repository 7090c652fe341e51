"""What is certain about a few mail services and their SPF records, as of November 2026.

A name stands here only where the service itself says so, or where it follows from the way in which the service sends. The rules that use
this say what to check and break nothing where a service has changed since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailboxes:
    """A service that keeps mailboxes, and from which their owners send."""

    name: str
    receives: tuple[str, ...]
    """Ends of the names of its mail hosts."""
    sends: str
    """The record to include for what it sends."""
    apart: bool
    """Whether the hosts that receive send nothing, so that `mx` lets none of its mail pass."""


MAILBOXES: Final = (
    Mailboxes(
        name="Google",
        receives=("aspmx.l.google.com", "aspmx2.googlemail.com", "aspmx3.googlemail.com", "smtp.google.com"),
        sends="_spf.google.com",
        apart=True,
    ),
    Mailboxes(
        name="Microsoft 365",
        receives=(".mail.protection.outlook.com", ".mx.microsoft"),
        sends="spf.protection.outlook.com",
        apart=True,
    ),
    Mailboxes(name="Fastmail", receives=(".messagingengine.com",), sends="spf.messagingengine.com", apart=False),
    Mailboxes(name="Proton", receives=("mail.protonmail.ch", "mailsec.protonmail.ch"), sends="_spf.protonmail.ch", apart=False),
    Mailboxes(name="iCloud", receives=(".mail.icloud.com",), sends="icloud.com", apart=False),
)

PROXIES: Final[Mapping[str, tuple[tuple[int, int, int], ...]]] = MappingProxyType(
    {
        name: tuple((net.version, int(net[0]), int(net[-1])) for net in map(ip_network, ranges.split()))
        for name, ranges in {
            "Cloudflare": (
                "103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 104.16.0.0/13 104.24.0.0/14 108.162.192.0/18 131.0.72.0/22 141.101.64.0/18 "
                "162.158.0.0/15 172.64.0.0/13 173.245.48.0/20 188.114.96.0/20 190.93.240.0/20 197.234.240.0/22 198.41.128.0/17 "
                "2400:cb00::/32 2405:8100::/32 2405:b500::/32 2606:4700::/32 2803:f800::/32 2a06:98c0::/29 2c0f:f248::/32"
            ),
            "Fastly": "151.101.0.0/16 199.232.0.0/16 2a04:4e40::/32",
        }.items()
    }
)
"""Web proxies, from which no mail comes, with their ranges: version, first and last address."""


def mailboxes_at(hosts: tuple[str, ...]) -> Mailboxes | None:
    """The service that all of some mail hosts belong to; None where there is no such, or there are no hosts."""
    return next((one for one in MAILBOXES if hosts and all(_belongs(host, one.receives) for host in hosts)), None)


def _belongs(host: str, ends: tuple[str, ...]) -> bool:
    return any(host == end or host.endswith(end if end.startswith(".") else f".{end}") for end in ends)
