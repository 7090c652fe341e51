"""Comments of a YAML text, and those among them that switch findings off: `# emailauth: ignore[rule-id] reason`.

A `#` is a comment where no scalar holds it: what is inside quotes, a block scalar or a word is text, whatever it looks like.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from emailauth.core.compose import Event
from emailauth.core.diagnostic import Span
from emailauth.core.lines import Lines

_DIRECTIVE: Final = re.compile(r"#[ \t]*emailauth:[ \t]*")
_IGNORE: Final = re.compile(_DIRECTIVE.pattern + r"ignore\[(?P<ids>[^\]]*)\](?:[ \t]+(?P<reason>.*))?")
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NO_CONTENT: Final = re.compile(r"[-\s]*(?:#.*)?")
"""Blank, a comment, dashes whose item follows on another line, the start of the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """A comment that switches rules off for what begins on one line."""

    ids: tuple[str, ...]
    reason: str
    """What stands behind the bracket; may be empty."""
    span: Span
    target_line: int
    """Its own line for a comment behind something, else the next line that has content; 0: none follows."""


class Comments:
    """Finds comments by asking which scalar, if any, holds a `#`; nothing is worked out before it is asked for."""

    def __init__(self, text: str, lines: Lines, scalars: Sequence[Event]) -> None:
        self._text = text
        self.lines = lines
        self._scalars = scalars
        """In the order of the text."""

    def on_line(self, line: int) -> str:
        """The words of the comment on a line, without a directive for this program; empty where there is none."""
        start = self.start_on(line)
        if start is None:
            return ""
        words, *_ = _DIRECTIVE.split(self.lines.text(line)[start - self.lines.start(line) :])
        return words.removeprefix("#").strip()

    def start_on(self, line: int) -> int | None:
        """Where the comment on a line begins, as an index of the text; None where there is none."""
        if line > self.lines.count:  # libyaml puts what is missing at the end of a text on a line behind its last
            return None
        start = self.lines.start(line)
        hashes = (start + match.start() for match in re.finditer("#", self.lines.text(line)))
        return next((index for index in hashes if not self._is_text(index)), None)

    def ignores(self) -> Iterator[Ignore | Span]:
        """All comments that switch findings off; a span is the place of one that is addressed to us and cannot be understood."""
        end = 0
        for directive in _DIRECTIVE.finditer(self._text):
            # Behind a directive the rest of the line is its reason; behind one in quotes a real one may follow.
            if directive.start() < end or self._is_text(directive.start()):
                continue
            line = self.lines.line_of(directive.start())
            end = self.lines.start(line) + len(self.lines.text(line))
            yield self._ignore(directive.start(), self._text[directive.start() : end].rstrip())

    def _ignore(self, start: int, comment: str) -> Ignore | Span:
        span = self.lines.span(start, start + len(comment))
        match = _IGNORE.fullmatch(comment)
        ids = tuple(part.strip() for part in match["ids"].split(",")) if match else ()
        if match is None or not all(map(_ID.fullmatch, ids)):
            return span
        return Ignore(ids=ids, reason=(match["reason"] or "").strip(), span=span, target_line=self._target(span.line))

    @cached_property
    def _bounds(self) -> tuple[list[int], list[int]]:
        starts = [self._start_of_text(event) for event in self._scalars]
        return starts, [event.end_mark.index for event in self._scalars]

    def _start_of_text(self, event: Event) -> int:
        """Where a `#` begins to be text: a block scalar's first line is its header, which can have a comment."""
        start: int = event.start_mark.index
        if event.style not in {"|", ">"}:
            return start
        line = self.lines.line_of(start)
        return self.lines.start(line + 1) if line < self.lines.count else len(self._text)

    def _is_text(self, index: int) -> bool:
        starts, ends = self._bounds
        found = bisect_right(starts, index) - 1
        return found >= 0 and index < ends[found]

    def _target(self, line: int) -> int:
        if not _NO_CONTENT.fullmatch(self.lines.text(line)):
            return line
        found = bisect_right(self._lines_of_content, line)
        return self._lines_of_content[found] if found < len(self._lines_of_content) else 0

    @cached_property
    def _lines_of_content(self) -> list[int]:
        return [n for n in range(1, self.lines.count + 1) if not _NO_CONTENT.fullmatch(self.lines.text(n))]
