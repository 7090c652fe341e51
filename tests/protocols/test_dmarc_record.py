"""The text of DMARC records (RFC 9989 section 4.8)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.protocols.dmarc import RECOGNISES, Record, Tag, parse, render


def tags(text: str) -> list[tuple[str, str]]:
    return [(tag.name, tag.value) for tag in parse(text).tags]


def problems(text: str) -> list[tuple[str, str]]:
    """What is wrong, with the piece of text that each problem points at."""
    return [(problem.message, text[problem.start : problem.end]) for problem in parse(text).problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1; p=none", [("v", "DMARC1"), ("p", "none")]),
        ("v=DMARC1;p=none;", [("v", "DMARC1"), ("p", "none")]),
        ("v = DMARC1 ;\tp = reject ; ", [("v", "DMARC1"), ("p", "reject")]),
        ("V=DMARC1; P=Reject; SP=NONE", [("v", "DMARC1"), ("p", "Reject"), ("sp", "NONE")]),
        (
            "v=DMARC1; np=reject; t=y; psd=n; adkim=s; aspf=r",
            [("v", "DMARC1"), ("np", "reject"), ("t", "y"), ("psd", "n"), ("adkim", "s"), ("aspf", "r")],
        ),
        ("v=DMARC1; pct=50; unknown=a b", [("v", "DMARC1"), ("pct", "50"), ("unknown", "a b")]),
        (
            "v=DMARC1; p=none; rua=mailto:a@example.com!10m , https://example.net/r",
            [("v", "DMARC1"), ("p", "none"), ("rua", "mailto:a@example.com!10m , https://example.net/r")],
        ),
        (
            "v=DMARC1; p=none; ruf=mailto:a@example.com; fo=1:d:s",
            [("v", "DMARC1"), ("p", "none"), ("ruf", "mailto:a@example.com"), ("fo", "1:d:s")],
        ),
    ],
)
def test_valid_records(text: str, expected: list[tuple[str, str]]) -> None:
    assert tags(text) == expected
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("there is nothing between two semicolons", ""), ("v=DMARC1 must be the first tag", "")]),
        ("p=none; v=DMARC1", [("v=DMARC1 must be the first tag", "")]),
        ("v=DMARC1", []),
        ("v=dmarc1; p=none", [("'dmarc1' is no value of the tag v", "v=dmarc1")]),
        ("v=DMARC1 p=none", [("'DMARC1 p=none' is no value of the tag v", "v=DMARC1 p=none")]),
        (" v=DMARC1; p=none", [("the record begins with white space", " ")]),
        ("v=DMARC1;; p=none", [("there is nothing between two semicolons", "")]),
        ("v=DMARC1; p", [("'p' is no tag: NAME=VALUE in printable ASCII", "p")]),
        ("v=DMARC1; p=no\xfcne", [("'p=no\xfcne' is no tag: NAME=VALUE in printable ASCII", "p=no\xfcne")]),
        ("v=DMARC1; p=", [("'' is no value of the tag p", "p=")]),
        ("v=DMARC1; p=none; note=", [("the tag note has no value", "note=")]),
        ("v=DMARC1; p=none; p=reject", [("the tag p is there twice", "p=reject")]),
        (
            "v=DMARC1; p=banana; sp=maybe",
            [("'banana' is no value of the tag p", "p=banana"), ("'maybe' is no value of the tag sp", "sp=maybe")],
        ),
        ("v=DMARC1; p=none; adkim=strict", [("'strict' is no value of the tag adkim", "adkim=strict")]),
        (
            "v=DMARC1; p=none; psd=maybe; t=1",
            [("'maybe' is no value of the tag psd", "psd=maybe"), ("'1' is no value of the tag t", "t=1")],
        ),
        ("v=DMARC1; p=none; rua=dmarc@example.com", [("'dmarc@example.com' is no value of the tag rua", "rua=dmarc@example.com")]),
        ("v=DMARC1; p=none; fo=0:1", [("'0:1' is no value of the tag fo", "fo=0:1")]),
        ("v=DMARC1; p=none; fo=d:d", [("'d:d' is no value of the tag fo", "fo=d:d")]),
    ],
)
def test_problems_have_a_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert problems(text) == expected


@given(st.text(max_size=80) | st.text(alphabet="v=DMARC1; psnone\trua:@,!", max_size=80))
@settings(max_examples=200)
def test_no_text_makes_the_parser_fail_and_every_place_is_in_it(text: str) -> None:
    record = parse(text)
    places = [(tag.start, tag.end) for tag in record.tags] + [(problem.start, problem.end) for problem in record.problems]
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert all(text[tag.start : tag.end].lower().startswith(tag.name) for tag in record.tags)


VALUE = st.from_regex(r"[!-:<-~]([ -:<-~]{0,20}[!-:<-~])?", fullmatch=True)
NAMES = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(lambda name: name != "v"), unique=True, max_size=6)


@given(names=NAMES, data=st.data())
@settings(max_examples=200)
def test_parse_gives_back_what_render_wrote(names: list[str], data: st.DataObject) -> None:
    record = Record.of((Tag(name="v", value="DMARC1"), *(Tag(name=name, value=data.draw(VALUE)) for name in names)))
    assert parse(render(record)).tags == record.tags


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("v=DMARC1; p=none", True),
        ("v=DMARC1", True),
        ("v=DMARC1;p=none", True),
        ("v = DMARC1 ; p=none", True),
        ("V=DMARC1; p=none", True),
        (" v=DMARC1; p=none", True),
        ("v=DMARC1 p=none", True),
        ("v=DMARC1; p=banana", True),
        ("v=DMARC12; p=none", False),
        ("v=dmarc1; p=none", False),
        ("p=none; v=DMARC1", False),
        ("v=spf1 -all", False),
        ("google-site-verification=v=DMARC1", False),
        ("", False),
    ],
)
def test_what_is_recognised_as_ours(value: str, *, expected: bool) -> None:
    assert RECOGNISES["TXT"](value) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1; p=none", ()),
        ("v=DMARC1; p=none; rua=mailto:a@example.com", ("mailto:a@example.com",)),
        (
            "v=DMARC1; p=none; rua=mailto:a@example.com!10m,b@example.com, https://example.net/",
            ("mailto:a@example.com", "https://example.net/"),
        ),
    ],
)
def test_the_addresses_that_get_aggregate_reports(text: str, expected: tuple[str, ...]) -> None:
    assert parse(text).aggregate_reports == expected
