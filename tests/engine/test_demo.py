"""`make demo`, as a newcomer sees it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.processes import started_by
from tests.engine.stack import ROOT, environment

pytestmark = pytest.mark.engine

COMMANDS = ["emailauth lint", "emailauth plan", "pulumi stack", "pulumi preview", "pulumi up", "pulumi up", "pulumi preview"]

SHOWN = [
    "no findings in 1 file",
    "      - v=spf1 mx include:_spf.google.com ~all",
    "    + 20 to create",
    "    + 20 created",
    '+_mta-sts TXT "v=STSv1; id=57c0b2e9044f1929fd313349db8c6c5d;"',
    "GET https://mta-sts.example.com/.well-known/mta-sts.txt: 200, text/plain",
    "version: STSv1",
    "    20 unchanged",
    "    ~ 1 to update",
]
"""Lines, in this order."""


def test_the_demo_shows_each_step_and_leaves_nothing(tmp_path: Path, engine: Path) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    env = {**environment(engine, tmp_path, mark=str(tmp_path)), "TMPDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo"], cwd=ROOT, env=env, text=True, check=False, timeout=300,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert list(folder.iterdir()) == []
    assert started_by(str(tmp_path)) == []
    lines = done.stdout.splitlines()
    assert [line for line in lines if line in SHOWN] == SHOWN
    typed = [" ".join(line.split()[1:3]) for line in lines if line.startswith(("$ emailauth", "$ pulumi"))]
    assert typed == COMMANDS
