"""Programs in Python and TypeScript, run inline by Pulumi's Automation API: the same engine, without its language hosts."""

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.engine.processes import left_after
from tests.engine.programs import FOUND, ZONE, added
from tests.engine.stack import NAME, ROOT, environment

pytestmark = pytest.mark.engine

TYPESCRIPT = ROOT / "tests" / "engine" / "typescript"


@pytest.fixture
def environ(engine: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a program; none of its processes is left at the end."""
    (tmp_path / "pulumi" / "state").mkdir(parents=True)
    yield environment(engine, tmp_path / "pulumi", mark=str(tmp_path))
    assert left_after(str(tmp_path)) == []


def loaded(path: Path) -> ModuleType:
    """A program's module."""
    spec = importlib.util.spec_from_file_location("program", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_python_example(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pulumi import automation

    folder = tmp_path / "examples" / "pulumi-python"
    shutil.copytree(ROOT / "examples" / "pulumi-python", folder)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    monkeypatch.setattr(os, "environ", environ)
    program: Callable[[], None] = loaded(folder / "__main__.py").program
    options = automation.LocalWorkspaceOptions(work_dir=str(folder))
    stack = automation.create_stack(NAME, project_name="email-auth-python", program=program, opts=options)
    assert stack.up().summary.resource_changes == {"create": 7}
    assert stack.up(expect_no_changes=True).summary.resource_changes == {"same": 7}
    org, net = ((folder / "zones" / f"example.{name}.zone").read_text() for name in ("org", "net"))
    assert added((ROOT / "examples/pulumi-python/zones/example.org.zone").read_text(), org) == [
        '@ TXT "v=spf1 mx ~all"',
        '_dmarc TXT "v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org"',
        '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:postmaster@example.org"',
    ]
    assert net.splitlines()[-1].split(maxsplit=1) == ["TXT", '"v=spf1 -all"'], "the owner name is that of the line before"


def test_a_typescript_program(environ: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(f"name: mail\nruntime: nodejs\n{FOUND}\n")
    (folder / "example.com.zone").write_text(ZONE)
    assert shutil.which("npm"), "there is no npm: `make programs` installs Node.js"
    assert (TYPESCRIPT / "node_modules").is_dir(), "`make test` installs what the program needs, by `npm ci` in tests/engine/typescript"
    built = subprocess.run(["npm", "run", "build"], cwd=TYPESCRIPT, env=environ, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    command = ["node", "build/tests/engine/typescript/program.js", str(folder)]
    ran = subprocess.run(command, cwd=TYPESCRIPT, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "up": {"create": 5},
        "again": {"same": 5},
        "outputs": {"domains": ["example.com"], "id": "_smtp._tls.example.com/TXT/tls_rpt", "zone": "example.com"},
    }
    assert added(ZONE, (folder / "example.com.zone").read_text()) == [
        '@ TXT "v=spf1 mx -all"',
        '_dmarc TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"',
        '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@example.com"',
    ]
