"""What `lint --fix` does with a file: which fixes it applies, which it does not, and how it writes."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.diagnostic import Diagnostic, Finding, Fix, Route, Severity
from emailauth.core.document import Document
from emailauth.core.edits import NoEditError, edited
from emailauth.core.errors import CouldNotDoError
from emailauth.lint.rule import MUST, of, rule
from emailauth.protocols import dmarc
from emailauth.protocols.spf.space import evaluate
from emailauth.protocols.spf.survey import Authorised, authorised
from emailauth.workflow import linting, together
from emailauth.workflow.answering import FileAnswers
from emailauth.workflow.fixing import Fixing, diff, fix_file, write
from emailauth.workflow.linting import lint
from emailauth.workflow.load import Loaded, load, load_bytes, load_document
from emailauth.workflow.senders import Senders
from emailauth.workflow.spf_trees import tree


def loaded(text: str) -> Loaded:
    return load_bytes(text.encode(), "email-auth.yaml", Path())


def fixing(text: str, *, advice: bool = True) -> Fixing:
    return fix_file(loaded(text), advice=advice)


def told(done: Fixing) -> list[tuple[int, int, str, str]]:
    """Line, column, rule, and why it was not fixed."""
    return [(one.span.line, one.span.column, one.rule, one.reason) for one in (*done.fixed, *done.not_fixed)]


SPF = "version: 1\ndomains:\n  example.com:\n    spf: {allow: [%s], otherwise: fail}\n"


@pytest.mark.parametrize(
    ("terms", "after"),
    [
        pytest.param("mx, 'ip4:192.0.2.0/24', mx  ", "mx, 'ip4:192.0.2.0/24'  ", id="a term that is there twice"),
        pytest.param("ip4:192.0.2.0/24, ip4:192.0.2.7", "ip4:192.0.2.0/24", id="a range within a range"),
        pytest.param("'ip4:192.0.2.7/24'", "'ip4:192.0.2.0/24'", id="the address of a host"),
        pytest.param("mx, mx, mx, mx", "mx", id="one after the other"),
        pytest.param("ip4:192.0.2.7/24, ip4:192.0.2.9/24", "ip4:192.0.2.0/24", id="a fix that makes another one possible"),
    ],
)
def test_what_changes_nothing_for_senders_is_fixed(terms: str, after: str) -> None:
    done = fixing(SPF % terms)
    assert done.after.document.text == SPF % after
    assert done.not_fixed == ()


@pytest.mark.parametrize(
    ("terms", "change"),
    [
        pytest.param("ipv4:192.0.2.1", "192.0.2.1 would get pass as example.com, not permerror", id="a record that fails for all"),
        pytest.param(
            "'ipv4:192.0.2.1', 'ip6:2001:db8::/33', 'ip6:2001:db8:8000::/34', ip4:198.51.100.0/27, ip4:203.0.113.1",
            "192.0.2.1, 198.51.100.0/27, 203.0.113.1 and 2 more ranges would get pass as example.com, not permerror",
            id="many ranges",
        ),
        pytest.param(
            "ip4=192.0.2.1", "192.0.2.1 would get pass as example.com, not fail", id="a modifier that should have been a mechanism"
        ),
        pytest.param(
            "ipv4:192.0.2.1, mx",
            "all others would get pass as example.com by mx:example.com; 192.0.2.1 would get pass as example.com, not permerror",
            id="a term that is not known from the file",
        ),
        pytest.param(
            f"{', '.join(f'include:i{i}.example.net' for i in range(9))}, mx, mx, ip4:192.0.2.1",
            None,
            id="the eleventh look-up",
        ),
    ],
)
def test_what_changes_who_may_send_is_told_and_not_done(terms: str, change: str | None) -> None:
    done = fixing(SPF % terms)
    assert done.after.document.text == SPF % terms
    assert done.fixed == ()
    for one in done.not_fixed:
        assert one.reason.startswith("this changes who may send: ")
        assert change is None or one.reason == f"this changes who may send: {change}"
    assert len(done.not_fixed) == 1


def test_what_changes_something_together_only_is_not_done_together() -> None:
    """Either leaves one look-up too many; both together make a record work that fails now."""
    includes = ", ".join(f"include:i{i}.example.org" for i in range(6))
    text = (
        SPF % f"a, a, {includes}, include:example.net, ip4:192.0.2.1" + "  example.net:\n    spf: {allow: [mx, mx, a], otherwise: fail}\n"
    )
    done = fixing(text)
    assert len(done.fixed) == 1
    assert [one.reason.partition(":")[0] for one in done.not_fixed] == ["this changes who may send"]


def test_senders_of_others_that_include_the_record_count_too() -> None:
    text = SPF % "ipv4:192.0.2.1" + "  example.net:\n    spf: {allow: [include:example.com], otherwise: softfail}\n"
    [one] = fixing(text).not_fixed
    assert one.reason.endswith(
        "192.0.2.1 would get pass as example.com, not permerror; 192.0.2.1 would get pass as example.net, not permerror"
    )


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        pytest.param(
            "exists:%{i}.example.net",
            "exists:%{i}.example.org",
            "all others would get pass as example.com in other cases than now, by exists:%{i}.example.org",
            id="another term",
        ),
        pytest.param("mx", "ip4:0.0.0.0/0", "all others would get pass as example.com in every case; ", id="everyone"),
        pytest.param("ip4:192.0.2.1", "mx", "192.0.2.1 would get pass as example.com only by mx:example.com", id="only by a term"),
        pytest.param("mx", "ip4:192.0.2.1", "all others would never get pass as example.com; ", id="never by a term"),
        pytest.param("ip4:192.0.2.1", "ip4:192.0.2.2", "192.0.2.1 would get fail as example.com, not pass; ", id="others"),
        pytest.param(
            "ip4:192.0.2.1",
            "include:%{l}.example.net",
            "all others would get pass as example.com by include:%{l}.example.net; ",
            id="by a record that depends on the message",
        ),
        pytest.param("mx", "~mx", "all others would never get pass as example.com", id="another qualifier"),
    ],
)
def test_how_a_change_is_said(before: str, after: str, change: str) -> None:
    fix = Fix(description="", at=("domains", "example.com", "spf", "allow", 0), value=after)
    said = Senders(loaded(SPF % f"'{before}'")).changes([[fix]])
    assert change in f"{said[0]}; "


def test_of_many_terms_some_are_named() -> None:
    terms = ", ".join(f"a:i{i}.example.org" for i in range(5))
    [one] = fixing(SPF % f"ipv4:192.0.2.1, {terms}").not_fixed
    assert "by a:i0.example.org, a:i1.example.org, a:i2.example.org or 2 more" in one.reason


def test_mail_hosts_count_where_a_record_lets_them_send() -> None:
    text = SPF % "mx:example.net" + "  example.net:\n    mx: [{preference: 0, host: a.example.net}, {preference: 5, host: b.example.net}]\n"
    there = ("domains", "example.net", "mx", 1)
    [one] = fix_file(loaded(text), judge=always(Fix(description="", at=there, remove=True))).not_fixed
    assert one.reason == "this changes who may send: mx:example.net would be other hosts for example.com"
    without = text.replace("mx:example.net", "a")
    done = fix_file(loaded(without), judge=always(Fix(description="", at=there, remove=True)))
    assert [one.reason for one in done.fixed] == [""]


def always(*fixes: Fix, domains: tuple[str, ...] = ("example.com",)) -> "Judge":
    """Finds the same at each look: a fix at each place that is still there."""
    return Judge(fixes, domains)


class Judge:
    def __init__(self, fixes: Sequence[Fix], domains: tuple[str, ...]) -> None:
        self.fixes = fixes
        self.domains = domains

    def __call__(self, at: Loaded) -> list[Diagnostic]:
        return [self.found(at, fix) for fix in self.fixes if at.document.has(fix.at)]

    def found(self, at: Loaded, fix: Fix) -> Diagnostic:
        one = at.document.diagnostic(fix.at, "a-rule", "wrong")
        return replace(one, fix=fix, domains=self.domains)


@pytest.mark.parametrize(
    "route", [("defaults", "spf", "allow"), ("defaults", "spf"), ("defaults",), ("domains", "example.com"), ("domains",)]
)
def test_what_could_concern_senders_is_compared(route: Route) -> None:
    text = (
        "version: 1\ndefaults: {spf: {allow: [ip4:192.0.2.1]}}\n"
        "domains: {example.com: {spf: {otherwise: fail}}, example.org: {dmarc: {policy: none}}}\n"
    )
    done = fix_file(loaded(text), judge=always(Fix(description="", at=route, value={}), domains=()))
    assert done.after.document.text == text
    assert [one.reason.partition(": ")[0] for one in done.not_fixed] == ["this changes who may send"]


DEFAULTS = """\
version: 1
defaults:
  dmarc: {aggregate_reports: [dmarc@example.com]} # us
domains:
  example.com:
    dmarc: {policy: reject}
  example.net:
    dmarc: {policy: reject}
  example.org:
    dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.org"]}
"""


def test_what_domains_have_from_the_defaults_is_one_edit() -> None:
    done = fixing(DEFAULTS)
    assert done.after.document.text == DEFAULTS.replace("[dmarc@", "[mailto:dmarc@")
    assert told(done) == [(3, 31, "dmarc-report-uri-invalid", "")]


@pytest.mark.parametrize("more", ["example.edu: {dmarc: {polici: none}}", "example.edu: {dmarc: {policy: nine}}"])
def test_the_defaults_stay_where_a_domain_has_them_in_which_nothing_is_found(more: str) -> None:
    done = fixing(f"{DEFAULTS}  {more}\n")
    assert told(done) == [
        (3, 31, "dmarc-report-uri-invalid", "example.edu has this from the defaults, too, and nothing is found there"),
    ]


def test_a_key_can_be_set_for_all_in_the_defaults() -> None:
    fix = Fix(description="", at=("defaults", "dmarc", "subdomain_policy"), value="reject")
    text = "version: 1\ndefaults: {dmarc: {}}\ndomains:\n  example.com: {dmarc: {policy: none}}\n  example.net: {dmarc: absent}\n  example.org: parked\n"

    class Once(Judge):
        def __call__(self, at: Loaded) -> list[Diagnostic]:
            return [] if at.document.has(fix.at) else [self.found(at, fix)]

    done = fix_file(loaded(text), judge=Once((fix,), ("example.com",)))
    assert done.after.document.text == text.replace("{dmarc: {}}\ndomains", "{dmarc: {subdomain_policy: reject}}\ndomains")


ANCHORS = """\
version: 1
domains:
  example.com:
    tls_rpt: &reports
      reports: [tls@example.com]
    mta_sts: {mode: testing, from_mx: true, max_age: 604800}
    mx: [{preference: 10, host: mx.example.com}]
  example.net:
    # emailauth: COMMENT
    tls_rpt: *reports
"""


def test_what_domains_share_by_an_anchor_is_one_edit() -> None:
    done = fixing(ANCHORS)
    assert done.after.document.text == ANCHORS.replace("[tls@", "[mailto:tls@")
    assert {(line, rule) for line, _, rule, _ in told(done)} == {(5, "tls-rpt-uri-scheme")}


def test_what_is_shared_stays_where_one_of_them_ignores_the_finding() -> None:
    text = ANCHORS.replace("COMMENT", "ignore[tls-rpt-uri-scheme] they asked for it")
    done = fixing(text)
    assert done.after.document.text == text
    assert told(done) == [(5, 17, "tls-rpt-uri-scheme", "the rest of the file would not stay as it is")]


def test_one_that_cannot_be_done_does_not_keep_others_from_it() -> None:
    text = ANCHORS.replace("COMMENT", "ignore[tls-rpt-uri-scheme] they asked for it")
    text += "".join(f"  d{i}.example: {{tls_rpt: {{reports: [a@d{i}.example]}}}}\n" for i in range(5))
    done = fixing(text)
    assert [one.span.line for one in done.fixed] == [11, 12, 13, 14, 15]
    assert [one.span.line for one in done.not_fixed] == [5]


def test_places_are_those_of_the_file_before() -> None:
    terms = "\n".join(["    spf:", "      allow:", *["        - mx # c"] * 3, "      otherwise: fail"])
    reports = "    tls_rpt: {reports: [tls@example.com]}"
    done = fixing(f"version: 1\ndomains:\n  example.com:\n{terms}\n{reports}\n")
    assert told(done) == [(7, 11, "spf-duplicate-term", ""), (8, 11, "spf-duplicate-term", ""), (10, 25, "tls-rpt-uri-scheme", "")]
    assert done.after.document.text.count("# c") == 1


def test_fixes_that_undo_each_other_end() -> None:
    route = ("domains", "example.com", "dmarc", "policy")
    text = "version: 1\ndomains:\n  example.com:\n    dmarc: {policy: none}\n"

    class Swing(Judge):
        def __call__(self, at: Loaded) -> list[Diagnostic]:
            value = "reject" if "none" in at.document.text else "none"
            return [self.found(at, Fix(description="", at=route, value=value))]

    done = fix_file(loaded(text), judge=Swing((), ()))
    assert [one.reason for one in (*done.fixed, *done.not_fixed)] == ["", "it and another fix undo each other"]


@rule(MUST, "RFC 9989 section 4.7", covers=["DMARC-001"], fixes=True)
def a_rule(section: dmarc.Dmarc) -> Iterator[Finding]:
    """Finds the same three things in every section.

    Bad:
        version: 1
    Good:
        version: 1
    """
    for at in (("aggregate_reports", 0), ("subdomain_policy",), ("not", "there")):
        yield Finding(f"{section.KEY} {at}", at=at, fix=Fix(description="", at=at, value="none"))


def test_a_fix_leads_to_where_its_value_stands_or_would_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    found = of(a_rule)
    monkeypatch.setattr(linting, "all_rules", lambda: {"a-rule": found})
    text = DEFAULTS.partition("  example.net")[0]
    assert [one.fix and one.fix.at for one in lint(loaded(text))] == [
        ("defaults", "dmarc", "aggregate_reports", 0),
        ("domains", "example.com", "dmarc", "not", "there"),
        ("domains", "example.com", "dmarc", "subdomain_policy"),
    ]


def test_a_fix_that_would_break_the_file_is_not_made() -> None:
    route = ("domains", "example.com", "dmarc", "policy")
    text = "version: 1\ndomains:\n  example.com:\n    dmarc: {policy: none}\n"
    done = fix_file(loaded(text), judge=always(Fix(description="", at=route, value="nine")))
    assert told(done) == [(4, 21, "a-rule", "the file could not be understood any more")]


def test_data_without_a_text_has_nothing_to_edit() -> None:
    data = {"version": 1, "domains": {"example.com": {"tls_rpt": {"reports": ["tls@example.com"]}}}}
    done = fix_file(load_document(Document(path="spec", text="", data=data), Path()))
    assert told(done) == [(1, 1, "tls-rpt-uri-scheme", "there is no text behind it")]


def test_a_fix_where_nothing_stands_is_told() -> None:
    text = "version: 1\ndomains:\n  example.com:\n    dmarc: {policy: none}\n"
    gone = Fix(description="", at=("domains", "example.com", "dmarc", "np", 0), remove=True)

    class Always(Judge):
        def __call__(self, at: Loaded) -> list[Diagnostic]:
            return [self.found(at, gone)]

    assert told(fix_file(loaded(text), judge=Always((), ()))) == [(4, 12, "a-rule", "nothing stands there")]


def test_fixes_that_get_into_each_others_way_are_made_one_after_the_other() -> None:
    text = "version: 1\ndomains:\n  example.com: {dmarc: {policy: none, failure_options: [d, s, d, s]}}\n"
    done = fixing(text)
    assert "failure_options: [d, s]" in done.after.document.text
    assert len(done.fixed) == 2


REPORTS = "version: 1\ndomains:\n  example.com:\n    tls_rpt:\n      reports:\n"


def test_many_slips_of_one_section_are_fixed_by_few_looks_at_the_file() -> None:
    """One look for each bit of their number, one before and one behind: not one for each of them."""
    looks = []

    def judge(at: Loaded) -> Sequence[Diagnostic]:
        looks.append(at)
        return lint(at)

    text = REPORTS + "".join(f"        - r{i}@example.com # {i}\n" for i in range(100))
    done = fix_file(loaded(text), judge=judge)
    assert done.after.document.text == text.replace("- r", "- mailto:r")
    assert len(done.fixed) == 100
    assert len(looks) == 9


@pytest.mark.parametrize("count", [2, 3, 7, 40])
def test_what_is_found_no_more_once_another_one_is_fixed_is_not_fixed(count: int) -> None:
    """Each of several equal items is found, so that all but one are to go."""

    class Twice(Judge):
        def __call__(self, at: Loaded) -> list[Diagnostic]:
            route = ("domains", "example.com", "tls_rpt", "reports")
            number = len(at.document.data["domains"]["example.com"]["tls_rpt"]["reports"])
            return [self.found(at, Fix(description="", at=(*route, i), remove=True)) for i in range(number) if number > 1]

    done = fix_file(loaded(REPORTS + "        - mailto:r@example.com\n" * count), judge=Twice((), ()))
    assert done.after.document.text == REPORTS + "        - mailto:r@example.com\n"
    assert len(done.fixed) == count - 1
    assert done.not_fixed == ()


def test_fixes_that_make_up_for_each_other_are_not_made() -> None:
    """Either changes who may send, though both together would not."""
    there = ("domains", "example.com", "spf", "allow")
    swap = [Fix(description="", at=(*there, i), value=f"ip4:192.0.2.{2 - i}") for i in range(2)]
    text = SPF % "ip4:192.0.2.1, ip4:192.0.2.2"
    done = fix_file(loaded(text), judge=always(*swap))
    assert done.after.document.text == text
    assert [one.reason for one in done.not_fixed] == [
        "this changes who may send: 192.0.2.1 would get fail as example.com, not pass",
        "this changes who may send: 192.0.2.2 would get fail as example.com, not pass",
    ]


def test_one_that_cannot_be_made_without_the_next_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(document: Document, fixes: Sequence[Fix]) -> Document:
        if [fix.value for fix in fixes] == ["mailto:a@example.com"]:
            raise NoEditError("it needs the other one")
        return edited(document, fixes)

    monkeypatch.setattr(together, "edited", refusing)
    done = fixing(REPORTS + "        - a@example.com\n        - b@example.com\n")
    assert done.after.document.text == REPORTS + "        - a@example.com\n        - mailto:b@example.com\n"
    assert told(done) == [(7, 11, "tls-rpt-uri-scheme", ""), (6, 11, "tls-rpt-uri-scheme", "it needs the other one")]


def test_what_changes_something_only_where_a_record_comes_to_lead_to_another_one_is_not_done_together() -> None:
    """Either leaves example.com without a record that works; both together would let 192.0.2.2 send."""
    text = SPF % "'include:example.net', 'ipv4:192.0.2.2'" + "  example.net:\n    spf: {allow: ['~ipv4:192.0.2.1'], otherwise: fail}\n"
    done = fixing(text)
    assert done.after.document.text == text.replace("ipv4:192.0.2.2", "ip4:192.0.2.2")
    assert [(one.span.line, one.reason) for one in done.not_fixed] == [
        (6, "this changes who may send: 192.0.2.2 would get pass as example.com, not permerror")
    ]


def test_domains_that_come_to_lead_to_each_other_are_told_apart() -> None:
    """Both records are malformed now; the fix of either is told as if the other one stayed."""
    text = SPF % "'ipv4:192.0.2.1'" + "  example.net:\n    spf: {allow: ['include:example.com', 'ipv4:192.0.2.2'], otherwise: fail}\n"
    done = fixing(text)
    assert done.after.document.text == text.replace("ipv4:192.0.2.2", "ip4:192.0.2.2")
    [one] = done.not_fixed
    assert one.reason == (
        "this changes who may send: 192.0.2.1 would get pass as example.com, not permerror; "
        "192.0.2.1, 192.0.2.2 would get pass as example.net, not permerror"
    )


def test_advice_is_acted_upon_where_it_is_asked_for() -> None:
    text = SPF % "mx, mx"
    assert fixing(text, advice=False).after.document.text == text
    assert fixing(text, advice=False).not_fixed == ()
    assert fixing(text, advice=True).after.document.text == SPF % "mx"


def test_what_can_be_understood_is_fixed_beside_what_cannot() -> None:
    text = "version: 1\ndomains:\n  a.example: {dmark: {}}\n  example.com: {tls_rpt: {reports: [tls@example.com]}}\n  b.example: {ttl: 1, ttl: 2}\n"
    assert fixing(text).after.document.text == text.replace("[tls@", "[mailto:tls@")


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "mx", "a", "a", "ip4:192.0.2.0/24", "ip4:192.0.2.7/24", "ip4:192.0.2.7", "-ip4:192.0.2.7", "include:b.example",
                    "include:a.example", "ip6:2001:db8::/32", "ip6:2001:db8::1/32", "ipv4:198.51.100.1", "~all", "exists:%{i}.example.com",
                    "ip4=198.51.100.7", "ptr", "mx:b.example", "~ipv4:192.0.2.3",
                ]
            ),
            min_size=1,
            max_size=5,
        ),
        min_size=2,
        max_size=2,
    ),
    st.booleans(),
)  # fmt: skip
def test_no_fix_changes_who_may_send(terms: list[list[str]], hosts: bool) -> None:
    mx = "\n    mx: [{preference: 0, host: h.example}, {preference: 0, host: h.example}]" if hosts else ""
    domains = "".join(
        f"  {name}.example:\n    spf:\n      allow:\n" + "".join(f"        - {term!r} # {i}\n" for i, term in enumerate(some)) + mx + "\n"
        for name, some in zip("ab", terms, strict=True)
    )
    start = loaded(f"version: 1\ndomains:\n{domains}")
    done = fix_file(start, advice=True)
    assert who(start) == who(done.after)
    assert fix_file(done.after, advice=True).fixed == ()
    left = [one for one in lint(done.after) if one.fix]
    assert len(left) == len(done.not_fixed)


def who(file: Loaded) -> dict[str, Authorised]:
    answers = FileAnswers(file.posture)
    return {domain.name: authorised(evaluate(tree(domain.name, answers))) for domain in file.posture.domains}


# ---------------------------------------------------------------------------------------------------------- writing

BAD = "version: 1\ndomains:\n  example.com: {tls_rpt: {reports: [tls@example.com]}}\n"
GOOD = BAD.replace("[tls@", "[mailto:tls@")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "email-auth.yaml"
    found.write_text(BAD)
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(BAD, GOOD, id="as it is"),
        pytest.param("\ufeff" + BAD, "\ufeff" + GOOD, id="a byte order mark"),
        pytest.param(BAD.replace("\n", "\r\n"), GOOD.replace("\n", "\r\n"), id="CR LF"),
        pytest.param(BAD.replace("\n", "\r"), GOOD.replace("\n", "\r"), id="CR"),
        pytest.param(BAD + "# é😀\t \n\n\n", GOOD + "# é😀\t \n\n\n", id="what stands behind it"),
        pytest.param(BAD.removesuffix("\n"), GOOD.removesuffix("\n"), id="no line break at the end"),
    ],
)
def test_all_other_octets_stay(path: Path, before: str, after: str) -> None:
    path.write_bytes(before.encode())
    write(fix_file(load(path)), path)
    assert path.read_bytes() == after.encode()


def test_the_file_keeps_its_mode_and_a_link_stays_one(path: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    link = tmp_path / "other" / "link.yaml"
    link.symlink_to(path)
    path.chmod(0o640)
    write(fix_file(load(link)), link)
    assert link.is_symlink()
    assert path.read_text() == GOOD
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert {one.name for one in tmp_path.iterdir()} == {"email-auth.yaml", "other"}


def test_a_file_that_has_changed_meanwhile_is_not_overwritten(path: Path) -> None:
    done = fix_file(load(path))
    path.write_text(BAD + "# mine\n")
    with pytest.raises(CouldNotDoError, match=r"email-auth\.yaml has changed meanwhile: nothing was written to it; run this again"):
        write(done, path)
    assert path.read_text() == BAD + "# mine\n"


def test_a_file_that_may_not_be_written_is_not(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(
        CouldNotDoError, match=r"email-auth\.yaml cannot be written, and is as it was: Permission denied; see that you may write"
    ):
        write(fix_file(load(path)), path)
    assert path.read_text() == BAD


def test_where_writing_fails_nothing_has_changed_and_nothing_is_left(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CouldNotDoError, match=r"email-auth\.yaml cannot be written, and is as it was: No space left on device"):
        write(fix_file(load(path)), path)
    assert path.read_text() == BAD
    assert [one.name for one in tmp_path.iterdir()] == ["email-auth.yaml"]


def test_a_file_that_is_gone_is_told(path: Path) -> None:
    done = fix_file(load(path))
    path.unlink()
    with pytest.raises(CouldNotDoError, match=r"email-auth\.yaml cannot be written: it cannot be read any more: No such file or directory"):
        write(done, path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            BAD,
            "--- email-auth.yaml\n+++ email-auth.yaml\n@@ -1,3 +1,3 @@\n version: 1\n domains:\n"
            "-  example.com: {tls_rpt: {reports: [tls@example.com]}}\n+  example.com: {tls_rpt: {reports: [mailto:tls@example.com]}}\n",
            id="a line",
        ),
        pytest.param(
            BAD.removesuffix("\n"),
            "--- email-auth.yaml\n+++ email-auth.yaml\n@@ -1,3 +1,3 @@\n version: 1\n domains:\n"
            "-  example.com: {tls_rpt: {reports: [tls@example.com]}}\n\\ No newline at end of file\n"
            "+  example.com: {tls_rpt: {reports: [mailto:tls@example.com]}}\n\\ No newline at end of file\n",
            id="without an end",
        ),
        pytest.param(GOOD, "", id="nothing"),
    ],
)
def test_a_diff(text: str, shown: str) -> None:
    assert diff(fixing(text)) == shown


def test_severity_decides_what_advice_is() -> None:
    assert {one.severity for one in lint(loaded(SPF % "mx, mx")) if one.fix} == {Severity.ADVICE}
