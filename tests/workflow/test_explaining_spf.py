"""What SPF says of a message, as far as the answers are known."""

import pytest

from emailauth.core.explanation import Reason, Verdict
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
