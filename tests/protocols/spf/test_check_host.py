"""`check_host` where the public suite does not look: what else it tells, its limits, names, and answers that fail."""

from collections.abc import Mapping
from ipaddress import ip_address

import pytest

from emailauth.core.question import Answer, Question, Status, answered
from emailauth.protocols.spf.check_host import Limits, Match, Result, ResultCode, check_host
from tests.protocols.spf.suite import answer
from tests.protocols.spf.zones import zone


def check(
    records: Mapping[str, str],
    ip: str = "192.0.2.1",
    *,
    domain: str = "example.com",
    sender: str = "user@example.com",
    helo: str = "mail.example.com",
    limits: Limits | None = None,
) -> tuple[Result, list[Question]]:
    asked: list[Question] = []
    made = zone(records)

    def answers(question: Question) -> Answer:
        asked.append(question)
        return answer(made, question)

    questions = check_host(
        ip=ip_address(ip), domain=domain, sender=sender, helo=helo, receiver="mx.example.org", now=1_800_000_000, limits=limits
    )
    return answered(questions, answers), asked


TREE = {
    "example.com TXT": "v=spf1 a:mail.example.com include:_a.example.net -all",
    "mail.example.com A": "198.51.100.7",
    "_a.example.net TXT": "v=spf1 include:_b.example.net ip4:192.0.2.128/25 ~all",
    "_b.example.net TXT": "v=spf1 ip4:192.0.2.0/28 -all",
    "example.org TXT": "v=spf1 mx redirect=example.com",
    "example.org MX": "0 .",
}


def matched(result: Result) -> list[tuple[str, str]]:
    return [(match.domain, match.term.text) for match in result.matches]


@pytest.mark.parametrize(
    ("ip", "domain", "code", "matches", "lookups"),
    [
        ("198.51.100.7", "example.com", ResultCode.PASS, [("example.com", "a:mail.example.com")], 1),
        (
            "192.0.2.1",
            "example.com",
            ResultCode.PASS,
            [
                ("example.com", "include:_a.example.net"),
                ("_a.example.net", "include:_b.example.net"),
                ("_b.example.net", "ip4:192.0.2.0/28"),
            ],
            3,
        ),
        (
            "192.0.2.200",
            "EXAMPLE.com.",
            ResultCode.PASS,
            [("EXAMPLE.com", "include:_a.example.net"), ("_a.example.net", "ip4:192.0.2.128/25")],
            3,
        ),
        ("203.0.113.1", "example.com", ResultCode.FAIL, [("example.com", "-all")], 3),
        ("203.0.113.1", "example.org", ResultCode.FAIL, [("example.org", "redirect=example.com"), ("example.com", "-all")], 5),
    ],
)
def test_the_terms_that_decided_are_told_with_what_they_cost(
    ip: str, domain: str, code: ResultCode, matches: list[tuple[str, str]], lookups: int
) -> None:
    result, _ = check(TREE, ip, domain=domain)
    assert (result.result, matched(result), result.lookups, result.problem) == (code, matches, lookups, "")
    assert result.term is not None
    assert result.term.text == next(term for _, term in matches if not term.startswith("redirect"))


def test_where_nothing_matches_no_term_is_told() -> None:
    result, _ = check({"example.com TXT": "v=spf1 ip4:198.51.100.1"})
    assert result == Result(result=ResultCode.NEUTRAL)
    assert result.term is None


@pytest.mark.parametrize(
    ("records", "domain", "code", "problem"),
    [
        ({}, "example.com", ResultCode.NONE, "example.com has no SPF record"),
        ({}, "localhost", ResultCode.NONE, "'localhost' is no fully qualified domain name"),
        ({}, "[192.0.2.1]", ResultCode.NONE, "'[192.0.2.1]' is no fully qualified domain name"),
        ({}, "a." * 126 + "ab", ResultCode.NONE, f"'{'a.' * 32}...' is no fully qualified domain name"),
        ({"example.com TIMEOUT": ""}, "example.com", ResultCode.TEMPERROR, "the question for TXT of example.com failed: timeout"),
        ({"example.com TXT": "v=spf1 | v=spf1 a"}, "example.com", ResultCode.PERMERROR, "example.com has 2 SPF records"),
        ({"example.com TXT": "v=spf1 -all moo"}, "example.com", ResultCode.PERMERROR, "in the record of example.com, 'moo': 'moo' is no mechanism"),
        (
            {"example.com TXT": "v=spf1 exp=a.example exp=b.example"},
            "example.com",
            ResultCode.PERMERROR,
            "in the record of example.com, exp= is there twice",
        ),
        (
            {"example.com TXT": "v=spf1 include:example.net -all"},
            "example.com",
            ResultCode.PERMERROR,
            "example.net has no SPF record, and example.com includes it",
        ),
        (
            {"example.com TXT": "v=spf1 include:example..net -all"},
            "example.com",
            ResultCode.PERMERROR,
            "example..net has no SPF record, and example.com includes it",
        ),
        (
            {"example.com TXT": "v=spf1 redirect=example.net"},
            "example.com",
            ResultCode.PERMERROR,
            "example.net has no SPF record, and example.com redirects to it",
        ),
        (
            {"example.com TXT": "v=spf1 mx", "example.com MX": " | ".join(f"{i} mx{i}.example.com." for i in range(11))},
            "example.com",
            ResultCode.PERMERROR,
            "example.com has 11 MX records, and at most 10 may be looked up",
        ),
        (
            {"example.com TXT": "v=spf1 mx", "example.com MX": "1 a.example.com.", "a.example.com TIMEOUT": ""},
            "example.com",
            ResultCode.TEMPERROR,
            "the question for A of a.example.com failed: timeout",
        ),
        ({"example.com TXT": "v=spf1" + " a:example.com" * 11, "example.com A": "192.0.2.9"}, "example.com", ResultCode.PERMERROR, "more than 10 terms query DNS"),
        ({"example.com TXT": "v=spf1 a mx ptr -all"}, "example.com", ResultCode.PERMERROR, "more than 2 terms query DNS for what is not there"),
    ],
)  # fmt: skip
def test_why_there_is_no_better_result(records: Mapping[str, str], domain: str, code: ResultCode, problem: str) -> None:
    result, _ = check(records, domain=domain)
    assert (result.result, result.problem, result.term is None or bool(result.matches)) == (code, problem, True)


def test_an_error_deep_inside_names_the_way_to_it() -> None:
    records = {"example.com TXT": "v=spf1 redirect=example.net", "example.net TXT": "v=spf1 include:example.org -all", "example.org TXT": "v=spf1 a -all", "example.org TIMEOUT": ""}  # fmt: skip
    result, _ = check(records)
    assert result.result is ResultCode.TEMPERROR
    assert matched(result) == [("example.com", "redirect=example.net"), ("example.net", "include:example.org"), ("example.org", "a")]


def test_limits_can_be_set() -> None:
    eleven = {"example.com TXT": "v=spf1" + " a:example.com" * 11 + " -all", "example.com A": "192.0.2.9"}
    assert check(eleven, limits=Limits(lookups=11))[0] == Result(
        result=ResultCode.FAIL, matches=check(eleven, limits=Limits(lookups=11))[0].matches, lookups=11
    )
    voids = {"example.com TXT": "v=spf1 a mx a:example.net -all"}
    assert [check(voids, limits=Limits(voids=count))[0].result.value for count in (1, 2, 3)] == ["permerror", "permerror", "fail"]
    hosts = {"example.com TXT": "v=spf1 mx", "example.com MX": "1 a.example. | 2 b.example.", "b.example A": "192.0.2.1"}
    assert [check(hosts, limits=Limits(names=count))[0].result.value for count in (1, 2)] == ["permerror", "pass"]


def test_a_term_is_one_void_however_many_of_its_queries_are() -> None:
    records = {"example.com TXT": "v=spf1 mx -all", "example.com MX": "1 a.example. | 2 b.example. | 3 c.example.", "a.example A": "192.0.2.9"}  # fmt: skip
    result, asked = check(records, "2001:db8::1")
    assert (result.result, result.voids, result.lookups) == (ResultCode.FAIL, 1, 1)
    assert [question.type for question in asked] == ["TXT", "MX", "AAAA", "AAAA", "AAAA"]


@pytest.mark.parametrize("status", [Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT])
def test_an_answer_that_fails_is_no_void_and_no_mismatch(status: Status) -> None:
    def answers(question: Question) -> Answer:
        return Answer(values=("v=spf1 exists:%{i}.example.net -all",)) if question.type == "TXT" else Answer(status=status)

    result = answered(check_host(ip=ip_address("192.0.2.1"), domain="example.com", sender="example.com"), answers)
    assert (result.result, result.voids) == (ResultCode.TEMPERROR, 0)
    assert result.problem == f"the question for A of 192.0.2.1.example.net failed: {status.value}"


@pytest.mark.parametrize(
    ("term", "ip", "asked"),
    [
        ("a", "2001:db8::1", Question(name="example.com", type="AAAA")),
        ("a", "::ffff:192.0.2.1", Question(name="example.com", type="A")),
        ("exists:%{d}", "2001:db8::1", Question(name="example.com", type="A")),
        ("a:Mail.Example.COM.", "192.0.2.1", Question(name="mail.example.com", type="A")),
        ("exists:%{l}.%{h}", "192.0.2.1", Question(name="user.mail.example.com", type="A")),
        ("exists:%{ir}.%{v}._spf.%{d2}", "192.0.2.1", Question(name="1.2.0.192.in-addr._spf.example.com", type="A")),
        ("exists:%{i8}.example", "2001:db8::1", Question(name="0.0.0.0.0.0.0.1.example", type="A")),
        ("exists:%{s}.example", "192.0.2.1", Question(name="user\\@example.com.example", type="A")),
        ("exists:a%_b%%.example", "192.0.2.1", Question(name="a\\032b%.example", type="A")),
        ("exists:%{p}.example", "192.0.2.1", Question(name="1.2.0.192.in-addr.arpa", type="PTR")),
        ("exists:%{o}." + "a" * 60 + ("." + "b" * 60) * 3 + ".example", "192.0.2.1", Question(name="a" * 60 + ("." + "b" * 60) * 3 + ".example", type="A")),
    ],
)  # fmt: skip
def test_the_name_that_is_asked_for(term: str, ip: str, asked: Question) -> None:
    _, questions = check({"example.com TXT": f"v=spf1 {term} -all"}, ip)
    assert questions[1] == asked


@pytest.mark.parametrize("term", ["a:example..com", f"a:{'a' * 64}.example.com", "exists:%{l}.example.com", "mx:example..com"])
def test_a_name_that_cannot_be_is_not_asked_for_and_matches_nothing(term: str) -> None:
    result, asked = check({"example.com TXT": f"v=spf1 {term} -all"}, sender="b\u00fccher@example.com")
    assert (result.result, result.voids, result.lookups) == (ResultCode.FAIL, 0, 1)
    assert [question.type for question in asked] == ["TXT"]


@pytest.mark.parametrize(
    ("domain", "asked"),
    [
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER\u3002example", "xn--bcher-kva.example"),
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("\uff45xample.example", "example.example"),
    ],
)
def test_internationalised_names_are_asked_for_in_a_labels(domain: str, asked: str) -> None:
    result, questions = check({f"{asked} TXT": "v=spf1 exists:%{o}.%{h} -all", f"{asked}.{asked} A": "192.0.2.9"}, domain=domain, sender=f"user@{domain}", helo=domain)  # fmt: skip
    assert questions[0] == Question(name=asked, type="TXT")
    assert result.result is ResultCode.PASS


PTR = {
    "example.com TXT": "v=spf1 ptr -all",
    "1.2.0.192.in-addr.arpa PTR": "bad.example.com. | a.example.net. | b.Example.com.",
    "a.example.net A": "192.0.2.1",
    "b.example.com A": "198.51.100.1 | 192.0.2.1",
    "bad.example.com TIMEOUT": "",
}


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ({}, "pass"),
        ({"b.example.com A": "198.51.100.1"}, "fail"),
        ({"example.com TXT": "v=spf1 ptr:ample.com -all"}, "fail"),
        ({"example.com TXT": "v=spf1 ptr:B.EXAMPLE.com. -all"}, "pass"),
        ({"1.2.0.192.in-addr.arpa PTR": "", "1.2.0.192.in-addr.arpa TIMEOUT": ""}, "fail"),
    ],
)
def test_ptr_takes_validated_names_and_passes_over_errors(records: Mapping[str, str], code: str) -> None:
    assert check({**PTR, **records})[0].result.value == code


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        ("%{c} may not send for %{o}; see %{r}, %{t}", "192.0.2.1 may not send for example.com; see mx.example.org, 1800000000"),
        ("%{S}", "a%2Bb%40example.com"),
        ("you are %{p}", "you are b.example.com"),
        ("", ""),
        ("one | two", None),
        ("%{x}", None),
        ("b\u00fccher", None),
    ],
)
def test_explanations(text: str, explanation: str | None) -> None:
    records = {**PTR, "example.com TXT": "v=spf1 exp=why.%{d} -all"}
    made = {**zone(records), "why.example.com": {"TXT": tuple(text.split(" | "))}}
    questions = check_host(
        ip=ip_address("192.0.2.1"), domain="example.com", sender="a+b@example.com", receiver="mx.example.org", now=1_800_000_000
    )
    assert answered(questions, lambda question: answer(made, question)).explanation == explanation


def test_an_explanation_at_a_name_that_cannot_be_is_none() -> None:
    result, asked = check({"example.com TXT": "v=spf1 exp=a..%{d} -all"})
    assert (result.result, result.explanation, len(asked)) == (ResultCode.FAIL, None, 1)


def test_no_explanation_is_looked_up_where_nothing_fails() -> None:
    result, asked = check({"example.com TXT": "v=spf1 exp=why.example.com ~all"})
    assert (result.result, len(asked)) == (ResultCode.SOFTFAIL, 1)
    assert result.matches == (Match(domain="example.com", term=result.matches[0].term),)
