"""What is released is what is tested: the source archive builds the wheel, and the wheel works in an environment of its own."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import emailauth

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, folder: Path) -> str:
    """What a program prints; its complaints, should it fail."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive, as releases are."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment's bin folder. Our code comes from the wheel, what it depends on from the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel, folder=folder)
    (site,) = folder.glob("lib/python3.*/site-packages")
    # A .pth file inside of a folder that was put on the path by one is not read, so the editable install stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"emailauth", "pulumi_emailauth", f"emailauth-{emailauth.__version__}.dist-info"}
    sources = {
        path.relative_to(folder).as_posix()
        for folder in (ROOT / "provider", ROOT / "sdk" / "python")
        for path in folder.glob("*emailauth/**/*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert {name for name in names if ".dist-info/" not in name} == sources
    assert {"emailauth/py.typed", "pulumi_emailauth/py.typed", "pulumi_emailauth/pulumi-plugin.json"} <= sources


def test_the_metadata_names_licence_and_no_place(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"emailauth-{emailauth.__version__}.dist-info/METADATA").decode()
    metadata = HeaderParser().parsestr(text)
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Project-URL") is None


def test_the_command_runs(installed: Path) -> None:
    assert emailauth.__version__ in run(installed / "emailauth", "--version", folder=installed)
    assert "dmarc" in run(installed / "emailauth", "schema", folder=installed)


def test_the_code_is_the_wheel_s(installed: Path) -> None:
    place = run(installed / "python", "-c", "import emailauth; print(emailauth.__file__)", folder=installed)
    assert place.startswith(str(installed.parent))


def test_the_provider_is_where_the_engine_looks_for_it(installed: Path) -> None:
    assert (installed / "pulumi-resource-emailauth").exists()
    run(installed / "python", "-c", "from emailauth.pulumi.plugin import main", folder=installed)


def test_the_python_sdk_knows_its_version(installed: Path) -> None:
    program = "import pulumi_emailauth as e; e.Posture, e.Record, e.HostedFile; print(e._utilities.get_version())"
    assert run(installed / "python", "-c", program, folder=installed).strip() == emailauth.__version__
