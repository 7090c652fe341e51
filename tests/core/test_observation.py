"""What was observed is kept and read back the same; what it does not hold is told as not recorded."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.observation import Fetched, InvalidObservationError, NotRecordedError, Observation, from_json, to_json
from emailauth.core.question import Answer, Question, Questions, Status

HERE = Question(name="example.com", type="TXT")
BELOW = Question(name="_dmarc.example.com", type="TXT")
SPF = Answer(values=("v=spf1 -all",))
URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"

names = st.lists(st.text("abc-_0", min_size=1, max_size=5), min_size=1, max_size=4).map(".".join)
servers = st.sampled_from(["", "", "192.0.2.53", "2001:db8::53"])
octets = st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
values = {
    "TXT": octets,
    "A": st.ip_addresses(v=4).map(str),
    "AAAA": st.integers(0, 0xFFFF).map(lambda number: f"2001:db8::{number:x}" if number else "2001:db8::"),
    "MX": st.builds("{} {}.".format, st.integers(0, 0xFFFF), names),
    "CNAME": names.map("{}.".format),
}
without_values = st.sampled_from([status for status in Status if status is not Status.OK]).map(lambda status: Answer(status=status))


@st.composite
def answered(draw: st.DrawFn) -> tuple[Question, Answer]:
    question = Question(name=draw(names), type=draw(st.sampled_from([*values])), server=draw(servers))
    there = st.lists(values[question.type], min_size=1, max_size=3).map(lambda found: Answer(values=tuple(found)))
    return question, draw(there | without_values)


fetches = st.one_of(st.builds(Fetched, body=st.binary(max_size=40), media_type=st.text(max_size=9)), st.builds(Fetched, problem=st.text()))
observations = st.builds(Observation, answers=st.lists(answered()).map(dict), fetches=st.dictionaries(st.text(min_size=1), fetches))


@settings(deadline=None)
@given(observations)
def test_what_is_kept_is_read_back_the_same(observation: Observation) -> None:
    assert from_json(to_json(observation)) == observation


@settings(deadline=None)
@given(observations)
def test_the_text_does_not_hang_on_the_order_of_the_answers(observation: Observation) -> None:
    turned = Observation(
        answers=dict(reversed([*observation.answers.items()])), fetches=dict(reversed([*observation.fetches.items()])), planned={HERE: SPF}
    )
    assert to_json(turned) == to_json(observation)


def test_an_answer_is_a_line_and_names_are_sorted_from_the_right() -> None:
    observation = Observation(
        answers={Question(name="example.net", type="MX"): Answer(status=Status.NXDOMAIN), BELOW: Answer(values=("\udce9",)), HERE: SPF},
        fetches={URL: Fetched(body=b"version: STSv1\r\n", media_type="text/plain")},
    )
    assert to_json(observation).splitlines() == [
        "{",
        '"format": 1,',
        '"answers": [',
        '{"name": "example.com", "type": "TXT", "values": ["v=spf1 -all"]},',
        r'{"name": "_dmarc.example.com", "type": "TXT", "values": ["\udce9"]},',
        '{"name": "example.net", "type": "MX", "status": "nxdomain"}],',
        '"fetches": [',
        r'{"url": "https://mta-sts.example.com/.well-known/mta-sts.txt", "media_type": "text/plain", "body": "version: STSv1\r\n"}]',
        "}",
    ]


def test_what_a_person_writes_can_be_short() -> None:
    text = '{"format": 1, "answers": [{"name": "Example.COM.", "type": "txt", "values": ["v=spf1 -all"]}]}'
    assert from_json(text) == Observation(answers={HERE: SPF})


def test_what_one_server_answers_stands_beside_what_the_resolver_does() -> None:
    at_server = replace(HERE, server="2001:db8::53")
    observation = Observation(answers={at_server: Answer(status=Status.LAME), HERE: SPF})
    assert to_json(observation).splitlines()[3:5] == [
        '{"name": "example.com", "type": "TXT", "values": ["v=spf1 -all"]},',
        '{"name": "example.com", "type": "TXT", "server": "2001:db8::53", "status": "lame"}],',
    ]
    assert from_json(to_json(observation).replace("2001:db8::53", "2001:DB8:0:0::53")) == observation
    assert observation.answer("example.com", "TXT") == SPF
    assert observation.answer("example.com", "TXT", "2001:db8::53") == Answer(status=Status.LAME)
    with pytest.raises(NotRecordedError) as missing:
        observation.answer("example.com", "TXT", "192.0.2.53")
    assert missing.value.wanted == replace(HERE, server="192.0.2.53")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param("{", "it is no JSON: Expecting property name", id="no JSON"),
        pytest.param("[" * 100_000, "it is no JSON: ", id="nested without end"),
        pytest.param([], 'it does not say "format": 1', id="a list"),
        pytest.param({"answers": []}, 'it does not say "format": 1', id="no format"),
        pytest.param({"format": 2}, 'it does not say "format": 1', id="another format"),
        pytest.param({"format": 1, "answers": {}}, "answers is no list", id="answers"),
        pytest.param({"format": 1, "answers": [1]}, r"answers\[0\]: name is no text", id="an answer"),
        pytest.param({"format": 1, "answers": [{"name": "a.example"}]}, r"answers\[0\]: type is no text", id="no type"),
        pytest.param(
            {"format": 1, "answers": [{"name": "a..b", "type": "A", "status": "nxdomain"}]}, r"answers\[0\]: 'a\.\.b' is not", id="name"
        ),
        pytest.param(
            {"format": 1, "answers": [{"name": "a.b", "type": "A", "status": "gone"}]}, "'gone' is not a valid Status", id="status"
        ),
        pytest.param(
            {"format": 1, "answers": [{"name": "a.b", "type": "A", "server": "ns1", "status": "timeout"}]},
            r"answers\[0\]: 'ns1' does not appear to be an IPv4 or IPv6 address",
            id="server",
        ),
        pytest.param(
            {"format": 1, "answers": [{"name": "a.b", "type": "A", "values": ["x"]}]}, r"answers\[0\]: 'x' cannot be a A record", id="value"
        ),
        pytest.param({"format": 1, "answers": [{"name": "a.b", "type": "A", "values": "x"}]}, "values is no list of texts", id="values"),
        pytest.param(
            {"format": 1, "answers": [{"name": "a.b", "type": "A"}]}, "there are values where the status is ok, and only there", id="none"
        ),
        pytest.param(
            {"format": 1, "answers": [{"name": "a.b", "type": "A", "status": "timeout", "values": ["x"]}]},
            "there are values where the status is ok, and only there",
            id="both",
        ),
        pytest.param({"format": 1, "fetches": [{"url": URL}]}, r"fetches\[0\]: problem is no text", id="a fetch without anything"),
        pytest.param({"format": 1, "fetches": [{"url": URL, "body": "\ud800"}]}, "body is no text that stands for octets", id="a body"),
    ],
)
def test_a_text_that_is_no_observation_is_refused(data: object, message: str) -> None:
    with pytest.raises(InvalidObservationError, match=message):
        from_json(data if isinstance(data, str) else json.dumps(data))


def test_what_is_not_recorded_is_told() -> None:
    observation = Observation(answers={HERE: SPF}, fetches={URL: Fetched(problem="404")})
    assert observation.answer("example.com", "TXT") == SPF
    assert observation.fetched(URL) == Fetched(problem="404")
    with pytest.raises(NotRecordedError) as answer:
        observation.answer("_dmarc.example.com", "TXT")
    with pytest.raises(NotRecordedError) as fetch:
        observation.fetched("https://example.com/")
    assert (answer.value.wanted, fetch.value.wanted) == (BELOW, "https://example.com/")


def asking() -> Questions[tuple[Answer, Answer]]:
    return (yield HERE), (yield BELOW)


def test_an_evaluation_is_answered_with_what_is_planned_else_with_what_is_live() -> None:
    absent = Answer(status=Status.NXDOMAIN)
    observation = Observation(answers={HERE: absent, BELOW: absent}, planned={HERE: SPF})
    assert observation.follow(asking()) == (SPF, absent)
    with pytest.raises(NotRecordedError) as missing:
        Observation(planned={HERE: SPF}).follow(asking())
    assert missing.value.wanted == BELOW


def test_failures_are_those_that_say_nothing() -> None:
    statuses = {
        Question(name=f"{status.name.lower()}.example", type="A"): Answer(status=status) for status in Status if status is not Status.OK
    }
    assert Observation(answers={**statuses, HERE: SPF}).failures == (
        (Question(name="lame.example", type="A"), Status.LAME),
        (Question(name="refused.example", type="A"), Status.REFUSED),
        (Question(name="servfail.example", type="A"), Status.SERVFAIL),
        (Question(name="timeout.example", type="A"), Status.TIMEOUT),
    )


def test_that_one_server_is_silent_is_no_failure_and_told_of_the_server() -> None:
    def said(server: str, *statuses: Status) -> dict[Question, Answer]:
        return {Question(name=f"n{i}.example", type="TXT", server=server): Answer(status=status) for i, status in enumerate(statuses)}

    dead = said("198.51.100.53", Status.TIMEOUT, Status.TIMEOUT)
    busy = said("192.0.2.53", Status.TIMEOUT, Status.NO_DATA)
    observation = Observation(answers={**busy, **dead, **said("192.0.2.1", Status.REFUSED), **said("", Status.TIMEOUT)})
    assert observation.silent_servers == ("198.51.100.53",)
    assert observation.failures == ((Question(name="n0.example", type="TXT"), Status.TIMEOUT),)


def test_a_question_as_a_person_reads_it() -> None:
    assert [str(HERE), str(replace(HERE, server="192.0.2.53"))] == ["TXT of example.com", "TXT of example.com at 192.0.2.53"]
