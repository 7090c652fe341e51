"""The rules over the observation that are about DKIM: what they find beyond their pages, and what they leave to what is not known."""

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
from tests.protocols.dkim_keys import BITS, FACTOR_101
from tests.protocols.dkim_secrets import EDWARDS_P, RSA_P

RULES = {id_: rule for id_, rule in all_rules().items() if rule.subject is Observation and id_.startswith("dkim-")}
OWN = "s1._domainkey.example.com"
PROVIDER = "s1.dkim.example.net"
CNAME = "dkim: {s1: {cname: s1.dkim.example.net}}"
RECORD = f"dkim: {{s1: {{record: 'v=DKIM1; p={RSA_P}'}}}}"
GOOD = f"v=DKIM1; p={RSA_P}"
MX = "mx: [{preference: 10, host: mx1.example.com}]"


def judged(sections: str, answers: dict[str, Any]) -> list[tuple[str, str, Route]]:
    """Rule, message and place within example.com; of an answer "NAME TYPE", the values, or the status."""
    posture = load_bytes(f"version: 1\ndomains:\n  example.com: {{{sections}}}\n".encode(), "email-auth.yaml", Path()).posture
    data = {
        "format": 1,
        "answers": [
            dict(zip(("name", "type"), key.split(), strict=True)) | ({"status": said} if isinstance(said, str) else {"values": said})
            for key, said in answers.items()
        ],
    }
    observation = Observation(answers=from_json(json.dumps(data)).answers, planned=planned(posture))
    return [(one.rule.id, one.message, one.at[2:]) for one in run(posture, RULES, observation)]


def provided(*values: str) -> dict[str, Any]:
    """A CNAME that is published, and the records behind it."""
    return {f"{OWN} TXT": list(values), f"{PROVIDER} TXT": list(values)}


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (provided(GOOD), []),
        (provided(f"v=DKIM1; k=ed25519; p={EDWARDS_P}"), []),
        ({f"{OWN} TXT": "nxdomain", f"{PROVIDER} TXT": "timeout"}, ["there is no key record at s1._domainkey.example.com"]),
        ({f"{OWN} TXT": "servfail", f"{PROVIDER} TXT": "refused"}, []),
        ({f"{OWN} TXT": "nxdomain", f"{PROVIDER} TXT": [GOOD]}, ["there is no key record at s1._domainkey.example.com"]),
        (
            {f"{OWN} TXT": [GOOD], f"{PROVIDER} TXT": "no data"},
            ["there is no key record at s1.dkim.example.net, where the CNAME leads"],
        ),
        (provided(f"v=DKIM1; p={BITS[512]}"), ["verifiers take no signature of the key at s1.dkim.example.net: the RSA key has 512 bits"]),
        (
            provided(f"v=DKIM1; p={FACTOR_101}"),
            ["verifiers take no signature of the key at s1.dkim.example.net: the key is of no use: its modulus is divisible by 101"],
        ),
        (
            provided("v=DKIM1; p=MIIB"),
            ["verifiers take no signature of the key at s1.dkim.example.net: the key is not the DER of an RSA public key"],
        ),
        (provided(f"v=DKIM1; p={BITS[1024]}"), ["the key at s1.dkim.example.net is an RSA key of 1024 bits"]),
        (provided("v=DKIM1; p="), ["the key at s1.dkim.example.net is revoked"]),
        (provided(f"v=DKIM1; t=y; p={RSA_P}"), ["the key at s1.dkim.example.net is marked as a test"]),
        # Which of several verifiers take is not known.
        (provided(GOOD, "v=DKIM1; p="), ["there are 2 key records at s1._domainkey.example.com, and verifiers expect one"]),
        ({}, []),
    ],
)
def test_the_key_behind_a_cname_is_judged(answers: dict[str, Any], found: list[str]) -> None:
    told = judged(CNAME, answers)
    assert [message for _, message, _ in told if not any(message.startswith(start) for start in found)] == []
    assert len(told) == len(found)
    assert {at for *_, at in told} <= {("dkim", "s1", "cname")}


def test_a_cname_that_can_be_no_name_is_not_looked_up() -> None:
    assert judged("dkim: {s1: {cname: 'a..b'}}", {f"{OWN} TXT": [GOOD]}) == []


@pytest.mark.parametrize(
    ("sections", "answers", "found"),
    [
        pytest.param(
            RECORD,
            {f"{OWN} CNAME": ["s1.dkim.example.net."], "*._domainkey.example.com CNAME": "nxdomain"},
            [("dkim-cname-in-the-way", f"{OWN} is a CNAME to s1.dkim.example.net. today, beside which nothing can stand", "record")],
            id="a CNAME",
        ),
        pytest.param(
            RECORD,
            {f"{OWN} CNAME": ["park.example.net."], "*._domainkey.example.com CNAME": ["park.example.net."]},
            [],
            id="a wildcard's CNAME",
        ),
        pytest.param(CNAME, {f"{OWN} CNAME": ["s1.dkim.example.net."]}, [], id="the CNAME that the file wants"),
        pytest.param(
            CNAME,
            {"*._domainkey.example.com TXT": [GOOD]},
            [("dkim-wildcard", "*._domainkey.example.com answers with a key for every selector that anybody asks for", None)],
            id="a wildcard key",
        ),
        pytest.param(CNAME, {"*._domainkey.example.com TXT": ["v=DKIM1; p="]}, [], id="a wildcard that revokes"),
        pytest.param(CNAME, {"*._domainkey.example.com TXT": ["v=spf1 -all"]}, [], id="the wildcard of something else"),
        pytest.param(CNAME, {"*._domainkey.example.com TXT": "timeout"}, [], id="whether there is one is not known"),
        pytest.param(
            CNAME,
            {"_adsp._domainkey.example.com TXT": ["dkim=discardable"], "_domainkey.example.com TXT": ["t=y; o=-;"]},
            [
                ("dkim-old-policy", "a record of ADSP, which is historic, is left at _adsp._domainkey.example.com", None),
                ("dkim-old-policy", "a record of DomainKeys, which is historic, is left at _domainkey.example.com", None),
            ],
            id="both old policies",
        ),
        pytest.param(
            CNAME,
            {"_adsp._domainkey.example.com TXT": ["v=DKIM1; p="], "_domainkey.example.com TXT": [GOOD, "v=spf1 -all"]},
            [],
            id="something else at their names",
        ),
    ],
)
def test_what_stands_besides_keys(sections: str, answers: dict[str, Any], found: list[tuple[str, str, str | None]]) -> None:
    expected = [(rule, message, ("dkim", "s1", at) if at else ("dkim",)) for rule, message, at in found]
    assert judged(sections, answers) == expected


@pytest.mark.parametrize(
    ("sections", "status", "is_found"),
    [
        (MX, "nxdomain", True),
        (MX, "no data", False),
        (MX, "timeout", False),
        ("mx: null_mx", "nxdomain", False),
        ("spf: {allow: []}", "nxdomain", False),
        (f"{MX}, dkim: absent", "nxdomain", False),
        (f"{MX}, {RECORD}", "nxdomain", False),
    ],
)
def test_a_domain_without_any_key(sections: str, status: str, *, is_found: bool) -> None:
    told = judged(sections, {"_domainkey.example.com TXT": status})
    message = "_domainkey.example.com does not exist: the domain has no DKIM key, and nobody can sign in its name"
    assert told == ([("dkim-no-selector", message, ())] if is_found else [])


def test_what_they_ask_for() -> None:
    posture = load_bytes(f"version: 1\ndomains:\n  example.com: {{{CNAME}}}\n".encode(), "f", Path()).posture
    missing = unanswered(posture, posture.domains[0], RULES.values(), Observation(planned=planned(posture)))
    assert {wanted if isinstance(wanted, str) else f"{wanted.name} {wanted.type}" for wanted in missing} == {
        "s1.dkim.example.net TXT",
        "s1._domainkey.example.com TXT",
        "*._domainkey.example.com TXT",
        "_adsp._domainkey.example.com TXT",
    }
