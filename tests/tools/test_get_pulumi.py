"""Each way to an engine, with programs of our own on a PATH that holds nothing else."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import get_pulumi
from tools.get_pulumi import CannotGetError, cache_folder, get, made_once, pinned_version, version_of

Put = Callable[[str, str], Path]

YAML_HOST = "pulumi-language-yaml"
NO_INSTALLER = 'test "$1" = -c || exit 99\nexit 1'

GO = """
test "$1" = build || { echo "unexpected: $*" >&2; exit 99; }
test "$CGO_ENABLED" = 0 || exit 98
echo "$*" >> "$GO_LOG"
case "$*" in *-mod=readonly*) ;; *) exit 97 ;; esac
while test $# -gt 1; do
    if test "$1" = -o; then into=$2; fi
    shift
done
test -f go.sum || exit 96
printf '#!/bin/sh\\n' > "$into${1##*/}"
/bin/chmod +x "$into${1##*/}"
"""


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a program into the folder that is all of PATH."""

    def write(name: str, script: str) -> Path:
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    return write


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path / 'bin'}", "HOME": f"{tmp_path / 'home'}", "GO_LOG": f"{tmp_path / 'go.log'}"}


@pytest.fixture
def python(put: Put) -> str:
    """A Python whose installer fails, as where its site is not reached."""
    return str(put("python", NO_INSTALLER))


def pulumi_saying(text: str) -> str:
    return f'test "$*" = version || exit 99\ntest "$PULUMI_SKIP_UPDATE_CHECK" = true || exit 98\necho "{text}"'


def test_the_pinned_version_is_read_from_go_mod() -> None:
    assert version_of("/nonexistent/pulumi", {}) is None
    assert [part.isdigit() for part in pinned_version().split(".")] == [True, True, True]


def test_pulumi_on_path_is_taken(put: Put, environ: dict[str, str], python: str, tmp_path: Path) -> None:
    put("bin/pulumi", pulumi_saying("v3.300.1"))
    put(f"bin/{YAML_HOST}", "exit 99")
    assert get(environ, python) == tmp_path / "bin"
    assert not (tmp_path / "home").exists()


def test_the_yaml_host_may_be_beside_pulumi_or_elsewhere_on_path(put: Put, environ: dict[str, str], python: str, tmp_path: Path) -> None:
    put("bin/pulumi", pulumi_saying("3.200.0"))
    put(f"other/{YAML_HOST}", "exit 99")
    environ["PATH"] += f":{tmp_path / 'other'}"
    assert get(environ, python) == tmp_path / "bin"


@pytest.mark.parametrize(
    ("says", "host", "reason"),
    [
        ("v3.199.9", True, "it is 3.199.9, and 3.200.0 is the oldest that will do"),
        ("v3.300.0", False, "no pulumi-language-yaml"),
        ("nonsense", True, "does not tell its version"),
    ],
)
def test_pulumi_on_path_that_will_not_do_is_passed_over_with_the_reason(
    put: Put, environ: dict[str, str], python: str, capsys: pytest.CaptureFixture[str], says: str, host: bool, reason: str
) -> None:
    put("bin/pulumi", pulumi_saying(says))
    if host:
        put(f"bin/{YAML_HOST}", "exit 99")
    with pytest.raises(CannotGetError, match=r"Install Pulumi 3\.200\.0 or newer"):
        get(environ, python)
    assert reason in capsys.readouterr().err


def test_a_pulumi_that_fails_has_no_version(put: Put) -> None:
    assert version_of(str(put("pulumi", "echo v3.300.0; exit 1")), {}) is None


@pytest.mark.parametrize("says", ["v3.300.0-alpha.1+dirty", "3.300.0+build"])
def test_a_version_may_carry_more_than_numbers(put: Put, says: str) -> None:
    assert version_of(str(put("pulumi", pulumi_saying(says))), {}) == (3, 300, 0)


def test_the_cache_comes_before_installing(put: Put, environ: dict[str, str], tmp_path: Path) -> None:
    environ["EMAILAUTH_CACHE"] = f"{tmp_path / 'cache'}"
    folder = f"cache/pulumi-{pinned_version()}"
    put(f"{folder}/pulumi", "exit 99")
    put(f"{folder}/{YAML_HOST}", "exit 99")
    assert get(environ, "/nonexistent/python") == tmp_path / folder


def test_half_a_cache_is_told_and_not_used(put: Put, environ: dict[str, str], python: str) -> None:
    put(f"home/.cache/emailauth/pulumi-{pinned_version()}/pulumi", "exit 99")
    with pytest.raises(CannotGetError, match="remove it"):
        get(environ, python)


def test_the_official_installer_comes_before_a_build(put: Put, environ: dict[str, str], tmp_path: Path) -> None:
    put("bin/go", "exit 99")
    installs = f"""
        test "$1" = -c && test "$4" = "{pinned_version()}" || exit 99
        /bin/mkdir -p "$3/bin"
        for name in pulumi {YAML_HOST} pulumi-language-python; do
            echo > "$3/bin/$name"; /bin/chmod +x "$3/bin/$name"
        done"""
    folder = get(environ, str(put("python", installs)))
    assert folder == tmp_path / "home/.cache/emailauth" / f"pulumi-{pinned_version()}"
    assert {file.name for file in folder.iterdir()} == {"pulumi", YAML_HOST, "pulumi-language-python"}


@pytest.mark.parametrize("installer", [NO_INSTALLER, "exit 0", "sleep 5"])
def test_where_the_installer_fails_the_pinned_version_is_built(
    put: Put, environ: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], installer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_pulumi, "INSTALL_SECONDS", 0.5)
    put("bin/go", GO)
    folder = get(environ, str(put("python", installer)))
    assert {file.name for file in folder.iterdir()} == {"pulumi", YAML_HOST}
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == ["Pulumi's", "building"]
    first, second = (tmp_path / "go.log").read_text().splitlines()
    assert f"version.Version=v{pinned_version()}" in first
    assert second.endswith("/pulumi-language-yaml")
    get(environ, "/nonexistent/python")
    assert len((tmp_path / "go.log").read_text().splitlines()) == 2


def test_a_build_that_fails_tells_the_end_of_it_and_leaves_nothing(put: Put, environ: dict[str, str], python: str, tmp_path: Path) -> None:
    put("bin/go", "echo noise >&2; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo >&2; done; echo no such module >&2; exit 1")
    with pytest.raises(CannotGetError, match="no such module") as e:
        get(environ, python)
    assert "noise" not in str(e.value)
    assert [file.suffix for file in (tmp_path / "home/.cache/emailauth").iterdir()] == [".lock"]


def test_two_at_once_build_once(put: Put, environ: dict[str, str], python: str, tmp_path: Path) -> None:
    put("bin/go", f"/bin/sleep 0.1\n{GO}")
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(get(environ, python))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len((tmp_path / "go.log").read_text().splitlines()) == 2


def test_what_a_killed_build_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "x.partial-1").mkdir()
    with made_once(tmp_path / "x") as into:
        assert into is not None
        assert [file.name for file in tmp_path.glob("*.partial-*")] == [into.name]
    assert (tmp_path / "x").is_dir()


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"EMAILAUTH_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/emailauth"),
        ({"HOME": "/c"}, "/c/.cache/emailauth"),
    ],
)
def test_where_the_cache_is(environ: dict[str, str], folder: str) -> None:
    assert cache_folder(environ) == Path(folder)


def test_main_prints_the_folder_alone(
    put: Put, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put("bin/pulumi", pulumi_saying("v3.300.1"))
    put(f"bin/{YAML_HOST}", "exit 99")
    monkeypatch.setenv("PATH", environ["PATH"])
    assert get_pulumi.main() == 0
    assert capsys.readouterr().out == f"{tmp_path / 'bin'}\n"


def test_main_ends_with_3_where_there_is_no_way(
    environ: dict[str, str], python: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.environ", environ)
    monkeypatch.setattr(get_pulumi, "get", lambda environ: get(environ, python))
    assert get_pulumi.main() == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "install Go" in said.err
