"""Master files as tokens that know their octets (RFC 1035 section 5.1).

dnspython reads zone files but does not say where in the file it found what, and an edit in place needs just
that. So the cutting into tokens is done here, on octets, and the meaning of a token is left to dnspython.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LEX = re.compile(
    rb"""
      (?P<space>(?:[ \t]|\r(?=\n|\Z))+)
    | (?P<newline>\n)
    | (?P<comment>;[^\n]*)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<quoted>"(?:[^"\\\n]++|\\(?!\r?\n).)*+")
    | (?P<word>(?:[^ \t\r\n;()"\\]++|\\(?!\r?\n).)++)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE_OR_UNPRINTABLE = re.compile(r"\\[0-9]{3}|\\[ -~]|\\?([^ -~])", re.DOTALL)


class BadSyntaxError(ValueError):
    """Octets that are no master file; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        """Takes the line and the reason, both for a person."""
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Token:
    """One word or quoted string, with its quotes and escapes; `start` and `end` are offsets into the file."""

    start: int
    end: int
    text: str
    """Printable ASCII: every other octet is written as its decimal escape, so that dnspython takes it for an octet."""

    @property
    def quoted(self) -> bool:
        """Whether it stands in quotes."""
        return self.text.startswith('"')


@dataclass(frozen=True, slots=True)
class Entry:
    """One directive or record, from the beginning of its first line to the beginning of the line after it."""

    start: int
    end: int
    line: int
    """Of its first line, from 1."""
    blank_owner: bool
    """It begins with white space: the owner name is that of the record before it."""
    tokens: tuple[Token, ...]
    """At least one; parentheses are not among them."""


def split(data: bytes) -> Iterator[Entry]:
    """Cuts a master file into its entries, blank and comment lines left out; raises `BadSyntaxError`."""
    line, depth, start, pos = 1, 0, 0, 0
    first = line
    tokens: list[Token] = []
    while pos < len(data):
        match = _LEX.match(data, pos)
        if match is None:
            raise BadSyntaxError(line, _why_not(data[pos : pos + 1]))
        pos, kind = match.end(), match.lastgroup
        if kind in {"word", "quoted"}:
            tokens.append(Token(match.start(), pos, _printable(match.group())))
        elif kind in {"open", "close"}:
            depth += 1 if kind == "open" else -1
            if depth < 0:
                raise BadSyntaxError(line, "there is a closing parenthesis and none is open")
        elif kind == "newline":
            line += 1
            if depth == 0:
                yield from _entry(data, start, pos, first, tokens)
                tokens, start, first = [], pos, line
    if depth:
        raise BadSyntaxError(first, "the parenthesis that is opened here is never closed")
    yield from _entry(data, start, pos, first, tokens)


def _entry(data: bytes, start: int, end: int, line: int, tokens: list[Token]) -> Iterator[Entry]:
    if tokens:
        yield Entry(start, end, line, data[start : start + 1] in {b" ", b"\t"}, tuple(tokens))


def _why_not(octet: bytes) -> str:
    return {
        b'"': "a quoted string does not end on its line",
        b"\r": "there is a carriage return inside of the line",
    }.get(octet, "there is a backslash with nothing after it")


def _printable(token: bytes) -> str:
    r"""Writes octets that are not printable ASCII, escaped with a backslash or not, as \DDD (RFC 1035 section 5.1)."""
    return _ESCAPE_OR_UNPRINTABLE.sub(lambda match: f"\\{ord(match[1]):03d}" if match[1] else match[0], token.decode("latin-1"))
