"""What a change of an RRset means for the records of a zone file: which go, which come, and where."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import dns.name
import dns.rdata
import dns.rdatatype

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.core.names import is_within, normalise
from emailauth.core.rdata import to_rdata, to_value
from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.dns_hosts.zonefile.reader import Placed, ZoneText


@dataclass(frozen=True, slots=True)
class New:
    """A record that comes."""

    owner: dns.name.Name
    rdata: dns.rdata.Rdata
    ttl: int


@dataclass(slots=True)
class Edits:
    """What to do with a zone's file. A record is named by where its entry starts."""

    removed: set[int] = field(default_factory=set)
    replaced: dict[int, New] = field(default_factory=dict)
    """Edited where they stand; the owner name stays as it is."""
    retimed: dict[int, int] = field(default_factory=dict)
    """Records that stay and get another TTL, in seconds."""
    inserted: dict[int, list[New]] = field(default_factory=dict)
    """Behind the record."""
    appended: list[New] = field(default_factory=list)
    """At the end of the file."""

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.removed or self.replaced or self.retimed or self.inserted or self.appended)


def rrset(key: Key, records: Sequence[Placed]) -> RRset:
    """The set of the records at a key. Differing TTLs, an error in the file, read as the least (RFC 2181 section 5.2)."""
    values = tuple(value for value, _ in _by_rdata(records))
    return RRset(name=key[0], type=key[1], ttl=min(record.ttl for record in records), values=values)


def _by_rdata(records: Sequence[Placed]) -> list[tuple[str, list[Placed]]]:
    """The values, each with its records: one value written twice is one record in DNS (RFC 2181 section 5)."""
    found: dict[dns.rdata.Rdata, list[Placed]] = {}
    for record in records:
        found.setdefault(record.rdata, []).append(record)
    return [(to_value(rdata), places) for rdata, places in found.items()]


def delegation(text: ZoneText, name: str) -> Placed | None:
    """The record that takes a name out of the zone: NS at or above it (RFC 1034 section 4.2), DNAME above it (RFC 6672)."""
    for record in text.records:
        cut = record.rdata.rdtype
        if cut not in {dns.rdatatype.NS, dns.rdatatype.DNAME} or record.owner == text.zone:
            continue
        owner = record.key[0]
        if is_within(name, owner) and (cut == dns.rdatatype.NS or name != owner):
            return record
    return None


def edits_for(text: ZoneText, changes: Sequence[RRsetChange]) -> Edits:
    """Plans the edits. Raises `ConflictError` where a set is not as its change expects it, `CouldNotDoError` as `_refuse` does."""
    sets, edits = text.sets, Edits()
    for change in changes:
        records = sets.get(change.key, [])
        _expect(text, change, records)
        _refuse(text, change)
        _plan(text, change, records, edits)
    return edits


def _expect(text: ZoneText, change: RRsetChange, records: Sequence[Placed]) -> None:
    expected = sorted(change.before.values) if change.before else []
    found = sorted(value for value, _ in _by_rdata(records))
    if expected != found:
        raise ConflictError(f"{text.path}: {change.type} at {change.name} was expected to be {expected} and is {found}; run again")


def _refuse(text: ZoneText, change: RRsetChange) -> None:
    """Refuses names that are not the zone's, and its SOA record."""
    if not is_within(change.name, normalise(text.zone.to_text())):
        raise CouldNotDoError(f"{text.path}: {change.name} is not in the zone {text.zone}")
    if change.type == "SOA":
        raise CouldNotDoError(f"{text.path}: the SOA record is not changed, but for its serial, which rises by itself")
    cut = delegation(text, change.name)
    if cut:
        raise CouldNotDoError(f"{cut.place}: {change.name} is delegated here, so that a record of this zone would not be answered")


def _plan(text: ZoneText, change: RRsetChange, records: Sequence[Placed], edits: Edits) -> None:
    """Pairs what goes with what comes. All values of a set have one TTL (RFC 2181 section 5.2), so another one is for those that stay too."""
    wanted = Counter(canonical(change))
    gone: list[list[Placed]] = []
    retimed: dict[int, int] = {}
    for value, places in _by_rdata(records):
        if not wanted[value]:
            gone.append(places)
            continue
        wanted[value] -= 1
        if change.before and change.ttl != change.before.ttl:
            retimed |= {place.entry.start: change.ttl for place in places}
    come = [to_rdata(change.type, value) for value in wanted.elements()]
    if not (gone or come or retimed):
        return
    _all_here(change, records)
    edits.retimed |= retimed
    new = [New(dns.name.from_text(change.name), rdata, change.ttl) for rdata in come]
    _place(text, [place.entry.start for places in gone for place in places[1:]], new, gone, edits)


def canonical(change: RRsetChange) -> list[str]:
    """The values that a set shall have, in the form in which they are read. Raises `CouldNotDoError`."""
    return [to_value(to_rdata(change.type, value)) for value in change.after]


def _all_here(change: RRsetChange, records: Sequence[Placed]) -> None:
    """A set that stands in several files, or is generated, is not ours to take apart."""
    for record in records:
        if not record.editable:
            raise CouldNotDoError(f"{record.place}: {change.type} at {change.name} stands here and is not edited; change it there by hand")


def _place(text: ZoneText, twice: list[int], new: list[New], gone: list[list[Placed]], edits: Edits) -> None:
    """The first records that come take the places of those that go; the others go behind the last of their owner."""
    free = [places[0].entry.start for places in gone]
    edits.replaced.update(zip(free, new, strict=False))
    edits.removed.update(twice, free[len(new) :])
    for record in new[len(free) :]:
        anchor = max((p.entry.start for p in text.records if p.editable and p.owner == record.owner), default=None)
        if anchor is None:
            edits.appended.append(record)
        else:
            edits.inserted.setdefault(anchor, []).append(record)
