"""Judges a file, or a domain as it is published, with given answers."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from emailauth.core.diagnostic import Route
from emailauth.core.observation import Observation, from_json
from emailauth.core.posture import Posture
from emailauth.lint.engine import run
from emailauth.lint.rules import all_rules
from emailauth.workflow.load import load_bytes
from emailauth.workflow.observing import planned
from emailauth.workflow.published import published

Answers: TypeAlias = Mapping[str, Sequence[str] | str]
"""By "NAME TYPE", or "NAME TYPE SERVER": the values, or the status."""


def observed(answers: Answers) -> Observation:
    """The answers as an observation, of today."""
    data = [
        dict(zip(("name", "type", "server"), key.split(), strict=False)) | ({"status": said} if isinstance(said, str) else {"values": said})
        for key, said in answers.items()
    ]
    return from_json(json.dumps({"format": 1, "answers": data}))


def judged(text: str, answers: Answers | None = None, *, rules: Collection[str]) -> list[tuple[str, str, Route]]:
    """What some rules find in a file: rule, message, and place in the document. Without answers, what they find without."""
    loaded = load_bytes(text.encode(), "email-auth.yaml", Path())
    assert loaded.diagnostics == ()
    today = observed(answers) if answers is not None else None
    observation = today and Observation(answers=today.answers, planned=planned(loaded.posture))
    return _found(loaded.posture, observation, rules)


def judged_as_published(name: str, answers: Answers, *, rules: Collection[str]) -> list[tuple[str, str, Route]]:
    """The same of a domain that no file describes."""
    today = observed(answers)
    return _found(Posture(domains=(published(name, today).domain,)), today, rules)


def _found(posture: Posture, observation: Observation | None, rules: Collection[str]) -> list[tuple[str, str, Route]]:
    some = {name: rule for name, rule in all_rules().items() if name in rules}
    assert len(some) == len(set(rules))
    return [(one.rule.id, one.message, one.at) for one in run(posture, some, observation)]
