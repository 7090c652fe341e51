"""The rules over the observation: what they find beyond their pages, where, and what they leave to what is not known."""

import json
from pathlib import Path
from typing import Any

import pytest

from emailauth.core.diagnostic import Route
from emailauth.core.observation import Observation, from_json
from emailauth.lint.engine import run, unanswered
from emailauth.lint.rules import all_rules
from emailauth.workflow.load import load_bytes
from emailauth.workflow.observing import planned

RULES = {rule.id: rule for rule in all_rules().values() if rule.subject is Observation}
KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
POLICY = "https://mta-sts.example.com/.well-known/mta-sts.txt"


def judged(sections: str, answers: dict[str, Any], fetches: dict[str, dict[str, str]] | None = None) -> list[tuple[str, str, Route]]:
    """Rule, message and place within example.com; of an answer "NAME TYPE", the values, or the status."""
    posture = load_bytes(f"version: 1\ndomains:\n  example.com: {{{sections}}}\n".encode(), "email-auth.yaml", Path()).posture
    data = {
        "format": 1,
        "answers": [
            dict(zip(("name", "type"), key.split(), strict=True)) | ({"status": said} if isinstance(said, str) else {"values": said})
            for key, said in answers.items()
        ],
        "fetches": [{"url": url, **said} for url, said in (fetches or {}).items()],
    }
    found = from_json(json.dumps(data))
    observation = Observation(answers=found.answers, fetches=found.fetches, planned=planned(posture))
    return [(one.rule.id, one.message, one.at[2:]) for one in run(posture, RULES, observation)]


def spf(*terms: str) -> str:
    return f"spf: {{allow: {json.dumps(terms)}, otherwise: fail}}"


FIVE = [f"v=spf1 {' '.join(f'exists:{letter}{i}.example.net' for i in range(5))} -all" for letter in "ab"]


def exists(status: str | list[str]) -> dict[str, Any]:
    return {f"{letter}{i}.example.net A": status for letter in "ab" for i in range(5)}


@pytest.mark.parametrize(
    ("sections", "answers", "found"),
    [
        pytest.param(
            spf("include:a.example.net", "include:b.example.net"),
            {"a.example.net TXT": [FIVE[0]], "b.example.net TXT": [FIVE[1]], **exists(["127.0.0.2"])},
            [
                (
                    "spf-include-passes-everyone",
                    f"the record of {letter}.example.net lets mail from every host pass, and by 'include:{letter}.example.net' this one does, too",
                    ("spf", "allow", i),
                )
                for i, letter in enumerate("ab")
            ]
            + [
                (
                    "spf-term-without-effect",
                    "'include:b.example.net' never decides: terms before it do for all clients that it matches",
                    ("spf", "allow", 1),
                )
            ],
            id="a match ends it early",
        ),
        pytest.param(
            spf("a:s1.example.com", "include:a.example.net"),
            {"s1.example.com A": "timeout", "s1.example.com AAAA": "timeout", "a.example.net TXT": "servfail"},
            [],
            id="what was not answered says nothing",
        ),
        pytest.param(
            spf("ip4:192.0.2.1", "include:a.example.net"),
            {"a.example.net TXT": ["v=spf1 include:b.example.net -all"], "b.example.net TXT": "no data"},
            [
                (
                    "spf-include-without-record",
                    "b.example.net, which the record of a.example.net names, has no SPF record: receivers that come to it stop with permerror",
                    ("spf", "allow", 1),
                )
            ],
            id="an include within an include, told at the term of the file",
        ),
        pytest.param(
            "spf: {allow: [mx], redirect: a.example.net}, mx: [{preference: 10, host: mx1.example.com}]",
            {
                "mx1.example.com A": ["192.0.2.1"],
                "mx1.example.com AAAA": ["2001:db8::1"],
                "a.example.net TXT": ["v=spf1 -all", "v=spf1 ~all"],
            },
            [
                (
                    "spf-include-without-record",
                    "a.example.net, which the record of example.com names, has 2 SPF records: receivers that come to it stop with permerror",
                    ("spf", "redirect"),
                )
            ],
            id="a redirect to several records",
        ),
        pytest.param(
            spf("include:a.example.net"),
            {"a.example.net TXT": ["v=spf1 include:a.example.net -all"]},
            [
                (
                    "spf-tree-too-many-lookups",
                    (
                        "more than 50 terms query DNS, those of included records counted, and 10 are allowed: receivers that come to "
                        "'include:a.example.net' of a.example.net, in 'include:a.example.net' of example.com stop with permerror"
                    ),
                    ("spf", "allow", 0),
                )
            ],
            id="a loop",
        ),
        pytest.param(
            spf("ip4:192.0.2.1", "a:s1.example.com", "a:s2.example.com", "a:s3.example.com"),
            {f"s{i}.example.com {kind}": said for i in (1, 2, 3) for kind, said in (("A", [f"192.0.2.{10 + i}"]), ("AAAA", "no data"))},
            [
                (
                    "spf-tree-too-many-ipv6-voids",
                    (
                        "more than 2 terms look for what is not there for clients with IPv6: receivers that come to "
                        "'a:s3.example.com' of example.com stop with permerror"
                    ),
                    ("spf", "allow", 3),
                )
            ],
            id="voids of IPv6 only",
        ),
        pytest.param(
            spf(f"include:{'a' * 64}.example.net", "include:%{i}.example.net", "include:a.example.net"),
            {"a.example.net TXT": ["v=spf1 -all"]},
            [],
            id="a name that cannot be, and one that depends on the message",
        ),
        pytest.param(spf("ip4:192.0.2.1"), {"example.com TXT": "timeout"}, [], id="the own record was not answered"),
        pytest.param(
            "dmarc: {policy: none, aggregate_reports: ['mailto:a@example.net', 'mailto:nobody', 'mailto:d@example.com']}",
            {
                "_dmarc.com TXT": "nxdomain",
                "_dmarc.net TXT": "nxdomain",
                "_dmarc.example.net TXT": "nxdomain",
                "example.com._report._dmarc.example.net TXT": ["v=DMARC1; rua=mailto:b@example.org"],
                "_dmarc.example.com TXT": ["v=DMARC1; p=none; p=reject; rua"],
            },
            [
                ("dmarc-published-record-invalid", "the record in DNS is not written as it must be: the tag p is there twice", ("dmarc",)),
                (
                    "dmarc-published-record-invalid",
                    "the record in DNS is not written as it must be: 'rua' is no tag: NAME=VALUE in printable ASCII",
                    ("dmarc",),
                ),
                (
                    "dmarc-reports-not-authorised",
                    (
                        "receivers send no report to mailto:a@example.net: the record at example.com._report._dmarc.example.net sends the reports on "
                        "to mailto:b@example.org, which is not of example.net: then nobody gets them"
                    ),
                    ("dmarc", "aggregate_reports", 0),
                ),
            ],
            id="a destination that sends them on, and one that is none",
        ),
        pytest.param(
            "dmarc: {policy: none, failure_reports: ['mailto:a@example.net']}",
            {
                "_dmarc.com TXT": "nxdomain",
                "_dmarc.net TXT": "nxdomain",
                "_dmarc.example.net TXT": "nxdomain",
                "example.com._report._dmarc.example.net TXT": "timeout",
                "_dmarc.example.com TXT": ["v=DMARC1; rua=mailto:a@example.com"],
            },
            [
                (
                    "dmarc-published-record-invalid",
                    (
                        "the record of example.com, the Author Domain, says no p: as it asks for reports at a valid URI, "
                        "receivers act as if it said p=none and nothing else"
                    ),
                    ("dmarc",),
                )
            ],
            id="whether the destination agrees is not known",
        ),
        pytest.param(
            "mx: null_mx",
            {"_dmarc.example.com TXT": "nxdomain", "_dmarc.com TXT": "servfail"},
            [],
            id="whether there is a policy above is not known",
        ),
        pytest.param(
            f"dkim: {{s1: {{record: 'v=DKIM1; k=ed25519; p={KEY}'}}, s2: revoked, s3: absent, s4: {{record: 'v=DKIM1; p=?'}}}}",
            {"s1._domainkey.example.com TXT": ["v=DKIM1; p="], "s4._domainkey.example.com TXT": ["v=DKIM1; p=MIIB"]},
            [
                (
                    "dkim-published-key-differs",
                    "the key at s1._domainkey.example.com is revoked: signatures made with the file's key fail",
                    ("dkim", "s1", "record"),
                )
            ],
            id="a key that is revoked today",
        ),
        pytest.param(
            f"dkim: {{S1: {{record: 'v=DKIM1; k=ed25519; p={KEY}'}}}}",
            {"s1._domainkey.example.com TXT": ["verification=1"]},
            [
                (
                    "dkim-key-not-published",
                    "there is no key record at s1._domainkey.example.com: verifiers count signatures with this selector as failed",
                    ("dkim", "S1", "record"),
                )
            ],
            id="something else at the selector",
        ),
        pytest.param(
            f"dkim: {{s1: {{record: 'v=DKIM1; k=ed25519; p={KEY}'}}}}",
            {"s1._domainkey.example.com TXT": "refused"},
            [],
            id="a key not answered",
        ),
        pytest.param(
            "mx: [{preference: 10, host: mx1.example.com}]",
            {"mx1.example.com A": "nxdomain", "mx1.example.com AAAA": "timeout"},
            [],
            id="an address may be there",
        ),
        pytest.param("mx: [{preference: 10, host: mx1.example.com}]", {}, [], id="nothing is recorded"),
    ],
)
def test_what_is_found(sections: str, answers: dict[str, Any], found: list[tuple[str, str, Route]]) -> None:
    assert judged(sections, answers) == found


def test_lookups_are_counted_to_the_end() -> None:
    answers = {"a.example.net TXT": [FIVE[0]], "b.example.net TXT": [FIVE[1]], **exists("no data")}
    found = judged(spf("include:a.example.net", "include:b.example.net"), answers)
    assert found == [
        *(
            (
                "spf-term-without-effect",
                f"'include:{letter}.example.net' changes nothing: without it every message gets the same result",
                place,
            )
            for letter, place in (("a", ("spf", "allow", 0)), ("b", ("spf", "allow", 1)))
        ),
        (
            "spf-tree-too-many-lookups",
            (
                "12 terms query DNS, those of included records counted, and 10 are allowed: receivers that come to "
                "'exists:b3.example.net' of b.example.net, in 'include:b.example.net' of example.com stop with permerror"
            ),
            ("spf", "allow", 1),
        ),
        (
            "spf-tree-too-many-voids",
            (
                "more than 2 terms look for what is not there for clients with IPv4: receivers that come to "
                "'exists:a2.example.net' of a.example.net, in 'include:a.example.net' of example.com stop with permerror"
            ),
            ("spf", "allow", 0),
        ),
    ]


@pytest.mark.parametrize(
    ("fetched", "found"),
    [
        ({"body": "version: STSv1\nmode: none\nmax_age: 86400\n"}, []),
        (
            {"body": "version: STSv1\r\nmode: enforce\r\nmax_age: 1\r\n"},
            ["the policy that is served is not written as it must be: no mx, which mode enforce needs"],
        ),
        (
            {"problem": "the connection was refused"},
            [f"there is a record at _mta-sts.example.com, and no policy: {POLICY}: the connection was refused"],
        ),
    ],
)
def test_mta_sts_policies(fetched: dict[str, str], found: list[str]) -> None:
    told = judged("mx: null_mx", {"_mta-sts.example.com TXT": ["v=STSv1; id=1;", "other"]}, {POLICY: fetched})
    assert [message for _, message, _ in told] == found


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (
            {"_smtp._tls.example.com TXT": ["v=TLSRPTv1; rua=mailto:a@x.example", "v=TLSRPTv1; rua=mailto:b@x.example", "other"]},
            [("tls-rpt-published-record-invalid", "there are 2 records in DNS: senders of reports take none of them", ("tls_rpt",))],
        ),
        (
            {"_smtp._tls.example.com TXT": ["v=TLSRPTv1;"]},
            [("tls-rpt-published-record-invalid", "the record in DNS is not written as it must be: no rua", ("tls_rpt",))],
        ),
        (
            {"default._bimi.example.com TXT": ["v=BIMI1; a=", "v=BIMI1; l="]},
            [
                ("bimi-published-record-invalid", "there are 2 records in DNS: receivers take none of them", ("bimi",)),
                ("bimi-published-record-invalid", "the record in DNS is not written as it must be: no l=", ("bimi",)),
            ],
        ),
        (
            {"_mta-sts.example.com TXT": ["v=STSv1;"]},
            [("mta-sts-published-record-invalid", "the record in DNS is not written as it must be: no id", ("mta_sts",))],
        ),
    ],
)
def test_records_that_announce_something(answers: dict[str, Any], found: list[tuple[str, str, Route]]) -> None:
    assert judged("mx: null_mx", answers) == found


def test_without_an_observation_no_rule_over_it_judges() -> None:
    posture = load_bytes(f"version: 1\ndomains:\n  example.com: {{{spf('include:a.example.net')}}}\n".encode(), "f", Path()).posture
    assert list(run(posture, RULES)) == []


def test_rules_say_what_they_miss() -> None:
    posture = load_bytes(b"version: 1\ndomains:\n  example.com: {mx: [{preference: 1, host: mx.example.com}]}\n", "f", Path()).posture
    some = [
        "spf-no-record",
        "mx-host-without-address",
        *(f"{kind}-published-record-invalid" for kind in ("dmarc", "mta-sts", "tls-rpt", "bimi")),
    ]
    missing = unanswered(posture, posture.domains[0], [RULES[name] for name in some], Observation(planned=planned(posture)))
    assert {wanted if isinstance(wanted, str) else f"{wanted.name} {wanted.type}" for wanted in missing} == {
        "example.com TXT",
        "_dmarc.example.com TXT",
        "_mta-sts.example.com TXT",
        "_smtp._tls.example.com TXT",
        "default._bimi.example.com TXT",
        "mx.example.com A",
    }
