"""Arguments and first steps that several commands share. No command: its name begins with an underscore."""

import argparse
import sys
from pathlib import Path

from emailauth import output
from emailauth.core.diagnostic import Severity
from emailauth.core.errors import UsageError
from emailauth.core.report import without_advice
from emailauth.core.text import plural
from emailauth.workflow.linting import lint
from emailauth.workflow.load import FILE_NAME, Loaded, load
from emailauth.workflow.planning import danger_names


def add_file(parser: argparse.ArgumentParser) -> None:
    """Adds FILE."""
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, default=Path(FILE_NAME), help=f"default: {FILE_NAME}")


def add_allow(parser: argparse.ArgumentParser) -> None:
    """Adds --allow, with the dangers that it takes."""
    parser.add_argument(
        "--allow",
        metavar="DANGER",
        action="append",
        default=[],
        help="permit a danger by its name (below); can be given several times",
    )
    dangers = danger_names()
    width = max(map(len, dangers))
    parser.epilog = "\n".join(
        ["dangers, which a plan refuses unless they are allowed:", *(f"  {name:<{width}}  {dangers[name]}" for name in sorted(dangers))]
    )


def load_understood(path: Path) -> Loaded:
    """Loads a file to show something of it. Tells what is wrong on stderr; raises `UsageError` where it cannot be understood."""
    loaded = load(path)
    if not loaded.is_understood:
        sys.stderr.write(output.module("text", "findings").findings(loaded.diagnostics, {loaded.document.path: loaded.document.text}))
        raise UsageError(f"{path} cannot be understood: nothing is shown")
    return loaded


def load_without_errors(path: Path) -> Loaded:
    """Loads a file for a plan. Tells its errors and warnings on stderr; raises `UsageError` where it has errors."""
    loaded = load(path)
    told = without_advice(lint(loaded))
    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in told)
    if told:
        sys.stderr.write(output.module("text", "findings").findings(told, {loaded.document.path: loaded.document.text}))
    if errors:
        msg = f"{path} has {plural(errors, 'error')}: nothing was planned and nothing was changed"
        raise UsageError(msg)
    return loaded
