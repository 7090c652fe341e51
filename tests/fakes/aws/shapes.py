"""Checks what came against the shapes of botocore's service models, which are AWS's own: in the words in which AWS refuses it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

NUMBERS = {"integer", "long", "float", "double"}


def violations(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """What is wrong with a value, one message each."""
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _sized(shape, path, value, len(value))
        for number, item in enumerate(value, 1):
            yield from violations(shape.member, item, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from violations(shape.value, item, f"{path}.{key}")
    else:
        yield from _scalar(shape, value, path)


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield _wrong("null", _below(path, name), "Member must not be null")
    for name, item in value.items():
        yield from violations(shape.members[name], item, _below(path, name))


def _below(path: str, name: str) -> str:
    lower = name[0].lower() + name[1:]
    return f"{path}.{lower}" if path else lower


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if shape.type_name in NUMBERS:
        yield from _ranged(shape, path, value)
    if shape.type_name not in {"string", "blob"}:
        return
    yield from _sized(shape, path, value, len(value))
    if shape.type_name == "string" and (enum := shape.metadata.get("enum")) and value not in enum:
        yield _wrong(f"'{value}'", path, f"Member must satisfy enum value set: [{', '.join(enum)}]")
    if (pattern := shape.metadata.get("pattern")) and not re.fullmatch(_python(pattern), value):
        yield _wrong(f"'{value}'", path, f"Member must satisfy regular expression pattern: {pattern}")


def _sized(shape: Shape, path: str, value: Any, size: int) -> Iterator[str]:
    if size < shape.metadata.get("min", 0):
        yield _wrong(f"'{value}'", path, f"Member must have length greater than or equal to {shape.metadata['min']}")
    if size > shape.metadata.get("max", size):
        yield _wrong(f"'{value}'", path, f"Member must have length less than or equal to {shape.metadata['max']}")


def _ranged(shape: Shape, path: str, value: float) -> Iterator[str]:
    if value < shape.metadata.get("min", value):
        yield _wrong(f"'{value}'", path, f"Member must have value greater than or equal to {shape.metadata['min']}")
    if value > shape.metadata.get("max", value):
        yield _wrong(f"'{value}'", path, f"Member must have value less than or equal to {shape.metadata['max']}")


def _wrong(value: str, path: str, constraint: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: {constraint}"


def _python(pattern: str) -> str:
    """Java's classes of characters in Python's words; a little more is let through (the underscore)."""
    return (
        pattern.replace(r"\p{L}", r"\w")
        .replace(r"\p{N}", r"\d")
        .replace(r"\p{Z}", " ")
        .replace(r"\u0009\u000A\u000D\u0020-\u00FF", "\t\n\r -\xff")
    )


def told(found: list[str]) -> str:
    """All that is wrong, as AWS says it."""
    return f"{len(found)} validation error{'s' * (len(found) > 1)} detected: {'; '.join(found)}"
