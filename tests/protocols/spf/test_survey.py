"""What the evaluation of the whole space answers."""

from collections.abc import Mapping
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.question import answered
from emailauth.protocols.spf import Ip4, Ip6, network_text
from emailauth.protocols.spf.check_host import Limits
from emailauth.protocols.spf.intervals import cidrs
from emailauth.protocols.spf.space import COUNTED, evaluate, worst_case
from emailauth.protocols.spf.survey import Families, authorised, described, difference, overlaps, uses
from emailauth.protocols.spf.tree import Tree, gather
from tests.protocols.spf.suite import answer
from tests.protocols.spf.zones import zone

OTHERS = {
    "a.example TXT": "v=spf1 ip4:192.0.2.0/26 -ip4:192.0.2.64/28 a ~all",
    "a.example A": "192.0.2.77 | 198.51.100.1",
    "b.example TXT": "v=spf1 ip4:192.0.2.0/28 exists:%{i}.x.example ?all",
}


def grown(text: str, others: Mapping[str, str] = OTHERS) -> Tree:
    return answered(gather("example.com"), partial(answer, zone({**others, "example.com TXT": text})))


def shown(addresses: Families) -> list[str]:
    return [network_text(kind, *one) for version, kind in ((4, Ip4), (6, Ip6)) for one in cidrs(addresses[version], version)]


@pytest.mark.parametrize(
    ("text", "always", "sometimes"),
    [
        ("v=spf1 -all", [], []),
        ("v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 ip6:2001:db8::/32 -all", ["192.0.2.0/24", "2001:db8::/32"], []),
        ("v=spf1 -ip4:192.0.2.0/31 ip4:192.0.2.0/30 ~all", ["192.0.2.2/31"], []),
        ("v=spf1 include:a.example -all", ["192.0.2.0/26", "198.51.100.1"], []),
        ("v=spf1 ?include:a.example ip4:192.0.2.0/25 -all", ["192.0.2.64/26"], []),
        ("v=spf1 -ip4:0.0.0.0/1 include:b.example ip4:192.0.2.4 -ip6:::/0 -all", ["192.0.2.0/28"], ["128.0.0.0/2", "192.0.0.0/23"]),
        ("v=spf1 redirect=%{l}.example", [], ["0.0.0.0/0", "::/0"]),
        ("v=spf1 +all", ["0.0.0.0/0", "::/0"], []),
        ("v=spf1 ip4:192.0.2.0/24 moo", [], []),
    ],
)
def test_who_is_authorised(text: str, always: list[str], sometimes: list[str]) -> None:
    found = authorised(evaluate(grown(text)))
    assert shown(found.always) == always
    assert shown(found.sometimes)[: len(sometimes)] == sometimes
    assert bool(sometimes) == any(found.sometimes.values())


@pytest.mark.parametrize(
    ("text", "unreachable", "redundant"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", [], []),
        ("v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.7 -all", ["ip4:192.0.2.7"], ["ip4:192.0.2.7"]),
        ("v=spf1 ip4:192.0.2.7 ip4:192.0.2.0/24 -all", [], ["ip4:192.0.2.7"]),
        ("v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24 -all", [], []),
        ("v=spf1 -ip4:192.0.2.7 ip4:198.51.100.1 -all", [], ["-ip4:192.0.2.7"]),
        (
            "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.1 include:a.example -all",
            ["include:a.example"],
            ["ip4:198.51.100.1", "include:a.example"],
        ),
        ("v=spf1 include:a.example ip4:198.51.100.1 ip4:198.51.100.2 -all", ["ip4:198.51.100.1"], ["ip4:198.51.100.1"]),
        ("v=spf1 ip4:192.0.2.0/28 include:b.example -all", [], ["ip4:192.0.2.0/28"]),
        ("v=spf1 exists:%{i}.x.example include:b.example -all", [], ["exists:%{i}.x.example"]),
        ("v=spf1 exists:%{i}.x.example -exists:%{i}.x.example -all", ["-exists:%{i}.x.example"], ["-exists:%{i}.x.example"]),
        ("v=spf1 -all mx ip4:192.0.2.1", ["mx", "ip4:192.0.2.1"], ["mx", "ip4:192.0.2.1"]),
        ("v=spf1 ip4:192.0.2.7 moo -all", [], []),
    ],
)
def test_terms_that_do_nothing(text: str, unreachable: list[str], redundant: list[str]) -> None:
    found = uses(grown(text))
    assert [use.term.text for use in found if use.unreachable] == unreachable
    assert [use.term.text for use in found if use.redundant] == redundant


def test_terms_that_share_addresses() -> None:
    found = overlaps(
        uses(grown("v=spf1 ip4:192.0.2.0/27 a:a.example include:a.example ip6:2001:db8::/64 ip6:2001:db8::1 exists:%{i}.x.example ~all"))
    )
    assert [(one.first.text, one.second.text, shown(one.shared)) for one in found] == [
        ("ip4:192.0.2.0/27", "include:a.example", ["192.0.2.0/27"]),
        ("a:a.example", "include:a.example", ["198.51.100.1"]),
        ("ip6:2001:db8::/64", "ip6:2001:db8::1", ["2001:db8::1"]),
    ]


@pytest.mark.parametrize(
    ("text", "costs"),
    [
        ("v=spf1 ip4:192.0.2.1 -all", (0, 0)),
        ("v=spf1 mx a:void.example include:a.example -all", (4, 3)),  # an IPv6 client finds no AAAA of a.example
        ("v=spf1 include:b.example exists:%{i}.y.example -all", (3, 2)),
        ("v=spf1" + " a:a.example" * 14 + " -all", (14, 14)),
    ],
)
def test_what_a_record_costs_in_the_worst_case(text: str, costs: tuple[int, int]) -> None:
    assert worst_case(grown(text)) == costs


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "v=spf1 ip4:192.0.2.128/25 ip4:192.0.2.0/25 -all", []),
        ("v=spf1 ip4:192.0.2.0/25 -all", "v=spf1 ip4:192.0.2.0/24 -all", [("fail", "pass", ["192.0.2.128/25"], False)]),
        ("v=spf1 a:a.example/31 -all", "v=spf1 a:a.example -all", [("pass", "fail", ["192.0.2.76", "198.51.100.0"], False)]),
        ("v=spf1 ip4:192.0.2.0 -all", "v=spf1 ip4:192.0.2.0 ~all", [("fail", "softfail", None, True)]),
        ("v=spf1 exists:%{i}.x.example exists:%{i}.y.example -all", "v=spf1 exists:%{i}.y.example exists:%{i}.x.example -all", []),
        (
            "v=spf1 -ip4:128.0.0.0/1 -ip6:::/0 -all",
            "v=spf1 -ip4:128.0.0.0/1 -ip6:::/0 exists:%{i}.x.example -all",
            [("fail", "pass if exists:%{i}.x.example, else fail", ["0.0.0.0/1"], False)],
        ),
        ("v=spf1 -ip4:128.0.0.0/1 -ip6:::/0", "v=spf1 -ip4:128.0.0.0/1 -ip6:::/0 redirect=%{l}.example", [("neutral", "as redirect=%{l}.example says", ["0.0.0.0/1"], False)]),
        (
            "v=spf1 a:void.example a:void.example -ip4:128.0.0.0/1 -ip6:::/0 -all",
            "v=spf1 a:void.example a:void.example -ip4:128.0.0.0/1 -ip6:::/0 exists:%{i}.x.example -all",
            [("fail", "pass if exists:%{i}.x.example, else fail (permerror where nothing is there)", ["0.0.0.0/1"], False)],
        ),
    ],
)  # fmt: skip
def test_what_changes(before: str, after: str, changes: list[tuple[str, str, list[str] | None, bool]]) -> None:
    found = difference(evaluate(grown(before)), evaluate(grown(after)))
    assert [
        (described(one.before), described(one.after), None if one.is_default else shown(one.addresses), one.is_default) for one in found
    ] == changes


@pytest.mark.parametrize(
    ("before", "after", "limits"),
    [
        ("v=spf1 ptr -include:%{i}.y.example -all", "v=spf1 ptr -all", Limits()),
        ("v=spf1 exists:%{i}.y.example -a:%{i}.y.example -all", "v=spf1 exists:%{i}.y.example -all", COUNTED),
    ],
)
def test_an_outcome_that_a_condition_cannot_have_makes_no_difference(before: str, after: str, limits: Limits) -> None:
    """An include is never void; and where no limit of voids is held, nothing is."""
    assert difference(evaluate(grown(before), limits), evaluate(grown(after), limits)) == ()


TERM = st.sampled_from(
    (
        "ip4:192.0.2.0/30",
        "-ip4:192.0.2.1",
        "ip4:192.0.2.0/24",
        "include:a.example",
        "include:b.example",
        "exists:%{i}.x.example",
        "?a:a.example",
    )
)


@settings(max_examples=50, deadline=None)
@given(st.lists(TERM, max_size=4), st.lists(TERM, max_size=4))
def test_a_difference_read_backwards_is_the_same(one: list[str], other: list[str]) -> None:
    spaces = [evaluate(grown(" ".join(("v=spf1", *terms, "-all")))) for terms in (one, other)]
    there, back = difference(*spaces), difference(*reversed(spaces))
    assert {(change.before, change.after, *change.addresses.values()) for change in there} == {
        (change.after, change.before, *change.addresses.values()) for change in back
    }
    assert difference(spaces[0], spaces[0]) == ()
