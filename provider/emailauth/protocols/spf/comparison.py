"""Two SPF trees side by side: who gets another result, and what it costs."""

from dataclasses import dataclass

from emailauth.protocols.spf.space import evaluate, worst_case
from emailauth.protocols.spf.survey import Difference, difference
from emailauth.protocols.spf.tree import Openness, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changes from one tree to another."""

    before: str
    """The domain of the first tree."""
    after: str
    """Of the second, often the same."""
    differences: tuple[Difference, ...]
    """Those that are about most of a family last, for they are what is left."""
    lookups: tuple[int, int]
    """In the worst case, before and after; not cut off at any limit."""
    is_partial: bool
    """Whether something was not looked up that either leads to. What is asked in both is the same in both."""


def compare(before: Tree, after: Tree) -> Comparison:
    """Compares what every address gets. Costs and the terms that decide make no difference."""
    found = difference(evaluate(before), evaluate(after))
    return Comparison(
        before=before.domain,
        after=after.domain,
        differences=tuple(sorted(found, key=lambda one: one.is_default)),
        lookups=(worst_case(before)[0], worst_case(after)[0]),
        is_partial=any(
            branch.condition is not None and branch.condition.openness is Openness.NOT_LOOKED_UP
            for tree in (before, after)
            for node in tree.nodes.values()
            for branch in node.branches
        ),
    )
