"""The rules that hold one protocol against another, and one domain against another."""

import pytest

from emailauth.lint.rules.cross.providers import _PROVIDERS
from emailauth.protocols.dkim.providers import PROVIDERS
from tests.lint.judging import Answers, judged, judged_as_published


def domain(*sections: str, more: str = "") -> str:
    return f"version: 1\ndomains:\n  example.com: {{{', '.join(sections)}}}\n{more}"


def messages(text: str, rule: str, answers: Answers | None = None) -> list[str]:
    return [message for _, message, _ in judged(text, answers, rules=[rule])]


def spf(*terms: str) -> str:
    return f"spf: {{allow: [{', '.join(terms)}], otherwise: softfail}}"


def dkim(**targets: str) -> str:
    return f"dkim: {{{', '.join(f'{selector}: {{cname: {target}}}' for selector, target in targets.items())}}}"


FASTMAIL = {f"fm{i}": f"fm{i}.example.com.dkim.fmhosted.com" for i in (1, 2, 3)}
LEFT = "'include:mail.zendesk.com' lets Zendesk send, and the DKIM keys are all of Fastmail: was Zendesk left?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (domain(spf("include:spf.messagingengine.com", "include:mail.zendesk.com"), dkim(**FASTMAIL)), [LEFT]),
        (domain(spf("INCLUDE:Mail.Zendesk.COM."), dkim(**FASTMAIL)), [LEFT.replace("include:mail.zendesk.com", "INCLUDE:Mail.Zendesk.COM.")]),
        (domain(spf("include:mail.zendesk.com"), dkim(**FASTMAIL, zendesk1="zendesk1._domainkey.zendesk.com")), []),
        # a key that can be anybody's
        (domain(spf("include:mail.zendesk.com"), dkim(**FASTMAIL, s1="s1.dkim.example.net")), []),
        (domain(spf("include:mail.zendesk.com"), 'dkim: {s1: {record: "v=DKIM1; p=MIIB"}}'), []),
        (domain(spf("include:mail.zendesk.com"), dkim(s1="a..b")), []),
        # nothing to compare
        (domain(spf("include:mail.zendesk.com"), "dkim: {s1: revoked}"), []),
        (domain(spf("include:mail.zendesk.com"), "dkim: absent"), []),
        (domain("spf: absent", dkim(**FASTMAIL)), []),
        (domain(spf("include:mail.zendesk.com")), []),
        # terms that let no provider of the list send
        (domain(spf("mx", "include:_spf.example.net", "a:mail.zendesk.com", '"-include:mail.zendesk.com"', '"include:%{i}.zendesk.com"'), dkim(**FASTMAIL)), []),
        (domain('spf: {allow: ["-all", "include:mail.zendesk.com"]}', dkim(**FASTMAIL)), []),
    ],
)  # fmt: skip
def test_providers_without_a_key(text: str, expected: list[str]) -> None:
    assert messages(text, "provider-without-dkim-key") == expected


def test_a_provider_has_one_name() -> None:
    """Keys whose provider only the other list knows are somebody else's than those of every provider here."""
    others = {one.name: one.zones for one in PROVIDERS}
    for provider in _PROVIDERS:
        for name, zones in others.items():
            shared = [zone for zone in provider.zones if f".{zone}".endswith(zones)]
            assert not shared or name == provider.name


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("selector1-example-net._domainkey.contoso.onmicrosoft.com", "example.net"),
        ("b1.example-net.dkim.brevo.com", "example.net"),
        ("fm1.example.net.dkim.fmhosted.com", "example.net"),
        ("fm1.shop.example.net.dkim.fmhosted.com", "shop.example.net"),
        ("FM1.Example.NET.dkim.fmhosted.com.", "example.net"),
        ("selector1-example-com._domainkey.contoso.onmicrosoft.com", None),
        ("fm1.example.com.dkim.fmhosted.com", None),
        ("s1.dkim.example.net", None),
        ("s1.domainkey.u123.wl.sendgrid.net", None),
        ("example-network.dkim.example.org", None),
        ("a..b", None),
    ],
)
def test_keys_of_other_domains(target: str, expected: str | None) -> None:
    text = domain(dkim(s1=target), more="  example.net: {mx: null_mx}\n  shop.example.net: {mx: null_mx}\n")
    name = target.lower().removesuffix(".")
    message = [] if expected is None else [f"{name} is by its name the key of {expected}, not of example.com"]
    assert messages(text, "dkim-cname-of-other-domain") == message


def test_keys_that_are_no_cname_have_no_tenant() -> None:
    text = domain('dkim: {s1: {record: "v=DKIM1; p="}, s2: revoked}', more="  example.net: {mx: null_mx}\n")
    assert messages(text, "dkim-cname-of-other-domain") == []


SPF = "example.com TXT"
BROKEN = "v=spf1 ipv4:192.0.2.1 -all"
POLICY = "_dmarc.example.com TXT"


@pytest.mark.parametrize(
    ("text", "answers", "found"),
    [
        pytest.param(domain("dmarc: {policy: reject}"), {SPF: [BROKEN, "x"]}, True, id="what is not a term"),
        pytest.param(domain("dmarc: {policy: reject}"), {SPF: ["v=spf1 include:a.example -all"], "a.example TXT": "nxdomain"}, True, id="include of nothing"),
        pytest.param(domain("mx: null_mx"), {SPF: [BROKEN], POLICY: ["v=DMARC1; p=quarantine"]}, True, id="the policy of DNS"),
        pytest.param(domain("mx: null_mx"), {SPF: [BROKEN], POLICY: ["v=DMARC1; p=none"]}, False, id="nothing is lost with none"),
        pytest.param(domain("dmarc: {policy: quarantine, testing: true}"), {SPF: [BROKEN]}, False, id="nor while it is tested"),
        pytest.param(domain("mx: null_mx"), {SPF: [BROKEN], POLICY: "timeout"}, False, id="the policy is not known"),
        pytest.param(domain("dmarc: {policy: reject}"), {SPF: ["v=spf1 -all"]}, False, id="whole"),
        pytest.param(domain("dmarc: {policy: reject}"), {SPF: "nxdomain"}, False, id="none"),
        pytest.param(domain("dmarc: {policy: reject}"), {SPF: [BROKEN, BROKEN]}, False, id="several, of which another rule tells"),
        pytest.param(domain("dmarc: {policy: reject}", "spf: {allow: [mx]}"), {SPF: [BROKEN]}, False, id="the file mends it"),
        pytest.param(domain("dmarc: {policy: reject}"), {SPF: ["v=spf1 a:s1.example -all"], "s1.example A": "servfail", "s1.example AAAA": "servfail"}, False, id="not known"),
    ],
)  # fmt: skip
def test_enforcement_over_broken_spf(text: str, answers: Answers, found: bool) -> None:
    assert bool(messages(text, "dmarc-enforced-with-broken-spf", answers)) is found


def test_what_is_broken_is_said() -> None:
    [(_, message, at)] = judged(domain("dmarc: {policy: reject}"), {SPF: [BROKEN]}, rules=["dmarc-enforced-with-broken-spf"])
    assert message.startswith("receivers are asked for reject, and stop at the SPF record with permerror (")
    assert message.endswith("): DKIM alone proves mail")
    assert at == ("domains", "example.com", "dmarc", "policy")


TLSA = [f"3 1 1 {'0' * 64}"]
STS = "mta_sts: {mode: testing, mx: [mx1.example.com], max_age: 604800}"
MX = "mx: [{preference: 10, host: mx1.example.com}, {preference: 20, host: mx2.example.com}]"
TLSA_1, TLSA_2 = "_25._tcp.mx1.example.com TLSA", "_25._tcp.mx2.example.com TLSA"
HOLD = "TLSA records: senders that do DANE hold mail back where they do not match, testing or not"


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        (domain(MX, STS), {TLSA_1: TLSA, TLSA_2: "nxdomain"}, [f"mx1.example.com has {HOLD}"]),
        (domain(MX, STS), {TLSA_1: TLSA, TLSA_2: TLSA}, [f"mx1.example.com and mx2.example.com have {HOLD}"]),
        (domain(STS), {"example.com MX": ["10 mx2.example.com."], TLSA_2: TLSA}, [f"mx2.example.com has {HOLD}"]),
        (domain(MX, STS), {TLSA_1: "nxdomain", TLSA_2: "servfail"}, []),
        (domain(MX, STS.replace("testing", "enforce")), {TLSA_1: TLSA, TLSA_2: TLSA}, []),
        (domain(MX), {TLSA_1: TLSA, TLSA_2: TLSA}, []),
        (domain("mx: [{preference: 10, host: a..b}]", STS), {}, []),
    ],
)
def test_mta_sts_in_testing_beside_dane(text: str, answers: Answers, expected: list[str]) -> None:
    assert messages(text, "mta-sts-testing-beside-dane", answers) == expected


@pytest.mark.parametrize(
    ("text", "answers", "found"),
    [
        (domain(MX), {"_mta-sts.example.com TXT": "nxdomain", TLSA_1: TLSA, TLSA_2: TLSA}, True),
        (domain(MX, "mta_sts: absent"), {"_mta-sts.example.com TXT": ["x"], TLSA_1: TLSA, TLSA_2: TLSA}, True),
        (domain("mta_sts: absent"), {"_mta-sts.example.com TXT": "no data", "example.com MX": ["0 ."]}, False),
        (domain("mx: null_mx"), {"_mta-sts.example.com TXT": "no data"}, False),
        (domain(MX), {"_mta-sts.example.com TXT": "nxdomain", TLSA_1: TLSA, TLSA_2: "nxdomain"}, False),
        (domain(MX), {"_mta-sts.example.com TXT": ["v=STSv1; id=1;"], TLSA_1: TLSA, TLSA_2: TLSA}, False),
        (domain(MX), {"_mta-sts.example.com TXT": "timeout", TLSA_1: TLSA, TLSA_2: TLSA}, False),
        (domain(MX, STS), {TLSA_1: TLSA, TLSA_2: TLSA}, False),
    ],
)
def test_dane_alone(text: str, answers: Answers, found: bool) -> None:
    expected = ["senders that do no DANE do not protect mail to example.com: it has no MTA-STS policy"]
    assert messages(text, "dane-without-mta-sts", answers) == (expected if found else [])


PARKED = "version: 1\ndomains:\n  example.com: parked\n"
RECEIVES = "example.com receives mail today: its MX records name mx1.example.net and mx2.example.net"
SENDS = "example.com sends mail today: its SPF record lets hosts do so"


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        (PARKED, {"example.com MX": ["10 mx1.example.net.", "20 mx2.example.net."], SPF: ["v=spf1 mx -all"]}, [RECEIVES, SENDS]),
        (PARKED, {"example.com MX": "no data", SPF: ["MS=ms1", "v=spf1 redirect=_spf.example.net"]}, [SENDS]),
        (PARKED, {"example.com MX": ["0 ."], SPF: ["v=spf1 -all", "MS=ms1"]}, []),
        (PARKED, {"example.com MX": "timeout", SPF: "timeout"}, []),
        (domain("mx: null_mx"), {"example.com MX": ["10 mx1.example.net."], SPF: ["v=spf1 mx -all"]}, []),
    ],
)
def test_parked_domains_in_use(text: str, answers: Answers, expected: list[str]) -> None:
    assert messages(text, "parked-domain-in-use", answers) == expected


def test_what_is_published_is_held_against_each_other_too() -> None:
    answers = {SPF: "no data", "example.com MX": ["10 mx1.example.com."], "_mta-sts.example.com TXT": "nxdomain", TLSA_1: TLSA}
    found = judged_as_published("example.com", answers, rules=["dane-without-mta-sts", "parked-domain-in-use"])
    assert [rule for rule, _, _ in found] == ["dane-without-mta-sts"]
