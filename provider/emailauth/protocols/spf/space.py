"""Whole-space evaluation: what `check_host` returns for every address there is, at once.

A tree of records becomes, for each address family, a sorted list of cells: ranges of addresses for which the evaluation runs the same
way. What only a message can tell (exists, ptr, macros), or what was not looked up, stays in the cell as conditions, in the order in which a
receiver comes to them. `check_host` and this agree on every address; a property test holds them to it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby, pairwise
from typing import Final, TypeAlias

from emailauth.protocols.spf.check_host import RESULTS, Limits, Match, ResultCode
from emailauth.protocols.spf.intervals import Range, Ranges, everything, first_match, split, union
from emailauth.protocols.spf.terms import All, Directive, Include, Ip4, Ip6, Network
from emailauth.protocols.spf.tree import VERSIONS, Branch, Condition, Tree

COUNTED: Final = Limits(lookups=100, voids=100)
"""What a tree costs is counted up to here; a record that needs more is beyond all help. A limit of so many voids is none, and whether
a term that does not match is a void makes no difference then."""
MAX_THREADS: Final = 100
"""Ways to come to one place that are told apart by the conditions on them: each condition within an include can treble them. With more
the result is left undecided. Receivers stop at ten terms that query DNS, and three conditions are rare."""

_ERRORS: Final = frozenset({ResultCode.TEMPERROR, ResultCode.PERMERROR, None})


class Outcome(Enum):
    """What comes of a condition."""

    MATCHED = "matched"
    VOID = "void"
    """Not matched, because what is asked for is not there: a void look-up."""
    UNMATCHED = "not matched"
    DECIDES = "decides"
    """The result is that of a record that is not known, or of too many conditions."""


Trail: TypeAlias = tuple[tuple[Condition, Outcome], ...]
Oracle: TypeAlias = Callable[[Condition], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way in which the evaluation can end."""

    trail: Trail = ()
    """The conditions that it met, in order, and what came of them for this case."""
    result: ResultCode | None
    """None: the last condition of the trail decides."""
    lookups: int
    voids: int
    matches: tuple[Match, ...] = ()
    """As in `check_host.Result`, of a result that is no error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A range of addresses for which everything goes the same way."""

    first: int
    last: int
    cases: tuple[Case, ...]
    """One unless there are conditions; each combination of outcomes that can be has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The whole of it."""

    cells: Mapping[int, tuple[Cell, ...]]
    """By address family, 4 and 6: sorted, without gaps."""

    def case(self, version: int, address: int, oracle: Oracle) -> Case:
        """The way in which the evaluation ends for one client, where an oracle knows what comes of each condition."""
        cell = next(cell for cell in self.cells[version] if cell.first <= address <= cell.last)
        return next(
            case for case in cell.cases if all(outcome in {oracle(condition), Outcome.DECIDES} for condition, outcome in case.trail)
        )

    @property
    def cases(self) -> Iterator[Case]:
        """All of them."""
        return (case for cells in self.cells.values() for cell in cells for case in cell.cases)


@dataclass(frozen=True, slots=True)
class _Thread:
    """Addresses whose evaluation has come to the same place in the same way."""

    space: Ranges
    lookups: int = 0
    voids: int = 0
    trail: Trail = ()


@dataclass(frozen=True, slots=True)
class _End:
    """Addresses whose evaluation of one record is over."""

    thread: _Thread
    result: ResultCode | None
    matches: tuple[Match, ...] = ()


def evaluate(tree: Tree, limits: Limits | None = None) -> Space:
    """Evaluates a tree for every address of both families."""
    return Space(cells={version: tuple(_cells(_Run(tree, limits or Limits(), version).ends())) for version in VERSIONS})


def worst_case(tree: Tree) -> tuple[int, int]:
    """The most look-ups and the most voids that any message can cause, where no limit stops the evaluation before `COUNTED`.

    Each condition that is not met counts as a void, which it nearly always is, and is taken by itself: one that is met twice
    may be reckoned to come out differently.
    """
    ends = [end.thread for version in VERSIONS for end in _Run(tree, COUNTED, version, worst=True).ends()]
    return max(thread.lookups for thread in ends), max(thread.voids for thread in ends)


class _Run:
    """The evaluation for one address family."""

    def __init__(self, tree: Tree, limits: Limits, version: int, *, worst: bool = False) -> None:
        self._tree = tree
        self._limits = limits
        self._version = version
        self._worst = worst
        """Whether only the costs matter: then no trail is kept, which would tell apart what costs the same."""

    def ends(self) -> list[_End]:
        """All ways in which the evaluation ends, in the order of evaluation."""
        return self._record(self._tree.domain.lower(), [_Thread(everything(self._version))], ())

    def _record(self, domain: str, threads: list[_Thread], path: tuple[str, ...]) -> list[_End]:
        """Evaluates a domain's record for those who have come to it by way of `path`."""
        node = self._tree.nodes[domain]
        if node.record is None or node.problem:
            return [_End(thread, node.problem) for thread in threads]
        branches = iter(node.branches)
        ends: list[_End] = []
        for queries, terms in groupby(node.record.tested, key=lambda term: term.queries_dns):
            for group in [[term] for term in terms] if queries else [list(terms)]:
                threads, done = (
                    self._branch(next(branches), node.domain, threads, path) if queries else self._ranges(group, node.domain, threads)
                )
                ends += done
        if node.record.redirect:
            return ends + self._redirect(next(branches), node.domain, threads, path)
        return ends + [_End(thread, ResultCode.NEUTRAL) for thread in threads]

    def _ranges(self, terms: Iterable[Directive], domain: str, threads: Iterable[_Thread]) -> tuple[list[_Thread], list[_End]]:
        """`ip4`, `ip6` and `all` that stand beside each other: all in one sweep."""
        pieces = first_match([(*found, term) for term in terms if (found := self._range(term))])
        return self._matched(pieces, threads, domain)

    def _range(self, term: Directive) -> Range | None:
        if isinstance(term, All):
            return everything(self._version)[0]
        is_ours = isinstance(term, Ip4 if self._version == VERSIONS[0] else Ip6)
        return (term.first, term.last) if isinstance(term, Network) and is_ours else None

    def _matched(
        self, pieces: Sequence[tuple[int, int, Directive]], threads: Iterable[_Thread], domain: str
    ) -> tuple[list[_Thread], list[_End]]:
        """Those who match none of the labelled pieces, and the ends of those who match one."""
        left: list[_Thread] = []
        ends: list[_End] = []
        for thread in threads:
            inside, outside = split(thread.space, pieces)
            by_term: dict[int, tuple[Directive, list[Range]]] = {}
            for first, last, term in inside:
                by_term.setdefault(term.start, (term, []))[1].append((first, last))
            for term, ranges in by_term.values():
                ends.append(_End(replace(thread, space=union(ranges)), RESULTS[term.qualifier], (Match(domain=domain, term=term),)))
            if outside:
                left.append(replace(thread, space=tuple(outside)))
        return left, ends

    def _counted(self, threads: Iterable[_Thread]) -> tuple[list[_Thread], list[_End]]:
        """One more look-up for each; the ends of those for whom it is one too many."""
        counted = [replace(thread, lookups=thread.lookups + 1) for thread in threads]
        over = [_End(thread, ResultCode.PERMERROR) for thread in counted if thread.lookups > self._limits.lookups]
        return [thread for thread in counted if thread.lookups <= self._limits.lookups], over

    def _branch(self, branch: Branch, domain: str, threads: Iterable[_Thread], path: tuple[str, ...]) -> tuple[list[_Thread], list[_End]]:
        """A mechanism that queries DNS."""
        counted, ends = self._counted(threads)
        left: list[_Thread] = []
        if branch.condition is None and isinstance(branch.term, Include):
            left, done = self._include(branch.term, branch.target, domain, counted, path)
            return left, ends + done
        for thread in counted:
            found = self._open(branch, domain, thread) if branch.condition else self._steps(branch, domain, thread)
            left += found[0]
            ends += found[1]
        if branch.condition and len(left) > MAX_THREADS:
            ends += [_undecided(thread, branch.condition) for thread in left]
            left = []
        return left, ends

    def _include(
        self, include: Include, target: str, domain: str, threads: list[_Thread], path: tuple[str, ...]
    ) -> tuple[list[_Thread], list[_End]]:
        left: list[_Thread] = []
        ends: list[_End] = []
        match = Match(domain=domain, term=include)
        for end in self._inner(target, domain, threads, path):
            if end.result is ResultCode.PASS:
                ends.append(_End(end.thread, RESULTS[include.qualifier], (match, *end.matches)))
            elif end.result in _ERRORS:
                ends.append(_End(end.thread, end.result))
            else:
                left.append(end.thread)
        return _merged(left), ends

    def _redirect(self, branch: Branch, domain: str, threads: Iterable[_Thread], path: tuple[str, ...]) -> list[_End]:
        counted, ends = self._counted(threads)
        if branch.condition:
            return ends + [_undecided(thread, branch.condition) for thread in counted]
        match = Match(domain=domain, term=branch.term)
        inner = self._inner(branch.target, domain, counted, path)
        return ends + [replace(end, matches=() if end.result in _ERRORS else (match, *end.matches)) for end in inner]

    def _inner(self, target: str, domain: str, threads: list[_Thread], path: tuple[str, ...]) -> list[_End]:
        """The ends of another record, where none is an error. One that leads to itself goes round until the limit stops it."""
        path = (*path, domain.lower())
        if target.lower() in path:
            return [_End(replace(thread, lookups=self._limits.lookups + 1), ResultCode.PERMERROR) for thread in threads]
        ends = self._record(target.lower(), threads, path) if threads else []
        return [replace(end, result=ResultCode.PERMERROR) if end.result is ResultCode.NONE else end for end in ends]

    def _open(self, branch: Branch, domain: str, thread: _Thread) -> tuple[list[_Thread], list[_End]]:
        """A term whose outcome is not known: goes on with each, or with the one that it had before."""
        term, condition = branch.term, branch.condition
        if not isinstance(term, Directive) or condition is None:
            return [thread], []
        before = dict(thread.trail).get(condition)
        left: list[_Thread] = []
        ends: list[_End] = []
        for outcome in (before,) if before else self._outcomes(term):
            trail = thread.trail if before or self._worst else (*thread.trail, (condition, outcome))
            gone = replace(thread, trail=trail, voids=thread.voids + (outcome is Outcome.VOID))
            if gone.voids > self._limits.voids:
                ends.append(_End(gone, ResultCode.PERMERROR))
            elif outcome is Outcome.MATCHED:
                ends.append(_End(gone, RESULTS[term.qualifier], (Match(domain=domain, term=term),)))
            else:
                left.append(gone)
        return left, ends

    def _outcomes(self, term: Directive) -> tuple[Outcome, ...]:
        """What can come of a term that makes a difference."""
        if isinstance(term, Include):  # a record that is not there is an error, and no void
            return Outcome.MATCHED, Outcome.UNMATCHED
        if self._worst:
            return Outcome.MATCHED, Outcome.VOID
        unmatched = (Outcome.UNMATCHED,) if self._limits.voids >= COUNTED.voids else (Outcome.VOID, Outcome.UNMATCHED)
        return (Outcome.MATCHED, *unmatched)

    def _steps(self, branch: Branch, domain: str, thread: _Thread) -> tuple[list[_Thread], list[_End]]:
        """A term whose answers are known, one after the other as a receiver asks."""
        ends: list[_End] = []
        left, is_void = [thread], False
        for step in branch.steps[self._version]:
            is_void = is_void or step.is_void
            if step.problem:
                return [], ends + [_End(one, step.problem) for one in left]
            pieces = [(first, last, branch.term) for first, last in union(step.ranges) if isinstance(branch.term, Directive)]
            left, matched = self._matched(pieces, left, domain)
            ends += self._voided([replace(end, thread=replace(end.thread, voids=end.thread.voids + is_void)) for end in matched])
        gone = self._voided([_End(replace(one, voids=one.voids + is_void), None) for one in left])
        over = [end for end in gone if end.result]
        return [end.thread for end in gone if not end.result], ends + over

    def _voided(self, ends: Iterable[_End]) -> list[_End]:
        """The same, with an error for those who have come upon too many voids."""
        limit = self._limits.voids
        return [_End(end.thread, ResultCode.PERMERROR) if end.thread.voids > limit else end for end in ends]


def _undecided(thread: _Thread, condition: Condition) -> _End:
    return _End(replace(thread, trail=(*thread.trail, (condition, Outcome.DECIDES))), None)


def _merged(threads: Iterable[_Thread]) -> list[_Thread]:
    """Those who have come the same way, together."""
    together: dict[tuple[int, int, Trail], list[Range]] = {}
    for thread in threads:
        together.setdefault((thread.lookups, thread.voids, thread.trail), []).extend(thread.space)
    return [_Thread(union(ranges), *way) for way, ranges in together.items()]


def _cells(ends: Sequence[_End]) -> Iterator[Cell]:
    """Cuts the space where any end begins or stops; the cases of a cell are in the order of evaluation."""
    cases = [Case(trail=e.thread.trail, result=e.result, lookups=e.thread.lookups, voids=e.thread.voids, matches=e.matches) for e in ends]
    events: dict[int, list[int]] = {}
    for number, end in enumerate(ends):
        for first, last in end.thread.space:
            events.setdefault(first, []).append(number)
            events.setdefault(last + 1, []).append(number)
    points = sorted(events)
    here: set[int] = set()
    for start, stop in pairwise(points):
        here.symmetric_difference_update(events[start])
        yield Cell(first=start, last=stop - 1, cases=tuple(cases[number] for number in sorted(here)))
