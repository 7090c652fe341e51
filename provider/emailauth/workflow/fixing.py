"""Applies the fixes of findings to a file in place, and leaves everything else in it alone.

A fix is applied only if that is certain in every respect: what comes out is the same file with just that change, and no address gains or
loses the permission to send. The file is judged again after each round, for a fix can make another one possible, or needless.
"""

import difflib
import os
import re
import stat
import tempfile
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emailauth.core.diagnostic import Diagnostic, Fix, Route, Severity, Span
from emailauth.core.document import Document
from emailauth.core.edits import NoEditError, Piece, edited, origin, overlap, pieces
from emailauth.core.errors import CouldNotDoError
from emailauth.core.lines import Lines
from emailauth.core.report import Fixed
from emailauth.workflow.linting import lint
from emailauth.workflow.load import Loaded, load_document
from emailauth.workflow.senders import Senders

MAX_ROUNDS: Final = 1000
"""Far more than any file needs, for each round but the last makes a fix of every section that has one."""
_SETTING: Final = 3
"""Steps to a setting of a section under `defaults`."""
_BOM: Final = "\ufeff"

Judge = Callable[[Loaded], Sequence[Diagnostic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixing:
    """What came of fixing one file, which is not written yet."""

    before: Loaded
    after: Loaded
    fixed: tuple[Fixed, ...]
    """In the order of the file as it was."""
    not_fixed: tuple[Fixed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposal:
    """One change of the text, which can mend several findings: where domains share a place, it is one for all of them."""

    diagnostics: tuple[Diagnostic, ...]
    fixes: tuple[Fix, ...]
    """At each place that would change."""
    pieces: tuple[Piece, ...]

    @property
    def sections(self) -> frozenset[Route]:
        """The sections of domains, or of the defaults, that it changes."""
        return frozenset(fix.at[: 3 if fix.at[:1] == ("domains",) else 2] for fix in self.fixes)


@dataclass(slots=True)
class _Round:
    """What there is to do in a file as it is now."""

    proposals: list[_Proposal] = field(default_factory=list)
    """The first of each section, for what mends one finding can mend or move another one there."""
    refused: list[tuple[Diagnostic, str]] = field(default_factory=list)


def fix_file(loaded: Loaded, *, advice: bool = False, judge: Judge = lint) -> Fixing:
    """Fixes what can be fixed, in memory: errors, warnings, and advice if that is asked for."""

    def look(at: Loaded) -> _Round:
        return _round(at, [one for one in judge(at) if one.fix and (advice or one.severity is not Severity.ADVICE)])

    now, current = loaded, look(loaded)
    seen = {loaded.document.text}
    done: list[tuple[Diagnostic, Span]] = []
    history: list[Sequence[Piece]] = []
    while current.proposals:
        after, batch = _applied(now, current.proposals, current)
        mended = [one for proposal in batch for one in proposal.diagnostics]
        if not batch:
            break
        if after.document.text in seen or len(history) == MAX_ROUNDS:
            current.refused += [(one, "it and another fix undo each other") for one in mended]
            break
        seen.add(after.document.text)
        done += [(one, _place(one, now, loaded, history)) for one in mended]
        history.append(sorted({piece for proposal in batch for piece in proposal.pieces}))
        now, current = after, look(after)
    fixed = [_told(one, span) for one, span in done]
    not_fixed = [_told(one, _place(one, now, loaded, history), reason) for one, reason in current.refused]
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


def _round(now: Loaded, found: Sequence[Diagnostic]) -> _Round:
    """The changes that can be made for sure, each with all findings that it mends. What must wait for them is in neither list."""
    current = _Round()
    pending = _proposed(now, found, current)
    senders = Senders(now)
    taken: set[Route] = set()
    every: list[Piece] = []
    affected: set[str] = set()
    while wave := _first_of_each_section(pending, taken):
        for one, change in zip(wave, senders.changes([one.fixes for one in wave]), strict=True):
            names = senders.affected(one.fixes)
            if change:
                current.refused += [(diagnostic, f"this changes who may send: {change}") for diagnostic in one.diagnostics]
            # What changes nothing by itself can do so together with another: those that concern one domain are made one after the other.
            elif not affected & names and not _collides(every, one.pieces):
                current.proposals.append(one)
                taken |= one.sections
                affected |= names
                for piece in one.pieces:
                    insort(every, piece)
        judged = set(map(id, wave))
        pending = [one for one in pending if id(one) not in judged]
    return current


def _proposed(now: Loaded, found: Sequence[Diagnostic], current: _Round) -> list[_Proposal]:
    """One for each change of the text, with all findings that it mends; what no change of the text can do is refused."""
    together: dict[tuple[Piece, ...], list[Diagnostic]] = {}
    for one in found:
        try:
            together.setdefault(pieces(now.document, _fix(one)), []).append(one)
        except NoEditError as e:
            current.refused.append((one, str(e)))
    proposals: list[_Proposal] = []
    for change, diagnostics in together.items():
        fixes = tuple({(fix.at, repr(fix.value), fix.remove): fix for fix in map(_fix, diagnostics)}.values())
        proposal = _Proposal(diagnostics=tuple(diagnostics), fixes=fixes, pieces=change)
        if reason := _others(now, proposal):
            current.refused += [(one, reason) for one in diagnostics]
        else:
            proposals.append(proposal)
    return proposals


def _first_of_each_section(proposals: Sequence[_Proposal], taken: Collection[Route]) -> list[_Proposal]:
    seen, first = set(taken), []
    for one in proposals:
        if not seen & one.sections:
            seen |= one.sections
            first.append(one)
    return first


def _collides(every: Sequence[Piece], change: Sequence[Piece]) -> bool:
    """Whether a piece gets in the way of those that are there, which are sorted."""
    places = ((piece, bisect_left(every, piece)) for piece in change)
    return any(overlap([*every[max(0, i - 1) : i], piece, *every[i : i + 1]]) for piece, i in places)


def _fix(diagnostic: Diagnostic) -> Fix:
    if diagnostic.fix is None:  # pragma: no cover - only findings with a fix come here
        raise AssertionError
    return diagnostic.fix


def _others(now: Loaded, proposal: _Proposal) -> str:
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


def _applied(now: Loaded, batch: Sequence[_Proposal], current: _Round) -> tuple[Loaded, Sequence[_Proposal]]:
    """The file after all changes of a batch, or after the first half or quarter of it that can be made; one that cannot is refused."""
    try:
        return _loaded(now, batch), batch
    except NoEditError as e:
        if len(batch) == 1:
            current.refused += [(one, str(e)) for one in batch[0].diagnostics]
            return now, ()
    middle = len(batch) // 2
    after, made = _applied(now, batch[:middle], current)
    return (after, made) if made else _applied(now, batch[middle:], current)


def _loaded(now: Loaded, batch: Sequence[_Proposal]) -> Loaded:
    """The file after changes. Raises `NoEditError` where something could not be understood any more."""
    after = load_document(edited(now.document, [fix for proposal in batch for fix in proposal.fixes]), now.directory)
    if len(after.diagnostics) > len(now.diagnostics):
        raise NoEditError("the file could not be understood any more")
    return after


def diff(fixing: Fixing) -> str:
    """What changes, as a unified diff; empty where nothing does."""
    path = fixing.before.document.path
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", one.document.text) for one in (fixing.before, fixing.after))
    lines = difflib.unified_diff(before, after, path, path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def write(fixing: Fixing, path: Path) -> None:
    """Writes the file: all of it or, where anything goes wrong or the file is another one by now, nothing. Raises `CouldNotDoError`."""
    with _telling(path):
        target = path.resolve(strict=True)
        content = target.read_bytes()
        old, new = fixing.before.document.text, fixing.after.document.text
        written = content.decode("utf-8", "surrogateescape")
        marks = written[: len(written) - len(written.lstrip(_BOM))]
        if written != marks + old:
            raise CouldNotDoError(f"{path} has changed meanwhile: nothing was written to it; run this again")
        if not os.access(target, os.W_OK):
            raise CouldNotDoError(f"{path} cannot be written: you have no permission to")
        _replace(target, (marks + new).encode())


def _replace(target: Path, content: bytes) -> None:
    """Gives a file other contents, all at once, with the same access as before."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _give_access(temporary, target.stat())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _give_access(path: str, as_of: os.stat_result) -> None:
    """The mode of another file and, as far as that is permitted, its group and owner."""
    if hasattr(os, "chown"):
        for owner, group in ((-1, as_of.st_gid), (as_of.st_uid, -1)):
            with suppress(PermissionError):
                os.chown(path, owner, group)
    Path(path).chmod(stat.S_IMODE(as_of.st_mode))


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise CouldNotDoError(f"{path} cannot be written: {e.strerror}") from e
