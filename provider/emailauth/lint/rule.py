"""What a rule is: a function with its metadata beside it.

The type of a rule's first parameter says what it judges: a value that a section's `subjects` yields (a term, a
record; a union of types for several kinds of them), a section, a `Domain`, the `Posture` of all domains, or the `Observation`: what DNS and web servers answered, judged once for each
domain. The second parameter, if there is one, is the `Context`. A rule does not know whether the domain stands in a file or was made of what
is published. Its id is the function's name with dashes; its docstring is its page, which ends in a bad and a good example.
"""

import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import UnionType
from typing import Any, Final, TypeVar

import msgspec

from emailauth.core.diagnostic import Finding, Strength
from emailauth.core.posture import Domain, Posture

MUST: Final = Strength.MUST
SHOULD: Final = Strength.SHOULD
ADVICE: Final = Strength.ADVICE

ANSWERS: Final = "answers.json"
"""The path of the answers in an example of a rule over the observation (see `core.observation.from_json`)."""


class Context(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a rule may look at besides its subject."""

    posture: Posture
    domain: Domain | None
    """The domain that the subject belongs to; None for portfolio rules."""

    def require_domain(self) -> Domain:
        """The domain, for rules whose subjects always have one."""
        if self.domain is None:
            msg = "this subject belongs to no domain"
            raise LookupError(msg)
        return self.domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A file that shows a rule, as text, with the files that it names by path; for a rule over the observation with `ANSWERS`."""

    text: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as the engine, `emailauth rules` and the documentation see it."""

    id: str
    strength: Strength
    clause: str
    covers: tuple[str, ...]
    """Ids of rows of the catalogue of checks."""
    fixes: bool
    """Whether its findings can carry a fix."""
    secret: bool
    """Whether what it finds must not be shown again."""
    protocol: str
    """The folder it stands in: the section's key, or "portfolio"."""
    summary: str
    """First line of the page."""
    page: str
    """The rest of the page, up to the examples."""
    bad: Example
    good: Example
    subject: type | UnionType
    needs: frozenset[str]
    """What a subject must hold (see `parts` in `engine`) for the rule to find anything: the engine does not call it for others."""
    check: Callable[[Any, Context], Iterable[Finding]]


F = TypeVar("F", bound=Callable[..., Iterable[Finding]])
_ATTRIBUTE: Final = "__emailauth_rule__"


def rule(
    strength: Strength, clause: str, *, covers: Sequence[str], needs: Sequence[str] = (), fixes: bool = False, secret: bool = False
) -> Callable[[F], F]:
    """Marks a function as a rule. Raises `TypeError` at import where its form is not the one said above."""

    def mark(function: F) -> F:
        read = _read(function, strength, clause, tuple(covers), fixes=fixes, secret=secret)
        setattr(function, _ATTRIBUTE, replace(read, needs=frozenset(needs)))
        return function

    return mark


def of(function: object) -> Rule | None:
    """The rule that a function is marked as."""
    return getattr(function, _ATTRIBUTE, None)


def _read(
    function: Callable[..., Iterable[Finding]], strength: Strength, clause: str, covers: tuple[str, ...], *, fixes: bool, secret: bool
) -> Rule:
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters)
    summary, page, bad, good = _page(inspect.getdoc(function) or "")
    takes_context = len(parameters) > 1
    return Rule(
        id=function.__name__.replace("_", "-"),
        strength=strength,
        clause=clause,
        covers=covers,
        fixes=fixes,
        secret=secret,
        protocol=function.__module__.split(".rules.")[-1].split(".")[0],
        summary=summary,
        page=page,
        bad=bad,
        good=good,
        subject=hints[parameters[0]],
        needs=frozenset(),
        check=function if takes_context else lambda subject, _context: function(subject),
    )


def _page(text: str) -> tuple[str, str, Example, Example]:
    match = re.fullmatch(r"(?P<summary>[^\n]+)\n\n(?P<page>.*?)\n*Bad:\n(?P<bad>.+?)\nGood:\n(?P<good>.+)", text, re.DOTALL)
    if match is None:
        msg = f"a rule's docstring is a summary line, a page, 'Bad:' and 'Good:' with an example each: {text[:80]!r}"
        raise TypeError(msg)
    return match["summary"], match["page"].strip(), _example(match["bad"]), _example(match["good"])


def _example(block: str) -> Example:
    """Takes a block apart into the file and, behind lines `--- PATH`, the files that it names."""
    parts = re.split(r"^--- (\S+)\n", textwrap.dedent(block).strip("\n") + "\n", flags=re.MULTILINE)
    return Example(text=parts[0], files={path: body.encode() for path, body in zip(parts[1::2], parts[2::2], strict=True)})
