"""What the rules on DMARC tell, and what they let be, beyond the example of each rule's page."""

from typing import Any

import msgspec
import pytest

from emailauth.core.diagnostic import Route
from emailauth.core.posture import ABSENT, Absent, Domain, Posture, Section
from emailauth.lint import engine
from emailauth.lint.rules import all_rules
from emailauth.protocols import modules

RULES = {rule.id: rule for rule in all_rules().values() if rule.protocol in {"dmarc", "portfolio"}}


def domain(name: str, said: dict[str, Any]) -> Domain:
    sections: dict[str, Section | Absent] = {}
    for key, value in said.items():
        protocol = modules()[key]
        sections[key] = ABSENT if value == "absent" else protocol.section(msgspec.convert(value, protocol.Shape))
    return Domain(name=name, route=("domains", name), sections=sections)


def found(**domains: dict[str, Any]) -> list[tuple[str, Route]]:
    """Ids and places, relative to `domains`. Names of domains have an underscore for the dot."""
    posture = Posture(domains=tuple(domain(name.replace("_", "."), said) for name, said in domains.items()))
    return [(raised.rule.id, raised.finding.at[1:]) for raised in engine.run(posture, RULES)]


def ids(**dmarc: Any) -> list[str]:
    return [rule for rule, _ in found(example_com={"dmarc": dmarc})]


A, B = "mailto:a@example.com", "mailto:b@example.com"


@pytest.mark.parametrize(
    "dmarc",
    [
        {"policy": "reject"},
        {"policy": "none", "aggregate_reports": [A]},
        {"policy": "quarantine", "aggregate_reports": [A, B]},
        # A step on the way, as RFC 9989 section 5.1.7 has it.
        {"policy": "quarantine", "testing": True, "aggregate_reports": [A]},
        {"policy": "none", "subdomain_policy": "reject"},
        {"policy": "none", "nonexistent_subdomain_policy": "reject"},
        {"policy": "reject", "subdomain_policy": "reject", "nonexistent_subdomain_policy": "reject"},
        {"policy": "none", "subdomain_policy": "quarantine", "testing": False},
        {"policy": "none", "subdomain_policy": "reject", "testing": True},
        # Relaxed alignment is the standard's default, and no issue.
        {"policy": "reject", "dkim_alignment": "relaxed", "spf_alignment": "relaxed"},
        # The same address for both kinds of report is none too many.
        {"policy": "reject", "aggregate_reports": [A], "failure_reports": [A]},
        {"policy": "reject", "failure_reports": [A], "failure_options": [1, "d", "s"]},
        {"policy": "reject", "failure_reports": [A], "failure_options": ["d", 0]},
        {"policy": "reject", "aggregate_reports": ["mailto:dmarc%21in@example.com?subject=x", "MAILTO:x@example.com"]},
        {"policy": "reject", "public_suffix_domain": True},
        {"policy": "reject", "public_suffix_domain": False},
    ],
)
def test_no_false_alarm(dmarc: dict[str, Any]) -> None:
    assert ids(**dmarc) == []


@pytest.mark.parametrize(
    ("dmarc", "expected"),
    [
        ({"policy": "quarantine", "testing": True}, ["dmarc-no-reports-while-monitoring"]),
        ({"policy": "none", "aggregate_reports": []}, ["dmarc-no-reports-while-monitoring"]),
        ({"policy": "reject", "aggregate_reports": [f"{A},{B}"]}, ["dmarc-report-uri-unencoded"]),
        ({"policy": "reject", "aggregate_reports": ["mailto:a;b@example.com"]}, ["dmarc-report-uri-unencoded"]),
        ({"policy": "reject", "failure_reports": ["a@example.com"]}, ["dmarc-report-uri-invalid"]),
        ({"policy": "reject", "aggregate_reports": [A, A, A]}, ["dmarc-report-uri-twice"] * 2),
        ({"policy": "reject", "failure_reports": [A], "failure_options": [1, 0]}, ["dmarc-failure-options-contradict"]),
        ({"policy": "reject", "failure_options": [1, 1]}, ["dmarc-failure-options-contradict", "dmarc-failure-options-unused"]),
        (
            {"policy": "reject", "subdomain_policy": "quarantine", "nonexistent_subdomain_policy": "none"},
            ["dmarc-nonexistent-subdomain-policy-weaker", "dmarc-subdomain-policy-weaker"],
        ),
    ],
)
def test_findings(dmarc: dict[str, Any], expected: list[str]) -> None:
    assert sorted(ids(**dmarc)) == expected


def test_a_comma_may_stand_before_the_next_uri_so_there_is_no_certain_fix() -> None:
    posture = Posture(domains=(domain("example.com", {"dmarc": {"policy": "reject", "aggregate_reports": [f"{A},{B}"]}}),))
    assert [raised.finding.fix for raised in engine.run(posture, RULES)] == [None]


@pytest.mark.parametrize(
    ("above", "own", "expected"),
    [
        ({"policy": "reject"}, {"policy": "none", "aggregate_reports": [A], "subdomain_policy": "reject"}, ["subdomain_policy"]),
        ({"policy": "reject"}, {"policy": "quarantine", "nonexistent_subdomain_policy": "reject"}, ["nonexistent_subdomain_policy"]),
        # The same as without it: nothing is lost by its being ignored.
        ({"policy": "reject"}, {"policy": "reject", "subdomain_policy": "reject"}, []),
        # An Organizational Domain of its own, or below a public suffix.
        ({"policy": "reject"}, {"policy": "quarantine", "subdomain_policy": "reject", "public_suffix_domain": False}, []),
        ({"policy": "reject", "public_suffix_domain": True}, {"policy": "quarantine", "subdomain_policy": "reject"}, []),
    ],
)
def test_a_policy_for_subdomains_below_another_record(above: dict[str, Any], own: dict[str, Any], expected: list[str]) -> None:
    result = found(news_example_com={"dmarc": own}, example_com={"dmarc": above}, notexample_com={"dmarc": {"policy": "reject"}})
    assert result == [("dmarc-subdomain-policy-ignored", ("news.example.com", "dmarc", name)) for name in expected]


def test_a_policy_for_subdomains_below_a_domain_without_a_record() -> None:
    own = {"policy": "quarantine", "subdomain_policy": "reject"}
    assert found(example_com={"dmarc": "absent"}, news_example_com={"dmarc": own}) == []


SPF = {"allow": ["ip4:192.0.2.1"], "otherwise": "softfail"}
NOTHING_SENT = {"allow": [], "otherwise": "fail"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"spf": SPF, "dkim": "absent", "dmarc": {"policy": "reject"}}, True),
        ({"spf": SPF, "dkim": {}, "dmarc": {"policy": "reject"}}, True),
        ({"spf": SPF, "dkim": {"s1": "revoked"}, "dmarc": {"policy": "reject"}}, True),
        ({"spf": SPF, "dkim": {"s1": "revoked", "s2": {"cname": "s2.example.net"}}, "dmarc": {"policy": "reject"}}, False),
        # A missing section is not our business: another program may have the keys.
        ({"spf": SPF, "dmarc": {"policy": "reject"}}, False),
        # Nothing is sent, so nothing needs a signature.
        ({"spf": NOTHING_SENT, "dkim": "absent", "dmarc": {"policy": "reject"}}, False),
        ({"spf": "absent", "dkim": "absent", "dmarc": {"policy": "reject"}}, False),
        ({"dkim": "absent", "dmarc": {"policy": "reject"}}, False),
        # The MUST is about reject.
        ({"spf": SPF, "dkim": "absent", "dmarc": {"policy": "quarantine"}}, False),
        ({"spf": SPF, "dkim": "absent", "dmarc": {"policy": "reject", "testing": True}}, False),
    ],
)
def test_rejecting_what_only_spf_can_prove(said: dict[str, Any], *, expected: bool) -> None:
    assert found(example_com=said) == ([("dmarc-reject-without-dkim", ("example.com", "dmarc", "policy"))] if expected else [])


def test_the_places_of_reports_that_are_lost() -> None:
    parked = modules()["mx"].PARKED
    assert isinstance(parked, Section)
    to_parked = "mailto:reports@parked.example"
    sending = domain(
        "example.com",
        {
            "dmarc": {"policy": "reject", "aggregate_reports": [A, to_parked], "failure_reports": [to_parked]},
            "tls_rpt": {"reports": ["https://parked.example/tls", to_parked]},
        },
    )
    posture = Posture(domains=(sending, Domain(name="parked.example", route=("domains", "parked.example"), sections={"mx": parked})))
    assert [(raised.rule.id, raised.finding.at) for raised in engine.run(posture, RULES)] == [
        ("reports-to-domain-without-mail", ("domains", "example.com", "dmarc", "aggregate_reports", 1)),
        ("reports-to-domain-without-mail", ("domains", "example.com", "dmarc", "failure_reports", 0)),
        ("reports-to-domain-without-mail", ("domains", "example.com", "tls_rpt", "reports", 1)),
    ]


def test_reports_to_a_domain_that_says_nothing_of_mail_may_arrive() -> None:
    reports = {"policy": "reject", "aggregate_reports": ["mailto:reports@example.net", "mailto:reports@example.org"]}
    assert found(example_com={"dmarc": reports}, example_net={"dmarc": {"policy": "reject"}}) == []
