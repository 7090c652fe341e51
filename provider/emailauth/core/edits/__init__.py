"""Changes of a YAML text that leave everything else in it alone: comments, order, quotes, indentation, line breaks.

A fix says what shall change in the data; here that becomes pieces of the text that are replaced. What comes out is read again, and is
right only if it is the data with the fix: otherwise the text is not changed at all.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from emailauth.core.compose import Plain
from emailauth.core.diagnostic import Fix, Route
from emailauth.core.document import Document, Ignore, parse
from emailauth.core.edits.piece import NoEditError, Piece
from emailauth.core.edits.place import Source, find
from emailauth.core.edits.removal import removed
from emailauth.core.edits.replacement import added, replaced
from emailauth.core.edits.writing import UnwritableError

__all__ = ["NoEditError", "Piece", "changed", "edited", "origin", "overlap", "pieces"]

_GONE: Final = object()


def pieces(document: Document, fix: Fix) -> tuple[Piece, ...]:
    """What a fix changes in the text, sorted. Raises `NoEditError` where nothing stands that could be changed so."""
    place = find(document, fix.at)
    try:
        found = removed(place) if fix.remove else replaced(place, fix.value) if place.node is not None else added(place, fix.value)
    except UnwritableError as e:
        raise NoEditError(f"{e} cannot be written in YAML") from e
    if any(_leaves_behind(ignore, place.source, found) for ignore in document.ignores):
        raise NoEditError("the comment above it, which ignores findings, would then be about something else")
    return tuple(sorted(found))


def _leaves_behind(ignore: Ignore, source: Source, found: Iterable[Piece]) -> bool:
    """Whether a comment stays while the line goes that it is about."""
    line = ignore.target_line
    if line in {0, ignore.span.line}:
        return False
    start, end = source.lines.start(line), source.end_of_content(line)
    return any(piece.start <= start and end <= piece.end and not piece.text for piece in found)


def edited(document: Document, fixes: Sequence[Fix]) -> Document:
    """The document with fixes applied, read anew. Raises `NoEditError` where that is not the same file with just them."""
    every = sorted({piece for fix in fixes for piece in pieces(document, fix)})
    if overlap(every):
        raise NoEditError("two fixes change the same place")
    after = parse(document.path, _spliced(document.text, every))
    if [one.rule for one in after.diagnostics] != [one.rule for one in document.diagnostics]:
        raise NoEditError("the file would not be right any more")
    if repr(after.data) != repr(changed(document.data, fixes)):
        raise NoEditError("the rest of the file would not stay as it is")
    return after


def overlap(every: Sequence[Piece]) -> bool:
    """Whether pieces, sorted, get into each other's way."""
    return any(one.end > other.start or one.start == other.start for one, other in pairwise(every))


def _spliced(text: str, every: Iterable[Piece]) -> str:
    """The text with the pieces replaced, which are sorted and do not overlap."""
    done, at = [], 0
    for piece in every:
        done += [text[at : piece.start], piece.text]
        at = piece.end
    return "".join([*done, text[at:]])


def origin(index: int, every: Iterable[Piece]) -> int:
    """Where in the text before it what stands at an index after it comes from: for what is new, where it was put."""
    shift = 0
    for piece in every:
        start = piece.start + shift
        if index < start:
            break
        if index < start + len(piece.text):
            return piece.start
        shift += len(piece.text) - (piece.end - piece.start)
    return index - shift


def changed(data: Plain, fixes: Iterable[Fix]) -> Plain:
    """The data with fixes applied, all of whose routes lead through the data as it is. Aliases are written out. Raises `NoEditError`."""
    root = [_copy(data)]
    holders: dict[int, Plain] = {}
    for fix in fixes:
        holder, last = _holder(root, (0, *fix.at))
        try:
            holder[last] = _GONE if fix.remove else fix.value
        except (IndexError, TypeError) as e:
            raise NoEditError("nothing stands there") from e
        holders[id(holder)] = holder
    for holder in holders.values():
        if isinstance(holder, list):
            holder[:] = [one for one in holder if one is not _GONE]
        else:
            for key in [key for key, one in holder.items() if one is _GONE]:
                del holder[key]
    return root[0]


def _holder(root: Plain, route: Route) -> tuple[Plain, str | int]:
    *steps, last = route
    holder = root
    for step in steps:
        try:
            holder = holder[step]
        except (IndexError, KeyError, TypeError) as e:
            raise NoEditError("nothing stands there") from e
    return holder, last


def _copy(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value
