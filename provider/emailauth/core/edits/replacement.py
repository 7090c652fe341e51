"""Writes another value, or a key that was not there, into a YAML text, in the style of what stands there."""

import re
from collections.abc import Iterator
from typing import Final

from emailauth.core.compose import Plain
from emailauth.core.edits import writing
from emailauth.core.edits.piece import NoEditError, Piece
from emailauth.core.edits.place import Place
from emailauth.core.edits.removal import emptied

_HEADER: Final = re.compile(r"[|>][-+0-9]*")


def replaced(place: Place, value: Plain) -> list[Piece]:
    """The pieces that make a value another one. Raises `NoEditError` and `writing.UnwritableError`."""
    if place.is_block:
        return list(_block_by_block(place, value) if isinstance(value, dict | list) and value else emptied(place, _inline(place, value)))
    if (style := getattr(place.event, "style", None)) in {"|", ">"}:
        return list(_block_scalar(place, value))
    start, end = place.content, place.end
    text = _inline(place, value, style if style in {"'", '"'} else "")
    if start == end and not place.text[start - 1].isspace():
        text = f" {text}"
    return [place.source.cut(start, end, text)]


def added(place: Place, value: Plain) -> list[Piece]:
    """The pieces that put a new key at the end of a mapping. Raises `NoEditError` and `writing.UnwritableError`."""
    parent = place.parent
    if parent is None or not isinstance(place.step, str):
        raise NoEditError("nothing stands there")
    text = f"{writing.key(place.step)}: {_inline(place, value)}"
    others = parent.steps
    if parent.is_block:
        return [_new_line(parent, parent.child(others[0]), text)]
    if not parent.is_flow:
        raise NoEditError("its mapping has no braces")
    at = parent.child(others[-1]).whole_end if others else parent.content + 1
    return [Piece(at, at, f", {text}" if others else text)]


def _inline(place: Place, value: Plain, style: str = "") -> str:
    return writing.inline(value, style=style, in_flow=place.in_flow)


def _new_line(mapping: Place, first: Place, text: str) -> Piece:
    source = mapping.source
    at = source.next_line(source.line_of(mapping.end))
    line = _indent(source.before(first.start)) + text
    is_ended = at == 0 or source.text[at - 1] in "\r\n"
    return Piece(at, at, line + source.line_break if is_ended else source.line_break + line)


def _indent(before: str) -> str:
    """As wide as what stands before; dashes become blanks."""
    return re.sub(r"\S", " ", before)


def _block_by_block(place: Place, value: Plain) -> Iterator[Piece]:
    """One block by another, at its indentation."""
    source, begin = place.source, place.child(place.steps[0]).start
    first, last = source.line_of(begin), source.line_of(place.end)
    between = source.line_break + _indent(source.before(begin))
    line, *others = writing.block(value)
    end = source.end_of_line(first)
    yield Piece(begin, end, between.join([line + source.text[source.end_of_content(first) : end], *others]))
    yield from source.without_lines(first + 1, last)


def _block_scalar(place: Place, value: Plain) -> Iterator[Piece]:
    """A text below its header (`|`, `>-`): one of the same kind where it is one line, else on the header's line."""
    source, start, end = place.source, place.content, place.end
    header = _HEADER.match(source.text, start)
    if header is None:  # pragma: no cover - what parses has one
        raise NoEditError("it has no header")
    first, last = source.line_of(start), source.line_of(end)
    line = _one_line(value, header[0])
    if line is None or first == last:
        yield Piece(start, header.end(), _inline(place, value))
        yield from _lines_of_scalar(place, first + 1, last)
        return
    content = source.next_line(first)
    indent = re.match(r"\s*", source.text[content:end])
    yield Piece(content, end, (indent[0].splitlines()[-1] if indent and indent[0] else "") + line)


def _lines_of_scalar(place: Place, first: int, last: int) -> Iterator[Piece]:
    """Lines that are text, whatever they look like."""
    if first <= last:
        yield Piece(place.source.lines.start(first), place.source.next_line(last))


def _one_line(value: Plain, header: str) -> str | None:
    """What to write below the header, which adds a line break at the end unless it says otherwise."""
    if not isinstance(value, str) or not re.fullmatch(r"[|>][-+]?", header) or "+" in header:
        return None
    line = value if "-" in header else value[:-1] if value.endswith("\n") else "\n"
    return line if re.fullmatch(r"[^\s\x00-\x1f\x7f-\x9f](?:[^\r\n\x00-\x08\x0b-\x1f\x7f-\x9f]*\S)?", line) else None
