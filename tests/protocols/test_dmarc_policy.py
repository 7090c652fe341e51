"""What receivers apply (RFC 9989 sections 4.7 and 4.10), and the dangers that follow from comparing it."""

import pytest

from emailauth.core.transition import Transition
from emailauth.protocols import dmarc
from emailauth.protocols.dmarc import Applied, Policy, applied, dangers, effective, is_weaker

RUA = "rua=mailto:dmarc@example.com"


def applies(policy: Policy, subdomain: Policy, nonexistent: Policy) -> Applied:
    return Applied(policy=policy, subdomain=subdomain, nonexistent=nonexistent)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1; p=reject", applies("reject", "reject", "reject")),
        ("v=DMARC1; p=REJECT", applies("reject", "reject", "reject")),
        ("v=DMARC1; p=reject; sp=none", applies("reject", "none", "none")),
        ("v=DMARC1; p=none; np=reject", applies("none", "none", "reject")),
        ("v=DMARC1; p=none; sp=quarantine; np=reject", applies("none", "quarantine", "reject")),
        ("v=DMARC1; p=reject; sp=quarantine; np=none; t=y", applies("quarantine", "none", "none")),
        ("v=DMARC1; p=reject; t=n; pct=0", applies("reject", "reject", "reject")),
        # Section 4.10.1: with an invalid policy the record is good for reports only.
        (f"v=DMARC1; {RUA}", applies("none", "none", "none")),
        (f"v=DMARC1; p=reject; sp=bogus; {RUA}", applies("none", "none", "none")),
        (f"v=DMARC1; p=reject; np=bogus; {RUA}", applies("none", "none", "none")),
        ("v=DMARC1; p=reject; sp=bogus", None),
        ("v=DMARC1; p=banana; rua=dmarc@example.com", None),
        ("v=DMARC1", None),
        # Syntax errors in the rest of the record change nothing.
        ("v=DMARC1; p=reject; adkim=x; junk", applies("reject", "reject", "reject")),
        ("v=DMARC1; p=reject; p=none", applies("reject", "reject", "reject")),
        ("v=dmarc1; p=reject", None),
        ("p=reject; v=DMARC1", None),
        ("", None),
    ],
)
def test_one_record(text: str, expected: Applied | None) -> None:
    assert applied([text]) == expected


def test_several_records_count_as_none_and_other_values_not_at_all() -> None:
    assert applied([]) is None
    assert applied(["v=DMARC1; p=reject", "v=DMARC1; p=none"]) is None
    assert applied(["v=spf1 -all", "v=DMARC1; p=reject"]) == applies("reject", "reject", "reject")


def test_test_mode_lowers_every_policy_by_one_level() -> None:
    assert effective("reject", testing=True) == applies("quarantine", "quarantine", "quarantine")
    assert effective("quarantine", subdomain="none", nonexistent="reject", testing=True) == applies("none", "none", "quarantine")


def test_the_order_of_policies() -> None:
    assert is_weaker("none", "quarantine")
    assert is_weaker("quarantine", "reject")
    assert not is_weaker("reject", "reject")
    assert not is_weaker("reject", "none")


def found(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    change = Transition(
        domain="example.com", before={"dmarc": tuple(before)} if before else {}, after={"dmarc": tuple(after)} if after else {}
    )
    return [(danger.name, danger.message) for danger in dangers(change)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["v=DMARC1; p=none"]),
        (["v=DMARC1; p=none"], ["v=DMARC1; p=reject"]),
        (["v=DMARC1; p=reject"], ["v=DMARC1; p=reject; sp=reject; adkim=s"]),
        (["v=DMARC1; p=reject; pct=10"], ["v=DMARC1; p=reject"]),
        # Test mode makes none of none: nothing gets weaker.
        (["v=DMARC1; p=none"], ["v=DMARC1; p=none; t=y"]),
        (["v=DMARC1; p=quarantine"], ["v=DMARC1; p=reject; t=y"]),
        # Receivers apply nothing while there are two.
        (["v=DMARC1; p=reject", "v=DMARC1; p=quarantine"], ["v=DMARC1; p=none"]),
        (["v=DMARC1; p=reject", "v=DMARC1; p=quarantine"], []),
        (["v=DMARC1; p=bogus"], []),
        # Reports may move, and a record that nobody read may lose them.
        ([f"v=DMARC1; p=none; {RUA}"], ["v=DMARC1; p=none; rua=mailto:other@example.com"]),
        (["v=DMARC1; p=none; rua=nobody"], ["v=DMARC1; p=none"]),
        ([f"v=DMARC1; p=none; {RUA}", "v=DMARC1; p=none"], ["v=DMARC1; p=none"]),
    ],
)
def test_changes_without_danger(before: list[str], after: list[str]) -> None:
    assert found(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "v=DMARC1; p=reject",
            "v=DMARC1; p=none",
            (
                "for example.com from reject to none, for existing subdomains of example.com from reject to none, "
                "for subdomains of example.com that do not exist from reject to none"
            ),
        ),
        (
            "v=DMARC1; p=reject",
            "v=DMARC1; p=reject; sp=quarantine; np=reject",
            "for existing subdomains of example.com from reject to quarantine",
        ),
        (
            "v=DMARC1; p=none; np=reject",
            "v=DMARC1; p=reject; np=none",
            "for subdomains of example.com that do not exist from reject to none",
        ),
        (
            "v=DMARC1; p=quarantine; sp=none",
            "v=DMARC1; p=quarantine; sp=none; t=y",
            "for example.com from quarantine to none",
        ),
    ],
)
def test_a_weaker_policy_is_a_danger(before: str, after: str, message: str) -> None:
    assert found([before], [after]) == [("weaken-dmarc", f"the policy for mail that fails DMARC would go down: {message}")]


def test_the_removal_of_a_record_is_a_danger() -> None:
    message = "receivers would apply no DMARC to mail from example.com any more (now: none)"
    assert found([f"v=DMARC1; p=none; {RUA}"], []) == [("weaken-dmarc", message)]


def test_the_end_of_all_reports_is_a_danger() -> None:
    message = "nobody would get the aggregate reports on mail from example.com any more"
    assert found([f"v=DMARC1; p=none; {RUA}"], ["v=DMARC1; p=reject"]) == [("remove-dmarc-reports", message)]


def test_every_danger_can_be_allowed_by_name() -> None:
    assert set(dmarc.DANGERS) == {"weaken-dmarc", "remove-dmarc-reports"}
