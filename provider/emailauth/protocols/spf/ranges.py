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
"""How addresses begin that can be reserved, by the bits of an address: most do not, and of those `use_of` has nothing to say."""


def special_use(network: Network) -> str | None:
    """What a range is reserved for where all of it is reserved; None for ranges that are, at least in part, public."""
    return use_of(network.bits, network.first, network.last)


def use_of(bits: int, first: int, last: int) -> str | None:
    """The `special_use` of a range that is told by its addresses and how many bits these have."""
    if first >> bits - 8 not in FIRST_OCTETS[bits]:
        return None
    return next((use for start, end, use in _RANGES[bits] if start <= first and last <= end), None)
