"""Whole records: recognising, taking apart, putting together, and what can be told of one alone."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.protocols import spf


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("v=spf1", True),
        ("V=SpF1 -all", True),
        ("v=spf1 ", True),
        ("v=spf10", False),
        ("v=spf1;-all", False),
        ("v=spf1\t-all", False),
        ("v=spf1\n", False),
        (" v=spf1 -all", False),
        ('"v=spf1 -all"', False),
        ("v=\u017fpf1 -all", False),
        ("v=spf 1 -all", False),
        ("spf2.0/pra -all", False),
        ("", False),
    ],
)
def test_an_spf_record_is_recognised_by_its_version(text: str, answer: bool) -> None:
    assert spf.is_record(text) is answer
    assert spf.RECOGNISES["TXT"](text) is answer
    assert (spf.parse(text) is not None) is answer


def parsed(text: str) -> spf.Record:
    record = spf.parse(text)
    assert record is not None
    return record


def test_every_term_has_its_span() -> None:
    text = "V=SPF1  mx ip4:192.0.2.1~all   -all "
    assert [(term.text, text[slice(*term.span)], type(term)) for term in parsed(text).terms] == [
        ("mx", "mx", spf.Mx),
        ("ip4:192.0.2.1~all", "ip4:192.0.2.1~all", spf.Malformed),
        ("-all", "-all", spf.All),
    ]


def test_all_that_is_malformed_is_told() -> None:
    assert [term.text for term in parsed("v=spf1 moo -all ip6 foo=%").malformed] == ["moo", "ip6", "foo=%"]


@pytest.mark.parametrize(
    ("text", "lookups"),
    [
        ("v=spf1", 0),
        ("v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 exp=explain.example.com moo=x -all", 0),
        ("v=spf1 a mx ptr include:example.net exists:%{i}.example.com redirect=example.org", 6),
        ("v=spf1 a mx -all", 2),
        ("v=spf1 a -all mx", 1),
        ("v=spf1 a redirect=example.org ~all", 1),
        ("v=spf1 redirect=example.org a", 2),
        ("v=spf1 a a a", 3),
    ],
)
def test_lookups_that_a_receiver_can_come_to(text: str, lookups: int) -> None:
    assert parsed(text).lookups == lookups


def test_a_redirect_is_queried_last_wherever_it_stands() -> None:
    assert [term.text for term in parsed("v=spf1 redirect=example.org a").querying] == ["a", "redirect=example.org"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("v=spf1 +all", True),
        ("v=spf1 mx all", True),
        ("v=spf1 ip4:0.0.0.0/0 -all", True),
        ("v=spf1 ip6:::/0 -all", True),
        ("v=spf1 a/0 -all", True),
        ("v=spf1 mx//0 -all", True),
        ("v=spf1 -all +all", False),
        ("v=spf1 ?all", False),
        ("v=spf1 -ip4:0.0.0.0/0", False),
        ("v=spf1 ip4:0.0.0.0/1 include:example.net ~all", False),
        ("v=spf1 redirect=example.net", False),
        ("v=spf1", False),
    ],
)
def test_records_that_let_everyone_pass(text: str, answer: bool) -> None:
    assert parsed(text).passes_everyone is answer


def test_a_record_from_dns_knows_no_places_in_a_file() -> None:
    record = parsed("v=spf1 mx -all")
    assert [(record.place(term), record.item(term)) for term in record.terms] == [((), None), ((), None)]


HOSTILE = {
    "one endless term": "v=spf1 " + "a" * 65_000,
    "endless terms": "v=spf1 " + "moo:bar " * 10_000,
    "slashes": "v=spf1 a" + "/" * 65_000,
    "lengths": "v=spf1 a:" + "/1" * 32_000 + "x",
    "dots": "v=spf1 include:" + "." * 65_000,
    "macros": "v=spf1 a:" + "%{d}" * 16_000,
    "open macros": "v=spf1 a:" + "%{" * 32_000,
    "digits": "v=spf1 exists:%{d" + "9" * 60_000 + "}",
    "IPv6": "v=spf1 ip6:" + ":1" * 32_000,
    "NUL": "v=spf1 " + "\0" * 65_000,
    "octets that are no UTF-8": "v=spf1 " + "\udcff" * 65_000,
    "spaces": "v=spf1" + " " * 65_000,
}
COUNTS = {"endless terms": 10_000, "spaces": 0}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_read_to_the_end(name: str) -> None:
    record = parsed(HOSTILE[name])
    assert len(record.terms) == COUNTS.get(name, 1)
    assert all(len(term.reason) < 200 for term in record.malformed)
    assert {term.suggestion for term in record.malformed} <= {None}


# ---------------------------------------------------------------------------------------------------------- laws

LABEL = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?", fullmatch=True)
DOMAIN = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: ".".join((*labels, "example")))
MACRO = st.builds(
    "%{{{}{}{}{}}}".format,
    st.sampled_from("slodiphvSLODIPHV"),
    st.sampled_from(("", "1", "12")),
    st.sampled_from(("", "r")),
    st.sampled_from(("", ".-", "+,/_=")),
)
DOMAIN_SPEC = st.one_of(
    DOMAIN, st.builds("{}.{}".format, MACRO, DOMAIN), st.builds("_{}.{}".format, DOMAIN, MACRO), st.builds("%%{}".format, DOMAIN)
)
LENGTH_4 = st.integers(0, 32)
LENGTH_6 = st.integers(0, 128)
DUAL = st.one_of(st.just(""), LENGTH_4.map("/{}".format), LENGTH_6.map("//{}".format), st.builds("/{}//{}".format, LENGTH_4, LENGTH_6))
MECHANISM = st.one_of(
    st.just("all"),
    st.sampled_from(("include:", "exists:", "ptr:")).flatmap(lambda name: DOMAIN_SPEC.map(name.__add__)),
    st.just("ptr"),
    st.builds("{}{}{}".format, st.sampled_from(("a", "mx", "MX")), st.one_of(st.just(""), DOMAIN_SPEC.map(":{}".format)), DUAL),
    st.builds("ip4:{}/{}".format, st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address), LENGTH_4),
    st.builds("ip6:{}/{}".format, st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address), LENGTH_6),
)
DIRECTIVE = st.builds("{}{}".format, st.sampled_from(("", "+", "-", "~", "?")), MECHANISM)
MODIFIER = st.one_of(
    DOMAIN_SPEC.map("redirect={}".format), DOMAIN_SPEC.map("exp={}".format), DOMAIN_SPEC.map("x-{}".format).map("moo={}".format)
)
TERMS = st.lists(st.one_of(DIRECTIVE, MODIFIER), max_size=12)


@settings(max_examples=200)
@given(TERMS)
def test_what_was_put_together_is_taken_apart_again(texts: list[str]) -> None:
    record = parsed(spf.render(texts))
    assert [term.text for term in record.terms] == texts
    assert record.malformed == ()
    assert parsed(spf.render(term.text for term in record.terms)) == record


@settings(max_examples=200)
@given(st.integers(0, 2**128 - 1), LENGTH_6)
def test_a_range_is_read_as_it_is_written(address: int, length: int) -> None:
    for kind, name, number, bits in ((spf.Ip6, "ip6", address, length), (spf.Ip4, "ip4", address >> 96, min(length, 32))):
        term = spf.parse_term(f"{name}:{spf.network_text(kind, number, bits)}")
        assert isinstance(term, kind)
        assert (term.address, term.length) == (number, bits)


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_no_text_raises_and_nothing_of_it_is_lost(text: str) -> None:
    record = parsed(f"v=spf1 {text}")
    assert " ".join(term.text for term in record.terms).replace(" ", "") == text.replace(" ", "")
    for term in record.terms:
        assert record.text[slice(*term.span)] == term.text


@settings(max_examples=200)
@given(st.text('ip46includemxall:=/.,;~-+?% 0129[]*\\"', max_size=30))
def test_a_suggestion_is_always_well_formed(text: str) -> None:
    for term in parsed(f"v=spf1 {text}").malformed:
        if term.suggestion is not None:
            assert parsed(spf.render([term.suggestion])).malformed == ()
