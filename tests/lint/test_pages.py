"""Every rule's page is true: its bad example has that finding and no other, its good one has none, its fix mends it."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from emailauth.core.diagnostic import Diagnostic, Severity
from emailauth.core.observation import Observation, from_json
from emailauth.lint.checks import CHECKS
from emailauth.lint.rule import ANSWERS, Example, Rule
from emailauth.lint.rules import all_rules
from emailauth.workflow.linting import lint
from emailauth.workflow.load import Loaded, load
from emailauth.workflow.observing import planned
from tests.lint.fixing import with_fix

RULES = [pytest.param(rule, id=rule.id) for rule in all_rules().values()]
CATALOGUE = {row["id"]: row for row in json.loads((Path(__file__).parent / "catalogue.json").read_text())}


def loaded(example: Example, folder: Path) -> Loaded:
    for path, content in example.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "email-auth.yaml").write_text(example.text)
    return load(folder / "email-auth.yaml")


def answers(example: Example, start: Loaded) -> Observation | None:
    """What was answered to the example, for rules that judge that."""
    text = example.files.get(ANSWERS)
    return None if text is None else replace(from_json(text.decode()), planned=planned(start.posture))


def found(example: Example, folder: Path) -> list[Diagnostic]:
    start = loaded(example, folder)
    return list(lint(start, answers(example, start)))


@pytest.mark.parametrize("rule", RULES)
def test_the_bad_example_has_this_finding_and_no_other(rule: Rule, tmp_path: Path) -> None:
    diagnostics = found(rule.bad, tmp_path)
    assert {diagnostic.rule for diagnostic in diagnostics} == {rule.id}, [d.message for d in diagnostics]
    assert {diagnostic.severity for diagnostic in diagnostics} == {rule.strength.severity}
    assert all(diagnostic.span.line > 1 for diagnostic in diagnostics), "a finding points at what it is about, not at the top of the file"


@pytest.mark.parametrize("rule", RULES)
def test_the_good_example_has_no_finding(rule: Rule, tmp_path: Path) -> None:
    assert [(d.rule, d.message) for d in found(rule.good, tmp_path)] == []


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in all_rules().values() if rule.fixes])
def test_its_fixes_mend_the_bad_example(rule: Rule, tmp_path: Path) -> None:
    """A fix is certain: applied one after another, only what had no fix is left and nothing new has come."""
    start = loaded(rule.bad, tmp_path)
    by_hand = [diagnostic.message for diagnostic in lint(start) if not diagnostic.fix]
    assert len(by_hand) < len(lint(start)), "the bad example shows the fix"
    for _ in range(10):
        fixes = [diagnostic.fix for diagnostic in lint(start) if diagnostic.fix]
        if not fixes:
            break
        start = with_fix(start, fixes[0])
    assert [diagnostic.message for diagnostic in lint(start)] == by_hand


@pytest.mark.parametrize("rule", RULES)
def test_its_form(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert rule.clause, "a finding cites its clause"
    assert len(rule.summary) <= 100
    assert rule.summary.endswith("."), "the summary is a sentence"
    assert rule.page, "the page says what receivers do"
    assert rule.covers, "a rule covers at least one row of the catalogue"
    assert set(rule.covers) <= set(CATALOGUE), "ids of the catalogue"
    assert rule.protocol in {"spf", "dkim", "dmarc", "mta_sts", "tls_rpt", "bimi", "mx", "live", "portfolio"}


@pytest.mark.parametrize("rule", RULES)
def test_the_answers_stand_in_the_examples_of_a_rule_over_the_observation(rule: Rule) -> None:
    assert {ANSWERS in example.files for example in (rule.bad, rule.good)} == {rule.subject is Observation}


def test_there_are_rules_for_every_protocol() -> None:
    counted = Counter(rule.protocol for rule in all_rules().values())
    few = {name: counted[name] for name in ("spf", "dkim", "dmarc", "mta_sts", "tls_rpt", "bimi", "mx") if counted[name] < 3}
    assert few == {}
    assert counted["portfolio"] >= 1
    assert counted.total() >= 30


def test_only_a_must_is_an_error() -> None:
    assert {rule.strength.value for rule in all_rules().values() if rule.strength.severity is Severity.ERROR} == {"MUST"}


def test_checks_and_rules_share_no_id() -> None:
    assert set(CHECKS) & set(all_rules()) == set()
