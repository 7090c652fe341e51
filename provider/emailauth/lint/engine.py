"""Walks a posture once and calls the rules of each type that it meets.

A rule costs nothing where its subject is absent. Sections are walked in the order of the file; what a section
consists of is the section's own knowledge (`core.posture.Section.subjects`). What was observed is a subject of every domain.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.observation import NotRecordedError, Observation, Wanted
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.lint.rule import Context, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A finding with its rule, its routes made absolute: they lead from the root of the document."""

    rule: Rule
    finding: Finding
    domain: str | None
    """The domain that it is about; None for a portfolio rule."""


def run(posture: Posture, rules: Mapping[str, Rule], observation: Observation | None = None) -> Iterator[Raised]:
    """Judges all domains, then the portfolio. Yields findings in the order of the walk.

    Rules over the observation judge each domain where there is one; what one of them looks for and does not find in it ends that rule
    there, for nothing is known (see `unanswered`).
    """
    by_type = _Dispatch(rules.values())
    for domain in posture.domains:
        context = Context(posture=posture, domain=domain)
        for subject, base in _subjects(domain):
            yield from _judge(by_type.rules_for(type(subject)), subject, base, context)
        if observation is not None:
            yield from _judge(by_type.rules_for(Observation), observation, domain.route, context)
    yield from _judge(by_type.rules_for(Posture), posture, (), Context(posture=posture, domain=None))


def unanswered(posture: Posture, domain: Domain, rules: Iterable[Rule], observation: Observation) -> frozenset[Wanted]:
    """What the rules look for first, each of those over the observation, that it does not hold. Empty: it holds all that they need."""
    context = Context(posture=posture, domain=domain)
    found: set[Wanted] = set()
    for rule in rules:
        if rule.subject is Observation:
            try:
                deque(rule.check(observation, context), maxlen=0)
            except NotRecordedError as e:
                found.add(e.wanted)
    return frozenset(found)


class _Dispatch:
    """The rules of each type of subject, a subclass's own and its bases'."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._found: dict[type, tuple[Rule, ...]] = {}

    def rules_for(self, kind: type) -> tuple[Rule, ...]:
        if kind not in self._found:
            self._found[kind] = tuple(rule for rule in self._rules if rule.subject in kind.__mro__)
        return self._found[kind]


def _subjects(domain: Domain) -> Iterator[tuple[object, Route]]:
    yield domain, domain.route
    for key, section in domain.sections.items():
        if section is ABSENT:
            continue
        base = (*domain.route, key)
        yield section, base
        for subject, route in section.subjects(domain):
            yield subject, (*base, *route) if subject is not section else base


def _judge(rules: Iterable[Rule], subject: object, base: Route, context: Context) -> Iterator[Raised]:
    """`at` of a finding is relative to the subject's section, which is the base without the subject's own route."""
    root = _root(base, context)
    name = context.domain.name if context.domain else None
    for rule in rules:
        with suppress(NotRecordedError):
            for finding in rule.check(subject, context):
                at = (*root, *finding.at) if finding.at else base
                fix = finding.fix and replace(finding.fix, at=(*root, *finding.fix.at))
                yield Raised(rule=rule, finding=replace(finding, at=at, fix=fix), domain=name)


def _root(base: Route, context: Context) -> Route:
    """("domains", D, SECTION) for all that a section holds, ("domains", D) for a domain, () for the portfolio."""
    return base if context.domain is None else base[: len(context.domain.route) + 1]
