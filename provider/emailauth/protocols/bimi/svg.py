"""Reads logos: SVG Tiny Portable/Secure (draft-svg-tiny-ps-abrotman).

The content comes from whoever sends a pull request. So nothing here follows a reference, and a document type
declaration ends the reading before any entity that it defines can grow.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

NAMESPACE: Final = "http://www.w3.org/2000/svg"
XLINK_HREF: Final = "http://www.w3.org/1999/xlink href"

ELEMENTS: Final = frozenset(
    "circle defs desc ellipse font font-face g glyph hkern line linearGradient metadata path polygon polyline radialGradient rect "  # noqa: SIM905 - reads better
    "solidColor stop svg text textArea title use".split(),
)
"""The elements of the profile, all others are outside of it (draft-svg-tiny-ps-abrotman section 2, its RELAX NG schema)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element, without its content."""

    namespace: str
    name: str
    attributes: Mapping[str, str]
    """By name; those in a namespace by it, a space and the name."""
    depth: int
    """0 for the root."""
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Svg:
    """A logo that is well-formed XML without a document type declaration."""

    elements: tuple[Element, ...]
    """In the order of the document; the first is the root."""
    title: str | None
    """The text of the title that stands directly in the root, None without one."""
    size: int
    """Octets."""

    @property
    def root(self) -> Element:
        """The outermost element."""
        return self.elements[0]

    @property
    def view_box(self) -> tuple[float, float, float, float] | None:
        """Left, top, width and height, None where it is missing or is not four numbers."""
        found = _VIEW_BOX.fullmatch(self.root.attributes.get("viewBox", ""))
        if found is None:
            return None
        left, top, width, height = map(float, found.groups())
        return left, top, width, height


@dataclass(frozen=True, slots=True)
class NoSvg:
    """A logo that cannot be read as SVG, and why."""

    reason: str


_NUMBER: Final = r"([+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d{1,3})?)"
_VIEW_BOX: Final = re.compile(r"\s*" + r"[\s,]+".join([_NUMBER] * 4) + r"\s*", re.ASCII)
_GZIP: Final = b"\x1f\x8b"


def read(content: bytes) -> Svg | NoSvg:
    """Reads a logo; never raises for its content."""
    if content.startswith(_GZIP):
        return NoSvg("it is compressed with gzip: name the plain SVG")
    try:
        return _Reader().read(content)
    except _RefusedError as e:
        return NoSvg(str(e))
    except expat.ExpatError as e:
        return NoSvg(f"line {e.lineno}: {expat.ErrorString(e.code)}")
    except (LookupError, ValueError) as e:  # from an encoding that Python does not know or expat cannot use
        return NoSvg(f"its encoding cannot be read: {e}")


class _RefusedError(Exception):
    pass


class _Reader:
    """Collects what expat tells."""

    def __init__(self) -> None:
        self._elements: list[Element] = []
        self._depth = 0
        self._title: list[str] | None = None
        self._in_title = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def read(self, content: bytes) -> Svg:
        self._parser.Parse(content, True)  # noqa: FBT003 - expat takes no keywords; this is the whole content
        root = self._elements[0]
        if (root.namespace, root.name) != (NAMESPACE, "svg"):
            raise _RefusedError(f"its root element is {root.name!r}, not 'svg' of the namespace {NAMESPACE}")
        title = None if self._title is None else "".join(self._title).strip()
        return Svg(elements=tuple(self._elements), title=title, size=len(content))

    def _refuse(self, *_: object) -> None:
        raise _RefusedError("it has a document type declaration (<!DOCTYPE ...>): remove it")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        line = self._parser.CurrentLineNumber
        self._elements.append(Element(namespace=namespace, name=name, attributes=attributes, depth=self._depth, line=line))
        if self._depth == 1 and (namespace, name) == (NAMESPACE, "title") and self._title is None:
            self._title = []
            self._in_title = True
        self._depth += 1

    def _end(self, _tag: str) -> None:
        self._depth -= 1
        if self._depth == 1:
            self._in_title = False

    def _text(self, text: str) -> None:
        if self._in_title and self._title is not None:
            self._title.append(text)
