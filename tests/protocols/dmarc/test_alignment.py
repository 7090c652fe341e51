"""Identifier Alignment (RFC 9989 sections 4.4 and 4.10.2; the examples of its appendices B.1 and B.4)."""

import pytest

from emailauth.core.question import Status
from emailauth.protocols.dmarc import Identifier, IdentifierAlignment, Record, align, mode, parse
from tests.protocols.dmarc.asking import Table, ask, asked

RELAXED, STRICT = parse("v=DMARC1; p=none"), parse("v=DMARC1; p=none; aspf=s; adkim=S")
EXAMPLE: Table = {"_dmarc.example.com": "v=DMARC1; p=none"}
PSD: Table = {"_dmarc.giant.bank.example": "v=DMARC1; p=none", "_dmarc.bank.example": "v=DMARC1; p=none; psd=y"}


def spf(domain: str) -> Identifier:
    return Identifier(mechanism="SPF", domain=domain)


def dkim(domain: str) -> Identifier:
    return Identifier(mechanism="DKIM", domain=domain)


@pytest.mark.parametrize(
    ("author", "identifier", "table", "relaxed", "strict"),
    [
        # Appendix B.1.1 and B.1.2, in their order.
        ("example.com", spf("example.com"), EXAMPLE, True, True),
        ("example.com", spf("child.example.com"), EXAMPLE, True, False),
        ("child.example.com", spf("example.net"), EXAMPLE, False, False),
        ("example.com", dkim("example.com"), EXAMPLE, True, True),
        ("child.example.com", dkim("example.com"), EXAMPLE, True, False),
        ("child.example.com", dkim("example.net"), EXAMPLE, False, False),
        # The table of section 4.4.
        ("news.example.com", spf("foo.example.com"), EXAMPLE, True, False),
        ("news.example.com", dkim("news.example.com"), {}, True, True),
        ("news.example.com", dkim("foo.example.net"), EXAMPLE, False, False),
        # Appendix B.4.2 and B.4.3.
        ("a.b.c.d.e.f.g.h.i.j.k.example.com", dkim("signing.example.com"), EXAMPLE, True, False),
        ("giant.bank.example", spf("mail.giant.bank.example"), PSD, True, False),
        ("giant.bank.example", dkim("mail.mega.bank.example"), PSD, False, False),
        # Without any record each name is its own Organizational Domain.
        ("news.example.com", dkim("example.com"), {}, False, False),
        # psd=n sets a part of the tree apart (section 5.1.8).
        ("b.example.com", dkim("example.com"), {**EXAMPLE, "_dmarc.b.example.com": "v=DMARC1; p=none; psd=n"}, False, False),
        ("b.example.com", dkim("a.b.example.com"), {**EXAMPLE, "_dmarc.b.example.com": "v=DMARC1; p=none; psd=n"}, True, False),
    ],
)
def test_alignment(author: str, identifier: Identifier, table: Table, *, relaxed: bool, strict: bool) -> None:
    assert [one.is_aligned for one in ask(align(author, [identifier], RELAXED), table)] == [relaxed]
    assert [one.is_aligned for one in ask(align(author, [identifier], STRICT), table)] == [strict]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1; p=none", ("relaxed", "relaxed")),
        ("v=DMARC1; p=none; aspf=s", ("strict", "relaxed")),
        ("v=DMARC1; p=none; adkim=S; aspf=r", ("relaxed", "strict")),
        # An invalid value gives way to the default (section 4.8).
        ("v=DMARC1; p=none; adkim=strict; aspf=", ("relaxed", "relaxed")),
    ],
)
def test_each_mechanism_has_its_own_mode(text: str, expected: tuple[str, str]) -> None:
    record = parse(text)
    assert (mode(record, "SPF"), mode(record, "DKIM")) == expected


@pytest.mark.parametrize(
    ("identifier", "record", "why"),
    [
        (spf("news.example.com"), RELAXED, "news.example.com is the Author Domain itself"),
        (spf("example.com"), STRICT, "example.com is not the Author Domain news.example.com itself"),
        (
            dkim("example.com"),
            RELAXED,
            (
                "example.com and news.example.com have the same Organizational Domain, example.com: "
                "it is the highest domain that has a DMARC record"
            ),
        ),
        (
            dkim("example.net"),
            RELAXED,
            (
                "the Organizational Domain of example.net is example.net (no DMARC record was found at it or above), "
                "and the Organizational Domain of news.example.com is example.com (it is the highest domain that has a DMARC record)"
            ),
        ),
    ],
)
def test_it_says_why(identifier: Identifier, record: Record, why: str) -> None:
    (found,) = ask(align("news.example.com", [identifier], record), EXAMPLE)
    assert (found.identifier, found.why) == (identifier, why)


def test_it_asks_only_where_it_must_and_walks_once_for_the_author() -> None:
    assert asked(align("example.com", [spf("example.com"), dkim("example.com")], RELAXED), EXAMPLE) == []
    assert asked(align("example.com", [spf("a.example.com"), dkim("example.net")], STRICT), EXAMPLE) == []
    assert asked(align("example.com", [spf("a.example.com"), dkim("example.net")], RELAXED), EXAMPLE) == [
        "_dmarc.example.com",
        "_dmarc.com",
        "_dmarc.a.example.com",
        "_dmarc.example.com",
        "_dmarc.com",
        "_dmarc.example.net",
        "_dmarc.net",
    ]


@pytest.mark.parametrize("name", ["_dmarc.com", "_dmarc.a.example.com"])
def test_without_an_answer_alignment_is_not_known(name: str) -> None:
    found = ask(align("example.com", [spf("a.example.com")], RELAXED), {**EXAMPLE, name: Status.TIMEOUT})
    assert found == (
        IdentifierAlignment(
            identifier=spf("a.example.com"),
            mode="relaxed",
            is_aligned=None,
            why=f"TXT of {name} is not known (timeout), so neither is the alignment",
        ),
    )
