"""What an editor shows beside a property of the file: a title, a description and examples.

They come from the types (docstrings, `msgspec.Meta`); where a property has none of its own it takes those of what it is.
"""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

JsonSchema: TypeAlias = dict[str, Any]

TEXTS: Final = ("title", "description", "examples")
_DATA: Final = frozenset({"default", "examples", "const", "enum"})
"""Keywords whose values are data, not schemas."""


def title(key: str) -> str:
    """The title of a property."""
    return key.replace("_", " ")


def with_words(schema: JsonSchema) -> JsonSchema:
    """The schema with a title, a description and, where one can be made, examples on every property."""
    return _Words(schema["$defs"]).of_schema(schema)


def examples(schema: JsonSchema, definitions: Mapping[str, JsonSchema]) -> list[object]:
    """The examples that a schema has, else those that can be made of what it is."""
    return [*_Words(definitions).examples(schema)]


class _Words:
    """Works through one schema."""

    def __init__(self, definitions: Mapping[str, JsonSchema]) -> None:
        self._definitions = definitions

    def of_schema(self, schema: JsonSchema) -> JsonSchema:
        """One schema and all within it."""
        done: JsonSchema = {key: value if key in _DATA else self._of_part(value) for key, value in schema.items()}
        if "description" in done:
            done["description"] = inspect.cleandoc(done["description"])
        if not done.get("required", True):
            del done["required"]
        if "type" in done and "properties" in done:
            done["properties"] = {key: self._of_property(key, one) for key, one in done["properties"].items()}
        return done

    def _of_part(self, part: object) -> object:
        if isinstance(part, list):
            return [self._of_part(one) for one in part]
        return self.of_schema(part) if isinstance(part, dict) else part

    def _of_property(self, key: str, schema: JsonSchema) -> JsonSchema:
        words: JsonSchema = {"title": schema.get("title", title(key))}
        words["description"] = next(self._descriptions(schema), words["title"])
        found = list(self.examples(schema))
        if found:
            words["examples"] = found
        return words | {keyword: value for keyword, value in schema.items() if keyword not in TEXTS}

    def _descriptions(self, schema: JsonSchema) -> Iterator[str]:
        """Its own, then those of what it refers to, may be, or holds."""
        if "description" in schema:
            yield inspect.cleandoc(schema["description"])
        held = [schema[keyword] for keyword in ("items", "additionalProperties") if isinstance(schema.get(keyword), dict)]
        for part in (*self._referred(schema), *schema.get("anyOf", ()), *held):
            yield from self._descriptions(part)

    def examples(self, schema: JsonSchema) -> Iterator[object]:
        """Its own, else those that follow from what it is."""
        if "examples" in schema:
            yield from schema["examples"]
            return
        yield from schema.get("enum", ())
        yield from [schema["const"]] if "const" in schema else []
        for part in (*self._referred(schema), *sorted(schema.get("anyOf", ()), key=lambda part: "enum" in part or "const" in part)):
            yield from self.examples(part)
        if schema.get("type") == "boolean":
            yield from (True, False)
        elif schema.get("type") == "array" and isinstance(schema.get("items"), dict):
            yield from ([item] for item in [*self.examples(schema["items"])][:1])
        elif schema.get("type") == "object":
            yield from self._example_of_object(schema)
        elif schema.get("default"):
            yield schema["default"]

    def _example_of_object(self, schema: JsonSchema) -> Iterator[JsonSchema]:
        """What must be there, or the first thing that can be."""
        properties: Mapping[str, JsonSchema] = schema.get("properties", {})
        if isinstance(schema.get("additionalProperties"), dict):
            name = next(self.examples(schema.get("propertyNames", {})), "name")
            properties = {str(name): schema["additionalProperties"]}
        keys = schema.get("required") or [*properties][:1]
        firsts = {key: [*self.examples(properties[key])][:1] for key in keys}
        if all(firsts.values()):
            yield {key: first for key, (first,) in firsts.items()}

    def _referred(self, schema: JsonSchema) -> Iterator[JsonSchema]:
        if "$ref" in schema:
            yield self._definitions[schema["$ref"].removeprefix("#/$defs/")]
