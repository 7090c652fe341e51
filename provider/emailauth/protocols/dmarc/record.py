"""The text of a DMARC policy record (RFC 9989 section 4.8): a strict parser with a place for every tag, and a renderer."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from emailauth.protocols.dmarc.reports import is_uri, without_size

_VERSION: Final = re.compile(r"[ \t]*[vV][ \t]*=[ \t]*DMARC1(?=[\s;]|\Z)")
_TAG: Final = re.compile(r"(?P<name>[A-Za-z]+)[ \t]*=[ \t]*(?P<value>[\x20-\x3a\x3c-\x7e]*)\Z")
_WSP: Final = " \t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One tag. Its name is in lower case (ABNF strings are case-insensitive); its value is as written."""

    name: str
    value: str
    start: int = field(default=0, compare=False)
    """Where the tag begins in the text, in characters from 0."""
    end: int = field(default=0, compare=False)
    """Where it ends; exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a text that RFC 9989 does not allow."""

    message: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as its text says it, right or wrong."""

    tags: tuple[Tag, ...]
    """In order; those that cannot be read as tags are missing."""
    problems: tuple[Problem, ...] = ()

    def get(self, name: str) -> str | None:
        """The value of a tag, None where it is not there; the first of several (receivers differ, and none is bound)."""
        return next((tag.value for tag in self.tags if tag.name == name), None)

    @property
    def is_dmarc(self) -> bool:
        """Whether receivers take it for a policy record at all (RFC 9989 section 4.7, "v")."""
        return bool(self.tags) and self.tags[0].name == "v" and self.tags[0].value == "DMARC1"

    @property
    def aggregate_reports(self) -> tuple[str, ...]:
        """The valid URIs of `rua`."""
        return tuple(uri for uri in uris(self.get("rua") or "") if is_uri(uri))


def is_dmarc(value: str) -> bool:
    """Recognises a TXT value as a DMARC record, a mistaken one included: it begins with v=DMARC1 (RFC 9989 section 4.10)."""
    return _VERSION.match(value) is not None


def uris(value: str) -> list[str]:
    """The items of a `rua` or `ruf` value, each without the obsolete limit of size."""
    return [without_size(item.strip(_WSP)) for item in value.split(",")]


def render(record: Record) -> str:
    """The text of a record; `parse` gives the same record back if each tag is one that the grammar allows."""
    return "; ".join(f"{tag.name}={tag.value}" for tag in record.tags)


def parse(text: str) -> Record:
    """Reads a text; whatever is wrong in it becomes a problem with its place, never an exception."""
    tags: list[Tag] = []
    problems: list[Problem] = []
    for start, part in _parts(text):
        end = start + len(part)
        match = _TAG.match(part)
        if match is None:
            message = "there is nothing between two semicolons" if not part else f"{part!r} is no tag: NAME=VALUE in printable ASCII"
            problems.append(Problem(message=message, start=start, end=end))
        else:
            tags.append(Tag(name=match["name"].lower(), value=match["value"].rstrip(_WSP), start=start, end=end))
    if text[:1] in {" ", "\t"}:
        problems.append(Problem(message="the record begins with white space", end=1))
    problems += _misplaced(tags)
    problems += (problem for tag in tags for problem in _invalid(tag))
    return Record(tags=tuple(tags), problems=tuple(sorted(problems, key=lambda problem: problem.start)))


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """What stands between the semicolons, without white space around it, and where. One semicolon may end the record."""
    start = 0
    parts = text.split(";")
    for number, part in enumerate(parts):
        stripped = part.strip(_WSP)
        if stripped or number < len(parts) - 1 or number == 0:
            yield start + len(part) - len(part.lstrip(_WSP)), stripped
        start += len(part) + 1


def _misplaced(tags: list[Tag]) -> Iterator[Problem]:
    if not tags or tags[0].name != "v":
        yield Problem(message="v=DMARC1 must be the first tag")
    names = [tag.name for tag in tags]
    for number, tag in enumerate(tags):
        if tag.name in names[:number]:
            yield Problem(message=f"the tag {tag.name} is there twice", start=tag.start, end=tag.end)  # RFC 6376 section 3.2


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
