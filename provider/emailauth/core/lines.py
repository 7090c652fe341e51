"""Lines and columns of a text: both count from 1, columns in characters (not octets, not UTF-16 units)."""

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

from emailauth.core.diagnostic import Span

_BREAK: Final = re.compile(r"\r\n?|\n")


class Lines:
    """The lines of a text, broken where YAML 1.2 breaks them (YAML 1.2.2 section 5.4): LF, CR LF, CR."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _BREAK.finditer(self._text))]

    @property
    def count(self) -> int:
        """How many lines there are; a text that ends in a line break has an empty last line."""
        return len(self._starts)

    def line_of(self, index: int) -> int:
        """The line that the character at an index is on."""
        return bisect_right(self._starts, index)

    def start(self, line: int) -> int:
        """The index of a line's first character."""
        return self._starts[line - 1]

    def text(self, line: int) -> str:
        """A line without its line break."""
        end = self._starts[line] if line < self.count else len(self._text)
        return self._text[self.start(line) : end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """The span between two indices."""
        first, last = self.line_of(start), self.line_of(end)
        return Span(first, start - self.start(first) + 1, last, end - self.start(last) + 1)
