"""What a domain publishes becomes the sections that a file would have, and every setting keeps its owner name, type and octet."""

from typing import Any

import pytest

from emailauth.core.diagnostic import Route, Span
from emailauth.core.observation import Fetched, Observation
from emailauth.core.posture import Section
from emailauth.core.question import Answer, Question
from emailauth.protocols.bimi import Bimi, Declined
from emailauth.protocols.dmarc import Dmarc
from emailauth.protocols.mta_sts import MtaSts
from emailauth.protocols.mx import MailHost, Mx
from emailauth.protocols.spf import Spf
from emailauth.protocols.tls_rpt import TlsRpt
from emailauth.workflow.published import Published, lint_published, published, questions

NAME = "example.com"
URL = f"https://mta-sts.{NAME}/.well-known/mta-sts.txt"
OWNERS = {
    "spf": (NAME, "TXT"),
    "dmarc": (f"_dmarc.{NAME}", "TXT"),
    "mta_sts": (f"_mta-sts.{NAME}", "TXT"),
    "tls_rpt": (f"_smtp._tls.{NAME}", "TXT"),
    "bimi": (f"default._bimi.{NAME}", "TXT"),
    "mx": (NAME, "MX"),
}


def observed(values: dict[str, list[str]], policy: bytes | None = None) -> Observation:
    answers = {Question(name=OWNERS[key][0], type=OWNERS[key][1]): Answer(values=tuple(found)) for key, found in values.items()}
    return Observation(answers=answers, fetches={} if policy is None else {URL: Fetched(body=policy, media_type="text/plain")})


def look(key: str, *values: str) -> Published:
    return published(NAME, observed({key: list(values)}))


@pytest.mark.parametrize(
    ("key", "values", "section"),
    [
        ("spf", ["MS=ms1", "v=spf1 mx -all exp=x.example.com"], Spf(allow=("mx", "-all", "exp=x.example.com"))),
        ("spf", ["V=SPF1"], Spf(allow=())),
        (
            "dmarc",
            [
                "v=DMARC1; p=Reject; sp=none;np=quarantine; t=y; psd=n; adkim=s; aspf=r; rua=mailto:a@x.example , mailto:b@x.example; fo=1:d; x=y"
            ],
            Dmarc(
                policy="reject",
                subdomain_policy="none",
                nonexistent_subdomain_policy="quarantine",
                testing=True,
                public_suffix_domain=False,
                dkim_alignment="strict",
                spf_alignment="relaxed",
                aggregate_reports=("mailto:a@x.example", "mailto:b@x.example"),
                failure_options=("1", "d"),
            ),
        ),
        ("dmarc", ["v=DMARC1; p=none; psd=u; ruf=mailto:a@x.example"], Dmarc(policy="none", failure_reports=("mailto:a@x.example",))),
        ("tls_rpt", ["v=TLSRPTv1; rua=mailto:t@x.example"], TlsRpt(reports=("mailto:t@x.example",))),
        (
            "mx",
            ["10 mx1.example.com.", "20 mx2.example.net."],
            Mx(hosts=(MailHost(preference=10, host="mx1.example.com"), MailHost(preference=20, host="mx2.example.net"))),
        ),
        ("mx", ["0 ."], Mx(hosts=())),
        (
            "bimi",
            ["v=BIMI1; l=https://x.example/l.svg; a=https://x.example/c.pem;"],
            Bimi(logo="https://x.example/l.svg", certificate="https://x.example/c.pem"),
        ),
        ("bimi", ["v=BIMI1; l=https://x.example/l.svg"], Bimi(logo="https://x.example/l.svg")),
        ("bimi", ["v=BIMI1; l=; a=;"], Declined()),
    ],
)
def test_a_record_becomes_its_section(key: str, values: list[str], section: Section) -> None:
    assert look(key, *values).domain.sections == {key: section}


@pytest.mark.parametrize(
    ("key", "values"),
    [
        pytest.param("spf", ["v=spf1 -all", "v=spf1 ~all"], id="several SPF records"),
        pytest.param("spf", ["verification=1"], id="no SPF record"),
        pytest.param("dmarc", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], id="several DMARC records"),
        pytest.param("dmarc", ["v=DMARC1; rua=mailto:a@x.example"], id="no policy"),
        pytest.param("dmarc", ["v=DMARC1; p=none; sp=never"], id="a policy that is none"),
        pytest.param("dmarc", ["v=DMARC1 p=none"], id="no DMARC record to receivers"),
        pytest.param("tls_rpt", ["v=TLSRPTv1; rua=nowhere"], id="TLS-RPT"),
        pytest.param("tls_rpt", ["v=TLSRPTv1; rua=mailto:a@x.example", "v=TLSRPTv1; rua=mailto:b@x.example"], id="several TLS-RPT records"),
        pytest.param("bimi", ["v=BIMI1; l=http://x.example/l.svg"], id="BIMI"),
        pytest.param("bimi", ["v=BIMI1; l=", "v=BIMI1; l=https://x.example/l.svg"], id="several BIMI records"),
        pytest.param("mta_sts", ["v=STSv1; id=1;"], id="an announcement without the policy"),
    ],
)
def test_what_receivers_do_not_take_makes_no_section(key: str, values: list[str]) -> None:
    assert dict(look(key, *values).domain.sections) == {}


def test_the_mta_sts_policy_is_that_of_its_file() -> None:
    body = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"
    found = published(NAME, observed({"mta_sts": ["v=STSv1; id=1;"]}, body))
    assert found.domain.sections == {"mta_sts": MtaSts(mode="enforce", max_age=604800, mx=("mx1.example.com", "*.example.net"))}
    assert found.place(("mta_sts", "mx", 1)) == (URL, Span(4, 1, 4, 18))
    assert found.place(("mta_sts", "max_age")) == (URL, Span(5, 1, 5, 16))


@pytest.mark.parametrize("body", [b"<html>", None])
def test_a_policy_that_is_none_makes_no_section(body: bytes | None) -> None:
    fetches = {URL: Fetched(body=body, problem="" if body else "404")}
    observation = Observation(answers=observed({"mta_sts": ["v=STSv1; id=1;"]}).answers, fetches=fetches)
    found = published(NAME, observation)
    assert dict(found.domain.sections) == {}
    assert found.place(("mta_sts",)) == (f"dns:_mta-sts.{NAME}?type=TXT", Span(1, 1, 1, 15))


DMARC = "v=DMARC1; p=none; rua=mailto:a@x.example, mailto:b@x.example"


@pytest.mark.parametrize(
    ("key", "values", "route", "piece"),
    [
        ("spf", ["x", "v=spf1  mx -all"], ("spf", "allow", 0), "mx"),
        ("spf", ["v=spf1  mx -all"], ("spf", "allow", 1), "-all"),
        ("spf", ["v=spf1 mx -all"], ("spf",), "v=spf1 mx -all"),
        ("spf", ["v=spf1 mx -all"], ("spf", "allow", 9), "v=spf1 mx -all"),
        ("dmarc", [DMARC], ("dmarc", "policy"), "p=none"),
        ("dmarc", [DMARC], ("dmarc", "aggregate_reports"), "rua=mailto:a@x.example, mailto:b@x.example"),
        ("dmarc", [DMARC], ("dmarc", "aggregate_reports", 1), "mailto:b@x.example"),
        ("dmarc", [DMARC], ("dmarc", "testing"), DMARC),
        ("tls_rpt", ["v=TLSRPTv1; rua=mailto:a@x.example,mailto:b@x.example"], ("tls_rpt", "reports", 1), "mailto:b@x.example"),
        ("mx", ["10 a.example.", "20 b.example."], ("mx", 1, "host"), "20 b.example."),
        ("bimi", ["v=BIMI1; l=https://x.example/l.svg"], ("bimi", "logo"), "v=BIMI1; l=https://x.example/l.svg"),
    ],
)
def test_a_place_is_owner_name_type_and_octet(key: str, values: list[str], route: Route, piece: str) -> None:
    found = look(key, *values)
    path, span = found.place(route)
    name, record_type = OWNERS[key]
    assert path == f"dns:{name}?type={record_type}"
    [text] = [text.text for text in found.texts if text.path == path]
    assert text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1] == piece


def test_what_has_no_text_is_at_the_domain() -> None:
    nothing = published(NAME, Observation())
    assert nothing.texts == ()
    assert nothing.place(("spf", "allow", 0)) == (f"dns:{NAME}?type=TXT", Span(1, 1, 1, 1))
    assert nothing.place(("dkim", "s1")) == nothing.place(()) == (f"dns:{NAME}", Span(1, 1, 1, 1))


def test_line_breaks_within_a_value_are_no_lines() -> None:
    [text] = look("spf", "v=spf1 a\nb\r\x85c -all").texts
    assert text.text == "v=spf1 a\ufffdb\ufffd\ufffdc -all\n"


def test_what_is_asked_for_is_what_is_read() -> None:
    assert {(question.name, question.type) for question in questions(NAME)} == {*OWNERS.values(), (f"_domainkey.{NAME}", "TXT")}


def lint(values: dict[str, list[str]], policy: bytes | None = None) -> list[tuple[str, str, int, int]]:
    observation = observed(values, policy)
    return [(one.rule, one.path, one.span.line, one.span.column) for one in lint_published([published(NAME, observation)], observation)]


@pytest.mark.parametrize(
    ("values", "policy", "expected"),
    [
        pytest.param({"spf": ["v=spf1 mx -all"], "dmarc": ["v=DMARC1; p=reject; rua=mailto:a@example.com"]}, None, [], id="good"),
        pytest.param(
            {"spf": ["v=spf1 ptr ipv4:192.0.2.1 -all"]}, None, [("spf-ptr", "spf", 1, 8), ("spf-term-syntax", "spf", 1, 12)], id="spf"
        ),
        pytest.param(
            {"dmarc": ["v=DMARC1; p=none; sp=none; rua=a@example.com"]},
            None,
            [("dmarc-monitoring-only", "dmarc", 1, 11), ("dmarc-report-uri-invalid", "dmarc", 1, 32)],
            id="dmarc",
        ),
        pytest.param({"mx": ["10 192.0.2.1."]}, None, [("mx-host-name", "mx", 1, 1)], id="mx"),
    ],
)
def test_the_rules_of_files_judge_what_is_published(
    values: dict[str, list[str]], policy: bytes | None, expected: list[tuple[str, str, int, int]]
) -> None:
    found = [one for one in lint(values, policy) if not one[0].startswith("dmarc-published")]
    assert found == [(rule, "dns:{}?type={}".format(*OWNERS[key]), line, column) for rule, key, line, column in expected]


def test_a_finding_on_all_domains_together_is_at_the_domain_that_it_names() -> None:
    dmarc = "v=DMARC1; p=reject; rua=mailto:d@parked.example"
    answers: dict[Question, Any] = {
        Question(name="_dmarc.sender.example", type="TXT"): Answer(values=(dmarc,)),
        Question(name="parked.example", type="MX"): Answer(values=("0 .",)),
    }
    observation = Observation(answers=answers)
    found = lint_published([published(name, observation) for name in ("parked.example", "sender.example")], observation)
    assert [(one.path, one.span.column, one.fix) for one in found if one.rule == "reports-to-domain-without-mail"] == [
        ("dns:_dmarc.sender.example?type=TXT", 25, None)
    ]
