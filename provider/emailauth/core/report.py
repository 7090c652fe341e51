"""What `lint` has to say besides its findings."""

from collections.abc import Sequence
from dataclasses import dataclass

from emailauth.core.diagnostic import Diagnostic, Severity, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A fix that was applied to a file, or was not."""

    path: str
    span: Span
    """Of the finding, in the file as it was before all fixes."""
    rule: str
    description: str
    """In the imperative, as the fix says it."""
    reason: str = ""
    """Why it was not applied, a clause; empty where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was judged, and how much of what was found is not told."""

    files: tuple[str, ...] = ()
    """As the user named them."""
    domains: tuple[str, ...] = ()
    """Those that no file describes, judged as they are published."""
    advice_left_out: int = 0
    """How many pieces of advice are not told, for nobody asked for them."""
    fixes: tuple[Fixed, ...] = ()
    """Those that were applied, and those that were not."""


def without_advice(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The errors and warnings."""
    return [diagnostic for diagnostic in found if diagnostic.severity is not Severity.ADVICE]
