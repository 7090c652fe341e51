"""Which servers are asked for what they have themselves: few, the same each time, and none where anything is in doubt."""

from collections.abc import Mapping

import pytest

from emailauth.core.authority import authorities
from emailauth.core.question import Answer, Question, Status, answered

NONE = Answer(status=Status.NO_DATA)


def found(name: str, answers: Mapping[str, Answer | tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """The servers, and the questions that were asked, each as "NAME TYPE"; what there is no answer to has no data."""
    asked: list[str] = []

    def answer(question: Question) -> Answer:
        assert question == Question(name=question.name, type=question.type), "the resolver is asked"
        asked.append(f"{question.name} {question.type}")
        said = answers.get(asked[-1], NONE)
        return said if isinstance(said, Answer) else Answer(values=said)

    return [str(server) for server in answered(authorities(name), answer)], asked


ONE = {
    "example.com NS": ("ns1.example.net.",),
    "ns1.example.net A": ("192.0.2.53", "192.0.2.54"),
    "ns1.example.net AAAA": ("2001:db8::53",),
}


@pytest.mark.parametrize(
    ("name", "answers", "servers", "asked"),
    [
        pytest.param("example.com", ONE, ["ns1.example.net (192.0.2.53)"], ["example.com NS", "ns1.example.net A"], id="one address"),
        pytest.param(
            "example.com",
            {**ONE, "ns1.example.net A": NONE},
            ["ns1.example.net (2001:db8::53)"],
            ["example.com NS", "ns1.example.net A", "ns1.example.net AAAA"],
            id="IPv6 where there is nothing else",
        ),
        pytest.param(
            "example.com",
            {**ONE, "ns1.example.net A": Answer(status=Status.TIMEOUT), "ns1.example.net AAAA": NONE},
            [],
            ["example.com NS", "ns1.example.net A", "ns1.example.net AAAA"],
            id="a server without an address",
        ),
        pytest.param(
            "a.b.example.com",
            ONE,
            ["ns1.example.net (192.0.2.53)"],
            ["a.b.example.com NS", "b.example.com NS", "example.com NS", "ns1.example.net A"],
            id="the zone is further up",
        ),
        pytest.param("example.com", {"com NS": ("a.example.org.",)}, [], ["example.com NS"], id="no server of a registry is asked"),
        pytest.param("com", {"com NS": ("a.example.org.",)}, [], [], id="a registry itself"),
        pytest.param(
            "a.example.com", {**ONE, "a.example.com NS": Answer(status=Status.NXDOMAIN)}, [], ["a.example.com NS"], id="no such name"
        ),
        pytest.param(
            "a.example.com", {**ONE, "a.example.com NS": Answer(status=Status.SERVFAIL)}, [], ["a.example.com NS"], id="not known"
        ),
        pytest.param(
            "example.com",
            {"example.com NS": (".", "localhost.", "ns_1.example.net.", "a..b")},
            [],
            ["example.com NS"],
            id="what is no host's name is not looked for",
        ),
        pytest.param(
            "example.com",
            {
                "example.com NS": tuple(f"ns{i}.example.net." for i in (6, 2, 5, 1, 4, 3)),
                **{f"ns{i}.example.net A": (f"192.0.2.{i}",) for i in range(7)},
            },
            [f"ns{i}.example.net (192.0.2.{i})" for i in (1, 2, 3, 4)],
            ["example.com NS", *(f"ns{i}.example.net A" for i in (1, 2, 3, 4))],
            id="four at most",
        ),
    ],
)
def test_servers(name: str, answers: Mapping[str, Answer | tuple[str, ...]], servers: list[str], asked: list[str]) -> None:
    assert found(name, answers) == (servers, [f"{name} TXT", *asked])


@pytest.mark.parametrize("status", [Status.NXDOMAIN, Status.SERVFAIL, Status.TIMEOUT])
def test_of_a_name_that_does_not_exist_or_does_not_answer_nothing_more_is_asked(status: Status) -> None:
    assert found("example.com", {**ONE, "example.com TXT": Answer(status=status)}) == ([], ["example.com TXT"])
