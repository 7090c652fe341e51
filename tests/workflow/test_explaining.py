"""What DMARC makes of a message under a posture, as far as the answers are known: never a guess, and decided where it is decided."""

import pytest

from emailauth.core.explanation import Alignment, Reason, Verdict
from emailauth.workflow.explaining import Message
from tests.workflow.explained import ED25519, explained, message

PASS, FAIL, NOT_APPLIED, NOT_KNOWN = Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLIED, Verdict.NOT_KNOWN


SUB = """\
  example.com:
    spf: {allow: ["ip4:192.0.2.0/24"], otherwise: fail}
    dmarc: {policy: reject, subdomain_policy: quarantine}
  a.example.com:
    spf: {allow: ["ip4:192.0.2.0/24"], otherwise: fail}
    dmarc: absent
  b.example.com: {dmarc: absent}
  c.example.com: {dmarc: {policy: none}}
  test.example: {dmarc: {policy: quarantine, testing: true}}
  np.example: {dmarc: {policy: reject, nonexistent_subdomain_policy: quarantine}}
  x.np.example: {dmarc: absent, spf: absent}
  y.np.example: {dmarc: absent, spf: {otherwise: fail}}
  same.example: {dmarc: {policy: reject, nonexistent_subdomain_policy: reject}}
  x.same.example: {dmarc: absent}
"""


@pytest.mark.parametrize(
    ("author", "policy", "tag", "asked", "reasons"),
    [
        ("example.com", "reject", "p", 1, ["the record of example.com, the Author Domain, says p=reject"]),
        ("c.example.com", "none", "p", 1, ["the record of c.example.com, the Author Domain, says p=none"]),
        (
            "a.example.com",
            "quarantine",
            "sp",
            3,
            ["the record of example.com, the Organizational Domain, says sp=quarantine, whatever is at _dmarc.com"],
        ),
        ("test.example", "none", "p", 1, ["the record of test.example, the Author Domain, says p=quarantine, and t=y makes none of it"]),
        # the file shows that y.np.example exists, and of x.np.example it shows nothing
        (
            "y.np.example",
            "reject",
            "p",
            3,
            ["the record of np.example, the Organizational Domain, says p=reject, whatever is at _dmarc.example"],
        ),
        (
            "x.np.example",
            None,
            None,
            3,
            [
                (
                    "whether x.np.example exists is not known: if it does, the record of np.example, the Organizational Domain, says p=reject; "
                    "if not, the record of np.example, the Organizational Domain, says np=quarantine"
                )
            ],
        ),
        (
            "x.same.example",
            "reject",
            None,
            3,
            [
                (
                    "the record of same.example, the Organizational Domain, says np=reject, whatever is at _dmarc.example; "
                    "whether x.same.example exists is not known, and makes no difference"
                )
            ],
        ),
        # a record of its own could say anything
        (
            "d.example.com",
            None,
            None,
            1,
            [
                "not known: TXT of _dmarc.d.example.com (not looked up)",
                "if there is none, the record of example.com, the Organizational Domain, says sp=quarantine",
            ],
        ),
        (
            "d.np.example",
            None,
            None,
            1,
            ["not known: TXT of _dmarc.d.np.example (not looked up)"],
        ),
    ],
)
def test_the_policy_that_the_file_tells(author: str, policy: str | None, tag: str | None, asked: int, reasons: list[str]) -> None:
    found = explained(SUB, message(f"joe@{author}", ip=None)).dmarc
    assert (found.policy, found.tag, len(found.asked), [reason.text for reason in found.reasons]) == (policy, tag, asked, reasons)


@pytest.mark.parametrize(
    ("records", "verdict", "summary"),
    [
        (
            {"_dmarc.example.com": "NXDOMAIN", "_dmarc.com": "NO_DATA"},
            NOT_APPLIED,
            "there is no DMARC record for example.com or for a domain above it where receivers look, so they apply no DMARC",
        ),
        (
            {"_dmarc.example.com": "v=DMARC1; p=rejcet"},
            NOT_APPLIED,
            "the record of example.com, the Author Domain, says p=rejcet: as it asks for no reports at a valid URI, receivers apply no DMARC",
        ),
        (
            {"_dmarc.example.com": "v=DMARC1; p=rejcet; rua=mailto:d@example.com"},
            FAIL,
            "the message fails DMARC, and example.com asks receivers to do nothing about it",
        ),
        (
            {"_dmarc.example.com": "v=DMARC1; p=Reject; t=y"},
            FAIL,
            "the message fails DMARC, and example.com asks receivers to quarantine it (p=Reject, t=y)",
        ),
        (
            {"_dmarc.example.com": "SERVFAIL"},
            NOT_KNOWN,
            "whether the message passes DMARC depends on TXT of _dmarc.example.com (servfail)",
        ),
        (
            {"_dmarc.example.com": "NXDOMAIN"},
            NOT_KNOWN,
            "whether the message passes DMARC depends on TXT of _dmarc.com (not looked up)",
        ),
    ],
)
def test_whether_dmarc_applies(records: dict[str, str], verdict: Verdict, summary: str) -> None:
    known = {"example.com TXT": "v=spf1 -all", **{f"{name} TXT": value for name, value in records.items()}}
    found = explained("", message(), known)
    assert (found.verdict, found.summary) == (verdict, summary)


def test_a_policy_that_is_not_known_does_not_keep_the_message_from_failing() -> None:
    found = explained(SUB, message("joe@x.np.example", ip=None))
    assert (found.verdict, found.disposition) == (FAIL, None)
    assert found.summary.endswith("and what np.example asks receivers to do with it is not known")


STRICT = """\
  example.com: {dmarc: {policy: reject, dkim_alignment: strict}}
  a.example.com: {dmarc: absent}
  org.example.com: {dmarc: {policy: reject, public_suffix_domain: false}}
"""


@pytest.mark.parametrize(
    ("domain", "alignment"),
    [
        ("example.com", Alignment(mode="relaxed", is_aligned=True, reason=Reason(text="example.com is the Author Domain itself", clause="RFC 9989 section 4.4"))),
        (
            "a.example.com",
            Alignment(
                mode="relaxed",
                is_aligned=True,
                reason=Reason(
                    text="a.example.com and example.com have the same Organizational Domain, whatever is at _dmarc.com "
                    "(a top-level domain is no Organizational Domain)",
                    clause="RFC 9989 section 4.10.2",
                ),
            ),
        ),
        (
            "b.example.com",
            Alignment(
                mode="relaxed",
                is_aligned=None,
                reason=Reason(text="not known: TXT of _dmarc.com (not looked up), TXT of _dmarc.b.example.com (not looked up)", clause="RFC 9989 section 4.10.2"),
            ),
        ),
        (
            "org.example.com",
            Alignment(
                mode="relaxed",
                is_aligned=False,
                reason=Reason(
                    text="org.example.com and example.com have different Organizational Domains, whatever is at _dmarc.com "
                    "(a top-level domain is no Organizational Domain)",
                    clause="RFC 9989 section 4.10.2",
                ),
            ),
        ),
        (
            "example.org",
            Alignment(
                mode="relaxed",
                is_aligned=False,
                reason=Reason(
                    text="example.org and example.com have different Organizational Domains, whatever is at _dmarc.com and "
                    "_dmarc.example.org and _dmarc.org (a top-level domain is no Organizational Domain)",
                    clause="RFC 9989 section 4.10.2",
                ),
            ),
        ),
    ],
)  # fmt: skip
def test_alignment_as_far_as_the_file_tells_it(domain: str, alignment: Alignment) -> None:
    assert explained(STRICT, message(mail_from=domain)).spf.alignment == alignment


def test_strict_alignment_asks_nothing() -> None:
    (found,) = explained(STRICT, message(dkim="a.example.com/s1")).signatures
    assert found.alignment == Alignment(
        mode="strict",
        is_aligned=False,
        reason=Reason(text="a.example.com is not the Author Domain example.com itself", clause="RFC 9989 section 4.4"),
    )
    assert [str(one) for one in found.missing] == ["TXT of s1._domainkey.a.example.com (not looked up)"]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (message(mail_from="a.example.com"), NOT_KNOWN),  # could pass, and is aligned
        (message(mail_from="org.example.com"), FAIL),  # could pass, and is not aligned
        (message(mail_from="b.example.com", ip=None), FAIL),  # could be aligned, and does not pass
        (message(mail_from="a.example.com", dkim="example.com/s1"), PASS),  # one is enough
    ],
)
def test_what_decides_without_the_rest(given: Message, verdict: Verdict) -> None:
    assert explained(STRICT, given, {"s1._domainkey.example.com TXT": f"v=DKIM1; {ED25519}"}).verdict is verdict


def test_with_a_file_the_rest_comes_from_dns() -> None:
    records = {
        "example.com TXT": "v=spf1 -all",  # the file's record is asked for no more
        "_spf.example.net TXT": "v=spf1 ip4:192.0.2.1 -all",
        "_dmarc.com TXT": "NXDOMAIN",
        "x.np.example TXT": "NXDOMAIN",
        "_dmarc.example TXT": "NO_DATA",
    }
    file = """\
  example.com:
    spf: {allow: ["include:_spf.example.net"], otherwise: fail}
    dmarc: {policy: reject}
  np.example: {dmarc: {policy: reject, nonexistent_subdomain_policy: quarantine}}
  x.np.example: {spf: absent, dmarc: absent}
"""
    assert explained(file, message(), records).verdict is PASS
    found = explained(file, message("joe@x.np.example"), records)
    assert (found.spf.result, found.dmarc.tag, found.disposition) == ("none", "np", "quarantine")


def test_far_too_many_names_that_are_not_known_decide_nothing() -> None:
    author, other = (f"{'.'.join(labels)}.example.com" for labels in ("abcdef", "uvwxyz"))
    found = explained(f"  {author}: {{dmarc: {{policy: reject}}}}\n", message(f"joe@{author}", mail_from=other)).spf.alignment
    assert found is not None
    assert found.is_aligned is None
