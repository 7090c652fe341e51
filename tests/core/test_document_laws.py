"""Laws of reading: what is written comes back by the rules of YAML 1.2, each place cuts out what was written there, nothing raises."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.compose import DEFAULT_SOURCE, EventSource, PythonParser
from emailauth.core.diagnostic import Diagnostic, Route, Span
from emailauth.core.document import decode, parse

SOURCES: list[Callable[[str], EventSource]] = [DEFAULT_SOURCE, PythonParser]

CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff")
TEXTS = st.text(CHARACTERS, max_size=12) | st.sampled_from(
    [
        "# emailauth: ignore[x]",
        "a # emailauth: ignore[x-y] z",
        "<<",
        "null",
        "on",
        "1:30",
        "017",
        "- a",
        '" # emailauth: ignore[y]',
        "a: b",
        "'",
        '"',
        "it's",
        "*a",
        "&a",
        "!a",
        "😀: é",
    ]
)
PLAIN = st.sampled_from(
    [
        ("on", "on"),
        ("1:30", "1:30"),
        ("ip4:192.0.2.0/24", "ip4:192.0.2.0/24"),
        ("017", 17),
        ("0x1f", 31),
        ("~", None),
        ("True", True),
        ("-1.5e3", -1500.0),
        ("include:_spf.example.com", "include:_spf.example.com"),
        ("a#b", "a#b"),
        ("é😀", "é😀"),
        ("2024-01-01", "2024-01-01"),
    ]
)


@dataclass(frozen=True)
class Leaf:
    """A scalar: how it is written, what it means."""

    written: str
    value: object


@dataclass
class Writer:
    """Writes a value as YAML, in blocks or flow, and notes what is written where."""

    text: str = ""
    written: dict[Route, str] = field(default_factory=dict)
    comments: list[int] = field(default_factory=list)

    def block(self, value: object, route: Route, indent: int) -> None:
        if isinstance(value, Leaf):
            self.flow(value, route)
            self.end_line()
        elif isinstance(value, dict) and value:
            self.newline(route)
            for key, one in value.items():
                self.text += f"{' ' * indent}{json.dumps(key, ensure_ascii=False)}: "
                self.block(one, (*route, key), indent + 2)
        elif isinstance(value, list) and value:
            self.newline(route)
            for i, one in enumerate(value):
                self.text += " " * indent + "- "
                self.flow(one, (*route, i))
                self.end_line()
        else:
            self.flow(value, route)
            self.end_line()

    def newline(self, route: Route) -> None:
        if route:
            self.end_line()

    def end_line(self) -> None:
        line = self.text.count("\n") + 1
        if line % 3 == 0:
            self.text += " # é😀 # emailauth: ignore[real]"
            self.comments.append(line)
        self.text += "\n"

    def flow(self, value: object, route: Route) -> None:
        before = len(self.text)
        if isinstance(value, Leaf):
            self.text += value.written
        elif isinstance(value, dict):
            self.text += "{"
            for i, (key, one) in enumerate(value.items()):
                self.text += (", " if i else "") + json.dumps(key, ensure_ascii=False) + ": "
                self.flow(one, (*route, key))
            self.text += "}"
        elif isinstance(value, list):
            self.text += "["
            for i, one in enumerate(value):
                self.text += ", " if i else ""
                self.flow(one, (*route, i))
            self.text += "]"
        self.written[route] = self.text[before:]


def meaning(value: object) -> object:
    if isinstance(value, dict):
        return {key: meaning(one) for key, one in value.items()}
    if isinstance(value, list):
        return [meaning(one) for one in value]
    assert isinstance(value, Leaf)
    return value.value


def single_quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


LEAVES = (
    TEXTS.map(lambda text: Leaf(json.dumps(text, ensure_ascii=False), text))
    | TEXTS.map(lambda text: Leaf(single_quoted(text), text))
    | PLAIN.map(lambda pair: Leaf(*pair))
    | st.integers().map(lambda number: Leaf(str(number), number))
    | st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Leaf(repr(number), number))
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12)
MAPPINGS = st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5)


def cut(text: str, span: Span) -> str:
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(MAPPINGS, st.sampled_from(SOURCES))
def test_what_is_written_comes_back_with_its_place(value: dict[str, object], source: Callable[[str], EventSource]) -> None:
    writer = Writer()
    writer.block(value, (), 0)
    document = parse("f.yaml", writer.text, source)
    assert document.diagnostics == ()
    assert document.data == meaning(value)
    for route, written in writer.written.items():
        assert cut(document.text, document.span(route)) == written
        assert document.has(route)
        if isinstance(route[-1], str):
            assert cut(document.text, document.key_span(route)) == json.dumps(route[-1], ensure_ascii=False)


@settings(max_examples=100, deadline=None)
@given(MAPPINGS, st.sampled_from(SOURCES))
def test_only_what_is_outside_of_texts_switches_rules_off(value: dict[str, object], source: Callable[[str], EventSource]) -> None:
    writer = Writer()
    writer.block(value, (), 0)
    ignores = parse("f.yaml", writer.text, source).ignores
    assert [(one.ids, one.target_line) for one in ignores] == [(("real",), line) for line in writer.comments]


@settings(max_examples=100, deadline=None)
@given(st.text(CHARACTERS | st.just("\n"), max_size=40), st.sampled_from(SOURCES))
def test_a_block_scalar_hides_all_comments(text: str, source: Callable[[str], EventSource]) -> None:
    lines = [f"  x{line} # emailauth: ignore[no]" for line in text.split("\n")]
    document = parse("f.yaml", "a: |\n" + "\n".join(lines) + "\n# emailauth: ignore[yes]\nb: c\n", source)
    assert document.data == {"a": "".join(f"{line[2:]}\n" for line in lines), "b": "c"}
    assert [(one.ids, one.target_line) for one in document.ignores] == [(("yes",), len(lines) + 3)]
    assert cut(document.text, document.span(("a",))) == "|\n" + "\n".join(lines)


FRAGMENTS = st.sampled_from(
    [
        "a",
        "b: ",
        "- ",
        "\n",
        "  ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        '"',
        "|",
        ">",
        "#",
        "&x",
        "*x",
        "!",
        "!!int ",
        "<<",
        "? ",
        ": ",
        "---",
        "...",
        "%YAML 1.2",
        "\t",
        "1",
        ".5",
        "~",
        "é",
        "😀",
        "\\u12",
        "\\",
        "@",
        "`",
        "\r",
        "\x00",
        "\x85",
        "\u2028",
        "�",
        "# emailauth: ignore[x]",
        "domains:\n",
        "version: 1\n",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(FRAGMENTS, max_size=25).map("".join) | st.text(max_size=30), st.sampled_from(SOURCES))
def test_no_text_raises(text: str, source: Callable[[str], EventSource]) -> None:
    document = parse("f.yaml", text, source)
    assert document.data is not None or document.diagnostics
    last_line = len(re.split(r"\r\n?|\n", document.text))
    for diagnostic in document.diagnostics:
        assert diagnostic.message
        assert (1, 1) <= (diagnostic.span.line, diagnostic.span.column) <= (diagnostic.span.end_line, diagnostic.span.end_column)
        assert diagnostic.span.end_line <= last_line


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=30))
def test_octets_are_text_or_told(content: bytes) -> None:
    found = decode("f.yaml", content)
    if isinstance(found, Diagnostic):
        assert found.rule == "file-encoding"
    else:
        assert found.encode() == content.removeprefix(b"\xef\xbb\xbf")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("text", ["[" * 50_000, "- " * 50_000, "{a: " * 50_000, "? " * 50_000, "a: &a " + "[" * 200])
def test_depth_is_no_danger(text: str, source: Callable[[str], EventSource]) -> None:
    assert parse("f.yaml", text, source).diagnostics[-1].rule == "yaml-depth"
