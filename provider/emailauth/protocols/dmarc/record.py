"""The text of a DMARC policy record (RFC 9989 section 4.8): a strict parser with a place for every tag, and a renderer."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emailauth.core.tags import Grammar, Problem, Tag, TagList, parse_tags
from emailauth.protocols.dmarc.reports import is_uri, without_size

_VERSION: Final = re.compile(r"[ \t]*[vV][ \t]*=[ \t]*DMARC1(?=[\s;]|\Z)")
_GRAMMAR: Final = Grammar(
    tag=re.compile(r"(?P<name>[A-Za-z]+)[ \t]*+=[ \t]*+(?P<value>[\x20-\x3a\x3c-\x7e]*)"),
    any_case=True,  # ABNF strings are case-insensitive
    no_tag=lambda _, part: f"{part!r} is no tag: NAME=VALUE in printable ASCII" if part else "there is nothing between two semicolons",
    twice=lambda name: f"the tag {name} is there twice",  # RFC 6376 section 3.2
)
_WSP: Final = " \t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(TagList):
    """A record as its text says it, right or wrong. Of a tag that is there twice, receivers may take either."""

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


def parse(text: str) -> Record:
    """Reads a text; whatever is wrong in it becomes a problem with its place, never an exception."""
    return _usual(text) or parse_strictly(text)


def _usual(text: str) -> Record | None:
    """Nearly every record there is, in an eighth of the time: tags without a problem. None leaves a text to `parse_strictly`."""
    tags: list[Tag] = []
    names: set[str] = set()
    start = 0
    pieces = text.split(";")
    if len(pieces) > 1 and pieces[-1] in {"", " "}:
        pieces.pop()
    for piece in pieces:
        said = _USUAL_TAGS.get(piece) or _usual_tag(piece)
        if said is None or (piece[0] == " " and start == 0):
            return None
        end = start + len(piece)
        tags.append(Tag(name=said[0], value=said[1], start=start + 1 if piece[0] == " " else start, end=end))
        names.add(said[0])
        start = end + 1
    return Record(tags=tuple(tags)) if len(names) == len(tags) and tags[0].name == "v" else None


def _usual_tag(piece: str) -> tuple[str, str] | None:
    """A tag whose value not many have: URIs, or a tag that is not known."""
    if match := _USUAL_URIS.match(piece):
        return match[1], match[2]
    match = _USUAL_TAG.match(piece)
    return (match[1], match[2]) if match and match[1] not in _VALUES else None


def parse_strictly(text: str) -> Record:
    """`parse` by the grammar alone."""
    read = parse_tags(text, _GRAMMAR)
    problems = [*read.problems, *_misplaced(text, read.tags), *(problem for tag in read.tags for problem in _invalid(tag))]
    return Record(tags=read.tags, problems=tuple(sorted(problems, key=lambda problem: problem.start)))


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

_USUAL_TAG: Final = re.compile(r" ?([a-z]++)=([!-:<-~]++(?: [!-:<-~]++)*+)\Z")
"""In lower case, without white space where people seldom write it, and with a value."""
_USUAL_TAGS: Final = {
    f"{space}{tag}={value}": (tag, value)
    for space in ("", " ")
    for tags, values in (
        (("v",), ("DMARC1",)),
        (("p", "sp", "np"), ("none", "quarantine", "reject")),
        (("adkim", "aspf"), ("r", "s")),
        (("fo",), ("0", "1", "d", "s", "1:d:s")),
        (("t",), ("y", "n")),
        (("psd",), ("y", "n", "u")),
    )
    for tag in tags
    for value in values
}
"""What stands between two semicolons, and the tag that it is."""
_USUAL_URIS: Final = re.compile(r" ?(ru[af])=(mailto:[A-Za-z0-9._+-]++@[A-Za-z0-9.-]++(?:, ?mailto:[A-Za-z0-9._+-]++@[A-Za-z0-9.-]++)*+)\Z")
