"""Owner names, record sets and servers: what is found in DNS whatever the records say, and what is left to what is not known."""

import dns.message
import dns.name
import dns.rrset
import pytest

from emailauth.core.diagnostic import Route
from emailauth.core.posture import Posture
from emailauth.core.rdata import to_rdata
from emailauth.lint.engine import unanswered
from emailauth.lint.rules import all_rules
from emailauth.workflow.published import published
from tests.lint.judging import Answers, judged, judged_as_published, observed

TLS_RPT = "v=TLSRPTv1; rua=mailto:tls@example.com"
REPORTS = "tls_rpt: {reports: ['mailto:tls@example.com']}"


def told(sections: str, answers: Answers | None, *rules: str) -> list[tuple[str, Route]]:
    """Message and place within the domain."""
    found = judged(f"version: 1\ndomains:\n  example.com: {{{sections}}}\n", answers, rules=rules)
    return [(message, at[2:]) for _, message, at in found]


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("ttl: 60", [("receivers have to ask again after 60 seconds", ("ttl",))]),
        ("ttl: 299", [("receivers have to ask again after 299 seconds", ("ttl",))]),
        ("ttl: 300", []),
        ("ttl: 86400", []),
        ("ttl: 90000", [("a mistake stays with receivers for 25 hours after it is mended", ("ttl",))]),
        ("spf: absent", []),
    ],
)
def test_times_to_live(setting: str, found: list[tuple[str, Route]]) -> None:
    assert told(setting, None, "dns-ttl-unusual") == found


LONG = ".".join(["a" * 60, "b" * 60, "c" * 60])


@pytest.mark.parametrize(
    ("label", "keys"),
    [
        pytest.param("d" * 55, [], id="242 characters: room for all"),
        pytest.param("d" * 56, ["tls_rpt"], id="_smtp._tls needs 11"),
        pytest.param("d" * 60, ["dmarc", "tls_rpt"], id="_dmarc needs 7"),
    ],
)
def test_a_domain_that_leaves_no_room_for_a_record(label: str, keys: list[str]) -> None:
    name = f"{label}.{LONG}.com"
    text = f"version: 1\ndomains:\n  {name}: {{spf: {{otherwise: fail}}, dmarc: {{policy: reject}}, bimi: absent, {REPORTS}}}\n"
    assert [at for _, _, at in judged(text, rules={"dns-name-too-long"})] == [("domains", name, key) for key in keys]


@pytest.mark.parametrize(
    ("sections", "answers", "found"),
    [
        pytest.param(
            "mx: [{preference: 10, host: mx1.example.com}]",
            {"example.com CNAME": ["shop.example.net."]},
            [("example.com is an alias of shop.example.net, and no record can stand beside it: remove the CNAME first", ("mx",))],
            id="the domain itself",
        ),
        pytest.param(
            "mx: [{preference: 10, host: mx1.example.com}, {preference: 20, host: mx2.example.com}]",
            {"example.com CNAME": "no data"},
            [],
            id="no alias",
        ),
        pytest.param("mx: null_mx, spf: {otherwise: fail}", {"example.com CNAME": ["shop.example.net."]}, [], id="told of SPF already"),
        pytest.param(REPORTS, {"_smtp._tls.example.com CNAME": "servfail"}, [], id="not known"),
        pytest.param("tls_rpt: absent", {"_smtp._tls.example.com CNAME": ["reports.example.net."]}, [], id="no record is wanted"),
    ],
)
def test_an_alias_where_a_record_shall_be(sections: str, answers: Answers, found: list[tuple[str, Route]]) -> None:
    assert told(sections, answers, "dns-alias-in-the-way") == found


def test_a_domain_without_a_file_may_be_an_alias() -> None:
    answers = {"example.com CNAME": ["shop.example.net."], "example.com MX": ["10 mx1.example.net."]}
    assert judged_as_published("example.com", answers, rules={"dns-alias-in-the-way"}) == []


CHAIN = {f"a{i}.example.net CNAME": [f"a{i + 1}.example.net."] for i in range(20)}
QUIET = dict.fromkeys((f"{label}example.com TXT" for label in ("", "_dmarc.", "_mta-sts.", "_smtp._tls.", "default._bimi.")), "no data")


@pytest.mark.parametrize(
    ("sections", "answers", "found"),
    [
        pytest.param(
            "mx: null_mx",
            {**QUIET, "_mta-sts.example.com TXT": "servfail", "_mta-sts.example.com CNAME": ["_MTA-STS.example.com."]},
            [("_mta-sts.example.com is an alias of _mta-sts.example.com: receivers get no answer", ("mta_sts",))],
            id="of itself",
        ),
        pytest.param(
            "dkim: {s1: {cname: a.example.net}}",
            {
                **QUIET,
                "s1._domainkey.example.com TXT": "servfail",
                "a.example.net CNAME": ["b.example.net."],
                "b.example.net CNAME": ["a.example.net."],
            },
            [
                (
                    (
                        "s1._domainkey.example.com is an alias of a.example.net is an alias of b.example.net is an alias of a.example.net: "
                        "receivers get no answer"
                    ),
                    ("dkim",),
                )
            ],
            id="a selector, further on",
        ),
        pytest.param(
            "mx: null_mx",
            {**QUIET, **CHAIN, "example.com TXT": "servfail", "example.com CNAME": ["a0.example.net."]},
            [("example.com leads from alias to alias, more than 16 of them: receivers get no answer", ("spf",))],
            id="on and on",
        ),
        pytest.param(
            "mx: null_mx", {**QUIET, "example.com TXT": "servfail", "example.com CNAME": "servfail"}, [], id="a server that is broken"
        ),
        pytest.param(
            "mx: null_mx",
            {**QUIET, "example.com TXT": "servfail", "example.com CNAME": ["a.example.net."], "a.example.net CNAME": "no data"},
            [],
            id="an alias of what is broken",
        ),
        pytest.param("mx: null_mx", {**QUIET, "example.com TXT": "servfail", "example.com CNAME": ["."]}, [], id="an alias of the root"),
        pytest.param(
            "mx: null_mx", {**QUIET, "example.com TXT": "timeout", "example.com CNAME": "no data"}, [], id="a time-out is no loop"
        ),
    ],
)
def test_aliases_without_an_end(sections: str, answers: Answers, found: list[tuple[str, Route]]) -> None:
    assert told(sections, answers, "dns-alias-without-end") == found


NOTHING_BELOW = {**dict.fromkeys(QUIET, "nxdomain"), "example.com TXT": "no data", "mta-sts.example.com CNAME": "nxdomain"}
NO_ALIASES = dict.fromkeys((f"{label}example.com CNAME" for label in ("_mta-sts.", "_smtp._tls.", "default._bimi.")), "nxdomain")


@pytest.mark.parametrize(
    ("sections", "answers", "found"),
    [
        pytest.param("mx: null_mx", {**NOTHING_BELOW, **NO_ALIASES}, [], id="nothing there"),
        pytest.param(
            "mx: null_mx",
            {**NOTHING_BELOW, **NO_ALIASES, "_smtp._tls.example.com CNAME": ["left.example.net."]},
            [
                (
                    (
                        "_smtp._tls.example.com is an alias of left.example.net, which does not exist: who gets hold of that name decides what "
                        "stands here"
                    ),
                    ("tls_rpt",),
                )
            ],
            id="TLS-RPT",
        ),
        pytest.param(
            REPORTS, {**NOTHING_BELOW, **NO_ALIASES, "_smtp._tls.example.com CNAME": ["left.example.net."]}, [], id="told as in the way"
        ),
        pytest.param(
            "mx: null_mx",
            {**NOTHING_BELOW, **NO_ALIASES, "mta-sts.example.com CNAME": ["left.example.net."], "mta-sts.example.com A": "timeout"},
            [],
            id="where it leads is not known",
        ),
        pytest.param("mx: null_mx", {"example.com TXT": "nxdomain"}, [], id="a domain that does not exist yet is asked nothing more"),
    ],
)
def test_aliases_of_nothing(sections: str, answers: Answers, found: list[tuple[str, Route]]) -> None:
    assert told(sections, answers, "dns-alias-of-nothing") == found


TWICE = "example.com.example.com"


@pytest.mark.parametrize(
    ("answers", "keys"),
    [
        pytest.param({f"{TWICE} TXT": "nxdomain"}, [], id="nothing there"),
        pytest.param({f"{TWICE} TXT": "timeout"}, [], id="not known"),
        pytest.param(
            {
                f"{TWICE} TXT": ["v=spf1 -all"],
                "*.example.com TXT": "no data",
                f"_dmarc.{TWICE} TXT": ["v=DMARC1; p=none"],
                f"_mta-sts.{TWICE} TXT": ["v=STSv1; id=1;"],
                f"_smtp._tls.{TWICE} TXT": [TLS_RPT],
                f"default._bimi.{TWICE} TXT": ["other"],
                f"s1._domainkey.{TWICE} TXT": ["v=DKIM1; p=MIIB"],
            },
            ["spf", "dmarc", "mta_sts", "tls_rpt", "dkim"],
            id="all of them",
        ),
        pytest.param(
            {
                f"{TWICE} TXT": ["v=spf1 -all"],
                "*.example.com TXT": ["v=spf1 -all"],
                **{
                    f"{label}{TWICE} TXT": ["v=spf1 -all"]
                    for label in ("_dmarc.", "_mta-sts.", "_smtp._tls.", "default._bimi.", "s1._domainkey.")
                },
            },
            [],
            id="a wildcard answers",
        ),
    ],
)
def test_the_domain_twice_in_a_name(answers: Answers, keys: list[str]) -> None:
    found = told("dkim: {s1: {cname: s1.example.net}}", {**QUIET, **answers}, "dns-domain-twice-in-name")
    assert [at for _, at in found] == [(key,) for key in keys]


def test_where_the_record_stands_and_where_receivers_look() -> None:
    answers: Answers = {**QUIET, f"{TWICE} TXT": ["v=spf1 -all"], "*.example.com TXT": "no data"}
    [(message, _)] = told("mx: null_mx", answers, "dns-domain-twice-in-name")
    assert message == (
        "there is a record at example.com.example.com, and receivers look at example.com: the console added the domain once more"
    )


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (["v=STSv1; id=1;", TLS_RPT, "v=BIMI1; l=https://example.com/logo.svg"], ["mta_sts", "tls_rpt", "bimi"]),
        (["v=spf1 -all", "v=DMARC1; p=reject", "verification=1"], []),
        ("nxdomain", []),
        ("timeout", []),
    ],
)
def test_wildcards(answers: list[str] | str, found: list[str]) -> None:
    assert [at for _, at in told("mx: null_mx", {**QUIET, "*.example.com TXT": answers}, "dns-wildcard-announces")] == [
        (key,) for key in found
    ]


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        pytest.param({"_dmarc.example.com TXT": ["v=DMARC1; p=reject"]}, [], id="it is there already"),
        pytest.param(
            {"_dmarc.example.com TXT": ["v=DMARC1; p=none"], "_dmarc.example.com NS": ["ns1.example.net."]},
            [("_dmarc.example.com is delegated to ns1.example.net: the record is served only if it stands there", ("dmarc",))],
            id="the name itself",
        ),
        pytest.param({"_dmarc.example.com TXT": "nxdomain", "_dmarc.example.com NS": "no data"}, [], id="not delegated"),
        pytest.param({"_dmarc.example.com TXT": "nxdomain", "_dmarc.example.com NS": "servfail"}, [], id="not known"),
    ],
)
def test_a_record_below_a_delegation(answers: Answers, found: list[tuple[str, Route]]) -> None:
    assert told("spf: {otherwise: fail}, dmarc: {policy: reject}, mx: absent", answers, "dns-record-below-delegation") == found


def test_a_delegation_is_told_once_for_all_selectors() -> None:
    selectors = ("s1", "s2")
    answers: dict[str, list[str] | str] = {f"{one}._domainkey.example.com CNAME": "nxdomain" for one in selectors}
    answers |= {f"{one}._domainkey.example.com NS": "nxdomain" for one in selectors} | {"_domainkey.example.com NS": ["ns1.example.net."]}
    assert told("dkim: {s1: {cname: s1.example.net}, s2: {cname: s2.example.net}}", answers, "dns-record-below-delegation") == [
        (
            "_domainkey.example.com is delegated to ns1.example.net: the record at s1._domainkey.example.com is served only if it stands there",
            ("dkim",),
        )
    ]


@pytest.mark.parametrize(
    ("value", "is_found"),
    [
        ('"v=TLSRPTv1; rua=mailto:tls@example.com"', True),
        ("“v=TLSRPTv1; rua=mailto:tls@example.com”", True),
        (r"v=TLSRPTv1\; rua=mailto:tls@example.com", True),
        (" v=TLSRPTv1; rua=mailto:tls@example.com", True),
        ('"v=TLSRPTv1" "; rua=mailto:tls@example.com"', True),
        ("verification=1", False),
        ("v=spf1 -all", False),
        ('"verification"', False),
    ],
)
def test_quotes_and_escapes_in_a_value(value: str, *, is_found: bool) -> None:
    answers: Answers = {**QUIET, "_smtp._tls.example.com TXT": [value]}
    found = told("mx: null_mx", answers, "dns-value-in-quotes")
    assert [at for _, at in found] == [("tls_rpt",)] * is_found


@pytest.mark.parametrize("sections", ["mx: null_mx", REPORTS])
def test_a_value_in_quotes_beside_a_good_one_does_no_harm(sections: str) -> None:
    good = [] if "tls_rpt" in sections else [TLS_RPT]
    answers: Answers = {**QUIET, "_smtp._tls.example.com TXT": [f'"{TLS_RPT}"', *good]}
    assert told(sections, answers, "dns-value-in-quotes") == []


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        pytest.param(1161, [], id="1232 octets in all"),
        pytest.param(
            1162,
            [("the answer for s1._domainkey.example.com has 1233 octets in 1 value: over 1232, receivers ask again by TCP", ("dkim",))],
            id="one more",
        ),
    ],
)
def test_how_long_an_answer_may_be(octets: int, found: list[tuple[str, Route]]) -> None:
    name, value = "s1._domainkey.example.com", "p" * octets
    message = dns.message.make_response(dns.message.make_query(name, "TXT", use_edns=0))
    message.answer.append(dns.rrset.from_rdata(dns.name.from_text(name), 300, to_rdata("TXT", value)))
    assert len(message.to_wire(max_size=4096)) == octets + 71
    assert told("dkim: {s1: {cname: s1.example.net}}", {**QUIET, f"{name} TXT": [value]}, "dns-answer-long") == found


SERVERS: dict[str, list[str] | str] = {
    "example.com TXT": ["v=spf1 -all"],
    "example.com NS": ["ns1.example.net.", "ns2.example.net.", "ns3.example.net."],
    **{f"ns{i}.example.net A": [f"192.0.2.{i}"] for i in (1, 2, 3)},
}


def at_servers(owner: str, *said: list[str] | str) -> dict[str, list[str] | str]:
    return {**SERVERS, **{f"{owner} TXT 192.0.2.{i}": one for i, one in enumerate(said, 1)}}


SPF = ["v=spf1 -all"]


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        pytest.param(at_servers("example.com", SPF, "timeout", "refused"), [], id="who does not answer is not judged"),
        pytest.param(at_servers("example.com", SPF, ["MS=1", *SPF], SPF), [], id="other texts may differ"),
        pytest.param(at_servers("example.com", "no data", "nxdomain", ["MS=1"]), [], id="no record, however that is said"),
        pytest.param(
            at_servers("example.com", SPF, "no data", SPF),
            [
                (
                    (
                        "what receivers find depends on the server that they ask. ns1.example.net (192.0.2.1), ns3.example.net (192.0.2.3): "
                        "'v=spf1 -all'; ns2.example.net (192.0.2.2): no SPF record"
                    ),
                    ("spf",),
                )
            ],
            id="one has none",
        ),
        pytest.param(
            at_servers("_dmarc.example.com", ["v=DMARC1; p=reject"], ["v=DMARC1; p=reject", "v=DMARC1; p=none"], "timeout")
            | at_servers("example.com", SPF, SPF, SPF),
            [
                (
                    (
                        "what receivers find depends on the server that they ask. ns1.example.net (192.0.2.1): 'v=DMARC1; p=reject'; "
                        "ns2.example.net (192.0.2.2): 'v=DMARC1; p=reject' and 'v=DMARC1; p=none'"
                    ),
                    ("dmarc",),
                )
            ],
            id="one has another beside it",
        ),
    ],
)
def test_servers_that_disagree(answers: Answers, found: list[tuple[str, Route]]) -> None:
    assert told("mx: null_mx", answers, "dns-servers-disagree") == found


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        pytest.param(at_servers("example.com", SPF, "no data", "nxdomain"), [], id="all answer"),
        pytest.param(at_servers("example.com", SPF, "timeout", "timeout"), [], id="silence may be the fault of the way"),
        pytest.param(at_servers("example.com", "lame", "lame", "lame"), [], id="something on the way answers in place of all"),
        pytest.param({**SERVERS, "example.com NS": "no data"}, [], id="no servers are known"),
        pytest.param(
            at_servers("example.com", "lame", "servfail", SPF),
            [
                (
                    (
                        "ns1.example.net (192.0.2.1) is named as a server of example.com, and has no authority over it: "
                        "receivers that ask it have to ask another"
                    ),
                    (),
                ),
                (
                    (
                        "ns2.example.net (192.0.2.2) is named as a server of example.com, and cannot answer for it (SERVFAIL): "
                        "receivers that ask it have to ask another"
                    ),
                    (),
                ),
            ],
            id="two do not serve it",
        ),
    ],
)
def test_servers_that_do_not_serve_the_zone(answers: Answers, found: list[tuple[str, Route]]) -> None:
    assert told("mx: null_mx", answers, "dns-server-lame") == found


@pytest.mark.parametrize("status", ["nxdomain", "servfail", "timeout"])
def test_of_a_domain_that_does_not_exist_or_does_not_answer_nothing_more_is_asked(status: str) -> None:
    known = dict.fromkeys(("example.com TXT", "_dmarc.example.com TXT", "_mta-sts.example.com TXT"), status)
    known |= dict.fromkeys(("_smtp._tls.example.com TXT", "default._bimi.example.com TXT", "example.com CNAME"), status)
    domain = published("example.com", observed(known)).domain
    rules = [rule for name, rule in all_rules().items() if name.startswith("dns-")]
    assert unanswered(Posture(domains=(domain,)), domain, rules, observed(known)) == frozenset()
