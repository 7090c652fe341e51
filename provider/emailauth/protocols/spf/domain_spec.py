"""Macro-strings and domain-specs (RFC 7208 sections 7.1 and 12)."""

import ipaddress
import re
from typing import Final

import msgspec


class NotATerm(ValueError):
    """A text that the grammar does not allow; `str()` says why, as what follows "`TEXT`: "."""


class Macro(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One macro-expand in braces: `%{ir}`, `%{l1r+-}`."""

    text: str
    """As written, braces included."""
    letter: str
    """In lower case; one of slodiphcrtv."""
    keep: int | None
    """How many of the rightmost parts stay; None: all."""
    reverse: bool
    delimiters: str
    """What the value is split at; empty: at dots."""
    escape: bool
    """An upper-case letter: the value is percent-encoded (section 7.3)."""


class DomainSpec(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A domain-spec: a name, or a template of one that the receiver fills in for each message."""

    text: str
    parts: tuple[str | Macro, ...]
    """Literal pieces, their `%%`, `%_` and `%-` resolved, and macros, in order."""

    @property
    def macros(self) -> tuple[Macro, ...]:
        """The macros in it, in order."""
        return () if "%" not in self.text else tuple([part for part in self.parts if type(part) is Macro])

    @property
    def folded(self) -> str:
        """A text that is equal for two domain-specs that name the same: names ignore case, macro letters do not."""
        if "%" not in self.text:
            return self.text.lower().removesuffix(".")
        text = "".join(part.text if isinstance(part, Macro) else part.lower() for part in self.parts)
        return text.removesuffix(".")

    @property
    def name(self) -> str | None:
        """The name, in lower case and without the dot at the end; None where it depends on the message."""
        return None if self.macros else self.folded


_TOKEN: Final = re.compile(
    r"%\{(?P<letter>[a-zA-Z])(?P<keep>[0-9]*)(?P<reverse>[rR]?)(?P<delimiters>[-.+,/_=]*)\}"
    r"|%(?P<escape>[%_-])|(?P<literal>[^%]+)|(?P<stray>%)"
)
_ESCAPES: Final = {"%": "%", "_": " ", "-": "%20"}
_LETTERS: Final = frozenset("slodiphcrtv")
_EXPLANATION_LETTERS: Final = frozenset("crt")
_TOPLABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_MAX_SHOWN: Final = 64
_MAX_KEEP: Final = 255
"""More parts than any name has labels: a larger number keeps all of them as well."""


def macro_string(text: str) -> tuple[str | Macro, ...]:
    """Takes a macro-string apart. Raises `NotATerm`. The caller has seen to it that all characters are visible ASCII."""
    return tuple(_part(match) for match in _TOKEN.finditer(text))


def domain_spec(text: str) -> DomainSpec:
    """Reads a domain-spec: a macro-string that ends in a top-level domain or a macro. Raises `NotATerm`."""
    if not text:
        raise NotATerm("names no domain")
    parts = macro_string(text)
    spec = DomainSpec(text=text, parts=parts)
    for macro in spec.macros:
        if macro.letter in _EXPLANATION_LETTERS:
            raise NotATerm(f"the macro letter {macro.letter} is for explanation texts only (RFC 7208 section 7.2)")
    if not _ends_well(text, parts[-1]):
        raise NotATerm(_bad_end(text))
    return spec


def shown(text: str) -> str:
    """A text in quotes, cut where it is too long to be read."""
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}...")


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _part(match: re.Match[str]) -> str | Macro:
    if match["literal"]:
        return match["literal"]
    if match["escape"]:
        return _ESCAPES[match["escape"]]
    if match["stray"]:
        raise NotATerm("a % begins a macro such as %{d}; a percent sign itself is written %%")
    letter = match["letter"].lower()
    if letter not in _LETTERS:
        raise NotATerm(f"%{{{match['letter']}}} is no macro: the letters are s, l, o, d, i, p, h and v")
    digits = match["keep"].lstrip("0")
    if match["keep"] and not digits:
        raise NotATerm(f"{shown(match[0])} keeps no part at all: the number must not be 0")
    return Macro(
        text=match[0],
        letter=letter,
        # No int() of what a stranger wrote at any length: Python refuses more than 4,300 digits.
        keep=(int(digits) if len(digits) <= len(str(_MAX_KEEP)) else _MAX_KEEP) if digits else None,
        reverse=bool(match["reverse"]),
        delimiters=match["delimiters"],
        escape=match["letter"].isupper(),
    )


def _ends_well(text: str, last: str | Macro) -> bool:
    """Domain-end: `"." toplabel ["."]`, or a macro-expand, which `%%`, `%_` and `%-` are too."""
    if isinstance(last, Macro) or text.endswith(("%%", "%_", "%-")):
        return True
    _, dot, label = last.removesuffix(".").rpartition(".")
    return bool(dot) and _is_toplabel(label)


def _is_toplabel(label: str) -> bool:
    return _TOPLABEL.fullmatch(label) is not None and not label.isdigit()


def _bad_end(text: str) -> str:
    """Why a text without a well-formed domain-end has none."""
    name, colon, port = text.rpartition(":")
    label = text.removesuffix(".").rpartition(".")[2]
    if is_address(text):
        return "a domain name belongs here, not an address"
    if colon and name and port.isdigit():
        return "a port number has no place here"
    if not label:
        return "a label of the domain name is empty"
    if label.isdigit():
        return f"{shown(label)} is no top-level domain"
    if _is_toplabel(label):
        return "a fully qualified domain name belongs here, and this is a single label"
    return f"{shown(label)} is no top-level domain: those are letters, digits and inner hyphens"
