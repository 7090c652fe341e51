"""What the records of a file say to a receiver's questions, as if nothing else were published."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.names import normalise
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.core.question import Answer, Question, Status, answered
from emailauth.protocols import dmarc
from emailauth.protocols.dmarc import Identifier, answers, discover, evaluate, verify


def posture(**domains: Any) -> Posture:
    """Names of domains have an underscore for the dot; None: the domain has no section."""
    made = []
    for key, said in domains.items():
        name = key.replace("_", ".")
        sections = {} if said is None else {"dmarc": ABSENT if said == "absent" else msgspec.convert(said, dmarc.Shape)}
        made.append(Domain(name=name, route=("domains", name), sections=sections))
    return Posture(domains=tuple(made))


FILE = posture(
    example_com={"policy": "none", "subdomain_policy": "quarantine", "nonexistent_subdomain_policy": "reject"},
    news_example_com={"policy": "reject", "testing": True},
    shop_example_com=None,
    old_example_com="absent",
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_dmarc.news.example.com", Answer(values=("v=DMARC1; p=reject; t=y",))),
        ("shop.example.com", Answer(status=Status.NO_DATA)),
        ("_dmarc.shop.example.com", Answer(status=Status.NXDOMAIN)),
        ("_dmarc.old.example.com", Answer(status=Status.NXDOMAIN)),
        ("_dmarc.example.net", Answer(status=Status.NXDOMAIN)),
    ],
)
def test_the_answers_of_a_file(name: str, expected: Answer) -> None:
    assert answers(FILE)(Question(name=name, type="TXT")) == expected


@pytest.mark.parametrize(
    ("author", "policy", "tag"),
    [
        ("example.com", "none", "p"),
        ("news.example.com", "quarantine", "p"),
        # It stands in the file, so it exists; what does not stand there does not.
        ("shop.example.com", "quarantine", "sp"),
        ("old.example.com", "quarantine", "sp"),
        ("no.example.com", "reject", "np"),
        ("example.net", None, None),
    ],
)
def test_the_policy_for_any_name_below(author: str, policy: str | None, tag: str | None) -> None:
    found = answered(discover(author), answers(FILE))
    assert (found.policy, found.tag) == (policy, tag)


LABELS = st.sampled_from(["a", "b0", "-x", "_y", "*", r"a\.b", r"\233", r"\\", "x" * 63])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join) | st.integers(1, 127).map(lambda n: ".".join("a" * n))
VALUES = st.lists(
    st.text(max_size=40) | st.text(alphabet="v=DMARC1; psdnyt:@,!ruaf", max_size=60).map("v=DMARC1;".__add__), min_size=1, max_size=2
)
ANSWERS = st.one_of(
    st.sampled_from([Status.NO_DATA, Status.NXDOMAIN, Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT]).map(
        lambda status: Answer(status=status)
    ),
    VALUES.map(lambda values: Answer(values=tuple(values))),
)


@given(author=NAMES, other=NAMES, uris=st.lists(st.text(max_size=30), max_size=2), data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_name_and_no_answer_raises(author: str, other: str, uris: list[str], data: st.DataObject) -> None:
    asked: list[str] = []

    def answer(question: Question) -> Answer:
        assert normalise(question.name) == question.name
        asked.append(question.name)
        return data.draw(ANSWERS)

    answered(evaluate(author, [Identifier(mechanism="SPF", domain=other), Identifier(mechanism="DKIM", domain=author)]), answer)
    assert len(asked) <= 3 * dmarc.MAX_QUERIES + 1
    answered(verify(author, [f"mailto:a@{other}", *uris], "rua"), answer)
