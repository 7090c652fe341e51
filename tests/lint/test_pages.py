"""Every rule's page is true: its bad example has that finding and no other, its good one has none, its fix mends it."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from emailauth.cli import main
from emailauth.core.diagnostic import Diagnostic, Severity
from emailauth.core.edits import edited
from emailauth.core.observation import Observation, from_json
from emailauth.lint.checks import CHECKS
from emailauth.lint.rule import ANSWERS, Example, Rule
from emailauth.lint.rules import all_rules
from emailauth.workflow.fixing import fix_file
from emailauth.workflow.linting import lint
from emailauth.workflow.load import Loaded, load, load_document
from emailauth.workflow.observing import planned
from tests.lint.fixing import FORMS, comments

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


FIXING = [rule for rule in all_rules().values() if rule.fixes]
CHANGES_SENDERS = {"spf-term-syntax", "spf-unknown-modifier"}
"""Rules that mend what makes a record fail: whoever is named there gets the permission to send with that, so that nobody but a person may."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in FIXING if rule.id not in CHANGES_SENDERS])
def test_its_fixes_mend_the_bad_example(
    rule: Rule, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fix is certain: by `lint --fix`, only what had no fix is left, nothing new has come, and each comment above a line is still there."""
    monkeypatch.chdir(tmp_path)
    loaded(rule.bad, tmp_path)
    path = tmp_path / "email-auth.yaml"
    path.write_bytes(FORMS[form](rule.bad.text).encode())
    start, before = load(path), path.read_bytes().decode()
    by_hand = [diagnostic.message for diagnostic in lint(start) if not diagnostic.fix]
    assert len(by_hand) < len(lint(start)), "the bad example shows the fix"
    main(["lint", "--fix", "--advice"])
    first, after = capsys.readouterr().out, path.read_bytes().decode()
    assert ": fixed: " in first
    assert ": not fixed: " not in first
    assert [diagnostic.message for diagnostic in lint(load(path))] == by_hand
    assert [comment for comment in comments(after) if comment in comments(before)] == comments(before)
    assert (after.startswith("\ufeff"), after.count("\r\n") == after.count("\n")) == (
        before.startswith("\ufeff"), before.count("\r\n") == before.count("\n")
    )  # fmt: skip
    main(["lint", "--fix", "--advice"])
    assert path.read_bytes().decode() == after, "there is nothing more to fix"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in FIXING if rule.id in CHANGES_SENDERS])
def test_a_fix_that_changes_who_may_send_is_told_and_not_made(rule: Rule, form: str, tmp_path: Path) -> None:
    loaded(rule.bad, tmp_path)
    path = tmp_path / "email-auth.yaml"
    path.write_bytes(FORMS[form](rule.bad.text).encode())
    start = load(path)
    done = fix_file(start, advice=True)
    assert done.after.document.text == start.document.text
    assert done.fixed == ()
    assert {(one.rule, one.reason.partition(":")[0]) for one in done.not_fixed} == {(rule.id, "this changes who may send")}
    document = start.document
    for _ in range(10):  # made by a person, it mends the finding
        left = [one.fix for one in lint(load_document(document, tmp_path)) if one.fix]
        document = edited(document, left[:1])
    assert [one.rule for one in lint(load_document(document, tmp_path)) if one.fix] == []
    assert comments(document.text) == comments(start.document.text)


def test_no_rule_over_answers_has_a_fix_for_fixes_come_from_the_file_alone() -> None:
    assert [rule.id for rule in FIXING if rule.subject is Observation] == []


@pytest.mark.parametrize("rule", RULES)
def test_its_form(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert rule.clause, "a finding cites its clause"
    assert len(rule.summary) <= 100
    assert rule.summary.endswith("."), "the summary is a sentence"
    assert rule.page, "the page says what receivers do"
    assert rule.covers, "a rule covers at least one row of the catalogue"
    assert set(rule.covers) <= set(CATALOGUE), "ids of the catalogue"
    assert rule.protocol in {
        "cross",
        "receivers",
        "hygiene",
        "parked",
        "spf",
        "dkim",
        "dmarc",
        "mta_sts",
        "tls_rpt",
        "bimi",
        "mx",
        "live",
        "portfolio",
    }


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
