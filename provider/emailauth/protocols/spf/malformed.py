"""Terms that the grammar refuses, and what was probably meant."""

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar, Final, TypeAlias

from emailauth.protocols.spf import grammar
from emailauth.protocols.spf.domain_spec import NotATerm, is_address
from emailauth.protocols.spf.terms import Term, UnknownModifier, WellFormed, passes_everyone


class Malformed(Term, frozen=True, kw_only=True, gc=False):
    """A text between spaces that is no term: receivers answer permerror for its record (RFC 7208 section 4.6)."""

    kind: ClassVar[str] = "malformed"
    reason: str
    """For a person; says what is wrong with `text`, in a phrase."""

    @property
    def suggestion(self) -> str | None:
        """What was probably meant: one well-formed term, or several with a space between; None: hard to say."""
        if len(self.text) > _MAX_LENGTH:
            return None
        return next((repair for repair in _repairs(self.text) if _is_sound(repair)), None)


AnyTerm: TypeAlias = WellFormed | Malformed
"""What stands between the spaces of a record."""


_MAX_LENGTH: Final = 512
"""Longer texts are no slips of the pen; this bounds the work on texts of strangers."""
_MAX_NAME: Final = 16
_ALIKE: Final = 0.8
"""How alike two names must be, as difflib reckons: "inlcude" and "include" are 0.86, "ip" and "ip4" 0.8."""
_TYPOGRAPHY: Final = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\x00", "")
    | {"\uff1a": ":", "\u223c": "~", "\u02dc": "~"}
)
"""What word processors and web pages make of a hyphen, nothing, a colon and a tilde."""
_AROUND: Final = "\"'`,;()<>[]\u2018\u2019\u201c\u201d"
_BETWEEN: Final = re.compile(r"[\t\r\n\v\f,;|\u00a0]+")
_TERM: Final = re.compile(r"(?P<qualifiers>[-+?~]*)(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?P<mark>[:=.]*)(?P<value>.*)")
_GLUED: Final = (
    re.compile(r"(?P<term>.+?)(?P<next>[-+?~]all)", re.IGNORECASE),
    re.compile(r"(?P<term>.+?)(?P<next>[-+?~]?(?:include:|exists:|ip4:|ip6:|redirect=).+)", re.IGNORECASE),
)
_ADDRESS: Final = re.compile(r"(?P<address>[0-9A-Fa-f:.]+)(?:[/\\]+0*(?P<length>[0-9]+))?")
_WILDCARD: Final = re.compile(r"(?P<octets>[0-9]+(?:\.[0-9]+){0,2})(?P<stars>(?:\.\*){1,3})")
_PORT: Final = re.compile(r":[0-9]{1,5}\Z")
_LENGTH: Final = re.compile(r"/+[0-9]+\Z")
_NAMES: Final = (*grammar.MECHANISMS, *grammar.MODIFIERS)
_TAKE_A_LENGTH: Final = frozenset({"a", "mx"})


def _is_sound(text: str) -> bool:
    """Whether a repair is made of well-formed terms, all of them RFC 7208's own, and none lets everyone pass."""
    try:
        terms = [grammar.read(term) for term in text.split(" ")]
    except NotATerm:
        return False
    return not any(isinstance(term, UnknownModifier) or passes_everyone(term) for term in terms)


def _repairs(text: str) -> Iterator[str]:
    """What the text may have been meant as, not sure to be sound; the likelier first."""
    clean = text.translate(_TYPOGRAPHY).strip(_AROUND)
    yield " ".join(_mended(piece) for piece in _BETWEEN.split(clean))
    for pattern in _GLUED:
        if glued := pattern.fullmatch(clean):
            yield f"{_mended(glued['term'])} {glued['next']}"


def _mended(text: str) -> str:
    """One term with its slips mended as far as they are known."""
    if network := _network(text):
        return network
    match = _TERM.fullmatch(text)
    if match is None or len(set(match["qualifiers"])) > 1:
        return text
    name, value, qualifier = _closest(match["name"]), match["value"], match["qualifiers"][:1]
    if name in grammar.MODIFIERS:
        return f"{name}={value}"
    if name in grammar.MECHANISMS and (network := _network(value)):
        return qualifier + network
    if not value or value.startswith("/"):
        return qualifier + name + (_dual_length(value) if name in _TAKE_A_LENGTH else "")
    return text if match["mark"] == "." or name in {"ip4", "ip6"} else f"{qualifier}{name}:{_domain(name, value)}"


@lru_cache(256)
def _closest(name: str) -> str:
    """The name that was meant, the given one where none is near. Remembered: to compare is slow, and many make the same slips."""
    if name.lower() in _NAMES or len(name) > _MAX_NAME:
        return name
    return next(iter(difflib.get_close_matches(name.lower(), _NAMES, n=1, cutoff=_ALIKE)), name)


def _network(text: str) -> str | None:
    """The mechanism for an address range, whatever the mechanism was that it was written behind."""
    if wildcard := _WILDCARD.fullmatch(text):
        octets = wildcard["octets"].split(".")
        return f"ip4:{'.'.join([*octets, '0', '0', '0'][:4])}/{8 * len(octets)}"
    match = _ADDRESS.fullmatch(text.replace("[", "").replace("]", ""))
    if match is None:
        return None
    length = f"/{match['length']}" if match["length"] else ""
    for address in (match["address"], _PORT.sub("", match["address"])):
        if is_address(address):
            return f"{'ip6' if ':' in address else 'ip4'}:{address}{length}"
    return None


def _dual_length(text: str) -> str:
    """`/24/64` and `/24//64` as `/24//64`."""
    return text.replace("//", "/").replace("/", "//").replace("//", "/", 1)


def _domain(name: str, value: str) -> str:
    """A domain without what has no place at its end."""
    length = _LENGTH.search(value)
    if length and name not in _TAKE_A_LENGTH:
        value = value[: length.start()]
    return _PORT.sub("", value.rstrip("/"))
