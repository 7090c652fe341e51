"""Laws of editing: the data becomes what the fix says, comments stay, and nothing else of the text changes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emailauth.core.diagnostic import Fix, Route
from emailauth.core.document import Document, parse
from emailauth.core.edits import NoEditError, changed, edited, origin, overlap, pieces

KEYS = st.sampled_from(["a", "b", "spf", "1", "s-1", "null", "é😀", "x y"])
WORDS = st.sampled_from(
    [
        "mx",
        "ip4:192.0.2.0/24",
        "include:_spf.example.com",
        "a b",
        "é😀",
        "it's",
        'say "hi"',
        "#1",
        "a: b",
        "null",
        "17",
        "",
        "[x]",
        "-",
        "~all",
    ]
)
SCALARS = (
    WORDS | st.integers(-3, 3) | st.booleans() | st.none() | st.text(max_size=6).filter(lambda text: not re.search("[\ud800-\udfff]", text))
)
LEAVES = st.tuples(st.sampled_from(["plain", "'", '"', ">-", "|"]), WORDS | st.integers(0, 9))
VALUES = st.recursive(
    LEAVES,
    lambda inside: st.tuples(
        st.sampled_from(["block", "flow", "lines"]), st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside, max_size=3)
    ),
    max_leaves=10,
)


@dataclass
class Writer:
    """Writes a value, in all styles, with a comment in every place that can have one."""

    newline: str
    deep: bool
    """Comments are indented, and no text stands in a block, for behind one they would be text, too."""
    text: str = ""
    comments: int = 0
    blanks: Iterator[int] = field(default_factory=lambda: iter(()))

    def comment(self) -> str:
        self.comments += 1
        return f"# c{self.comments}é."

    def end_line(self) -> None:
        choice = next(self.blanks, 0)
        self.text = self.text.rstrip(" ") + (f"  {self.comment()}" if choice & 1 else "") + self.newline
        if choice & 2:
            self.text += f"{'    ' * self.deep}{self.comment()}{self.newline}"
        if choice & 4:
            self.text += self.newline

    def block(self, value: Any, indent: int) -> None:
        """Behind a colon or a dash, up to the end of the line."""
        style, inside = value
        if style != "block" or not inside:
            self.flow(value, indent, block=True)
            return
        self.end_line()
        self.items(inside, indent)

    def items(self, inside: Any, indent: int) -> None:
        for key, one in inside.items() if isinstance(inside, dict) else enumerate(inside):
            self.text += " " * indent + (f'"{key}": ' if isinstance(key, str) else "- ")
            if isinstance(key, int) and one[0] == "block" and one[1] and next(self.blanks, 0) & 1:
                self.compact(one[1], indent + 2)
            else:
                self.block(one, indent + 2)

    def compact(self, inside: Any, indent: int) -> None:
        """The first item on the line of the dash."""
        before = len(self.text)
        self.items(inside, indent)
        self.text = self.text[:before] + self.text[before + indent :]

    def flow(self, value: Any, indent: int, *, block: bool = False) -> None:
        style, inside = value
        if style in {"block", "flow", "lines"}:
            self.brackets(style, inside, indent)
        elif style in {">-", "|"} and block and not self.deep and isinstance(inside, str) and re.fullmatch(r"[\w:./]+", inside):
            self.text += style
            self.end_of_header()
            self.text += f"{' ' * indent}{inside}{self.newline}"
            return
        else:
            self.text += written(style, inside)
        if block:
            self.end_line()

    def end_of_header(self) -> None:
        self.text += (f" {self.comment()}" if next(self.blanks, 0) & 1 else "") + self.newline

    def brackets(self, style: str, inside: Any, indent: int) -> None:
        is_map = isinstance(inside, dict)
        break_line = style == "lines"
        self.text += "{" if is_map else "["
        for i, (key, one) in enumerate(inside.items() if is_map else enumerate(inside)):
            if break_line:
                self.end_line()
                self.text += " " * (indent + 2)
            self.text += f'"{key}": ' if is_map else ""
            self.flow(one, indent + 2)
            if i < len(inside) - 1 or next(self.blanks, 0) & 1:
                if break_line and next(self.blanks, 0) & 8:
                    self.end_line()
                    self.text += " " * (indent + 2)
                self.text += ","
                self.text += "" if break_line else " "
        if break_line:
            self.end_line()
            self.text += " " * indent
        self.text += "}" if is_map else "]"


def written(style: str, value: Any) -> str:
    if not isinstance(value, str):
        return str(value)
    if style == "'":
        return "'" + value.replace("'", "''") + "'"
    if style == "plain" and re.fullmatch(r"[a-z~][\w:./~]*\w", value) and value != "null":
        return value
    return '"' + value.replace('"', '\\"') + '"'


@st.composite
def documents(draw: st.DrawFn) -> Document:
    inside = draw(st.dictionaries(KEYS, VALUES, min_size=2, max_size=3))
    writer = Writer(
        newline=draw(st.sampled_from(["\n", "\r\n"])),
        deep=draw(st.booleans()),
        blanks=iter(draw(st.lists(st.integers(0, 15), max_size=30))),
    )
    writer.end_line()
    writer.items(inside, 0)
    # Of a text in a block at the very end, the last line break is a part.
    text = writer.text if draw(st.booleans()) or "|" in writer.text else writer.text.removesuffix(writer.newline)
    found = parse("email-auth.yaml", text)
    assert found.diagnostics == (), text
    return found


def routes(value: Any, route: Route = ()) -> Iterator[Route]:
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*route, key)
        yield from routes(one, (*route, key))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Document, Fix]:
    document = draw(documents())
    route = draw(st.sampled_from(list(routes(document.data))))
    if draw(st.booleans()):
        return document, Fix(description="", at=route, remove=True)
    new: Any = draw(SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(WORDS, SCALARS, max_size=2))
    holder: Any = document.data
    for step in route[:-1]:
        holder = holder[step]
    is_new = isinstance(holder, dict) and draw(st.integers(0, 3)) == 0
    return document, Fix(description="", at=(*route[:-1], "new") if is_new else route, value=new)


def comments(document: Document) -> dict[str, tuple[int, bool]]:
    """Each comment with its line, and whether it is alone there."""
    lines = re.split("\r\n|\n", document.text)
    return {
        found[1]: (number, not line[: found.start()].strip())
        for number, line in enumerate(lines, 1)
        if (found := re.search(r"(# c\d+é\.)$", line))
    }


def behind_what_is_before(document: Document, route: Route) -> int:
    """The first line on which the dash of an item can stand; for all else where it stands itself."""
    *holder, last = route
    if not isinstance(last, int):
        return document.span(route).line
    return document.span((*holder, last - 1)).end_line if last else document.span(tuple(holder)).line


def applied(document: Document, fix: Fix) -> Any:
    """What the fix means, said another way: by text that Python evaluates."""
    data = eval(repr(document.data))  # noqa: S307 - a copy of plain data
    holder = data
    for step in fix.at[:-1]:
        holder = holder[step]
    if fix.remove:
        del holder[fix.at[-1]]
    else:
        holder[fix.at[-1]] = fix.value
    return data


@given(cases())
def test_the_data_is_what_the_fix_says(case: tuple[Document, Fix]) -> None:
    document, fix = case
    after = edited(document, [fix])
    assert repr(after.data) == repr(applied(document, fix)) == repr(changed(document.data, [fix]))


@given(cases())
def test_comments_stay_but_for_those_on_lines_that_go(case: tuple[Document, Fix]) -> None:
    document, fix = case
    left = comments(edited(document, [fix]))
    span, key = document.span(fix.at), document.key_span(fix.at)
    touched = range(min(key.line, behind_what_is_before(document, fix.at)), span.end_line + 1)
    for comment, (line, is_alone) in comments(document).items():
        if comment not in left:
            assert not is_alone
            assert line in touched, "its line had nothing of what was changed"
            assert fix.remove or isinstance(fix.at[-1], int) or line > key.line, "the line of the key stays"
    order = [comment for comment in comments(document) if comment in left]
    assert list(left) == order


@given(cases())
def test_lines_before_and_behind_stay_as_they_are(case: tuple[Document, Fix]) -> None:
    document, fix = case
    after = edited(document, [fix])
    parent = document.span(fix.at[:-1])
    # The parent itself can have its key or its dash on a line above: begin at what holds it.
    first = min(document.key_span(fix.at[:-1]).line, document.span(fix.at[:-2]).line)
    before, behind = document.text.splitlines(keepends=True), after.text.splitlines(keepends=True)
    assert behind[: first - 1] == before[: first - 1]
    rest = before[parent.end_line :]
    assert not rest or [line.rstrip("\r\n") for line in behind[-len(rest) :]] == [line.rstrip("\r\n") for line in rest]
    assert ("\r\n" in document.text) is ("\r\n" in after.text)
    assert after.text.count("\n") == after.text.count("\r\n") or "\r\n" not in document.text


@given(documents(), st.data())
def test_two_fixes_at_once_are_both_made(document: Document, data: st.DataObject) -> None:
    found = list(routes(document.data))
    first, second = data.draw(st.sampled_from(found)), data.draw(st.sampled_from(found))
    assume(first[: len(second)] != second[: len(first)])
    fixes = [Fix(description="", at=at, remove=data.draw(st.booleans()), value="new") for at in (first, second)]
    # Two that go from one list can need the same comma: they are made one after the other.
    assume(not all(fix.remove for fix in fixes) or first[:-1] != second[:-1])
    every = sorted(piece for fix in fixes for piece in pieces(document, fix))
    if overlap(every):
        with pytest.raises(NoEditError, match="two fixes change the same place"):
            edited(document, fixes)
    else:
        assert repr(edited(document, fixes).data) == repr(changed(document.data, fixes))


@given(cases())
def test_every_character_that_stays_knows_where_it_comes_from(case: tuple[Document, Fix]) -> None:
    document, fix = case
    after, every = edited(document, [fix]), pieces(document, fix)
    new = sum(len(piece.text) for piece in every)
    same = sum(document.text[origin(i, every) : origin(i, every) + 1] == character for i, character in enumerate(after.text))
    assert same >= len(after.text) - new
    assert [origin(i, ()) for i in range(3)] == [0, 1, 2]
