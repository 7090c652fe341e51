"""Takes a key or a list item out of a YAML text. With it goes a comment on its lines, and none on a line of its own."""

from collections.abc import Iterator

from emailauth.core.edits.piece import NoEditError, Piece
from emailauth.core.edits.place import Place


def removed(place: Place) -> list[Piece]:
    """The pieces that go. Raises `NoEditError`."""
    parent = place.parent
    if place.node is None or parent is None:
        raise NoEditError("nothing stands there")
    if parent.is_block:
        return list(_from_block(place, parent) if len(parent.steps) > 1 else emptied(parent))
    if not parent.is_flow:
        raise NoEditError("its mapping has no braces")
    return list(_from_flow(place, parent))


def emptied(place: Place, text: str = "") -> Iterator[Piece]:
    """A block collection becomes a text on the line of its key or dash; an empty collection where none is given."""
    text = text or ("{}" if isinstance(place.node.children, dict) else "[]")
    source, head, begin = place.source, place.head, place.child(place.steps[0]).start
    first, last = source.line_of(begin), source.line_of(place.end)
    if source.line_of(head) == first:
        yield Piece(head, source.end_of_content(first), f" {text}")
        first += 1
    else:
        yield Piece(head, head, f" {text}")
    yield from source.without_lines(first, last)


def _from_block(place: Place, parent: Place) -> Iterator[Piece]:
    """One of several items of a block."""
    source, start = place.source, place.start
    first, last = source.line_of(start), source.line_of(place.whole_end)
    if not source.before(start).strip():
        yield from source.without_lines(first, last)
        return
    # It stands behind a dash, where the next one can stand, too, unless there are comments between them.
    following = parent.child(parent.steps[1]).start
    between = range(first + 1, source.line_of(following))
    if any(map(source.is_comment, between)):
        yield Piece(len(source.text[:start].rstrip()), source.end_of_line(first))
        yield from source.without_lines(first + 1, last)
    else:
        yield Piece(start, following)


def _from_flow(place: Place, parent: Place) -> Iterator[Piece]:
    """One item within brackets, with one of the commas beside it."""
    source, text = place.source, place.text
    steps = parent.steps
    number = steps.index(place.step)
    start, end = _bounds(place)
    comma = source.skip(end)
    is_followed = text[comma] == ","
    beside = comma + 1 if is_followed and source.line_of(comma) == source.line_of(end) else end
    if _is_alone(place, start, beside, is_followed=is_followed):
        yield from source.without_lines(source.line_of(start), source.line_of(end))
    elif len(steps) == 1:
        yield from _the_only_one(parent, start, comma + 1 if is_followed else end)
    elif number < len(steps) - 1:
        yield from _with_comma_behind(place, start, end, comma)
    else:
        yield from _with_comma_before(place, parent.child(steps[number - 1]), start, end)


def _bounds(place: Place) -> tuple[int, int]:
    start, end = place.start, place.whole_end
    return start, max(start, len(place.text[:end].rstrip()))


def _the_only_one(parent: Place, start: int, end: int) -> Iterator[Piece]:
    inside = parent.content + 1, parent.end - 1
    if parent.text[inside[0] : start].strip() or parent.text[end : inside[1]].strip():
        yield parent.source.cut(start, end)
    else:
        yield parent.source.cut(*inside)


def _is_alone(place: Place, start: int, end: int, *, is_followed: bool) -> bool:
    """Whether nothing else stands on its lines but the comma behind it, which must be there if it has one."""
    source = place.source
    if is_followed and source.text[end - 1] != ",":
        return False
    last = source.line_of(end)
    return not source.before(start).strip() and end == source.end_of_content(last)


def _with_comma_behind(place: Place, start: int, end: int, comma: int) -> Iterator[Piece]:
    source, text = place.source, place.text
    if text[end:comma].strip():  # a comment
        yield from (source.cut(start, end), Piece(comma, comma + 1))
        return
    behind = comma + 1
    while text[behind] in " \t":
        behind += 1
    is_last_on_line = behind >= source.end_of_content(source.line_of(comma))
    yield source.cut(start, comma + 1 if is_last_on_line else behind)


def _with_comma_before(place: Place, previous: Place, start: int, end: int) -> Iterator[Piece]:
    source, text = place.source, place.text
    _, end_of_previous = _bounds(previous)
    comma = source.skip(end_of_previous)
    if text[comma] != ",":  # pragma: no cover - what parses has one
        raise NoEditError("it has no comma")
    if text[end_of_previous:comma].strip() or text[comma + 1 : start].strip():  # comments
        yield from (Piece(comma, comma + 1), source.cut(start, end))
    else:
        yield source.cut(end_of_previous, end)
