"""Every DNS host does what the contract in `emailauth.dns_hosts` says; see conformance.py."""

import importlib
import pkgutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import emailauth.dns_hosts
import tests.dns_hosts.benches
from emailauth.core.errors import ConflictError, UsageError
from emailauth.core.record import RRset, RRsetChange
from emailauth.dns_hosts import Zone
from tests.dns_hosts.conformance import APEX, DMARC, FOREIGN, KEYS, TTL, WAY, ZONE, Bench, Sets

HOSTS = sorted(module.name for module in pkgutil.iter_modules(emailauth.dns_hosts.__path__))
BENCHES = sorted(module.name for module in pkgutil.iter_modules(tests.dns_hosts.benches.__path__))


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Every host."""
    with importlib.import_module(f"tests.dns_hosts.benches.{request.param}").bench(tmp_path) as bench:
        bench.put(WAY[0].sets)
        yield bench


def test_every_dns_host_is_tested_here() -> None:
    """A host can have several benches: rfc2136__knot is one of rfc2136."""
    assert {name.partition("__")[0] for name in BENCHES} == set(HOSTS)


def read(bench: Bench) -> Zone:
    (zone,) = bench.host.read([name for name, _ in KEYS])
    return zone


def sets(zone: Zone) -> Sets:
    """Those at the keys of the way, values sorted."""
    return {key: (rrset.ttl, tuple(sorted(rrset.values))) for key, rrset in zone.rrsets.items() if key in KEYS}


def sorted_values(wanted: Sets) -> Sets:
    return {key: (ttl, tuple(sorted(values))) for key, (ttl, values) in wanted.items()}


def changes_to(zone: Zone, wanted: Sets) -> list[RRsetChange]:
    """What takes the zone to those sets."""
    changes = []
    for key in KEYS:
        before = zone.rrsets.get(key)
        ttl, after = wanted.get(key, (before.ttl if before else TTL, ()))
        if sorted(before.values if before else ()) != sorted(after) or (before and before.ttl != ttl):
            changes.append(RRsetChange(name=key[0], type=key[1], before=before, after=after, ttl=ttl))
    return changes


def test_a_zone_goes_all_the_way_and_back(bench: Bench) -> None:
    there_and_back = [*WAY, *reversed(WAY)]
    for step in there_and_back:
        zone = read(bench)
        told = bench.host.apply(zone, changes_to(zone, step.sets))
        assert sets(read(bench)) == sorted_values(step.sets), step.name
        assert sets(told) == sorted_values(step.sets), step.name


def test_what_apply_tells_is_enough_to_go_on_from(bench: Bench) -> None:
    zone = read(bench)
    for step in [*WAY, *reversed(WAY)]:
        zone = bench.host.apply(zone, changes_to(zone, step.sets))
    bench.host.settle()
    assert sets(read(bench)) == sorted_values(WAY[0].sets)


def test_what_nobody_named_stays(bench: Bench) -> None:
    before = read(bench)
    others = {key: rrset for key, rrset in before.rrsets.items() if key not in KEYS and key[1] != "SOA"}
    for step in WAY:
        zone = read(bench)
        bench.host.apply(zone, changes_to(zone, step.sets))
    after = read(bench)
    assert {key: rrset for key, rrset in after.rrsets.items() if key not in KEYS and key[1] != "SOA"} == others
    assert others


def test_done_is_done(bench: Bench) -> None:
    for step in WAY:
        zone = read(bench)
        bench.host.apply(zone, changes_to(zone, step.sets))
        again = read(bench)
        assert changes_to(again, step.sets) == []
        bench.host.apply(again, [])
        assert read(bench).version == again.version


def test_a_version_tells_one_state_from_the_next(bench: Bench) -> None:
    for _, after in pairwise(WAY):
        zone = read(bench)
        bench.host.apply(zone, changes_to(zone, after.sets))
        assert read(bench).version != zone.version


def test_a_change_that_was_made_already_is_a_conflict(bench: Bench) -> None:
    zone = read(bench)
    changes = changes_to(zone, WAY[1].sets)
    bench.host.apply(zone, changes)
    with pytest.raises(ConflictError):
        bench.host.apply(zone, changes)
    with pytest.raises(ConflictError):
        bench.host.apply(read(bench), changes)
    assert sets(read(bench)) == sorted_values(WAY[1].sets)


@pytest.mark.parametrize("meddled", [(*FOREIGN, "third"), FOREIGN[:1], ("other",), ()], ids=["more", "fewer", "others", "none"])
def test_a_set_that_somebody_changed_is_refused_with_all_that_goes_with_it(meddled: tuple[str, ...], bench: Bench) -> None:
    zone = read(bench)
    changes = changes_to(zone, WAY[1].sets)
    now: Sets = {APEX: (900, meddled)} if meddled else {}
    bench.put({**now, DMARC: (TTL, ("kept",))} if not meddled else now)
    there = sets(read(bench))
    with pytest.raises(ConflictError):
        bench.host.apply(zone, changes)
    assert sets(read(bench)) == there


@pytest.mark.parametrize("expected", [None, ("v=spf1 -all",), FOREIGN[:1], (*FOREIGN, "v=spf1 -all")])
def test_a_change_that_expects_what_is_not_there_is_a_conflict(expected: tuple[str, ...] | None, bench: Bench) -> None:
    before = RRset(name=ZONE, type="TXT", ttl=900, values=expected) if expected else None
    with pytest.raises(ConflictError):
        bench.host.apply(read(bench), [RRsetChange(name=ZONE, type="TXT", before=before, after=(*FOREIGN, "x"), ttl=TTL)])
    assert sets(read(bench)) == sorted_values(WAY[0].sets)


def test_each_zone_is_read_once(bench: Bench) -> None:
    assert [zone.name for zone in bench.host.read([ZONE, f"_dmarc.{ZONE}", f"a.b.{ZONE}"])] == [ZONE]


def test_a_name_that_no_zone_holds_is_told(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r"example\.org"):
        bench.host.read(["_dmarc.example.org"])
