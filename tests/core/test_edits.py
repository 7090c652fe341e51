"""What is edited, to the letter."""

import pytest

from emailauth.core.diagnostic import Fix, Route
from emailauth.core.document import parse
from emailauth.core.edits import NoEditError, changed, edited, origin, pieces
from emailauth.core.edits.writing import UnwritableError, block, inline, key


def removal(*at: str | int) -> Fix:
    return Fix(description="", at=at, remove=True)


def value(new: object, *at: str | int) -> Fix:
    return Fix(description="", at=at, value=new)


TRUE: object = True


BLOCK = """\
a:  # the list
  # first
  - one  # 1

  - "two"  # 2
  # between
  - three
b: 2  # end
"""

COMPACT = """\
a:
  - x: 1  # ten
    y: 2
  -
    # alone
    x: 3
b: {}
"""


@pytest.mark.parametrize(
    ("text", "fix", "after"),
    [
        pytest.param(BLOCK, removal("a", 0), BLOCK.replace("  - one  # 1\n", ""), id="a block item with the comment on its line"),
        pytest.param(BLOCK, removal("a", 1), BLOCK.replace('  - "two"  # 2\n', ""), id="not the comment below it"),
        pytest.param(BLOCK, removal("a", 2), BLOCK.replace("  - three\n", ""), id="the last one, not the comment above it"),
        pytest.param(BLOCK, removal("b"), BLOCK.replace("b: 2  # end\n", ""), id="a key"),
        pytest.param(
            BLOCK, removal("a"), "  # first\n  # between\nb: 2  # end\n", id="a key with a block: comments on lines of their own stay"
        ),
        pytest.param("a:\n  - x  # c\nb: 1\n", removal("a", 0), "a: []\nb: 1\n", id="the only item of a block"),
        pytest.param("a: # k\n  # c\n  - x\nb: 1\n", removal("a", 0), "a: [] # k\n  # c\nb: 1\n", id="the only item below comments"),
        pytest.param("a:\n  x: 1\nb: 1", removal("a", "x"), "a: {}\nb: 1", id="the only key of a block"),
        pytest.param("a: &n\n  x: 1\nb: 1\n", removal("a", "x"), "a: &n {}\nb: 1\n", id="the only key of an anchored block"),
        pytest.param(
            COMPACT,
            removal("a", 0, "x"),
            COMPACT.replace("x: 1  # ten\n    y", "y"),
            id="the first key behind a dash: the next takes its place",
        ),
        pytest.param(COMPACT, removal("a", 0, "y"), COMPACT.replace("    y: 2\n", ""), id="the last key behind a dash"),
        pytest.param(COMPACT, removal("a", 0), COMPACT.replace("  - x: 1  # ten\n    y: 2\n", ""), id="an item of several lines"),
        pytest.param(
            COMPACT, removal("a", 1), COMPACT.replace("  -\n    # alone\n    x: 3\n", "    # alone\n"), id="a dash on its own line"
        ),
        pytest.param(
            COMPACT, removal("a", 1, "x"), COMPACT.replace("-\n    # alone\n    x: 3", "- {}\n    # alone"), id="all below a dash"
        ),
        pytest.param("- x: 1 # c\n  # d\n  y: 2\n", removal(0, "x"), "-\n  # d\n  y: 2\n", id="with a comment before the next key"),
        pytest.param("a:\n  - x: 1  # c\n", removal("a", 0, "x"), "a:\n  - {}  # c\n", id="the only key behind a dash"),
        pytest.param("a: [x, y, z]\n", removal("a", 0), "a: [y, z]\n", id="the first of a flow list"),
        pytest.param("a: [x, y, z]\n", removal("a", 1), "a: [x, z]\n", id="one in the middle"),
        pytest.param("a: [x, y, z] # c\n", removal("a", 2), "a: [x, y] # c\n", id="the last"),
        pytest.param("a: [x, y,]\n", removal("a", 1), "a: [x,]\n", id="the last before a trailing comma"),
        pytest.param("a: [ x ]\n", removal("a", 0), "a: []\n", id="the only one"),
        pytest.param("a: [x,]\n", removal("a", 0), "a: []\n", id="the only one before a trailing comma"),
        pytest.param("a: {x: 1, y: [2], z}\n", removal("a", "y"), "a: {x: 1, z}\n", id="a key of a flow mapping"),
        pytest.param("a: {x: , y: 2}\n", removal("a", "x"), "a: {y: 2}\n", id="a key without a value"),
        pytest.param(
            "a: [\n  x, # 1\n  y, # 2\n  z # 3\n]\n", removal("a", 1), "a: [\n  x, # 1\n  z # 3\n]\n", id="a line within brackets"
        ),
        pytest.param("a: [\n  x, # 1\n  y # 2\n]\n", removal("a", 1), "a: [\n  x, # 1\n]\n", id="the last line within brackets"),
        pytest.param("a: [ x # 1\n   , y # 2\n   ]\n", removal("a", 1), "a: [ x # 1\n     # 2\n   ]\n", id="commas in front, the last"),
        pytest.param("a: [ x # 1\n   , y # 2\n   ]\n", removal("a", 0), "a: [  # 1\n    y # 2\n   ]\n", id="commas in front, the first"),
        pytest.param("a: [ x, y,\n  z]\n", removal("a", 1), "a: [ x, \n  z]\n", id="the end of a line within brackets"),
        pytest.param("a: [\n  # c\n  x\n]\n", removal("a", 0), "a: [\n  # c\n]\n", id="the only one below a comment"),
        pytest.param("a: >-  # h\n  # text\n  text\nb: 1\n", removal("a"), "b: 1\n", id="a text in a block, whatever it looks like"),
        pytest.param("a: 1\r\nb: 2\r\n", removal("a"), "b: 2\r\n", id="CR LF"),
    ],
)
def test_what_is_removed(text: str, fix: Fix, after: str) -> None:
    assert edited(parse("", text), [fix]).text == after


@pytest.mark.parametrize(
    ("text", "fix", "after"),
    [
        pytest.param("a: x # c\n", value("y", "a"), "a: y # c\n", id="plain"),
        pytest.param("a: 'x'\n", value("it's", "a"), "a: 'it''s'\n", id="single quotes"),
        pytest.param('a: "x"\n', value('say "hi"', "a"), 'a: "say \\"hi\\""\n', id="double quotes"),
        pytest.param("a: 'x'\n", value("a\nb\x85", "a"), 'a: "a\\nb\\x85"\n', id="what only double quotes can hold"),
        pytest.param("a: x\n", value("null", "a"), 'a: "null"\n', id="a plain text that needs quotes"),
        pytest.param("a: [x]\n", value("y, z", "a", 0), 'a: ["y, z"]\n', id="a comma within brackets"),
        pytest.param("a: x\n", value("y, z", "a"), "a: y, z\n", id="a comma elsewhere"),
        pytest.param("a: 'x'\n", value(604800, "a"), "a: 604800\n", id="a number"),
        pytest.param("a: 1\n", value(TRUE, "a"), "a: true\n", id="true"),
        pytest.param("a: 1\n", value(None, "a"), "a: null\n", id="null"),
        pytest.param("a:  # c\nb: 1\n", value("x", "a"), "a: x  # c\nb: 1\n", id="where there was nothing"),
        pytest.param("a: one\n  two # c\nb: 1\n", value("x", "a"), "a: x # c\nb: 1\n", id="plain over several lines"),
        pytest.param('a: "one\n  two"\n', value("x", "a"), 'a: "x"\n', id="quotes over several lines"),
        pytest.param("a: >-  # c\n    one\n    two\n\nb: 1\n", value("x y", "a"), "a: >-  # c\n    x y\n\nb: 1\n", id="folded"),
        pytest.param("a: |\n  one\nb: 1\n", value("x\n", "a"), "a: |\n  x\nb: 1\n", id="literal"),
        pytest.param(
            "a: |  # c\n  # one\n  two\nb: 1\n", value("x", "a"), "a: x  # c\nb: 1\n", id="literal, with no line break at its end"
        ),
        pytest.param("a: >-\n  one\n", value(1, "a"), "a: 1\n", id="folded, and now a number"),
        pytest.param("a: |2\n   one\n", value("x\n", "a"), 'a: "x\\n"\n', id="an indentation that is said"),
        pytest.param("a: >-\nb: 1\n", value("x", "a"), "a: x\nb: 1\n", id="an empty text in a block"),
        pytest.param("a: [1, 2] # c\n", value("x", "a"), "a: x # c\n", id="a flow list"),
        pytest.param("a: x\n", value(["y", {"k": "null"}], "a"), 'a: [y, {k: "null"}]\n', id="a list for a text"),
        pytest.param("a:\n- x # 1\n# c\n- y\nb: 1\n", value(["z", 1], "a"), "a:\n- z # 1\n- 1\n# c\nb: 1\n", id="a block for a block"),
        pytest.param("a:\n  x: 1\nb: 1\n", value({"y": [1], "z": 2}, "a"), "a:\n  y: [1]\n  z: 2\nb: 1\n", id="a mapping for a mapping"),
        pytest.param("a:\n  - x: 1\n    y: 2\n", value({"z": 1}, "a", 0), "a:\n  - z: 1\n", id="a mapping behind a dash"),
        pytest.param("a: # k\n  - x: 0 # 1\n  # c\nb: 1\n", value("none", "a"), "a: none # k\n  # c\nb: 1\n", id="a text for a block"),
        pytest.param("a: [ # k\n  x,\n  # c\n  y] # e\n", value("n", "a"), "a: n # k\n  # c\n   # e\n", id="brackets over several lines"),
        pytest.param("{a: [ # k\n  x], b: 1}\n", value("n", "a"), "{a: n # k\n  , b: 1}\n", id="brackets within braces"),
        pytest.param("a: &n x\nb: 1\n", value("y", "a"), "a: &n y\nb: 1\n", id="an anchor that nobody uses"),
        pytest.param("a: &n x\nb: *n\n", value("y", "b"), "a: &n x\nb: y\n", id="an alias"),
        pytest.param("a: !!str 1\n", value("2", "a"), 'a: !!str "2"\n', id="a tag"),
        pytest.param("a: x\n", value("y", "b"), "a: x\nb: y\n", id="a new key"),
        pytest.param("a: x", value("y", "b"), "a: x\nb: y", id="a new key behind a line without end"),
        pytest.param(
            "a:\n  - x: 1 # c\n\nb: 1\n", value(2, "a", 0, "y"), "a:\n  - x: 1 # c\n    y: 2\n\nb: 1\n", id="a new key behind a dash"
        ),
        pytest.param("a: {x: 1}\n", value("p, q", "a", "no"), 'a: {x: 1, no: "p, q"}\n', id="a new key within braces"),
        pytest.param("a: {}\n", value([1], "a", "<<"), 'a: {"<<": [1]}\n', id="a new key in a mapping that had none"),
        pytest.param("a: x\r\nb:\r\n  - y\r\n", value([1, 2], "b"), "a: x\r\nb:\r\n  - 1\r\n  - 2\r\n", id="CR LF"),
    ],
)
def test_what_is_written(text: str, fix: Fix, after: str) -> None:
    assert edited(parse("", text), [fix]).text == after


def test_several_fixes_at_once() -> None:
    text = "a: [x, y, z] # c\nb:\n  - 1\n  - 2\n"
    fixes = [removal("a", 0), value("Z", "a", 2), removal("b", 1), value("new", "c")]
    assert edited(parse("", text), fixes).text == "a: [y, Z] # c\nb:\n  - 1\nc: new\n"


def test_a_fix_at_each_place_that_shares_an_anchor_is_one_edit() -> None:
    text = "a: &n [x, y]\nb: *n\n"
    assert edited(parse("", text), [removal("a", 0), removal("b", 0)]).text == "a: &n [y]\nb: *n\n"


@pytest.mark.parametrize(
    ("text", "fixes", "reason"),
    [
        pytest.param(
            "a: &n [x, y]\nb: *n\n", [removal("a", 0)], "the rest of the file would not stay as it is", id="others share the anchor"
        ),
        pytest.param(
            "a: &n [x, y]\nb: *n\n", [removal("b", 0)], "the rest of the file would not stay as it is", id="the anchor is elsewhere"
        ),
        pytest.param("a: &n x\nb: *n\n", [removal("a")], "the file would not be right any more", id="an alias would be left"),
        pytest.param("a: |\n  x", [value("y", "b")], "the rest of the file would not stay as it is", id="a line break would become text"),
        pytest.param("a: 1\n", [removal("a")], "nothing would be left of the file", id="the only key"),
        pytest.param("a: 1\n", [value(1)], "it is the whole file", id="the whole file"),
        pytest.param("a: 1\n", [removal("b")], "nothing stands there", id="a key that is not there"),
        pytest.param("a: 1\n", [value(1, "a", "b")], "nothing stands there", id="a key of a number"),
        pytest.param("a: [1]\n", [value(1, "a", 1)], "nothing stands there", id="an item that is not there"),
        pytest.param("a: [1]\n", [value(1, "b", "c")], "nothing stands there", id="a key in what is not there"),
        pytest.param("? a\n: 1\nb: 1\n", [removal("a")], "its key is written with a question mark", id="a question mark"),
        pytest.param("{a}\n", [value(1, "b")], "it has no value", id="behind a key without a colon"),
        pytest.param("a: [b: 1]\n", [removal("a", 0, "b")], "its mapping has no braces", id="a pair within brackets"),
        pytest.param("a: [b: 1]\n", [value(1, "a", 0, "c")], "its mapping has no braces", id="a new key beside a pair within brackets"),
        pytest.param("a: x\n", [value("\ud800", "a")], "'\\ud800' cannot be written in YAML", id="no text at all"),
        pytest.param("a: x\n", [value(1, "a"), value(2, "a")], "two fixes change the same place", id="two at one place"),
    ],
)
def test_what_cannot_be_edited_is_told(text: str, fixes: list[Fix], reason: str) -> None:
    with pytest.raises(NoEditError) as told:
        edited(parse("", text), fixes)
    assert str(told.value) == reason


IGNORED = """\
a:
  # emailauth: ignore[some-rule] because
  - one  # 1
  - two  # emailauth: ignore[some-rule] because
"""


def test_a_comment_that_ignores_findings_does_not_come_to_be_about_something_else() -> None:
    document = parse("", IGNORED)
    with pytest.raises(NoEditError, match="the comment above it, which ignores findings, would then be about something else"):
        edited(document, [removal("a", 0)])
    assert edited(document, [removal("a", 1)]).text == IGNORED.partition("  - two")[0]
    assert edited(document, [value("three", "a", 0)]).text == IGNORED.replace("one", "three")


def test_where_characters_come_from() -> None:
    document = parse("", "a: [x, y]\nb: xyz\n")
    every = pieces(document, removal("a", 0))
    assert edited(document, [removal("a", 0)]).text == "a: [y]\nb: xyz\n"
    assert [origin(i, every) for i in (0, 4, 7, 10)] == [0, 7, 10, 13]
    new = pieces(document, value("longer", "b"))
    assert [origin(i, new) for i in (12, 13, 18, 19)] == [12, 13, 13, 16]


def test_data_without_text() -> None:
    assert changed({"a": [1, 2]}, [removal("a", 0), value(3, "b")]) == {"a": [2], "b": 3}
    with pytest.raises(NoEditError, match="nothing stands there"):
        changed({"a": [1]}, [removal("a", 1)])
    with pytest.raises(NoEditError, match="nothing stands there"):
        changed({"a": 1}, [value(1, "a", "b")])
    with pytest.raises(NoEditError, match="nothing stands there"):
        changed({"a": 1}, [value(1, "b", "c")])


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (0.5, "0.5"),
        (float("-inf"), "-.inf"),
        (float("nan"), ".nan"),
        ("\U0001f600\u2028", '"😀\\u2028"'),
        ("\U000e0001", "\U000e0001"),
        ({}, "{}"),
    ],
)
def test_scalars(given: object, written: str) -> None:
    assert inline(given, in_flow=False) == written


def test_keys_and_blocks() -> None:
    assert [key("a"), key("1"), key("<<"), key("a: b")] == ["a", "1", '"<<"', '"a: b"']
    assert block({"a": [1]}) == ["a: [1]"]
    assert block([{"a": 1}]) == ["- {a: 1}"]
    with pytest.raises(UnwritableError):
        key("\ud800")


def test_routes_are_those_of_the_document() -> None:
    route: Route = ("a", 0, "b")
    assert pieces(parse("", "a:\n  - b: 1\n"), value(2, *route))[0].text == "2"
