"""Lists of tags (RFC 6376 section 3.2) and their variations."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.tags import Grammar, Problem, Tag, TagList, parse_tags, parts, render

TAG = re.compile(r"(?P<name>[A-Za-z]+) *= *(?P<value>[ -:<-~]*)")
LOOSE = Grammar(tag=TAG, no_tag=lambda number, part: f"{number}: {part!r}")
STRICT = Grammar(tag=TAG, no_tag=lambda number, _: f"{number}", twice=lambda name: f"{name} again")
FOLDING = Grammar(tag=TAG, any_case=True, no_tag=lambda number, _: f"{number}", twice=lambda name: f"{name} again")
WIDE = Grammar(tag=TAG, space=" \t\r\n", no_tag=lambda number, part: f"{number}: {part!r}")


def tags(text: str, grammar: Grammar) -> list[tuple[str, str, str]]:
    """Each tag with the piece of text that it points at."""
    return [(tag.name, tag.value, text[tag.start : tag.end]) for tag in parse_tags(text, grammar).tags]


def problems(text: str, grammar: Grammar) -> list[tuple[str, str]]:
    """What is wrong, with the piece of text that each problem points at."""
    return [(problem.message, text[problem.start : problem.end]) for problem in parse_tags(text, grammar).problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", [(0, "a=1")]),
        ("a=1;b=2", [(0, "a=1"), (4, "b=2")]),
        (" a=1 ;\tb=2 ", [(1, "a=1"), (7, "b=2")]),
        ("a=1;", [(0, "a=1")]),
        ("a=1; \t", [(0, "a=1")]),
        ("a=1;;", [(0, "a=1"), (4, "")]),
        ("a=1; ;b=2", [(0, "a=1"), (5, ""), (6, "b=2")]),
        (";a=1", [(0, ""), (1, "a=1")]),
        ("a=1;\n", [(0, "a=1"), (4, "\n")]),
        (";", [(0, "")]),
        ("  ", [(2, "")]),
        ("", [(0, "")]),
    ],
)
def test_one_semicolon_may_end_a_list(text: str, expected: list[tuple[int, str]]) -> None:
    assert list(parts(text)) == expected


@pytest.mark.parametrize(
    ("grammar", "text", "expected"),
    [
        (LOOSE, "a=1; b=", [("a", "1", "a=1"), ("b", "", "b=")]),
        (LOOSE, " a = x y ;", [("a", "x y", "a = x y")]),
        (LOOSE, "a=1=2; A=3; a=4", [("a", "1=2", "a=1=2"), ("A", "3", "A=3"), ("a", "4", "a=4")]),
        (STRICT, "a=1; A=2", [("a", "1", "a=1"), ("A", "2", "A=2")]),
        (FOLDING, "A=X; bC=Y", [("a", "X", "A=X"), ("bc", "Y", "bC=Y")]),
        (WIDE, "\r\n a=1\t;\r\n", [("a", "1", "a=1")]),
    ],
)
def test_tags_that_a_grammar_allows(grammar: Grammar, text: str, expected: list[tuple[str, str, str]]) -> None:
    assert tags(text, grammar) == expected
    assert problems(text, grammar) == []


@pytest.mark.parametrize(
    ("grammar", "text", "expected"),
    [
        (LOOSE, "", [("1: ''", "")]),
        (LOOSE, "a=1; b;; c=\xfc; d=1;;", [("2: 'b'", "b"), ("3: ''", ""), ("4: 'c=\xfc'", "c=\xfc"), ("6: ''", "")]),
        (LOOSE, "\na=1", [("1: '\\na=1'", "\na=1")]),
        (STRICT, "a=1; b; a=2; A=3; a = 4; =", [("2", "b"), ("a again", "a=2"), ("a again", "a = 4"), ("6", "=")]),
        (FOLDING, "a=1; A=2", [("a again", "A=2")]),
    ],
)
def test_problems_have_a_place_and_the_order_of_the_text(grammar: Grammar, text: str, expected: list[tuple[str, str]]) -> None:
    assert problems(text, grammar) == expected


def test_the_first_of_several_counts() -> None:
    said = parse_tags("a=1; b; a=2", LOOSE)
    assert said.get("a") == "1"
    assert said.get("b") is None


def test_a_place_is_no_part_of_what_is_said() -> None:
    assert Tag(name="a", value="1", start=3, end=6) == Tag(name="a", value="1")
    assert Problem(message="m", start=3, end=6) == Problem(message="m")


NAMES = st.lists(st.from_regex(r"[A-Za-z]{1,4}", fullmatch=True), min_size=1, max_size=6, unique=True)
VALUE = st.from_regex(r"([!-:<-~]([ -:<-~]{0,10}[!-:<-~])?)?", fullmatch=True)


@given(names=NAMES, data=st.data())
@settings(max_examples=200)
def test_parse_gives_back_what_render_wrote(names: list[str], data: st.DataObject) -> None:
    written = TagList(tags=tuple(Tag(name=name, value=data.draw(VALUE)) for name in names))
    assert parse_tags(render(written), STRICT) == written
    assert parse_tags(render(written) + ";", STRICT) == written


@given(text=st.text(max_size=60) | st.text(alphabet="abAB=; \t\r\n", max_size=60), grammar=st.sampled_from([LOOSE, STRICT, FOLDING, WIDE]))
@settings(max_examples=200)
def test_every_part_is_in_the_text_where_it_is_said_to_be(text: str, grammar: Grammar) -> None:
    found = list(parts(text, grammar.space))
    assert all(text[start : start + len(part)] == part for start, part in found)
    assert text.count(";") <= len(found) <= text.count(";") + 1
    read = parse_tags(text, grammar)
    unread = {problem.start for problem in read.problems} - {tag.start for tag in read.tags}
    assert len(read.tags) + len(unread) == len(found)
