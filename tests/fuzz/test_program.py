"""`python -m tests.fuzz` runs one input again, and says what there is; atheris itself is not needed for that."""

from pathlib import Path

import pytest

from tests.fuzz import __main__ as program
from tests.fuzz.targets import names


def test_one_input_is_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"v=spf1 -all")
    assert program.main(["spf", str(path)]) == 0
    assert capsys.readouterr().out == f"spf takes {path}\n"


def test_an_input_that_breaks_a_law_is_told_with_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> None:
        raise AssertionError(data)

    path = tmp_path / "input"
    path.write_bytes(b"x")
    monkeypatch.setattr(program, "target", lambda _name: broken)
    with pytest.raises(AssertionError, match="x"):
        program.main(["spf", str(path)])


def test_a_time_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FUZZ_SECONDS", "1m")
    assert program.main(["spf"]) == 2
    assert capsys.readouterr().err == "FUZZ_SECONDS is a whole number of seconds, not '1m'\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none"], f"which target? There are {', '.join(names())}\n"),
        (["spf", "a", "b"], f"which target? There are {', '.join(names())}\n"),
        (["spf", "/nonexistent"], "/nonexistent cannot be read: No such file or directory\n"),
    ],
)
def test_what_is_not_there_is_told(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(arguments) == 2
    assert capsys.readouterr().err == said
