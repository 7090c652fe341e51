"""The hosts that receive a domain's mail."""

import ipaddress
from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Fix
from emailauth.core.names import InvalidName, is_host, is_within, normalise
from emailauth.core.text import printable
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols.mx import MailHost, Mx

_NEVER_RESOLVE = ("invalid", "localhost", "local")
"""Top-level domains that have no names in public DNS (RFC 6761 sections 6.3 and 6.4, RFC 6762 section 3)."""


@rule(MUST, "RFC 5321 section 2.3.5", covers=["MX-003", "MX-005", "MX-007", "MX-008"], fixes=True)
def mx_host_name(section: Mx) -> Iterator[Finding]:
    """An MX host that is not a fully qualified host name.

    An MX record names a host: labels of letters, digits and inner hyphens, two at least. Most senders cannot deliver to an address, a
    name with an underscore or a URL. "No mail here" is `mx: null_mx`, which stands alone.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 0, host: "."}]
    Good:
        version: 1
        domains:
          example.com:
            mx: null_mx
    """
    for i, host in enumerate(section.hosts):
        if host.host == ".":
            fix = Fix(description="write null_mx", at=(), value="null_mx") if len(section.hosts) == 1 else None
            yield Finding(
                "'.' says that the domain receives no mail: that is mx: null_mx, and no other host beside it", at=(i, "host"), fix=fix
            )
        elif problem := _problem(host.host):
            yield Finding(problem, at=(i, "host"))


@rule(ADVICE, "RFC 1035 section 3.3.9", covers=["MX-011"], fixes=True)
def mx_host_twice(section: Mx) -> Iterator[Finding]:
    """An MX host that is listed twice.

    Two equal records are one in DNS. With two preferences, senders try the same host again and call it a second one.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}, {preference: 10, host: MX1.example.com}]
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
    """
    seen: dict[str, MailHost] = {}
    for i, host in enumerate(section.hosts):
        first = seen.setdefault(host.name, host)
        if first is host:
            continue
        fix = Fix(description=f'remove the second "{host.host}"', at=(i,), remove=True) if first.value == host.value else None
        yield Finding(f"{printable(host.name)} is listed before, with preference {first.preference}", at=(i,), fix=fix)


@rule(ADVICE, "RFC 6761 section 6.4", covers=["MX-014"])
def mx_host_never_resolves(host: MailHost) -> Iterator[Finding]:
    """An MX host under a top-level domain that public DNS does not have.

    Names under .invalid, .localhost and .local have no address, so nothing can be delivered to them. Microsoft 365 asks for such a record
    (`ms12345678.msv1.invalid`) to verify a domain; once that is done it should go.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}, {preference: 32767, host: ms12345678.msv1.invalid}]
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
    """
    if any(is_within(host.name, top) for top in _NEVER_RESOLVE) and _problem(host.host) is None:
        yield Finding(f"{host.name} has no address in public DNS, so no mail can be delivered to it")


def _problem(host: str) -> str | None:
    """Why a text is no host name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        pass
    else:
        return f"{host} is an address, and an MX record names a host: give it a name with an A or AAAA record"
    try:
        name = normalise(host)
    except InvalidName as e:
        return printable(str(e))
    return None if is_host(name) else f"{printable(repr(host))} is no fully qualified host name"
