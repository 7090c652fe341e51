"""Changes as update messages (RFC 2136): what is expected as prerequisites, then what goes, then what comes.

A server makes a message whole or not at all. A record that cannot be, because a CNAME would not be alone at its name, servers leave out without a
word (RFC 2136 section 3.4.2.2): so the prerequisites say that, too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import dns.name
import dns.rdata
import dns.rdatatype
import dns.update

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.core.names import is_within
from emailauth.core.rdata import to_rdata, to_value
from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.core.zone import Zone
from emailauth.dns_hosts.rfc2136.reading import SERVERS_OWN
from emailauth.dns_hosts.rfc2136.wire import wire

MESSAGE_OCTETS: Final = 65_535
"""The longest message over TCP (RFC 1035 section 4.2.2)."""
_FRAME: Final = 12 + (255 + 4) + (255 + 10 + 255 + 16 + 64 + 6)
"""Octets that a message needs at most beside its records: header, zone, and TSIG (RFC 8945 section 4.2) with an empty tail."""
_RECORD: Final = 10
"""Octets of a record beside its name and data (RFC 1035 section 4.1.3)."""
_OTHERS: Final = tuple(
    rdtype.name
    for rdtype in dns.rdatatype.RdataType
    if rdtype != dns.rdatatype.NONE and not dns.rdatatype.is_metatype(rdtype) and rdtype.name not in {"CNAME", *SERVERS_OWN}
)
"""All types that may stand in a CNAME's way. No prerequisite can say "nothing but this set" (RFC 2136 section 2.4), so each is ruled out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of a set, in records."""

    change: RRsetChange
    read: RRset | None
    """The set as it was read."""
    gone: tuple[dns.rdata.Rdata, ...]
    come: tuple[dns.rdata.Rdata, ...]
    retimed: bool
    """Whether the TTL of records that stay changes: the whole set is then made anew."""

    @property
    def added(self) -> tuple[dns.rdata.Rdata, ...]:
        """The records to be added, after what is to go has gone."""
        return self.all if self.retimed else self.come

    @property
    def all(self) -> tuple[dns.rdata.Rdata, ...]:
        """The records of the set afterwards."""
        return (*(rdata for rdata in records(self.read) if rdata not in self.gone), *self.come)

    def is_seen_in(self, zone: Zone) -> bool:
        """Whether a zone, read later, has what comes and no longer has what goes: others may have changed the rest."""
        now = zone.rrsets.get(self.change.key)
        right_ttl = now is None or not self.added or now.ttl == self.change.ttl
        come = all(to_value(new) in (now.values if now else ()) for new in self.come)
        return right_ttl and come and not any(old in records(now) for old in self.gone)

    def is_untouched_in(self, zone: Zone) -> bool:
        """Whether a zone, read later, has the set as it was."""
        now = zone.rrsets.get(self.change.key)
        if now is None or self.read is None:
            return now is self.read
        return now.ttl == self.read.ttl and sorted(now.values) == sorted(self.read.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one message does."""

    edits: tuple[Edit, ...]
    message: dns.update.UpdateMessage

    @property
    def keys(self) -> list[Key]:
        """The sets that it changes."""
        return [edit.change.key for edit in self.edits]

    def as_made(self, zone: Zone) -> Zone:
        """A zone, read later, with the sets as the message made them: what others have done to those since is for the next reading to find."""
        made = {edit.change.key: _rrset(edit) for edit in self.edits}
        others = {key: rrset for key, rrset in zone.rrsets.items() if key not in made}
        return replace(zone, rrsets={**others, **{key: rrset for key, rrset in made.items() if rrset.values}})


def records(rrset: RRset | None) -> tuple[dns.rdata.Rdata, ...]:
    """The records of a set that this host has read."""
    return cast("tuple[dns.rdata.Rdata, ...]", rrset.raw) if rrset else ()


def parts(zone: Zone, changes: Sequence[RRsetChange], *, octets: int = MESSAGE_OCTETS) -> list[Part]:
    """The messages, each of at most so many octets: one, nearly always. All changes of one name are in one message.

    Raises `ConflictError` where a change expects another set than was read, and `CouldNotDoError` where no update can make a change.
    """
    by_name: dict[str, list[Edit]] = {}
    for change in changes:
        by_name.setdefault(change.name, []).append(_edit(zone, change))
    return [_part(zone, edits) for edits in _packed(zone, list(by_name.values()), octets - _FRAME)]


def _packed(zone: Zone, groups: Sequence[list[Edit]], room: int) -> Iterator[list[list[Edit]]]:
    batch: list[list[Edit]] = []
    used = 0
    for edits in groups:
        size = _octets(_part(zone, [edits]).message)
        if size > room:
            raise CouldNotDoError(f"{zone.place}: the record sets of {edits[0].change.name} are too large to be changed by an update")
        if batch and used + size > room:
            yield batch
            batch, used = [], 0
        batch.append(edits)
        used += size
    if batch:
        yield batch


def _octets(message: dns.update.UpdateMessage) -> int:
    """How long the records are at most: names are compressed only where pointers reach (RFC 1035 section 4.1.4)."""
    sets = [*message.prerequisite, *message.update]
    return sum((len(rrset.name.to_wire() or b"") + _RECORD) * max(1, len(rrset)) + sum(len(wire(r)) for r in rrset) for rrset in sets)


def _rrset(edit: Edit) -> RRset:
    """The set afterwards, maybe empty."""
    name, record_type = edit.change.key
    return RRset(name=name, type=record_type, ttl=edit.change.ttl, values=tuple(map(to_value, edit.all)), raw=edit.all)


def _edit(zone: Zone, change: RRsetChange) -> Edit:
    read = zone.rrsets.get(change.key)
    expected, found = (sorted(rrset.values) if rrset else [] for rrset in (change.before, read))
    if expected != found:
        raise ConflictError(f"{zone.place}: {change.type} at {change.name} was expected to be {expected} and is {found}; run again")
    _refuse(zone, change)
    wanted = Counter(dict.fromkeys((to_value(to_rdata(change.type, value)) for value in change.after), 1))
    gone: list[dns.rdata.Rdata] = []
    for rdata in records(read):
        value = to_value(rdata)
        if wanted[value]:
            wanted[value] -= 1
        else:
            gone.append(rdata)
    come = tuple(to_rdata(change.type, value) for value in wanted.elements())
    retimed = read is not None and len(gone) < len(read.values) and change.ttl != read.ttl
    return Edit(change=change, read=read, gone=tuple(gone), come=come, retimed=retimed)


def _refuse(zone: Zone, change: RRsetChange) -> None:
    """Refuses what a server would refuse or leave out."""
    what = f"{zone.place}: {change.type} at {change.name}"
    if not is_within(change.name, zone.name):
        raise CouldNotDoError(f"{what} is not in the zone")
    if change.type == "SOA" or change.type in SERVERS_OWN:
        raise CouldNotDoError(f"{what} is the server's own and is not changed")
    if change.type == "CNAME" and len(change.after) > 1:
        raise CouldNotDoError(f"{what} would have {len(change.after)} values, and a CNAME stands alone")


def _part(zone: Zone, groups: Sequence[Sequence[Edit]]) -> Part:
    """Everything goes before anything comes, so that a CNAME finds its name free."""
    message = dns.update.UpdateMessage(dns.name.from_text(zone.name))
    edits = tuple(edit for group in groups for edit in group)
    for group in groups:
        _expect(message, zone, group)
    for group in groups:
        _remove(message, group)
    for edit in edits:
        if edit.added:
            message.add(_owner(edit), edit.change.ttl, *edit.added)
    return Part(edits=edits, message=message)


def _expect(message: dns.update.UpdateMessage, zone: Zone, group: Sequence[Edit]) -> None:
    """The sets of one name as they were read, values and all (RFC 2136 section 2.4.2), and nothing else in a CNAME's way."""
    owner, types = _owner(group[0]), {edit.change.type for edit in group}
    alias = _alias(group)
    if alias:
        _refuse_company(zone, group)
    if alias and not any(edit.read for edit in group):
        message.absent(owner)
        return
    for edit in group:
        if edit.read:
            message.present(owner, *records(edit.read))
        else:
            message.absent(owner, edit.change.type)
    others = _OTHERS if alias and not alias.read else ("CNAME",) if any(edit.come for edit in group) else ()
    for record_type in others:
        if record_type not in types:
            message.absent(owner, record_type)


def _refuse_company(zone: Zone, group: Sequence[Edit]) -> None:
    """What is known to stand beside a CNAME afterwards."""
    name = group[0].change.name
    untouched = zone.types_at(name) - {edit.change.type for edit in group}
    beside = ({edit.change.type for edit in group if edit.change.after} | untouched) - {"CNAME"}
    if beside:
        raise CouldNotDoError(f"{zone.place}: {name} would have a CNAME beside {', '.join(sorted(beside))}, and a CNAME stands alone")


def _remove(message: dns.update.UpdateMessage, group: Sequence[Edit]) -> None:
    """A CNAME that comes takes the place of another by itself (RFC 2136 section 3.4.2.2).

    Of other sets it takes the place only if all of the name goes: Knot DNS finds the signatures of what has gone in its way, unless they go too.
    """
    alias = _alias(group)
    if alias:
        if not alias.read and any(edit.read for edit in group):
            message.delete(_owner(alias))
        return
    for edit in group:
        if edit.read and (edit.retimed or len(edit.gone) == len(edit.read.values)):
            message.delete(_owner(edit), edit.change.type)
        elif edit.gone:
            message.delete(_owner(edit), *edit.gone)


def _alias(group: Sequence[Edit]) -> Edit | None:
    """The edit that gives the name a CNAME, or gives its CNAME another value or TTL."""
    return next((edit for edit in group if edit.change.type == "CNAME" and edit.added), None)


def _owner(edit: Edit) -> dns.name.Name:
    return dns.name.from_text(edit.change.name)
