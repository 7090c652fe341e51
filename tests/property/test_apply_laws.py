"""Laws of an apply, whatever is live and whoever wrote to it since the plan was made."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from emailauth.core.errors import CouldNotDoError
from emailauth.core.plan import Existing, Wanted, diff
from emailauth.core.zone import Zone
from emailauth.workflow.applying import UnfinishedError, apply
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.planning import Planned
from tests.fakes.memory import MemoryDns, Sets
from tests.property.test_plan_laws import is_ours, wishes, zones


def sets_of(zone: Zone) -> Sets:
    return {key: (rrset.ttl, rrset.values) for key, rrset in zone.rrsets.items()}


def planned(wanted: Wanted, zone: Zone, live: MemoryDns) -> Planned:
    """A plan that was made when the zone was like that, to be applied to what is live now."""
    existing = Existing(zones={"host": live.read(["example.com"])} if live.zones["example.com"] == sets_of(zone) else {"host": [zone]})
    hosts = Hosts(Path())
    hosts._dns["host"] = live
    made = Planned(plan=diff([wanted], existing), wanted=(wanted,), existing=existing, hosts=hosts, again=lambda: made)
    return made


def ours(values: tuple[str, ...], record_type: str) -> tuple[str, ...]:
    """A CNAME is wholly ours, where it is claimed."""
    return tuple(value for value in values if record_type == "CNAME" or is_ours(value))


@given(wishes(), zones())
def test_applying_makes_the_next_plan_empty(wanted: Wanted, zone: Zone) -> None:
    live = MemoryDns(zones={"example.com": sets_of(zone)})
    made = planned(wanted, zone, live)
    assume(not made.plan.conflicts)
    apply(made, lambda _: None)
    assert diff([wanted], Existing(zones={"host": live.read(["example.com"])})).is_empty


@settings(suppress_health_check=[HealthCheck.filter_too_much])  # of six pairs of zones, one is both stale and free of conflicts
@given(wishes(), zones(), zones())
def test_a_plan_made_from_stale_knowledge_of_our_values_is_refused(wanted: Wanted, before: Zone, now: Zone) -> None:
    live = MemoryDns(zones={"example.com": sets_of(now)})
    made = planned(wanted, before, live)
    stale = [change for change in made.plan.records if {*ours(live.values(change.name, change.type), change.type)} != {*change.before}]
    assume(stale and not made.plan.conflicts)
    with pytest.raises(UnfinishedError):
        apply(made, lambda _: None)
    assert live.zones["example.com"] == sets_of(now)


@given(wishes(), zones(), zones())
def test_whoever_writes_in_between_no_foreign_value_is_lost(wanted: Wanted, before: Zone, now: Zone) -> None:
    live = MemoryDns(zones={"example.com": sets_of(now)})
    made = planned(wanted, before, live)
    foreign = {(key, value) for key, (_, values) in sets_of(now).items() for value in values if key[1] == "TXT" and not is_ours(value)}
    with contextlib.suppress(CouldNotDoError):
        apply(made, lambda _: None)
    assert {(key, value) for key, value in foreign if value in live.values(*key)} == foreign
