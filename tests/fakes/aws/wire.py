"""Values of botocore's shapes, to XML and JSON and back. What the shapes do not know is refused when it comes and fails when it goes."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

from botocore.model import ListShape, Shape, StructureShape

from tests.fakes.aws.shapes import NUMBERS


class Malformed(Exception):
    """What came cannot be a value of the shape; `str()` says why."""


# ---------------------------------------------------------------------------------------------------------- scalars


def from_text(shape: Shape, text: str) -> Any:
    """A scalar as it stands in XML, a header, a query or a path."""
    try:
        if shape.type_name == "boolean":
            return {"true": True, "false": False}[text]
        if shape.type_name in NUMBERS:
            return int(text) if shape.type_name in {"integer", "long"} else float(text)
        if shape.type_name == "blob":
            return base64.b64decode(text, validate=True)
    except (KeyError, ValueError, binascii.Error):
        raise Malformed(f"{text!r} is no {shape.type_name}") from None
    return text


def to_text(shape: Shape, value: Any, *, in_header: bool = False) -> str:
    """A scalar for XML or a header."""
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "timestamp":
        return format_datetime(value.astimezone(UTC), usegmt=True) if in_header else value.isoformat().replace("+00:00", "Z")
    return str(value)


# ---------------------------------------------------------------------------------------------------------- XML


def from_xml(shape: Shape, body: bytes) -> Any:
    """The value of a document whose root element is of this shape."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - it comes from boto3 in this very test
    except ET.ParseError as e:
        raise Malformed(str(e)) from None
    return _from_element(shape, root)


def _from_element(shape: Shape, element: ET.Element) -> Any:
    if isinstance(shape, StructureShape):
        return _members(shape, element)
    if isinstance(shape, ListShape):
        return [_from_element(shape.member, child) for child in element]
    return from_text(shape, element.text or "")


def _members(shape: StructureShape, element: ET.Element) -> dict[str, Any]:
    names = {_tag(name, member): name for name, member in shape.members.items()}
    found: dict[str, Any] = {}
    for child in element:
        name = names.get(child.tag.rpartition("}")[2])
        if name is None:
            raise Malformed(f"unexpected element {child.tag}")
        member = shape.members[name]
        if isinstance(member, ListShape) and member.serialization.get("flattened"):
            found.setdefault(name, []).append(_from_element(member.member, child))
        elif name in found:
            raise Malformed(f"element {child.tag} twice")
        else:
            found[name] = _from_element(member, child)
    return found


def to_xml(shape: Shape, value: Any, root: str, namespace: str) -> bytes:
    """The document with the value in an element `root`."""
    element = ET.Element(root, {"xmlns": namespace} if namespace else {})
    _fill(element, shape, value)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(element)


def _fill(element: ET.Element, shape: Shape, value: Any) -> None:
    if isinstance(shape, StructureShape):
        for name, item in value.items():
            _add(element, shape.members[name], name, item)
    elif isinstance(shape, ListShape):
        for item in value:
            _fill(ET.SubElement(element, shape.member.serialization.get("name", "member")), shape.member, item)
    else:
        element.text = to_text(shape, value)


def _add(element: ET.Element, member: Shape, name: str, value: Any) -> None:
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        for item in value:
            _fill(ET.SubElement(element, _tag(name, member)), member.member, item)
    else:
        _fill(ET.SubElement(element, _tag(name, member)), member, value)


def _tag(name: str, member: Shape) -> str:
    """The element of a structure's member."""
    own: str = member.serialization.get("name", name)
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        return str(member.member.serialization.get("name", own))
    return own


# ---------------------------------------------------------------------------------------------------------- JSON

_JSON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "structure": (dict,),
    "list": (list,),
    "map": (dict,),
}


def from_json(shape: Shape, value: Any) -> Any:
    """The value of decoded JSON."""
    _check_type(shape, value)
    if isinstance(shape, StructureShape):
        if unknown := value.keys() - shape.members.keys():
            raise Malformed(f"unexpected members {sorted(unknown)}")
        return {name: from_json(shape.members[name], item) for name, item in value.items()}
    if isinstance(shape, ListShape):
        return [from_json(shape.member, item) for item in value]
    return value


def _check_type(shape: Shape, value: object) -> None:
    if not isinstance(value, _JSON[shape.type_name]):
        raise Malformed(f"{value!r} is no {shape.type_name}")


def to_json(shape: Shape, value: Any) -> Any:
    """The value as JSON can be encoded from it."""
    if isinstance(shape, StructureShape):
        return {name: to_json(shape.members[name], item) for name, item in value.items()}
    if isinstance(shape, ListShape):
        return [to_json(shape.member, item) for item in value]
    return value.timestamp() if shape.type_name == "timestamp" else value
