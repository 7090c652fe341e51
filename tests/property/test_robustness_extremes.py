"""No input makes unbounded time or memory: the work is bounded by the kernel, in a process of its own (see `extremes`)."""

import os
import subprocess
import sys
from pathlib import Path

from tests.property.extremes import EXTREMES

ROOT = Path(__file__).parents[2]


def test_the_largest_and_the_oddest_inputs_are_dealt_with_within_the_limits() -> None:
    command = [sys.executable, "-m", "tests.property.extremes"]
    # Not measured for coverage, which would take three times as long and show nothing that other tests do not.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1:], done.stderr) == ([f"done: {[*EXTREMES][-1]}"], "")
    assert done.returncode == 0
