"""Laws of the plan, over arbitrary zones: what holds whatever is live and whatever is wanted."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from emailauth.core.claim import Claim, every_value
from emailauth.core.plan import Existing, Plan, Wanted, diff
from emailauth.core.record import Record, RRset
from emailauth.core.zone import Zone


def is_ours(value: str) -> bool:
    return value.startswith("ours")


NAMES = ("example.com", "a.example.com", "b.example.com")
values = st.sampled_from(["ours 1", "ours 2", "ours 3", "foreign 1", "foreign 2", "foreign 3"])
sets = st.lists(values, min_size=1, max_size=6, unique=True)


@st.composite
def zones(draw: st.DrawFn) -> Zone:
    rrsets = {}
    for name in draw(st.sets(st.sampled_from(NAMES))):
        if draw(st.booleans()):
            live = RRset(
                name=name, type="CNAME", ttl=draw(st.integers(1, 9)), values=(draw(st.sampled_from(["x.example.", "y.example."])),)
            )
        else:
            live = RRset(name=name, type="TXT", ttl=draw(st.integers(1, 9)), values=tuple(draw(sets)))
        rrsets[live.key] = live
    return Zone(name="example.com", rrsets=rrsets, version="1", place="here")


@st.composite
def wishes(draw: st.DrawFn) -> Wanted:
    records, claims = [], []
    for name in draw(st.sets(st.sampled_from(NAMES))):
        record_type, recognises = draw(st.sampled_from([("TXT", is_ours), ("CNAME", every_value)]))
        claims.append(Claim(name=name, type=record_type, domain="example.com", kind=name, recognises=recognises))
        if record_type == "CNAME" and draw(st.booleans()):
            claims.append(Claim(name=name, type="TXT", domain="example.com", kind=name, recognises=is_ours))
        wanted = ["ours 1", "ours 2"] if record_type == "TXT" else ["x.example."]
        ttl = draw(st.none() | st.integers(1, 9))
        asked = draw(st.sets(st.sampled_from(wanted)))
        records += [Record(name=name, type=record_type, value=v, domain="example.com", kind=name, ttl=ttl) for v in sorted(asked)]
    return Wanted(domain="example.com", dns_host="host", records=tuple(records), claims=tuple(claims))


def planned(wanted: Wanted, zone: Zone) -> Plan:
    return diff([wanted], Existing(zones={"host": [zone]}))


def applied(plan: Plan, zone: Zone) -> Zone:
    """What a host makes of a plan: it refuses what is not as expected, and a CNAME beside anything."""
    rrsets = dict(zone.rrsets)
    for changes in plan.rrsets.values():
        for change in changes:
            assert rrsets.pop(change.key, None) == change.before
        for change in changes:
            if change.after:
                rrsets[change.key] = RRset(name=change.name, type=change.type, ttl=change.ttl, values=change.after)
    after = Zone(name=zone.name, rrsets=rrsets, version="2", place=zone.place)
    assert all(len(after.types_at(name)) == 1 or "CNAME" not in after.types_at(name) for name in NAMES)
    return after


@given(wishes(), zones())
def test_applying_a_plan_leaves_nothing_but_its_conflicts(wanted: Wanted, zone: Zone) -> None:
    plan = planned(wanted, zone)
    again = planned(wanted, applied(plan, zone))
    assert again.records == ()
    assert again.rrsets == {}
    assert {conflict.name for conflict in again.conflicts} == {conflict.name for conflict in plan.conflicts}


@given(wishes(), zones())
def test_nothing_foreign_is_lost_or_moved(wanted: Wanted, zone: Zone) -> None:
    def foreign(of: Zone) -> dict[tuple[str, str], tuple[str, ...]]:
        kept = {}
        for key, rrset in of.rrsets.items():
            claims = [claim for claim in wanted.claims if claim.covers(*key)]
            values = tuple(v for v in rrset.values if not any(claim.recognises(v) for claim in claims))
            if values:
                kept[key] = values
        return kept

    assert foreign(applied(planned(wanted, zone), zone)) == foreign(zone)


@given(wishes(), zones(), st.randoms(use_true_random=False))
def test_the_order_of_values_does_not_matter(wanted: Wanted, zone: Zone, random: Random) -> None:
    shuffled = {
        key: RRset(name=rrset.name, type=rrset.type, ttl=rrset.ttl, values=tuple(random.sample(rrset.values, len(rrset.values))))
        for key, rrset in zone.rrsets.items()
    }
    other = Zone(name=zone.name, rrsets=shuffled, version="1", place=zone.place)

    def outcome(of: Zone) -> dict[tuple[str, str], list[str]]:
        return {key: sorted(rrset.values) for key, rrset in applied(planned(wanted, of), of).rrsets.items()}

    assert outcome(zone) == outcome(other)


@given(wishes(), zones())
def test_a_shared_set_keeps_its_ttl(wanted: Wanted, zone: Zone) -> None:
    after = applied(planned(wanted, zone), zone)
    for key, rrset in zone.rrsets.items():
        if any(not is_ours(value) for value in rrset.values) and key[1] == "TXT":
            assert after.rrsets[key].ttl == rrset.ttl
