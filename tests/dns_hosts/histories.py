"""Random histories of one zone: our applies, and other writers at every point between the calls that they are made of.

Our side does what the real one does: it reads, compares with what the file wants (`core.plan.diff`), applies, and begins again where it is
told of a conflict. Others write to the same sets: they add, remove and change values of their own, put a set back as it was a while
ago, remove ours, write a second SPF record, and write the very value that we are about to write. Connections break.

A host joins by a `Bench`; see route53/test_histories.py.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

from emailauth.core.claim import Claim, every_value
from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError
from emailauth.core.plan import Existing, Plan, Wanted, diff
from emailauth.core.record import Key, Record, RRsetChange, Stage
from emailauth.dns_hosts import DnsHost, Zone
from tests.dns_hosts.conformance import APEX, DKIM, DMARC, ZONE, Sets
from tests.fakes.service import Fault, Service

STS: Final[Key] = (f"_mta-sts.{ZONE}", "TXT")
COUNT: Final = int(os.environ.get("EMAILAUTH_HISTORIES", "120"))
"""How many histories a host's test makes; 10,000 once in a while."""
KEYS: Final[tuple[Key, ...]] = (APEX, DMARC, STS, (DKIM, "TXT"), (DKIM, "CNAME"))
"""All sets that a history is about."""
_MEDDLED: Final[tuple[Key, ...]] = (APEX, APEX, APEX, DMARC, STS)
"""Where others write; mostly where they do in life."""
_FOREIGN_TTL: Final = 900


class Bench(Protocol):
    """A host with the one zone `ZONE`."""

    host: DnsHost
    compare_and_swap: bool
    """Whether the service itself refuses a change of what is not as it was read. Where not, what others do between our last look and our
    change is told afterwards."""
    faults: Sequence[Fault]
    """What can go wrong with a call on its way or on its way back, each so that the host can go on: lost, throttled, out of order."""

    def sets(self) -> Sets:
        """What is there at the keys of `KEYS`; values as `core.record` writes them, one that is there twice named twice."""

    def put(self, key: Key, ttl: int, values: Sequence[str]) -> None:
        """Makes one set be that, as another writer; values that stay are not touched, none at all: the set goes."""

    def interleave(self, before: Callable[[], Fault], after: Callable[[], Fault]) -> None:
        """From now on calls `before` ahead of each call that the host makes, and `after` once it was carried out.

        What they give is what happens to the call; see `Service.before`. `interleave_service` does it for a `Service`.
        """


def interleave_service(service: Service, before: Callable[[], Fault], after: Callable[[], Fault]) -> None:
    """`Bench.interleave` for whoever is a `Service`."""
    service.before = lambda _operation, _request: before()
    service.after = lambda _operation, _request: after()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came to pass in a history; one without events shows nothing."""

    events: Counter[str]
    """How often others wrote, by what they did; faults; our writes; conflicts told."""
    wrong: tuple[str, ...]
    """What must not have happened."""


def run_many(bench: Bench, count: int) -> Outcome:
    """The histories of the first seeds, one after the other; what is wrong is told with its seed."""
    outcomes = [(seed, run(bench, seed)) for seed in range(count)]
    events = sum((outcome.events for _, outcome in outcomes), Counter[str]())
    return Outcome(events=events, wrong=tuple(f"seed {seed}: {wrong}" for seed, outcome in outcomes for wrong in outcome.wrong))


def run(bench: Bench, seed: int) -> Outcome:
    """Makes one history. Whatever was in the sets of `KEYS` goes first."""
    nothing: Callable[[], Fault] = lambda: None  # noqa: E731 - a hook
    bench.interleave(nothing, nothing)
    for key in bench.sets():
        bench.put(key, _FOREIGN_TTL, ())
    others = _Others(bench, Random(seed))  # noqa: S311 - to be made again from its seed
    others.begin()
    bench.interleave(others.before, others.after)
    for wanted in _wishes(others.random):
        others.ours = {record.key: record.value for record in wanted.records}
        for budget in (others.random.randrange(8), 0):
            others.budget = budget
            _apply(bench, wanted, others)
        others.check_end(wanted)
    return Outcome(events=others.events, wrong=tuple(others.wrong))


def _wishes(random: Random) -> Sequence[Wanted]:
    """What the file says, one version after the other."""
    return [_wanted(random) for _ in range(random.randrange(1, 4))]


def is_spf(value: str) -> bool:
    return value.startswith("v=spf1")


def is_dmarc(value: str) -> bool:
    return value.startswith("v=DMARC1")


def is_sts(value: str) -> bool:
    return value.startswith("v=STSv1")


def is_key(value: str) -> bool:
    return value.startswith("v=DKIM1")


_KINDS: Final = {APEX: ("spf", is_spf), DMARC: ("dmarc", is_dmarc), STS: ("mta_sts", is_sts)}
_VALUES: Final = {
    APEX: ("v=spf1 -all", "v=spf1 mx -all", "v=spf1 " + "ip4:192.0.2.1 " * 30 + "-all"),
    DMARC: ("v=DMARC1; p=none", "v=DMARC1; p=reject"),
    STS: ("v=STSv1; id=1", "v=STSv1; id=2"),
    (DKIM, "TXT"): ("v=DKIM1; p=", "v=DKIM1; p=" + "A" * 400),
    (DKIM, "CNAME"): ("k1.example.net.", "k2.example.net."),
}


def _wanted(random: Random) -> Wanted:
    keys = [key for key in (APEX, DMARC, STS) if random.random() < 0.8]
    keys += random.choice([[], [(DKIM, "TXT")], [(DKIM, "CNAME")]])
    dkim = [Claim(name=DKIM, type=t, domain=ZONE, kind="dkim/s1", recognises=f) for t, f in (("TXT", is_key), ("CNAME", every_value))]
    claims = [
        Claim(name=key[0], type="TXT", domain=ZONE, kind=_KINDS[key][0], recognises=_KINDS[key][1], stage=_stage(key)) for key in _KINDS
    ]
    return Wanted(
        domain=ZONE, dns_host="host", records=tuple(_record(key, random.choice(_VALUES[key])) for key in keys), claims=(*claims, *dkim)
    )


def _record(key: Key, value: str) -> Record:
    kind = _KINDS[key][0] if key in _KINDS else "dkim/s1"
    return Record(name=key[0], type=key[1], value=value, domain=ZONE, kind=kind, stage=_stage(key), ttl=300)


def _is_double(key: Key, values: Sequence[str]) -> bool:
    return key in _KINDS and sum(map(_KINDS[key][1], values)) > 1


def _stage(key: Key) -> Stage:
    return Stage.ANNOUNCEMENTS if key == STS else Stage.RECORDS


ATTEMPTS: Final = 30
"""More than others have events left in a history, so that our side comes to an end."""


def _apply(bench: Bench, wanted: Wanted, others: "_Others") -> None:
    """Reads and applies until there is nothing to do."""
    for _ in range(ATTEMPTS):
        try:
            zones = bench.host.read(sorted(wanted.names))
            plan = diff([wanted], Existing(zones={"host": zones}))
            if plan.is_empty:
                return
            _apply_plan(bench.host, plan, zones[0], others)
        except CouldNotDoError as e:
            others.told(e)
    others.wrong.append(f"our side did not come to an end in {ATTEMPTS} attempts")


def _apply_plan(host: DnsHost, plan: Plan, zone: Zone, others: "_Others") -> None:
    """All phases, each from what the one before gave; as `workflow.applying` does."""
    for phase in sorted({phase for phase, _, _ in plan.rrsets}):
        changes = [change for (there, _, _), found in plan.rrsets.items() for change in found if there is phase]
        others.begin_apply(changes)
        zone = host.apply(zone, changes)
        others.end_apply(zone)


@dataclass
class _Others:
    """The other writers, who also watch what ours does."""

    bench: Bench
    random: Random
    budget: int = 0
    """How many events may still happen."""
    ours: Mapping[Key, str] = field(default_factory=dict)
    """What our side wants at the moment."""
    events: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    foreign: dict[Key, set[str]] = field(default_factory=dict)
    """Values of theirs that must be there."""
    _past: list[tuple[Key, tuple[str, ...]]] = field(default_factory=list)
    _changes: Mapping[Key, RRsetChange] = field(default_factory=dict)
    """Those of the apply that is under way."""
    _written: set[Key] = field(default_factory=set)
    """Sets that it has written."""
    _doubled: set[Key] = field(default_factory=set)
    """Sets that it has left with two records of a kind, and that had them at every look since."""
    _faulty: bool = False
    """Whether a call of it was disturbed."""
    _seen: Sets = field(default_factory=dict)
    """What was there just before the call that is carried out."""
    _number: int = 0

    def begin(self) -> None:
        """The zone as they have made it before we come."""
        for _ in range(self.random.randrange(5)):
            self._meddle()

    # Around each call. Hooks run in the server's thread, so what is wrong is kept and told later.

    def before(self) -> Fault:
        """Ahead of a call."""
        self._perhaps_meddle()
        self._seen = self.bench.sets()
        return self._perhaps_fault()

    def after(self) -> Fault:
        """Behind a call: if the sets are not as they were, the call has written them."""
        now = self.bench.sets()
        self._doubled = {key for key in self._doubled if _is_double(key, self._values(now, key))}
        for key in KEYS:
            if now.get(key) != self._seen.get(key):
                self._watch_write(key, self._values(self._seen, key), self._values(now, key))
        self._perhaps_meddle()
        return self._perhaps_fault()

    def _values(self, sets: Sets, key: Key) -> tuple[str, ...]:
        return tuple(sorted(sets[key][1])) if key in sets else ()

    def _watch_write(self, key: Key, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        self.events["our writes"] += 1
        self._written.add(key)
        if _is_double(key, after):
            self._doubled.add(key)
        change = self._changes.get(key)
        if lost := self.foreign.get(key, set()) - set(after):
            self.wrong.append(f"{key}: foreign values lost: {sorted(lost)}")
        if change is None:
            self.wrong.append(f"{key}: written, and no change names it")
        elif self.bench.compare_and_swap:
            if before != (tuple(sorted(change.before.values)) if change.before else ()):
                self.wrong.append(f"{key}: changed though it was {before}, not as it was read: {change.before}")
            if after != tuple(sorted(change.after)):
                self.wrong.append(f"{key}: became {after}, not {change.after}")

    # Around each apply.

    def begin_apply(self, changes: Sequence[RRsetChange]) -> None:
        """These changes are what the next calls may make."""
        self._changes, self._written, self._faulty = {change.key: change for change in changes}, set(), False
        self._doubled = set()

    def end_apply(self, zone: Zone) -> None:
        """It said that all was done."""
        if self._doubled:
            self.wrong.append(f"a second record of a kind was left behind and not told: {sorted(self._doubled)}")
        for key, change in self._changes.items():
            found = zone.rrsets.get(key)
            if sorted(found.values if found else ()) != sorted(change.after):
                self.wrong.append(f"{key}: apply gave back {found}, and made it {change.after}")
        if self.bench.compare_and_swap and not self._faulty and self._written != set(self._changes):
            self.wrong.append(f"said to be done, and was not: {sorted(set(self._changes) - self._written)}")
        self._changes = {}

    def told(self, error: CouldNotDoError) -> None:
        """It, or a read, said that it was not."""
        self.events[f"told: {type(error).__name__}"] += 1
        if isinstance(error, PartlyDoneError):
            if self.bench.compare_and_swap and not self._faulty and self._written != error.done:
                self.wrong.append(f"said to have written {sorted(error.done)}, and wrote {sorted(self._written)}")
        elif isinstance(error, ConflictError) and self._written and not self._faulty:
            self.wrong.append(f"said to have changed nothing, and wrote {sorted(self._written)}: {error}")
        self._changes, self._written = {}, set()

    def check_end(self, wanted: Wanted) -> None:
        """What must be there once our side has found nothing to do, and nobody writes."""
        ours = {record.key: {record.value} for record in wanted.records}
        now = self.bench.sets()
        for key in KEYS:
            expected = sorted(self.foreign.get(key, set()) | ours.get(key, set()))
            if list(self._values(now, key)) != expected:
                self.wrong.append(f"{key}: in the end {self._values(now, key)}, not {expected}")

    # What others do.

    def _perhaps_fault(self) -> Fault:
        if not self.budget or not self.bench.faults or self.random.random() > 0.1:
            return None
        self.budget -= 1
        self.events["faults"] += 1
        self._faulty = True
        return self.random.choice(self.bench.faults)

    def _perhaps_meddle(self) -> None:
        while self.budget and self.random.random() < 0.35:
            self.budget -= 1
            self._meddle()

    def _meddle(self) -> None:
        deeds = (self._add, self._add, self._remove, self._change, self._write_ours, self._remove_ours, self._put_back, self._second)
        deed = self.random.choice(deeds)
        key = self.random.choice(_MEDDLED)
        now = list(self._values(self.bench.sets(), key))
        self._past.append((key, tuple(now)))
        deed(key, now)
        self.events[deed.__name__.strip("_")] += 1

    def _add(self, key: Key, now: list[str]) -> None:
        self._put(key, [*now, self._new()])

    def _remove(self, key: Key, now: list[str]) -> None:
        if theirs := sorted(self.foreign.get(key, set()).intersection(now)):
            now.remove(self.random.choice(theirs))
            self._put(key, now)

    def _change(self, key: Key, now: list[str]) -> None:
        if theirs := sorted(self.foreign.get(key, set()).intersection(now)):
            now[now.index(self.random.choice(theirs))] = self._new()
            self._put(key, now)

    def _write_ours(self, key: Key, now: list[str]) -> None:
        """Another run of ours, or a person who does the same by hand."""
        if key in self.ours and self.ours[key] not in now:
            recognises = _KINDS[key][1]
            self._put(key, [*(value for value in now if not recognises(value)), self.ours[key]])

    def _remove_ours(self, key: Key, now: list[str]) -> None:
        self._put(key, [value for value in now if not _KINDS[key][1](value)])

    def _put_back(self, key: Key, now: list[str]) -> None:
        """A tool that writes whole sets, from what it knew some time ago."""
        key, values = self.random.choice(self._past)
        self._put(key, values)

    def _second(self, key: Key, now: list[str]) -> None:
        """A second record of a kind that must be there once; ours by its content, so that the next plan removes it."""
        second = f"{_VALUES[key][0]} {self.random.randrange(100)}"
        if second not in now:
            self._put(key, [*now, second])

    def _put(self, key: Key, values: Sequence[str]) -> None:
        there = self.bench.sets().get(key)
        self.bench.put(key, there[0] if there else _FOREIGN_TTL, values)
        self.foreign[key] = {value for value in values if not _KINDS[key][1](value)}

    def _new(self) -> str:
        self._number += 1
        return self.random.choice(["verification={}", 'say "{}" \\ twice', "é{}\udcff", "{} " + "long " * 70]).format(self._number)
