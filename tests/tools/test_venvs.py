"""Programs of other people are installed once; where that cannot be, what to do is said."""

import os
import re
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from tools import venvs
from tools.get_pulumi import TOOLS, CannotGetError

OFFLINE = "echo 'WARNING: Retrying' >&2; echo 'ERROR: No matching distribution found for botocore==1.43.106' >&2; exit 1"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"EMAILAUTH_CACHE": str(tmp_path / "cache"), "PATH": os.environ["PATH"]}


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The shell commands that the Pythons of the next environments are, one after the other."""
    scripts: list[str] = []

    def create(folder: Path, *, with_pip: bool) -> None:
        assert with_pip
        python = folder / "bin" / "python"
        python.parent.mkdir()
        python.write_text(f"#!/bin/sh\n{scripts.pop(0)}\n")
        python.chmod(0o755)

    monkeypatch.setattr(venv, "create", create)
    return scripts


def test_it_is_installed_once_with_hashes(environ: dict[str, str], pip: list[str]) -> None:
    pip.append('echo "$*" > "$EMAILAUTH_CACHE/asked"')

    python = venvs.get("ministack", environ)

    asked = Path(environ["EMAILAUTH_CACHE"], "asked").read_text()
    assert asked.startswith("-m pip install ")
    assert "--require-hashes" in asked
    assert asked.endswith(f"--requirement {TOOLS}/ministack/requirements.txt\n")
    assert os.access(python, os.X_OK)
    assert venvs.get("ministack", environ) == python
    assert pip == []


@pytest.mark.parametrize("name", venvs.names())
def test_versions_are_pinned_and_nobody_is_named_to_get_them_from(name: str) -> None:
    text = (TOOLS / name / "requirements.txt").read_text()
    named = [line for line in text.splitlines() if line[:1] not in {"", " ", "#"}]
    assert named
    assert [line for line in named if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+ \\", line)] == []
    assert "://" not in text


@pytest.mark.parametrize(
    ("script", "seconds", "reason"),
    [
        (OFFLINE, 60, "No matching distribution found for botocore==1.43.106"),
        ("exec sleep 60", 0.1, "pip was not done after 0.1 seconds"),
    ],
)
def test_where_it_cannot_be_had_what_to_do_is_said(
    environ: dict[str, str], pip: list[str], monkeypatch: pytest.MonkeyPatch, script: str, seconds: float, reason: str
) -> None:
    monkeypatch.setattr(venvs, "INSTALL_SECONDS", seconds)
    pip += [script, "exit 0"]

    with pytest.raises(CannotGetError) as cannot:
        venvs.get("ministack", environ)

    assert reason in str(cannot.value)
    assert "Run `python -m tools.venvs ministack` once where pip reaches its registry" in str(cannot.value)
    assert venvs.get("ministack", environ).exists()


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), (OFFLINE, 3)])
def test_the_command_prints_the_path(
    environ: dict[str, str], pip: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any, script: str, code: int
) -> None:
    monkeypatch.setattr(os, "environ", environ)
    pip.append(script)

    monkeypatch.setattr(sys, "argv", ["venvs", "ministack"])
    assert venvs.main() == code

    out, err = capsys.readouterr()
    assert out.endswith("/bin/python\n" if code == 0 else "")
    assert ("No matching distribution" in err) == (code == 3)


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["ministack", "more"]])
def test_a_name_that_there_is_not_is_told(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["venvs", *arguments])
    assert venvs.main() == 2
    assert "which one? There are " in capsys.readouterr().err
