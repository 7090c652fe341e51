"""DMARC for one message (RFC 9989 section 5.3, with the examples of its appendix B.4)."""

import pytest

from emailauth.core.question import Status
from emailauth.protocols.dmarc import Identifier, evaluate
from tests.protocols.dmarc.asking import Table, ask, asked

EXAMPLE: Table = {"_dmarc.example.com": "v=DMARC1; p=quarantine; sp=reject", "_dmarc.signing.example.com": "v=DMARC1; p=none"}
BANK: Table = {"_dmarc.giant.bank.example": "v=DMARC1; p=reject", "_dmarc.bank.example": "v=DMARC1; p=none; psd=y"}
DEEP = "a.b.c.d.e.f.g.h.i.j.k.example.com"


def spf(domain: str) -> Identifier:
    return Identifier(mechanism="SPF", domain=domain)


def dkim(domain: str) -> Identifier:
    return Identifier(mechanism="DKIM", domain=domain)


@pytest.mark.parametrize(
    ("author", "proved", "table", "result", "policy"),
    [
        # Appendix B.4.1, B.4.2 and B.4.3.
        ("example.com", [spf("example.com"), dkim("signing.example.com")], EXAMPLE, "pass", None),
        ("example.com", [], EXAMPLE, "fail", "quarantine"),
        (DEEP, [spf("example.com"), dkim("signing.example.com")], EXAMPLE, "pass", None),
        (DEEP, [], EXAMPLE, "fail", "reject"),
        ("giant.bank.example", [spf("mail.giant.bank.example"), dkim("mail.mega.bank.example")], BANK, "pass", None),
        ("giant.bank.example", [dkim("mail.mega.bank.example")], BANK, "fail", "reject"),
        # One is enough, in any order.
        ("example.com", [dkim("example.net"), dkim("example.com")], EXAMPLE, "pass", None),
        ("example.com", [spf("example.net"), dkim("example.org")], EXAMPLE, "fail", "quarantine"),
        # DMARC does not apply.
        ("example.org", [spf("example.org")], EXAMPLE, "none", None),
        ("example.org", [spf("example.org")], {"_dmarc.example.org": "v=DMARC1; p=x"}, "none", None),
        ("example.org", [], {"_dmarc.example.org": "v=DMARC1; p=x; rua=mailto:a@example.org"}, "fail", "none"),
        # What is not answered is never fail; and where one identifier is aligned, it does not matter.
        ("example.com", [spf("example.com")], {"_dmarc.example.com": Status.SERVFAIL}, "temperror", None),
        ("example.com", [spf("a.example.com")], {**EXAMPLE, "_dmarc.a.example.com": Status.TIMEOUT}, "temperror", None),
        ("example.com", [spf("a.example.com"), dkim("example.com")], {**EXAMPLE, "_dmarc.a.example.com": Status.TIMEOUT}, "pass", None),
    ],
)
def test_the_result_and_what_the_owner_asks_for(
    author: str, proved: list[Identifier], table: Table, result: str, policy: str | None
) -> None:
    found = ask(evaluate(author, proved), table)
    assert (found.result, found.policy) == (result, policy)
    assert found.discovery.author == author


def test_alignment_is_told_for_each_identifier_in_its_order() -> None:
    found = ask(evaluate("example.com", [dkim("example.net"), spf("a.example.com")]), EXAMPLE)
    assert [(one.identifier, one.is_aligned) for one in found.alignments] == [(dkim("example.net"), False), (spf("a.example.com"), True)]


def test_without_dmarc_no_alignment_is_asked_for() -> None:
    assert asked(evaluate("example.org", [spf("a.example.org")]), {}) == ["_dmarc.example.org", "_dmarc.org"]
