"""The Worker's text: the same files give the same text, and it is read back octet for octet or not at all."""

import json
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailauth.web_hosts.cloudflare_worker.script import FORMAT, ForeignScriptError, Served, SpoiltScriptError, parse, render

POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmax_age: 1209600\r\n"
URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"

bodies = st.one_of(st.binary(max_size=200), st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=80).map(str.encode))
urls = st.from_regex(r"https://[a-z0-9-]{1,10}\.example\.(com|net)(/[A-Za-z0-9._-]{1,12}){1,3}", fullmatch=True)
files_held = st.dictionaries(
    urls, st.builds(Served, body=bodies, content_type=st.sampled_from(["text/plain", "image/svg+xml", 'text/plain; x="\\"'])), max_size=8
)


def served(body: bytes) -> Served:
    return Served(body=body, content_type="text/plain")


@given(files_held)
def test_what_was_written_is_read_back(files: Mapping[str, Served]) -> None:
    assert parse(render(files)) == files


@given(files_held, st.randoms())
def test_the_same_files_give_the_same_text_in_whatever_order(files: Mapping[str, Served], order: random.Random) -> None:
    shuffled = list(files.items())
    order.shuffle(shuffled)
    assert render(dict(shuffled)) == render(files)


@given(files_held)
def test_the_text_is_ascii_and_begins_with_the_mark(files: Mapping[str, Served]) -> None:
    assert render(files).isascii()
    assert render(files).startswith("// emailauth 1: ")


def test_a_policy_can_be_read_by_people() -> None:
    assert '"text": "version: STSv1\\r\\nmode: enforce\\r\\nmx: mx1.example.com\\r\\nmax_age: 1209600\\r\\n"' in render(
        {URL: served(POLICY)}
    )


def test_a_body_that_many_hosts_share_stands_there_once() -> None:
    files = {URL.replace("example.com", f"d{i}.example.com"): served(POLICY) for i in range(200)}
    assert render(files).count("version: STSv1") == 1
    assert parse(render(files)) == files


@pytest.mark.parametrize(
    "text",
    [
        "",
        "export default {};\n",
        "\n// emailauth 1: \n",
        "// emailauth\n",
        "// emailauth one: \n",
        "// somebody else's, made after emailauth 1: \n" + render({}),
        "﻿" + render({}),
    ],
    ids=["empty", "other", "not at the beginning", "without number", "no number", "mentioned", "byte order mark"],
)
def test_what_has_no_mark_is_not_ours(text: str) -> None:
    with pytest.raises(ForeignScriptError):
        parse(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"body": 0', '"body": 1'),
        ('"body": 0', '"body": -1'),
        ('"body": 0', '"body": "0"'),
        ('"text": "x"', '"base64": "*"'),
        ('"text": "x"', '"base64": "eA="'),
        ('"text": "x"', '"text": "x", "base64": "eA=="'),
        ('"text": "x"', '"text": null'),
        ('"text": "x"', '"text": "\\ud800"'),
        ('"text": "x"', '"words": "x"'),
        ('"type": "text/plain"', '"type": null'),
        ('"files"', '"more": {}, "files"'),
        ("const HELD = {", "const HELD = JSON.parse(`{"),
        ("const HELD", "let HELD"),
        ("\n};\n", "\n}\n"),
    ],
)
def test_what_somebody_spoilt_is_told(old: str, new: str) -> None:
    text = render({URL: served(b"x")})
    assert old in text
    with pytest.raises(SpoiltScriptError) as error:
        parse(text.replace(old, new))
    assert str(error.value) == "what it holds cannot be understood, so somebody else changed it"


def test_a_newer_form_is_not_guessed_at() -> None:
    with pytest.raises(SpoiltScriptError) as error:
        parse(render({}).replace(f"emailauth {FORMAT}:", f"emailauth {FORMAT + 1}:"))
    assert str(error.value) == "a newer emailauth wrote it: update this one"


def test_a_body_changed_by_hand_is_read_as_it_is_served() -> None:
    text = render({URL: served(b"mode: testing\r\n")}).replace('"mode: testing\\r\\n"', json.dumps("mode: enforcé\n", ensure_ascii=False))
    assert parse(text) == {URL: served("mode: enforcé\n".encode())}


def test_files_are_read_whatever_answers_from_them() -> None:
    text = render({URL: served(POLICY)})
    assert parse(text.replace("max-age=60", "max-age=61") + "// by hand\n") == {URL: served(POLICY)}
