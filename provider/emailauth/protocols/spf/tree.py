"""An SPF record with all that it leads to: which records, which addresses, and what can only be known for a single message.

Gathering asks by yielding questions, as `check_host` does, but for no message in particular. Who answers may send None for what is not
looked up: it stays an open condition then, and so does what depends on the message.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, ip_address
from typing import Final, TypeAlias, TypeVar

from emailauth.core.question import Answer, Question
from emailauth.protocols.spf.check_host import Limits, ResultCode, faults
from emailauth.protocols.spf.domain_spec import DomainSpec, Macro
from emailauth.protocols.spf.intervals import BITS, Range, everything
from emailauth.protocols.spf.macros import MAX_TEXT, UNKNOWN, Message, expand, name_to_ask, target_name
from emailauth.protocols.spf.record import Record, is_record, parse
from emailauth.protocols.spf.terms import A, Directive, Exists, Include, Mx, Ptr, Redirect

_T = TypeVar("_T")

Gathering: TypeAlias = Generator[Question, Answer | None, _T]

MAX_QUESTIONS: Final = 500
"""Of one tree. No receiver asks nearly as many; this bounds what the records of strangers can make of us."""
MAX_BRANCHES: Final = 1000
"""Terms that query DNS, in one tree: behind so many nothing more is asked. A record can name thousands of others."""
MAX_DEPTH: Final = 20
"""Records that lead from one to the next. Receivers stop at the tenth; a wildcard can lead on for ever, one question at a time."""

VERSIONS: Final = (4, 6)


class Openness(Enum):
    """Why a condition cannot be decided here."""

    MESSAGE = "depends on the message"
    NOT_LOOKED_UP = "not looked up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a term asks of DNS where the answer is not known here. Equal where the same is asked."""

    text: str
    """The term without its qualifier, `%{d}` and `%{o}` filled in: "exists:%{i}._spf.example.com"."""
    openness: Openness


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One answer within a term, in the order in which a receiver asks."""

    ranges: tuple[Range, ...] = ()
    """The clients that match by it, in any order."""
    is_void: bool = False
    problem: ResultCode | None = None
    """What ends the evaluation for those who come here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A term that queries DNS."""

    term: Directive | Redirect
    target: str
    """The name that it looks at; with macros where it depends on the message."""
    steps: Mapping[int, tuple[Step, ...]]
    """By address family, 4 and 6; empty for include and redirect."""
    condition: Condition | None = None
    """What must be known besides; for a redirect or an include, whether the other record passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The record of one domain."""

    domain: str
    record: Record | None = None
    branches: tuple[Branch, ...] = ()
    """For each term of `record.querying`."""
    problem: ResultCode | None = None
    """`none`, `permerror` or `temperror` where there is no record that can be evaluated."""
    reason: str = ""
    """Why, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All records that a domain's record leads to."""

    domain: str
    nodes: Mapping[str, Node]
    """By domain, in lower case. A domain that is not looked up has none."""

    @property
    def root(self) -> Node:
        """The domain's own."""
        return self.nodes[self.domain.lower()]


def gather(domain: str, record: Record | None = None, limits: Limits | None = None) -> Gathering[Tree]:
    """The tree of a domain. With a record, that one is taken for the domain's own, and DNS is not asked for it. Nothing raises."""
    gatherer = _Gatherer(domain.removesuffix("."), limits or Limits())
    return (yield from gatherer.tree(record))


class _Gatherer:
    """The gathering of one tree; each question is yielded once."""

    def __init__(self, domain: str, limits: Limits) -> None:
        self._domain = domain
        self._limits = limits
        self._answers: dict[Question, Answer | None] = {}
        self._branches = 0
        # Only the domains matter: what else there is in a message is never filled in here.
        self._message = Message(ip=IPv4Address(0), local_part="", sender_domain=domain, helo="", receiver=UNKNOWN, now=0)

    def tree(self, record: Record | None) -> Gathering[Tree]:
        """All of it, the nearest records first."""
        nodes: dict[str, Node] = {}
        waiting = [(self._domain, 0)]
        for domain, depth in waiting:
            if domain.lower() in nodes or depth > MAX_DEPTH:
                continue
            given = record if domain is self._domain else None
            node = (yield from self._filled(domain, given)) if given else (yield from self._node(domain))
            if node:
                nodes[domain.lower()] = node
                leading = (one for one in node.branches if isinstance(one.term, Include | Redirect) and one.condition is None)
                waiting += [(one.target, depth + 1) for one in leading]
        nodes.setdefault(self._domain.lower(), Node(domain=self._domain, problem=ResultCode.TEMPERROR, reason="not looked up"))
        return Tree(domain=self._domain, nodes={name: _closed(node, nodes) for name, node in nodes.items()})

    def _ask(self, name: str, record_type: str) -> Gathering[Answer | None]:
        question = Question(name=name, type=record_type)
        if question not in self._answers:
            self._answers[question] = None if self._is_enough else (yield question)
        return self._answers[question]

    @property
    def _is_enough(self) -> bool:
        return len(self._answers) >= MAX_QUESTIONS or self._branches > MAX_BRANCHES

    def _node(self, domain: str) -> Gathering[Node | None]:
        """None where it is not looked up."""
        name = name_to_ask(domain)
        answer = Answer() if name is None else (yield from self._ask(name, "TXT"))
        if answer is None:
            return None
        if answer.failed:
            return Node(domain=domain, problem=ResultCode.TEMPERROR, reason=f"the question for TXT failed: {answer.status.value}")
        found = [value for value in answer.values if is_record(value)]
        if len(found) > 1:
            return Node(domain=domain, problem=ResultCode.PERMERROR, reason=f"{len(found)} SPF records")
        record = parse(found[0]) if found else None
        if record is None:
            return Node(domain=domain, problem=ResultCode.NONE, reason="no SPF record")
        return (yield from self._filled(domain, record))

    def _filled(self, domain: str, record: Record) -> Gathering[Node]:
        if problem := next(faults(record), None):
            return Node(domain=domain, record=record, problem=ResultCode.PERMERROR, reason=problem)
        branches: list[Branch] = []
        for term in record.querying:
            self._branches += 1
            branches.append((yield from self._branch(term, domain)))
        return Node(domain=domain, record=record, branches=tuple(branches))

    def _branch(self, term: Directive | Redirect, domain: str) -> Gathering[Branch]:
        target, is_open = self._target(term, domain)
        if is_open:
            return Branch(term=term, target=target, steps={}, condition=_condition(term, target, Openness.MESSAGE))
        if self._is_enough:
            return Branch(term=term, target=target, steps={}, condition=_condition(term, target, Openness.NOT_LOOKED_UP))
        if isinstance(term, Include | Redirect):
            return Branch(term=term, target=target, steps={})
        steps: dict[int, tuple[Step, ...]] = {}
        for version in VERSIONS:
            found = yield from self._steps(term, name_to_ask(target), version)
            if found is None:
                return Branch(term=term, target=target, steps={}, condition=_condition(term, target, Openness.NOT_LOOKED_UP))
            steps[version] = found
        return Branch(term=term, target=target, steps=steps)

    def _target(self, term: Directive | Redirect, domain: str) -> tuple[str, bool]:
        """The name that a term looks at, and whether it, or what is asked of it, depends on the message."""
        spec: DomainSpec | None = getattr(term, "domain", None)
        if spec is None:
            return domain, isinstance(term, Ptr)
        parts = [expand([part], self._message, domain) if isinstance(part, Macro) and part.letter in "do" else part for part in spec.parts]
        is_open = any(isinstance(part, Macro) for part in parts)
        text = "".join(part.text if isinstance(part, Macro) else part for part in parts)
        return text.removesuffix(".")[:MAX_TEXT] if is_open else target_name(text), is_open or isinstance(term, Ptr)

    def _steps(self, term: Directive | Redirect, name: str | None, version: int) -> Gathering[tuple[Step, ...] | None]:
        """What a receiver learns by a term; None where it is not looked up. A name that cannot be matches nothing."""
        if name is None:
            return (Step(),)
        if isinstance(term, Exists):
            answer = yield from self._ask(name, "A")
            return None if answer is None else (_step(answer, everything(version)),)
        if isinstance(term, Mx):
            return (yield from self._mx(term, name, version))
        step = (yield from self._addresses(term, name, version)) if isinstance(term, A) else Step()
        return None if step is None else (step,)

    def _mx(self, mx: Mx, name: str, version: int) -> Gathering[tuple[Step, ...] | None]:
        answer = yield from self._ask(name, "MX")
        if answer is None:
            return None
        if len(answer.values) > self._limits.names:
            return (Step(problem=ResultCode.PERMERROR),)
        steps = [_step(answer, ())]
        for value in answer.values:
            if host := value.split(" ")[-1].removesuffix("."):
                step = yield from self._addresses(mx, host, version)
                if step is None:
                    return None
                steps.append(step)
        return tuple(steps)

    def _addresses(self, term: A | Mx, name: str, version: int) -> Gathering[Step | None]:
        answer = yield from self._ask(name, "A" if version == VERSIONS[0] else "AAAA")
        length = term.ip4_length if version == VERSIONS[0] else term.ip6_length
        if answer is None:
            return None
        return _step(answer, tuple(_around(int(ip_address(value)), length, BITS[version]) for value in answer.values))


def _step(answer: Answer, ranges: tuple[Range, ...]) -> Step:
    if answer.failed:
        return Step(problem=ResultCode.TEMPERROR)
    return Step(ranges=ranges if answer.values else (), is_void=answer.is_void)


def _around(address: int, length: int, bits: int) -> Range:
    first = address >> (bits - length) << (bits - length)
    return first, first + (1 << (bits - length)) - 1


def _condition(term: Directive | Redirect, target: str, openness: Openness) -> Condition:
    name = type(term).__name__.lower()
    lengths = f"/{term.ip4_length}//{term.ip6_length}" if isinstance(term, A | Mx) else ""
    return Condition(text=f"{name}{'=' if isinstance(term, Redirect) else ':'}{target}{lengths}", openness=openness)


def _closed(node: Node, nodes: Mapping[str, Node]) -> Node:
    """A node whose includes and redirect are open where they lead to what is not looked up."""
    branches = tuple(
        Branch(term=one.term, target=one.target, steps={}, condition=_condition(one.term, one.target, Openness.NOT_LOOKED_UP))
        if isinstance(one.term, Include | Redirect) and one.condition is None and one.target.lower() not in nodes
        else one
        for one in node.branches
    )
    return Node(domain=node.domain, record=node.record, branches=branches, problem=node.problem, reason=node.reason)
