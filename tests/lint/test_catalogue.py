"""The catalogue of checks is accounted for: each row is covered by a rule, or listed with the reason why none can or should be."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emailauth.lint.rules import all_rules

FOLDER = Path(__file__).parent
ROWS: dict[str, str] = {row["id"]: row["group"] for row in json.loads((FOLDER / "catalogue.json").read_text())}
"""The group of each row."""
UNCOVERED: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "uncovered.toml").read_text())
GROUPS = {"SPF": 80, "DKIM": 39, "DMARC": 58, "Cross-record": 12, "Parked and non-sending domains": 9, "DNS hygiene": 16}
"""Those that are accounted for, with their rows."""


def rules_by_row() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule in all_rules().values():
        for row in rule.covers:
            found.setdefault(row, []).append(rule.id)
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_each_row_is_covered_or_listed(group: str, record_property: Callable[[str, object], None]) -> None:
    rows, rules = [row for row in ROWS if ROWS[row] == group], rules_by_row()
    covered = [row for row in rows if row in rules]
    listed = [row for row in rows if row in UNCOVERED]
    by = {rule for row in covered for rule in rules[row]}
    counts = f"{len(rows)} rows: {len(covered)} covered by {len(by)} rules, {len(listed)} listed with a reason"
    record_property("told", f"catalogue, {group}: {counts}")
    both, neither = {*covered} & {*listed}, {*rows} - {*covered, *listed}
    assert not both, f"covered, and listed all the same: {' '.join(sorted(both))}"
    assert not neither, f"neither covered nor listed: {' '.join(sorted(neither))}"
    assert len(rows) == GROUPS[group]


def test_what_is_listed_stands_in_the_order_of_the_catalogue() -> None:
    assert list(UNCOVERED) == [row for row, group in ROWS.items() if group in GROUPS and row in UNCOVERED]


@pytest.mark.parametrize("row", UNCOVERED)
def test_a_reason_is_a_sentence(row: str) -> None:
    reason = UNCOVERED[row].get("reason")
    assert UNCOVERED[row].keys() == {"reason"}
    assert isinstance(reason, str)
    assert reason[0].isupper()
    assert reason.endswith(".")
    assert len(reason.split()) >= 8, "a reason, not a word"
