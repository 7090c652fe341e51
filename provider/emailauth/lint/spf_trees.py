"""The tree of a domain's SPF record, as the rules over the observation look at it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.core.question import Answer, Question, Questions
from emailauth.protocols import spf
from emailauth.protocols.spf.intervals import Range, everything, union
from emailauth.protocols.spf.survey import MAX_RECORDS, Families
from emailauth.protocols.spf.tree import VERSIONS, Branch, Node, Tree, gather


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """A record that another one leads to."""

    term: spf.Directive | spf.Redirect
    """The term of the domain's own record on the way to it."""
    owner: str
    """Whose record names it."""
    node: Node


def tree_of(observation: Observation, domain: Domain) -> Tree | None:
    """The tree of the record that a domain will have; None where it has none. Raises `NotRecordedError`."""
    section = domain.section(spf.Spf)
    return None if section is None else observation.follow(gather(domain.name, section.record))


def led_to(tree: Tree) -> Iterator[Led]:
    """All records of a tree but the domain's own, each once, in the order in which a receiver comes to them, nearest first."""
    seen = {tree.domain.lower()}
    for first in tree.root.branches:
        waiting = [(first, tree.root.domain)]
        for branch, owner in waiting:
            if leads(branch) and branch.target.lower() not in seen:
                seen.add(branch.target.lower())
                node = tree.nodes[branch.target.lower()]
                yield Led(term=first.term, owner=owner, node=node)
                waiting += [(inner, node.domain) for inner in node.branches]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a term can match at most."""

    addresses: Families
    """Whatever the message: those of all that it leads to, in one heap."""
    is_open: bool
    """Whether there is more that depends on the message, or is not known."""


def reach(tree: Tree) -> Mapping[int, Reach]:
    """By start, of each term of the domain's own record that lets pass, `all` and the redirect included.

    It takes a small part of the time of an evaluation, and mostly shows that there is no need of one. Of a tree of more than `MAX_RECORDS`,
    which no receiver evaluates, nothing.
    """
    record = tree.root.record
    if record is None or len(tree.nodes) > MAX_RECORDS:
        return {}
    found = {term.start: _reach(_own_ranges(term), None, tree) for term in record.tested if term.passes and not term.queries_dns}
    by_target: dict[str, Reach] = {}
    for branch in tree.root.branches:
        if isinstance(branch.term, spf.Redirect) or branch.term.passes:
            key = f"{branch.term.kind} {branch.target.lower()}"  # a record that is included a thousand times is looked at once
            if key not in by_target or not leads(branch):
                by_target[key] = _reach((), branch, tree)
            found[branch.term.start] = by_target[key]
    return found


def _reach(own: Iterable[tuple[int, Range]], first: Branch | None, tree: Tree) -> Reach:
    """Each record that the branch leads to is looked at once."""
    found, is_open = list(own), False
    waiting, seen = [first] if first is not None else [], set[str]()
    for branch in waiting:
        is_open = is_open or branch.condition is not None
        found += ((version, at) for version, steps in branch.steps.items() for step in steps for at in step.ranges)
        if leads(branch) and branch.target.lower() not in seen:
            seen.add(branch.target.lower())
            node = tree.nodes[branch.target.lower()]
            found += (at for term in (node.record.tested if node.record is not None else ()) if term.passes for at in _own_ranges(term))
            waiting += [inner for inner in node.branches if isinstance(inner.term, spf.Redirect) or inner.term.passes]
    return Reach(addresses={version: union(at for one, at in found if one == version) for version in VERSIONS}, is_open=is_open)


def _own_ranges(term: spf.Directive) -> Iterator[tuple[int, Range]]:
    """What the record tells by itself."""
    if isinstance(term, spf.Network):
        yield VERSIONS[isinstance(term, spf.Ip6)], (term.first, term.last)
    elif isinstance(term, spf.All):
        yield from ((version, everything(version)[0]) for version in VERSIONS)


def leads(branch: Branch) -> bool:
    """Whether a term leads to a record that is known."""
    return isinstance(branch.term, spf.Include | spf.Redirect) and branch.condition is None


def ask(name: str, record_type: str = "TXT") -> Questions[Answer]:
    """An evaluation that is one question."""
    return (yield Question(name=name, type=record_type))
