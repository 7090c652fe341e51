"""The histories find what is wrong with a host: here are hosts in memory, one that is right and some that are not."""

from collections.abc import Callable, Collection, Sequence

import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.core.zone import Zone
from emailauth.dns_hosts import DnsHost
from tests.dns_hosts import histories
from tests.dns_hosts.conformance import ZONE, Sets
from tests.fakes.service import Fault, Lost


class Memory:
    """A zone in memory, and the host that writes it with compare and swap. Each call is one step that others can be ahead of and behind."""

    compare_and_swap = True
    faults: Sequence[Fault] = ()

    def __init__(self) -> None:
        self.host: DnsHost = self
        self.kept: Sets = {}
        self.before: Callable[[], Fault]
        self.after: Callable[[], Fault]

    def sets(self) -> Sets:
        return dict(self.kept)

    def put(self, key: Key, ttl: int, values: Sequence[str]) -> None:
        self.kept.pop(key, None)
        if values:
            self.kept[key] = (ttl, tuple(values))

    def interleave(self, before: Callable[[], Fault], after: Callable[[], Fault]) -> None:
        self.before, self.after = before, after

    def read(self, names: Collection[str]) -> Sequence[Zone]:
        self.call(lambda: None)
        return [self.zone()]

    def zone(self) -> Zone:
        rrsets = {key: RRset(name=key[0], type=key[1], ttl=ttl, values=values) for key, (ttl, values) in self.kept.items()}
        return Zone(name=ZONE, rrsets=rrsets, version=str(self.kept), place="memory")

    def call(self, deed: Callable[[], None]) -> None:
        if self.before():
            raise CouldNotDoError("lost")
        refused = None
        try:
            deed()
        except ConflictError as e:
            refused = e
        if self.after():
            raise CouldNotDoError("lost")
        if refused:
            raise refused

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        self.call(lambda: self.write(changes))
        return self.given(zone, changes)

    def given(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        sets = {key: rrset for key, rrset in zone.rrsets.items() if key not in {change.key for change in changes}}
        sets |= {
            change.key: RRset(name=change.name, type=change.type, ttl=change.ttl, values=change.after) for change in changes if change.after
        }
        return Zone(name=ZONE, rrsets=sets, version="", place="memory")

    def settle(self) -> None:
        pass

    def write(self, changes: Sequence[RRsetChange]) -> None:
        if not all(self.is_as_read(change) for change in changes):
            raise ConflictError("changed")
        for change in changes:
            self.put(change.key, change.ttl, change.after)

    def is_as_read(self, change: RRsetChange) -> bool:
        return set(self.kept.get(change.key, (0, ()))[1]) == set(change.before.values if change.before else ())


class Blind(Memory):
    """Writes whole sets over whatever is there."""

    def is_as_read(self, change: RRsetChange) -> bool:
        return True


class Silent(Memory):
    """Tells no conflict."""

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        try:
            return super().apply(zone, changes)
        except ConflictError:
            return self.given(zone, changes)


class Torn(Memory):
    """Makes some of the changes, then says that it has made none."""

    def write(self, changes: Sequence[RRsetChange]) -> None:
        for change in changes:
            super().write([change])


class Merging(Memory):
    """Adds and removes values in the set that is there: the way of hosts without compare and swap."""

    compare_and_swap = False

    def write(self, changes: Sequence[RRsetChange]) -> None:
        for change in changes:
            before = set(change.before.values if change.before else ())
            goes = before - set(change.after)
            comes = [value for value in change.after if value not in before]
            there = self.kept.get(change.key, (change.ttl, ()))[1]
            self.put(change.key, change.ttl, tuple(dict.fromkeys((*(value for value in there if value not in goes), *comes))))


class Reading(Merging):
    """The same, and reads back: what is not as it shall be is told."""

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        super().apply(zone, changes)
        found: list[Zone] = []
        self.call(lambda: found.append(self.zone()))
        for change in changes:
            there = found[0].rrsets.get(change.key)
            if sorted(there.values if there else ()) != sorted(change.after):
                raise CouldNotDoError("reads back differently")
        return found[0]


class Stubborn(Memory):
    """Sends the same again when the answer is lost, and takes the conflict with itself for a conflict with others."""

    faults = (Lost(),)

    def call(self, deed: Callable[[], None]) -> None:
        try:
            super().call(deed)
        except ConflictError:
            raise
        except CouldNotDoError:
            super().call(deed)


@pytest.mark.parametrize("host", [Memory, Stubborn, Reading], ids=["compare and swap", "lost answers", "reads back"])
def test_a_host_that_is_right_passes(host: type[Memory]) -> None:
    outcome = histories.run_many(host(), 300)
    assert outcome.wrong == ()
    for event in ("add", "remove", "change", "write_ours", "remove_ours", "put_back", "second", "our writes"):
        assert outcome.events[event] > 50, event
    assert sum(count for event, count in outcome.events.items() if event.startswith("told: ")) > 50
    assert bool(outcome.events["faults"]) == bool(host.faults)


@pytest.mark.parametrize(
    ("host", "wrong"),
    [
        (Blind, "foreign values lost"),
        (Blind, "not as it was read"),
        (Silent, "said to be done, and was not"),
        (Torn, "said to have changed nothing, and wrote"),
        (Merging, "a second record of a kind was left behind and not told"),
    ],
)
def test_a_host_that_is_wrong_is_found_out(host: type[Memory], wrong: str) -> None:
    assert any(wrong in told for told in histories.run_many(host(), 100).wrong)


def test_a_history_is_the_same_each_time() -> None:
    assert histories.run(Memory(), 7) == histories.run(Memory(), 7)
    assert histories.run(Memory(), 7) != histories.run(Memory(), 8)
