"""Every id that the program can tell of a file has a page."""

import re
from pathlib import Path

import emailauth
from emailauth.lint.checks import CHECKS
from emailauth.lint.rules import all_rules


def test_every_id_in_the_code_has_a_page_and_every_page_an_id() -> None:
    package = Path(emailauth.__file__).parent
    sources = [*(package / "core").glob("*.py"), package / "lint" / "ignores.py"]
    told = {
        found
        for path in sources
        for found in re.findall(r'"((?:yaml|file|ignore|duplicate|unknown|wrong|missing|domain|out)-[a-z-]+)"', path.read_text())
    }
    assert told == set(CHECKS)


def test_a_page_is_sentences() -> None:
    assert [check.id for check in CHECKS.values() if not (check.summary.endswith(".") and check.page.endswith("."))] == []


def test_ids_are_unique() -> None:
    assert set(CHECKS).isdisjoint(all_rules())
