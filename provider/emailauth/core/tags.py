"""Lists of tags, NAME=VALUE with semicolons between them: from RFC 6376 section 3.2, and in DMARC, BIMI, MTA-STS and TLS-RPT."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec


class Tag(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One tag. Two are equal where name and value are, wherever they stand.

    A struct, because msgspec makes one in a tenth of the time that a frozen dataclass takes; lists are made of tags.
    """

    name: str
    """As written; in lower case where its case does not matter."""
    value: str
    """As written, without white space around it."""
    start: int = 0
    """Where the tag begins in the text, in characters from 0."""
    end: int = 0
    """Where it ends; exclusive."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tag) and (self.name, self.value) == (other.name, other.value)

    def __hash__(self) -> int:
        return hash((self.name, self.value))


class Problem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something in a text that its standard does not allow. Two are equal where their messages are."""

    message: str
    """For a person. Whether it may quote the text is the protocol's to say: a DKIM record's can be a private key."""
    start: int = 0
    end: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self.message == other.message

    def __hash__(self) -> int:
        return hash(self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagList:
    """What a text says, right or wrong."""

    tags: tuple[Tag, ...]
    """In order; those that cannot be read as tags are missing."""
    problems: tuple[Problem, ...] = ()

    def get(self, name: str) -> str | None:
        """The value of a tag, None where it is not there; the first of several."""
        return next((tag.value for tag in self.tags if tag.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What one standard's lists look like, and what is said of those that do not."""

    tag: re.Pattern[str]
    """A whole tag, white space around its "=" included, with the groups `name` and `value`."""
    space: str = " \t"
    """The characters that may stand around a tag."""
    any_case: bool = False
    """Whether the case of names does not matter."""
    no_tag: Callable[[int, str], str]
    """The message on what is no tag: its number, from 1, and its text, which can be empty."""
    twice: Callable[[str], str] | None = None
    """The message on a name that was there before; None where that is no problem."""


def parse_tags(text: str, grammar: Grammar) -> TagList:
    """Reads a text; whatever is wrong in it becomes a problem with its place, in the text's order, never an exception."""
    tags: list[Tag] = []
    problems: list[Problem] = []
    names: set[str] = set()
    for number, (start, part) in enumerate(parts(text, grammar.space), 1):
        end = start + len(part)
        found = grammar.tag.fullmatch(part)
        if found is None:
            problems.append(Problem(message=grammar.no_tag(number, part), start=start, end=end))
            continue
        name = found["name"].lower() if grammar.any_case else found["name"]
        if name in names and grammar.twice:
            problems.append(Problem(message=grammar.twice(name), start=start, end=end))
        names.add(name)
        tags.append(Tag(name=name, value=found["value"], start=start, end=end))
    return TagList(tags=tuple(tags), problems=tuple(problems))


def parts(text: str, space: str = " \t") -> Iterator[tuple[int, str]]:
    """What stands between the semicolons, without white space around it, and where. One semicolon may end the list."""
    start = 0
    pieces = text.split(";")
    if len(pieces) > 1 and not pieces[-1].strip(space):
        pieces.pop()
    for piece in pieces:
        yield start + len(piece) - len(piece.lstrip(space)), piece.strip(space)
        start += len(piece) + 1


class HasTags(Protocol):
    """A record that is a list of tags."""

    @property
    def tags(self) -> tuple[Tag, ...]:
        """In order."""


def render(tag_list: HasTags) -> str:
    """The text of a list; `parse_tags` gives the same tags back if each is one that the grammar allows."""
    return "; ".join(f"{tag.name}={tag.value}" for tag in tag_list.tags)
