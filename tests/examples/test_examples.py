"""The examples are what they say: clean, planned as the snapshots show, and true in the README."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from emailauth.core.diagnostic import Diagnostic
from emailauth.output import text
from emailauth.workflow.applying import apply
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.linting import lint
from emailauth.workflow.load import load
from emailauth.workflow.planning import make_plan
from tests.examples.places import PLACES, nowhere

ROOT = Path(__file__).parents[2]
SNAPSHOTS = Path(__file__).parent
FILES = sorted(ROOT.glob("examples/*/email-auth.yaml"))
README = (ROOT / "README.md").read_text()


@pytest.fixture
def copied(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A scratch copy of an example, in which we are, with the hosts that it names."""
    example, scratch = tmp_path / "example", tmp_path / "scratch"
    shutil.copytree(file.parent, example)
    scratch.mkdir()
    monkeypatch.chdir(example)
    with PLACES.get(file.parent.name, nowhere)(example, scratch, monkeypatch):
        yield Path("email-auth.yaml")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_an_example_is_clean(file: Path) -> None:
    assert [(found.rule, found.message) for found in lint(load(file))] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_an_example_is_planned_as_the_snapshot_shows(file: Path, copied: Path) -> None:
    """To write them anew: `EMAILAUTH_SNAPSHOTS=write pytest tests/examples`, and read the difference."""
    loaded = load(copied)
    plan = make_plan(loaded, Hosts(loaded.directory)).plan
    snapshot = SNAPSHOTS / f"{file.parent.name}.plan.txt"
    shown = re.sub(r"\b127\.0\.0\.1:[0-9]+\b", "127.0.0.1:PORT", text.plan(plan))
    if os.environ.get("EMAILAUTH_SNAPSHOTS") == "write":
        snapshot.write_text(shown)
    assert shown == snapshot.read_text()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_an_example_applied_leaves_nothing_to_do(copied: Path) -> None:
    loaded = load(copied)
    apply(make_plan(loaded, Hosts(loaded.directory)), lambda _: None)
    assert make_plan(loaded, Hosts(loaded.directory)).plan.is_empty


def test_every_example_names_the_schema_for_editors() -> None:
    for file in FILES:
        first = file.read_text().splitlines()[0]
        named = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
        assert named, file
        assert (file.parent / named[1]).resolve() == ROOT / "schemas" / "email-auth.schema.json"


def test_the_file_in_the_readme_is_clean(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "quickstart", tmp_path, dirs_exist_ok=True)
    block = next(block for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if block.startswith("version: 1"))
    (tmp_path / "email-auth.yaml").write_text(block)
    assert worth_telling(lint(load(tmp_path / "email-auth.yaml"))) == []


def worth_telling(found: tuple[Diagnostic, ...]) -> list[tuple[str, str]]:
    return [(diagnostic.rule, diagnostic.message) for diagnostic in found]


def test_what_the_readme_names_is_there() -> None:
    """Files that it links to, and the targets of make."""
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)) <= targets
