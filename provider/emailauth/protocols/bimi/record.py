"""The BIMI Assertion Record's text (draft-brand-indicators-for-message-identification section 4.2)."""

import re
from dataclasses import dataclass
from typing import Final

from emailauth.core.names import is_host
from emailauth.core.tags import Grammar, parse_tags

VERSION: Final = "BIMI1"
PREFERENCES: Final = ("brand", "personal")

_GRAMMAR: Final = Grammar(
    tag=re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*)[ \t]*+=[ \t]*+(?P<value>[^;]*+)"),
    no_tag=lambda _, part: f"{part.strip()!r} is not 'tag=value'",
    twice=lambda name: f"{name}= stands there twice",
)
_VERSION: Final = re.compile(r"v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|\Z)")
_URI: Final = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]+)(?::[0-9]{1,5})?(?:[/?#](?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+=-]|%[0-9A-Fa-f]{2})*)?"
)


class InvalidTextError(ValueError):
    """A text that is no BIMI record; `str()` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a record asserts; without a location it declines to publish an indicator (section 4.2.1)."""

    location: str = ""
    """https URI of the logo; empty: none."""
    evidence: str = ""
    """https URI of the mark certificate; empty: none."""
    avatar_preference: str = "brand"
    """"brand", the default, or "personal"."""

    @property
    def text(self) -> str:
        """The record. A tag that would only say the default is left out, but `a` where the record declines."""
        tags = [f"v={VERSION}", f"l={self.location}"]
        if self.evidence or not self.location:
            tags.append(f"a={self.evidence}")
        if self.avatar_preference != "brand":
            tags.append(f"avp={self.avatar_preference}")
        return "; ".join(tags) + ";"


def parse(text: str) -> Assertion:
    """Reads a record. Unknown tags are passed over; a tag may stand only once (RFC 6376 section 3.2). Raises `InvalidTextError`."""
    if not recognises(text):
        raise InvalidTextError(f"does not begin with 'v={VERSION};'")
    said = parse_tags(text, _GRAMMAR)
    if said.problems:
        raise InvalidTextError(said.problems[0].message)
    location, evidence, preference = map(said.get, ("l", "a", "avp"))
    if location is None:
        raise InvalidTextError("no l=")
    for name, uri in (("l", location), ("a", evidence)):
        if uri and (problem := uri_problem(uri)):
            raise InvalidTextError(f"{name}={uri}: {problem}")
    # Other preferences than the two are to be ignored (section 4.2).
    return Assertion(location=location, evidence=evidence or "", avatar_preference=preference if preference in PREFERENCES else "brand")


def recognises(value: str) -> bool:
    """Whether receivers take a TXT value for a BIMI record: the version is first and exact (section 4.2)."""
    return _VERSION.match(value) is not None


def uri_problem(uri: str) -> str | None:
    """What makes a text unfit for `l=` and `a=` (section 4.2), None where it is fit."""
    if not uri.lower().startswith("https://"):
        return "receivers fetch https: URIs only"
    if "," in uri or ";" in uri:
        return "',' and ';' must be written as %2C and %3B"
    found = _URI.fullmatch(uri)
    if found is None:
        return "it is not a URI"
    return None if is_host(found["host"].lower()) else f"{found['host']} is no fully qualified domain name"
