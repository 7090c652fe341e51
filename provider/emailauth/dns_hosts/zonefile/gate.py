"""The last look before a zone file is replaced: the new text, read again, must say what was meant and nothing else."""

from collections.abc import Sequence

import dns.rdata
import dns.rdtypes.ANY.SOA

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import normalise
from emailauth.core.record import Key, RRsetChange
from emailauth.dns_hosts.zonefile.changes import canonical, rrset
from emailauth.dns_hosts.zonefile.reader import Placed, ZoneText, read_zone

_BESIDE_CNAME = {"CNAME", "RRSIG", "NSEC", "KEY"}
"""RFC 2181 section 10.1, RFC 4034 sections 3 and 4."""
_Facts = dict[Key, frozenset[tuple[bytes, int]]]
"""What a zone says: the wire form and the TTL of every record, by owner name and type."""


def soa_of(text: ZoneText) -> dns.rdtypes.ANY.SOA.SOA:
    """The zone's SOA. Raises `CouldNotDoError` where its serial cannot be edited."""
    (first, *others) = text.sets[_soa_key(text)]
    for record in (first, *others):
        if not record.editable:
            raise CouldNotDoError(f"{record.place}: the SOA record stands here, and its serial is not edited; move it to {text.path}")
    assert isinstance(first.rdata, dns.rdtypes.ANY.SOA.SOA)  # noqa: S101 - for mypy
    return first.rdata


def refuse_signed(text: ZoneText) -> None:
    """Raises `CouldNotDoError` for a file that holds signatures: they would not fit the changed records (RFC 4035 section 2.2)."""
    for record in text.records:
        if record.key[1] == "RRSIG":
            raise CouldNotDoError(f"{record.place}: this file is signed; name the unsigned file that it is made from")


def verify(old: ZoneText, data: bytes, changes: Sequence[RRsetChange], serial: int) -> None:
    """Raises `CouldNotDoError` where the new text says anything but the changes, or what a name server would refuse."""
    try:
        new = read_zone(normalise(old.zone.to_text()), old.path, data)
    except UsageError as e:
        raise _not_as_meant(old, f"it is no zone file: {e}") from e
    _refuse_cname_beside_other_data(new, {change.name for change in changes})
    expected, found = _facts(old), _facts(new)
    soa = _wire(soa_of(old).replace(serial=serial))
    expected[_soa_key(old)] = frozenset((soa, ttl) for _, ttl in expected[_soa_key(old)])
    for change in changes:
        _verify_set(old, new.sets.get(change.key, []), change, expected.pop(change.key, frozenset()))
        found.pop(change.key, None)
    different = {key for key in expected | found if expected.get(key) != found.get(key)}
    if different:
        raise _not_as_meant(old, f"it changes {sorted(different)}")


def _verify_set(old: ZoneText, records: Sequence[Placed], change: RRsetChange, before: frozenset[tuple[bytes, int]]) -> None:
    """The values are those of the change; a record has the TTL of the set, or is as it was where the TTL is no part of the change."""
    values = rrset(change.key, records).values if records else ()
    if sorted(values) != sorted(canonical(change)):
        raise _not_as_meant(old, f"{change.type} at {change.name} would be {list(values)}")
    may_stay = before if change.before and change.before.ttl == change.ttl else frozenset()
    if any((_wire(record.rdata), record.ttl) not in may_stay and record.ttl != change.ttl for record in records):
        raise _not_as_meant(old, f"the TTL of {change.type} at {change.name} would not be {change.ttl}")


def _soa_key(text: ZoneText) -> Key:
    return (normalise(text.zone.to_text()), "SOA")


def _not_as_meant(text: ZoneText, what: str) -> CouldNotDoError:
    return CouldNotDoError(f"{text.path}: the edited text would not read as planned ({what}); the file is as it was; please report this")


def _facts(text: ZoneText) -> _Facts:
    """Records out of the zone included, though name servers ignore them: they are somebody's."""
    found: dict[Key, set[tuple[bytes, int]]] = {}
    for record in text.records:
        found.setdefault(record.key, set()).add((_wire(record.rdata), record.ttl))
    return {key: frozenset(records) for key, records in found.items()}


def _wire(rdata: dns.rdata.Rdata) -> bytes:
    return rdata.to_wire() or b""  # None is for callers that give a buffer


def _refuse_cname_beside_other_data(text: ZoneText, names: set[str]) -> None:
    """A name server would refuse the zone (RFC 1034 section 3.6.2, RFC 2181 section 10.1)."""
    sets = text.sets
    for name in sorted(names):
        others = sorted({type_ for owner, type_ in sets if owner == name} - _BESIDE_CNAME)
        cnames = {record.rdata for record in sets.get((name, "CNAME"), [])}
        if len(cnames) > 1 or (cnames and others):
            beside = ", ".join(others) or "another"
            raise CouldNotDoError(f"{text.path}: {name} would have a CNAME beside {beside}, and a CNAME stands alone; nothing was changed")
