"""The keys of a domain that no file describes: usual selectors are looked for, and what is found is judged as in a file."""

import pytest

from emailauth.core.diagnostic import Span
from emailauth.core.observation import Observation
from emailauth.core.question import Answer, Question, Status
from emailauth.protocols import dkim
from emailauth.workflow.published import Published, lint_published, probes, published, questions
from tests.protocols.dkim_keys import BITS
from tests.protocols.dkim_secrets import EDWARDS_P, RSA_P

NAME = "example.com"
GOOD = f"v=DKIM1; p={RSA_P}"
NOTHING = Answer(status=Status.NXDOMAIN)


def question(label: str) -> Question:
    return Question(name=f"{label}._domainkey.{NAME}", type="TXT")


def observed(wildcard: Answer | None = NOTHING, **records: list[str]) -> Observation:
    """The records of selectors; all other usual ones are not there."""
    answers = {question(selector): NOTHING for selector in dkim.PROBED}
    answers |= {question(selector): Answer(values=tuple(values)) for selector, values in records.items()}
    return Observation(answers=answers if wildcard is None else {**answers, question("*"): wildcard})


def keys(found: Published) -> dict[str, dkim.Says]:
    section = found.domain.section(dkim.Dkim)
    return {} if section is None else dict(section.keys)


BELOW = Question(name=f"_domainkey.{NAME}", type="TXT")


def test_few_are_asked_for_once_there_can_be_any() -> None:
    assert BELOW in questions(NAME)
    asked = probes(NAME, Observation(answers={BELOW: Answer(status=Status.NO_DATA)}))
    assert asked[0] == question("*")
    assert question("google") in asked
    assert {one.type for one in asked} == {"TXT"}
    assert len(asked) <= 16


@pytest.mark.parametrize("status", [Status.NXDOMAIN, Status.TIMEOUT, None])
def test_none_is_asked_for_where_there_is_none_or_nobody_answers(status: Status | None) -> None:
    assert probes(NAME, Observation(answers={BELOW: Answer(status=status)} if status else {})) == ()


def test_what_is_found_is_a_section_that_may_not_be_all() -> None:
    found = published(NAME, observed(google=[GOOD, "verification=1"], s1=["v=DKIM1; p="], k1=["verification=1"]))
    assert keys(found) == {"google": dkim.DkimKey(record=GOOD), "s1": "revoked"}
    section = found.domain.section(dkim.Dkim)
    assert section is not None
    assert section.is_partial


def test_every_key_has_its_own_place() -> None:
    found = published(NAME, observed(google=[GOOD], s1=["v=DKIM1; p="]))
    assert found.place(("dkim", "google", "record")) == ("dns:google._domainkey.example.com?type=TXT", Span(1, 1, 1, len(GOOD) + 1))
    assert found.place(("dkim", "s1")) == ("dns:s1._domainkey.example.com?type=TXT", Span(1, 1, 1, 12))
    assert found.place(("dkim",)) == ("dns:example.com", Span(1, 1, 1, 1))
    assert {"dns:google._domainkey.example.com?type=TXT", "dns:s1._domainkey.example.com?type=TXT"} <= {text.path for text in found.texts}


@pytest.mark.parametrize(
    "wildcard",
    [
        pytest.param(Answer(values=(GOOD,)), id="which answers for every name"),
        pytest.param(Answer(status=Status.TIMEOUT), id="of which nothing is known"),
        pytest.param(None, id="which was not asked for"),
    ],
)
def test_what_a_wildcard_may_have_answered_is_no_selector(wildcard: Answer | None) -> None:
    assert keys(published(NAME, observed(wildcard, google=[GOOD]))) == {}


def test_what_stands_beside_a_wildcard_is_one() -> None:
    assert set(keys(published(NAME, observed(Answer(values=("v=DKIM1; p=",)), google=[GOOD], s1=["v=DKIM1; p="])))) == {"google"}


def told(observation: Observation) -> list[tuple[str, str]]:
    found = lint_published([published(NAME, observation)], observation)
    return [(one.rule, one.path) for one in found if one.rule.startswith("dkim-")]


def test_it_is_judged_as_a_file_is() -> None:
    observation = observed(google=[GOOD], s1=[f"v=DKIM1; p={BITS[1024]}"], s2=[f"v=DKIM1; s=mail; p={BITS[4096]}"], k2=["v=DKIM1; p=AAA"])
    assert told(observation) == [
        ("dkim-record-invalid", "dns:k2._domainkey.example.com?type=TXT"),
        ("dkim-rsa-key-short", "dns:s1._domainkey.example.com?type=TXT"),
        ("dkim-record-without-service", "dns:s2._domainkey.example.com?type=TXT"),
    ]


def test_nothing_follows_from_what_was_not_found() -> None:
    """There may be an RSA key besides, and a CNAME at the name is where the record comes from."""
    observation = observed(google=[f"v=DKIM1; k=ed25519; p={EDWARDS_P}"], s1=["v=DKIM1; p="])
    cname = {Question(name=f"google._domainkey.{NAME}", type="CNAME"): Answer(values=("google.dkim.example.net.",))}
    assert told(Observation(answers={**observation.answers, **cname})) == []


def test_several_records_at_one_selector_are_told() -> None:
    assert told(observed(google=[GOOD, f"v=DKIM1; p={BITS[4096]}"])) == [
        ("dkim-several-records", "dns:google._domainkey.example.com?type=TXT")
    ]


def test_a_published_private_key_is_a_secret() -> None:
    pasted = "MIIEpAIBAAKCAQEA"
    observation = observed(google=[f"v=DKIM1; p={pasted}"])
    (found,) = [one for one in lint_published([published(NAME, observation)], observation) if one.rule.startswith("dkim-")]
    assert (found.rule, found.secret) == ("dkim-private-key", True)
    assert pasted not in found.message
