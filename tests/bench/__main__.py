"""What things cost, beside what else there is, measured in the same run, and what was wanted. `make bench` prints it; nothing fails here."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from emailauth.core.document import parse
from emailauth.workflow.linting import lint
from emailauth.workflow.load import load
from tests.bench import octodns, portfolio, preview, records
from tests.bench.timing import Times, rounds, verdict
from tests.engine.stack import PROVIDER, ROOT
from tools.get_pulumi import CannotGetError, get

_PREVIEW = 1.3
"""Times a provider that does nothing, at most."""
_LINT = 5.0
"""Times reading the file's YAML, at most."""
_ROUNDS = 5


def main() -> int:
    """Measures and prints, the quick things first."""
    starts()
    with tempfile.TemporaryDirectory(prefix="emailauth-bench-") as folder:
        linting(Path(folder))
        beside(records.compare)
        beside(octodns.compare)
        try:
            engine = get(os.environ)
        except CannotGetError as e:
            print(e, file=sys.stderr)
            return 0
        previews(Path(folder), engine)
    return 0


def starts() -> None:
    """How long a user waits for the command line to begin."""
    emailauth = str(PROVIDER / "emailauth")
    commands: Mapping[str, list[str]] = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "emailauth --version": [emailauth, "--version"],
        "emailauth --help": [emailauth, "--help"],
        "emailauth lint examples/quickstart/email-auth.yaml": [emailauth, "lint", "examples/quickstart/email-auth.yaml"],
    }
    print("Start-up, wall time:")
    _told(rounds({name: partial(_run, command) for name, command in commands.items()}, 10))


def linting(folder: Path) -> None:
    """How long a large file takes, beside what cannot be avoided."""
    _write(folder, portfolio.files(1000))
    path = folder / "email-auth.yaml"
    text = path.read_text()
    things: Mapping[str, Callable[[], object]] = {
        "its YAML alone, with the place of each value": lambda: parse(str(path), text),
        "all of lint": lambda: lint(load(path)),
    }
    print(f"\nLint of 1,000 domains in one file of {len(text.splitlines()):,} lines:")
    ratio = _told(rounds(things, _ROUNDS))
    print(f"  {ratio:.2f} times; {verdict(ratio, at_most=_LINT)}")


def beside(compare: Callable[[], None]) -> None:
    """Compares with another program, if that can be had here."""
    try:
        compare()
    except CannotGetError as e:
        print(e, file=sys.stderr)


def previews(folder: Path, engine: Path) -> None:
    """How long `pulumi preview` takes where nothing changes."""
    count = 300
    print(
        f"\n`pulumi preview` of {count} domains, 5 records each, {portfolio.DOMAINS_OF_A_ZONE} domains to a zone file, nothing to change:"
    )
    print("  (bringing both stacks up takes two minutes)", flush=True)
    ours, nothing = preview.stacks(folder, engine, count)
    ratio = _told(rounds({"a provider that does nothing": nothing, "emailauth": ours}, _ROUNDS))
    print(f"  {ratio:.2f} times; {verdict(ratio, at_most=_PREVIEW)}")


def _told(times: Times) -> float:
    """A line for each, with the median and how it compares with the first, round by round. Returns the last one's ratio."""
    base = next(iter(times.values()))
    width = max(map(len, times))
    ratio = 1.0
    for name, taken in times.items():
        ratio = statistics.median(own / other for own, other in zip(taken, base, strict=True))
        print(f"  {name:{width}} {statistics.median(taken) * 1000:8.0f} ms {ratio:6.2f}", flush=True)
    return ratio


def _run(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    sys.exit(main())
