"""What SPF says of a message, as far as the answers are known."""

import pytest

from emailauth.core.explanation import Reason, Verdict
from emailauth.workflow.explaining import Message
from tests.workflow.explained import explained, message


def spf(record: str, **records: str) -> tuple[str, list[str]]:
    """The result for a record of example.com, and the reasons."""
    known = {"example.com TXT": record, **{key.replace("__", " ").replace("_", "."): value for key, value in records.items()}}
    found = explained("", message(), known).spf
    return found.result, [reason.text for reason in found.reasons]


@pytest.mark.parametrize(
    ("record", "records", "result", "reasons"),
    [
        (
            "v=spf1 redirect=a.example",
            {"a_example__TXT": "v=spf1 ip4:192.0.2.1 -all"},
            "pass",
            [
                "redirect=a.example of example.com is followed",
                "ip4:192.0.2.1 of a.example matches",
                "1 of 10 look-ups, 0 of 2 voids",
            ],
        ),
        (
            "v=spf1 redirect=a.example",
            {"a_example__TXT": "v=spf1 ip4:198.51.100.1"},
            "neutral",
            [
                "redirect=a.example of example.com is followed",
                "no term of the record matches, and it has no redirect",
                "1 of 10 look-ups, 0 of 2 voids",
            ],
        ),
        ("v=spf1 ip4:198.51.100.1", {}, "neutral", ["no term of the record matches, and it has no redirect", "0 of 10 look-ups, 0 of 2 voids"]),
        ("MS=ms1", {}, "none", ["example.com has no SPF record"]),
        (
            "v=spf1 include:a.example -all",
            {"a_example__TXT": "v=spf1 -all | v=spf1 mx -all"},
            "permerror",
            ["include:a.example of example.com is tested", "a.example has 2 SPF records", "1 of 10 look-ups, 0 of 2 voids"],
        ),
        ("v=spf1 a:h.example ~all", {"h_example__A": "NXDOMAIN"}, "softfail", ["~all of example.com matches", "1 of 10 look-ups, 1 of 2 voids"]),
        (
            "v=spf1 exists:%{l}.%{h}.example ~all",
            {"joe_example_com_example__A": "127.0.0.2"},
            "pass",
            [
                "exists:%{l}.%{h}.example of example.com matches",
                "1 of 10 look-ups, 0 of 2 voids",
                "the client is taken to say HELO example.com",
            ],
        ),
        # what is told to the sender, and where that is not known
        (
            "v=spf1 -all exp=why.example",
            {"why_example__TXT": "%{i} may not, says %{d}"},
            "fail",
            ["-all of example.com matches", "0 of 10 look-ups, 0 of 2 voids", 'the sender is told: "192.0.2.1 may not, says example.com"'],
        ),
        (
            "v=spf1 -all exp=why.example",
            {},
            "fail",
            [
                "-all of example.com matches",
                "0 of 10 look-ups, 0 of 2 voids",
                "what the sender is told is not known: TXT of why.example (not looked up)",
            ],
        ),
        (
            "v=spf1 -all exp=%{p}.example",
            {},
            "fail",
            [
                "-all of example.com matches",
                "0 of 10 look-ups, 0 of 2 voids",
                "what the sender is told is not known: PTR of 1.2.0.192.in-addr.arpa (not looked up), TXT of unknown.example (not looked up)",
            ],
        ),
        ("v=spf1 -all exp=why.example", {"why_example__TXT": "NXDOMAIN"}, "fail", ["-all of example.com matches", "0 of 10 look-ups, 0 of 2 voids"]),
        # not known
        (
            "v=spf1 ip4:198.51.100.1 include:a.example -all",
            {"a_example__TXT": "v=spf1 mx -all"},
            "not known",
            [
                "include:a.example of example.com has to be tested",
                "mx of a.example has to be tested",
                "not known: MX of a.example (not looked up)",
            ],
        ),
        (
            "v=spf1 include:a.example -all",
            {"a_example__TXT": "TIMEOUT"},
            "not known",
            ["include:a.example of example.com has to be tested", "not known: TXT of a.example (timeout)"],
        ),
        (
            "v=spf1 ptr -all",
            {},
            "not known",
            ["not known: PTR of 1.2.0.192.in-addr.arpa (not looked up)"],
        ),
        (
            "v=spf1 ptr:h.example -all exp=why.example",
            {"1_2_0_192_in-addr_arpa__PTR": "NXDOMAIN"},
            "fail",
            [
                "-all of example.com matches",
                "1 of 10 look-ups, 1 of 2 voids",
                "what the sender is told is not known: TXT of why.example (not looked up)",
            ],
        ),
    ],
)  # fmt: skip
def test_spf(record: str, records: dict[str, str], result: str, reasons: list[str]) -> None:
    assert spf(record, **records) == (result, reasons)


HELO = {
    "example.com TXT": "v=spf1 exists:%{l}.%{h}.example ~all",
    "mail.example.com TXT": "v=spf1 exists:%{l}.at.%{o}.by.%{h} -all exp=why.example",
    "why.example TXT": "%{s} by %{h}, about %{d}",
}


@pytest.mark.parametrize(
    ("given", "records", "result", "reasons"),
    [
        (
            message(helo="mail.example.com"),
            {"joe.mail.example.com.example A": "127.0.0.2"},
            "pass",
            ["exists:%{l}.%{h}.example of example.com matches", "1 of 10 look-ups, 0 of 2 voids"],
        ),
        (
            message(helo="mail.example.com", mail_from="<>"),
            {"postmaster.at.mail.example.com.by.mail.example.com A": "127.0.0.2"},
            "pass",
            [
                "MAIL FROM is empty, so SPF checks postmaster@mail.example.com, by the name in HELO",
                "if that passes, mail.example.com is the domain that DMARC compares",
                "exists:%{l}.at.%{o}.by.%{h} of mail.example.com matches",
                "1 of 10 look-ups, 0 of 2 voids",
            ],
        ),
        (
            message(helo="mail.example.com", mail_from="<>"),
            {"postmaster.at.mail.example.com.by.mail.example.com A": "NXDOMAIN"},
            "fail",
            [
                "MAIL FROM is empty, so SPF checks postmaster@mail.example.com, by the name in HELO",
                "if that passes, mail.example.com is the domain that DMARC compares",
                "-all of mail.example.com matches",
                "1 of 10 look-ups, 1 of 2 voids",
                'the sender is told: "postmaster@mail.example.com by mail.example.com, about mail.example.com"',
            ],
        ),
        (
            message(helo="mail.example.com", mail_from="<>", ip=None),
            {},
            "not evaluated",
            [
                "MAIL FROM is empty, so SPF checks postmaster@mail.example.com, by the name in HELO",
                "if that passes, mail.example.com is the domain that DMARC compares",
                "no --ip is given, so SPF counts for nothing here",
            ],
        ),
    ],
)
def test_the_name_in_helo(given: Message, records: dict[str, str], result: str, reasons: list[str]) -> None:
    """RFC 7208 sections 2.4 (whom an empty MAIL FROM stands for) and 7.2 (the macro `h`)."""
    found = explained("", given, {**HELO, **records}).spf
    assert (found.result, [reason.text for reason in found.reasons]) == (result, reasons)


@pytest.mark.parametrize(
    ("helo", "alignment", "is_aligned", "verdict"),
    [
        ("example.com", "relaxed", True, Verdict.PASS),
        ("mail.example.com", "relaxed", True, Verdict.PASS),
        ("mail.example.com", "strict", False, Verdict.FAIL),
        ("mail.example.net", "relaxed", False, Verdict.FAIL),
    ],
)
def test_with_an_empty_mail_from_the_name_in_helo_is_compared(helo: str, alignment: str, is_aligned: bool, verdict: Verdict) -> None:
    """RFC 9989 section 4.4.2: the MAIL FROM identity counts, and this is what it is then."""
    names = ("mail.example.com", "mail.example.net", "com", "net", "example.net")
    domains = f"  example.com: {{spf: {{allow: [ip4:192.0.2.1]}}, dmarc: {{policy: reject, spf_alignment: {alignment}}}}}\n"
    records = {f"{name} TXT": "v=spf1 ip4:192.0.2.1 -all" for name in names} | {f"_dmarc.{name} TXT": "NXDOMAIN" for name in names}
    found = explained(domains, message(mail_from="<>", helo=helo), records)
    assert (found.mail_from, found.is_null, found.helo) == (helo, True, helo)
    assert found.spf.result == "pass"
    assert found.spf.alignment is not None
    assert found.spf.alignment.is_aligned is is_aligned
    assert found.verdict is verdict


def test_the_name_in_helo_is_not_compared_where_there_is_a_mail_from() -> None:
    domains = "  example.com: {spf: {allow: [ip4:192.0.2.1]}, dmarc: {policy: reject}}\n  example.net: parked\n"
    found = explained(domains, message(mail_from="example.net", helo="example.com"))
    assert (found.spf.domain, found.spf.result, found.verdict) == ("example.net", "fail", Verdict.FAIL)


def test_without_an_address_spf_is_left_aside() -> None:
    found = explained("  example.com: parked\n", message(ip=None))
    assert (found.spf.result, found.spf.reasons) == (
        "not evaluated",
        (Reason(text="no --ip is given, so SPF counts for nothing here"),),
    )
    assert (found.verdict, found.summary) == (
        Verdict.FAIL,
        "the message fails DMARC (SPF left aside, as no --ip is given), and example.com asks receivers to reject it (p=reject)",
    )
