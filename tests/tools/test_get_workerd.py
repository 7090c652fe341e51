"""workerd from npm, with an npm of our own on a PATH that holds nothing else."""

import json
import threading
from pathlib import Path

import pytest

from tools import get_workerd
from tools.get_pulumi import TOOLS, CannotGetError
from tools.get_workerd import workerd

NPM = """
echo "$*" >> "$NPM_LOG"
test -f package.json && test -f package-lock.json || exit 97
/bin/mkdir -p node_modules/@cloudflare/workerd-linux-64/bin
printf '#!/bin/sh\\necho workerd' > node_modules/@cloudflare/workerd-linux-64/bin/workerd
/bin/chmod +x node_modules/@cloudflare/workerd-linux-64/bin/workerd
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path / 'bin'}", "EMAILAUTH_CACHE": f"{tmp_path / 'cache'}", "NPM_LOG": f"{tmp_path / 'npm.log'}"}


def put_npm(tmp_path: Path, script: str) -> None:
    """The npm that is found."""
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)


def test_one_version_is_pinned_with_its_hash_for_each_platform() -> None:
    pins = json.loads((TOOLS / "workerd" / "package.json").read_text())["optionalDependencies"]
    locked = json.loads((TOOLS / "workerd" / "package-lock.json").read_text())["packages"]
    assert pins.keys() == {"@cloudflare/workerd-linux-64", "@cloudflare/workerd-linux-arm64"}
    for package, version in pins.items():
        entry = locked[f"node_modules/{package}"]
        assert (entry["version"], entry["integrity"][:7], "resolved" in entry) == (version, "sha512-", False)


def test_the_program_is_got_once_and_kept_alone(tmp_path: Path, environ: dict[str, str]) -> None:
    put_npm(tmp_path, NPM)
    program = workerd(environ)
    assert workerd(environ) == program
    assert (tmp_path / "npm.log").read_text() == "ci --ignore-scripts --no-audit --no-fund --loglevel error\n"
    assert program.parent.parent == tmp_path / "cache"
    assert {file.name for file in program.parent.iterdir()} == {"workerd", "package.json", "package-lock.json"}


def test_two_at_once_get_it_once(tmp_path: Path, environ: dict[str, str]) -> None:
    put_npm(tmp_path, f"/bin/sleep 0.1\n{NPM}")
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(workerd(environ))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1
    assert len((tmp_path / "npm.log").read_text().splitlines()) == 1


def test_other_pins_are_another_program(tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    put_npm(tmp_path, NPM)
    before = workerd(environ)
    (tmp_path / "tools" / "workerd").mkdir(parents=True)
    for pin in get_workerd.PINS:
        (tmp_path / "tools" / "workerd" / pin).write_text("{}")
    monkeypatch.setattr(get_workerd, "TOOLS", tmp_path / "tools")
    assert workerd(environ).parent != before.parent


def test_without_npm_it_says_what_to_install(environ: dict[str, str]) -> None:
    with pytest.raises(CannotGetError, match=r"install Node\.js 20 or newer and its npm"):
        workerd(environ)


def test_a_failure_of_npm_tells_the_end_of_what_it_said_and_leaves_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    put_npm(tmp_path, "echo noise >&2; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo >&2; done; echo EINTEGRITY >&2; exit 1")
    with pytest.raises(CannotGetError, match="EINTEGRITY") as caught:
        workerd(environ)
    assert "noise" not in str(caught.value)
    assert [file.suffix for file in (tmp_path / "cache").iterdir()] == [".lock"]


def test_a_platform_without_one_is_told(tmp_path: Path, environ: dict[str, str]) -> None:
    put_npm(tmp_path, "/bin/mkdir node_modules")
    with pytest.raises(CannotGetError, match="names no workerd for this platform"):
        workerd(environ)


def test_main_prints_the_path_alone(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_npm(tmp_path, NPM)
    monkeypatch.setattr("os.environ", environ)
    assert get_workerd.main() == 0
    assert capsys.readouterr().out == f"{workerd(environ)}\n"


def test_main_ends_with_3_where_there_is_no_way(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.environ", environ)
    assert get_workerd.main() == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "npm" in said.err
