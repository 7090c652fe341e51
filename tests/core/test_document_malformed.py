"""Files that are wrong as YAML, with the very words that are said of each; libyaml and PyYAML's own parser say the same."""

from collections.abc import Callable

import pytest
import yaml

from emailauth.core.compose import EventSource, PythonParser
from emailauth.core.diagnostic import Diagnostic, Severity
from emailauth.core.document import decode, parse

MALFORMED = [
    ("", ["f.yaml:1:1: yaml-empty: The file is empty: begin with `version: 1` and `domains:`"]),
    ("# only a comment\n", ["f.yaml:1:1: yaml-empty: The file is empty: begin with `version: 1` and `domains:`"]),
    ("~\n", ["f.yaml:1:1: yaml-empty: The file is empty: begin with `version: 1` and `domains:`"]),
    ("a: 'x\n", ["f.yaml:1:4: yaml-syntax: The quoted text that begins here does not end: close the quotes"]),
    ('a: "x\n', ["f.yaml:1:4: yaml-syntax: The quoted text that begins here does not end: close the quotes"]),
    ('a: "\\q"\n', ["f.yaml:1:5: yaml-syntax: There is no such escape in double quotes: write \\\\ for a backslash, or use single quotes"]),
    ('a: "\\xzz"\n', ["f.yaml:1:7: yaml-syntax: \\x takes 2 hexadecimal digits, \\u 4 and \\U 8"]),
    ('a: "\\ud800"\n', ["f.yaml:1:7: yaml-syntax: There is no such character in Unicode"]),
    (
        "a: b: c\n",
        ["f.yaml:1:5: yaml-syntax: A colon and a space make a key, and none can be here: check the indentation, or quote the text"],
    ),
    (
        "spf\ndmarc: {}\n",
        ["f.yaml:2:6: yaml-syntax: A colon and a space make a key, and none can be here: check the indentation, or quote the text"],
    ),
    (
        "a:b\nc: d\n",
        ["f.yaml:2:2: yaml-syntax: A colon and a space make a key, and none can be here: check the indentation, or quote the text"],
    ),
    ("a: - b\n", ["f.yaml:1:4: yaml-syntax: No list item can be here: begin the list on a line of its own, or quote the text"]),
    ("a: @b\n", ["f.yaml:1:4: yaml-syntax: @ cannot begin a text: quote the text"]),
    ("a: `b`\n", ["f.yaml:1:4: yaml-syntax: ` cannot begin a text: quote the text"]),
    ("a: %b\n", ["f.yaml:1:4: yaml-syntax: % cannot begin a text: quote the text"]),
    ("\ta: b\n", ["f.yaml:1:1: yaml-syntax: YAML is not indented by tabs: write spaces"]),
    ("a:\n\tb: c\n", ["f.yaml:2:1: yaml-syntax: YAML is not indented by tabs: write spaces"]),
    ("a: [b\nc: d\n", ["f.yaml:2:2: yaml-syntax: The [ of line 1 goes wrong here: a comma or ] is missing"]),
    ("a: {b: c\nd: e\n", ["f.yaml:2:2: yaml-syntax: The { of line 1 goes wrong here: a comma or } is missing"]),
    ("a: [b, c\n", ["f.yaml:2:1: yaml-syntax: The file ends too early: a value or a closing bracket is missing"]),
    ("a: {b: c\n", ["f.yaml:2:1: yaml-syntax: The file ends too early: a value or a closing bracket is missing"]),
    ("a: [\n", ["f.yaml:2:1: yaml-syntax: The file ends too early: a value or a closing bracket is missing"]),
    ("a:\n  - b\n  c\n", ["f.yaml:3:3: yaml-syntax: This line is no `key: value`: the colon and the space behind it are missing"]),
    ("- a\nb\n", ["f.yaml:2:1: yaml-syntax: This line is no `key: value`: the colon and the space behind it are missing"]),
    ("a: [b]]\n", ["f.yaml:1:7: yaml-syntax: Nothing can stand behind the value before it: quote the whole text"]),
    ("a: 'it's'\n", ["f.yaml:1:8: yaml-syntax: Nothing can stand behind the value before it: quote the whole text"]),
    ('a: "b" c\n', ["f.yaml:1:8: yaml-syntax: Nothing can stand behind the value before it: quote the whole text"]),
    (
        "a:\n  b: 1\n c: 2\n",
        ["f.yaml:3:2: yaml-syntax: The mapping that begins on line 1 goes wrong here: indent this line as the lines it belongs to"],
    ),
    (
        "a:\n  - b\n - c\n",
        ["f.yaml:3:2: yaml-syntax: The mapping that begins on line 1 goes wrong here: indent this line as the lines it belongs to"],
    ),
    ("a: [ip6:2001:db8::]\n", ["f.yaml:1:18: yaml-syntax: A colon can end no text within brackets: quote the text"]),
    ("a: [, b]\n", ["f.yaml:1:5: yaml-syntax: A value is missing here, or it must be quoted"]),
    ("a: *\n", ["f.yaml:1:4: yaml-syntax: A text cannot begin with * or &: quote the text"]),
    ("a: &\n", ["f.yaml:1:4: yaml-syntax: A text cannot begin with * or &: quote the text"]),
    ("a: *b\n", ["f.yaml:1:4: yaml-alias: Nothing above is anchored as &b: quote the text if it shall begin with *"]),
    ("a: &a [*a]\n", ["f.yaml:1:8: yaml-alias: *a stands within what it stands for: write it out"]),
    (
        "a: |x\n  b\n",
        [
            "f.yaml:1:5: yaml-syntax: Only + or -, a digit from 1 to 9 and a comment can stand behind | or >: begin the text on the next line"
        ],
    ),
    ("a: b\n---\nc: d\n", ["f.yaml:2:1: yaml-documents: A second document begins here: write one file for each, and one document in it"]),
    ("a: b\n...\nc: d\n", ["f.yaml:3:1: yaml-syntax: The document has ended above: nothing can be here"]),
    ("%YAML 2.0\n---\na: b\n", ["f.yaml:1:1: yaml-syntax: This version of YAML is not known here: leave the %YAML line out"]),
    (
        "%FOO bar\n---\na: b\n",
        ["f.yaml:1:5: yaml-syntax: A line that begins with % is a directive, and no file here needs one: leave it out, or quote the text"],
    ),
    ("a: !foo b\n", ["f.yaml:1:4: yaml-tag: The tag !foo is not known here: leave it out"]),
    ("a: !!binary Zm9v\n", ["f.yaml:1:4: yaml-tag: The tag !!binary is not known here: leave it out"]),
    ("a: !!int x\n", ["f.yaml:1:4: yaml-tag: 'x' is no int, as its tag says: leave the tag out"]),
    ("a: !x!y b\n", ["f.yaml:1:4: yaml-syntax: A text cannot begin with !: quote the text"]),
    ("a: ! [b]\nc: !!set {d}\n", ["f.yaml:2:4: yaml-tag: The tag !!set is not known here: leave it out"]),
    (
        "a: 1\na: 2\n'a': 3\n",
        [
            "f.yaml:2:1: duplicate-key: 'a' is already set on line 1: keep one of the two",
            "f.yaml:3:1: duplicate-key: 'a' is already set on line 1: keep one of the two",
        ],
    ),
    ("a: {b: 1, b: 2}\n", ["f.yaml:1:11: duplicate-key: 'b' is already set on line 1: keep one of the two"]),
    ("<<: {a: b}\n", ["f.yaml:1:1: yaml-merge-key: Merge keys are not part of YAML 1.2: put what domains share under `defaults:`"]),
    ("[a]: b\n", ["f.yaml:1:1: yaml-key: A list or a mapping cannot be a key: write the key as text"]),
    ("? {a: b}\n: c\n", ["f.yaml:1:3: yaml-key: A list or a mapping cannot be a key: write the key as text"]),
    ("a: " + "1" * 5000 + "\n", ["f.yaml:1:4: yaml-number: This number is too long: put it in quotes if it is text"]),
    ("a: " + "[" * 101 + "\n", ["f.yaml:1:104: yaml-depth: More than 100 levels within each other: nothing in this file needs that"]),
    (
        "a: \x07\n",
        [
            "f.yaml:1:4: yaml-characters: The character U+0007 cannot stand in the file: remove it, or write it as an escape in double quotes"
        ],
    ),
    (
        "a: b\u2028\n",
        [
            "f.yaml:1:5: yaml-characters: The character U+2028 cannot stand in the file: remove it, or write it as an escape in double quotes"
        ],
    ),
    (
        "a: \ufeffb\n",
        [
            "f.yaml:1:4: yaml-characters: The character U+FEFF cannot stand in the file: remove it, or write it as an escape in double quotes"
        ],
    ),
    ("😀: [b\n", ["f.yaml:2:1: yaml-syntax: The file ends too early: a value or a closing bracket is missing"]),
    ("a: ? b\n", ["f.yaml:1:4: yaml-syntax: No key can be here: check the indentation, or quote the text"]),
    ("a: ]\n", ["f.yaml:1:4: yaml-syntax: A value is missing here, or it must be quoted"]),
    ("a: b\r\nc: 'é\r\n", ["f.yaml:2:4: yaml-syntax: The quoted text that begins here does not end: close the quotes"]),
    (
        "a: b # emailauth: ignore\n",
        [
            "f.yaml:1:6: ignore-syntax: A comment for this program is `# emailauth: ignore[rule-id] reason`, with the ids of one or more rules: this one does nothing"
        ],
    ),
    (
        "# emailauth: ignore[]\na: b\n",
        [
            "f.yaml:1:1: ignore-syntax: A comment for this program is `# emailauth: ignore[rule-id] reason`, with the ids of one or more rules: this one does nothing"
        ],
    ),
    (
        "# emailauth: ignore[Bad_Id]\na: b\n",
        [
            "f.yaml:1:1: ignore-syntax: A comment for this program is `# emailauth: ignore[rule-id] reason`, with the ids of one or more rules: this one does nothing"
        ],
    ),
    (
        "a: 'b'\n b: c\n",
        ["f.yaml:2:2: yaml-syntax: The mapping that begins on line 1 goes wrong here: indent this line as the lines it belongs to"],
    ),
    ("a: !<x\n", ["f.yaml:1:4: yaml-syntax: A text cannot begin with !: quote the text"]),
    (
        "key: value\n  - item\nb: c: d\n",
        ["f.yaml:3:5: yaml-syntax: A colon and a space make a key, and none can be here: check the indentation, or quote the text"],
    ),
]

OTHERWISE = [
    # What PyYAML's own parser sees at another place, or does not mind.
    ('a: "\\q"\n', ["f.yaml:1:6: yaml-syntax: There is no such escape in double quotes: write \\\\ for a backslash, or use single quotes"]),
    ('a: "\\ud800"\n', ["f.yaml:1:12: yaml-syntax: There is no such character in Unicode"]),
    ("a: [ip6:2001:db8::]\n", []),
    ("%FOO bar\n---\na: b\n", []),
]

NOT_TEXT = [
    (b"\xff\xfea\x00", "f.yaml:1:1: file-encoding: The file is in UTF-16: save it as UTF-8"),
    (b"\xfe\xff\x00a", "f.yaml:1:1: file-encoding: The file is in UTF-16: save it as UTF-8"),
    (b"a: b\nc: \xc3\xa9\xe9\n", "f.yaml:2:5: file-encoding: The file is not in UTF-8 (octet 0xE9): save it as UTF-8"),
    (b"a: \xed\xa0\x80\n", "f.yaml:1:4: file-encoding: The file is not in UTF-8 (octet 0xED): save it as UTF-8"),
]


def told(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    return f"{diagnostic.path}:{span.line}:{span.column}: {diagnostic.rule}: {diagnostic.message}"


@pytest.mark.parametrize(("text", "expected"), MALFORMED)
def test_what_is_wrong_is_told_with_its_place(text: str, expected: list[str]) -> None:
    document = parse("f.yaml", text)
    assert [told(diagnostic) for diagnostic in document.diagnostics] == expected
    assert {diagnostic.severity for diagnostic in document.diagnostics} == {Severity.ERROR}


@pytest.mark.parametrize(("text", "expected"), dict([*MALFORMED, *OTHERWISE]).items())
def test_without_libyaml_the_same_is_told(text: str, expected: list[str]) -> None:
    source: Callable[[str], EventSource] = PythonParser
    assert [told(diagnostic) for diagnostic in parse("f.yaml", text, source).diagnostics] == expected


@pytest.mark.parametrize(("content", "expected"), NOT_TEXT)
def test_what_is_not_utf8_is_told_with_its_place(content: bytes, expected: str) -> None:
    found = decode("f.yaml", content)
    assert isinstance(found, Diagnostic)
    assert told(found) == expected


def test_aliases_that_stand_for_too_much_are_refused() -> None:
    bomb = "".join(["a0: &a0 [x]\n", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))])
    assert [told(diagnostic) for diagnostic in parse("f.yaml", bomb).diagnostics] == [
        "f.yaml:6:25: yaml-alias: The aliases stand for more than 100,000 values: write out what is needed, or use `defaults:`"
    ]


def test_a_large_file_without_aliases_is_not_refused() -> None:
    assert parse("f.yaml", "- [a, b, c, d, e, f, g, h, i, j]\n" * 10_000).diagnostics == ()


def test_everything_that_yaml_lets_one_find_is_told_at_once() -> None:
    text = "a: !x 1\na: 2\n<<: {b: 1, b: 2}\nc: *d\n# emailauth: ignore all\n"
    assert [(one.span.line, one.rule) for one in parse("f.yaml", text).diagnostics] == [
        (1, "yaml-tag"),
        (2, "duplicate-key"),
        (3, "yaml-merge-key"),
        (3, "duplicate-key"),
        (4, "yaml-alias"),
        (5, "ignore-syntax"),
    ]


def test_what_a_refused_key_holds_is_left_out() -> None:
    assert parse("f.yaml", "a: 1\na: 2\n[b]: 3\n<<: {d: 4}\ne: 5\n").data == {"a": 1, "e": 5}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (yaml.YAMLError("out of sorts"), "f.yaml:1:1: yaml-syntax: This is no YAML: out of sorts"),
        (
            yaml.MarkedYAMLError("while resting", None, "it rains", yaml.Mark("f", 3, 0, 3, None, 0)),
            "f.yaml:1:4: yaml-syntax: This is no YAML: while resting: it rains",
        ),
    ],
)
def test_what_a_parser_says_that_we_have_no_words_for_is_passed_on(error: yaml.YAMLError, expected: str) -> None:
    class Refuses:
        def get_event(self) -> None:
            raise error

    assert [told(diagnostic) for diagnostic in parse("f.yaml", "a: b\n", lambda _text: Refuses()).diagnostics] == [expected]
