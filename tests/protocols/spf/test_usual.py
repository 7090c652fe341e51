"""The short cut through usual terms reads what the grammar reads, and leaves everything else to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.protocols import spf
from emailauth.protocols.spf import usual
from emailauth.protocols.spf.parts import gist_of
from tests.bench.corpus import corpus


def shortened(text: str) -> bool:
    return usual.read(f"v=spf1 {text}", 7, spf.parse_term)[1] is not None


@pytest.mark.parametrize(
    "text",
    [
        *("all", "-all", "~all", "?all", "+all"),
        *("ip4:192.0.2.1", "ip4:192.0.2.0/24", "ip4:255.255.255.255/0", "ip4:0.0.0.0/32"),
        *("include:_spf.example.com", "include:a-b.Example.cOm"),
        *("mx", "a", "~mx", "a/24", "mx/0", "a:mail.example.com", "mx:example.com/31", "ptr", "-ptr", "redirect=_spf.Example.com"),
        *(
            "ip6:2001:db8::1",
            "ip6:::",
            "ip6:2001:DB8::/32",
            "ip6:2001:db8:1:2:3:4:5:6/128",
            "ip6:::/0",
            "ip6:fe80::1/109",
            "ip6:fe80::1/100",
        ),
    ],
)
def test_usual_terms_are_read_as_the_grammar_reads_them(text: str) -> None:
    assert shortened(text)
    record = spf.parse(f"v=spf1 {text}")
    assert record is not None
    assert record.terms == (spf.parse_term(text),)
    assert record.terms[0].span == (7, 7 + len(text))


@pytest.mark.parametrize(
    "text",
    [
        *("ip4:192.0.2.256", "ip4:192.0.02.1", "ip4:192.0.2", "ip4:192.0.2.1.5", "ip4:192.0.2.1/33", "ip4:192.0.2.1/024", "ip4", "ip4:"),
        *("ip4:192.0.2.\u0661", "ip4:192.0.2.1/\u0662\u0664", "ip4:192.0.2.1\t", "IP4:192.0.2.1", "-ip4:192.0.2.1"),
        *("include", "include:", "include:example", "include:example.com/24", "include:example.1a", "include:example.com.", "include:%{d}.example"),
        *("include:example.com-", "?include:example.com", "include:example.c-d", "include:example.-com", f"include:{'a.' * 126}ab", "include:b\u00fccher.example"),
        *("all:example.com", "all/24", "all.", "-all\n", "-ALL", "--all"),
        *("a/33", "a//64", "a/24//64", "mx/", "a:mail", "mx:example.com:25", "a:mail.example.com/024"),
        *("moo", "a=b", "ptr:example.com", "PTR", "redirect=", "redirect=example", "Redirect=example.com", "redirect=%{d}.example.com"),
        *("ip6:2001:db8::1/129", "ip6:2001:db8::1/064", "ip6:2001:db8::1/", "ip6:::1%eth0", "ip6:::ffff:192.0.2.1", "ip6:1:2:3", "ip6:1::2::3"),
        *("ip6:2001:db8::\u0661", "ip6:192.0.2.1", "ip6:", "ip6", "ip6:::1/64/64", "-ip6:::1", "ip6:::1\n", "ip6:12345::"),
    ],
)  # fmt: skip
def test_everything_else_is_left_to_the_grammar(text: str) -> None:
    assert not shortened(text)


PIECE = st.one_of(
    st.sampled_from(("ip4", "include", "all", "mx", "a", "ip6", "ptr", "redirect=", "2001:db8::1", "::", "192.0.2.1", "0", "256", "32", "33", "024", "example.com", "example", "_a-b.c1")),
    st.sampled_from((":", "/", ".", "-", "~", "=", "\n", "\u0661", "%{d}")),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(PIECE, min_size=1, max_size=6).map("".join), max_size=4))
def test_a_record_has_the_terms_that_the_grammar_reads(texts: list[str]) -> None:
    record = spf.parse(" ".join(("v=spf1", *texts)))
    assert record is not None
    assert record.terms == tuple(spf.parse_term(text) for text in texts)
    assert [type(term) for term in record.terms] == [type(spf.parse_term(text)) for text in texts]


def test_what_is_noted_while_terms_are_read_is_so() -> None:
    records = [record for text in corpus(3000).spf if (record := spf.parse(text)) is not None and record.gist is not None]
    assert len(records) > 2800
    for record in records:
        assert record.gist == gist_of(record.terms)
