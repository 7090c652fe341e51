"""What a server does with an update message, as RFC 2136 section 3 has it, over sets in memory."""

from collections.abc import Mapping

import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.update

from emailauth.core.rdata import to_rdata, to_value
from emailauth.core.record import Key, RRset
from emailauth.core.zone import Zone

State = dict[Key, tuple[int, frozenset[dns.rdata.Rdata]]]
"""TTL and records by owner name and type."""
Sets = Mapping[Key, tuple[int, tuple[str, ...]]]


class RefusedError(Exception):
    """A prerequisite does not hold; `str()` is the code."""


def state(sets: Sets) -> State:
    return {key: (ttl, frozenset(to_rdata(key[1], value) for value in values)) for key, (ttl, values) in sets.items()}


def zone(sets: Sets) -> Zone:
    """As it would be read."""
    rrsets = {}
    for key, (ttl, values) in sets.items():
        raw = tuple(to_rdata(key[1], value) for value in values)
        rrsets[key] = RRset(name=key[0], type=key[1], ttl=ttl, values=tuple(map(to_value, raw)), raw=raw)
    return Zone(name="example.com", rrsets=rrsets, version="1", place="zone example.com at 192.0.2.53:53")


def sent(message: dns.update.UpdateMessage) -> dns.update.UpdateMessage:
    """As it arrives."""
    arrived = dns.message.from_wire(message.to_wire())
    assert isinstance(arrived, dns.update.UpdateMessage)
    return arrived


def made(message: dns.update.UpdateMessage, before: State) -> State:
    """The sets afterwards."""
    after = dict(before)
    _expect(message, before)
    for rrset in message.update:
        key = (rrset.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(rrset.rdtype))
        if rrset.deleting == dns.rdataclass.ANY and key[1] == "ANY":
            after = {k: one for k, one in after.items() if k[0] != key[0]}
        elif rrset.deleting == dns.rdataclass.ANY:
            after.pop(key, None)
        elif rrset.deleting == dns.rdataclass.NONE:
            _delete(after, key, rrset[0])
        else:
            _add(after, key, rrset.ttl, rrset[0])
    return after


def _expect(message: dns.update.UpdateMessage, there: State) -> None:
    """RFC 2136 section 3.2.5."""
    whole: dict[Key, set[dns.rdata.Rdata]] = {}
    for rrset in message.prerequisite:
        name, record_type = rrset.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(rrset.rdtype)
        if rrset.deleting == dns.rdataclass.NONE and record_type == "ANY":
            if any(key[0] == name for key in there):
                raise RefusedError("YXDOMAIN")
        elif rrset.deleting == dns.rdataclass.NONE:
            if (name, record_type) in there:
                raise RefusedError("YXRRSET")
        else:
            assert rrset.deleting is None
            assert rrset.ttl == 0
            whole.setdefault((name, record_type), set()).update(rrset)
    for key, records in whole.items():
        if there.get(key, (0, frozenset()))[1] != records:
            raise RefusedError("NXRRSET")


def _delete(there: State, key: Key, record: dns.rdata.Rdata) -> None:
    ttl, records = there.get(key, (0, frozenset()))
    there.pop(key, None)
    if records - {record}:
        there[key] = (ttl, records - {record})


def _add(there: State, key: Key, ttl: int, record: dns.rdata.Rdata) -> None:
    """A CNAME beside other records is left out without a word; one over another takes its place (section 3.4.2.2)."""
    others = {record_type for name, record_type in there if name == key[0]} - {key[1]}
    if others and (key[1] == "CNAME" or "CNAME" in others):
        return
    records = frozenset[dns.rdata.Rdata]() if key[1] == "CNAME" else there.get(key, (0, frozenset[dns.rdata.Rdata]()))[1]
    there[key] = (ttl, records | {record})
