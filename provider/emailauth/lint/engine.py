"""Walks a posture once and calls the rules of each type that it meets.

A rule costs nothing where its subject is absent. Sections are walked in the order of the file; what a section
consists of is the section's own knowledge (`core.posture.Section.subjects`). What was observed is a subject of every domain.

Most rules look for what hardly any subject holds, and calling a rule for nothing is most of what it costs. So a subject can have `parts`, the
names of what it holds, and a rule says by `needs` which of them there must be: it is not called for subjects that lack one. A domain's parts
are told there (`core.posture.Domain.parts`). A portfolio's are the keys of all sections, and with its key before it each part that one of them
has, or "absent" where it shall not be, and "not everywhere" where a domain has none: "dmarc", "dmarc strict", "dmarc absent", "dmarc not everywhere".
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import structs

from emailauth.core.diagnostic import Finding, Fix, Route
from emailauth.core.observation import NotRecordedError, Observation, Wanted
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.core.remembered import Kept
from emailauth.lint.rule import Context, Rule

_ABSENT: Final = frozenset({"absent"})
_MOST_KINDS: Final = 10_000
"""That are kept: names of tags are parts of DKIM records, and anybody can make those up."""


class Raised(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A finding with its rule."""

    rule: Rule
    message: str
    at: Route
    """Where, from the root of the document."""
    fix: Fix | None
    """Its route too is from the root of the document."""
    domain: str | None
    """The domain that it is about; None for a portfolio rule."""


def run(posture: Posture, rules: Mapping[str, Rule], observation: Observation | None = None) -> Iterator[Raised]:
    """Judges all domains, then the portfolio. Yields findings in the order of the walk.

    Rules over the observation judge each domain where there is one; what one of them looks for and does not find in it ends that rule
    there, for nothing is known (see `unanswered`).
    """
    dispatch = _dispatch(_Key(rules))
    met = _Met()
    for domain in posture.domains:
        context = Context(posture=posture, domain=domain)
        yield from _judge_domain(dispatch, domain, context, met)
        if observation is not None:
            for rule in dispatch[Observation, ()]:
                with suppress(NotRecordedError):
                    for finding in rule.check(observation, context):
                        yield _raised(rule, finding, domain.route, domain.route, domain.name)
    yield from _judge(dispatch[Posture, met.parts()], posture, (), (), Context(posture=posture, domain=None))


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


class _Dispatch(Kept[tuple[type, Collection[str]], tuple[Rule, ...]]):
    """The rules of each kind of subject, in the order given: of its type, a subclass's own and its bases', and content with its parts.

    Worked out once for each type with the same parts, which must be hashable; a look-up costs no call then, and each domain takes several.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        super().__init__(self._needed, _MOST_KINDS)
        self._rules = tuple(rules)
        self._of_kind: dict[type, tuple[Rule, ...]] = {}

    def _needed(self, key: tuple[type, Collection[str]]) -> tuple[Rule, ...]:
        kind, parts = key
        if kind not in self._of_kind:
            self._of_kind[kind] = tuple(rule for rule in self._rules if issubclass(kind, rule.subject))
        return tuple(rule for rule in self._of_kind[kind] if rule.needs.issubset(parts))


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


class _Met:
    """What the domains of a portfolio have, with the rules that judge it."""

    def __init__(self) -> None:
        self.domains: dict[Collection[str], tuple[Rule, ...]] = {}
        """By the parts of each."""
        self.sections: dict[tuple[str, Collection[str]], tuple[Rule, ...]] = {}
        """By the key and the parts of each."""

    def parts(self) -> frozenset[str]:
        """Those of the portfolio."""
        of_key: defaultdict[str, list[Collection[str]]] = defaultdict(list)
        for key, parts in self.sections:
            of_key[key].append(parts)
        found = set(of_key)
        for key, kinds in of_key.items():
            found.update([f"{key} {part}" for part in set().union(*kinds)])
            if _ABSENT in kinds or any(key not in parts for parts in self.domains):
                found.add(f"{key} not everywhere")
        return frozenset(found)


def _judge_domain(dispatch: _Dispatch, domain: Domain, context: Context, met: _Met) -> list[Raised]:
    """A domain, then each of its sections, then what that consists of.

    No routes are made for what no rule is about, as most sections and records are: what the rules look for is not in them.
    """
    parts: Collection[str] = domain.parts
    rules = met.domains.get(parts)
    if rules is None:
        rules = met.domains[parts] = dispatch[Domain, parts]
    found = _judge(rules, domain, domain.route, domain.route, context) if rules else []
    for key, section in domain.sections.items():
        if section is ABSENT:
            met.sections[key, _ABSENT] = ()
            continue
        parts = getattr(section, "parts", ())
        rules = met.sections.get((key, parts))
        if rules is None:
            rules = met.sections[key, parts] = dispatch[type(section), parts]
        if rules:
            base = (*domain.route, key)
            found += _judge(rules, section, base, base, context)
        for subject, route in section.subjects(domain):
            if rules := dispatch[type(subject), getattr(subject, "parts", ())]:
                base = (*domain.route, key)
                found += _judge(rules, subject, base, base + route, context)
    return found


def _judge(rules: Iterable[Rule], subject: object, root: Route, place: Route, context: Context) -> list[Raised]:
    found: list[Raised] = []  # by loops: a comprehension within a comprehension takes a third longer
    for rule in rules:
        for finding in rule.check(subject, context):
            domain = context.domain
            found.append(_raised(rule, finding, root, place, domain.name if domain is not None else None))
    return found


def _raised(rule: Rule, finding: Finding, root: Route, place: Route, domain: str | None) -> Raised:
    """`at` of a finding is relative to the root, which is the subject's section; without one it is the subject's own place."""
    at, fix = finding.at, finding.fix
    return Raised(
        rule=rule,
        message=finding.message,
        at=root + at if at else place,
        fix=fix and structs.replace(fix, at=root + fix.at),
        domain=domain,
    )
