"""The messages that changes become."""

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.update
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.core.rdata import to_rdata, to_value
from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.core.zone import Zone
from emailauth.dns_hosts.rfc2136 import updates
from tests.dns_hosts.rfc2136.model import RefusedError, Sets, made, sent, state, zone

NAME = "a.example.com"
TXT, CNAME, MX = (NAME, "TXT"), (NAME, "CNAME"), (NAME, "MX")


def changes(before: Sets, after: Sets) -> list[RRsetChange]:
    """What takes one to the other."""
    there = zone(before).rrsets
    found = []
    for key in sorted({*before, *after}):
        ttl, values = after.get(key, (before[key][0] if key in before else 0, ()))
        if key not in before or (ttl, set(values)) != (before[key][0], set(before[key][1])):
            found.append(RRsetChange(name=key[0], type=key[1], before=there.get(key), after=values, ttl=ttl))
    return found


def messages(before: Sets, after: Sets) -> list[dns.update.UpdateMessage]:
    return [sent(part.message) for part in updates.parts(zone(before), changes(before, after))]


def told(message: dns.update.UpdateMessage) -> tuple[list[str], list[str]]:
    """Prerequisites and updates in words; ruling out all other types is one word."""
    expected, done = [], []
    for rrset in message.prerequisite:
        record_type = dns.rdatatype.to_text(rrset.rdtype)
        expected.append(f"no {record_type}" if rrset.deleting == dns.rdataclass.NONE else f"{record_type} {rrset[0]}")
    for rrset in message.update:
        record_type = dns.rdatatype.to_text(rrset.rdtype)
        data = f" {rrset[0]}" if rrset.deleting != dns.rdataclass.ANY else ""
        done.append(f"delete {record_type}{data}" if rrset.deleting else f"add {rrset.ttl} {record_type}{data}")
    if "no HINFO" in expected:
        expected = [*(word for word in expected if not word.startswith("no ")), "nothing else"]
    return expected, done


@pytest.mark.parametrize(
    ("before", "after", "expected", "done"),
    [
        pytest.param({}, {TXT: (300, ("x",))}, ["no TXT", "no CNAME"], ['add 300 TXT "x"'], id="a set comes"),
        pytest.param({TXT: (300, ("x", "y"))}, {}, ['TXT "x"', 'TXT "y"'], ["delete TXT"], id="a set goes"),
        pytest.param(
            {TXT: (300, ("x", "y"))},
            {TXT: (300, ("x", "z"))},
            ['TXT "x"', 'TXT "y"', "no CNAME"],
            ['delete TXT "y"', 'add 300 TXT "z"'],
            id="one value becomes another",
        ),
        pytest.param(
            {TXT: (300, ("x", "y"))},
            {TXT: (60, ("x", "z"))},
            ['TXT "x"', 'TXT "y"', "no CNAME"],
            ["delete TXT", 'add 60 TXT "x"', 'add 60 TXT "z"'],
            id="the TTL changes as well",
        ),
        pytest.param({TXT: (300, ("x",))}, {TXT: (60, ("x",))}, ['TXT "x"'], ["delete TXT", 'add 60 TXT "x"'], id="only the TTL changes"),
        pytest.param({TXT: (300, ("x", "y"))}, {TXT: (300, ("y",))}, ['TXT "x"', 'TXT "y"'], ['delete TXT "x"'], id="one value goes"),
        pytest.param({}, {CNAME: (60, ("k.",))}, ["no ANY"], ["add 60 CNAME k."], id="a CNAME comes"),
        pytest.param({CNAME: (60, ("k.",))}, {}, ["CNAME k."], ["delete CNAME"], id="a CNAME goes"),
        pytest.param({CNAME: (60, ("k.",))}, {CNAME: (60, ("l.",))}, ["CNAME k."], ["add 60 CNAME l."], id="a CNAME becomes another"),
        pytest.param({CNAME: (60, ("k.",))}, {CNAME: (9, ("k.",))}, ["CNAME k."], ["add 9 CNAME k."], id="the TTL of a CNAME changes"),
        pytest.param(
            {TXT: (300, ("x",)), MX: (300, ("0 .",))},
            {CNAME: (60, ("k.",))},
            ["MX 0 .", 'TXT "x"', "nothing else"],
            ["delete ANY", "add 60 CNAME k."],
            id="others become a CNAME",
        ),
        pytest.param(
            {CNAME: (60, ("k.",))},
            {TXT: (300, ("x",)), MX: (300, ("0 .",))},
            ["CNAME k.", "no MX", "no TXT"],
            ["delete CNAME", "add 300 MX 0 .", 'add 300 TXT "x"'],
            id="a CNAME becomes others",
        ),
    ],
)
def test_what_a_change_is_as_a_message(before: Sets, after: Sets, expected: list[str], done: list[str]) -> None:
    (message,) = messages(before, after)
    assert told(message) == (expected, done)


def test_where_a_cname_takes_the_place_of_others_every_type_there_is_ruled_out() -> None:
    (message,) = messages({TXT: (300, ("x",))}, {CNAME: (60, ("k.",))})
    ruled_out = {dns.rdatatype.to_text(rrset.rdtype) for rrset in message.prerequisite if rrset.deleting == dns.rdataclass.NONE}
    assert {"A", "AAAA", "CAA", "CNAME", "DNAME", "DS", "HINFO", "HTTPS", "KEY", "MX", "NS", "PTR", "SRV", "TLSA", "URI"} <= ruled_out
    assert not {"TXT", "RRSIG", "NSEC", "ANY", "AXFR", "TSIG", "OPT"} & ruled_out


def test_a_value_that_stays_keeps_its_strings() -> None:
    odd = (dns.rdata.from_text("IN", "TXT", '"ab" "" "c"'), dns.rdata.from_text("IN", "TXT", '"x"'))
    read = RRset(name=NAME, type="TXT", ttl=300, values=("abc", "x"), raw=odd)
    there = Zone(name="example.com", rrsets={TXT: read}, version="1", place="somewhere")
    for ttl, done in ((300, ['delete TXT "x"', 'add 300 TXT "y"']), (60, ["delete TXT", 'add 60 TXT "ab" "" "c"', 'add 60 TXT "y"'])):
        (part,) = updates.parts(there, [RRsetChange(name=NAME, type="TXT", before=read, after=("abc", "y"), ttl=ttl)])
        assert told(sent(part.message)) == (['TXT "ab" "" "c"', 'TXT "x"', "no CNAME"], done)


def test_one_value_that_stands_there_twice_in_other_strings_is_left_once() -> None:
    records = tuple(dns.rdata.from_text("IN", "TXT", text) for text in ('"ab" "c"', '"abc"'))
    read = RRset(name=NAME, type="TXT", ttl=300, values=("abc", "abc"), raw=records)
    there = Zone(name="example.com", rrsets={TXT: read}, version="1", place="somewhere")
    (part,) = updates.parts(there, [RRsetChange(name=NAME, type="TXT", before=read, after=("abc",), ttl=300)])
    assert told(sent(part.message)) == (['TXT "ab" "c"', 'TXT "abc"'], ['delete TXT "abc"'])


def test_a_change_that_changes_nothing_only_expects() -> None:
    there = zone({TXT: (300, ("x",))})
    (part,) = updates.parts(there, [RRsetChange(name=NAME, type="TXT", before=there.rrsets[TXT], after=("x",), ttl=300)])
    assert told(sent(part.message)) == (['TXT "x"'], [])


def change(key: Key, after: tuple[str, ...], before: RRset | None = None) -> RRsetChange:
    return RRsetChange(name=key[0], type=key[1], before=before, after=after, ttl=300)


@pytest.mark.parametrize(
    ("there", "wanted", "message"),
    [
        ({}, [change(("a.example.net", "TXT"), ("x",))], "TXT at a.example.net is not in the zone"),
        ({}, [change(("badexample.com", "TXT"), ("x",))], "TXT at badexample.com is not in the zone"),
        ({}, [change(("example.com", "SOA"), (". . 1 2 3 4 5",))], "SOA at example.com is the server's own and is not changed"),
        ({}, [change((NAME, "RRSIG"), ("x",))], "RRSIG at a.example.com is the server's own and is not changed"),
        ({}, [change(CNAME, ("k.", "l."))], "CNAME at a.example.com would have 2 values, and a CNAME stands alone"),
        ({}, [change(CNAME, ("k.",)), change(TXT, ("x",))], "a.example.com would have a CNAME beside TXT, and a CNAME stands alone"),
        ({MX: (60, ("0 .",))}, [change(CNAME, ("k.",))], "a.example.com would have a CNAME beside MX, and a CNAME stands alone"),
        ({}, [change(MX, ("ten mx.",))], "'ten mx.' cannot be a MX record"),
        ({}, [change((NAME, "NOTYPE"), ("x",))], "'x' cannot be a NOTYPE record"),
        ({}, [change(TXT, ("x" * 65_000,))], f"'{'x' * 59}... cannot be a TXT record: it has 65000 octets, more than can be answered"),
        ({}, [change(TXT, ("x" * 40_000, "y" * 40_000))], "the record sets of a.example.com are too large to be changed by an update"),
    ],
)
def test_what_no_update_can_do_is_refused_before_it_is_sent(there: Sets, wanted: list[RRsetChange], message: str) -> None:
    with pytest.raises(CouldNotDoError) as raised:
        updates.parts(zone(there), wanted)
    assert message in str(raised.value)
    assert not isinstance(raised.value, ConflictError)


def test_a_set_that_stays_beside_a_cname_is_never_taken_with_the_rest() -> None:
    there = zone({TXT: (300, ("x",))})
    with pytest.raises(CouldNotDoError, match="CNAME beside TXT"):
        updates.parts(there, [change(TXT, ("x",), there.rrsets[TXT]), change(CNAME, ("k.",))])


@pytest.mark.parametrize("expected", [None, ("x",), ("x", "y", "z"), ("X", "y")])
def test_a_change_that_expects_what_was_not_read_is_a_conflict(expected: tuple[str, ...] | None) -> None:
    before = RRset(name=NAME, type="TXT", ttl=300, values=expected) if expected else None
    with pytest.raises(ConflictError, match=r"TXT at a.example.com was expected to be .* and is \['x', 'y'\]; run again"):
        updates.parts(zone({TXT: (300, ("y", "x"))}), [change(TXT, ("z",), before)])


@pytest.mark.parametrize("order", [("y", "x"), ("x", "y")])
def test_the_order_of_values_means_nothing(order: tuple[str, ...]) -> None:
    before = RRset(name=NAME, type="TXT", ttl=300, values=order)
    (part,) = updates.parts(zone({TXT: (300, ("y", "x"))}), [change(TXT, ("y", "x"), before)])
    assert part.message.update == []


def test_changes_that_are_too_much_for_one_message_are_split_between_names() -> None:
    keys = [(f"n{i}.example.com", record_type) for i in range(40) for record_type in ("TXT", "TLSA")]
    after = {key: (300, ("x" * 5000,) if key[1] == "TXT" else (f"3 1 1 {'ab' * 32}",)) for key in keys}
    parts = updates.parts(zone({}), changes({}, after))
    wires = [len(part.message.to_wire()) for part in parts]
    assert len(parts) == 4
    assert max(wires) <= 65_535 - 300  # which leaves room for the signature
    names = [{key[0] for key in part.keys} for part in parts]
    assert sum(map(len, names)) == 40
    assert sorted(key for part in parts for key in part.keys) == sorted(keys)


def test_no_changes_need_no_message() -> None:
    assert updates.parts(zone({}), []) == []


# What must hold for all changes, with a server as RFC 2136 describes it.

VALUES = {"TXT": ("v=spf1 -all", "foreign", "\udcff"), "MX": ("10 mx1.", "20 mx2."), "CNAME": ("k.", "l.")}


@st.composite
def sets(draw: st.DrawFn) -> Sets:
    """What may stand in a zone: no CNAME beside another set."""
    found: dict[Key, tuple[int, tuple[str, ...]]] = {}
    for name in ("a.example.com", "b.example.com"):
        for record_type in draw(st.sampled_from([(), ("CNAME",), ("TXT",), ("MX",), ("TXT", "MX")])):
            size = 1 if record_type == "CNAME" else 3
            values = draw(st.lists(st.sampled_from(VALUES[record_type]), min_size=1, max_size=size, unique=True))
            found[name, record_type] = (draw(st.sampled_from([60, 300])), tuple(values))
    return found


@settings(max_examples=60, deadline=None)
@given(before=sets(), after=sets())
def test_a_message_takes_any_sets_to_any_others(before: Sets, after: Sets) -> None:
    now = state(before)
    for message in messages(before, after):
        now = made(message, now)
    assert now == state(after)


@settings(max_examples=60, deadline=None)
@given(before=sets(), after=sets(), there=sets())
def test_a_message_does_nothing_where_a_set_that_it_changes_is_another(before: Sets, after: Sets, there: Sets) -> None:
    wanted = changes(before, after)
    read, now = state(before), state(there)
    assume(any(read.get(change.key, (0, None))[1] != now.get(change.key, (0, None))[1] for change in wanted))
    (message,) = messages(before, after)
    with pytest.raises(RefusedError):
        made(message, now)


@settings(max_examples=60, deadline=None)
@given(before=sets(), after=sets(), there=sets())
def test_a_message_that_is_accepted_leaves_no_set_out(before: Sets, after: Sets, there: Sets) -> None:
    """Whatever others have put elsewhere, at the same names too: it is refused, or all is as asked and all of theirs is left."""
    wanted = {change.key for change in changes(before, after)}
    assume(wanted)
    (message,) = messages(before, after)
    now = state(there)
    try:
        result = made(message, now)
    except RefusedError:
        return
    asked, theirs = state(after), {key: one for key, one in now.items() if key not in wanted}
    assert {key: one[1] for key, one in result.items() if key in wanted} == {key: asked[key][1] for key in wanted if key in asked}
    assert {key: one for key, one in result.items() if key not in wanted} == theirs


@given(st.binary(max_size=600))
def test_every_octet_of_a_text_survives(octets: bytes) -> None:
    value = octets.decode("utf-8", "surrogateescape")
    record = to_rdata("TXT", value)
    wire = record.to_wire() or b""
    assert to_value(dns.rdata.from_wire(record.rdclass, record.rdtype, wire, 0, len(wire))) == value


@pytest.mark.parametrize(
    ("record_type", "value", "canonical"),
    [
        ("MX", "10 MX1.Example.COM.", "10 mx1.example.com."),
        ("CNAME", "K.example.net.", "k.example.net."),
        ("CAA", '0 issue "CA.example.net"', '0 issue "CA.example.net"'),
        ("TLSA", "3 1 1 " + "AB" * 32, "3 1 1 " + "ab" * 32),
        ("AAAA", "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_values_have_one_form(record_type: str, value: str, canonical: str) -> None:
    assert to_value(to_rdata(record_type, value)) == canonical
