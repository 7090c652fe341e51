"""What a document knows: its data by the rules of YAML 1.2, the place of everything in it, its comments."""

import math
from typing import Any

import pytest

from emailauth.core.diagnostic import Route, Span
from emailauth.core.document import Document, decode, parse

SCALARS: list[tuple[str, object]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("NULL", None),
    ("nULL", "nULL"),
    ("true", True),
    ("True", True),
    ("TRUE", True),
    ("false", False),
    ("on", "on"),
    ("off", "off"),
    ("yes", "yes"),
    ("no", "no"),
    ("y", "y"),
    ("0", 0),
    ("-12", -12),
    ("+12", 12),
    ("017", 17),
    ("0o17", 15),
    ("0x1F", 31),
    ("-0x1F", "-0x1F"),
    ("0b11", "0b11"),
    ("1_000", "1_000"),
    ("1:30", "1:30"),
    ("190:20:30", "190:20:30"),
    ("2024-01-01", "2024-01-01"),
    ("1.5", 1.5),
    ("1.", 1.0),
    (".5", 0.5),
    ("-1e3", -1000.0),
    ("1e999", math.inf),
    (".inf", math.inf),
    ("-.INF", -math.inf),
    ("+.Inf", math.inf),
    ("e3", "e3"),
    (".", "."),
    ("192.0.2.1", "192.0.2.1"),
    ("=", "="),
    ("'1'", "1"),
    ('"true"', "true"),
    ('! "1"', "1"),
    ("!!str 1", "1"),
    ("!!int '1'", 1),
    ("!!float 1", 1.0),
    ("!!null ''", None),
    ("!!bool 'true'", True),
    ("!!seq [1]", [1]),
    ("!!map {a: 1}", {"a": 1}),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_scalars_are_those_of_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    data = parse("f.yaml", f"key: {text}\n").data["key"]
    assert (data, type(data)) == (value, type(value))


def test_not_a_number() -> None:
    assert math.isnan(parse("f.yaml", "key: .NaN\n").data["key"])


@pytest.mark.parametrize("key", ["2023", "no", "on", "1.0", "null", "~", "0x10", "2024-01-01", "'2023'", '"2023"', "!!str 2023"])
def test_keys_are_text_as_it_is_written(key: str) -> None:
    text = key.removeprefix("!!str ").strip("'\"")
    assert parse("f.yaml", f"{key}: x\n").data == {text: "x"}


ALIASES = [
    ("a: &x 1\nb: *x\n", {"a": 1, "b": 1}),
    ("a: &x {c: 1}\nb: *x\n", {"a": {"c": 1}, "b": {"c": 1}}),
    ("a: &x b\n*x : c\n", {"a": "b", "b": "c"}),
    ("&x a: *x\n", {"a": "a"}),
    ("&x 1: *x\n", {"1": 1}),
    ("a: [&x 1, &x 2, *x]\n", {"a": [1, 2, 2]}),
]


@pytest.mark.parametrize(("text", "data"), ALIASES)
def test_aliases_stand_for_what_is_anchored(text: str, data: object) -> None:
    document = parse("f.yaml", text)
    assert (document.data, document.diagnostics) == (data, ())


def test_a_list_as_an_aliased_key_is_told() -> None:
    document = parse("f.yaml", "a: &x [b]\n*x : c\nd: e\n")
    assert [(diagnostic.rule, diagnostic.span) for diagnostic in document.diagnostics] == [("yaml-key", Span(2, 1, 2, 3))]
    assert document.data == {"a": ["b"], "d": "e"}


TEXT = """\
# a comment
version: 1
defaults:
  dmarc: {aggregate_reports: ["mailto:d@example.com"], testing: true}
ttl: 300
domains:
  example.com:   # the main one
    spf:
      allow:
        - mx
        - ip4:192.0.2.0/24    # the office
        -
          include:example.net # 😀 # the shop
      note: |  # block
        # no comment

        text

    dmarc: {policy: "réject", "é😀": [1, 2]}  # flow
    mx:
    - {host: a, preference: 1}

  example.net: parked
last: >-
  folded
  text
"""


@pytest.fixture(scope="module")
def document() -> Document:
    found = parse("dir/f.yaml", TEXT)
    assert found.diagnostics == ()
    return found


def cut(span: Span) -> str:
    lines = TEXT.splitlines(keepends=True)[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "".join(lines)


C = ("domains", "example.com")
SPANS: list[tuple[Route, str, str]] = [
    # route, what its span cuts out, what the span of its key cuts out
    (("version",), "1", "version"),
    (("ttl",), "300", "ttl"),
    (("defaults", "dmarc"), '{aggregate_reports: ["mailto:d@example.com"], testing: true}', "dmarc"),
    (("defaults", "dmarc", "aggregate_reports"), '["mailto:d@example.com"]', "aggregate_reports"),
    (("defaults", "dmarc", "aggregate_reports", 0), '"mailto:d@example.com"', '"mailto:d@example.com"'),
    ((*C, "spf", "allow", 0), "mx", "mx"),
    ((*C, "spf", "allow", 1), "ip4:192.0.2.0/24", "ip4:192.0.2.0/24"),
    ((*C, "spf", "allow", 2), "include:example.net", "include:example.net"),
    ((*C, "spf", "note"), "|  # block\n        # no comment\n\n        text", "note"),
    ((*C, "dmarc", "policy"), '"réject"', "policy"),
    ((*C, "dmarc", "é😀"), "[1, 2]", '"é😀"'),
    ((*C, "dmarc", "é😀", 1), "2", "2"),
    ((*C, "mx"), "- {host: a, preference: 1}", "mx"),
    ((*C, "mx", 0), "{host: a, preference: 1}", "{host: a, preference: 1}"),
    (("domains", "example.net"), "parked", "example.net"),
    (("last",), ">-\n  folded\n  text", "last"),
    # What does not exist stands where the nearest thing around it does.
    ((*C, "mx", 1, "host"), "- {host: a, preference: 1}", "mx"),
    ((*C, "mx", -1), "- {host: a, preference: 1}", "mx"),
    ((*C, "mx", "0"), "- {host: a, preference: 1}", "mx"),
    ((*C, "spf", "allow", 0, "x", "y"), "mx", "mx"),
    (("version", "x"), "1", "version"),
    ((), TEXT[len("# a comment\n") :].rstrip("\n"), ""),
]


@pytest.mark.parametrize(("route", "value", "key"), SPANS)
def test_spans_cut_out_what_is_written(document: Document, route: Route, value: str, key: str) -> None:
    # A block collection begins at its first item, before which the dash stands.
    assert cut(document.span(route)).removeprefix("- ") == value.removeprefix("- ")
    assert cut(document.key_span(route)).removeprefix("- ") == key.removeprefix("- ")


def test_columns_count_characters(document: Document) -> None:
    assert document.span((*C, "dmarc", "é😀")) == Span(19, 37, 19, 43)
    assert document.key_span((*C, "dmarc", "é😀")) == Span(19, 31, 19, 35)


@pytest.mark.parametrize(
    ("route", "comment"),
    [
        (C, "the main one"),
        ((*C, "spf", "allow", 0), ""),
        ((*C, "spf", "allow", 1), "the office"),
        ((*C, "spf", "allow", 2), "😀 # the shop"),
        ((*C, "spf", "note"), "block"),
        ((*C, "dmarc"), "flow"),
        ((*C, "dmarc", "policy"), "flow"),
        ((*C, "mx"), ""),
        ((*C, "spf", "allow", 9), ""),
        ((), ""),
    ],
)
def test_the_comment_of_a_value_is_that_of_its_line(document: Document, route: Route, comment: str) -> None:
    assert document.comment(route) == comment


@pytest.mark.parametrize(
    ("text", "route", "comment"),
    [
        ('a: "# no"\n', ("a",), ""),
        ("a: b#no\n", ("a",), ""),
        ("a: 'x # no' # yes\n", ("a",), "yes"),
        ("a: # key\n  b\n", ("a",), "key"),
        ("a:\n  b # value\n", ("a",), "value"),
        ("a:\n  - b # item\n", ("a",), ""),
        ("- a: b # item\n  c: d\n", (0,), "item"),
        ("a: b # the office # emailauth: ignore[spf-x] old\n", ("a",), "the office"),
        ("a: b # emailauth: ignore[spf-x]\n", ("a",), ""),
        ("a: b #\n", ("a",), ""),
        ("a: |\n  # text\n# comment\nb: c # d\n", ("b",), "d"),
        ("a: b\r\nc: d # e\r\n", ("c",), "e"),
        ("a: |  # at the very end", ("a",), "at the very end"),
        ("&x a: 1 # one\nb: *x # two\n", ("b",), "two"),
    ],
)
def test_only_comments_are_comments(text: str, route: Route, comment: str) -> None:
    assert parse("f.yaml", text).comment(route) == comment


def test_has(document: Document) -> None:
    assert document.has(())
    assert document.has((*C, "mx", 0, "host"))
    assert not document.has((*C, "mx", 1))
    assert not document.has((*C, "bimi"))


MERGED = parse(
    "f.yaml",
    "ttl: 60\ndns_host: {zonefile: {zones: {a: b}}}\n"
    "defaults: {dmarc: {policy: reject, reports: [x]}, bimi: {logo: a}, dkim: {s1: {cname: c}}}\n"
    "domains: {a: {dmarc: {policy: none}, dkim: {s1: revoked}, spf: absent, web_host: {d: {}}}, b: parked}\n",
)


@pytest.mark.parametrize(
    ("route", "resolved"),
    [
        (("domains", "a", "dmarc", "policy"), ("domains", "a", "dmarc", "policy")),
        (("domains", "a", "dmarc", "reports", 0), ("defaults", "dmarc", "reports", 0)),
        (("domains", "a", "dmarc", "reports", 7), ("defaults", "dmarc", "reports")),
        (("domains", "a", "dmarc", "other"), ("domains", "a", "dmarc")),
        (("domains", "a", "dkim", "s1", "cname"), ("domains", "a", "dkim", "s1")),
        (("domains", "a", "bimi", "logo"), ("domains", "a")),
        (("domains", "a", "spf", "allow", 0), ("domains", "a", "spf")),
        (("domains", "a", "ttl"), ("ttl",)),
        (("domains", "a", "dns_host", "zonefile", "zones"), ("dns_host", "zonefile", "zones")),
        (("domains", "a", "web_host", "d"), ("domains", "a", "web_host", "d")),
        (("domains", "a"), ("domains", "a")),
        (("domains", "c", "spf"), ("domains",)),
        (("domains", "b", "dmarc", "policy"), ("domains", "b")),
        (("defaults", "dmarc", "x"), ("defaults", "dmarc")),
        ((), ()),
    ],
)
def test_a_route_resolves_to_where_its_value_is_written(route: Route, resolved: Route) -> None:
    assert MERGED.resolve(route) == resolved


def test_below_an_alias_things_stand_at_the_anchor() -> None:
    document = parse("f.yaml", "a: &x\n  b: 1\nc: *x\n")
    assert document.span(("c",)) == Span(3, 4, 3, 6)
    assert document.span(("c", "b")) == Span(2, 6, 2, 7)
    assert document.lines(("c", "b")) == {3, 2}


def test_data_without_a_text_has_no_places() -> None:
    document = Document(path="<program>", text="", data={"a": [1]})
    assert document.span(("a", 0)) == document.key_span(("a",)) == Span(1, 1, 1, 1)
    assert document.has(("a", 0))
    assert document.comment(("a", 0)) == ""
    assert document.lines(("a", 0)) == frozenset()


def test_a_file_that_cannot_be_read_has_no_data() -> None:
    document = parse("f.yaml", "a: 1\nb: '\n")
    assert (document.data, document.ignores, document.comment(("a",)), document.span(("a",))) == (None, (), "", Span(1, 1, 1, 1))


IGNORES: list[tuple[str, list[Any]]] = [
    ("a: b # emailauth: ignore[x-y] because\n", [(("x-y",), "because", Span(1, 6, 1, 38), 1)]),
    ("a: b #emailauth:ignore[x,y-1 , z]\n", [(("x", "y-1", "z"), "", Span(1, 6, 1, 34), 1)]),
    ("# emailauth: ignore[x] r \na: b\n", [(("x",), "r", Span(1, 1, 1, 25), 2)]),
    ("# emailauth: ignore[x]\n\n# more\n  \n---\na: b\n", [(("x",), "", Span(1, 1, 1, 23), 6)]),
    ("# emailauth: ignore[x]\n# emailauth: ignore[y]\na: b\n", [(("x",), "", Span(1, 1, 1, 23), 3), (("y",), "", Span(2, 1, 2, 23), 3)]),
    ("a:\n  - # emailauth: ignore[x]\n    b: c\n", [(("x",), "", Span(2, 5, 2, 27), 3)]),
    ("a: # emailauth: ignore[x]\n  b: c\n", [(("x",), "", Span(1, 4, 1, 26), 1)]),
    ("a: b\n# emailauth: ignore[x]\n", [(("x",), "", Span(2, 1, 2, 23), 0)]),
    ("a: | # emailauth: ignore[x]\n  b\n", [(("x",), "", Span(1, 6, 1, 28), 1)]),
    ("a: é😀 # why # emailauth: ignore[x]\n", [(("x",), "", Span(1, 13, 1, 35), 1)]),
    ("a: b # emailauth: ignore[x]\r\nc: d\r\n", [(("x",), "", Span(1, 6, 1, 28), 1)]),
    ("a: '# emailauth: ignore[x]'\n", []),
    ('a: "\n\n  # emailauth: ignore[x]"\n', []),
    ("a: |\n  # emailauth: ignore[x]\n\n  # emailauth: ignore[y]\nb: c\n", []),
    ("a: b#emailauth:ignore[x]\n", []),
    ("a: b # ignore[x]\n", []),
]


@pytest.mark.parametrize(("text", "expected"), IGNORES)
def test_comments_that_switch_rules_off(text: str, expected: list[Any]) -> None:
    document = parse("f.yaml", text)
    assert document.diagnostics == ()
    assert [(one.ids, one.reason, one.span, one.target_line) for one in document.ignores] == expected


COVERED = parse(
    "f.yaml",
    "domains:\n"
    "  a.example: # emailauth: ignore[x]\n"
    "    spf:\n"
    "      allow:\n"
    "        - mx # emailauth: ignore[y]\n"
    "        - a\n"
    "    # emailauth: ignore[z]\n"
    "    dmarc:\n"
    "      policy: none\n",
)


@pytest.mark.parametrize(
    ("route", "ids"),
    [
        (("domains", "a.example", "spf", "allow", 0), ["x", "y"]),
        (("domains", "a.example", "spf", "allow", 1), ["x"]),
        (("domains", "a.example", "spf", "allow"), ["x"]),
        (("domains", "a.example", "spf"), ["x"]),
        (("domains", "a.example", "dmarc", "policy"), ["x", "z"]),
        (("domains", "a.example", "dmarc", "testing"), ["x", "z"]),
        (("domains", "b.example"), []),
        (("domains",), []),
        ((), []),
    ],
)
def test_a_comment_covers_what_begins_on_its_line_and_all_within(route: Route, ids: list[str]) -> None:
    assert [name for ignore in COVERED.ignores for name in ignore.ids if ignore.target_line in COVERED.lines(route)] == ids


def test_a_comment_that_nothing_follows_covers_nothing() -> None:
    assert 0 not in COVERED.lines(("domains", "a.example"))


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"a: b\n", "a: b\n"), (b"\xef\xbb\xbfa: b\n", "a: b\n"), ("é😀".encode(), "é😀"), (b"", "")],
)
def test_files_are_utf8(content: bytes, text: str) -> None:
    assert decode("f.yaml", content) == text


def test_a_byte_order_mark_takes_no_column() -> None:
    document = parse("f.yaml", "\ufeffa: b\n")
    assert (document.text, document.span(("a",))) == ("a: b\n", Span(1, 4, 1, 5))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_understood(end: str) -> None:
    document = parse("f.yaml", end.join(["a: # one", "  - é", "  - c # two", ""]))
    assert document.data == {"a": ["é", "c"]}
    assert document.span(("a", 1)) == Span(3, 5, 3, 6)
    assert (document.comment(("a",)), document.comment(("a", 1))) == ("one", "two")
