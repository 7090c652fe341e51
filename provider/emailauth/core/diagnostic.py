"""What the program has to say about the file: findings of rules, made concrete as diagnostics with a place."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

import msgspec

Route: TypeAlias = tuple[str | int, ...]
"""Keys and indices that lead from a document (or a part of it, where said) to a value in it."""


class Severity(Enum):
    """How bad it is; follows the standard, not taste."""

    ERROR = "error"
    """A MUST is violated, or the file cannot be understood."""
    WARNING = "warning"
    """A SHOULD is violated."""
    ADVICE = "advice"
    """Allowed by the standards, and yet better done otherwise."""


class Strength(Enum):
    """What the clause says, in RFC 2119's words; decides the severity of what violates it."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    ADVICE = "advice"

    @property
    def severity(self) -> Severity:
        """The severity of a finding against a clause of this strength."""
        return _SEVERITY[self]


_SEVERITY: Final = {Strength.MUST: Severity.ERROR, Strength.SHOULD: Severity.WARNING, Strength.ADVICE: Severity.ADVICE}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a text file. Lines and columns count from 1, columns in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Fix(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A change of the file that certainly mends a finding and changes nothing else."""

    description: str
    """In the imperative, for a person: 'write "mailto:dmarc@example.com"'."""
    at: Route
    """The value to change; relative to the same thing as the `at` of its finding."""
    value: object = None
    """The new plain value (str, int, bool, list, dict). Ignored where `remove` is set."""
    remove: bool = False
    """The key or list item goes."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What a rule yields: the rule itself knows its id, clause and strength; the engine knows the place of its subject."""

    message: str
    """One sentence or two: what is there, what receivers will do. No dot at the end of a single sentence."""
    at: Route = ()
    """Where, relative to the subject's section (to the domain for rules that judge a domain, to the file for portfolio rules)."""
    fix: Fix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing to tell about a file, with its place. Sorts by place."""

    path: str
    """The file, as the user named it."""
    span: Span
    rule: str
    """Id in kebab-case; `emailauth rules ID` prints its page."""
    severity: Severity
    message: str
    clause: str = ""
    """The clause of the standard, "RFC 7208 section 4.6.4"."""
    domains: tuple[str, ...] = ()
    """Whose posture it is about; several where they share the place through `defaults`."""
    route: Route = ()
    """Where in the document it is, from its root."""
    fix: Fix | None = None
    """Its route too is from the root of the document."""

    secret: bool = False
    """What stands at the place is a secret: nobody prints it."""

    @property
    def order(self) -> tuple[object, ...]:
        """The key that sorts diagnostics by place, then by rule and text."""
        return (self.path, self.span, self.rule, self.message)
