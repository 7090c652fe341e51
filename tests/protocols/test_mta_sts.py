"""MTA-STS: the policy file, the record that announces it, and what is dangerous in a change (RFC 8461)."""

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.claim import Claim
from emailauth.core.file import HostedFile
from emailauth.core.posture import Domain
from emailauth.core.record import Record, Stage
from emailauth.core.transition import Transition
from emailauth.protocols import mta_sts
from emailauth.protocols.mta_sts import InvalidTextError, MtaSts, Pattern, Policy, parse_policy, parse_record, render_record
from emailauth.protocols.mx import MailHost, Mx

POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"


def domain(section: MtaSts, *hosts: str) -> Domain:
    mx = Mx(hosts=tuple(MailHost(preference=10, host=host) for host in hosts))
    return Domain(name="example.com", route=("domains", "example.com"), sections={"mx": mx, "mta_sts": section})


def test_the_policy_file_has_one_crlf_line_for_each_field() -> None:
    policy = Policy(mode="enforce", mx=("mail.example.com", "*.example.net"), max_age=604800)
    assert policy.body == POLICY


def test_the_id_is_made_from_the_very_bytes_of_the_policy() -> None:
    policy = parse_policy(POLICY)
    assert policy.id == hashlib.sha256(POLICY).hexdigest()[:32]
    assert len(policy.id) == 32


@pytest.mark.parametrize(
    ("body", "policy"),
    [
        pytest.param(POLICY, Policy(mode="enforce", mx=("mail.example.com", "*.example.net"), max_age=604800), id="as rendered"),
        pytest.param(
            POLICY.replace(b"\r\n", b"\n"), Policy(mode="enforce", mx=("mail.example.com", "*.example.net"), max_age=604800), id="LF"
        ),
        pytest.param(
            b"version: STSv1\nmode: none\nmax_age: 0", Policy(mode="none", mx=(), max_age=0), id="none without mx or last line end"
        ),
        pytest.param(
            b"max_age:31557600 \t\r\nmx:\tmx\r\nmode:testing\r\nversion:STSv1",
            Policy(mode="testing", mx=("mx",), max_age=31557600),
            id="any order, any space behind the colon, space at the end",
        ),
        pytest.param(
            b"version: STSv1\nversion: STSv2\nmode: none\nmode: enforce\nmax_age: 1\nmax_age: 2\n",
            Policy(mode="none", mx=(), max_age=1),
            id="the first of a repeated field",
        ),
        pytest.param(
            "version: STSv1\nmode: none\nmax_age: 1\nx-note.1_2: grüße an alle\n".encode(),
            Policy(mode="none", mx=(), max_age=1),
            id="unknown field",
        ),
    ],
)
def test_reads_a_policy(body: bytes, policy: Policy) -> None:
    assert parse_policy(body) == policy


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "line 1 is not 'key: value': ''"),
        (b"\xef\xbb\xbfversion: STSv1\n", "line 1 is not 'key: value': '\\ufeffversion: STSv1'"),
        (b"version: STSv1\nmode: none\nmax_age: 1\nnote: \xff\n", "not UTF-8 at byte 43"),
        (b"version: STSv1\n\nmode: none\nmax_age: 1\n", "line 2 is not 'key: value': ''"),
        (b"version: STSv1\nmode: none\nmax_age: 1\n\n", "line 4 is not 'key: value': ''"),
        (b"version : STSv1\nmode: none\nmax_age: 1\n", "line 1 is not 'key: value': 'version : STSv1'"),
        (b"version: STSv1\rmode: none\rmax_age: 1\r", "line 1 is not 'key: value': 'version: STSv1\\rmode: none\\rmax_age: 1\\r'"),
        (b"version: STSv1\nmode: none\nmax_age: 1\r", "line 3 is not 'key: value': 'max_age: 1\\r'"),
        (b"mode: none\nmax_age: 1\n", "no version"),
        (b"Version: STSv1\nmode: none\nmax_age: 1\n", "no version"),
        (b"version: STSv1\nmax_age: 1\n", "no mode"),
        (b"version: STSv1\nmode: none\n", "no max_age"),
        (b"version: stsv1\nmode: none\nmax_age: 1\n", "version 'stsv1' is not 'STSv1'"),
        (b"version: STSv1\nmode: Enforce\nmax_age: 1\n", "mode 'Enforce' is none of enforce, testing, none"),
        (b"version: STSv1\nmode: none\nmax_age: -1\n", "max_age '-1' is no number of seconds up to 31557600"),
        (b"version: STSv1\nmode: none\nmax_age: 31557601\n", "max_age '31557601' is no number of seconds up to 31557600"),
        (b"version: STSv1\nmode: none\nmax_age: 00000000001\n", "max_age '00000000001' is no number of seconds up to 31557600"),
        (b"version: STSv1\nmode: enforce\nmax_age: 1\n", "no mx, which mode enforce needs"),
        (b"version: STSv1\nmode: testing\nmax_age: 1\nmx: mx.example.com.\n", "mx 'mx.example.com.' is no host name and no '*.' with one"),
        (b"version: STSv1\nmode: testing\nmax_age: 1\nmx: .example.com\n", "mx '.example.com' is no host name and no '*.' with one"),
    ],
)
def test_refuses_what_is_no_policy(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidTextError) as refused:
        parse_policy(body)
    assert str(refused.value) == reason


LABELS = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?", fullmatch=True)
PATTERNS = st.builds(lambda star, names: star + ".".join(names), st.sampled_from(["", "*."]), st.lists(LABELS, min_size=1, max_size=4))
POLICIES = st.builds(
    Policy,
    mode=st.sampled_from(["enforce", "testing", "none"]),
    mx=st.lists(PATTERNS, min_size=1, max_size=5).map(tuple),
    max_age=st.integers(0, 31557600),
)


@given(POLICIES)
@settings(max_examples=100)
def test_law_a_policy_reads_back_as_it_was_rendered(policy: Policy) -> None:
    assert parse_policy(policy.body) == policy
    assert parse_record(render_record(policy.id)) == policy.id


@given(POLICIES, POLICIES)
@settings(max_examples=100)
def test_law_policies_have_the_same_id_only_if_they_are_the_same(one: Policy, other: Policy) -> None:
    assert (one.id == other.id) == (one == other)


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_law_any_octets_are_a_policy_or_are_refused(body: bytes) -> None:
    try:
        policy = parse_policy(body)
    except InvalidTextError:
        return
    assert parse_policy(policy.body) == policy


@pytest.mark.parametrize(
    ("text", "policy_id"),
    [
        ("v=STSv1; id=20160831085700Z;", "20160831085700Z"),
        ("v=STSv1;id=a", "a"),
        ("v=STSv1; note=x; id=a; id=b", "a"),
        ("v=STSv1;\tid=a \t; x.y_z-1=!~", "a"),
    ],
)
def test_reads_a_record(text: str, policy_id: str) -> None:
    assert parse_record(text) == policy_id


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v=STSv1", "does not begin with 'v=STSv1;'"),
        ("v=STSv1 ; id=a", "does not begin with 'v=STSv1;'"),
        ("V=STSv1; id=a", "does not begin with 'v=STSv1;'"),
        (" v=STSv1; id=a", "does not begin with 'v=STSv1;'"),
        ("v=STSv1;", "no id"),
        ("v=STSv1; ID=a", "no id"),
        ("v=STSv1; id=", "'id=' is not 'name=value'"),
        ("v=STSv1; id=a;;", "'' is not 'name=value'"),
        ("v=STSv1; id = a", "'id = a' is not 'name=value'"),
        ("v=STSv1; id=2026-01-01", "id '2026-01-01' is not 1 to 32 letters and digits"),
        ("v=STSv1; id=" + "a" * 33, "id '" + "a" * 33 + "' is not 1 to 32 letters and digits"),
    ],
)
def test_refuses_what_is_no_record(text: str, reason: str) -> None:
    with pytest.raises(InvalidTextError) as refused:
        parse_record(text)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("pattern", "host", "covers"),
    [
        ("mx.example.com", "mx.example.com", True),
        ("MX.Example.com", "mx.example.com", True),
        ("mx.example.com", "mx2.example.com", False),
        ("mx.example.com", "*.example.com", False),
        ("*.example.com", "mx.example.com", True),
        ("*.example.com", "MX.EXAMPLE.COM", True),
        ("*.example.com", "*.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.mx.example.com", False),
        ("*.mx.example.com", "*.example.com", False),
    ],
)
def test_a_wildcard_stands_for_exactly_one_label(pattern: str, host: str, covers: bool) -> None:
    assert Pattern(pattern).covers(host) is covers


def test_the_section_asks_for_the_file_and_for_the_record_that_announces_it() -> None:
    section = msgspec.convert({"mode": "enforce", "max_age": 604800, "mx": ["mail.example.com", "*.example.net"]}, mta_sts.Shape)
    asked = mta_sts.section(section)
    own = domain(section)
    assert list(asked.hosted_files(own)) == [
        HostedFile(
            url="https://mta-sts.example.com/.well-known/mta-sts.txt",
            body=POLICY,
            content_type="text/plain",
            domain="example.com",
            kind="mta_sts",
        )
    ]
    assert list(asked.records(own)) == [
        Record(
            name="_mta-sts.example.com",
            type="TXT",
            value=f"v=STSv1; id={hashlib.sha256(POLICY).hexdigest()[:32]};",
            domain="example.com",
            kind="mta_sts",
            stage=Stage.ANNOUNCEMENTS,
        )
    ]
    assert list(asked.subjects(own)) == [(Pattern("mail.example.com"), ("mx", 0)), (Pattern("*.example.net"), ("mx", 1))]
    assert (list(asked.paths()), asked.mail_hosts()) == ([], None)


def test_absent_claims_what_the_section_claims_and_stops_serving_the_policy() -> None:
    section = MtaSts(mode="none", max_age=1)
    claims = [
        Claim(
            name="_mta-sts.example.com",
            type="TXT",
            domain="example.com",
            kind="mta_sts",
            recognises=mta_sts.recognises,
            stage=Stage.ANNOUNCEMENTS,
        )
    ]
    assert list(section.claims("example.com")) == claims
    assert list(mta_sts.absent_claims("example.com")) == claims
    assert mta_sts.absent_urls("example.com") == {"https://mta-sts.example.com/.well-known/mta-sts.txt": "mta_sts"}


def test_from_mx_takes_the_hosts_of_the_domain_behind_those_that_are_written() -> None:
    section = MtaSts(mode="testing", max_age=1, mx=("old.example.net", "mx1.example.com"), from_mx=True)
    assert section.policy(domain(section, "mx1.example.com", "mx2.example.com")).mx == (
        "old.example.net",
        "mx1.example.com",
        "mx2.example.com",
    )


def test_a_text_that_no_policy_can_hold_is_still_rendered() -> None:
    section = MtaSts(mode="testing", max_age=1, mx=("\ud800",))
    assert section.policy(domain(section)).body == b"version: STSv1\r\nmode: testing\r\nmx: \\ud800\r\nmax_age: 1\r\n"


def policy(mode: str, *mx: str, max_age: int = 604800) -> bytes:
    return Policy(mode=mode, mx=mx, max_age=max_age).body


def change(before: bytes | None, after: bytes | None, *, announced: bool = True) -> list[tuple[str, str]]:
    """The dangers of a change from one policy file to another, with the record that belongs to it."""
    transition = Transition(
        domain="example.com",
        before={"mta_sts": ("v=STSv1; id=1;",)} if announced else {},
        after={} if after is None else {"mta_sts": ("v=STSv1; id=2;",)},
        files_before={} if before is None else {"mta_sts": before},
        files_after={} if after is None else {"mta_sts": after},
    )
    dangers = list(mta_sts.dangers(transition))
    assert {danger.domain for danger in dangers} <= {"example.com"}
    assert {danger.name for danger in dangers} <= set(mta_sts.DANGERS)
    return [(danger.name, danger.message) for danger in dangers]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(policy("enforce", "a.example"), policy("enforce", "a.example", "b.example"), id="a host more"),
        pytest.param(policy("enforce", "a.example.com"), policy("enforce", "*.example.com"), id="the same host by a wildcard"),
        pytest.param(policy("enforce", "a.example"), policy("testing", "b.example"), id="no longer enforced"),
        pytest.param(policy("enforce", "a.example"), policy("none", max_age=86400), id="the first step of leaving"),
        pytest.param(policy("none", max_age=86400), None, id="the last step of leaving"),
        pytest.param(policy("none", "a.example"), policy("enforce", "b.example"), id="nothing was asked for before"),
        pytest.param(policy("testing", "a.example"), policy("enforce", "a.example"), id="from testing to enforce"),
        pytest.param(b"<html>", None, id="senders could never read it"),
        pytest.param(b"<html>", policy("enforce", "a.example"), id="senders could not read it before"),
    ],
)
def test_a_change_without_danger(before: bytes, after: bytes | None) -> None:
    assert change(before, after) == []


def test_a_first_policy_is_no_danger() -> None:
    assert change(None, policy("enforce", "a.example"), announced=False) == []


KEPT = (
    "senders keep the policy {} and hold the mail hosts to it although it is gone: "
    "first publish mode none with a small max_age, and remove it when that time is over"
)


@pytest.mark.parametrize(
    ("before", "announced", "how_long"),
    [
        (policy("enforce", "a.example"), True, "for up to 604800 seconds"),
        (policy("testing", "a.example", max_age=3600), True, "for up to 3600 seconds"),
        (policy("enforce", "a.example"), False, "for up to 604800 seconds"),
        (policy("enforce", "a.example") + b"\r\n", True, "for up to 604800 seconds"),
        (None, True, "for as long as its max_age says, which is not known here"),
    ],
)
def test_removing_a_policy_that_senders_keep_is_a_danger(before: bytes | None, announced: bool, how_long: str) -> None:
    assert change(before, None, announced=announced) == [("remove-mta-sts", KEPT.format(how_long))]


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        (policy("enforce", "a.example", "b.example"), policy("enforce", "a.example"), "b.example"),
        (policy("enforce", "a.example", "b.example"), policy("enforce", "c.example"), "a.example, b.example"),
        (policy("testing", "a.example", "b.example"), policy("enforce", "a.example"), "b.example"),
        (policy("enforce", "*.example.com"), policy("enforce", "mx.example.com"), "*.example.com"),
    ],
)
def test_taking_a_host_from_an_enforced_policy_is_a_danger(before: bytes, after: bytes, gone: str) -> None:
    ((name, message),) = change(before, after)
    assert name == "shrink-mta-sts-policy"
    assert message.startswith(f"{gone} leaves a policy that is enforced")
