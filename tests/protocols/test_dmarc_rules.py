"""What the rules on DMARC tell, and what they let be, beyond the example of each rule's page."""

from typing import Any

import msgspec
import pytest

from emailauth.core.diagnostic import Route, Severity
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
    return [(raised.rule.id, raised.at[1:]) for raised in engine.run(posture, RULES)]


def ids(**dmarc: Any) -> list[str]:
    return [rule for rule, _ in found(example_com={"dmarc": dmarc})]


A, B = "mailto:a@example.com", "mailto:b@example.com"
STRICT = {"dkim_alignment": "strict", "spf_alignment": "strict"}


@pytest.mark.parametrize(
    "dmarc",
    [
        {"policy": "reject"},
        {"policy": "quarantine", "aggregate_reports": [A, B]},
        {"policy": "reject", "subdomain_policy": "reject", "nonexistent_subdomain_policy": "reject"},
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
    "dmarc",
    [
        {"policy": "none", "aggregate_reports": [A]},
        {"policy": "none", "subdomain_policy": "reject"},
        {"policy": "none", "nonexistent_subdomain_policy": "reject"},
        {"policy": "none", "subdomain_policy": "quarantine", "testing": False},
    ],
)
def test_of_monitoring_there_is_no_more_than_advice(dmarc: dict[str, Any]) -> None:
    assert ids(**dmarc) == ["dmarc-monitoring-only"]
    assert RULES["dmarc-monitoring-only"].strength.severity is Severity.ADVICE


@pytest.mark.parametrize(
    "dmarc",
    [
        # A step on the way, as RFC 9989 section 5.1.7 has it.
        {"policy": "quarantine", "testing": True, "aggregate_reports": [A]},
        {"policy": "reject", "testing": True},
        {"policy": "none", "subdomain_policy": "reject", "testing": True},
    ],
)
def test_test_mode_is_no_more_than_advice(dmarc: dict[str, Any]) -> None:
    assert ids(**dmarc) == ["dmarc-testing-lowers-policy"]
    assert RULES["dmarc-testing-lowers-policy"].strength.value == "advice"


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
    assert [raised.fix for raised in engine.run(posture, RULES)] == [None]


@pytest.mark.parametrize(
    ("above", "own", "expected"),
    [
        ({"policy": "reject"}, {"policy": "quarantine", "aggregate_reports": [A], "subdomain_policy": "reject"}, ["subdomain_policy"]),
        ({"policy": "reject"}, {"policy": "quarantine", "nonexistent_subdomain_policy": "reject"}, ["nonexistent_subdomain_policy"]),
        # The same as without it: nothing is lost by its being ignored.
        ({"policy": "reject"}, {"policy": "reject", "subdomain_policy": "reject"}, []),
        # An Organizational Domain of its own, or below a public suffix.
        ({"policy": "reject"}, {"policy": "quarantine", "subdomain_policy": "reject", "public_suffix_domain": False, **STRICT}, []),
        ({"policy": "reject", "public_suffix_domain": True}, {"policy": "quarantine", "subdomain_policy": "reject"}, []),
    ],
)
def test_a_policy_for_subdomains_below_another_record(above: dict[str, Any], own: dict[str, Any], expected: list[str]) -> None:
    result = found(news_example_com={"dmarc": own}, example_com={"dmarc": above}, notexample_com={"dmarc": {"policy": "reject"}})
    assert result == [("dmarc-subdomain-policy-ignored", ("news.example.com", "dmarc", name)) for name in expected]


def test_a_policy_for_subdomains_below_a_domain_without_a_record() -> None:
    own = {"policy": "quarantine", "subdomain_policy": "reject"}
    assert found(example_com={"dmarc": "absent"}, news_example_com={"dmarc": own}) == []


REJECT = {"policy": "reject", "aggregate_reports": [A]}
SPF = {"allow": ["ip4:192.0.2.1"], "otherwise": "softfail"}
NOTHING_SENT = {"allow": [], "otherwise": "fail"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"spf": SPF, "dkim": "absent", "dmarc": REJECT}, True),
        ({"spf": SPF, "dkim": {}, "dmarc": REJECT}, True),
        ({"spf": SPF, "dkim": {"s1": "revoked"}, "dmarc": REJECT}, True),
        ({"spf": SPF, "dkim": {"s1": "revoked", "s2": {"cname": "s2.example.net"}}, "dmarc": REJECT}, False),
        # A missing section is not our business: another program may have the keys.
        ({"spf": SPF, "dmarc": REJECT}, False),
        # Nothing is sent, so nothing needs a signature.
        ({"spf": NOTHING_SENT, "dkim": "absent", "dmarc": REJECT}, False),
        ({"spf": "absent", "dkim": "absent", "dmarc": REJECT}, False),
        ({"dkim": "absent", "dmarc": REJECT}, False),
        # The MUST is about reject.
        ({"spf": SPF, "dkim": "absent", "dmarc": {**REJECT, "policy": "quarantine"}}, False),
    ],
)
def test_rejecting_what_only_spf_can_prove(said: dict[str, Any], *, expected: bool) -> None:
    assert found(example_com=said) == ([("dmarc-reject-without-dkim", ("example.com", "dmarc", "policy"))] if expected else [])


def test_in_test_mode_nothing_is_rejected() -> None:
    said = {"spf": SPF, "dkim": "absent", "dmarc": {**REJECT, "testing": True}}
    assert found(example_com=said) == [("dmarc-testing-lowers-policy", ("example.com", "dmarc", "testing"))]


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
    assert [(raised.rule.id, raised.at) for raised in engine.run(posture, RULES)] == [
        ("reports-to-domain-without-mail", ("domains", "example.com", "dmarc", "aggregate_reports", 1)),
        ("reports-to-domain-without-mail", ("domains", "example.com", "dmarc", "failure_reports", 0)),
        ("reports-to-domain-without-mail", ("domains", "example.com", "tls_rpt", "reports", 1)),
    ]


def test_reports_to_a_domain_that_says_nothing_of_mail_may_arrive() -> None:
    reports = {"policy": "reject", "aggregate_reports": ["mailto:reports@example.net", "mailto:reports@example.org"]}
    assert found(example_com={"dmarc": reports}, example_net={"dmarc": {"policy": "reject"}}) == []


def told(**domains: dict[str, Any]) -> list[tuple[str, str]]:
    """Ids and messages."""
    posture = Posture(domains=tuple(domain(name.replace("_", "."), said) for name, said in domains.items()))
    return [(raised.rule.id, raised.message) for raised in engine.run(posture, RULES)]


@pytest.mark.parametrize(
    ("dmarc", "message"),
    [
        (
            {"policy": "reject", "testing": True},
            (
                "receivers apply quarantine in place of reject to the domain, quarantine in place of reject to its subdomains, "
                "quarantine in place of reject to subdomains that do not exist"
            ),
        ),
        (
            {"policy": "none", "nonexistent_subdomain_policy": "quarantine", "testing": True, "aggregate_reports": [A]},
            "receivers apply none in place of quarantine to subdomains that do not exist",
        ),
    ],
)
def test_test_mode_is_told_as_what_receivers_apply(dmarc: dict[str, Any], message: str) -> None:
    assert told(example_com={"dmarc": dmarc}) == [("dmarc-testing-lowers-policy", message)]


def test_beside_bimi_its_own_rule_says_what_test_mode_means() -> None:
    said = {"policy": "quarantine", "testing": True, "aggregate_reports": [A]}
    assert len(found(example_com={"dmarc": said})) == 1
    assert found(example_com={"dmarc": said, "bimi": {"logo": "https://www.example.com/logo.svg"}}) == []


@pytest.mark.parametrize(
    ("np", "message"),
    [
        ({}, "mail from any subdomain, even one that does not exist, only gets none, while the domain has reject"),
        ({"nonexistent_subdomain_policy": "reject"}, "mail from any subdomain only gets none, while the domain has reject"),
    ],
)
def test_a_weaker_policy_for_subdomains_says_whom_it_is_for(np: dict[str, Any], message: str) -> None:
    said = {"policy": "reject", "subdomain_policy": "none", **np}
    assert told(example_com={"dmarc": said}) == [("dmarc-subdomain-policy-weaker", message)]


NET = {"s1": {"cname": "s1.example.net"}}
KEYS = {"dkim": NET}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"spf": SPF, "dkim": NET, "dmarc": {"policy": "quarantine"}}, ["dmarc-no-aggregate-reports"]),
        ({"spf": SPF, "dmarc": {"policy": "none", "subdomain_policy": "reject"}}, ["dmarc-monitoring-only", "dmarc-no-aggregate-reports"]),
        ({**KEYS, "dmarc": {"policy": "reject", "failure_reports": [A]}}, ["dmarc-no-aggregate-reports"]),
        # Where nothing is sent there is little to learn, and where nothing is asked for another rule says more.
        ({"spf": NOTHING_SENT, "dkim": "absent", "dmarc": {"policy": "reject"}}, []),
        ({"spf": NOTHING_SENT, "dkim": {"s1": "revoked"}, "dmarc": {"policy": "reject"}}, []),
        ({"spf": SPF, "dmarc": {"policy": "none"}}, ["dmarc-no-reports-while-monitoring"]),
    ],
)
def test_a_sender_without_aggregate_reports(said: dict[str, Any], expected: list[str]) -> None:
    assert sorted(rule for rule, _ in found(example_com=said)) == expected


def test_a_parked_domain_has_no_finding() -> None:
    sections = {key: module.PARKED for key, module in modules().items() if module.PARKED is not None}
    parked = Domain(name="example.com", route=("domains", "example.com"), sections=sections, parked=True)
    assert [raised.rule.id for raised in engine.run(Posture(domains=(parked,)), RULES)] == []


ABSENT_SENDER = {"spf": SPF, "dmarc": "absent"}


@pytest.mark.parametrize(
    ("domains", "expected"),
    [
        (
            {"example_com": ABSENT_SENDER},
            [("dmarc-absent-while-sending", "receivers apply no DMARC to mail from example.com: the file says that there is no record")],
        ),
        (
            {"example_com": {**KEYS, "dmarc": "absent"}},
            [("dmarc-absent-while-sending", "receivers apply no DMARC to mail from example.com: the file says that there is no record")],
        ),
        # Nothing is sent, or it is not said that there is no record.
        ({"example_com": {"spf": NOTHING_SENT, "dmarc": "absent"}}, []),
        ({"example_com": {"dmarc": "absent"}}, []),
        ({"example_com": {"spf": SPF}}, []),
        (
            {"example_com": {"dmarc": {"policy": "reject", "nonexistent_subdomain_policy": "reject"}}, "news_example_com": ABSENT_SENDER},
            [
                (
                    "dmarc-inherited-while-sending",
                    (
                        "mail from news.example.com has the policy reject, "
                        "as the record of example.com, the Organizational Domain, says p=reject"
                    ),
                )
            ],
        ),
        # psd=n in between is what counts.
        (
            {
                "example_com": {"dmarc": {"policy": "reject"}},
                "b_example_com": {"dmarc": {"policy": "quarantine", "public_suffix_domain": False, **STRICT}},
                "a_b_example_com": ABSENT_SENDER,
            },
            [
                (
                    "dmarc-inherited-while-sending",
                    (
                        "mail from a.b.example.com has the policy quarantine, "
                        "as the record of b.example.com, the Organizational Domain, says p=quarantine"
                    ),
                )
            ],
        ),
    ],
)
def test_a_sender_whose_file_says_that_it_has_no_record(domains: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert told(**domains) == expected


DEEP = "b_c_d_e_f_g_example_com"
"""8 labels."""


def test_a_deep_sender_and_a_record_that_receivers_pass_by() -> None:
    message = "receivers that look for a record for a.b.c.d.e.f.g.example.com never look at b.c.d.e.f.g.example.com: give it one of its own"
    deep: dict[str, Any] = {DEEP: {"dmarc": {"policy": "reject"}}, f"a_{DEEP}": ABSENT_SENDER}
    assert told(**deep) == [("dmarc-deep-name-without-record", message)]
    # So it is where a higher record is found in its place.
    assert told(example_com={"dmarc": {"policy": "reject"}}, **deep) == [("dmarc-deep-name-without-record", message)]
    # From 8 labels, all above are asked.
    at_seven: dict[str, Any] = {"c_d_e_f_g_example_com": {"dmarc": {"policy": "reject"}}, DEEP: ABSENT_SENDER}
    assert [rule for rule, _ in told(**at_seven)] == ["dmarc-inherited-while-sending"]


@pytest.mark.parametrize(
    ("name", "dmarc", "places"),
    [
        (DEEP, {"policy": "reject", "public_suffix_domain": False}, ["public_suffix_domain"]),
        (DEEP, {"policy": "reject", "subdomain_policy": "reject", "nonexistent_subdomain_policy": "reject"}, ["sp", "np"]),
        (DEEP, {"policy": "reject", "public_suffix_domain": True}, []),
        (DEEP, {"policy": "reject"}, []),
        (f"a_{DEEP}", {"policy": "reject", "public_suffix_domain": False}, ["public_suffix_domain"]),
        # 7 labels are looked at.
        ("c_d_e_f_g_example_com", {"policy": "reject", "public_suffix_domain": False, "subdomain_policy": "reject"}, []),
    ],
)
def test_a_record_for_names_below_that_nobody_looks_for(name: str, dmarc: dict[str, Any], places: list[str]) -> None:
    short = {"sp": "subdomain_policy", "np": "nonexistent_subdomain_policy"}
    expected = [("dmarc-deep-record-unreachable", (name.replace("_", "."), "dmarc", short.get(place, place))) for place in places]
    assert found(**{name: {"dmarc": dmarc}}) == expected


@pytest.mark.parametrize(
    ("above", "own", "expected"),
    [
        ({"policy": "reject"}, {"dkim_alignment": "strict"}, True),
        ({"policy": "reject"}, {"spf_alignment": "strict"}, True),
        ({"policy": "reject"}, {"spf_alignment": "relaxed", "dkim_alignment": "relaxed"}, True),
        ({"policy": "reject"}, STRICT, False),
        ("absent", {}, False),
    ],
)
def test_an_organization_of_its_own_that_old_receivers_do_not_know(above: Any, own: dict[str, Any], *, expected: bool) -> None:
    result = told(
        example_com={"dmarc": above},
        shop_example_com={"dmarc": {"policy": "reject", "public_suffix_domain": False, **own}},
        beside_example_com={"dmarc": {"policy": "reject"}},
    )
    message = "for receivers of RFC 7489 shop.example.com and example.com are one organization, for those of RFC 9989 they are two"
    assert result == ([("dmarc-organization-differs", message)] if expected else [])


@pytest.mark.parametrize(
    ("domains", "places"),
    [
        ({"example_com": {"spf": NOTHING_SENT, "dmarc": {**REJECT, **STRICT}}, "b_example_com": {"spf": SPF}}, ["spf_alignment"]),
        ({"example_com": {"spf": "absent", "dmarc": {**REJECT, **STRICT}}, "a_b_example_com": {"spf": SPF}}, ["spf_alignment"]),
        ({"example_com": {"dkim": "absent", "dmarc": {**REJECT, **STRICT}}, "b_example_com": KEYS}, ["dkim_alignment"]),
        (
            {"example_com": {"spf": "absent", "dkim": {}, "dmarc": {**REJECT, **STRICT}}, "b_example_com": {"spf": SPF, **KEYS}},
            ["spf_alignment", "dkim_alignment"],
        ),
        # Relaxed alignment takes it.
        ({"example_com": {"spf": "absent", "dmarc": REJECT}, "b_example_com": {"spf": SPF}}, []),
        # The domain sends itself, or the file does not say.
        ({"example_com": {"spf": SPF, "dkim": NET, "dmarc": {**REJECT, **STRICT}}, "b_example_com": {"spf": SPF, **KEYS}}, []),
        ({"example_com": {"dmarc": {**REJECT, **STRICT}}, "b_example_com": {"spf": SPF, **KEYS}}, []),
        # The subdomain is an Author Domain itself, sends nothing, or is none.
        ({"example_com": {"spf": "absent", "dmarc": {**REJECT, **STRICT}}, "b_example_com": {"spf": SPF, "dmarc": REJECT}}, []),
        ({"example_com": {"spf": "absent", "dmarc": {**REJECT, **STRICT}}, "b_example_com": {"spf": NOTHING_SENT}}, []),
        ({"example_com": {"spf": "absent", "dmarc": {**REJECT, **STRICT}}, "example_net": {"spf": SPF}}, []),
        ({"example_com": {"spf": "absent", "dmarc": "absent"}, "b_example_com": {"spf": SPF}}, []),
    ],
)
def test_strict_alignment_and_what_only_a_subdomain_has(domains: dict[str, Any], places: list[str]) -> None:
    assert found(**domains) == [("dmarc-strict-alignment-without-sender", ("example.com", "dmarc", place)) for place in places]


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (["mailto:x@reports.example.net"], {}, [0]),
        ([A, "mailto:x@reports.example.net"], {}, [1]),
        # A domain of the file, or one that may be of the same organization.
        (["mailto:x@reports.example.net"], {"example_net": {"dmarc": {"policy": "reject"}}}, []),
        (["mailto:x@example.com", "mailto:x@sub.example.com"], {}, []),
        (["mailto:nobody"], {}, None),
    ],
)
def test_failure_reports_that_leave(own: list[str], others: dict[str, Any], expected: list[int] | None) -> None:
    result = found(example_com={"dmarc": {"policy": "reject", "failure_reports": own}}, **others)
    if expected is None:
        assert [rule for rule, _ in result] == ["dmarc-report-uri-invalid"]
    else:
        assert result == [("dmarc-failure-reports-leave", ("example.com", "dmarc", "failure_reports", place)) for place in expected]


@pytest.mark.parametrize(
    ("host", "expected"), [("reports.example.com", []), ("example.com", []), ("example.net", ["dmarc-failure-reports-leave"])]
)
def test_a_host_beside_the_domain_may_be_of_its_organization(host: str, expected: list[str]) -> None:
    said = {"policy": "reject", "failure_reports": [f"mailto:x@{host}"]}
    assert [rule for rule, _ in found(news_example_com={"dmarc": said})] == expected


def test_aggregate_reports_may_leave() -> None:
    assert found(example_com={"dmarc": {"policy": "reject", "aggregate_reports": ["mailto:x@reports.example.net"]}}) == []


TO_NET = {"policy": "reject", "aggregate_reports": [A, "mailto:dmarc@r.example.net"], "failure_reports": ["mailto:f@r.example.net"]}


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ({}, True),
        ({"dmarc": "absent"}, True),
        ({"dmarc": {"policy": "reject"}}, False),
    ],
)
def test_an_authorisation_that_no_section_holds(destination: dict[str, Any], *, expected: bool) -> None:
    message = (
        "receivers send nothing to r.example.net unless there is a record example.com._report._dmarc.r.example.net, "
        "and example.net has no section dmarc that it belongs to"
    )
    domains: dict[str, Any] = {"example_com": {"dmarc": TO_NET}, "example_net": destination, "example_org": {"dmarc": REJECT_ORG}}
    assert told(**domains) == ([("dmarc-report-authorisation-not-planned", message)] * 2 if expected else [])
    places = [("aggregate_reports", 1), ("failure_reports", 0)] if expected else []
    assert [place for _, place in found(**domains)] == [("example.com", "dmarc", *place) for place in places]


REJECT_ORG = {"policy": "reject", "aggregate_reports": ["mailto:dmarc@example.org"]}


def test_within_one_organization_no_authorisation_is_needed() -> None:
    """What is one organization is decided by the records on the way up: with psd=n it is not."""
    to_parent = {"policy": "reject", "aggregate_reports": ["mailto:x@b.example.com"]}
    assert found(example_com={"dmarc": to_parent}, b_example_com={}) == []
    suffix = {"policy": "reject", "public_suffix_domain": True}
    assert found(
        a_example={"dmarc": {"policy": "reject", "aggregate_reports": ["mailto:x@b.example"]}}, b_example={}, example={"dmarc": suffix}
    ) == [("dmarc-report-authorisation-not-planned", ("a.example", "dmarc", "aggregate_reports", 0))]


@pytest.mark.parametrize(("length", "expected"), [(450, []), (451, [("dmarc-record-long", ("example.com", "dmarc", "aggregate_reports"))])])
def test_a_record_too_long_for_512_octets(length: int, expected: list[tuple[str, Route]]) -> None:
    rest = len("v=DMARC1; p=reject; rua=mailto:@example.com,mailto:@example.com")
    half, more = divmod(length - rest, 2)
    uris = [f"mailto:{'a' * half}@example.com", f"mailto:{'b' * (half + more)}@example.com"]
    assert found(example_com={"dmarc": {"policy": "reject", "aggregate_reports": uris}}) == expected
