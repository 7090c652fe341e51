"""Walks a posture once and calls the rules of each type that it meets.

A rule costs nothing where its subject is absent. Sections are walked in the order of the file; what a section
consists of is the section's own knowledge (`core.posture.Section.subjects`). What was observed is a subject of every domain.

Most rules look for what hardly any subject holds, and calling a rule for nothing is most of what it costs. So a subject can have `parts`, the
names of what it holds, and a rule says by `needs` which of them there must be: it is not called for subjects that lack one. A domain's parts
are told there (`core.posture.Domain.parts`). A portfolio's are the keys of all sections, and with its key before it each part that one of them
has, or "absent" where it shall not be: "dmarc", "dmarc strict", "dmarc absent".
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Final

import msgspec

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.observation import NotRecordedError, Observation, Wanted
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.lint.rule import Context, Rule

_ABSENT: Final = frozenset({"absent"})
_MOST_KINDS: Final = 10_000


class Raised(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    dispatch = _dispatch(_Key(rules))
    met: set[tuple[str, Collection[str]]] = set()
    for domain in posture.domains:
        context = Context(posture=posture, domain=domain)
        yield from _judge_domain(dispatch, domain, context, met)
        if observation is not None:
            for rule in dispatch.rules_with(Observation, ()):
                with suppress(NotRecordedError):
                    for finding in rule.check(observation, context):
                        yield _raised(rule, finding, domain.route, domain.route, domain.name)
    yield from _judge(dispatch.rules_with(Posture, _parts_of_portfolio(met)), posture, (), (), Context(posture=posture, domain=None))


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
    """The rules of each kind of subject: of its type, a subclass's own and its bases', and content with its parts."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._of_kind: dict[type, tuple[Rule, ...]] = {}
        self._found: dict[tuple[type, Collection[str]], tuple[Rule, ...]] = {}
        self.without_parts: dict[type, tuple[Rule, ...]] = {}
        """Of the kinds met so far whose subjects have no parts."""

    def rules_for(self, subject: object) -> tuple[Rule, ...]:
        """Those of what a section consists of."""
        kind = type(subject)
        parts = getattr(subject, "parts", None)
        if parts is not None:
            return self.rules_with(kind, parts)
        found = self.without_parts[kind] = self.rules_with(kind, ())
        return found

    def rules_with(self, kind: type, parts: Collection[str]) -> tuple[Rule, ...]:
        """In the order given; worked out once for each type with the same parts, which must be hashable."""
        found = self._found.get((kind, parts))
        if found is None:
            if len(self._found) >= _MOST_KINDS:  # names of tags are parts of DKIM records, and anybody can make those up
                self._found.clear()
            if kind not in self._of_kind:
                self._of_kind[kind] = tuple(rule for rule in self._rules if issubclass(kind, rule.subject))
            found = self._found[kind, parts] = tuple(rule for rule in self._of_kind[kind] if rule.needs.issubset(parts))
        return found


class _Key:
    """Rules that are equal to themselves only."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = rules

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.rules is other.rules

    def __hash__(self) -> int:
        return id(self.rules)


@lru_cache(2)
def _dispatch(key: _Key) -> _Dispatch:
    """Kept: to look through all rules for each kind of subject takes as long as to judge some domains."""
    return _Dispatch(key.rules.values())


def _parts_of_portfolio(met: Iterable[tuple[str, Collection[str]]]) -> frozenset[str]:
    """From the parts of all sections by key."""
    of_key: dict[str, set[str]] = {}
    for key, parts in met:
        of_key.setdefault(key, set()).update(parts)
    return frozenset(of_key).union(*([f"{key} {part}" for part in parts] for key, parts in of_key.items()))


def _judge_domain(dispatch: _Dispatch, domain: Domain, context: Context, met: set[tuple[str, Collection[str]]]) -> list[Raised]:
    """A domain, then each of its sections, whose keys and parts are noted as `met`, then what that consists of.

    No routes are made for subjects that no rule is about: of most terms of SPF there is none.
    """
    rules = dispatch.rules_with(Domain, domain.parts)
    found = _judge(rules, domain, domain.route, domain.route, context) if rules else []
    for key, section in domain.sections.items():
        if section is ABSENT:
            met.add((key, _ABSENT))
            continue
        parts = getattr(section, "parts", ())
        met.add((key, parts))
        base = (*domain.route, key)
        if rules := dispatch.rules_with(type(section), parts):
            found += _judge(rules, section, base, base, context)
        for subject, route in section.subjects(domain):
            about = dispatch.without_parts.get(type(subject))
            if about is None:
                about = dispatch.rules_for(subject)
            if about:
                found += _judge(about, subject, base, base + route, context)
    return found


def _judge(rules: Iterable[Rule], subject: object, root: Route, place: Route, context: Context) -> list[Raised]:
    name = context.domain.name if context.domain is not None else None
    return [_raised(rule, finding, root, place, name) for rule in rules for finding in rule.check(subject, context)]


def _raised(rule: Rule, finding: Finding, root: Route, place: Route, domain: str | None) -> Raised:
    """`at` of a finding is relative to the root, which is the subject's section; without one it is the subject's own place."""
    at = root + finding.at if finding.at else place
    fix = finding.fix and replace(finding.fix, at=root + finding.fix.at)
    return Raised(rule=rule, finding=Finding(finding.message, at, fix), domain=domain)
