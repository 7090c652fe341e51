"""Whatever strangers publish, and whatever a record holds, nothing raises and every finding has a place."""

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.observation import Fetched, InvalidObservationError, Observation, from_json
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.output.text import findings
from emailauth.workflow.observing import replay
from emailauth.workflow.published import lint_published

NAME = "example.com"
URL = f"https://mta-sts.{NAME}/.well-known/mta-sts.txt"

wild = st.binary(max_size=30).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
pieces = st.one_of(
    wild,
    st.sampled_from(
        [" ", ";", "=", ":", "/", ",", "%", "{", "all", "-all", "mx", "ip4:", "192.0.2.1", "/24", "include:", "redirect=", "a:", "%{i}"]
    ),
    st.sampled_from(
        [
            "p=",
            "reject",
            "rua=",
            "mailto:",
            "https://",
            "x@example.net",
            "example.net",
            "fo=",
            "sp=",
            "l=",
            "a=",
            "t=y",
            "psd=u",
            "version: ",
        ]
    ),
)


def starting(head: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.lists(pieces, max_size=8).map(lambda found: head + "".join(found)), max_size=2)


names = st.text("abc.\\-_0 @", max_size=12)
hosts = st.lists(st.tuples(st.integers(0, 65535), names).map(lambda pair: f"{pair[0]} {pair[1]}."), max_size=3)


def answer(values: list[str]) -> Answer:
    return Answer(values=tuple(values)) if values else Answer(status=Status.NO_DATA)


@settings(deadline=None)  # the first example imports all rules
@given(
    starting("v=spf1 "),
    starting("v=DMARC1;"),
    starting("v=STSv1;"),
    starting("v=TLSRPTv1;"),
    starting("v=BIMI1;"),
    hosts,
    st.binary(max_size=60),
    wild,
)
def test_nothing_that_is_published_raises(
    spf: list[str], dmarc: list[str], sts: list[str], rpt: list[str], bimi: list[str], mx: list[str], policy: bytes, other: str
) -> None:
    answers = {
        (NAME, "TXT"): [*spf, *([other] if other else [])],
        (f"_dmarc.{NAME}", "TXT"): dmarc,
        (f"_mta-sts.{NAME}", "TXT"): sts,
        (f"_smtp._tls.{NAME}", "TXT"): rpt,
        (f"default._bimi.{NAME}", "TXT"): bimi,
        (NAME, "MX"): mx,
    }
    observation = Observation(
        answers={Question(name=name, type=record_type): answer(values) for (name, record_type), values in answers.items()},
        fetches={URL: Fetched(body=b"version: STSv1\n" + policy)},
    )
    observed = replay(Posture(domains=()), [NAME], observation)
    found = lint_published(observed.published, observed.observation)
    sources = {text.path: text.text for one in observed.published for text in one.texts}
    for one in found:
        assert one.path in {*sources, f"dns:{NAME}"}
        line = [*sources.get(one.path, "\n").splitlines(), ""][one.span.line - 1]
        assert 1 <= one.span.column <= one.span.end_column <= len(line) + 1
    assert findings(found, sources).endswith("\n")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["ok", "nxdomain", "TXT", "a.example"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "type", "status", "values", "url", "body", "problem", "media_type"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values, json_values)
def test_a_text_is_an_observation_or_told_to_be_none(answers: object, fetches: object) -> None:
    with suppress(InvalidObservationError):
        assert isinstance(from_json(json.dumps({"format": 1, "answers": answers, "fetches": fetches})), Observation)
