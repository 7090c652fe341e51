"""What was not answered says nothing: no rule reads a time-out, a SERVFAIL or a refusal as "no record", alone or among what was answered."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from emailauth.core.observation import Observation, from_json
from emailauth.core.question import Answer, Question, Status
from emailauth.lint.engine import run
from emailauth.lint.rule import ANSWERS, Example, Rule
from emailauth.lint.rules import all_rules
from emailauth.workflow.load import load, load_bytes
from emailauth.workflow.observing import planned

RULES = {name: rule for name, rule in all_rules().items() if rule.subject is Observation}
UNKNOWN = [Status.TIMEOUT, Status.SERVFAIL, Status.REFUSED]
INSTEAD = {"spf-tree-too-many-voids": "spf-tree-too-many-ipv6-voids"}
"""Where less is known, what is left of a rule's fault can be that of a weaker one."""


class Known(dict[Question, Answer]):
    """What was answered; everything else was asked for in vain."""

    def __init__(self, answers: Mapping[Question, Answer], status: Status) -> None:
        super().__init__(answers)
        self._status = status

    def __missing__(self, question: Question) -> Answer:
        return Answer(status=self._status)


class Judged:
    """An example, judged again and again with less of its answers."""

    def __init__(self, example: Example, folder: Path) -> None:
        for path, content in example.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        (folder / "email-auth.yaml").write_text(example.text)
        self._file = load(folder / "email-auth.yaml")
        self._said = from_json(example.files[ANSWERS].decode())

    def found(self, status: Status, without: Question | None = None) -> set[str]:
        """The rules that find something where a question, and all that the example does not speak of, was not answered."""
        answers = {question: answer for question, answer in self._said.answers.items() if question != without}
        observation = Observation(answers=Known(answers, status), fetches=self._said.fetches, planned=planned(self._file.posture))
        return {one.rule.id for one in run(self._file.posture, RULES, observation)}

    def questions(self, status: Status) -> list[Question]:
        """Those that can go unanswered. What one server refuses to answer, or cannot, is its answer."""
        return [question for question in self._said.answers if status is Status.TIMEOUT or not question.server]


@pytest.mark.parametrize("status", UNKNOWN)
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_is_not_answered_makes_no_finding(rule: Rule, status: Status, tmp_path: Path) -> None:
    for example, allowed in ((rule.good, set[str]()), (rule.bad, {rule.id, INSTEAD.get(rule.id, rule.id)})):
        judged = Judged(example, tmp_path)
        for without in (None, *judged.questions(status)):
            assert judged.found(status, without) <= allowed, without


@pytest.mark.parametrize(("status", "found"), [("no data", ["mta-sts-policy-unreachable"]), ("timeout", []), ("servfail", [])])
def test_a_policy_is_missed_only_where_the_addresses_of_its_host_are_known(status: str, found: list[str]) -> None:
    text = """{"format": 1, "answers": [
        {"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=1;"]},
        {"name": "mta-sts.example.com", "type": "A", "status": "no data"},
        {"name": "mta-sts.example.com", "type": "AAAA", "status": "STATUS"}],
        "fetches": [{"url": "https://mta-sts.example.com/.well-known/mta-sts.txt", "problem": "of its addresses"}]}"""
    posture = load_bytes(b"version: 1\ndomains: {example.com: {mx: absent}}\n", "email-auth.yaml", Path()).posture
    raised = run(posture, RULES, from_json(text.replace("STATUS", status)))
    assert [one.rule.id for one in raised] == found
