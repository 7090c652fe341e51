"""Applies the fixes of findings to a file in place, and leaves everything else in it alone.

A fix is applied only if that is certain in every respect: what comes out is the same file with just that change, and no address gains or
loses the permission to send. The file is judged again after each round, for a fix can make another one possible, or needless.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emailauth.core.diagnostic import Diagnostic, Fix, Route, Severity, Span
from emailauth.core.document import Document
from emailauth.core.edits import NoEditError, Piece, origin, pieces
from emailauth.core.errors import CouldNotDoError
from emailauth.core.lines import Lines
from emailauth.core.report import Fixed
from emailauth.files.replacing import replace
from emailauth.workflow.linting import lint
from emailauth.workflow.load import Loaded
from emailauth.workflow.together import Choice, Judge, Proposal

MAX_ROUNDS: Final = 1000
"""Far more than any file needs, for each round makes all fixes that do not depend on each other."""
_SETTING: Final = 3
"""Steps to a setting of a section under `defaults`."""
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixing:
    """What came of fixing one file, which is not written yet."""

    before: Loaded
    after: Loaded
    fixed: tuple[Fixed, ...]
    """In the order of the file as it was."""
    not_fixed: tuple[Fixed, ...]


def fix_file(loaded: Loaded, *, advice: bool = False, judge: Judge = lint) -> Fixing:
    """Fixes what can be fixed, in memory: errors, warnings, and advice if that is asked for."""
    now = loaded
    seen = {now.document.text}
    done: list[tuple[Diagnostic, Span]] = []
    history: list[Sequence[Piece]] = []
    while True:
        proposals, refused = _proposed(now, [one for one in judge(now) if one.fix and (advice or one.severity is not Severity.ADVICE)])
        choice = Choice(now, judge)
        after, chosen = choice.choose(proposals)
        refused += choice.refused
        if not chosen:
            break
        mended = [one for proposal in chosen for one in proposal.diagnostics]
        if after.document.text in seen or len(history) == MAX_ROUNDS:
            refused += [(one, "it and another fix undo each other") for one in mended]
            break
        seen.add(after.document.text)
        done += [(one, _place(one, now, loaded, history)) for one in mended]
        history.append(sorted({piece for proposal in chosen for piece in proposal.pieces}))
        now = after
    fixed = [_told(one, span) for one, span in done]
    not_fixed = [_told(one, _place(one, now, loaded, history), reason) for one, reason in refused]
    return Fixing(before=loaded, after=now, fixed=tuple(sorted(fixed, key=_order)), not_fixed=tuple(sorted(not_fixed, key=_order)))


def _order(one: Fixed) -> tuple[Span, str]:
    return one.span, one.rule


def _told(diagnostic: Diagnostic, span: Span, reason: str = "") -> Fixed:
    description = diagnostic.fix.description if diagnostic.fix else ""
    return Fixed(path=diagnostic.path, span=span, rule=diagnostic.rule, description=description, reason=reason)


def _place(diagnostic: Diagnostic, now: Loaded, first: Loaded, history: Sequence[Sequence[Piece]]) -> Span:
    """Where a finding stands in the file as it was before any fix."""
    span, lines = diagnostic.span, _lines(now)
    indices = [lines.start(span.line) + span.column - 1, lines.start(span.end_line) + span.end_column - 1]
    for every in reversed(history):
        indices = [origin(index, every) for index in indices]
    start, end = indices
    return _lines(first).span(start, max(start, end))


def _lines(loaded: Loaded) -> Lines:
    """The lines of the text, which are worked out once."""
    comments = loaded.document.comments
    return Lines(loaded.document.text) if comments is None else comments.lines


def _proposed(now: Loaded, found: Sequence[Diagnostic]) -> tuple[list[Proposal], list[tuple[Diagnostic, str]]]:
    """One for each change of the text, with all findings that it mends; and, with the reason, what no change of the text can do."""
    refused: list[tuple[Diagnostic, str]] = []
    together: dict[tuple[Piece, ...], list[Diagnostic]] = {}
    for one in found:
        try:
            together.setdefault(pieces(now.document, _fix(one)), []).append(one)
        except NoEditError as e:
            refused.append((one, str(e)))
    proposals: list[Proposal] = []
    for change, diagnostics in together.items():
        fixes = tuple({(fix.at, repr(fix.value), fix.remove): fix for fix in map(_fix, diagnostics)}.values())
        proposal = Proposal(diagnostics=tuple(diagnostics), fixes=fixes, pieces=change)
        if reason := _others(now, proposal):
            refused += [(one, reason) for one in diagnostics]
        else:
            proposals.append(proposal)
    return proposals, refused


def _fix(diagnostic: Diagnostic) -> Fix:
    if diagnostic.fix is None:  # pragma: no cover - only findings with a fix come here
        raise AssertionError
    return diagnostic.fix


def _others(now: Loaded, proposal: Proposal) -> str:
    """Why what stands under `defaults` cannot be changed for some of the domains that have it; empty where it can."""
    if not any(fix.at[:1] == ("defaults",) for fix in proposal.fixes):
        return ""
    meant = {name for one in proposal.diagnostics for name in one.domains}
    names = {str(domain.route[1]): domain.name for domain in now.posture.domains if domain.name in meant}
    for fix in proposal.fixes:
        for key in _sharing(now.document, fix.at):
            if meant and key not in names:
                return f"{key} has this from the defaults, too, and nothing is found there"
    return ""


def _sharing(document: Document, route: Route) -> Iterator[str]:
    """The domains, as they are written, that have what stands at a route from `defaults`."""
    domains = document.data.get("domains")
    for key, domain in domains.items() if isinstance(domains, dict) else ():
        section = domain.get(route[1]) if isinstance(domain, dict) and len(route) > 1 else None
        if isinstance(section, dict) and (len(route) < _SETTING or route[2] not in section):
            yield key


def diff(fixing: Fixing) -> str:
    """What changes, as a unified diff; empty where nothing does."""
    path = fixing.before.document.path
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", one.document.text) for one in (fixing.before, fixing.after))
    lines = difflib.unified_diff(before, after, path, path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def write(fixing: Fixing, path: Path) -> None:
    """Writes the file: all of it or, where anything goes wrong or the file is another one by now, nothing. Raises `CouldNotDoError`."""
    try:
        written = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as e:
        raise CouldNotDoError(f"{path} cannot be written: it cannot be read any more: {e.strerror}; run this again when it can") from e
    marks = written[: len(written) - len(written.lstrip(_BOM))]
    if written != marks + fixing.before.document.text:
        raise CouldNotDoError(f"{path} has changed meanwhile: nothing was written to it; run this again")
    replace(path, (marks + fixing.after.document.text).encode())
