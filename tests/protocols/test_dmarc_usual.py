"""The short cut through usual DMARC records reads what the grammar reads, places included."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.protocols.dmarc import record
from emailauth.protocols.dmarc.record import Record


def told(read: Record) -> tuple[object, ...]:
    tags = [(tag.name, tag.value, tag.start, tag.end) for tag in read.tags]
    return tags, [(problem.message, problem.start, problem.end) for problem in read.problems]


def shortened(text: str) -> bool:
    return record._usual(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "v=DMARC1",
        "v=DMARC1;p=none;",
        "v=DMARC1; p=reject; sp=none; np=quarantine; adkim=s; aspf=r; fo=1:d:s; t=y; psd=u; pct=100; moo=a b",
        "v=DMARC1; p=none; rua=mailto:dmarc+a@example.com,mailto:b@example.net; ruf=mailto:c@example.org, mailto:d@example.org; ",
    ],
)
def test_usual_records_are_read_as_the_grammar_reads_them(text: str) -> None:
    assert shortened(text)
    assert told(record.parse(text)) == told(record.parse_strictly(text))
    assert record.parse(text).problems == ()


@pytest.mark.parametrize(
    "text",
    [
        *("", ";", "p=none; v=DMARC1", " v=DMARC1", "v=DMARC1 ; p=none", "v=DMARC1;  p=none", "v=DMARC1; P=none", "v=DMARC1; p=", "v=dmarc1"),
        *("v=DMARC1; p=none; p=none", "v=DMARC1; p=monitor", "v=DMARC1;; p=none", "v=DMARC1; moo", "v=DMARC1; p=none ;", "v=DMARC1;\tp=none"),
        *("v=DMARC1; rua=dmarc@example.com", "v=DMARC1; rua=mailto:a@example.com!10m", "v=DMARC1; rua=https://example.com", "v=DMARC1; p=\u00fc"),
        *("v=DMARC1; fo=2", "v=DMARC1; p=none\n"),
    ],
)  # fmt: skip
def test_everything_else_is_left_to_the_grammar(text: str) -> None:
    assert not shortened(text)
    assert told(record.parse(text)) == told(record.parse_strictly(text))


PIECE = st.sampled_from(
    ("v=DMARC1", "p=none", "sp=", "reject", "fo=1", "rua=", "mailto:a@example.com", ",", "moo", "=", "x y", ";", "; ", " ", "\t", "\u00fc")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECE, max_size=12).map("".join))
def test_every_text_is_read_as_the_grammar_reads_it(text: str) -> None:
    for one in (text, f"v=DMARC1; {text}"):
        assert told(record.parse(one)) == told(record.parse_strictly(one))
