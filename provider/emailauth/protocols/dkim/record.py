"""The text of a DKIM key record (RFC 6376 section 3.6.1): a strict parser with a place for every tag, and a renderer."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from emailauth.core.tags import Grammar, Problem, Tag, TagList, parse_tags, parts
from emailauth.protocols.dkim import encoding
from emailauth.protocols.dkim.keys import Fault, NotAKey, PublicKey, read_octets, shown

_WSP: Final = " \t\r\n"
"""Folding white space (RFC 6376 section 2.8)."""
_VERSION: Final = re.compile(r"[ \t\r\n]*v[ \t\r\n]*=[ \t\r\n]*DKIM1(?![A-Za-z0-9])")
_WORD: Final = re.compile(r"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\Z")

_GRAMMAR: Final = Grammar(
    tag=re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*)[ \t\r\n]*+=[ \t\r\n]*+(?P<value>[\x20-\x3a\x3c-\x7e\t\r\n]*)"),
    space=_WSP,
    # No message shows more of the text than a short name: the text can be a private key.
    no_tag=lambda n, part: f"part {n} is no tag: NAME=VALUE in printable ASCII" if part else "there is nothing between two semicolons",
    twice=lambda name: f"the tag {shown(name)} is there twice",  # then the whole list is invalid (section 3.2)
)

TAGS: Final = frozenset("vhknpst")
"""The tags of IANA's registry that are in use; g is historic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(TagList):
    """A key record as its text says it, right or wrong."""

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
        return None if said is None else encoding.decoded(said)

    @property
    def is_revoked(self) -> bool:
        """Whether the record says that its key is revoked (RFC 6376 section 3.6.1, "p=")."""
        said = self.get("p")
        return said is not None and not said.strip()

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of its tags, which rules can need."""
        return tuple(tag.name for tag in self.tags)


def is_key_record(value: str) -> bool:
    """Recognises a TXT value as a key record: it begins with v=DKIM1, or is a tag list without v= that has a p=."""
    if _VERSION.match(value):
        return True
    tags = [_GRAMMAR.tag.fullmatch(part) for _, part in parts(value.rstrip(";" + _WSP), _WSP)]
    names = [tag["name"] for tag in tags if tag]
    return None not in tags and "p" in names and "v" not in names


def key_of(record: Record) -> PublicKey | NotAKey | None:
    """The key that a record publishes; None where there is none to read (revoked, or no base64). A private key is known even in bad base64."""
    if octets := record.octets:
        return read_octets(record.key_type, octets)
    hidden = encoding.decoded(encoding.mended(record.get("p") or "")) if octets is None else None
    found = read_octets(record.key_type, hidden) if hidden else None
    return found if isinstance(found, NotAKey) and found.fault is Fault.PRIVATE else None


@lru_cache(maxsize=4096)
def parse(text: str) -> Record:
    """Reads a text; whatever is wrong in it becomes a problem with its place, never an exception."""
    read = parse_tags(text, _GRAMMAR)
    problems = [*read.problems, *_misplaced(read.tags), *(problem for tag in read.tags for problem in _invalid(tag))]
    return Record(tags=read.tags, problems=tuple(sorted(problems, key=lambda problem: problem.start)))


def _misplaced(tags: Sequence[Tag]) -> Iterator[Problem]:
    names = [tag.name for tag in tags]
    if "p" not in names:
        yield Problem(message="the tag p, the key itself, is missing")
    if "v" in names and names[0] != "v":
        late = tags[names.index("v")]
        yield Problem(message="the tag v is not the first", start=late.start, end=late.end)


def _invalid(tag: Tag) -> Iterator[Problem]:
    """What is wrong with the value of a known tag. Unknown tags are ignored (RFC 6376 section 3.2)."""
    message = None
    if tag.name == "v" and tag.value != "DKIM1":
        message = "the value of the tag v is not DKIM1"
    elif tag.name == "p" and (fault := encoding.fault(tag.value)):
        message = f"the value of the tag p is not base64: {fault}"
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
