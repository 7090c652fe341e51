"""The JSON Schema of the file: made of the types, valid, with words for editors, and of one mind with the check."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import UNSET, Meta, Struct, UnsetType

from emailauth.core.check import check
from emailauth.core.document import Document
from emailauth.core.posture import ABSENT
from emailauth.core.schema import Shapes, domain_piece, file_piece, file_schema
from emailauth.core.violation import Explainer


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy.

    With a second paragraph.
    """

    policy: Annotated[Literal["none", "reject"], Meta(description="What to do.")]
    testing: bool | UnsetType = UNSET
    reports: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...], Meta(description="Where to.", examples=[["mailto:a@example.com"]])
    ] = ()
    age: Annotated[int, Meta(ge=0, le=10, description="Age in seconds.", examples=[3])] = 1
    parent: Annotated["Policy", Meta(description="Another one.")] | None = None


class Key(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key."""

    file: Annotated[str, Meta(description="The path.", examples=["keys/s1.pem"])]
    share: float = 1.0


class Host(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where things are."""

    port: Annotated[int, Meta(description="The port.", examples=[53])]


class Plain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing to set."""


Keys = dict[Annotated[str, Meta(description="A selector.", examples=["s1"])], Key | Literal["revoked"]]
Routes = Annotated[tuple[Key, ...], Meta(min_length=1, description="The routes.")] | Literal["none_at_all"]

SHAPES = Shapes(
    sections={"keys": Keys, "policy": Policy, "routes": Routes},
    dns_hosts={"here": Host, "there": Plain},
    web_hosts={"folder": Plain},
    parked={"keys": None, "policy": ABSENT},
    receivers=("gmail", "yahoo"),
)


def test_the_schema_is_valid_and_always_the_same() -> None:
    schema = file_schema(SHAPES)
    Draft202012Validator.check_schema(schema)
    assert json.dumps(schema) == json.dumps(file_schema(SHAPES))
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "email-auth.schema.json"


def test_its_definitions_are_sorted_and_all_used() -> None:
    schema = file_schema(SHAPES)
    names = list(schema["$defs"])
    assert names == sorted(names)
    assert names == [
        "dns_host",
        "dns_host.here.Host",
        "dns_host.there.Plain",
        "domain",
        "keys",
        "keys.Key",
        "policy",
        "policy.Policy",
        "receivers",
        "routes.Key",
        "ttl",
        "web_host",
        "web_host.folder.Plain",
    ]
    assert all(f'"#/$defs/{name}"' in json.dumps(schema) for name in names)


def properties(schema: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """All properties that a person could write, wherever they are described."""
    if isinstance(schema, dict):
        if "type" in schema:
            yield from schema.get("properties", {}).items()
        for key, value in schema.items():
            if key not in {"allOf", "examples", "default"}:
                yield from properties(value)
    if isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def test_every_property_has_words_for_an_editor() -> None:
    found = list(properties(file_schema(SHAPES)))
    assert {key for key, _ in found} == {
        *("version", "dns_host", "web_host", "ttl", "receivers", "defaults", "domains", "profile"),
        *("keys", "policy", "routes", "testing", "reports", "age", "parent", "file", "share", "here", "there", "folder", "port"),
    }
    for key, schema in found:
        assert schema["title"], key
        assert schema["description"], key
        assert schema["examples"], key


def test_the_examples_of_properties_are_valid() -> None:
    schema = file_schema(SHAPES)
    for key, one in properties(schema):
        for example in one.get("examples", ()):
            errors = [error.message for error in Draft202012Validator({**one, "$defs": schema["$defs"]}).iter_errors(example)]
            assert errors == [], key


PROPERTIES = [
    (("properties", "version"), {"title": "version", "description": "The version of this file's form.", "examples": [1], "const": 1}),
    (
        ("$defs", "policy", "properties", "policy"),
        {"title": "policy", "description": "What to do.", "examples": ["none", "reject"], "enum": ["none", "reject"]},
    ),
    (
        ("$defs", "policy", "properties", "testing"),
        {"title": "testing", "description": "testing", "examples": [True, False], "type": "boolean"},
    ),
    (
        ("$defs", "domain", "properties", "keys"),
        {
            "title": "keys",
            "description": "A key.",
            "examples": [{"s1": {"file": "keys/s1.pem"}}],
            "anyOf": [
                {"$ref": "#/$defs/keys"},
                {"const": "absent", "description": "See that there is none: what is published is removed."},
            ],
        },
    ),
    (
        ("properties", "defaults", "properties", "policy"),
        {
            "title": "policy",
            "description": "A policy.\n\nWith a second paragraph.",
            "examples": [{"policy": "none"}],
            "$ref": "#/$defs/policy",
        },
    ),
]


@pytest.mark.parametrize(("way", "expected"), PROPERTIES)
def test_words_come_from_the_types(way: tuple[str, ...], expected: dict[str, Any]) -> None:
    schema: Any = file_schema(SHAPES)
    for step in way:
        schema = schema[step]
    assert schema == expected


def test_nothing_is_required_under_defaults_and_lists_have_none() -> None:
    schema = file_schema(SHAPES)
    assert "required" not in schema["$defs"]["policy"]
    assert schema["$defs"]["policy.Policy"]["required"] == ["policy"]
    assert list(schema["properties"]["defaults"]["properties"]) == ["keys", "policy"]


FILES: list[tuple[Any, bool]] = [
    ({"version": 1, "domains": {}}, True),
    ({"version": 1, "domains": {"example.com": "parked"}}, True),
    ({"version": 1, "domains": {"example.com": {}}}, True),
    ({"version": 1, "domains": {"example.com": {"policy": {}}}}, False),
    ({"version": 1, "domains": {"example.com": {"policy": {}}}, "defaults": {"policy": {"policy": "none"}}}, True),
    ({"version": 1, "domains": {"example.com": {"policy": {}}}, "defaults": {"policy": {"age": 1}}}, False),
    ({"version": 1, "domains": {"example.com": {"policy": "absent"}}}, True),
    ({"version": 1, "domains": {"example.com": {"profile": "parked", "policy": {"policy": "none"}}}}, True),
    ({"version": 1, "domains": {"example.com": {"dns_host": {"there": {}}}}, "web_host": {"folder": {}}}, True),
    ({"version": 1, "domains": {"example.com": {"dns_host": {"there": {}, "here": {"port": 1}}}}}, False),
    ({"version": 1, "domains": {}, "dns_host": {}}, False),
    ({"version": 1, "domains": {}, "ttl": 59}, False),
    ({"version": 1, "domains": {}, "ttl": 604_800}, True),
    ({"version": 1, "domains": {"example.com": {"receivers": []}}, "receivers": ["yahoo", "gmail"]}, True),
    ({"version": 1, "domains": {}, "receivers": ["gmail", "gmail"]}, True),
    ({"version": 1, "domains": {}, "receivers": "gmail"}, False),
    ({"version": 1, "domains": {"example.com": {"receivers": ["aol"]}}}, False),
    ({"version": 2, "domains": {}}, False),
    ({"version": 1}, False),
    ({"version": 1, "domains": {}, "defaults": {"routes": []}}, False),
    ({"version": 1, "domains": {"example.com": {"routes": "none_at_all"}}}, True),
    ([], False),
]


@pytest.mark.parametrize(("data", "valid"), FILES)
def test_an_editor_sees_what_the_check_sees(data: object, valid: bool) -> None:
    assert Draft202012Validator(file_schema(SHAPES)).is_valid(data) is valid
    assert (check(Document(path="f.yaml", text="", data=data), SHAPES).diagnostics == ()) is valid


# ------------------------------------------------------------------------------------------------------------- laws

ODD = st.sampled_from(
    [None, True, 1, 1.0, 0.5, -1, 11, "", "x", "absent", "parked", "none", "revoked", [], {}, ["x"], {"x": 1}, float("inf"), 10**30]
)


def some(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A mapping with some of the keys, mostly right, sometimes odd."""
    mostly = {key: st.one_of(value, value, value, ODD) for key, value in values.items()}
    return st.fixed_dictionaries({}, optional={**mostly, "odd": ODD})


KEY = some(file=st.sampled_from(["a", ""]), share=st.sampled_from([1, 0.5, 2.0]))
POLICY: st.SearchStrategy[Any] = st.deferred(
    lambda: some(
        policy=st.sampled_from(["none", "reject"]),
        testing=st.booleans(),
        reports=st.lists(st.sampled_from(["a", ""]), max_size=2),
        age=st.integers(-1, 11),
        parent=st.one_of(st.none(), POLICY),
    )
)
HOST = some(here=some(port=st.integers(0, 3)), there=some())
SECTIONS = {
    "keys": st.dictionaries(st.sampled_from(["s1", "2023"]), KEY | st.just("revoked") | ODD, max_size=2),
    "policy": POLICY,
    "routes": st.lists(KEY, max_size=2) | st.just("none_at_all"),
}
RECEIVERS = st.lists(st.sampled_from(["gmail", "yahoo", "aol"]), max_size=2)
DOMAIN = some(**SECTIONS, profile=st.just("parked"), dns_host=HOST, ttl=st.sampled_from([60, 59, 300]), receivers=RECEIVERS) | st.just(
    "parked"
)
FILE = some(
    version=st.just(1),
    dns_host=HOST,
    web_host=some(folder=some()),
    ttl=st.sampled_from([60, 604_801]),
    receivers=RECEIVERS,
    defaults=some(**SECTIONS),
    domains=st.dictionaries(st.sampled_from(["example.com", "example.net"]), DOMAIN | ODD, max_size=2),
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(FILE, FILE, ODD).filter(lambda data: data is not None))
def test_the_types_and_the_schema_accept_the_same(data: Any) -> None:
    document = Document(path="f.yaml", text="", data=data)
    decoded = check(document, SHAPES)
    whole = Explainer(file_schema(SHAPES), lambda _route: None).violations(data)
    assert (decoded.diagnostics == ()) == (whole == [])
    assert all(one.message for one in decoded.diagnostics)
    assert all(document.has(one.route) for one in decoded.diagnostics)


@settings(max_examples=200, deadline=None)
@given(DOMAIN | ODD)
def test_what_msgspec_refuses_is_told_by_the_schema(domain: Any) -> None:
    decoded = check(Document(path="f.yaml", text="", data={"version": 1, "domains": {"example.com": domain}}), SHAPES)
    told = Explainer(domain_piece(SHAPES), lambda _route: None).violations({"profile": "parked"} if domain == "parked" else domain)
    assert decoded.domains[0].has_errors == bool(told)
    assert {one.message for one in decoded.diagnostics} == {one.message for one in told}


def test_the_pieces_are_valid_schemas() -> None:
    Draft202012Validator.check_schema(file_piece(SHAPES))
    Draft202012Validator.check_schema(domain_piece(SHAPES))


def test_what_is_right_needs_no_jsonschema() -> None:
    program = (
        "import sys; from emailauth.core.check import check; from emailauth.core.document import parse; from emailauth.core.schema import Shapes\n"
        "shapes = Shapes(sections={'a': dict[str, str]}, dns_hosts={}, web_hosts={})\n"
        "decoded = check(parse('f', 'version: 1\\ndomains: {example.com: {a: {b: c}}}'), shapes)\n"
        "print(decoded.domains[0].shapes, decoded.diagnostics, 'jsonschema' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.stdout == "{'a': {'b': 'c'}} () False\n"


def test_without_receivers_there_is_no_such_setting() -> None:
    shapes = Shapes(sections={"policy": Policy}, dns_hosts={}, web_hosts={})
    assert "receivers" not in file_schema(shapes)["properties"]
    (found,) = check(Document(path="f.yaml", text="", data={"version": 1, "domains": {}, "receivers": []}), shapes).diagnostics
    assert found.message == "'receivers' is not a key here: possible: version, dns_host, web_host, ttl, defaults and domains"
