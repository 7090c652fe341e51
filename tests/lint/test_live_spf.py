"""The rules about SPF records in DNS and what they lead to: what they find beyond their pages, and what they leave alone."""

import pytest

from emailauth.core.diagnostic import Route
from emailauth.lint.rules import all_rules
from tests.lint.judging import Answers, judged, judged_as_published

RULES = frozenset(name for name, rule in all_rules().items() if name.startswith("spf-"))
OLD_TYPE = {"example.com SPF": "no data", "*.example.com TXT": "nxdomain", "example.com CNAME": "no data", "example.com TXT": "no data"}
"""What has no part in most of the cases here."""


def found(sections: str, answers: Answers) -> list[tuple[str, str, Route]]:
    """Rule, message, and place in the domain of a file."""
    text = f"version: 1\ndomains:\n  example.com: {{{sections}}}\n"
    return [(rule, message, at[2:]) for rule, message, at in judged(text, {**OLD_TYPE, **answers}, rules=RULES)]


def ids(sections: str, answers: Answers) -> list[str]:
    return [rule for rule, _, _ in found(sections, answers)]


def published(answers: Answers) -> list[tuple[str, str]]:
    return [
        (rule, message)
        for rule, message, _ in judged_as_published("example.com", {**OLD_TYPE, "example.com MX": "no data", **answers}, rules=RULES)
    ]


def spf(*terms: str, otherwise: str = "fail") -> str:
    return f"spf: {{allow: {list(terms)}, otherwise: {otherwise}}}"


def host(name: str, *addresses: str) -> dict[str, list[str] | str]:
    """The addresses of a name."""
    return {
        f"{name} A": [one for one in addresses if ":" not in one] or "no data",
        f"{name} AAAA": [one for one in addresses if ":" in one] or "no data",
    }


MISSES = [
    "v=spf10 mx -all",
    "v=spf1; mx -all",
    "v=spf1,mx",
    "v=spf 1 mx -all",
    '"v=spf1 mx -all"',
    " v=spf1 mx -all",
    "V = SPF1 mx",
    "v=spf1include:_spf.example.net -all",
    "v=spf1.0 mx",
    "v=spf2 mx -all",
    "v-spf1 mx -all",
    "vspf1 mx -all",
    "spf1 include:_spf.example.net ~all",
    "v=sfp1 mx ip4:192.0.2.1 -all",
    "\ufeffv=spf1 mx -all",
]


@pytest.mark.parametrize("text", MISSES)
def test_a_record_that_is_passed_over_is_told(text: str) -> None:
    told = published({"example.com TXT": ["MS=ms1", text]})
    assert [rule for rule, _ in told] == ["spf-record-passed-over"]
    assert told[0][1].endswith("does not begin with v=spf1 and a space, so receivers pass over it: there is no SPF record")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MS=ms1",
        "the spf record is v=spf1 mx -all",
        "google-site-verification=spf1",
        "vspace=1",
        "vspf-verification=1 2",
        "spf",
        "sp=none; include: nothing",
        "spf2.0/pra -all",
        "v=DMARC1; p=none",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert "spf-record-passed-over" not in [rule for rule, _ in published({"example.com TXT": [text]})]


def test_what_stands_beside_the_record_does_nothing() -> None:
    values = ["v=spf1 -all", "v=spf1; mx", "spf2.0/mfrom,pra mx -all", "MS=ms1"]
    assert published({"example.com TXT": values}) == [
        ("spf-useless-record", "'v=spf1; mx' does not begin with v=spf1 and a space, so receivers pass over it"),
        ("spf-useless-record", "'spf2.0/mfrom,pra mx -all' is a record of Sender ID, which receivers pass over"),
    ]


def test_a_file_that_brings_a_record_makes_a_near_miss_useless() -> None:
    assert ids(spf("ip4:192.0.2.1"), {"example.com TXT": ["v=spf10 mx"]}) == ["spf-useless-record"]
    assert ids("mx: null_mx", {"example.com TXT": ["v=spf10 mx"]}) == ["spf-record-passed-over"]


@pytest.mark.parametrize(
    ("values", "octets", "more"),
    [
        (["x" * 431], None, ""),
        (["x" * 432], 513, ""),
        (["x" * 250] * 4, 1119, ""),
        (["x" * 250] * 5, 1382, ", and above 1232 mostly TCP"),
    ],
)
def test_the_whole_txt_set_counts(values: list[str], octets: int | None, more: str) -> None:
    """12 header, 17 question, for each record 12, its octets, and one for each string: 'v=spf1 ip4:192.0.2.1 -all' has 25."""
    told = [message for rule, message in published({"example.com TXT": ["v=spf1 ip4:192.0.2.1 -all", *values]})]
    expected = f"the {len(values) + 1} TXT records at example.com make an answer of {octets} octets: above 512 it needs EDNS{more}"
    assert told == ([] if octets is None else [expected])


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("v=spf1 -all", []),
        ("v=spf1 ?mx -all", []),
        ("MS=ms1", []),
        ("v=spf1 mx -all", ["spf-wildcard-record"]),
        ("v=spf1 redirect=_spf.example.com", ["spf-wildcard-record"]),
    ],
)
def test_wildcards(text: str, rules: list[str]) -> None:
    assert ids(spf("ip4:192.0.2.1"), {"*.example.com TXT": [text]}) == rules


def test_an_alias_is_in_the_way_of_a_file_only() -> None:
    alias: Answers = {"example.com CNAME": ["www.example.net."]}
    assert ids(spf("ip4:192.0.2.1"), alias) == ["spf-record-beside-alias"]
    assert published({**alias, "example.com TXT": ["v=spf1 -all"]}) == []


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("v=spf1 moo -all", "'moo': 'moo' is no mechanism"),
        ("v=spf1 redirect=a.example.net redirect=b.example.net", "redirect= is there twice"),
    ],
)
def test_a_bad_record_further_in(record: str, message: str) -> None:
    answers: Answers = {"a.example.net TXT": ["v=spf1 include:b.example.net -all"], "b.example.net TXT": [record]}
    assert found(spf("ip4:192.0.2.1", "include:a.example.net"), answers) == [
        (
            "spf-include-of-bad-record",
            (
                f"receivers refuse the record of b.example.net, which the record of a.example.net names ({message}): those that come to it stop "
                "with permerror"
            ),
            ("spf", "allow", 1),
        )
    ]


@pytest.mark.parametrize(
    ("terms", "included", "rules"),
    [
        (["include:a.example.net"], "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", ["spf-include-passes-everyone"]),
        (["include:a.example.net"], "v=spf1 ip6:::/0 -all", ["spf-include-passes-everyone"]),
        (["include:a.example.net"], "v=spf1 -ip4:192.0.2.0/24 -ip6:2001:db8::/32 +all", ["spf-many-addresses"]),
        (["-include:a.example.net", "ip4:192.0.2.1"], "v=spf1 +all", ["spf-term-without-effect"] * 2),
        (["include:a.example.net"], "v=spf1 ?all", ["spf-term-without-effect"]),
        (["include:a.example.net"], "v=spf1 exists:%{i}.example.net -all", []),
        (["include:%{d}.example.net"], "v=spf1 -all", []),
        (["include:%{i}.example.net"], "v=spf1 -all", []),
    ],
)
def test_whom_an_include_lets_pass(terms: list[str], included: str, rules: list[str]) -> None:
    answers: Answers = {"a.example.net TXT": [included], "example.com.example.net TXT": ["v=spf1 ip4:192.0.2.1 -all"]}
    assert ids(spf(*terms), answers) == rules


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (["no macros here"], None),
        (["%{i} is not one of %{d}'s hosts at %{t}"], None),
        ("timeout", None),
        ("nxdomain", "there is no TXT record"),
        ("no data", "there is no TXT record"),
        (["one", "two"], "there are 2 TXT records"),
        (["caf\u00e9"], "there is a text that is not in ASCII"),
        (
            ["100 % sure"],
            "there is a text that is not written as it must be (a % begins a macro such as %{d}; a percent sign itself is written %%)",
        ),
    ],
)
def test_explanations(answer: list[str] | str, fault: str | None) -> None:
    told = found("spf: {otherwise: fail, explanation: why.example.com}", {"why.example.com TXT": answer})
    expected = [("spf-explanation-not-usable", f"{fault} at why.example.com, so receivers give no explanation", ("spf", "explanation"))]
    assert told == (expected if fault else [])


def test_an_explanation_whose_name_depends_on_the_message_is_left_alone() -> None:
    assert found("spf: {otherwise: fail, explanation: '%{i}.example.com'}", {}) == []


@pytest.mark.parametrize(
    ("terms", "answers", "told"),
    [
        pytest.param(
            ["a:s1.example.net", "a:s2.example.net"],
            {**host("s1.example.net", "192.0.2.1"), **host("s2.example.net", "192.0.2.2")},
            [],
            id="all have their use",
        ),
        pytest.param(
            ["ip4:192.0.2.1", "a:s1.example.net"],
            host("s1.example.net", "192.0.2.1"),
            [
                (
                    "spf-term-without-effect",
                    "'a:s1.example.net' never decides: terms before it do for all clients that it matches",
                    ("spf", "allow", 1),
                )
            ],
            id="a host's address comes before it",
        ),
        pytest.param(
            ["a:s1.example.net", "ip4:192.0.2.0/24"],
            host("s1.example.net", "192.0.2.1"),
            [
                (
                    "spf-term-without-effect",
                    "'a:s1.example.net' changes nothing: without it every message gets the same result",
                    ("spf", "allow", 0),
                )
            ],
            id="a range around it comes behind it",
        ),
        pytest.param(
            ["-ip4:192.0.2.9", "ip4:198.51.100.1"],
            {},
            [
                (
                    "spf-term-without-effect",
                    "'-ip4:192.0.2.9' changes nothing: without it every message gets the same result",
                    ("spf", "allow", 0),
                )
            ],
            id="what fails by itself",
        ),
        pytest.param(
            ["ip4:192.0.2.0/24", "ip4:192.0.2.9", "ip4:192.0.2.9"],
            {},
            ["spf-range-within-range", "spf-duplicate-term"],
            id="what the record tells is told once",
        ),
        pytest.param(
            ["ip4:192.0.2.0/24", "a:s1.example.net"],
            host("s1.example.net"),
            ["spf-host-without-address"],
            id="what matches nobody is told once",
        ),
        pytest.param(
            ["ip4:192.0.2.1", "a:s1.example.net", "a:s2.example.net"],
            {**host("s1.example.net", "192.0.2.1"), "s2.example.net A": "timeout", "s2.example.net AAAA": "timeout"},
            [],
            id="not all is known",
        ),
        pytest.param(["-all", "ip4:192.0.2.1"], {}, ["spf-after-all", "spf-after-all"], id="behind all"),
        pytest.param(
            ["include:a.example.net", "include:b.example.net"],
            {
                "a.example.net TXT": ["v=spf1 ip4:192.0.2.0/24 -all"],
                "b.example.net TXT": ["v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 -all"],
            },
            [
                (
                    "spf-term-without-effect",
                    "'include:b.example.net' never decides: terms before it do for all clients that it matches",
                    ("spf", "allow", 1),
                )
            ],
            id="of two that replace each other, one",
        ),
    ],
)
def test_terms_without_effect(terms: list[str], answers: Answers, told: list[tuple[str, str, Route] | str]) -> None:
    given = found(spf(*terms), answers)
    assert sorted(one if isinstance(one, str) else one[0] for one in told) == sorted(rule for rule, _, _ in given)
    assert [one for one in given if one[0] == "spf-term-without-effect"] == [one for one in told if not isinstance(one, str)]


def test_a_null_mx_lets_nobody_send() -> None:
    assert found("mx: null_mx, " + spf("mx:example.net"), {"example.net MX": ["0 ."]}) == []


def test_lookups_near_the_limit_are_told_by_term() -> None:
    many = "v=spf1 " + " ".join(f"a:s{i}.example.net" for i in range(5)) + " -all"
    answers: dict[str, list[str] | str] = {"a.example.net TXT": [many]}
    for i in range(5):
        answers |= host(f"s{i}.example.net", f"192.0.2.{i}", f"2001:db8::{i}")
    answers |= {
        "example.com MX": ["1 mx.example.net."],
        **host("mx.example.net", "192.0.2.25", "2001:db8::25"),
        **host("example.com", "192.0.2.80", "2001:db8::80"),
    }
    assert found(spf("a", "mx", "include:a.example.net"), answers) == [
        (
            "spf-near-lookup-limit",
            "8 of the 10 look-ups that receivers make are taken: 6 by include:a.example.net, 1 by a, 1 by mx",
            ("spf",),
        )
    ]
    assert ids(spf("mx", "include:a.example.net"), answers) == []


def test_too_many_mail_hosts_further_in() -> None:
    hosts = [f"1 mx{i}.example.org." for i in range(11)]
    assert found(spf("include:a.example.net"), {"a.example.net TXT": ["v=spf1 mx:example.org -all"], "example.org MX": hosts}) == [
        (
            "spf-tree-mx-too-many-hosts",
            "example.org has more than 10 mail hosts: receivers that come to 'mx:example.org' of a.example.net stop with permerror",
            ("spf", "allow", 0),
        )
    ]


@pytest.mark.parametrize(
    ("addresses", "proxy"),
    [
        (["104.16.0.1", "2606:4700::6810:1"], "Cloudflare"),
        (["151.101.1.1"], "Fastly"),
        (["104.16.0.1", "192.0.2.1"], None),
        (["104.30.0.1"], None),
        (["192.0.2.1"], None),
    ],
)
def test_web_proxies(addresses: list[str], proxy: str | None) -> None:
    told = found(spf("a:www.example.net"), host("www.example.net", *addresses))
    expected = [
        (
            "spf-host-is-web-proxy",
            f"the addresses of www.example.net are {proxy}'s, from which no mail comes: 'a:www.example.net' lets none of yours pass",
            ("spf", "allow", 0),
        )
    ]
    assert told == (expected if proxy else [])


GOOGLE = {"_spf.google.com TXT": ["v=spf1 ip4:198.51.100.0/24 ~all"]}


@pytest.mark.parametrize(
    ("hosts", "terms", "answers", "rules"),
    [
        (["smtp.google.com"], ["ip4:192.0.2.1"], GOOGLE, ["spf-lacks-mail-service"]),
        (["smtp.google.com"], ["ip4:198.51.100.7"], GOOGLE, []),
        (["smtp.google.com"], ["exists:%{i}.example.net"], GOOGLE, ["spf-exists"]),
        (["smtp.google.com"], ["include:a.example.net"], {**GOOGLE, "a.example.net TXT": ["v=spf1 include:_spf.google.com -all"]}, []),
        (["smtp.google.com"], ["ip4:192.0.2.1"], {"_spf.google.com TXT": "timeout"}, []),
        (["smtp.google.com", "mx1.example.net"], ["ip4:192.0.2.1"], GOOGLE, []),
        (["mx1.example.net"], ["ip4:192.0.2.1"], GOOGLE, []),
    ],
)
def test_a_record_that_lacks_the_mail_service(hosts: list[str], terms: list[str], answers: Answers, rules: list[str]) -> None:
    routes = ", ".join(f"{{preference: 1, host: {one}}}" for one in hosts)
    assert ids(f"mx: [{routes}], {spf(*terms)}", answers) == rules


@pytest.mark.parametrize(
    ("terms", "answer", "told"),
    [
        (["a:mx1.example.com"], "nxdomain", True),
        (["mx"], ["MS=ms1"], True),
        (["mx"], "timeout", False),
        (["mx"], ["v=spf1 a -all"], False),
        (["ip4:192.0.2.1"], "nxdomain", False),
        (["-a:mx1.example.com", "ip4:192.0.2.1"], "nxdomain", False),
    ],
)
def test_the_names_of_own_mail_hosts(terms: list[str], answer: list[str] | str, *, told: bool) -> None:
    answers: Answers = {"mx1.example.com TXT": answer, **host("mx1.example.com", "192.0.2.25", "2001:db8::25")}
    message = "mx1.example.com, from which the domain sends, has no SPF record of its own: receivers of its bounces check that name"
    sections = f"mx: [{{preference: 1, host: mx1.example.com}}, {{preference: 2, host: mx.example.net}}], {spf(*terms)}"
    answers = {**answers, **host("mx.example.net", "192.0.2.26", "2001:db8::26")}
    here = [one for one in found(sections, answers) if one[0] == "spf-mail-host-without-record"]
    assert here == ([("spf-mail-host-without-record", message, ("mx",))] if told else [])


def test_many_addresses() -> None:
    answers: Answers = {
        "a.example.net TXT": ["v=spf1 ip4:198.0.0.0/12 ip4:192.0.2.1 -all"],
        "b.example.net TXT": ["v=spf1 ip4:198.0.0.0/12 -all"],
    }
    assert found(spf("include:a.example.net"), answers) == [
        ("spf-many-addresses", "1,048,577 IPv4 addresses may send in the domain's name", ("spf",))
    ]
    assert found(spf("include:b.example.net"), answers) == []


def test_nothing_is_told_of_a_domain_without_a_record() -> None:
    assert found("mx: null_mx", {"example.com TXT": "nxdomain"}) == []


def test_of_a_tree_beyond_all_measure_the_effect_is_not_worked_out() -> None:
    """Each term would be tried without, which takes minutes here."""
    many = "v=spf1 " + " ".join(f"ip4:10.{i // 250}.{i % 250}.0/24" for i in range(600)) + " -all"
    names = [f"i{i}.example.net" for i in range(40)]
    answers: Answers = {f"{name} TXT": [many] for name in names}
    assert "spf-term-without-effect" not in ids(spf(*(f"include:{name}" for name in names)), answers)
    assert "spf-term-without-effect" in ids(spf(*(f"include:{name}" for name in names[:2])), answers)
