"""Where exactly a value stands in a YAML text: its key or dash, its colon, its anchor, its content, the comments around it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from emailauth.core.compose import Alias, Collection, Event, Node
from emailauth.core.diagnostic import Route
from emailauth.core.document import Document
from emailauth.core.edits.piece import NoEditError, Piece

_PROPERTIES: Final = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)*(?:[&!][^\s,\[\]{}]*)?")
_COLON: Final = re.compile(r"[ \t]*:")
_BETWEEN: Final = re.compile(r"(?:\s|#[^\r\n]*)*")
_BREAK: Final = re.compile(r"\r\n?|\n")
_BLOCK_STYLES: Final = frozenset("|>")


class Source:
    """A text with its lines and comments."""

    def __init__(self, document: Document) -> None:
        if document.comments is None:
            raise NoEditError("there is no text behind it")
        self.text = document.text
        self.lines = document.comments.lines
        self.start_of_comment = document.comments.start_on

    @cached_property
    def line_break(self) -> str:
        """As the file's first line ends."""
        found = _BREAK.search(self.text)
        return found[0] if found else "\n"

    def line_of(self, index: int) -> int:
        """The line, from 1, that a character is on."""
        return self.lines.line_of(index)

    def before(self, index: int) -> str:
        """What stands before it on its line."""
        return self.text[self.lines.start(self.line_of(index)) : index]

    def end_of_line(self, line: int) -> int:
        """Where a line ends, its line break left aside."""
        return self.lines.start(line) + len(self.lines.text(line))

    def end_of_content(self, line: int) -> int:
        """The same, its comment and the blanks before that left aside, too."""
        comment = self.start_of_comment(line)
        start = self.lines.start(line)
        return start + len(self.text[start : self.end_of_line(line) if comment is None else comment].rstrip())

    def is_comment(self, line: int) -> bool:
        """Whether there is a comment on the line, and nothing else."""
        return self.start_of_comment(line) is not None and self.end_of_content(line) == self.lines.start(line)

    def without_lines(self, first: int, last: int) -> Iterator[Piece]:
        """Takes lines out, all but those that are comments."""
        for line in range(first, last + 1):
            if not self.is_comment(line):
                yield Piece(self.lines.start(line), self.next_line(line))

    def next_line(self, line: int) -> int:
        """Where the line behind it starts; the end of the text behind the last."""
        return self.lines.start(line + 1) if line < self.lines.count else len(self.text)

    def cut(self, start: int, end: int, text: str = "") -> Piece:
        """Replaces characters that can go over several lines by a text; lines among them that are comments stay behind it.

        So does the comment of the first line, if something stays on that line.
        """
        first, last = self.line_of(start), self.line_of(end)
        comment = self.start_of_comment(first) if text or self.before(start).strip() else None
        kept = [self.text[comment : self.next_line(first)]] if comment is not None and start <= comment < end else []
        inside = [line for line in range(first + 1, last) if self.is_comment(line)]
        if not kept and not inside:
            return Piece(start, end, text)
        rest = self.text[end : self.next_line(last)]
        indent = self.before(end)[: len(self.before(end)) - len(self.before(end).lstrip())]
        comments = (f" {kept[0]}" if kept else self.line_break) + "".join(
            self.text[self.lines.start(line) : self.next_line(line)] for line in inside
        )
        if rest.strip():
            return Piece(start, end, f"{text}{comments}{indent}")
        return Piece(start, self.next_line(last), f"{text}{comments}" if rest else f"{text}{comments}".rstrip("\r\n"))

    def skip(self, index: int) -> int:
        """The next character that is neither blank nor part of a comment."""
        found = _BETWEEN.match(self.text, index)
        return found.end() if found else index


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A value in its text."""

    source: Source
    node: Node
    """None: it is not there yet, the key of a mapping."""
    step: str | int
    """The key or index under which it stands."""
    parent: "Place | None"
    in_flow: bool
    """Whether it stands within brackets."""

    @property
    def key(self) -> Event:
        """The event of its key; None where it has none."""
        return self.parent.node.keys.get(self.step) if self.parent is not None and isinstance(self.step, str) else None

    @property
    def collection(self) -> Collection | None:
        """The node, if it is a collection that stands here."""
        return self.node if type(self.node) is Collection else None

    @property
    def is_block(self) -> bool:
        """Whether it is a collection in block style."""
        return self.collection is not None and not self.collection.event.flow_style

    @property
    def is_flow(self) -> bool:
        """Whether it is a collection in brackets."""
        return self.collection is not None and self.text[self.content] in "[{"

    @property
    def text(self) -> str:
        """The whole text."""
        return self.source.text

    def child(self, step: str | int) -> "Place":
        """A value in it. It must be a collection."""
        is_flow = self.in_flow or not self.is_block
        return Place(source=self.source, node=self.node.children[step], step=step, parent=self, in_flow=is_flow)

    @property
    def steps(self) -> Sequence[str | int]:
        """The keys or indices of the values in it, in order."""
        inside = self.node.children
        return list(inside) if isinstance(inside, dict) else range(len(inside))

    @property
    def event(self) -> Event:
        """The node's own event."""
        return self.node.event if type(self.node) in {Collection, Alias} else self.node

    @property
    def content(self) -> int:
        """Where it begins, behind its anchor and its tag."""
        event = self.event
        if type(self.node) is Collection:
            return int(event.end_mark.index) - bool(event.flow_style and event.end_mark.index > event.start_mark.index)
        return self._behind_properties(event)

    def _behind_properties(self, event: Event) -> int:
        start = int(event.start_mark.index)
        if type(self.node) is Alias or (event.anchor is None and event.tag is None):
            return start
        found = _PROPERTIES.match(self.text, start)
        return min(self.source.skip(found.end()), int(event.end_mark.index)) if found else start

    @property
    def end(self) -> int:
        """Where it ends."""
        if type(self.node) is not Collection:
            end = int(self.event.end_mark.index)
            if getattr(self.event, "style", None) in _BLOCK_STYLES:
                return len(self.text[:end].rstrip())
            return end
        if self.is_flow:
            return int(self.node.end.end_mark.index)
        steps = self.steps
        if not steps:
            return self.content
        return self.child(steps[-1]).whole_end

    @property
    def start(self) -> int:
        """Where it begins with its key or dash; in brackets it has no dash."""
        if self.key is not None:
            return self._start_of_key()
        return self.event.start_mark.index if self.in_flow else self._dash()

    def _start_of_key(self) -> int:
        start = int(self.key.start_mark.index)
        if self.source.before(start).rstrip().endswith("?"):
            raise NoEditError("its key is written with a question mark")
        return start

    def _dash(self) -> int:
        """The dash of an item of a block list, on its line or above."""
        line = self.source.line_of(self.event.start_mark.index)
        before = self.source.before(self.event.start_mark.index).rstrip()
        while not before and line > 1:
            line -= 1
            before = self.text[self.source.lines.start(line) : self.source.end_of_content(line)]
        if not before.endswith("-"):  # pragma: no cover - what parses has one
            raise NoEditError("it has no dash")
        return self.source.lines.start(line) + len(before) - 1

    @property
    def indicator_end(self) -> int:
        """Behind its colon or dash: from there on it is written. In brackets, for an item, its beginning."""
        if self.key is None:
            return self.start + (not self.in_flow)
        end = int(self.key.end_mark.index)
        colon = _COLON.match(self.text, end)
        if colon is None:
            raise NoEditError("it has no value" if self.in_flow else "its colon stands on another line than its key")
        return colon.end()

    @property
    def whole_end(self) -> int:
        """Behind all of it: of nothing, behind its colon or dash."""
        return max(self.end, self.indicator_end)

    @property
    def head(self) -> int:
        """Behind its anchor and tag where it has some, else behind its colon or dash."""
        event = self.event
        if getattr(event, "anchor", None) is None and getattr(event, "tag", None) is None:
            if self.parent is None:
                raise NoEditError("nothing would be left of the file")
            return self.indicator_end
        found = _PROPERTIES.match(self.text, event.start_mark.index)
        return len(self.text[: found.end()].rstrip()) if found else self.indicator_end


def find(document: Document, route: Route) -> Place:
    """The place of a value; where only the last step, a key, is missing, one without a node. Raises `NoEditError`."""
    if not route:
        raise NoEditError("it is the whole file")
    place = Place(source=Source(document), node=document.root, step="", parent=None, in_flow=False)
    for i, step in enumerate(route):
        place = _entered(place)
        children = place.node.children
        is_there = step in children if isinstance(children, dict) else isinstance(step, int) and 0 <= step < len(children)
        if not is_there:
            if isinstance(children, dict) and isinstance(step, str) and i == len(route) - 1:
                return Place(source=place.source, node=None, step=step, parent=place, in_flow=place.in_flow or not place.is_block)
            raise NoEditError("nothing stands there")
        place = place.child(step)
    return place


def _entered(place: Place) -> Place:
    """The collection that a place stands for, which an alias has elsewhere."""
    node = place.node.target if type(place.node) is Alias else place.node
    if type(node) is not Collection:
        raise NoEditError("nothing stands there")
    if node is place.node:
        return place
    # Where the anchor stands matters no more than this: whether what is in it is written within brackets.
    return Place(source=place.source, node=node, step=place.step, parent=None, in_flow=False)
