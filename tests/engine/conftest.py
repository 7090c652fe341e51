"""The engine, and stacks that leave nothing behind."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.engine.stack import NAME, Stack
from tools.get_pulumi import CannotGetError, get

MakeStack = Callable[[str, Mapping[str, str]], Stack]


@pytest.fixture(scope="session")
def engine() -> Path:
    """The folder of the engine, found or got. Where there is no way to one, that is a failure: nothing is skipped."""
    try:
        return get(os.environ)
    except CannotGetError as e:
        pytest.fail(str(e))


@pytest.fixture
def make_stack(tmp_path: Path, engine: Path) -> Iterator[MakeStack]:
    """Makes stacks of programs given as files, and sees at the end that none of their processes is left."""
    yield from _stacks(tmp_path, engine)


@pytest.fixture(scope="module")
def make_shared_stack(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Iterator[MakeStack]:
    """The same for a stack that several tests of a module take further."""
    yield from _stacks(tmp_path_factory.mktemp("stacks"), engine)


def _stacks(folder: Path, engine: Path) -> Iterator[MakeStack]:
    made: list[Stack] = []

    def make(name: str, files: Mapping[str, str]) -> Stack:
        stack = Stack(folder / name, engine)
        made.append(stack)
        for path, text in files.items():
            stack.write(path, text)
        stack.run("stack", "init", NAME)
        return stack

    yield make
    assert [process for stack in made for process in stack.left()] == []
