"""Address ranges from which no mail comes over the Internet (RFC 6890 and the IANA special-purpose address registries)."""

import ipaddress
from collections.abc import Mapping
from typing import Final

from emailauth.protocols.spf.terms import Ip4, Ip6, Network

_SPECIAL: Final = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space of carriers",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local use",
    "172.16.0.0/12": "private use",
    "192.168.0.0/16": "private use",
    "198.18.0.0/15": "benchmarking",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "future use",
    "::/128": "the unspecified address",
    "::1/128": "loopback",
    "::ffff:0:0/96": "IPv4-mapped addresses, which receivers compare with ip4 only",
    "fc00::/7": "unique local addresses",
    "fe80::/10": "link-local use",
    "ff00::/8": "multicast",
}
"""Documentation ranges are left out: they do no harm, and examples are full of them."""

_RANGES: Final[Mapping[int, tuple[tuple[int, int, str], ...]]] = {
    kind.bits: tuple(
        (int(net[0]), int(net[-1]), use) for text, use in _SPECIAL.items() if (net := ipaddress.ip_network(text)).version == version
    )
    for kind, version in ((Ip4, 4), (Ip6, 6))
}


FIRST_OCTETS: Final[Mapping[int, frozenset[int]]] = {
    bits: frozenset(octet for first, last, _ in ranges for octet in range(first >> bits - 8, (last >> bits - 8) + 1))
    for bits, ranges in _RANGES.items()
}
"""How addresses begin that can be reserved, by the bits of an address: most do not, and of those `special_use` has nothing to say."""


def special_use(network: Network) -> str | None:
    """What a range is reserved for where all of it is reserved; None for ranges that are, at least in part, public."""
    bits = network.bits
    if network.address >> bits - 8 not in FIRST_OCTETS[bits]:
        return None
    start, end = network.first, network.last
    return next((use for first, last, use in _RANGES[bits] if first <= start and end <= last), None)
