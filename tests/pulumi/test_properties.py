"""Values on the wire, as the engine writes them (`rpc.go`)."""

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.pulumi.properties import UNKNOWN, Secret, decode, encode, from_json, has_secret, is_known, like, plain
from tests.pulumi.engine import secret, struct

SIGNATURE = "4dabf18193072939515e22adb298388d"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
BYTES = "803fd3297a5875dc03ca845dda5d2a98"
UNKNOWNS = [
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]
UNK = UNKNOWNS[0]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("text", "text"),
        (3600.0, 3600),
        (0.5, 0.5),
        (True, True),
        (None, None),
        ([1, "a", [None]], [1, "a", [None]]),
        ({"a": {"b": 1}}, {"a": {"b": 1}}),
        *((text, UNKNOWN) for text in UNKNOWNS),
        (secret("a"), Secret("a")),
        (secret(secret("a")), Secret("a")),
        (secret(UNK), Secret(UNKNOWN)),
        (["a", secret("b")], ["a", Secret("b")]),
        ({SIGNATURE: OUTPUT}, UNKNOWN),
        ({SIGNATURE: OUTPUT, "value": "a"}, "a"),
        ({SIGNATURE: OUTPUT, "value": "a", "secret": True, "dependencies": ["urn"]}, Secret("a")),
        ({SIGNATURE: OUTPUT, "secret": True}, Secret(UNKNOWN)),
        ({SIGNATURE: RESOURCE, "urn": "urn:x", "id": "an id"}, "an id"),
        ({SIGNATURE: RESOURCE, "urn": "urn:x"}, "urn:x"),
        ({SIGNATURE: BYTES, "value": "Yf8="}, "a\udcff"),
        ({SIGNATURE: "another", "value": 1}, {SIGNATURE: "another", "value": 1}),
    ],
)
def test_what_the_engine_sends(sent: Any, meant: Any) -> None:
    assert decode(struct({"a": sent})) == {"a": meant}


@pytest.mark.parametrize("text", ['"a"', '{"zonefile": {"zones": ["a", null, 3, true]}}'])
def test_settings_that_come_as_json(text: str) -> None:
    assert from_json(text) == decode(struct({"a": json.loads(text)}))["a"]


def test_special_values_within_json() -> None:
    assert from_json(f'{{"a": "{UNK}", "b": [{{"{SIGNATURE}": "1b47061264138c4ac30d75fd1eb44270", "value": "hush"}}]}}') == {
        "a": UNKNOWN,
        "b": [Secret("hush")],
    }
    with pytest.raises(ValueError, match="Expecting"):
        from_json("{no json")


texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\udc80\udcff"), max_size=8).filter(
    lambda text: text not in UNKNOWNS
)
leaves = st.booleans() | st.integers(-(2**53), 2**53) | texts | st.just(UNKNOWN) | st.builds(Secret, texts)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3).map(dict),
    max_leaves=8,
)


@settings(max_examples=200)
@given(values)
def test_what_is_encoded_decodes_to_itself(value: Any) -> None:
    assert decode(encode({"a": value})) == {"a": value}


@settings(max_examples=100)
@given(values)
def test_plain_values_have_no_secrets(value: Any) -> None:
    assert not has_secret(plain(value))
    assert is_known(plain(value)) == is_known(value)
    assert has_secret(like(value, 1)) == has_secret(value)


def test_an_engine_that_takes_no_octets_gets_escapes() -> None:
    assert MessageToDict(encode({"a": "x\udcff\n", "b": "ok"}, octets=False)) == {"a": "x\\255\\x0a", "b": "ok"}


def test_none_is_left_out_and_null_stays_within_lists() -> None:
    assert MessageToDict(encode({"a": None, "b": [None], "c": ("x",)})) == {"b": [None], "c": ["x"]}


def test_a_secret_shows_nothing() -> None:
    assert repr([Secret("hush")]) == "[Secret(...)]"
    assert {Secret("a"), Secret("a")} == {Secret("a")}
    assert Secret("a") != "a"
