"""Laws that hold for every zone file and every change."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.rdatatype
import dns.zone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emailauth.core.record import Key
from tests.dns_hosts import zonefile_strategies as messy
from tests.dns_hosts.zonefile_bench import Bench, Wish, change, load

Sets = dict[Key, tuple[int, tuple[str, ...]]]
laws = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@contextmanager
def bench_with(zone: messy.MessyZone) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.write(zone.octets)
        yield bench


def oracle(octets: bytes) -> dict[Key, tuple[int, list[str]]]:
    """What dnspython reads, whose zone reader shares no code with ours but that for names and rdata."""
    text = octets.decode().replace("\r\n", "\n")
    zone = dns.zone.from_text(text, "example.com", relativize=False)
    found: dict[Key, tuple[int, list[str]]] = {}
    for name, node in zone.nodes.items():
        for rdataset in node:
            texts = [rdata.to_digestable().hex() for rdata in rdataset]
            found[name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(rdataset.rdtype)] = (rdataset.ttl, sorted(texts))
    return found


def as_rdata(sets: Sets) -> dict[Key, tuple[int, list[str]]]:
    """Values of other types than TXT, and the strings of TXT joined, as the oracle tells them."""
    from emailauth.core.rdata import to_rdata

    return {key: (ttl, sorted(to_rdata(key[1], value).to_digestable().hex() for value in values)) for key, (ttl, values) in sets.items()}


def joined(found: dict[Key, tuple[int, list[str]]]) -> dict[Key, tuple[int, list[str]]]:
    """TXT without the bounds of its strings."""
    return {key: (ttl, sorted(_joined(text) if key[1] == "TXT" else text for text in texts)) for key, (ttl, texts) in found.items()}


def _joined(rdata: str) -> str:
    octets, out = bytes.fromhex(rdata), b""
    while octets:
        out, octets = out + octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
    return out.hex()


@laws
@given(messy.zones())
def test_a_zone_reads_as_dnspython_reads_it(zone: messy.MessyZone) -> None:
    with bench_with(zone) as bench:
        assert joined(as_rdata(bench.sets())) == joined(oracle(zone.octets))


@laws
@given(messy.zones())
def test_a_zone_reads_as_it_was_meant(zone: messy.MessyZone) -> None:
    meant: dict[Key, tuple[int, set[str]]] = {}
    for item in zone.items:
        if item.key and item.key[1] != "SOA":
            ttl, values = meant.get(item.key, (item.ttl, set()))
            meant[item.key] = (min(ttl, item.ttl), values | {item.value})
    with bench_with(zone) as bench:
        found = {key: (ttl, set(values)) for key, (ttl, values) in bench.sets().items() if key[1] != "SOA"}
    assert found == meant


@laws
@given(messy.zones())
def test_changing_nothing_changes_nothing(zone: messy.MessyZone) -> None:
    with bench_with(zone) as bench:
        same = [(name, type_, values, ttl) for (name, type_), (ttl, values) in bench.sets().items() if type_ != "SOA"]
        assert bench.apply(*same) == zone.octets


def intended(before: Sets, wishes: list[Wish]) -> Sets:
    """What the contract says: the set has the values and the TTL of the change."""
    after = dict(before)
    for name, type_, values, ttl in wishes:
        after[name, type_] = (ttl, values)
        if not values:
            del after[name, type_]
    return after


def without_soa(sets: Sets) -> Sets:
    return {key: (ttl, tuple(sorted(values))) for key, (ttl, values) in sets.items() if key[1] != "SOA"}


def with_one_ttl(found: Sets, meant: Sets, zone: messy.MessyZone) -> Sets:
    """Where TTLs of a set differed, an error, what is left of it may have any of them: lines that stay are not touched."""
    ttls: dict[Key | None, set[int]] = {}
    for item in zone.items:
        ttls.setdefault(item.key, set()).add(item.ttl)
    return {
        key: (meant[key][0] if key in meant and len(ttls.get(key, ())) > 1 and ttl in ttls[key] else ttl, values)
        for key, (ttl, values) in found.items()
    }


def changed_keys(before: Sets, wishes: list[Wish]) -> set[Key]:
    changed = set()
    for name, type_, values, ttl in wishes:
        old_ttl, old = before.get((name, type_), (ttl, ()))
        if sorted(old) != sorted(values) or old_ttl != ttl:
            changed.add((name, type_))
    return changed


@laws
@given(st.data())
def test_reading_after_a_change_gives_what_was_meant_and_touches_no_other_line(data: st.DataObject) -> None:
    zone = data.draw(messy.zones())
    wishes = data.draw(messy.wishes(zone))
    with bench_with(zone) as bench:
        before = bench.sets()
        edited = bench.apply(*wishes)
        changed = changed_keys(before, wishes)
        meant = without_soa(intended(before, [wish for wish in wishes if wish[:2] in changed]))
        assert without_soa(with_one_ttl(bench.sets(), meant, zone)) == meant
        assert joined(as_rdata(bench.sets())) == joined(oracle(edited))
        assert (edited == zone.octets) == (not changed)
        foreign = [item for item in zone.items if not (item.key and (item.key in changed or item.key[1] == "SOA"))]
        left = edited.decode().replace("\r\n", "\n") + "\n"
        for item in foreign:
            text = item.text if item.text in left or not item.tail else item.tail
            assert text in left, (item, edited)
            left = left.partition(text)[2]


@laws
@given(st.data())
def test_there_and_back_is_the_same_zone(data: st.DataObject) -> None:
    zone = data.draw(messy.zones())
    wishes = data.draw(messy.wishes(zone))
    with bench_with(zone) as bench:
        before = bench.read()
        bench.host().apply(before, [change(before, wish) for wish in wishes])
        back: list[Wish] = []
        for name, type_, _, _ in wishes:
            there = before.rrsets.get((name, type_))
            back.append((name, type_, there.values if there else (), there.ttl if there else 60))
        bench.apply(*[wish for wish in back if len(set(wish[2])) == len(wish[2])])
        found = {key: set(values) for key, (_, values) in bench.sets().items() if key[1] != "SOA"}
        twice = {wish[:2] for wish in back if len(set(wish[2])) < len(wish[2])}
        expected = {key: set(rrset.values) for key, rrset in before.rrsets.items() if key[1] != "SOA"}
        assert {key: value for key, value in found.items() if key not in twice} == {
            key: value for key, value in expected.items() if key not in twice
        }


@settings(laws, max_examples=25)
@given(st.data())
def test_name_servers_load_what_was_changed(data: st.DataObject) -> None:
    zone = data.draw(messy.zones(relative_origins=False))
    wishes = data.draw(messy.wishes(zone))
    with bench_with(messy.MessyZone(zone.items, crlf=False, open_end=False)) as bench:
        load(bench.path)
        bench.apply(*wishes)
        load(bench.path)
