"""The inputs that fuzzing begins with, through their targets, without atheris: also those that once went wrong."""

from pathlib import Path

import pytest

from tests.fuzz.targets import names, target

CORPUS = Path(__file__).parent / "corpus"
_MOST_OCTETS = 10_000


def test_each_target_has_inputs_and_each_input_a_target() -> None:
    assert sorted(path.name for path in CORPUS.iterdir()) == names()
    assert [path for path in CORPUS.glob("*/*") if path.stat().st_size > _MOST_OCTETS] == []


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_input_breaks_no_law(path: Path) -> None:
    target(path.parent.name)(path.read_bytes())
