"""Observations that were kept."""

from emailauth.core.observation import InvalidObservationError, from_json, to_json
from emailauth.core.posture import Posture
from emailauth.workflow.observing import replay
from emailauth.workflow.published import lint_published
from tests.fuzz.world import text_of


def run(data: bytes) -> None:
    """A text is read, and then it comes out of its own rendering and can be judged; or it is refused."""
    try:
        observation = from_json(text_of(data))
    except InvalidObservationError:
        return
    assert from_json(to_json(observation)) == observation
    observed = replay(Posture(domains=()), ["example.com"], observation)
    lint_published(observed.published, observed.observation)
