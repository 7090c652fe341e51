"""Which resolvers to ask."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from emailauth.core.errors import CouldNotDoError, UsageError

DNS_PORT: Final = 53
_MAX_PORT: Final = 65535
_RESOLV_CONF: Final = "/etc/resolv.conf"


@dataclass(frozen=True, slots=True)
class Server:
    """A resolver."""

    address: str
    """IPv4 or IPv6, as text."""
    port: int = DNS_PORT

    def __str__(self) -> str:
        """As `--resolver` takes it."""
        if self.port == DNS_PORT:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def server(text: str) -> Server:
    """Reads ADDRESS or ADDRESS:PORT; an IPv6 address before a port stands in brackets. Raises `UsageError`."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if _is_address(bare):
        return Server(bare)
    address, _, port = text.rpartition(":")
    address = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    is_port = port.isascii() and port.isdigit() and 0 < int(port) <= _MAX_PORT
    if not is_port or not _is_address(address) or (":" in address and not text.startswith("[")):
        raise UsageError(f"{text!r} is no resolver: write an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353")
    return Server(address, int(port))


def system_servers(path: str = _RESOLV_CONF) -> tuple[Server, ...]:
    """The resolvers that this machine is set up to use. Raises `CouldNotDoError` where there is none."""
    import dns.resolver  # noqa: PLC0415 - not needed where resolvers are given

    try:
        found = dns.resolver.Resolver(path)
    except dns.resolver.NoResolverConfiguration as e:
        raise CouldNotDoError(f"{path} cannot be read, or names no resolver: name one with --resolver ADDRESS") from e
    servers = tuple(_servers(map(str, found.nameservers), found.port))
    if not servers:
        raise CouldNotDoError(f"{path} names no resolver: name one with --resolver ADDRESS")
    return servers


def _servers(addresses: Iterable[str], port: int) -> Iterable[Server]:
    return (Server(address, port) for address in addresses if _is_address(address))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
