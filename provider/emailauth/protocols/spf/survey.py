"""What a whole-space evaluation answers: who is authorised, which terms do nothing, and what a change means."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import Final, TypeAlias

from emailauth.protocols.spf.check_host import RESULTS, ResultCode
from emailauth.protocols.spf.intervals import BITS, Range, Ranges, common, count, everything, union
from emailauth.protocols.spf.record import Record
from emailauth.protocols.spf.space import COUNTED, Case, Cell, Outcome, Space, evaluate
from emailauth.protocols.spf.terms import All, Directive, Include, Ip4, Network
from emailauth.protocols.spf.tree import VERSIONS, Condition, Tree

MAX_TERMS: Final = 100
"""In one record, each of which is tried without: a record of more fits into no answer that receivers like."""

MAX_RECORDS: Final = 50
"""In a tree whose terms are looked into one by one: far more than receivers read, who stop at ten terms that query DNS."""
MAX_SORTED: Final = 10
"""Conditions on one address that are put in order. With more, which are more than receivers evaluate, two trees that mean the same can
look different."""

_REMEMBERED: Final = 4096

Families: TypeAlias = Mapping[int, Ranges]
"""A set of addresses of both families, by version."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A result that depends on a condition. Two are equal where they give the same result for every message."""

    condition: Condition
    matched: "Value"
    void: "Value"
    unmatched: "Value"


@dataclass(frozen=True, slots=True)
class Undecided:
    """The result is that of a record that is not known."""

    condition: Condition


Value: TypeAlias = ResultCode | Choice | Undecided
"""What an address gets, whatever it costs and whichever term gives it."""


def value(cell: Cell) -> Value:
    """What the addresses of a cell get, in the one form that this has: conditions in alphabetical order, none without an effect."""
    return _value(tuple(replace(case, lookups=0, voids=0, matches=()) for case in cell.cases))


@lru_cache(_REMEMBERED)
def _value(cases: tuple[Case, ...]) -> Value:
    conditions = {condition for case in cases for condition, outcome in case.trail if outcome is not Outcome.DECIDES}
    if len(conditions) > MAX_SORTED:
        return _as_met(cases, 0)
    return _Ordered(cases, sorted(conditions, key=lambda condition: (condition.text, condition.openness.value))).value(
        0, (1 << len(cases)) - 1
    )


def _leaf(case: Case) -> Value:
    return case.result or Undecided(case.trail[-1][0])


def _as_met(cases: Sequence[Case], depth: int) -> Value:
    """What cases come to, asked for their conditions in the order in which they were met."""
    if len(cases) == 1:
        return _leaf(cases[0])
    found = {}
    for outcome in _OUTCOMES:
        if left := [case for case in cases if case.trail[depth][1] is outcome]:
            found[outcome] = _as_met(left, depth + 1)
    return _choice(cases[0].trail[depth][0], found)


class _Ordered:
    """What cases come to, asked for conditions in a given order: a decision diagram, which is the same for the same function.

    Sets of cases are bits of an integer.
    """

    def __init__(self, cases: Sequence[Case], conditions: Sequence[Condition]) -> None:
        self._leaves = [_leaf(case) for case in cases]
        self._conditions = conditions
        trails = [dict(case.trail) for case in cases]
        self._masks: list[dict[Outcome, int]] = [
            # Of the outcomes that it can have: an include is never void, and nothing is where voids are not told apart.
            {
                outcome: sum((trail.get(one, outcome) is outcome) << i for i, trail in enumerate(trails))
                for outcome in _OUTCOMES
                if outcome in can
            }
            for one in conditions
            for can in [{trail[one] for trail in trails if one in trail}]
        ]
        self._known: dict[tuple[int, int], Value] = {}

    def value(self, position: int, cases: int) -> Value:
        """Of some of the cases, with the conditions from a position on."""
        key = (position, cases)
        if key not in self._known:
            leaves = {leaf for i, leaf in enumerate(self._leaves) if cases >> i & 1}
            self._known[key] = leaves.pop() if len(leaves) == 1 else self._decided(position, cases)
        return self._known[key]

    def _decided(self, position: int, cases: int) -> Value:
        found = {outcome: self.value(position + 1, left) for outcome, mask in self._masks[position].items() if (left := cases & mask)}
        return _choice(self._conditions[position], found)


_OUTCOMES: Final = (Outcome.UNMATCHED, Outcome.MATCHED, Outcome.VOID)


def _choice(condition: Condition, found: Mapping[Outcome, Value]) -> Value:
    first, *others = found.values()
    if all(other == first for other in others):
        return first
    # Of the two ways not to match, only one is told where the other makes no difference.
    unmatched = found[Outcome.UNMATCHED] if Outcome.UNMATCHED in found else found[Outcome.VOID]
    return Choice(condition, found[Outcome.MATCHED], found.get(Outcome.VOID, unmatched), unmatched)


def described(given: Value) -> str:
    """A value in words: "pass if exists:%{i}.example.com, else fail"."""
    if isinstance(given, ResultCode):
        return given.value
    if isinstance(given, Undecided):
        return f"as {given.condition.text} says"
    otherwise = described(given.unmatched)
    if given.void != given.unmatched:
        otherwise += f" ({described(given.void)} where nothing is there)"
    return f"{described(given.matched)} if {given.condition.text}, else {otherwise}"


def _leaves(given: Value) -> Iterator[Value]:
    if isinstance(given, Choice):
        for one in (given.matched, given.void, given.unmatched):
            yield from _leaves(one)
    else:
        yield given


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    """The addresses that pass."""

    always: Families
    """Whatever the message."""
    sometimes: Families
    """Where a condition is met, or by a record that is not known."""


def authorised(space: Space) -> Authorised:
    """Who passes."""
    always: dict[int, Ranges] = {}
    sometimes: dict[int, Ranges] = {}
    for version, cells in space.cells.items():
        values = [((cell.first, cell.last), value(cell)) for cell in cells]
        always[version] = union(at for at, one in values if one is ResultCode.PASS)
        sometimes[version] = union(at for at, one in values if one is not ResultCode.PASS and any(map(_may_pass, _leaves(one))))
    return Authorised(always=always, sometimes=sometimes)


def _may_pass(leaf: Value) -> bool:
    return leaf is ResultCode.PASS or isinstance(leaf, Undecided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one directive of a record does."""

    term: Directive
    own: Families
    """The addresses that it can match."""
    decides: Families
    """Those among them that come to it, so that it gives their result."""
    redundant: bool
    """Whether every message gets the same result without it. True for each of two that replace each other."""

    @property
    def unreachable(self) -> bool:
        """Whether it could match addresses and never does, because others decide for all of them before."""
        return any(self.own.values()) and not any(self.decides.values())


def uses(tree: Tree) -> tuple[Use, ...]:
    """What each directive of the domain's own record does, in order; limits left aside.

    Nothing of a record that cannot be evaluated, has more than `MAX_TERMS` directives or leads to more than `MAX_RECORDS` others.
    """
    record = tree.root.record
    terms = [term for term in record.terms if isinstance(term, Directive)] if record else []
    if tree.root.problem or len(terms) > MAX_TERMS or len(tree.nodes) > MAX_RECORDS:
        return ()
    space = evaluate(tree, COUNTED)
    decided = _decided_by(space, tree)
    values = _values(space)
    own_of = {term.start: own(term, tree) for term in terms}
    needed = _surely_needed(terms, own_of, space, tree)
    return tuple(
        Use(
            term=term,
            own=own_of[term.start],
            decides={version: union(decided.get((version, term.start), ())) for version in VERSIONS},
            # Without `all`, what stands behind it would count, which nobody has looked at.
            redundant=term.start not in needed and not isinstance(term, All) and _values(evaluate(without(tree, term), COUNTED)) == values,
        )
        for term in terms
    )


def _surely_needed(terms: Sequence[Directive], own_of: Mapping[int, Families], space: Space, tree: Tree) -> frozenset[int]:
    """The starts of terms without which somebody gets another result: who comes to no further term than the default, which says otherwise.

    That is so for nearly all terms, and spares the evaluation without them.
    """
    record = tree.root.record
    if record is None or record.redirect:
        return frozenset()
    default = RESULTS[record.all.qualifier] if record.all else ResultCode.NEUTRAL
    sole = _decided_by(space, tree, sole=True)
    found: set[int] = set()
    behind: dict[int, Ranges] = dict.fromkeys(VERSIONS, ())
    for term in reversed([term for term in terms if term.start <= record.all.start] if record.all else terms):
        if isinstance(term, All):
            continue
        for version in VERSIONS:
            mine = union(sole.get((version, term.start), ()))
            if RESULTS[term.qualifier] is not default and common(mine, behind[version]) != mine:
                found.add(term.start)
            behind[version] = union((*behind[version], *own_of[term.start][version]))
    return frozenset(found)


def _decided_by(space: Space, tree: Tree, *, sole: bool = False) -> Mapping[tuple[int, int], list[Range]]:
    """The addresses by version and start of the term of the root that decides; `sole`: whatever the message."""
    found: dict[tuple[int, int], list[Range]] = {}
    for version, cells in space.cells.items():
        for cell in cells:
            if sole and len(cell.cases) > 1:
                continue
            terms = {case.matches[0].term.start for case in cell.cases if case.matches and case.matches[0].domain == tree.root.domain}
            for start in terms:
                found.setdefault((version, start), []).append((cell.first, cell.last))
    return found


def _values(space: Space) -> Mapping[int, list[tuple[int, Value]]]:
    """By version: where a value begins, and the value."""
    found: dict[int, list[tuple[int, Value]]] = {}
    for version, cells in space.cells.items():
        starts = found.setdefault(version, [])
        for cell in cells:
            given = value(cell)
            if not starts or starts[-1][1] != given:
                starts.append((cell.first, given))
    return found


def own(term: Directive, tree: Tree) -> Families:
    """The addresses that a directive can match, whoever comes before it."""
    if isinstance(term, Network):
        ours = 4 if isinstance(term, Ip4) else 6
        return {version: ((term.first, term.last),) if version == ours else () for version in VERSIONS}
    if isinstance(term, All):
        return {version: everything(version) for version in VERSIONS}
    branch = next((branch for branch in tree.root.branches if branch.term.start == term.start), None)
    if branch is None or branch.condition:  # none behind `all`: nothing was asked there
        return {version: everything(version) for version in VERSIONS}
    if isinstance(term, Include):
        passed = authorised(evaluate(replace(tree, domain=branch.target), COUNTED))
        return {version: union((*passed.always[version], *passed.sometimes[version])) for version in VERSIONS}
    return {version: union(at for step in branch.steps[version] for at in step.ranges) for version in VERSIONS}


def without(tree: Tree, term: Directive) -> Tree:
    """The tree whose own record lacks a term."""
    root = tree.root
    terms = root.record.terms if root.record else ()
    record = Record(text=root.record.text if root.record else "", terms=tuple(one for one in terms if one.start != term.start))
    branches = tuple(one for one in root.branches if one.term.start != term.start)
    return replace(tree, nodes={**tree.nodes, tree.domain.lower(): replace(root, record=record, branches=branches)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two directives that can match the same addresses."""

    first: Directive
    second: Directive
    shared: Families


def overlaps(found: Iterable[Use]) -> tuple[Overlap, ...]:
    """All pairs of directives that share addresses, but for `all` and what can match everyone."""
    narrow = [use for use in found if any(use.own.values()) and not any(use.own[version] == everything(version) for version in VERSIONS)]
    pairs = (
        Overlap(first=one.term, second=other.term, shared={version: common(one.own[version], other.own[version]) for version in VERSIONS})
        for one, other in combinations(narrow, 2)
    )
    return tuple(pair for pair in pairs if any(pair.shared.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Addresses whose result changes in one way."""

    before: Value
    after: Value
    addresses: Families

    @property
    def is_default(self) -> bool:
        """Whether it is about most of a family: "everything else" says more than its prefixes do."""
        return any(2 * count(self.addresses[version]) > 1 << bits for version, bits in BITS.items())


def difference(before: Space, after: Space) -> tuple[Difference, ...]:
    """What changes from one evaluation to another, in the order of addresses; costs and deciding terms left aside."""
    found: dict[tuple[Value, Value], dict[int, list[Range]]] = {}
    for version in VERSIONS:
        for at, old, new in _both(before.cells[version], after.cells[version]):
            if old != new:
                found.setdefault((old, new), {one: [] for one in VERSIONS})[version].append(at)
    return tuple(
        Difference(before=old, after=new, addresses={version: union(ranges) for version, ranges in addresses.items()})
        for (old, new), addresses in found.items()
    )


def _both(before: Sequence[Cell], after: Sequence[Cell]) -> Iterator[tuple[Range, Value, Value]]:
    """The values of two evaluations side by side."""
    i = k = 0
    while i < len(before) and k < len(after):
        old, new = before[i], after[k]
        yield (max(old.first, new.first), min(old.last, new.last)), value(old), value(new)
        i += old.last <= new.last
        k += new.last <= old.last
