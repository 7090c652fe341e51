"""What a domain publishes, with all that depends on it: the octets are a world (see `world`); a line `POLICY TEXT` is one of the policy file."""

import json
from collections.abc import Mapping

from emailauth.core.observation import Fetched, Observation, from_json, to_json
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question
from emailauth.output import json as as_json
from emailauth.output import text as as_text
from emailauth.workflow.observing import Observed, replay
from emailauth.workflow.published import lint_published
from tests.fuzz.world import world

_DOMAIN = "example.com"
_POLICY = b"POLICY "
_ROUNDS = 400
_MOST = 2000


def run(data: bytes) -> None:
    """All rules judge it after a bounded number of questions; what was observed can be kept; the findings lie within the texts."""
    answers = world(data)
    lines = [line.removeprefix(_POLICY) for line in data.split(b"\n") if line.startswith(_POLICY)]
    fetched = Fetched(body=b"\n".join(lines)) if lines else Fetched(problem="refused")
    known: dict[Question, Answer] = {}
    fetches: dict[str, Fetched] = {}
    observed = _replayed(known, fetches)
    for _ in range(_ROUNDS):
        for missing in observed.not_recorded:
            if isinstance(missing, Question):
                known[missing] = answers(Question(name=missing.name, type=missing.type))
            else:
                fetches[missing] = fetched
        observed = _replayed(known, fetches)
        if not observed.not_recorded:
            break
    assert not observed.not_recorded
    assert len(known) <= _MOST
    kept = Observation(answers=known, fetches=fetches)
    assert from_json(to_json(kept)) == kept
    found = lint_published(observed.published, observed.observation)
    sources = {text.path: text.text for one in observed.published for text in one.texts}
    for one in found:
        assert one.span.line <= max(1, len(sources.get(one.path, "").split("\n")))
    as_text.findings(found, sources).encode()
    json.loads(as_json.findings(found, sources))


def _replayed(known: Mapping[Question, Answer], fetches: Mapping[str, Fetched]) -> Observed:
    return replay(Posture(domains=()), [_DOMAIN], Observation(answers=known, fetches=fetches))
