"""The JSON Schema (draft 2020-12) of the file, made of the types that decode it.

The schema says of a file what `core.check` says: an editor that uses it finds what the program finds, but for
domain names (their spelling) and what a protocol refuses beyond the shape of its section.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from emailauth.core.posture import Absent, Section
from emailauth.core.schema_words import TEXTS, JsonSchema, examples, title, with_words

VERSION: Final = 1
PARKED: Final = "parked"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER: Final = "email-auth.schema.json"
"""Relative: a file that names the schema by a path or an address means what stands there."""

Ttl: TypeAlias = Annotated[
    int,
    msgspec.Meta(
        ge=60,
        le=604_800,
        description="The time to live of new record sets, in seconds: how long resolvers keep them. Default: the DNS host's own.",
        examples=[300, 3600],
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """All types that the file is made of, by the keys under which they stand."""

    sections: Mapping[str, Any]
    """What a protocol's section decodes to (its `Shape`)."""
    dns_hosts: Mapping[str, type]
    """The settings of the DNS hosts."""
    web_hosts: Mapping[str, type]
    """The settings of the web hosts."""
    parked: Mapping[str, Section | Absent | None] = field(default_factory=dict)
    """What the profile `parked` stands for, by section; None: the section is not part of it."""
    instead: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By section: keys that people are likely to write and that are none, with what to write instead."""
    receivers: tuple[str, ...] = ()
    """The names that `receivers` takes; none: there is no such setting."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The types of what the file can say for all domains, and each of them for itself, beside its hosts."""
        return {"ttl": Ttl, **({"receivers": _receivers(self.receivers)} if self.receivers else {})}

    @property
    def shared(self) -> tuple[str, ...]:
        """The keys of all that the file can say for all domains, and each of them for itself."""
        return ("dns_host", "web_host", *self.settings)


def _receivers(names: tuple[str, ...]) -> Any:
    """Some of the receivers, in any order."""
    about = (
        "Large receivers whose own demands on bulk mail the domain shall meet, for as long as it sends any; "
        "what they refuse is then an error. [] turns off for one domain what the file says for all."
    )
    return Annotated[tuple[Literal[names], ...], msgspec.Meta(description=about, examples=[[*names]])]  # type: ignore[valid-type] # the names are known at run time only


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionSchema:
    """The schema of one section, taken apart: `absent`, its mapping, and what else it can be."""

    mapping: JsonSchema | None
    """With nothing required. None: the section is never a mapping, so that there are no defaults for it."""
    required: tuple[str, ...]
    """Keys of the mapping that must be there once defaults are worked in."""
    others: tuple[JsonSchema, ...]
    about: JsonSchema
    """What the schema says for a person: description, examples."""

    def whole(self, key: str) -> JsonSchema:
        """What the file can say under the section's key; the mapping stands under the same key in the definitions."""
        return {"anyOf": [*([_ref(key)] if self.mapping is not None else []), *self.others, _ABSENT], **self.about}

    def complete(self) -> JsonSchema:
        """What a domain has under the section's key once defaults are worked in."""
        mapping = [{**self.mapping, "required": [*self.required]}] if self.mapping is not None else []
        return {"anyOf": [*mapping, *self.others, _ABSENT]}


_ABSENT: Final[JsonSchema] = {"const": "absent", "description": "See that there is none: what is published is removed."}
_WORDS: Final[Mapping[str, JsonSchema]] = {
    "file": {"title": "email-auth.yaml", "description": "How domains authenticate their mail: one file, kept in git."},
    "version": {"title": "version", "description": "The version of this file's form.", "examples": [VERSION]},
    "defaults": {
        "title": "defaults",
        "description": "Settings by section, for each domain below that has the section as a mapping; what the domain says itself goes before.",
    },
    "domains": {
        "title": "domains",
        "description": "The domains by name, each with the sections that it has, or `parked`. A section that is missing is left alone.",
    },
    "domain": {"title": "domain", "description": "How one domain authenticates its mail."},
    "parked": {"const": PARKED, "description": "The domain sends and receives no mail: each section says so."},
    "profile": {
        "title": "profile",
        "description": "`parked`: the domain sends and receives no mail; sections that stand beside it are as they are written.",
        "const": PARKED,
        "examples": [PARKED],
    },
    "dns_host": {"title": "dns host", "description": "Where the records are kept: exactly one DNS host, with its settings."},
    "web_host": {
        "title": "web host",
        "description": "Where the MTA-STS policy and the BIMI files are served: exactly one web host, with its settings.",
    },
}


def file_schema(shapes: Shapes) -> JsonSchema:
    """The schema of email-auth.yaml, with titles, descriptions and examples on every property; the same for the same shapes."""
    sections, definitions = _parts(shapes)
    definitions |= {key: one.mapping for key, one in sections.items() if one.mapping is not None}
    definitions["domain"] = _domain(shapes, {key: one.whole(key) for key, one in sections.items()})
    schema: JsonSchema = {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        **_file(shapes, sections, {"anyOf": [_WORDS["parked"], _ref("domain")]}),
        "allOf": [_required_somewhere(key, name) for key, one in sections.items() for name in one.required],
        "$defs": dict(sorted(definitions.items())),
    }
    sections_shown = {key: one.about["examples"][0] for key, one in sections.items() if one.about.get("examples")}
    schema["properties"]["domains"]["examples"] = [{"example.com": sections_shown, "example.net": PARKED}]
    plain: JsonSchema = msgspec.json.decode(msgspec.json.encode(with_words(schema)))
    return plain


def file_piece(shapes: Shapes) -> JsonSchema:
    """The schema of the file without the domains: they are checked one by one, as defaults make them."""
    sections, definitions = _parts(shapes)
    definitions |= {key: one.mapping for key, one in sections.items() if one.mapping is not None}
    return {**_file(shapes, sections, {}), "$defs": definitions}


def domain_piece(shapes: Shapes) -> JsonSchema:
    """The schema of a domain into which the defaults are worked in."""
    sections, definitions = _parts(shapes)
    domain = _domain(shapes, {key: one.complete() for key, one in sections.items()})
    return {"anyOf": [_WORDS["parked"], domain], "$defs": definitions}


def _parts(shapes: Shapes) -> tuple[dict[str, SectionSchema], JsonSchema]:
    """The sections, and the definitions of all that sections and hosts refer to."""
    definitions: JsonSchema = {}
    sections = {key: _section(key, shape, definitions) for key, shape in shapes.sections.items()}
    hosts = {"dns_host": shapes.dns_hosts, "web_host": shapes.web_hosts}
    definitions |= {key: _host(key, settings, definitions) for key, settings in hosts.items()}
    definitions |= {key: _components(key, kind, definitions) for key, kind in shapes.settings.items()}
    return sections, definitions


def _file(shapes: Shapes, sections: Mapping[str, SectionSchema], domain: JsonSchema) -> JsonSchema:
    """The file's own keys; `domain` is the schema of what stands under a domain's name."""
    defaults = {key: {**_ref(key), **one.about} for key, one in sections.items() if one.mapping is not None}
    return {
        **_WORDS["file"],
        "type": "object",
        "properties": {
            "version": {"const": VERSION, **_WORDS["version"]},
            **{key: _ref(key) for key in shapes.shared},
            "defaults": {"type": "object", **_WORDS["defaults"], "properties": defaults, "additionalProperties": False},
            "domains": {"type": "object", **_WORDS["domains"], "additionalProperties": domain},
        },
        "required": ["version", "domains"],
        "additionalProperties": False,
    }


def _domain(shapes: Shapes, sections: Mapping[str, JsonSchema]) -> JsonSchema:
    """What stands under the name of a domain that is not just `parked`."""
    properties = {"profile": _WORDS["profile"], **{key: _ref(key) for key in shapes.shared}, **sections}
    return {**_WORDS["domain"], "type": "object", "properties": properties, "additionalProperties": False}


def _host(key: str, settings: Mapping[str, type], definitions: JsonSchema) -> JsonSchema:
    """A variant that is chosen by its key: `{zonefile: {...}}`."""
    properties = {name: _components(f"{key}.{name}", kind, definitions) for name, kind in sorted(settings.items())}
    return {
        **_WORDS[key],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _components(prefix: str, kind: Any, definitions: JsonSchema) -> JsonSchema:
    """The schema of a type; the structs in it go into `definitions` under names that begin with the prefix."""
    (schema,), found = msgspec.json.schema_components([kind], ref_template=f"#/$defs/{prefix}.{{name}}")
    definitions |= {f"{prefix}.{name}": definition for name, definition in found.items()}
    return schema


def _section(key: str, shape: Any, definitions: JsonSchema) -> SectionSchema:
    found: JsonSchema = {}
    schema = _components(key, shape, found)
    branches = list(_branches(schema, found))
    mapping = next((deepcopy(branch) for branch in branches if branch.get("type") == "object"), None)
    required = tuple(mapping.pop("required", ())) if mapping is not None else ()
    if mapping is not None:
        mapping["title"] = title(key)
    others = tuple(branch for branch in branches if branch.get("type") != "object")
    definitions |= {name: one for name, one in found.items() if _is_used(name, [mapping, others, *(found[n] for n in found if n != name)])}
    shown = examples(schema, found)
    about: JsonSchema = {word: schema[word] for word in TEXTS if word in schema}
    if shown:
        about["examples"] = shown
    return SectionSchema(mapping=mapping, required=required, others=others, about=about)


def _branches(schema: JsonSchema, definitions: JsonSchema) -> Iterator[JsonSchema]:
    """What a schema allows, one JSON type each, with references to structs followed."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" not in schema:
        yield schema
    for branch in schema.get("anyOf", ()):
        yield from _branches(branch, definitions)


def _is_used(name: str, schema: object) -> bool:
    """Whether a schema refers to a definition."""
    if isinstance(schema, Mapping):
        return schema.get("$ref") == f"#/$defs/{name}" or any(_is_used(name, one) for one in schema.values())
    return isinstance(schema, list | tuple) and any(_is_used(name, one) for one in schema)


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _required_somewhere(key: str, name: str) -> JsonSchema:
    """What a section must have stands in each domain that has the section as a mapping, or under `defaults`."""
    in_defaults = {"required": ["defaults"], "properties": {"defaults": {"required": [key], "properties": {key: {"required": [name]}}}}}
    in_domains = {"properties": {"domains": {"additionalProperties": {"properties": {key: {"required": [name]}}}}}}
    return {"if": in_defaults, "else": in_domains}
