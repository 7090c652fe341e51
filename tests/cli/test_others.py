"""`emailauth init`, `rules`, `schema`, and the command line itself."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emailauth import __version__, cli
from emailauth.core.errors import CouldNotDoError
from emailauth.lint.rules import all_rules
from tests.cli.commands import Folder, Ran

COMMITTED = Path(__file__).parents[2] / "schemas" / "email-auth.schema.json"


@pytest.mark.parametrize(
    ("runtime", "files"),
    [("yaml", ["Pulumi.yaml", "email-auth.yaml"]), ("python", ["Pulumi.yaml", "__main__.py", "email-auth.yaml", "requirements.txt"])],
)
def test_init_writes_a_start_that_is_clean(folder: Folder, runtime: str, files: list[str]) -> None:
    ran = folder.run("init", "new/here", "--domain", "Example.ORG.", "--runtime", runtime)
    assert ran.code == 0
    assert sorted(path.name for path in (folder.path / "new/here").iterdir()) == files
    assert ran.out.splitlines()[-1] == "next: edit new/here/email-auth.yaml, then run `emailauth lint new/here/email-auth.yaml`"
    assert folder.run("lint", "new/here/email-auth.yaml") == Ran(0, "no findings in 1 file (1 piece of advice: --advice shows it)\n", "")
    assert "  example.org:\n" in folder.read("new/here/email-auth.yaml")
    assert not any("@DOMAIN@" in folder.read(f"new/here/{name}") for name in files)


def test_init_overwrites_nothing(folder: Folder) -> None:
    before = folder.read("email-auth.yaml")
    ran = folder.run("init")
    assert ran.code == 0
    assert ran.out.splitlines()[:2] == ["kept email-auth.yaml", "wrote Pulumi.yaml"]
    assert folder.read("email-auth.yaml") == before


def test_init_tells_where_it_cannot_write(folder: Folder) -> None:
    folder.write("file", "")
    ran = folder.run("init", "file/below")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == "emailauth: file/below cannot be written: Not a directory\n"


def test_rules_lists_each_rule_on_a_line(folder: Folder) -> None:
    lines = folder.run("rules").out.splitlines()
    assert any(line.split(maxsplit=2)[:2] == ["spf-ptr", "SHOULD"] for line in lines)
    assert len(lines) > len(all_rules())
    assert lines == sorted(lines)


def test_a_page_shows_both_examples(folder: Folder) -> None:
    page = folder.run("rules", "spf-ptr").out
    assert page.startswith("spf-ptr\n=======\n")
    assert "Strength: SHOULD (a finding is a warning)\nClause:   RFC 7208 section 5.5\n" in page
    assert page.index("\nBad:\n    version: 1\n") < page.index("\nGood:\n    version: 1\n")


def test_a_page_of_a_check_has_no_examples(folder: Folder) -> None:
    page = folder.run("rules", "duplicate-key").out
    assert page.endswith("Strength: MUST (a finding is an error)\n")


def test_rules_in_json_hold_everything(folder: Folder) -> None:
    rules = {rule["id"]: rule for rule in json.loads(folder.run("rules", "--format", "json").out)["rules"]}
    assert set(all_rules()) < set(rules)
    assert set(rules["spf-ptr"]) == {
        "id", "strength", "severity", "summary", "page", "clause", "protocol", "covers", "fixes", "bad", "good",
    }  # fmt: skip
    assert rules["spf-ptr"]["covers"] == ["SPF-044"]
    assert "ptr" in rules["spf-ptr"]["bad"]["text"]


def test_schema_is_the_committed_one(folder: Folder) -> None:
    """`make schema` writes it anew."""
    assert folder.run("schema").out == COMMITTED.read_text()


def test_version_and_help(folder: Folder) -> None:
    assert folder.run("--version") == Ran(0, f"emailauth {__version__}\n", "")
    shown = folder.run("--help")
    assert shown.code == 0
    for command in ("apply", "init", "lint", "plan", "rules", "schema"):
        assert f"\n    {command} " in shown.out
        assert folder.run(command, "--help").out.startswith(f"usage: emailauth {command} ")


@pytest.mark.parametrize("arguments", [[], ["lnt"], ["lint", "--format", "yaml"], ["plan", "a", "b"]])
def test_usage_ends_with_2(folder: Folder, arguments: list[str]) -> None:
    ran = folder.run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "usage: emailauth" in ran.err


def ending(error: BaseException) -> Callable[[object], int]:
    def run(_: object) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (CouldNotDoError("the host is silent"), 3, "emailauth: the host is silent\n"),
        (KeyboardInterrupt(), 130, "emailauth: interrupted\n"),
        (
            ZeroDivisionError("secret\nlines"),
            3,
            "emailauth: a defect of emailauth (ZeroDivisionError: secret); EMAILAUTH_TRACEBACK=1 shows where, please report it with that\n",
        ),
    ],
)
def test_no_failure_is_a_traceback(folder: Folder, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: str) -> None:
    monkeypatch.setattr("emailauth.commands.lint.run", ending(error))
    assert folder.run("lint") == Ran(code, "", told)


def test_a_defect_shows_where_when_asked(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emailauth.commands.lint.run", ending(ZeroDivisionError()))
    monkeypatch.setenv("EMAILAUTH_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["lint"])
    assert folder.path.is_dir()


def test_a_reader_that_goes_away_is_no_failure(folder: Folder) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-m", "emailauth", "rules"], stdout=write, stderr=subprocess.PIPE, cwd=folder.path, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
