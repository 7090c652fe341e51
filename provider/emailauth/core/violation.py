"""What a JSON Schema refuses, in the words of someone who writes YAML: what is needed, what is there, what to write.

jsonschema finds all errors of a value at once. Where a value can be one of several things, only the errors of the
one that was meant are told: the one whose JSON type the value has.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from emailauth.core.diagnostic import Route
from emailauth.core.schema_words import JsonSchema
from emailauth.core.text import plural

Error: TypeAlias = Any
"""A `jsonschema.ValidationError`; not imported here, and its stubs say "unset" of what an error always has."""

_TYPES: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION: Final = re.compile(r"([0-9]+) ?([smhdw])[a-z]*", re.IGNORECASE)
_SPELLINGS: Final = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
"""What YAML 1.1, or a person, takes for a truth value."""
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that the schema does not allow."""

    route: Route
    """From the value that was validated."""
    rule: str
    message: str
    at_key: bool = False
    """It is about the key of the value, not the value."""


class Explainer:
    """Tells what one schema refuses. `instead` answers, for the route of an unknown key, what to write, or None."""

    def __init__(self, schema: JsonSchema, instead: Callable[[Route], str | None]) -> None:
        self._schema = schema
        self._instead = instead
        self._validator = _validator_class()(schema)

    def violations(self, instance: object) -> list[Violation]:
        """Everything that is wrong with a value, each once."""
        return list(dict.fromkeys(v for error in self._validator.iter_errors(instance) for v in self._explain(error)))

    def _explain(self, error: Error) -> Iterator[Violation]:
        keyword = str(error.validator)
        if keyword == "anyOf":
            yield from self._explain_branches(error)
        elif keyword == "additionalProperties":
            yield from self._unknown_keys(error)
        elif keyword == "required":
            for name in error.validator_value:
                if name not in error.instance:
                    yield Violation(
                        _route(error),
                        "missing-key",
                        f"{name!r} is missing here{_about(error.schema.get('properties', {}).get(name, {}))}",
                        at_key=True,
                    )
        elif keyword in {"enum", "const"}:
            yield self._wrong_value(error, [error.schema])
        elif keyword == "type":
            yield self._wrong_type(error, [error.schema])
        else:
            rule, message = _refused(keyword, error)
            yield Violation(_route(error), rule, message)

    def _explain_branches(self, error: Error) -> Iterator[Violation]:
        """Of the branches that the value's type fits, the errors; of none, what types there are."""
        branches: list[list[Error]] = [[] for _ in error.validator_value]
        for inner in error.context or ():
            branches[int(inner.schema_path[0])].append(inner)
        fitting = [errors for errors in branches if not any(map(self._is_misfit, errors))]
        structured = [errors for errors in fitting if any(one.path or one.validator not in {"enum", "const"} for one in errors)]
        if structured:
            for inner in structured[0]:
                yield from self._explain(inner)
        elif fitting:
            yield self._wrong_value(error, error.validator_value)
        else:
            yield self._wrong_type(error, error.validator_value)

    def _is_misfit(self, error: Error) -> bool:
        """Whether an error of a branch says that the value is of a type that the branch is not about."""
        if error.path:
            return False
        if error.validator in {"enum", "const"}:
            return _kind(error.instance) not in {_kind(value) for value in _values(error.schema)}
        if error.validator == "anyOf":
            return not any(self._fits(branch, error.instance) for branch in error.validator_value)
        return bool(error.validator == "type")

    def _fits(self, schema: JsonSchema, instance: object) -> bool:
        return not any(map(self._is_misfit, self._validator.evolve(schema=self._followed(schema)).iter_errors(instance)))

    def _followed(self, schema: JsonSchema) -> JsonSchema:
        if "$ref" not in schema:
            return schema
        found: JsonSchema = self._schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return found

    def _alternatives(self, schemas: Iterable[JsonSchema]) -> Iterator[JsonSchema]:
        for schema in map(self._followed, schemas):
            if "anyOf" in schema:
                yield from self._alternatives(schema["anyOf"])
            else:
                yield schema

    def _unknown_keys(self, error: Error) -> Iterator[Violation]:
        known = list(error.schema.get("properties", ()))
        for key in error.instance:
            if key in known:
                continue
            route = (*_route(error), key)
            instead = self._instead(route)
            if instead is not None:
                words = f"write instead: {instead}"
            elif near := _nearest(key, known):
                words = f"did you mean {near}?"
            else:
                words = f"possible: {_listed(known, 'and')}" if known else "nothing can be here"
            yield Violation(route, "unknown-key", f"{_show(key)} is not a key here: {words}", at_key=True)

    def _wrong_value(self, error: Error, schemas: Iterable[JsonSchema]) -> Violation:
        alternatives = list(self._alternatives(schemas))
        values = [value for schema in alternatives for value in _values(schema)]
        near = _nearest(str(error.instance), [value for value in values if isinstance(value, str)])
        words = f"did you mean {near}?" if near else f"write {_listed([*map(_show_plain, values), *_types(alternatives)], 'or')}"
        return Violation(_route(error), "wrong-value", f"{_show(error.instance)} is not possible here: {words}")

    def _wrong_type(self, error: Error, schemas: Iterable[JsonSchema]) -> Violation:
        alternatives = list(self._alternatives(schemas))
        values = [_show_plain(value) for schema in alternatives for value in _values(schema)]
        needed = _listed([*_types(alternatives), *values], "or")
        types = {schema.get("type") for schema in alternatives}
        advice = _advice(types, error.instance, error.schema.get("description", ""))
        return Violation(_route(error), "wrong-type", f"{needed} is needed here, this is {_what(error.instance)}{advice}")


@cache
def _validator_class() -> Callable[[JsonSchema], Any]:
    """Draft 2020-12, but 1.0 is no whole number and not equal to 1: the types that decode the file do not take it for one."""
    from jsonschema import Draft202012Validator, ValidationError, validators  # noqa: PLC0415 - costs a tenth of a second, is rarely needed

    def among(_validator: object, _limit: object, instance: object, schema: JsonSchema) -> Iterator[Error]:
        if not any(type(value) is type(instance) and value == instance for value in _values(schema)):
            yield ValidationError(f"{instance!r} is not among the values")

    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _checker, value: type(value) is int)
    keywords = {"enum": among, "const": among}
    strict: Callable[[JsonSchema], Any] = validators.extend(Draft202012Validator, keywords, type_checker=checker)  # type: ignore[no-untyped-call]
    return strict


def _route(error: Error) -> Route:
    return tuple(error.absolute_path)


def _values(schema: JsonSchema) -> list[Any]:
    return [schema["const"]] if "const" in schema else [*schema.get("enum", ())]


def _types(schemas: Iterable[JsonSchema]) -> list[str]:
    """The types that schemas allow, in words; that some settings can be null is not worth saying."""
    return list(dict.fromkeys(_TYPES[schema["type"]] for schema in schemas if schema.get("type") in _TYPES))


def _kind(value: object) -> str:
    """The JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    kinds = {"string": str, "number": int | float, "array": list, "object": dict}
    return next((name for name, kind in kinds.items() if isinstance(value, kind)), "null")


def _what(value: object) -> str:
    """What a value is, for a person."""
    kind = _kind(value)
    if kind in {"array", "object"}:
        return _TYPES[kind]
    words = {"string": f"the text {_show(value)}", "number": f"the number {_show_plain(value)}", "null": "nothing"}
    return words.get(kind) or _show_plain(value)


def _advice(types: Iterable[str | None], value: object, description: str) -> str:
    """What to write, where what is there shows what was meant."""
    kind = _kind(value)
    if kind == "null":
        return ": write {} if there is nothing to set" if "object" in types else ": write one, or remove the key"
    if "string" in types and kind in {"number", "boolean"}:
        return ": put it in quotes"
    if kind == "string":
        return _advice_on_text(types, str(value), description)
    if "integer" in types and isinstance(value, float) and value.is_integer():
        return f": write {int(value)}"
    return ""


def _advice_on_text(types: Iterable[str | None], text: str, description: str) -> str:
    duration = _DURATION.fullmatch(text)
    if "integer" in types and re.fullmatch(r"[0-9]{1,20}", text):
        return f": write {text} without quotes"
    if "integer" in types and duration and "second" in description.lower() and len(text) < _SHOWN:
        return f": write the number of seconds, {int(duration[1]) * _SECONDS[duration[2].lower()]}"
    if "boolean" in types and text.lower() in _SPELLINGS:
        return f": write {_SPELLINGS[text.lower()]}"
    return f": write [{json.dumps(text, ensure_ascii=False)}]" if "array" in types and len(text) < _SHOWN else ""


def _refused(keyword: str, error: Error) -> tuple[str, str]:
    """The rule and the message for the keywords that limit a value."""
    value, limit, schema = error.instance, error.validator_value, error.schema
    if keyword in _LIMITS:
        return "out-of-range", f"{_range(schema)} is needed here, this is {_show_plain(value)}"
    if keyword in {"minProperties", "maxProperties"} and schema.get("minProperties") == schema.get("maxProperties"):
        names = _listed([*schema["properties"]], "or")
        return "wrong-form", f"name exactly one here ({names}), not {_listed([*value], 'and') if value else 'none'}"
    if keyword in _COUNTED:
        needed, noun = _COUNTED[keyword]
        return "out-of-range", f"{needed} {plural(limit, noun)} here, not {len(value)}"
    if keyword == "pattern":
        return "wrong-value", f"{_show(value)} is not written as it must be{_about(schema)}"
    return "wrong-value", error.message


_COUNTED: Final = {
    f"{side}{what}": (words, noun)
    for side, words in (("min", "write at least"), ("max", "write at most"))
    for what, noun in (("Length", "character"), ("Items", "item"), ("Properties", "key"))
}


_LIMITS: Final = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "less than"}


def _range(schema: JsonSchema) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f"a number from {schema['minimum']} to {schema['maximum']}"
    return f"a number of {' and '.join(f'{words} {schema[key]}' for key, words in _LIMITS.items() if key in schema)}"


def _about(schema: JsonSchema) -> str:
    """The first sentence of a property's description, to say what it is for."""
    description = schema.get("description", "")
    return f": {re.split(r'(?<=[.;]) ', description, maxsplit=1)[0].rstrip('.;')}" if description else ""


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant: letter case, - and _ do not matter."""
    forms = {one.lower().replace("-", "_"): one for one in known}
    near = difflib.get_close_matches(word.lower().replace("-", "_"), forms, n=1)
    return forms[near[0]] if near else None


def _listed(words: list[str], last: str) -> str:
    *most, final = words or ["nothing"]
    return f"{', '.join(most)} {last} {final}" if most else final


def _show(value: object) -> str:
    """A value as one line of YAML, cut where it is long; text in quotes."""
    shown = repr(value) if isinstance(value, str) else _show_plain(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."


def _show_plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
