"""Which fixes of a file are made together: as many as give the file that they would give one after the other, each judged anew.

To judge the file after every single fix would take time by the square of their number. So a few selections of them are tried out,
chosen so that of any two fixes one selection has the first and not the second.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import structs

from emailauth.core.diagnostic import Diagnostic, Fix, Route
from emailauth.core.edits import NoEditError, Piece, edited, overlap
from emailauth.workflow.load import Loaded, load_document
from emailauth.workflow.senders import Senders

Judge: TypeAlias = Callable[[Loaded], Sequence[Diagnostic]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """One change of the text, which can mend several findings: where domains share a place, it is one for all of them."""

    diagnostics: tuple[Diagnostic, ...]
    fixes: tuple[Fix, ...]
    """At each place that would change."""
    pieces: tuple[Piece, ...]

    @property
    def sections(self) -> frozenset[Route]:
        """The sections of domains, or of the defaults, that it changes."""
        return frozenset(fix.at[: 3 if fix.at[:1] == ("domains",) else 2] for fix in self.fixes)


class Choice:
    """Chooses among the proposals for a file as it is now."""

    def __init__(self, now: Loaded, judge: Judge) -> None:
        self._now, self._judge, self._senders = now, judge, Senders(now)
        self._tried: set[frozenset[Proposal]] = set()
        """Groups no selection of which changes who may send."""
        self.refused: list[tuple[Diagnostic, str]] = []
        """What no choice can have, and why. What must wait for the others is neither here nor chosen."""

    def choose(self, proposals: Sequence[Proposal]) -> tuple[Loaded, Sequence[Proposal]]:
        """The file with those that can be made together now, which are not none unless all are refused."""
        pending = proposals
        while pending:
            after, chosen = self._sound(_apart(pending))
            if chosen:
                return after, chosen
            refused = {id(diagnostic) for diagnostic, _ in self.refused}
            pending = [one for one in pending if id(one.diagnostics[0]) not in refused]
        return self._now, ()

    def _sound(self, chosen: Sequence[Proposal]) -> tuple[Loaded, Sequence[Proposal]]:
        """Those of them with which nothing is wrong, be it of one or of all together."""
        while chosen:
            after, made = self._made(self._quiet(chosen))
            left = self._independent(made)
            if len(left) == len(chosen):
                return after, left
            chosen = left
        return self._now, ()

    def _made(self, batch: Sequence[Proposal]) -> tuple[Loaded, Sequence[Proposal]]:
        """The file after all of them, or after the first half or quarter that can be made; one that cannot is refused."""
        try:
            return self._after(batch), batch
        except NoEditError as e:
            if len(batch) == 1:
                self._refuse(batch[0], str(e))
                return self._now, ()
        middle = len(batch) // 2
        after, made = self._made(batch[:middle])
        return (after, made) if made else self._made(batch[middle:])

    def _after(self, batch: Iterable[Proposal]) -> Loaded:
        """The file after changes. Raises `NoEditError` where something could not be understood any more."""
        after = load_document(edited(self._now.document, _fixes(batch)), self._now.directory)
        if len(after.diagnostics) > len(self._now.diagnostics):
            raise NoEditError("the file could not be understood any more")
        return after

    def _refuse(self, one: Proposal, reason: str) -> None:
        self.refused += [(diagnostic, reason) for diagnostic in one.diagnostics]

    def _independent(self, batch: Sequence[Proposal]) -> Sequence[Proposal]:
        """Those that are still found, with the same fix, when the others before them in their sections are made."""
        ranks = _ranks(batch)
        waiting: set[Proposal] = set()
        for selected in _selections(ranks):
            made = [one for one, is_made in zip(batch, selected, strict=True) if is_made]
            try:
                after = self._after(made)
            except NoEditError:
                return [one for one, rank in zip(batch, ranks, strict=True) if not rank]
            moves = _moves(_fixes(made))
            found = {_mark(one, one.fix) for one in self._judge(after) if one.fix}
            waiting |= {one for one in set(batch).difference(made) if not found.issuperset(_marks(one, moves))}
        return [one for one in batch if one not in waiting]

    def _quiet(self, batch: Sequence[Proposal]) -> Sequence[Proposal]:
        """Those that change nothing in who may send. One that does so by itself is refused; what does so only with another one waits."""
        quiet = {one for group in self._quiet_of_each(self._groups(batch)) for one in group}
        return [one for one in batch if one in quiet]

    def _groups(self, batch: Sequence[Proposal]) -> list[list[Proposal]]:
        """Put together where what one changes in who may send could hang on another one."""
        concerned = self._senders.concerned([one.fixes for one in batch])
        connected = _connected(concerned)
        groups: defaultdict[Hashable, list[Proposal]] = defaultdict(list)
        for one, names in zip(batch, concerned, strict=True):
            groups[id(connected[next(iter(names))]) if names else one].append(one)
        return list(groups.values())

    def _quiet_of_each(self, groups: Sequence[Sequence[Proposal]]) -> list[Sequence[Proposal]]:
        """Of each group those that are quiet. The groups are compared side by side, for it is the reading of a file that costs time."""
        changes = self._changes(groups)
        for group, change in zip(groups, changes, strict=True):
            if change and len(group) == 1:
                self._refuse(group[0], f"this changes who may send: {change}")
        loud = [group for group, change in zip(groups, changes, strict=True) if change and len(group) > 1]
        halves = iter(self._quiet_halves(loud) if loud else ())
        return [group if not change else next(halves) if len(group) > 1 else () for group, change in zip(groups, changes, strict=True)]

    def _quiet_halves(self, groups: Sequence[Sequence[Proposal]]) -> list[Sequence[Proposal]]:
        """Of each group, which is not quiet as a whole: what is quiet of both halves if that is quiet together, else what is of the first."""
        firsts = self._quiet_of_each([group[: len(group) // 2] for group in groups])
        seconds = self._quiet_of_each([group[len(group) // 2 :] for group in groups])
        both = [[*first, *second] for first, second in zip(firsts, seconds, strict=True)]
        changes = self._changes([two if first and second else () for two, first, second in zip(both, firsts, seconds, strict=True)])
        return [first if change else two for two, first, change in zip(both, firsts, changes, strict=True)]

    def _changes(self, groups: Sequence[Sequence[Proposal]]) -> list[str]:
        """What each group, or a selection of it, changes in who may send: so that no two of it make up for each other."""
        found = self._senders.changes([_fixes(group) for group in groups])
        new = [i for i, group in enumerate(groups) if not found[i] and len(group) > 1 and frozenset(group) not in self._tried]
        for selected in _selections(range(max((len(groups[i]) for i in new), default=0))):
            some = [[one for one, is_selected in zip(groups[i], selected, strict=False) if is_selected] for i in new]
            fixes = [_fixes(few) if len(few) < len(groups[i]) else [] for i, few in zip(new, some, strict=True)]
            for i, change in zip(new, self._senders.changes(fixes), strict=True):
                found[i] = found[i] or change
        self._tried |= {frozenset(groups[i]) for i in new if not found[i]}
        return found


def _connected(sets: Iterable[frozenset[str]]) -> dict[str, frozenset[str]]:
    """For each name all that are connected with it, by one set or by several: the very same set for all of these."""
    joined: dict[str, frozenset[str]] = {}
    for one in dict.fromkeys(sets):
        names = one.union(*(joined[name] for name in one if name in joined))
        joined.update((name, names) for name in names)
    return joined


def _apart(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Those whose pieces do not get in the way of the ones before."""
    every: list[Piece] = []
    chosen = []
    for one in proposals:
        if not _collides(every, one.pieces):
            chosen.append(one)
            for piece in one.pieces:
                insort(every, piece)
    return chosen


def _collides(every: Sequence[Piece], change: Sequence[Piece]) -> bool:
    """Whether a piece gets in the way of those that are there, which are sorted."""
    places = ((piece, bisect_left(every, piece)) for piece in change)
    return any(overlap([*every[max(0, i - 1) : i], piece, *every[i : i + 1]]) for piece, i in places)


def _ranks(batch: Iterable[Proposal]) -> list[int]:
    """The place of each in the order of every section that it changes, from 0: no two of one section have the same."""
    following: defaultdict[Route, int] = defaultdict(int)
    ranks = []
    for one in batch:
        rank = max(following[section] for section in one.sections)
        following.update(dict.fromkeys(one.sections, rank + 1))
        ranks.append(rank)
    return ranks


def _selections(ranks: Sequence[int]) -> Iterator[list[bool]]:
    """Selections such that for any two ranks there is one with the lower of them and without the higher: they differ first in a bit."""
    for bit in range(max(ranks, default=0).bit_length()):
        yield [not rank >> bit & 1 for rank in ranks]


def _fixes(batch: Iterable[Proposal]) -> list[Fix]:
    return [fix for one in batch for fix in one.fixes]


def _moves(fixes: Iterable[Fix]) -> dict[Route, list[int]]:
    """By list, the indices of the items that go, sorted."""
    gone: dict[Route, list[int]] = {}
    for fix in fixes:
        if fix.remove and isinstance(fix.at[-1], int):
            insort(gone.setdefault(fix.at[:-1], []), fix.at[-1])
    return gone


def _moved(route: Route, moves: dict[Route, list[int]]) -> Route:
    """Where something stands when items of lists are gone."""
    return tuple(step - bisect_left(moves.get(route[:i], ()), step) if isinstance(step, int) else step for i, step in enumerate(route))


def _mark(found: Diagnostic, fix: Fix) -> Hashable:
    """What a finding is known by in another state of the file; its message can count others."""
    return found.rule, found.domains, fix.at, repr(fix.value), fix.remove


def _marks(one: Proposal, moves: dict[Route, list[int]]) -> list[Hashable]:
    """What its findings are known by when items of lists are gone."""
    return [_mark(found, structs.replace(found.fix, at=_moved(found.fix.at, moves))) for found in one.diagnostics if found.fix]
