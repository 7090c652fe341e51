"""What the rules about MTA-STS say, beyond the examples on their pages."""

from typing import Any

import pytest

from emailauth.core.diagnostic import Fix
from tests.protocols.judging import BASE, findings, messages

TWO = [{"preference": 10, "host": "mx1.example.com"}, {"preference": 20, "host": "mx2.example.net"}]
WEEK = 604800


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("mx.*.example.com", "'mx.*.example.com' is no host name: a wildcard is the whole first label, as in '*.example.net'"),
        ("*", "'*' is no host name: a wildcard is the whole first label, as in '*.example.net'"),
        ("bücher.example", "'bücher.example' is no host name: write internationalised labels as A-labels (xn--...)"),
        ("mail_1.example.com", "'mail_1.example.com' is no host name: it consists of labels of letters, digits and hyphens"),
        ("", "'' is no host name: it consists of labels of letters, digits and hyphens"),
        ("2001:db8::1", "'2001:db8::1' is no host name: it consists of labels of letters, digits and hyphens"),
        ("192.0.2.1", "'192.0.2.1' is an address: write the host name that stands in the MX record"),
    ],
)
def test_a_pattern_is_a_host_name(pattern: str, message: str) -> None:
    section = {"mode": "testing", "max_age": WEEK, "mx": ["mx.example.com", pattern]}
    assert findings("mta_sts", {"mta_sts": section}) == [("mta-sts-pattern-syntax", message, ("mta_sts", "mx", 1), None)]


def test_a_dot_at_the_end_can_be_taken_away() -> None:
    section = {"mode": "testing", "max_age": WEEK, "mx": ["*.example.com."]}
    ((rule, _, route, fix),) = findings("mta_sts", {"mta_sts": section})
    assert (rule, route) == ("mta-sts-pattern-syntax", ("mta_sts", "mx", 0))
    assert fix == Fix(description="write '*.example.com'", at=(*BASE, "mta_sts", "mx", 0), value="*.example.com")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        pytest.param({"mode": "enforce", "max_age": WEEK, "mx": ["MX1.example.com", "*.example.net"]}, [], id="covered"),
        pytest.param({"mode": "none", "max_age": WEEK, "mx": ["mx1.example.com"]}, [], id="no policy any more"),
        pytest.param({"mode": "enforce", "max_age": WEEK, "from_mx": True}, [], id="taken from mx"),
        pytest.param(
            {"mode": "enforce", "max_age": WEEK, "mx": ["mx1.example.com"]},
            [("mta-sts-mx-not-covered", "no pattern matches the MX host mx2.example.net: senders deliver nothing to it")],
            id="enforced",
        ),
        pytest.param(
            {"mode": "testing", "max_age": WEEK, "mx": ["mx1.example.com"]},
            [("mta-sts-mx-not-covered", "no pattern matches the MX host mx2.example.net: senders report it as a failure")],
            id="tested",
        ),
        pytest.param(
            {"mode": "enforce", "max_age": WEEK, "from_mx": True, "mx": ["mx1.example.com", "old.example.net"]},
            [("mta-sts-pattern-stale", "'old.example.net' matches no MX host")],
            id="a move of the mail",
        ),
        pytest.param(
            {"mode": "enforce", "max_age": WEEK},
            [("mta-sts-no-hosts", "mode enforce needs a host: list them under mx, or say from_mx: true")],
            id="no hosts",
        ),
    ],
)
def test_the_policy_against_the_mail_hosts(section: dict[str, Any], said: list[tuple[str, str]]) -> None:
    assert messages("mta_sts", {"mx": TWO, "mta_sts": section}) == said


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            {"mode": "enforce", "max_age": WEEK, "from_mx": True},
            [("mta-sts-no-hosts", "from_mx finds no hosts, as the domain receives no mail (null MX): take MTA-STS out")],
        ),
        (
            {"mode": "testing", "max_age": WEEK, "mx": ["mx.example.com"]},
            [("mta-sts-with-null-mx", "the domain receives no mail (null MX): mode none, until senders have forgotten the policy")],
        ),
        ({"mode": "none", "max_age": 86400, "from_mx": True}, []),
    ],
)
def test_a_policy_where_no_mail_is_received(section: dict[str, Any], said: list[tuple[str, str]]) -> None:
    assert messages("mta_sts", {"mx": "null_mx", "mta_sts": section}) == said


@pytest.mark.parametrize(
    ("mode", "max_age", "said"),
    [
        ("enforce", 604800, []),
        ("enforce", 604799, ["604799 seconds protect for less than a week: write 1209600 or more"]),
        ("testing", 60, []),
        ("none", 0, ["some senders refuse a policy with max_age 0: write 86400 at least"]),
        ("testing", 31557600, []),
        ("testing", 31557601, ["max_age is 31557601, 31557600 is allowed: senders drop the policy"]),
    ],
)
def test_how_long_a_policy_is_kept(mode: str, max_age: int, said: list[str]) -> None:
    section = {"mode": mode, "max_age": max_age, "mx": ["mx.example.com"]}
    assert [message for _, message in messages("mta_sts", {"mta_sts": section})] == said
