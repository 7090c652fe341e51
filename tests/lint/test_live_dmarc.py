"""The rules over DMARC records that are in DNS: their texts, their names, and who else has a say there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.observation import Observation
from emailauth.core.posture import Domain, Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.lint.engine import run
from emailauth.lint.rules import all_rules
from emailauth.protocols.dmarc import is_dmarc
from tests.lint.judging import Answers, judged, judged_as_published

TEXT = [rule.id for rule in all_rules().values() if rule.check.__module__.endswith("live.dmarc_text")]
NAMES = [rule.id for rule in all_rules().values() if rule.check.__module__.endswith("live.dmarc_names")]
FILE = "version: 1\ndomains:\n  example.com: {mx: null_mx}\n"
WANTED = "version: 1\ndomains:\n  example.com: {dmarc: {policy: reject}}\n"
OWNER = "_dmarc.example.com TXT"
WRITTEN = "dmarc-published-record-invalid", "the record in DNS is not written as it must be: "
SAYS = "dmarc-published-record-invalid", "the record of example.com, the Author Domain, says "
NOTHING = ": as it asks for no reports at a valid URI, receivers apply no DMARC"
REPORTS = ": as it asks for reports at a valid URI, receivers act as if it said p=none and nothing else"


def test_the_modules_have_their_rules() -> None:
    assert (len(TEXT), len(NAMES)) == (7, 5)


def found(text: str, answers: Answers, rules: list[str]) -> list[tuple[str, str]]:
    return [(rule, message) for rule, message, _ in judged(text, answers, rules=rules)]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=reject", []),
        ("v=DMARC1;p=none;rua=mailto:dmarc@example.com;", []),
        ("v = DMARC1 ; P = Reject", []),
        ("v=DMARC1; p=reject; adkim=s; aspf=r; fo=1:d:s; t=n; psd=u; np=reject", []),
        # p, sp and np decide about the whole record
        ("v=DMARC1; p=rejct", [(SAYS[0], f"{SAYS[1]}p=rejct{NOTHING}")]),
        ("v=DMARC1; p=rejct; rua=mailto:dmarc@example.com", [(SAYS[0], f"{SAYS[1]}p=rejct{REPORTS}")]),
        ("v=DMARC1; rua=mailto:dmarc@example.com", [(SAYS[0], f"{SAYS[1]}no p{REPORTS}")]),
        ("v=DMARC1", [(SAYS[0], f"{SAYS[1]}no p{NOTHING}")]),
        ("v=DMARC1; p=reject; sp=all; np=all", [(SAYS[0], f"{SAYS[1]}sp=all and np=all{NOTHING}")]),
        # other mistakes lose their tag
        ("v=DMARC1; p=reject; adkim=relaxed", [(WRITTEN[0], f"{WRITTEN[1]}'relaxed' is no value of the tag adkim: receivers take relaxed alignment")]),
        ("v=DMARC1; p=reject; p=none", [(WRITTEN[0], f"{WRITTEN[1]}the tag p is there twice")]),
        ("v=DMARC1; p=reject,rua=mailto:dmarc@example.com", [(SAYS[0], f"{SAYS[1]}p=reject,rua=mailto:dmarc@example.com{NOTHING}")]),
        ("v=DMARC1; p=reject;; sp=none", [(WRITTEN[0], f"{WRITTEN[1]}there is nothing between two semicolons")]),
        ("v=DMARC1; p=reject; adk1m=s", [(WRITTEN[0], f"{WRITTEN[1]}'adk1m=s' is no tag: NAME=VALUE in printable ASCII")]),
        (" v=DMARC1; p=reject", [(WRITTEN[0], f"{WRITTEN[1]}the record begins with white space")]),
        # what does not begin like a record is none
        ('"v=DMARC1; p=reject"', [("dmarc-text-not-recognised", "receivers pass over the text '\"v=DMARC1; p=reject\"', which must begin with v=DMARC1, and what follows with a semicolon")]),
        ("\u201cv=DMARC1; p=reject\u201d", [("dmarc-text-not-recognised", "receivers pass over the text '\u201cv=DMARC1; p=reject\u201d', which must begin with v=DMARC1, and what follows with a semicolon")]),
        ("v=dmarc1; p=reject", [("dmarc-text-not-recognised", "receivers pass over the text 'v=dmarc1; p=reject', which must begin with v=DMARC1, and what follows with a semicolon")]),
        # tags that are none, or none any more
        ("v=DMARC1; p=reject; pct=100", [("dmarc-removed-tag", "pct is no tag any more: leave it out, it says nothing")]),
        ("v=DMARC1; p=none; pct=0", [("dmarc-removed-tag", "pct is no tag any more: leave it out, it says nothing")]),
        ("v=DMARC1; p=reject; pct=0", [("dmarc-removed-tag", "pct is no tag any more: receivers of RFC 9989 apply reject to all mail that fails, those of RFC 7489 to 0 % of it")]),
        ("v=DMARC1; p=reject; rf=afrf; ri=86400", [
            ("dmarc-removed-tag", "rf is no tag any more: there is only one format of failure reports now"),
            ("dmarc-removed-tag", "ri is no tag any more: aggregate reports come once a day"),
        ]),
        ("v=DMARC1; p=reject; asfp=s", [("dmarc-unknown-tag", "receivers ignore the tag asfp, which is none: was aspf meant?")]),
        ("v=DMARC1; p=reject; rau=mailto:a@example.com", [("dmarc-unknown-tag", "receivers ignore the tag rau, which is none: was rua meant?")]),
        ("v=DMARC1; pct=20; p=rejct", [
            ("dmarc-policy-not-second", "pct stands before p: receivers of RFC 7489 expect p directly behind v"),
            (SAYS[0], f"{SAYS[1]}p=rejct{NOTHING}"),
            ("dmarc-removed-tag", "pct is no tag any more: leave it out, it says nothing"),
        ]),
        ("v=DMARC1; p=reject; x=1; x=2", [
            (WRITTEN[0], f"{WRITTEN[1]}the tag x is there twice"),
            ("dmarc-unknown-tag", "receivers ignore the tag x, which is none"),
        ]),
        # the order of RFC 7489
        ("v=DMARC1; rua=mailto:dmarc@example.com; p=reject", [("dmarc-policy-not-second", "rua stands before p: receivers of RFC 7489 expect p directly behind v")]),
    ],
)  # fmt: skip
def test_what_is_said_of_a_text(record: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(found(FILE, {OWNER: [record], "*.example.com TXT": "nxdomain"}, TEXT)) == sorted(expected)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=reject; rua=dmarc@example.com", ["dmarc-report-uri-invalid"]),
        ("v=DMARC1; p=reject; rua=dmarc@example.com; rua=mailto:a@example.com", ["dmarc-published-record-invalid"]),
        ("v=DMARC1; p=reject; ruf=mailto:a@example.com; fo=0:1", ["dmarc-failure-options-contradict"]),
        ("v=DMARC1; p=reject; ruf=mailto:a@example.com; fo=x", ["dmarc-published-record-invalid"]),
        ("v=DMARC1; p=rejct; rua=dmarc@example.com", ["dmarc-published-record-invalid", "dmarc-published-record-invalid"]),
        ("v=DMARC1; p=reject; p=bogus; adkim=x", ["dmarc-published-record-invalid"] * 3),
    ],
)
def test_of_a_domain_without_a_file_nothing_is_told_twice(record: str, expected: list[str]) -> None:
    rules = [*TEXT, "dmarc-report-uri-invalid", "dmarc-failure-options-contradict"]
    assert [rule for rule, _, _ in judged_as_published("example.com", {OWNER: [record]}, rules=rules)] == expected
    assert {rule for rule, _ in found(WANTED, {OWNER: [record]}, TEXT)} == {"dmarc-published-record-invalid"}, (
        "today's, which the file mends"
    )


MEANT = [
    "v=DMARC1\\; p=reject", "'v=DMARC1; p=reject'", "\ufeffv=DMARC1; p=reject", "v=DMARC 1; p=reject", "v=DMARC1, p=reject", "v=DMARC2; p=none",
    "V=dmarc1;p=none", "v=MARC1; p=none", "DMARC1; p=none", "p=none; rua=mailto:a@example.com", "p=reject", "p=none; v=DMARC1", "rua=mailto:a@example.com; v=DMARC1; p=none",
]  # fmt: skip
OTHERS = [
    "v=spf1 -all",
    "site-verification=1",
    "dmarc-verification=abc",
    "p=nonesuch",
    "v=BIMI1;",
    "",
    "p=MIIB",
    "see https://example.com/dmarc",
]


@pytest.mark.parametrize("text", MEANT)
def test_what_was_meant_to_be_a_record(text: str) -> None:
    rules = [rule for rule, _ in found(FILE, {OWNER: [text], "*.example.com TXT": "nxdomain"}, TEXT)]
    assert rules == ["dmarc-text-not-recognised"]


@pytest.mark.parametrize("text", OTHERS)
def test_what_has_nothing_to_do_with_dmarc(text: str) -> None:
    rules = [rule for rule, _ in found(FILE, {OWNER: [text], "*.example.com TXT": "nxdomain"}, TEXT)]
    assert rules == ["dmarc-other-text"]


def test_long_texts_are_cut() -> None:
    [(_, message)] = found(FILE, {OWNER: ["x" * 100], "*.example.com TXT": "nxdomain"}, TEXT)
    assert message == f"receivers pass over the text '{'x' * 60}...' at _dmarc.example.com"


def test_what_a_wildcard_answers_is_told_once() -> None:
    answers = {OWNER: ["v=spf1 -all", "MS=ms1"], "*.example.com TXT": ["MS=ms1", "v=spf1 -all", "x"]}
    assert found(FILE, answers, TEXT) == [
        ("dmarc-text-of-wildcard", "DNS answers for _dmarc.example.com with the text of *.example.com, 'v=spf1 -all'")
    ]
    assert found(WANTED, answers, TEXT) == [], "once the file is applied, the wildcard no longer answers there"


@pytest.mark.parametrize("said", [["v=DMARC1; p=bad", "v=DMARC1; pct=1"], "timeout", "servfail", "nxdomain", "no data"])
def test_where_there_is_not_one_record_no_text_is_judged(said: list[str] | str) -> None:
    assert found(FILE, {OWNER: said, "*.example.com TXT": "nxdomain"}, TEXT) == []


DEEP = ".".join("a" * 62 for _ in range(4))[:251]
"""A name for which that of a DMARC record would be too long."""


def test_a_name_without_room_for_a_record_is_passed_over() -> None:
    assert found(f"version: 1\ndomains:\n  {DEEP}: {{mx: null_mx}}\n", {}, TEXT + NAMES) == []


RECORD = ["v=DMARC1; p=reject"]
AT_APEX = ("dmarc-record-elsewhere", "the DMARC record stands at example.com, and receivers only look at _dmarc.example.com")
DANGLING = ("dmarc-alias-without-record", "_dmarc.example.com is an alias of a.example.net, where there is no DMARC record")
IN_THE_WAY = (
    "dmarc-alias-in-the-way",
    "_dmarc.example.com is an alias of a.example.net, and no record can stand beside it: remove the CNAME first",
)
ALIAS = {"_dmarc.example.com CNAME": ["a.example.net."]}


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        pytest.param(
            FILE, {OWNER: "nxdomain", "example.com TXT": RECORD, "dmarc.example.com TXT": "nxdomain"}, [AT_APEX], id="at the domain"
        ),
        pytest.param(
            FILE, {OWNER: "no data", "example.com TXT": ["x"], "dmarc.example.com TXT": ["v=spf1 -all"]}, [], id="other texts there"
        ),
        pytest.param(FILE, {OWNER: "timeout", "example.com TXT": RECORD}, [], id="it can well be where it must be"),
        pytest.param(WANTED, {OWNER: "nxdomain", "example.com TXT": RECORD}, [], id="the file puts it right"),
        pytest.param(FILE, {OWNER: "no data", **ALIAS}, [DANGLING], id="alias that dangles"),
        pytest.param(FILE, {OWNER: "servfail", **ALIAS}, [], id="alias of what is not known"),
        pytest.param(FILE, {OWNER: RECORD, **ALIAS}, [], id="alias of a record"),
        pytest.param(WANTED, {OWNER: RECORD, **ALIAS}, [IN_THE_WAY], id="alias where the file wants a record"),
        pytest.param(WANTED, {OWNER: "nxdomain", **ALIAS}, [IN_THE_WAY], id="the same of one that dangles"),
        pytest.param(WANTED, {OWNER: "nxdomain", "_dmarc.example.com CNAME": "nxdomain"}, [], id="no alias"),
    ],
)
def test_where_records_stand(text: str, answers: Answers, expected: list[tuple[str, str]]) -> None:
    assert found(text, answers, NAMES) == expected


def test_a_published_record_may_come_by_an_alias() -> None:
    assert judged_as_published("example.com", {OWNER: RECORD, **ALIAS}, rules=NAMES) == []


SUFFIX = (
    "receivers take {} for the Organizational Domain of {}, as its DMARC record does not say psd=y: say psd=n (public_suffix_domain: false)"
)


@pytest.mark.parametrize(
    ("domain", "section", "answers", "suffix"),
    [
        ("example.com", "", {"_dmarc.com TXT": RECORD}, "com"),
        ("example.com", "", {"_dmarc.com TXT": ["v=DMARC1; p=reject; psd=y"]}, None),
        ("example.com", "", {"_dmarc.com TXT": "nxdomain"}, None),
        ("example.com", "", {"_dmarc.com TXT": "timeout"}, None),
        ("example.com", ", public_suffix_domain: false", {"_dmarc.com TXT": RECORD}, None),
        ("example.co.uk", "", {"_dmarc.co.uk TXT": RECORD, "_dmarc.uk TXT": "nxdomain"}, "co.uk"),
        ("example.co.uk", "", {"_dmarc.co.uk TXT": RECORD, "_dmarc.uk TXT": ["v=DMARC1; p=none; psd=y"]}, "co.uk"),
        ("news.example.com", "", {"_dmarc.example.com TXT": RECORD, "_dmarc.com TXT": "nxdomain"}, None),
        ("news.bbc.uk", "", {"_dmarc.bbc.uk TXT": RECORD, "_dmarc.uk TXT": "nxdomain"}, None),
    ],
)
def test_public_suffixes_above(domain: str, section: str, answers: Answers, suffix: str | None) -> None:
    text = f"version: 1\ndomains:\n  {domain}: {{dmarc: {{policy: reject{section}}}}}\n"
    expected = [] if suffix is None else [("dmarc-public-suffix-above", SUFFIX.format(suffix, domain))]
    assert found(text, answers, ["dmarc-public-suffix-above"]) == expected


def two(above: str, below: str) -> str:
    return f"version: 1\ndomains:\n  example.com: {{dmarc: {{policy: reject{above}}}}}\n  news.example.com: {{{below}}}\n"


OWN = {"example.com NS": ["ns1.example.com.", "ns2.example.com."], "news.example.com CNAME": "no data"}


@pytest.mark.parametrize(
    ("text", "answers", "holder"),
    [
        (two("", "mx: null_mx"), {**OWN, "news.example.com NS": ["ns1.example.net."]}, "ns1.example.net"),
        (two("", "dmarc: {policy: none}"), {**OWN, "news.example.com NS": ["ns1.example.net."]}, "ns1.example.net"),
        (two(", spf_alignment: strict", "mx: null_mx"), {**OWN, "news.example.com NS": ["ns1.example.net."]}, "ns1.example.net"),
        (two("", "mx: null_mx"), {**OWN, "news.example.com NS": ["ns1.example.net.", "ns2.example.com."]}, None),
        (two("", "mx: null_mx"), {**OWN, "news.example.com NS": "no data"}, None),
        (two("", "mx: null_mx"), {**OWN, "example.com NS": "timeout", "news.example.com NS": ["ns1.example.net."]}, None),
        (two("", "mx: null_mx"), {"news.example.com CNAME": ["shops.example.net."]}, "shops.example.net"),
        ("version: 1\ndomains:\n  example.com: {mx: null_mx}\n  news.example.com: {mx: null_mx}\n", {}, None),
        (two("", "mx: null_mx"), {**OWN, "news.example.com CNAME": ["www.example.com."], "news.example.com NS": "no data"}, None),
        (two("", "dmarc: {policy: none, public_suffix_domain: false}"), {**OWN, "news.example.com NS": ["ns1.example.net."]}, None),
        (two(", spf_alignment: strict, dkim_alignment: strict", "mx: null_mx"), {**OWN, "news.example.com NS": ["ns1.example.net."]}, None),
    ],
)
def test_subdomains_in_other_hands(text: str, answers: Answers, holder: str | None) -> None:
    message = f"news.example.com is in the hands of {holder}: who is there can prove mail from example.com by relaxed alignment"
    expected = [] if holder is None else [("dmarc-delegated-subdomain", message)]
    assert found(text, answers, ["dmarc-delegated-subdomain"]) == expected


REPORTS_TO = "version: 1\ndomains:\n  example.com: {{dmarc: {{policy: reject, aggregate_reports: [{}]}}}}\n{}"
LOST = "reports to 'mailto:dmarc@reports.example.com' are lost: reports.example.com "
MX, A, AAAA = (f"reports.example.com {record_type}" for record_type in ("MX", "A", "AAAA"))


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({MX: ["10 mx1.example.com."]}, None),
        ({MX: ["0 ."]}, "says by a null MX that it takes no mail"),
        ({MX: "nxdomain", A: "nxdomain", AAAA: "nxdomain"}, "does not exist"),
        ({MX: "no data", A: "no data", AAAA: "no data"}, "has neither mail hosts nor an address"),
        ({MX: "no data", A: ["192.0.2.1"]}, None),
        ({MX: "no data", A: "no data", AAAA: ["2001:db8::1"]}, None),
        ({MX: "no data", A: "timeout"}, None),
        ({MX: "servfail"}, None),
    ],
)
def test_reports_to_nowhere(answers: Answers, why: str | None) -> None:
    text = REPORTS_TO.format('"https://example.com/x", dmarc@a, "mailto:dmarc@reports.example.com"', "")
    expected = (
        [] if why is None else [("dmarc-reports-to-nowhere", f"{LOST}{why}", ("domains", "example.com", "dmarc", "aggregate_reports", 2))]
    )
    assert judged(text, answers, rules=["dmarc-reports-to-nowhere"]) == expected


def test_reports_to_a_domain_of_the_file_are_not_looked_up() -> None:
    text = REPORTS_TO.format('"mailto:dmarc@reports.example.com"', "  reports.example.com: parked\n")
    assert found(text, {}, ["dmarc-reports-to-nowhere"]) == []


SENDING = "version: 1\ndomains:\n  news.example.com: {{{}}}\n"
ABOVE = {
    "_dmarc.news.example.com TXT": "nxdomain",
    "_dmarc.example.com TXT": ["v=DMARC1; p=reject; sp=quarantine"],
    "_dmarc.com TXT": "nxdomain",
}
INHERITED = (
    "mail from news.example.com has the policy quarantine, as the record of example.com, the Organizational Domain, says sp=quarantine"
)


@pytest.mark.parametrize(
    ("section", "answers", "is_found"),
    [
        ("dkim: {s1: {cname: s1.dkim.example.net}}", ABOVE, True),
        ("spf: {otherwise: fail}", ABOVE, False),
        ("dkim: {s1: {cname: s1.dkim.example.net}}", {**ABOVE, "_dmarc.news.example.com TXT": ["v=DMARC1; p=none"]}, False),
        ("dkim: {s1: {cname: s1.dkim.example.net}}", {**ABOVE, "_dmarc.example.com TXT": "nxdomain"}, False),
        ("dkim: {s1: {cname: s1.dkim.example.net}}", {**ABOVE, "_dmarc.com TXT": "timeout"}, False),
        ("dkim: {s1: {cname: s1.dkim.example.net}}, dmarc: absent", ABOVE, False),
    ],
)
def test_policies_from_above(section: str, answers: Answers, is_found: bool) -> None:
    assert found(SENDING.format(section), answers, ["dmarc-policy-inherited"]) == (
        [("dmarc-policy-inherited", INHERITED)] if is_found else []
    )


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('vpsnaiumrDMARC1;= \t"\\\u201c,:x0é\udc80\x00') | st.characters(), max_size=40))
def test_any_text_is_a_record_was_meant_to_be_one_or_is_another(text: str) -> None:
    answers = {Question(name="_dmarc.example.com", type="TXT"): Answer(values=(text,))}
    answers |= {Question(name="*.example.com", type="TXT"): Answer(status=Status.NXDOMAIN)}
    posture = Posture(domains=(Domain(name="example.com", route=("domains", "example.com"), sections={}),))
    rules = {rule: all_rules()[rule] for rule in TEXT}
    told = {one.rule.id for one in run(posture, rules, Observation(answers=answers))}
    if is_dmarc(text):
        assert not told & {"dmarc-text-not-recognised", "dmarc-other-text"}
    else:
        assert len(told) == 1
        assert told <= {"dmarc-text-not-recognised", "dmarc-other-text"}
