"""The demands of large receivers: on whom they are made, and what of a domain they see."""

import datetime as dt
import importlib

import pytest

from emailauth.core.diagnostic import Strength
from emailauth.lint.receiver import Receiver
from emailauth.lint.rules import all_rules
from emailauth.workflow.schemas import file_schema
from tests.lint.judging import Answers, judged

NAMES: list[str] = file_schema()["$defs"]["receivers"]["items"]["enum"]
RULES = [rule for rule in all_rules().values() if rule.protocol == "receivers"]
GMAIL = [rule.id for rule in RULES if rule.id.startswith("gmail-")]
SPF = 'spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}'
DKIM = "dkim: {s1: {cname: s1.dkim.example.net}}"


def test_the_file_takes_the_receivers_that_there_are() -> None:
    assert NAMES == ["gmail", "microsoft", "yahoo"]


def test_the_clause_says_who_where_and_since_when() -> None:
    one = Receiver(name="a", title="A", document="A, Demands", since=dt.date(2024, 2, 1), refusal="refuses it")
    assert one.clause == "A, Demands, since 2024-02-01"


@pytest.mark.parametrize("name", NAMES)
def test_a_receiver_is_one_file(name: str) -> None:
    receiver: Receiver = importlib.import_module(f"emailauth.lint.rules.receivers.{name}").RECEIVER
    rules = [rule for rule in RULES if rule.id.startswith(f"{name}-")]
    assert receiver.name == name
    assert {rule.clause for rule in rules} == {receiver.clause}
    assert {rule.strength for rule in rules} == {Strength.MUST}
    assert [rule.id.removeprefix(f"{name}-") for rule in rules] == ["dkim-missing", "dmarc-missing", "record-not-published", "spf-missing"]


def file(*sections: str, receivers: str = "[gmail]", more: str = "") -> str:
    return f"version: 1\nreceivers: {receivers}\ndomains:\n  example.com: {{{', '.join(sections)}}}\n{more}"


def short(found: list[tuple[str, str, tuple[str | int, ...]]]) -> list[tuple[str, str]]:
    return [(rule.removeprefix("gmail-"), ".".join(map(str, at[1:]))) for rule, _, at in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(file(SPF, DKIM), [], id="what others publish is not judged"),
        pytest.param(file(SPF, "dkim: absent"), [("dkim-missing", "example.com.dkim")], id="no key"),
        pytest.param(file(SPF, "dkim: {s1: revoked, s2: absent}"), [("dkim-missing", "example.com.dkim")], id="no key is left"),
        pytest.param(file("spf: absent", DKIM), [("spf-missing", "example.com.spf")], id="no SPF"),
        pytest.param(file("spf: {otherwise: fail}", DKIM), [], id="another MAIL FROM can be used"),
        pytest.param(file("spf: {redirect: _spf.example.net}", "dkim: absent"), [("dkim-missing", "example.com.dkim")], id="redirect"),
        pytest.param(file(SPF, DKIM, "dmarc: absent"), [("dmarc-missing", "example.com.dmarc")], id="no DMARC"),
        pytest.param(file(SPF, DKIM, "dmarc: {policy: none}"), [], id="none is enough"),
        pytest.param(file("spf: {otherwise: fail}", "dkim: absent", "dmarc: absent"), [], id="nothing is sent"),
        pytest.param(file("spf: absent", "dkim: absent", "mx: null_mx"), [], id="nothing says that anything is sent"),
        pytest.param(file(SPF, "dkim: absent", receivers="[]"), [], id="nobody named"),
        pytest.param(file(SPF, "dkim: absent", receivers="[yahoo, microsoft]"), [], id="others named"),
        pytest.param(file(SPF, "dkim: absent", "receivers: []"), [], id="the domain's own list goes before"),
        pytest.param(
            file(SPF, "dkim: absent", "receivers: [yahoo, gmail]", receivers="[yahoo]"),
            [("dkim-missing", "example.com.dkim")],
            id="named by the domain",
        ),
        pytest.param(file(SPF, "dkim: absent", "profile: parked"), [], id="parked"),
        pytest.param(file(SPF, more="  news.example.com: {" + DKIM + ", dmarc: absent}\n"), [], id="a record above can be there"),
        pytest.param(
            file("dmarc: absent", more="  news.example.com: {" + DKIM + ", dmarc: absent}\n"),
            [("dmarc-missing", "news.example.com.dmarc")],
            id="there is none above either",
        ),
        pytest.param(
            file("dmarc: {policy: reject}", more="  news.example.com: {" + DKIM + ", dmarc: absent}\n"), [], id="the record above applies"
        ),
        pytest.param(
            f"version: 1\nreceivers: [gmail]\ndomains:\n  example.co.uk: {{{DKIM}, dmarc: absent}}\n", [], id="co.uk could have a record"
        ),
    ],
)
def test_what_the_file_shows(text: str, expected: list[tuple[str, str]]) -> None:
    assert short(judged(text, rules=GMAIL)) == expected


NO_DMARC: Answers = {"_dmarc.example.com TXT": "nxdomain", "_dmarc.com TXT": "nxdomain"}


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        pytest.param(file(SPF), NO_DMARC, [("record-not-published", "example.com.dmarc")], id="no DMARC"),
        pytest.param(file(SPF, "dmarc: {policy: none}"), {}, [], id="the file has it"),
        pytest.param(file(SPF), {"_dmarc.example.com TXT": ["v=DMARC1; p=none"]}, [], id="none is enough"),
        pytest.param(
            file(SPF),
            {"_dmarc.example.com TXT": ["v=DMARC1; p=non"]},
            [("record-not-published", "example.com.dmarc")],
            id="a record that nobody applies",
        ),
        pytest.param(file(SPF), {"_dmarc.example.com TXT": "nxdomain", "_dmarc.com TXT": "servfail"}, [], id="not known"),
        pytest.param(
            file(DKIM),
            {"example.com TXT": ["MS=ms1"], **NO_DMARC},
            [("record-not-published", "example.com.spf"), ("record-not-published", "example.com.dmarc")],
            id="neither",
        ),
        pytest.param(file(DKIM, "dmarc: {policy: none}"), {"example.com TXT": "timeout"}, [], id="SPF is not known"),
        pytest.param(
            file("mx: null_mx"),
            {"example.com TXT": ["v=spf1 ip4:192.0.2.1 -all"], **NO_DMARC},
            [("record-not-published", "example.com.dmarc")],
            id="what is published says that mail is sent",
        ),
        pytest.param(file("mx: null_mx"), {"example.com TXT": ["v=spf1 -all"]}, [], id="nothing is sent"),
        pytest.param(
            file("mx: null_mx"),
            {"example.com TXT": ["v=spf1 redirect=_spf.example.net"], **NO_DMARC},
            [("record-not-published", "example.com.dmarc")],
            id="redirect",
        ),
        pytest.param(file(SPF, receivers="[yahoo]"), NO_DMARC, [], id="not named"),
        pytest.param("version: 1\nreceivers: [gmail]\ndomains: {example.com: parked}\n", NO_DMARC, [], id="parked"),
    ],
)
def test_what_dns_shows(text: str, answers: Answers, expected: list[tuple[str, str]]) -> None:
    assert short(judged(text, answers, rules=GMAIL)) == expected


def test_the_message_says_what_the_receiver_does() -> None:
    rules = [rule.id for rule in RULES if rule.id.endswith("-dkim-missing")]
    found = judged(file(SPF, "dkim: absent", receivers="[gmail, yahoo, microsoft]"), rules=rules)
    assert [message for _, message, _ in found] == [
        "example.com sends mail and has no DKIM key: Gmail turns its bulk mail away (5.7.26 and its like)",
        "example.com sends mail and has no DKIM key: Microsoft refuses its bulk mail (550 5.7.515)",
        "example.com sends mail and has no DKIM key: Yahoo defers or refuses its bulk mail",
    ]
