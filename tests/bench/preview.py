"""Two stacks of the same size, one with our provider and one with a provider that does nothing."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import portfolio
from tests.bench.nothing import provider
from tests.engine.programs import POSTURE, program
from tests.engine.stack import NAME, Stack

Preview = Callable[[], object]


def stacks(folder: Path, engine: Path, count: int) -> tuple[Preview, Preview]:
    """Brings both up. Returns what previews ours and what previews the other."""
    ours = Stack(folder / "ours", engine)
    _write_all(ours, {"Pulumi.yaml": program(POSTURE), **portfolio.files(count)})
    _bring_up(ours)
    nothing = Stack(folder / "nothing", engine)
    found = f"plugins: {{providers: [{{name: nothing, path: {nothing.folder}}}]}}"
    parent = "  mail: {type: nothing:index:Parent, properties: {children: children.json}}"
    _write_all(nothing, {"Pulumi.yaml": program(parent, found=found), "children.json": json.dumps(_children(ours))})
    nothing.write("pulumi-resource-nothing", f'#!/bin/sh\nexec {sys.executable} {provider.__file__} "$@"\n')
    (nothing.folder / "pulumi-resource-nothing").chmod(0o755)
    _bring_up(nothing)
    return lambda: _preview(ours), lambda: _preview(nothing)


def _write_all(stack: Stack, files: dict[str, str]) -> None:
    for path, text in files.items():
        stack.write(path, text)


def _bring_up(stack: Stack) -> None:
    """Up, with the state written once, at the end, and not after each of 1,500 resources: that would take minutes."""
    stack.environ |= {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
    stack.run("stack", "init", NAME)
    stack.up()


def _preview(stack: Stack) -> None:
    stack.run("preview", "--stack", NAME, "--expect-no-changes", "--suppress-progress")


def _children(stack: Stack) -> list[dict[str, Any]]:
    """Our children's names and inputs, for the other provider's children."""
    return [
        {"name": one["urn"].split("::")[-1], "inputs": one["inputs"]} for one in stack.state() if one["type"] == "emailauth:index:Record"
    ]
