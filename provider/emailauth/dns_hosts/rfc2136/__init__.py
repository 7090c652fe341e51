"""Any name server that takes dynamic updates (RFC 2136): BIND, Knot DNS, PowerDNS and others.

Each change of a zone is one message that says which values it expects to find, and is made whole or not at all. A zone
is transferred to be read, or, where the server does not allow that, asked for name by name: then records at names that
nobody named (other selectors below `_domainkey`) cannot be seen, and are left where they are.

Verified 2026-11 with BIND 9.18, Knot DNS 3.2 and PowerDNS 4.7, zones unsigned and signed by them. The one limit is that of
a message over TCP (`updates.MESSAGE_OCTETS`).
"""

import ipaddress
import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from emailauth.core.errors import UsageError
from emailauth.core.names import InvalidName, is_within, longest_suffix, normalise
from emailauth.dns_hosts import DnsHost
from emailauth.dns_hosts.rfc2136.host import Rfc2136
from emailauth.dns_hosts.rfc2136.keys import Algorithm, KeySource
from emailauth.dns_hosts.rfc2136.server import Server

Text = Annotated[str, msgspec.Meta(min_length=1)]
ZoneName = Annotated[str, msgspec.Meta(description="The zone's name.", examples=["example.com"])]
ZoneNames = Annotated[list[ZoneName], msgspec.Meta(min_length=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name server that takes dynamic updates (RFC 2136), signed by a TSIG key. Only a server on this machine may be told no key."""

    server: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            description="The primary name server of the zones: a host name or an address. It is spoken to over TCP.",
            examples=["127.0.0.1", "ns1.example.com", "2001:db8::53"],
        ),
    ]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535, description="The server's port.", examples=[53])] = 53
    key_name: Annotated[
        Text | None,
        msgspec.Meta(description="The TSIG key's name. Default: the only one in the key file.", examples=["emailauth-key"]),
    ] = None
    key_algorithm: Annotated[
        Algorithm | None,
        msgspec.Meta(
            description="The TSIG key's algorithm (RFC 8945 section 6). Default: what the key file says, else hmac-sha256.",
            examples=["hmac-sha256"],
        ),
    ] = None
    key_env: Annotated[
        Text | None,
        msgspec.Meta(
            description="The environment variable that holds the key's secret, in base64. The secret never stands in this file.",
            examples=["EMAILAUTH_TSIG_SECRET"],
        ),
    ] = None
    key_file: Annotated[
        Text | None,
        msgspec.Meta(
            description="A file with the key as tsig-keygen writes it, or with only the secret in base64; relative to this file. "
            "Keep it out of git.",
            examples=["tsig.key", "/etc/bind/emailauth.key"],
        ),
    ] = None
    zones: Annotated[
        ZoneNames | None,
        msgspec.Meta(
            description="The zones; a name belongs to the one that encloses it most closely. Default: the server is asked which zone holds a name.",
            examples=[["example.com", "example.net"]],
        ),
    ] = None
    read: Annotated[
        Literal["axfr", "query"],
        msgspec.Meta(
            description="How zones are read: 'axfr' transfers them whole; 'query' asks for the names of this file only, for a server that allows "
            "no transfers. What stands at other names (DKIM keys that the file does not name) is then not seen, and not removed.",
            examples=["axfr"],
        ),
    ] = "axfr"
    timeout: Annotated[
        float,
        msgspec.Meta(gt=0, le=600, description="How long to wait for the server each time, in seconds.", examples=[10]),
    ] = 10.0


def open_host(
    settings: Settings, directory: Path, *, environment: Mapping[str, str] = os.environ, pause: Callable[[float], None] = time.sleep
) -> DnsHost:
    """The host of the settings. Raises `UsageError` where they cannot be understood; the key's secret is read when it is first needed."""
    source = _key_source(settings, directory)
    key = cache(lambda: source.load(environment) if source else None)
    server = Server(_server(settings.server), settings.port, settings.timeout, key)
    return Rfc2136(server, zones=frozenset(_zones(settings)), copies=settings.read == "axfr", pause=pause)


def settings_for(settings: Settings, domain: str) -> Settings:
    """Of the zones, only those that can hold names of a domain: the one that encloses it, and those below it. Raises as `open_host` does."""
    zones = _zones(settings)
    own = longest_suffix(domain, zones)
    if own is None:
        return settings
    return msgspec.structs.replace(settings, zones=[zone for zone in zones if zone == own or is_within(zone, domain)])


def _zones(settings: Settings) -> list[str]:
    zones: list[str] = []
    for zone in settings.zones or ():
        try:
            name = normalise(zone)
        except InvalidName as e:
            raise UsageError(f"dns_host rfc2136, zones: {e}") from e
        if name in zones:
            raise UsageError(f"dns_host rfc2136, zones: {name} is there twice; leave one")
        zones.append(name)
    return zones


def _server(text: str) -> str:
    """An address, or a host name."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        name = normalise(text)
    except InvalidName as e:
        raise UsageError(f"dns_host rfc2136, server: {e}") from e
    if not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-._"):
        raise UsageError(f"dns_host rfc2136, server: {text!r} is neither a host name nor an address; its port is said by `port`")
    return name


def _key_source(settings: Settings, directory: Path) -> KeySource | None:
    """None: no key. Anybody on the way could then make changes and forge answers (RFC 2136 section 8), so the server must be on this machine."""
    variable, file = settings.key_env, settings.key_file
    if variable and file:
        raise UsageError("dns_host rfc2136: key_env and key_file both say where the secret is; leave one")
    if variable and not settings.key_name:
        raise UsageError("dns_host rfc2136: key_env needs key_name: say the key's name")
    if not variable and not file:
        if settings.key_name or settings.key_algorithm:
            raise UsageError("dns_host rfc2136: say where the key's secret is, by key_env or key_file")
        if not _is_this_machine(settings.server):
            raise UsageError(
                f"dns_host rfc2136: {settings.server} needs a TSIG key (key_name with key_env, or key_file): only a server on this machine "
                "(127.0.0.1, ::1, localhost) may be told none"
            )
        return None
    path = directory / file if file else None
    return KeySource(name=settings.key_name, algorithm=settings.key_algorithm, variable=variable, path=path)


def _is_this_machine(server: str) -> bool:
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return server.rstrip(".").lower() == "localhost"
