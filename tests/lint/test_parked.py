"""Domains without mail: what is said of them, by the file and by what they publish, and that ordinary domains hear nothing of it."""

import pytest

from emailauth.lint.rules import all_rules
from tests.lint.judging import Answers, judged, judged_as_published

RULES = {*(name for name in all_rules() if name.startswith("parked-")), "mail-goes-to-own-address"}
NO_MAIL = "mx: null_mx, spf: {otherwise: fail}"
STRICT = "dkim_alignment: strict, spf_alignment: strict"


def told(sections: str, answers: Answers | None = None) -> list[tuple[str, str, tuple[str | int, ...]]]:
    """Rule, message and place within the domain."""
    found = judged(f"version: 1\ndomains:\n  example.com: {sections}\n", answers, rules=RULES)
    return [(rule, message, at[2:]) for rule, message, at in found]


@pytest.mark.parametrize(
    "sections",
    [
        "parked",
        "{profile: parked, dkim: {s1: revoked}, bimi: declined}",
        f"{{profile: parked, dmarc: {{policy: reject, subdomain_policy: reject, {STRICT}}}}}",
        f"{{{NO_MAIL}, dmarc: {{policy: reject, {STRICT}}}}}",
        pytest.param(
            "{mx: null_mx, spf: {redirect: _spf.example.net}, dmarc: {policy: none}}", id="what the redirect lets send is not known"
        ),
        pytest.param("{mx: null_mx, spf: {allow: [nonsense], otherwise: fail}, dmarc: {policy: none}}", id="a record that is none"),
        pytest.param("{mx: null_mx, dmarc: {policy: none}}", id="nothing is said of sending"),
        pytest.param(
            "{mx: null_mx, spf: {allow: ['ip4:192.0.2.1']}, dmarc: {policy: none}, dkim: {s1: {cname: s1.example.net}}}", id="it sends"
        ),
        pytest.param(
            "{mx: [{preference: 10, host: mx1.example.com}], spf: {allow: [mx], otherwise: softfail}, dmarc: {policy: none},"
            " tls_rpt: {reports: ['mailto:tls@example.com']}, dkim: {s1: {cname: s1.example.net}}}",
            id="it has mail",
        ),
    ],
)
def test_nothing_is_said_of(sections: str) -> None:
    assert told(sections) == []


@pytest.mark.parametrize(
    ("sections", "found"),
    [
        pytest.param(
            "{profile: parked, spf: {otherwise: softfail}}",
            [
                (
                    "parked-domain-without-spf-fail",
                    "the domain has no mail, and mail that forges it only gets '~all': -all says that it is forged",
                    ("spf", "otherwise"),
                )
            ],
            id="softfail",
        ),
        pytest.param(
            "{profile: parked, mx: [{preference: 10, host: mx1.example.com}], spf: {allow: ['ip4:192.0.2.1'], otherwise: fail}}",
            [
                (
                    "parked-domain-without-null-mx",
                    "the domain is parked, and mail to it has hosts to go to: write mx: null_mx, or leave mx out",
                    ("mx",),
                ),
                (
                    "parked-domain-without-spf-fail",
                    "the domain is parked, and yet SPF lets it send by 'ip4:192.0.2.1'",
                    ("spf", "allow", 0),
                ),
            ],
            id="parked in name only",
        ),
        pytest.param(
            "{profile: parked, spf: {allow: ['ip4:192.0.2.1'], otherwise: fail}}",
            [],
            id="a sender beside a null MX is told by another rule",
        ),
        pytest.param(
            f"{{profile: parked, dmarc: {{policy: none, subdomain_policy: reject, {STRICT}}}}}",
            [
                (
                    "parked-domain-not-rejected",
                    "the domain has no mail, and mail that forges it only gets none: reject it",
                    ("dmarc", "policy"),
                )
            ],
            id="only the names below it are rejected",
        ),
        pytest.param(
            "{profile: parked, dmarc: absent}",
            [
                (
                    "parked-domain-not-rejected",
                    "the domain has no mail, and no DMARC record asks receivers to reject what forges it",
                    ("dmarc",),
                )
            ],
            id="no policy",
        ),
        pytest.param(
            f"{{{NO_MAIL}, dmarc: {{policy: reject, dkim_alignment: strict, spf_alignment: relaxed}}}}",
            [
                (
                    "parked-domain-relaxed-alignment",
                    "the domain has no mail, and by relaxed spf_alignment, what a name below it can prove passes as the domain's own",
                    ("dmarc", "spf_alignment"),
                )
            ],
            id="one alignment is relaxed",
        ),
        pytest.param(
            f"{{{NO_MAIL}, bimi: {{logo: 'https://example.com/logo.svg'}}, tls_rpt: {{reports: ['mailto:tls@example.net']}}}}",
            [
                (
                    "parked-domain-needless-section",
                    "no server sends mail to the domain, so that none has anything to report: leave tls_rpt out",
                    ("tls_rpt",),
                ),
                ("parked-domain-needless-section", "the domain sends no mail beside which a logo could stand: leave bimi out", ("bimi",)),
            ],
            id="reports and a logo",
        ),
    ],
)
def test_what_is_said_of_a_file(sections: str, found: list[tuple[str, str, tuple[str | int, ...]]]) -> None:
    assert sorted(told(sections)) == sorted(found)


PUBLISHED = {"example.com TXT": ["v=spf1 -all"], "example.com MX": ["0 ."]}


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        pytest.param(PUBLISHED, [], id="as it should be"),
        pytest.param(
            {**PUBLISHED, "example.com TXT": ["v=spf1 ?all"], "_dmarc.example.com TXT": ["v=DMARC1; p=none; adkim=s; aspf=s"]},
            ["parked-domain-not-rejected", "parked-domain-without-spf-fail"],
            id="no word against forgers",
        ),
        pytest.param(
            {**PUBLISHED, "*.example.com TXT": "no data", "*.example.com A": "no data", "*.example.com AAAA": ["2001:db8::80"]},
            ["parked-wildcard-without-spf"],
            id="a wildcard of addresses",
        ),
        pytest.param(
            {
                **PUBLISHED,
                "*.example.com TXT": "no data",
                **{f"*.example.com {kind}": "no data" for kind in ("A", "AAAA")},
                "*.example.com MX": ["0 ."],
            },
            [],
            id="a wildcard that takes no mail",
        ),
        pytest.param({**PUBLISHED, "*.example.com TXT": "timeout", "*.example.com A": ["192.0.2.80"]}, [], id="the wildcard is not known"),
        pytest.param(
            {
                "example.com TXT": ["v=spf1 -all"],
                "example.com MX": "no data",
                "example.com A": "no data",
                "example.com AAAA": ["2001:db8::80"],
            },
            ["mail-goes-to-own-address"],
            id="no MX record, an IPv6 address",
        ),
        pytest.param(
            {"example.com TXT": ["v=spf1 -all"], "example.com MX": "timeout", "example.com A": ["192.0.2.80"]}, [], id="MX is not known"
        ),
        pytest.param(
            {"example.com TXT": ["v=spf1 a -all"], "example.com MX": "no data", "example.com A": ["192.0.2.80"]}, [], id="a host that sends"
        ),
        pytest.param(
            {"example.com TXT": ["v=spf1 -all"], "example.com MX": "no data", "example.com A": "no data", "example.com AAAA": "nxdomain"},
            [],
            id="no address either",
        ),
    ],
)
def test_what_is_said_of_a_domain(answers: Answers, found: list[str]) -> None:
    assert sorted(rule for rule, _, _ in judged_as_published("example.com", answers, rules=RULES)) == found
