"""`emailauth lint --fix` as a person meets it."""

import json
import subprocess

import pytest

from tests.cli.commands import FILE, Folder, Ran

BAD = FILE.replace('["mailto:dmarc@example.com"]}', "[dmarc@example.com]}  # us")
MENDED = BAD.replace("[dmarc@", "[mailto:dmarc@")
TOLD = 'email-auth.yaml:10:49: fixed: write "mailto:dmarc@example.com" [dmarc-report-uri-invalid]\n'
SENDERS = BAD.replace("- mx   #", "- ipv4:192.0.2.1 #")


def test_what_is_fixed_is_told_and_nothing_is_left(folder: Folder) -> None:
    folder.write("email-auth.yaml", BAD)
    assert folder.run("lint", "--fix") == Ran(0, f"{TOLD}\n1 fixed; no findings in 1 file\n", "")
    assert folder.read("email-auth.yaml") == MENDED
    assert folder.run("lint", "--fix") == Ran(0, "no findings in 1 file\n", "")


def test_a_file_without_a_fix_is_not_written(folder: Folder) -> None:
    before = (folder.path / "email-auth.yaml").stat()
    assert folder.run("lint", "--fix").code == 0
    after = (folder.path / "email-auth.yaml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_left_decides_how_it_ends(folder: Folder) -> None:
    folder.write("email-auth.yaml", SENDERS)
    ran = folder.run("lint", "--fix")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith(
        f'{TOLD}email-auth.yaml:8:11: not fixed: write "ip4:192.0.2.1": this changes who may send: '
        "192.0.2.1 would get pass as example.com, not permerror [spf-term-syntax]\n\nemail-auth.yaml:8:11: error: "
    )
    assert ran.out.endswith("\n\n1 fixed, 1 not fixed; 1 error in 1 file\n")
    assert folder.read("email-auth.yaml") == SENDERS.replace("[dmarc@", "[mailto:dmarc@")


def test_json_holds_the_fixes(folder: Folder) -> None:
    folder.write("email-auth.yaml", SENDERS)
    ran = json.loads(folder.run("lint", "--fix", "--format", "json").out)
    assert [one["rule"] for one in ran["findings"]] == ["spf-term-syntax"]
    assert ran["fixes"] == [
        {
            "path": "email-auth.yaml",
            "line": 10,
            "column": 49,
            "end_line": 10,
            "end_column": 66,
            "rule": "dmarc-report-uri-invalid",
            "description": 'write "mailto:dmarc@example.com"',
            "applied": True,
            "reason": "",
        },
        {
            "path": "email-auth.yaml",
            "line": 8,
            "column": 11,
            "end_line": 8,
            "end_column": 25,
            "rule": "spf-term-syntax",
            "description": 'write "ip4:192.0.2.1"',
            "applied": False,
            "reason": "this changes who may send: 192.0.2.1 would get pass as example.com, not permerror",
        },
    ]


def test_advice_is_acted_upon_with_advice_only(folder: Folder) -> None:
    text = BAD.replace("[dmarc@example.com]", '["mailto:dmarc@example.com", "mailto:dmarc@example.com"]')
    folder.write("email-auth.yaml", text)
    assert folder.run("lint", "--fix") == Ran(0, "no findings in 1 file (1 piece of advice: --advice shows it)\n", "")
    assert folder.read("email-auth.yaml") == text
    assert folder.run("lint", "--fix", "--advice").out.endswith("[dmarc-report-uri-twice]\n\n1 fixed; no findings in 1 file\n")
    assert folder.read("email-auth.yaml") == MENDED.replace("[mailto:dmarc@example.com]", '["mailto:dmarc@example.com"]')


def test_several_files(folder: Folder) -> None:
    folder.write("a.yaml", BAD)
    folder.write("b.yaml", BAD.replace("\n", "\r\n"))
    ran = folder.run("lint", "--fix", "a.yaml", "b.yaml", "email-auth.yaml")
    assert ran == Ran(0, TOLD.replace("email-auth", "a") + TOLD.replace("email-auth", "b") + "\n2 fixed; no findings in 3 files\n", "")
    assert (folder.path / "b.yaml").read_bytes() == MENDED.replace("\n", "\r\n").encode()


def test_a_file_that_nobody_understands_stays_as_it_is(folder: Folder) -> None:
    folder.write("email-auth.yaml", "version: 1\ndomains: {a.example: [}\n")
    assert folder.run("lint", "--fix").code == 2
    assert folder.read("email-auth.yaml") == "version: 1\ndomains: {a.example: [}\n"


def test_a_diff_can_be_applied_and_writes_nothing(folder: Folder) -> None:
    folder.write("email-auth.yaml", SENDERS)
    ran = folder.run("lint", "--fix", "--diff")
    assert ran.code == 1
    assert ran.err.startswith('emailauth: email-auth.yaml:8:11: not fixed: write "ip4:192.0.2.1": this changes who may send: ')
    assert folder.read("email-auth.yaml") == SENDERS
    subprocess.run(["git", "apply", "-p0", "-"], input=ran.out.encode(), cwd=folder.path, check=True, timeout=60)
    assert folder.read("email-auth.yaml") == SENDERS.replace("[dmarc@", "[mailto:dmarc@")


def test_the_diff_of_advice_ends_with_0(folder: Folder) -> None:
    folder.write(
        "email-auth.yaml", FILE.replace('["mailto:dmarc@example.com"]', '["mailto:dmarc@example.com", "mailto:dmarc@example.com"]')
    )
    assert folder.run("lint", "--fix", "--diff") == Ran(0, "", "")
    ran = folder.run("lint", "--fix", "--diff", "--advice")
    assert (ran.code, ran.err) == (0, "")
    assert [line for line in ran.out.splitlines() if line.startswith("+ ")] == [
        '+    dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}'
    ]


def test_a_file_that_cannot_be_written_is_told_and_stays(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    folder.write("email-auth.yaml", BAD)
    message = (
        "emailauth: email-auth.yaml cannot be written, and is as it was: Permission denied; "
        "see that you may write to it and to its folder and run this again\n"
    )
    assert folder.run("lint", "--fix") == Ran(3, "", message)
    assert folder.read("email-auth.yaml") == BAD


def test_the_diff_of_a_file_with_a_secret_is_not_shown(folder: Folder) -> None:
    key = "-----BEGIN PRIVATE KEY----- MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEA"
    folder.write("email-auth.yaml", f"{BAD}    dkim: {{s1: {{public_key: '{key}'}}}}\n")
    ran = folder.run("lint", "--fix", "--diff")
    assert ran == Ran(2, "", "emailauth: email-auth.yaml holds a secret, which a diff could show: take it out first\n")
    assert key not in folder.run("lint", "--fix").out


def test_with_live_files_are_fixed_and_then_judged_with_what_was_answered(folder: Folder) -> None:
    folder.write("email-auth.yaml", BAD)
    folder.write("answers.json", '{"format": 1}')
    ran = folder.run("lint", "--fix", "--live", "email-auth.yaml", "example.net", "--replay", "answers.json")
    assert (ran.code, ran.out) == (3, f"{TOLD}\n1 fixed; no findings in 1 file\n")
    assert "emailauth: not recorded: " in ran.err
    assert folder.read("email-auth.yaml") == MENDED


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--diff"], "--diff is of use with --fix only"),
        (["--fix", "--diff", "--format", "json"], "--diff prints a diff: leave --format out"),
        (["--fix", "--diff", "--live"], "--diff shows fixes, which come from the file alone: leave --live out"),
        (
            ["--fix", "--live", "example.com", "example.net"],
            "a domain cannot be fixed, only its file can: name the file that describes example.com, example.net",
        ),
    ],
)
def test_what_makes_no_sense_is_told(folder: Folder, arguments: list[str], told: str) -> None:
    assert folder.run("lint", *arguments) == Ran(2, "", f"emailauth: {told}\n")
