"""The suite is got once, at the pinned hash; where that cannot be, what to do is said."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.get_pulumi import CannotGetError
from tools.get_spf_suite import FILES, get

Pip = Callable[[str], str]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "EMAILAUTH_CACHE": str(tmp_path / "cache"),
        "PATH": "/usr/bin:/bin",
        "SDIST": str(tmp_path / "sdist.tar.gz"),
        "HOME": "/nonexistent",
    }


@pytest.fixture
def pip(tmp_path: Path) -> Pip:
    """Writes the Python whose pip is a shell script."""

    def write(script: str) -> str:
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        return str(python)

    return write


DOWNLOADS = """
echo "$*" > "$EMAILAUTH_CACHE/asked"
while test "$1" != --dest; do shift; done
cp "$SDIST" "$2/pyspf-2.0.14.tar.gz"
cp "$2/requirements.txt" "$EMAILAUTH_CACHE/pinned"
"""


def sdist(path: Path, names: tuple[str, ...] = FILES) -> None:
    source = path.parent / "source"
    source.write_text("the suite")
    with tarfile.open(path, "w:gz") as tar:
        for name in (*names, "testspf.py"):
            tar.add(source, f"pyspf-2.0.14/test/{name}")


def test_it_is_got_once_at_the_pinned_hash(environ: dict[str, str], pip: Pip) -> None:
    sdist(Path(environ["SDIST"]))
    suite = get(environ, pip(DOWNLOADS))

    assert suite.read_text() == "the suite"
    assert sorted(file.name for file in suite.parent.iterdir()) == sorted(FILES)
    cache = Path(environ["EMAILAUTH_CACHE"])
    assert (cache / "asked").read_text().startswith("-m pip download ")
    assert "--require-hashes" in (cache / "asked").read_text()
    assert (cache / "pinned").read_text().startswith("pyspf==2.0.14 --hash=sha256:57a7ef01")
    assert get(environ, "/nonexistent/python") == suite


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES' >&2; exit 1", "DO NOT MATCH THE HASHES"),
        ("exec sleep 60", "timed out after 0.1 seconds"),
    ],
)
def test_why_it_cannot_be_got_is_told_and_nothing_is_left(
    environ: dict[str, str], pip: Pip, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    monkeypatch.setattr("tools.get_spf_suite.SECONDS", 0.1 if "sleep" in script else 60)
    with pytest.raises(CannotGetError, match=r"python -m tools\.get_spf_suite") as e:
        get(environ, pip(script))
    assert reason in str(e.value)
    assert [path.suffix for path in Path(environ["EMAILAUTH_CACHE"]).iterdir()] == [".lock"]


def test_a_distribution_without_the_suite_is_told(environ: dict[str, str], pip: Pip) -> None:
    sdist(Path(environ["SDIST"]), ())
    with pytest.raises(CannotGetError, match=r"holds no test/rfc7208-tests\.yml"):
        get(environ, pip(DOWNLOADS))
