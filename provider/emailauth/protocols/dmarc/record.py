"""The text of a DMARC policy record (RFC 9989 section 4.8): a strict parser with a place for every tag, and a renderer."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from emailauth.core.remembered import Kept, remembered
from emailauth.core.tags import Grammar, Problem, Tag, parse_tags
from emailauth.protocols.dmarc.reports import PLAIN, is_uri, without_size

_VERSION: Final = re.compile(r"[ \t]*[vV][ \t]*=[ \t]*DMARC1(?=[\s;]|\Z)")
_GRAMMAR: Final = Grammar(
    tag=re.compile(r"(?P<name>[A-Za-z]+)[ \t]*+=[ \t]*+(?P<value>[\x20-\x3a\x3c-\x7e]*)"),
    any_case=True,  # ABNF strings are case-insensitive
    no_tag=lambda _, part: f"{part!r} is no tag: NAME=VALUE in printable ASCII" if part else "there is nothing between two semicolons",
    twice=lambda name: f"the tag {name} is there twice",  # RFC 6376 section 3.2
)
_WSP: Final = " \t"
MAX_OUTLINES: Final = 8192
"""That are kept: a few times as many as a hundred thousand domains have."""


class Outline(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What many records have in common: their tags, with `_BLANK` for each list of reporting addresses.

    Nearly all records are one of a few hundred, but for those addresses. So the grammar reads an outline once, and each of its records
    is the outline and its own lists. Two are the same only if they are one object.
    """

    tags: tuple[Tag, ...]
    problems: tuple[Problem, ...] = ()
    blanks: frozenset[int] = frozenset()
    """Which of the tags, by number from 0, have a list of the record's own as their value."""


class Record(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A record as its text says it, right or wrong. Of a tag that is there twice, receivers may take either."""

    outline: Outline
    lists: tuple[str, ...] = ()
    """The values of the outline's blanks."""

    @classmethod
    def of(cls, tags: Iterable[Tag], problems: Iterable[Problem] = ()) -> "Record":
        """The record of some tags."""
        return cls(Outline(tags=tuple(tags), problems=tuple(problems)))

    @remembered
    def tags(self) -> tuple[Tag, ...]:
        """In order; those that cannot be read as tags are missing."""
        return tuple(self._tags()) if self.lists else self.outline.tags

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What its standard does not allow, in the order of the text."""
        return self.outline.problems

    def get(self, name: str) -> str | None:
        """The value of a tag, None where it is not there; the first of several."""
        return next((tag.value for tag in self.tags if tag.name == name), None)

    @property
    def is_dmarc(self) -> bool:
        """Whether receivers take it for a policy record at all (RFC 9989 section 4.7, "v")."""
        first = self.outline.tags[:1]
        return bool(first) and first[0].name == "v" and first[0].value == "DMARC1"

    @property
    def aggregate_reports(self) -> tuple[str, ...]:
        """The valid URIs of `rua`."""
        return tuple(uri for uri in uris(self.get("rua") or "") if is_uri(uri))

    def _tags(self) -> Iterator[Tag]:
        """Those of the outline, filled in; each list moves what stands behind it."""
        lists, moved = iter(self.lists), 0
        for number, tag in enumerate(self.outline.tags):
            value, start = tag.value, tag.start + moved
            if number in self.outline.blanks:
                value = next(lists)
                moved += len(value) - len(_BLANK)
            yield Tag(name=tag.name, value=value, start=start, end=tag.end + moved)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and (self.tags, self.problems) == (other.tags, other.problems)

    def __hash__(self) -> int:
        return hash(self.tags)


def is_dmarc(value: str) -> bool:
    """Recognises a TXT value as a DMARC record, a mistaken one included: it begins with v=DMARC1 (RFC 9989 section 4.10)."""
    return _VERSION.match(value) is not None


def uris(value: str) -> list[str]:
    """The items of a `rua` or `ruf` value, each without the obsolete limit of size."""
    return [without_size(item.strip(_WSP)) for item in value.split(",")]


def parse(text: str) -> Record:
    """Reads a text; whatever is wrong in it becomes a problem with its place, never an exception."""
    if len(text) > _LONG:
        return parse_strictly(text)
    pieces = tuple(_LISTS.split(text))
    outline = _OUTLINES[pieces[::2]]
    return parse_strictly(text) if outline is None else Record(outline, pieces[1::2])


def _outline(texts: tuple[str, ...]) -> Outline | None:
    """The outline of the records that have these texts around their lists.

    What the grammar allows for `_BLANK`, and where, it allows for each list that `_LISTS` finds. None where there are problems, which have a place
    and can quote a list, or where a list is not the whole value of `rua` or `ruf`.
    """
    record = parse_strictly(_BLANK.join(texts))
    blanks = frozenset(number for number, tag in enumerate(record.tags) if tag.name in {"rua", "ruf"} and tag.value == _BLANK)
    if record.problems or len(blanks) != len(texts) - 1 or any(_BLANK in text for text in texts):
        return None
    return Outline(tags=record.tags, blanks=blanks)


_OUTLINES: Final = Kept(_outline, MAX_OUTLINES)


def parse_strictly(text: str) -> Record:
    """`parse` by the grammar alone."""
    read = parse_tags(text, _GRAMMAR)
    problems = [*read.problems, *_misplaced(text, read.tags), *(problem for tag in read.tags for problem in _invalid(tag))]
    return Record.of(read.tags, sorted(problems, key=lambda problem: problem.start))


def _misplaced(text: str, tags: Sequence[Tag]) -> Iterator[Problem]:
    if text[:1] in {" ", "\t"}:
        yield Problem(message="the record begins with white space", end=1)
    if not tags or tags[0].name != "v":
        yield Problem(message="v=DMARC1 must be the first tag")


def _invalid(tag: Tag) -> Iterable[Problem]:
    """What is wrong with the value of a known tag. Unknown tags are ignored (RFC 9989 section 4.7)."""
    is_valid = _VALUES.get(tag.name)
    if is_valid is not None and not is_valid(tag.value):
        yield Problem(message=f"{tag.value!r} is no value of the tag {tag.name}", start=tag.start, end=tag.end)
    elif not tag.value:
        yield Problem(message=f"the tag {tag.name} has no value", start=tag.start, end=tag.end)


def is_request(value: str) -> bool:
    """Whether a value is one of p, sp and np (`dmarc-request`); case does not matter, as in all ABNF strings."""
    return value.lower() in {"none", "quarantine", "reject"}


def is_failure_options(options: Iterable[str]) -> bool:
    """Whether options may stand together in `fo`: each once, and not both of 0 and 1 (`dmarc-fo`)."""
    lower = [option.lower() for option in options]
    return set(lower) <= {"0", "1", "d", "s"} and len(set(lower)) == len(lower) and not {"0", "1"} <= set(lower)


_VALUES: Final[Mapping[str, Callable[[str], bool]]] = {
    "v": lambda value: value == "DMARC1",
    "p": is_request,
    "sp": is_request,
    "np": is_request,
    "t": lambda value: value.lower() in {"y", "n"},
    "psd": lambda value: value.lower() in {"y", "n", "u"},
    "adkim": lambda value: value.lower() in {"r", "s"},
    "aspf": lambda value: value.lower() in {"r", "s"},
    "rua": lambda value: all(map(is_uri, uris(value))),
    "ruf": lambda value: all(map(is_uri, uris(value))),
    "fo": lambda value: is_failure_options(option.strip(_WSP) for option in value.split(":")),
}

_LISTS: Final = re.compile(rf"({PLAIN}(?:, ?{PLAIN})*+)")
"""A list of plain addresses: what hardly two domains have in common."""
_BLANK: Final = "mailto:@"
"""Stands for a list, and is none that `_LISTS` would find, so that what a text says itself is not mistaken for it."""
_LONG: Final = 1000
"""In characters: no outline is kept of texts that are longer."""
