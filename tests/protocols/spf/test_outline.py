"""The tree as people look at it: costs of each branch, notes, and what is shown once."""

from collections.abc import Mapping

import pytest

from emailauth.core.question import Answer, Question, Status, answered
from emailauth.protocols.spf.outline import Outline, outline
from emailauth.protocols.spf.tree import gather
from tests.protocols.spf.suite import answer
from tests.protocols.spf.zones import zone


def outlined(records: Mapping[str, str], *, unknown: tuple[str, ...] = ()) -> Outline:
    made = zone(records)
    return outline(answered(gather("example.com"), lambda question: None if question.name in unknown else answer(made, question)))


Row = tuple[int, str, int, int, tuple[str, ...]]


def rows(found: Outline) -> list[Row]:
    return [(one.depth, one.term.text, one.lookups, one.voids, one.notes) for one in found.entries]


NEVER = "never decides: nothing that it matches comes to it"


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({"example.com TXT": "v=spf1 ip4:192.0.2.1 -all"}, [(0, "ip4:192.0.2.1", 0, 0, ()), (0, "-all", 0, 0, ())]),
        (
            {"example.com TXT": "v=spf1 mx include:a.example -all mx", "example.com MX": "0 .", "a.example TXT": "v=spf1 a:void.example redirect=b.example", "b.example TXT": "v=spf1 exists:%{i}.b.example ip4:192.0.2.1"},
            [
                (0, "mx", 1, 0, ("changes nothing",)),
                (0, "include:a.example", 4, 2, ()),
                (1, "a:void.example", 1, 1, ()),
                (1, "redirect=b.example", 2, 1, ()),
                (2, "exists:%{i}.b.example", 1, 1, ()),
                (2, "ip4:192.0.2.1", 0, 0, ()),
                (0, "-all", 0, 0, ()),
                (0, "mx", 0, 0, (NEVER, )),
            ],
        ),
        (
            {"example.com TXT": "v=spf1 include:a.example include:A.example include:none.example -all", "a.example TXT": "v=spf1 moo"},
            [
                (0, "include:a.example", 1, 0, ("'moo': 'moo' is no mechanism", "changes nothing")),
                (1, "moo", 0, 0, ()),
                (0, "include:A.example", 1, 0, ("shown above", "changes nothing")),
                (0, "include:none.example", 1, 0, ("no SPF record", "changes nothing")),
                (0, "-all", 0, 0, (NEVER,)),
            ],
        ),
        (
            {"example.com TXT": "v=spf1 a:slow.example -all", "slow.example TIMEOUT": ""},
            [(0, "a:slow.example", 1, 0, ("temperror",)), (0, "-all", 0, 0, (NEVER,))],
        ),
    ],
)  # fmt: skip
def test_each_term_with_what_it_costs_and_does(records: Mapping[str, str], expected: list[Row]) -> None:
    assert rows(outlined(records)) == expected


@pytest.mark.parametrize(
    ("text", "unknown", "openness"),
    [
        ("v=spf1 mx -all", "example.com", None),
        ("v=spf1 mx:a.example -all", "mx.a.example", "not looked up"),
        ("v=spf1 a:a.example -all", "a.example", "not looked up"),
        ("v=spf1 exists:a.example -all", "a.example", "not looked up"),
        ("v=spf1 include:a.example -all", "a.example", "not looked up"),
        ("v=spf1 redirect=a.example", "a.example", "not looked up"),
        ("v=spf1 exists:%{i}.a.example -all", "a.example", "depends on the message"),
        ("v=spf1 include:%{l}.a.example -all", "a.example", "depends on the message"),
        ("v=spf1 ptr -all", "a.example", "depends on the message"),
    ],
)
def test_terms_that_stay_open(text: str, unknown: str, openness: str | None) -> None:
    found = outlined({"example.com TXT": text, "a.example MX": "10 mx.a.example."}, unknown=(unknown,))
    if openness is None:
        assert (found.problem, found.entries, found.text) == ("not looked up", (), None)
    else:
        assert found.entries[0].openness is not None
        assert found.entries[0].openness.value == openness
        assert found.entries[0].addresses == {}


@pytest.mark.parametrize(
    ("records", "problem", "has_text"),
    [
        ({}, "no SPF record", False),
        ({"example.com TXT": "v=spf1 | v=spf1 a"}, "2 SPF records", False),
        ({"example.com TIMEOUT": ""}, "the question for TXT failed: timeout", False),
        ({"example.com TXT": "v=spf1 moo -all"}, "'moo': 'moo' is no mechanism", True),
    ],
)
def test_why_there_is_nothing_to_evaluate(records: Mapping[str, str], problem: str, has_text: bool) -> None:
    found = outlined(records)
    assert (found.problem, found.text is not None, found.lookups) == (problem, has_text, 0)
    assert not any(found.passes.always.values())


def test_a_mechanism_of_a_name_that_cannot_be_asks_nothing() -> None:
    asked: list[Question] = []

    def answers(question: Question) -> Answer:
        asked.append(question)
        return Answer(values=("v=spf1 mx:a..example include:b..example -all",))

    found = outline(answered(gather("example.com."), answers))
    assert asked == [Question(name="example.com", type="TXT")]
    assert rows(found)[:2] == [(0, "mx:a..example", 1, 0, ("changes nothing",)), (0, "include:b..example", 1, 0, ("no SPF record",))]


def test_mx_hosts_beyond_the_limit_are_an_error_and_not_asked_for() -> None:
    found = outlined({"example.com TXT": "v=spf1 mx -all", "example.com MX": " | ".join(f"1 mx{i}.example.com." for i in range(11))})
    assert found.entries[0].notes == ("permerror",)


def test_what_was_given_is_not_asked_for() -> None:
    from emailauth.protocols.spf import parse

    tree = answered(gather("example.com", parse("v=spf1 include:a.example -all")), lambda question: Answer(status=Status.NXDOMAIN) if question.name == "a.example" else Answer(status=Status.TIMEOUT))  # fmt: skip
    assert [(node.domain, node.reason) for node in tree.nodes.values()] == [("example.com", ""), ("a.example", "no SPF record")]
