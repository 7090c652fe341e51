"""XML as the AWS SDKs write and read it: elements without attributes, in one namespace."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import TypeAlias

Content: TypeAlias = "str | tuple[Element, ...]"
"""What is in an element: text, or elements."""
Element: TypeAlias = tuple[str, Content]
"""Name, without namespace, and content."""


def read(body: bytes) -> Element:
    """The document element. Raises `xml.etree.ElementTree.ParseError`."""
    return _read(ET.fromstring(body))  # noqa: S314 - from our own SDK


def _read(element: ET.Element) -> Element:
    name = element.tag.rpartition("}")[2]
    return name, tuple(_read(child) for child in element) if len(element) else element.text or ""


def written(element: Element, namespace: str) -> bytes:
    """A document."""
    root = _written(element)
    root.set("xmlns", namespace)
    return b'<?xml version="1.0"?>\n' + ET.tostring(root)


def _written(element: Element) -> ET.Element:
    name, content = element
    made = ET.Element(name)
    if isinstance(content, str):
        made.text = content
    else:
        made.extend(_written(child) for child in content)
    return made


def every(content: Content, name: str) -> Iterable[Content]:
    """The contents of all child elements of a name."""
    return [] if isinstance(content, str) else [inner for found, inner in content if found == name]


def one(content: Content, name: str) -> "Content | None":
    """The content of the first child element of a name."""
    return next(iter(every(content, name)), None)


def text(content: Content, name: str) -> str | None:
    """The text of the first child element of a name; None where there is no such element, or one that holds elements."""
    found = one(content, name)
    return found if isinstance(found, str) else None
