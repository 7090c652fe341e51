"""A zone as its server tells it: a copy of all of it, or the answers for some names."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Final

import dns.name
import dns.rdataset
import dns.rdatatype
import dns.rdtypes.ANY.SOA

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import is_within, normalise
from emailauth.core.rdata import to_value
from emailauth.core.record import Key, RRset
from emailauth.core.zone import Zone
from emailauth.dns_hosts.rfc2136 import discovery, wildcards
from emailauth.dns_hosts.rfc2136.server import Server, TransferRefusedError
from emailauth.dns_hosts.rfc2136.wire import wire

SERVERS_OWN: Final = frozenset({"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "ZONEMD", "TYPE65534"})
"""What a server that signs makes by itself (RFC 4034, RFC 5155, RFC 7344, RFC 8976; the last is BIND's note of what it has signed).
It changes with the records and by nobody's hand, and is in no `Zone`."""

_ASKED: Final = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "TLSA", "TXT")
"""The types that are asked for where a zone is not copied."""


def copy(server: Server, name: str) -> Zone:
    """All of a zone. Raises `UsageError` where the server does not have it, and `CouldNotDoError`."""
    try:
        copied = server.transfer(name)
    except TransferRefusedError as e:
        if discovery.zones_of(server, [name])[name] != name:  # which says what is wrong, if it is not the transfer
            raise UsageError(f"{server.place} has no zone {name}, only one above it: correct dns_host rfc2136, zones") from e
        raise CouldNotDoError(
            f"{server.place} does not let {server.signer} transfer {name} ({e}): allow it there (BIND: allow-transfer; Knot: an acl with "
            "action transfer; PowerDNS: TSIG-ALLOW-AXFR), or say `read: query`, which sees no more than the names that the file names"
        ) from e
    sets = {_key(owner, rdataset): rdataset for owner, rdataset in copied.iterate_rdatasets()}
    return _zone(server, name, sets, complete=True)


def look_up(server: Server, name: str, names: Collection[str]) -> Zone:
    """The sets at some names of a zone, and at its apex. Raises as `copy` does."""
    keys = [(name, "SOA"), *((owner, record_type) for owner in sorted({name, *names}) for record_type in _ASKED)]
    sets = discovery.sets(server, keys)
    return _zone(server, name, wildcards.without_synthesised(server, name, sets), complete=False)


def refuse_redirected(zone: Zone, names: Collection[str]) -> None:
    """Raises `UsageError` for a name that the zone hands on: NS at or above it (RFC 1034 section 4.2), DNAME above it (RFC 6672)."""
    cuts = [key for key in zone.rrsets if key[1] in {"NS", "DNAME"} and key != (zone.name, "NS")]
    for name in names:
        for owner, record_type in cuts:
            if is_within(name, owner) and (record_type == "NS" or name != owner):
                raise UsageError(
                    f"{zone.place}: the {record_type} of {owner} hands {name} on, so that no record of it would be answered; "
                    "give the DNS host that has it"
                )


def _key(owner: dns.name.Name, rdataset: dns.rdataset.Rdataset) -> Key:
    return (normalise(owner.to_text()), dns.rdatatype.to_text(rdataset.rdtype))


def _zone(server: Server, name: str, sets: Mapping[Key, dns.rdataset.Rdataset], *, complete: bool) -> Zone:
    soa = sets.get((name, "SOA"))
    if soa is None:
        raise UsageError(f"{server.place} has no zone {name}: correct dns_host rfc2136, zones")
    rrsets = {key: _rrset(key, rdataset) for key, rdataset in sets.items() if key[1] not in SERVERS_OWN}
    serial = soa[0].serial if isinstance(soa[0], dns.rdtypes.ANY.SOA.SOA) else 0
    version = f"{serial}-{_digest(sets)}" if complete else f"{serial}"
    return Zone(name=name, rrsets=rrsets, version=version, place=f"zone {name} at {server.place}", complete=complete)


def _rrset(key: Key, rdataset: dns.rdataset.Rdataset) -> RRset:
    """`raw` are the records, in the order of their values: what stands in a prerequisite must be exact, strings of TXT included."""
    raw = tuple(rdataset)
    return RRset(name=key[0], type=key[1], ttl=rdataset.ttl, values=tuple(to_value(rdata) for rdata in raw), raw=raw)


def _digest(sets: Mapping[Key, dns.rdataset.Rdataset]) -> str:
    """Servers are free to keep the serial, if whoever changes their database tells them nothing."""
    told = repr([(key, rdataset.ttl, sorted(map(wire, rdataset))) for key, rdataset in sorted(sets.items()) if key[1] not in SERVERS_OWN])
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()
