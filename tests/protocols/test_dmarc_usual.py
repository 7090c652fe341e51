"""The short cut by the outlines of DMARC records reads what the grammar reads, places included."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.protocols import dmarc
from emailauth.protocols.dmarc import record
from emailauth.protocols.dmarc.record import Record
from tests.bench.corpus import corpus


def told(read: Record) -> tuple[object, ...]:
    tags = [(tag.name, tag.value, tag.start, tag.end) for tag in read.tags]
    return tags, [(problem.message, problem.start, problem.end) for problem in read.problems]


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("v=DMARC1", ()),
        ("v=DMARC1;p=none;", ()),
        ("v = DMARC1 ;\tP=Reject; SP=none; adkim=s; fo=1:d:s; t=y; psd=u; pct=100; moo=a b", ()),
        ("v=DMARC1; p=none; rua=mailto:dmarc+a@example.com", ("mailto:dmarc+a@example.com",)),
        (
            "v=DMARC1; rua=mailto:a@example.com,mailto:b@example.net ; p=none; ruf=mailto:c@example.org, mailto:d@example.org; fo=1",
            ("mailto:a@example.com,mailto:b@example.net", "mailto:c@example.org, mailto:d@example.org"),
        ),
    ],
)
def test_records_are_read_by_their_outlines(text: str, lists: tuple[str, ...]) -> None:
    assert record.parse(text).lists == lists
    assert told(record.parse(text)) == told(record.parse_strictly(text))
    assert record.parse(text).problems == ()


def test_records_that_differ_in_addresses_only_have_one_outline() -> None:
    one, other = (
        record.parse(f"v=DMARC1; p=none; rua=mailto:{address}; fo=1") for address in ("a@example.com", "dmarc-reports@example.net")
    )
    assert one.outline is other.outline
    assert [tag.start for tag in one.tags] == [0, 10, 18, 44]
    assert [tag.start for tag in other.tags] == [0, 10, 18, 56]


@pytest.mark.parametrize(
    "text",
    [
        "v=DMARC1; p=mailto:a@example.com",
        "v=DMARC1; p=none; note=mailto:a@example.com",
        "v=DMARC1; p=none; rua=mailto:a@example.com!10m",
        "v=DMARC1; p=none; rua=mailto:a@example.com https://example.com",
        "v=DMARC1; p=none; rua=dmarc@example.com; ruf=mailto:a@example.com",
        "v=DMARC1; p=none; rua=mailto:a@example.com; rua=mailto:b@example.com",
        "v=DMARC1; p=none; rua=mailto:a@example.com; sp=monitor",
        "v=DMARC1; p=none; rua=mailto:@; note=mailto:a@example.com",
        "v=DMARC1; p=none; rua=mailto:a@example.com; note=" + 1000 * "x",
    ],
)
def test_what_is_no_list_or_has_problems_is_left_to_the_grammar(text: str) -> None:
    assert record.parse(text).lists == ()
    assert told(record.parse(text)) == told(record.parse_strictly(text))


PIECE = st.sampled_from(
    (
        *("v=DMARC1", "p=none", "sp=", "reject", "fo=1", "rua=", "ruf=", "mailto:a@example.com", "mailto:", "mailto:@", "@", "!10m", ","),
        *("moo", "=", "x y", ";", "; ", " ", "\t", "\u00fc"),
    )
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECE, max_size=12).map("".join))
def test_every_text_is_read_as_the_grammar_reads_it(text: str) -> None:
    for one in (text, f"v=DMARC1; {text}", f"v=DMARC1; p=none; rua=mailto:b@example.net; {text}"):
        assert told(record.parse(one)) == told(record.parse_strictly(one))


ADDRESSES = (
    *("mailto:a@example.com", "mailto:A.b+c@EXAMPLE.com", "mailto:a@localhost", "mailto:a@-x.example", "mailto:a@x-.example", "mailto:a@.x"),
    *("mailto:a@x..example", "mailto:a@example.com.", "mailto:a@192.0.2.1", f"mailto:{'a' * 65}@example.com", f"mailto:a@{'a' * 64}.example"),
    *("mailto:a@a-b-c-d.e.f.g.example", f"mailto:a@{'a' * 40}.example.com", "mailto:a@B-1.example.com-", "mailto:a@example.xn--p1ai"),
    *("mailto:a@xn--bcher-kva.example", "mailto:a@example.c0m", "mailto:a@b,mailto:c@d.example", "mailto:a@b.example, mailto:a@b.example"),
)  # fmt: skip


@pytest.mark.parametrize("first", ADDRESSES)
@pytest.mark.parametrize("second", ["", *ADDRESSES])
def test_sections_of_outlines_are_those_of_the_grammar(first: str, second: str) -> None:
    text = f"v=DMARC1; p=none; rua={first}; fo=1:d{second and f'; ruf={second}'}"
    section = dmarc.of_record(record.parse(text))
    by_grammar = dmarc.of_record(record.parse_strictly(text))
    assert section is not None
    assert by_grammar is not None
    assert (section, section.parts) == (by_grammar, by_grammar.parts)
    assert [section.host(uri) for uri in section.uris] == [dmarc.destination(uri) for uri in section.uris]


def test_sections_of_many_records_are_those_of_the_grammar() -> None:
    for text in corpus(2000).dmarc:
        section, by_grammar = dmarc.of_record(record.parse(text)), dmarc.of_record(record.parse_strictly(text))
        assert section == by_grammar
        if section is not None and by_grammar is not None:
            assert section.parts == by_grammar.parts
            assert [section.host(uri) for uri in section.uris] == [dmarc.destination(uri) for uri in section.uris]
