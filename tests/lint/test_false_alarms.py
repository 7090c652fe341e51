"""On the public suite of RFC 7208: nothing bad is missed, nothing good is refused, and each warning on a good record has its clause."""

from collections.abc import Iterable

import pytest

from emailauth.core.diagnostic import Severity
from emailauth.lint.engine import Raised
from tests.protocols.spf.suite_records import (
    all_cases,
    bad_records,
    good_records,
    has_error,
    judged_by_text,
    judged_in_its_zone,
    permerrors,
)

PTR = ("spf-ptr", "RFC 7208 section 5.5")
P_MACRO = ("spf-p-macro", "RFC 7208 section 7.2")
EVERYONE = ("spf-passes-everyone", "RFC 9989 section 11.1")
IPV6_VOIDS = ("spf-tree-too-many-ipv6-voids", "RFC 7208 section 4.6.4")

WARNINGS = {
    "V=sPf1 +all": [EVERYONE],
    "v=spf1 +all": [EVERYONE],
    "v=spf1 -a:%{h} +all": [EVERYONE],
    "v=spf1 a mx a mx a mx a mx a ptr ip4:1.2.3.4 -all": [PTR],
    "v=spf1 a//0 -all": [EVERYONE],
    "v=spf1 a/0 -all": [EVERYONE],
    "v=spf1 all -all": [EVERYONE],
    "v=spf1 exists:%{p}.should.example.com ~exists:%{p}.ok.example.com": [P_MACRO, P_MACRO],
    "v=spf1 include:ip6.example.com all": [EVERYONE],
    "v=spf1 ip4:1.1.1.1/0 -all": [EVERYONE],
    "v=spf1 ip6:::1.1.1.1/0": [EVERYONE],
    "v=spf1 mx//0 -all": [EVERYONE],
    "v=spf1 mx/0 -all": [EVERYONE],
    "v=spf1 ptr -all": [PTR],
    "v=spf1 ptr": [PTR],
    "v=spf1 ptr:example.Com -all": [PTR],
    "v=spf1 ptr:example.com -all": [PTR],
    "v=spf1 ptr:fe.example.org ptr:sgp.example.com exp=_expspf.example.org -all": [PTR, PTR],
}
"""By record, the warnings on it alone; on all other good records there is none."""

IN_DNS = {
    "include-at-limit": [("spf-tree-too-many-lookups", "RFC 7208 section 4.6.4"), IPV6_VOIDS],
    "mech-at-limit": [IPV6_VOIDS],
    "nospace1": [("spf-record-passed-over", "RFC 7208 section 4.5")],
}
"""By case that is not always a permerror, what is found with the DNS of the case besides. The first passes only for clients that match before
its eleventh look-up."""


def told(found: Iterable[Raised], *severities: Severity) -> list[tuple[str, str]]:
    return sorted((one.rule.id, one.rule.clause) for one in found if one.rule.strength.severity in severities)


def test_the_suite_is_sorted() -> None:
    assert (len(bad_records()), len(permerrors()), len(good_records())) == (63, 74, 105)
    assert not {record.text for record in bad_records()} & {record.text for record in good_records()}


def test_every_record_with_a_syntax_error_is_an_error() -> None:
    assert [record.text for record in bad_records() if not has_error(judged_by_text(record))] == []


def test_every_permerror_is_an_error() -> None:
    missed = [case.name for case in permerrors() if not has_error(judged_in_its_zone(case.domain.lower(), case.zone))]
    assert missed == []


def test_no_good_record_has_an_error_and_each_warning_stands_here() -> None:
    found = {record.text: judged_by_text(record) for record in good_records()}
    assert {text: told(raised, Severity.ERROR) for text, raised in found.items() if has_error(raised)} == {}
    warnings = {text: told(raised, Severity.WARNING) for text, raised in found.items()}
    assert {text: clauses for text, clauses in warnings.items() if clauses} == WARNINGS


def test_dns_makes_no_false_alarm_either() -> None:
    """The same where the rules over the observation judge, too: of a case that has another result than permerror."""
    found = {}
    for case in all_cases():
        if "permerror" not in case.results:
            texts = case.zone.get(case.domain.lower(), {}).get("TXT", ())
            expected = [clause for text in texts for clause in WARNINGS.get(text, [])]
            told_here = told(judged_in_its_zone(case.domain.lower(), case.zone), Severity.ERROR, Severity.WARNING)
            for one in expected:
                told_here.remove(one)
            if told_here:
                found[case.name] = told_here
    assert found == {name: sorted(clauses) for name, clauses in IN_DNS.items()}


@pytest.mark.parametrize("name", sorted(IN_DNS))
def test_the_exceptions_are_cases(name: str) -> None:
    assert name in {case.name for case in all_cases()}
