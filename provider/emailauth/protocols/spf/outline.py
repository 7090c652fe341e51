"""A tree of records as people look at it: term by term, with what each costs and whom it lets pass."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from emailauth.protocols.spf.intervals import count
from emailauth.protocols.spf.malformed import AnyTerm
from emailauth.protocols.spf.space import evaluate, worst_case
from emailauth.protocols.spf.survey import MAX_RECORDS, Authorised, Use, authorised, own, uses
from emailauth.protocols.spf.terms import Directive, Include, Redirect
from emailauth.protocols.spf.tree import Branch, Openness, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One term."""

    term: AnyTerm
    depth: int
    """0 for the terms of the domain's own record."""
    lookups: int = 0
    """Of the term and all that it leads to, in the worst case."""
    voids: int = 0
    addresses: Mapping[int, int] = field(default_factory=dict)
    """By version, how many addresses the term can match; empty where that is not known, or not asked."""
    openness: Openness | None = None
    """Why it cannot be told whom it matches; None where it can."""
    notes: tuple[str, ...] = ()
    """What else is worth knowing, each a phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One domain's record with all that it leads to."""

    domain: str
    text: str | None
    """The record; None where there is none."""
    problem: str
    """Why receivers cannot evaluate it; empty where they can."""
    lookups: int
    """In the worst case, and not cut off at any limit."""
    voids: int
    entries: tuple[Entry, ...]
    """Each term is followed by those of the record that it leads to; a record that was shown before is not shown again."""
    passes: Authorised
    """Who is authorised, under the limits that RFC 7208 sets."""


def outline(tree: Tree) -> Outline:
    """The outline of a tree."""
    root = tree.root
    lookups, voids = worst_case(tree)
    return Outline(
        domain=root.domain,
        text=root.record.text if root.record else None,
        problem=root.reason,
        lookups=lookups,
        voids=voids,
        entries=tuple(_Outliner(tree).entries(root.domain, 0)),
        passes=authorised(evaluate(tree)),
    )


class _Outliner:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._shown: set[str] = set()
        self._costs: dict[str, tuple[int, int]] = {}
        self._uses = {use.term.start: use for use in uses(tree)}

    def entries(self, domain: str, depth: int) -> Iterator[Entry]:
        """The terms of a record, each with those that it leads to."""
        self._shown.add(domain.lower())
        node = self._tree.nodes[domain.lower()]
        branches = {branch.term.start: branch for branch in node.branches}
        for term in node.record.terms if node.record else ():
            branch = branches.get(term.start)
            use = None if depth else self._uses.get(term.start)
            notes = _of_use(use) if use else ()
            if branch and isinstance(term, Include | Redirect) and branch.condition is None:
                yield from self._led(term, branch, domain, depth, notes)
                continue
            openness = branch.condition.openness if branch and branch.condition else None
            yield Entry(
                term=term,
                depth=depth,
                lookups=int(branch is not None),
                voids=_voids(branch) if branch else 0,
                addresses={} if openness or (branch is None and term.queries_dns) else self._counted(term, domain),
                openness=openness,
                notes=(*(_of_steps(branch) if branch else ()), *notes),
            )

    def _led(self, term: Include | Redirect, branch: Branch, domain: str, depth: int, notes: tuple[str, ...]) -> Iterator[Entry]:
        """An include or a redirect, and what is behind it."""
        target = self._tree.nodes[branch.target.lower()]
        is_shown = branch.target.lower() in self._shown
        if not is_shown and len(self._shown) >= MAX_RECORDS:
            yield Entry(term=term, depth=depth, notes=("not shown: this tree has too many records", *notes))
            return
        lookups, voids = self._cost(branch.target)
        is_small = len(self._tree.nodes) <= MAX_RECORDS
        addresses = self._counted(term, domain) if is_small and not is_shown else {}
        state = ("shown above",) if is_shown else (target.reason,) if target.reason else ()
        yield Entry(term=term, depth=depth, lookups=lookups + 1, voids=voids, addresses=addresses, notes=(*state, *notes))
        if not is_shown:
            yield from self.entries(branch.target, depth + 1)

    def _cost(self, domain: str) -> tuple[int, int]:
        """Look-ups and voids in the worst case of a domain's record."""
        if domain.lower() not in self._costs:
            self._costs[domain.lower()] = worst_case(replace(self._tree, domain=domain))
        return self._costs[domain.lower()]

    def _counted(self, term: AnyTerm, domain: str) -> dict[int, int]:
        """How many addresses a term can match."""
        if not isinstance(term, Directive):
            return {}
        return {version: count(ranges) for version, ranges in own(term, replace(self._tree, domain=domain)).items()}


def _of_use(use: Use) -> tuple[str, ...]:
    if use.unreachable:
        return ("never decides: nothing that it matches comes to it",)
    return ("changes nothing",) if use.redundant else ()


def _of_steps(branch: Branch) -> tuple[str, ...]:
    problems = {step.problem.value: None for steps in branch.steps.values() for step in steps if step.problem}
    return tuple(problems)


def _voids(branch: Branch) -> int:
    """At worst 1, for a term is one void however many of its queries are."""
    return int(branch.condition is not None or any(step.is_void for steps in branch.steps.values() for step in steps))
