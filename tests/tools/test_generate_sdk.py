"""The committed SDKs are what Pulumi's generators make of the committed schema, and their Go and Python forms are whole."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import generate_sdk
from tools.generate_sdk import differences, fit_into_our_distribution, main
from tools.get_pulumi import TOOLS, CannotGetError


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def go() -> str:
    """The Go compiler. CI has it; who has none, and a Pulumi engine from elsewhere, is told."""
    found = shutil.which("go")
    if found is None:
        if "CI" in os.environ:
            pytest.fail("there is no Go here")
        pytest.skip("there is no Go here, and the SDK generators and the Go SDK are built with it")
    return found


@pytest.mark.engine
def test_the_go_sdk_compiles(go: str, tmp_path: Path) -> None:
    schema = json.loads((generate_sdk.ROOT / "schemas" / "pulumi.schema.json").read_text())
    module = schema["language"]["go"]["importBasePath"].rpartition("/")[0]
    shutil.copytree(generate_sdk.ROOT / "sdk" / "go", tmp_path / "go")
    pins = TOOLS / "pulumi"
    shutil.copy(pins / "go.sum", tmp_path / "go")
    (tmp_path / "go" / "go.mod").write_text((pins / "go.mod").read_text().replace("emailauth/tools/pulumi", module, 1))
    command = [go, "build", "-mod=readonly", "-trimpath", "-tags", "osusergo,grpcnotrace", "./..."]
    done = subprocess.run(command, cwd=tmp_path / "go", env={**os.environ, "CGO_ENABLED": "0"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.engine
@pytest.mark.usefixtures("go")
def test_the_committed_sdks_are_what_the_schema_says(capsys: pytest.CaptureFixture[str]) -> None:
    ended = main(["--check"])
    said = capsys.readouterr()
    assert ended == 0, said.out + said.err


def test_each_kind_of_difference_is_told(tmp_path: Path) -> None:
    committed = tree(tmp_path / "old/go", {"a": "1", "b/same": "1", "gone": "1", "node_modules/x": "1", "b/__pycache__/y": "1"})
    fresh = tree(tmp_path / "new/go", {"a": "2", "b/same": "1", "b/fresh": "1"})
    assert list(differences(committed, fresh)) == ["go/a: differs", "go/b/fresh: is missing", "go/gone: would not be generated"]


def test_the_python_sdk_asks_our_distribution_for_its_version(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"pyproject.toml": "", "pulumi_emailauth/_utilities.py": "version = importlib.metadata.version(root_package)\n"},
    )
    fit_into_our_distribution(tmp_path)
    assert (tmp_path / "pulumi_emailauth/_utilities.py").read_text() == 'version = importlib.metadata.version("emailauth")\n'
    assert not (tmp_path / "pyproject.toml").exists()


def test_generators_that_have_changed_are_told(tmp_path: Path) -> None:
    tree(tmp_path, {"pyproject.toml": "", "pulumi_emailauth/_utilities.py": "version = 1\n"})
    with pytest.raises(CannotGetError, match="generate_sdk"):
        fit_into_our_distribution(tmp_path)


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generates one file for each language."""

    def generate(_schema: Path, folder: Path, _environ: object) -> None:
        for language in generate_sdk.LANGUAGES:
            tree(folder / language, {"file": "new"})

    monkeypatch.setattr(generate_sdk, "generate", generate)


@pytest.mark.usefixtures("generator")
def test_writing_replaces_and_checking_then_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(tmp_path, {"go/file": "old", "python/left": "old"})
    assert main(["--check", "--into", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "go/file: differs",
        "nodejs/file: is missing",
        "python/file: is missing",
        "python/left: would not be generated",
    ]
    assert main(["--into", str(tmp_path)]) == 0
    assert main(["--check", "--into", str(tmp_path)]) == 0
    assert not (tmp_path / "python/left").exists()


def test_without_a_schema_there_is_nothing_to_generate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--schema", str(tmp_path / "none.json"), "--into", str(tmp_path)]) == 3
    assert "make schema" in capsys.readouterr().err
