"""The text of a DKIM key record (RFC 6376 section 3.6.1): a strict parser with a place for every tag, and a renderer."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from emailauth.protocols.dkim.keys import NotAKey, PublicKey, read_octets, shown

_WSP: Final = " \t\r\n"
"""Folding white space (RFC 6376 section 2.8)."""
_VERSION: Final = re.compile(r"[ \t\r\n]*v[ \t\r\n]*=[ \t\r\n]*DKIM1(?![A-Za-z0-9])")
_TAG: Final = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*)[ \t\r\n]*=[ \t\r\n]*(?P<value>[\x20-\x3a\x3c-\x7e\t\r\n]*)\Z")
_WORD: Final = re.compile(r"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\Z")
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")

TAGS: Final = frozenset("vhknpst")
"""The tags of IANA's registry that are in use; g is historic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One tag; names are case-sensitive (RFC 6376 section 3.2)."""

    name: str
    value: str
    """As written, without white space around it."""
    start: int = field(default=0, compare=False)
    """Where the tag begins in the text, in characters from 0."""
    end: int = field(default=0, compare=False)
    """Where it ends; exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a text that RFC 6376 does not allow."""

    message: str
    """For a person. Holds no part of the text but short tag names: the text can be a private key."""
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A key record as its text says it, right or wrong."""

    tags: tuple[Tag, ...]
    """In order; those that cannot be read as tags are missing."""
    problems: tuple[Problem, ...] = ()

    def get(self, name: str) -> str | None:
        """The value of a tag, None where it is not there; the first of several."""
        return next((tag.value for tag in self.tags if tag.name == name), None)

    @property
    def key_type(self) -> str:
        """`k=`; RSA where it is not said."""
        said = self.get("k")
        return "rsa" if said is None else said

    @property
    def flags(self) -> tuple[str, ...]:
        """`t=`: y for testing, s for no subdomains; unknown ones are ignored by verifiers."""
        return _items(self.get("t"))

    @property
    def hash_algorithms(self) -> tuple[str, ...]:
        """`h=`; empty: all are allowed."""
        return _items(self.get("h"))

    @property
    def services(self) -> tuple[str, ...]:
        """`s=`; all where it is not said."""
        return _items(self.get("s")) or ("*",)

    @property
    def octets(self) -> bytes | None:
        """`p=` decoded: empty for a revoked key, None where there is none or it is no base64."""
        said = self.get("p")
        return None if said is None else _decoded(said)

    @property
    def is_revoked(self) -> bool:
        """Whether the record says that its key is revoked (RFC 6376 section 3.6.1, "p=")."""
        return self.octets == b""


def is_key_record(value: str) -> bool:
    """Recognises a TXT value as a key record: it begins with v=DKIM1, or is a tag list without v= that has a p=."""
    if _VERSION.match(value):
        return True
    tags = [_TAG.match(part.strip(_WSP)) for part in value.rstrip(";" + _WSP).split(";")]
    names = [tag["name"] for tag in tags if tag]
    return None not in tags and "p" in names and "v" not in names


def key_of(record: Record) -> PublicKey | NotAKey | None:
    """The key that a record publishes; None where there is none to read (revoked, or no base64)."""
    return read_octets(record.key_type, record.octets) if record.octets else None


def render(record: Record) -> str:
    """The text of a record; `parse` gives the same record back if each tag is one that the grammar allows."""
    return "; ".join(f"{tag.name}={tag.value}" for tag in record.tags)


def parse(text: str) -> Record:
    """Reads a text; whatever is wrong in it becomes a problem with its place, never an exception."""
    tags: list[Tag] = []
    problems: list[Problem] = []
    for number, (start, part) in enumerate(_parts(text), 1):
        end = start + len(part)
        match = _TAG.match(part)
        if match:
            tags.append(Tag(name=match["name"], value=match["value"].rstrip(_WSP), start=start, end=end))
        elif not part:
            problems.append(Problem(message="there is nothing between two semicolons", start=start, end=end))
        else:
            problems.append(Problem(message=f"part {number} is no tag: NAME=VALUE in printable ASCII", start=start, end=end))
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
    names = [tag.name for tag in tags]
    if "p" not in names:
        yield Problem(message="the tag p, the key itself, is missing")
    for number, tag in enumerate(tags):
        if tag.name in names[:number]:
            # RFC 6376 section 3.2: then the whole list is invalid.
            yield Problem(message=f"the tag {shown(tag.name)} is there twice", start=tag.start, end=tag.end)
        elif tag.name == "v" and number > 0:
            yield Problem(message="the tag v is not the first", start=tag.start, end=tag.end)


def _invalid(tag: Tag) -> Iterator[Problem]:
    """What is wrong with the value of a known tag. Unknown tags are ignored (RFC 6376 section 3.2)."""
    message = None
    if tag.name == "v" and tag.value != "DKIM1":
        message = "the value of the tag v is not DKIM1"
    elif tag.name == "p" and _decoded(tag.value) is None:
        message = "the value of the tag p is not base64"
    elif tag.name == "k" and not _WORD.match(tag.value):
        message = "the value of the tag k is no key type"
    elif tag.name in {"h", "t"} and not all(map(_WORD.match, _split(tag.value))):
        message = f"the value of the tag {tag.name} is no list of words with colons between them"
    elif tag.name == "s" and not all(item == "*" or _WORD.match(item) for item in _split(tag.value)):
        message = "the value of the tag s is no list of service types with colons between them"
    if message:
        yield Problem(message=message, start=tag.start, end=tag.end)


def _split(value: str) -> list[str]:
    return [item.strip(_WSP) for item in value.split(":")]


def _items(value: str | None) -> tuple[str, ...]:
    return tuple(item for item in _split(value or "") if item)


def _decoded(value: str) -> bytes | None:
    """Base64 may have white space anywhere (RFC 6376 section 2.10); otherwise it must be whole."""
    joined = "".join(value.split())
    return base64.b64decode(joined, validate=True) if _BASE64.match(joined) else None
