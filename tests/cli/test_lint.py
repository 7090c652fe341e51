"""`emailauth lint` as a person meets it."""

import json

import pytest

from tests.cli.commands import FILE, Folder, Ran

BAD_SPF = FILE.replace("- mx ", "- ipv4:192.0.2.1")


def test_a_clean_file(folder: Folder) -> None:
    assert folder.run("lint") == Ran(0, "no findings in 1 file\n", "")


def test_findings_end_with_1_and_stand_on_stdout(folder: Folder) -> None:
    folder.write("email-auth.yaml", BAD_SPF)
    ran = folder.run("lint")
    assert ran.code == 1
    assert ran.err == ""
    assert ran.out.startswith("email-auth.yaml:8:11: error: ")
    assert "[spf-term-syntax]\n  8 |         - ipv4:192.0.2.1  # the one that sends\n    |           ^^^^^^^^^^^^^^\n" in ran.out


ADVICE = FILE.replace('["mailto:dmarc@example.com"]', '["mailto:dmarc@example.com", "mailto:dmarc@example.com"]')


def test_advice_is_counted_and_ends_with_0(folder: Folder) -> None:
    folder.write("email-auth.yaml", ADVICE)
    assert folder.run("lint") == Ran(0, "no findings in 1 file (1 piece of advice: --advice shows it)\n", "")
    found = json.loads(folder.run("lint", "--format", "json").out)
    assert (found["findings"], found["advice_left_out"]) == ([], 1)


def test_advice_is_told_where_it_is_asked_for_and_ends_with_0(folder: Folder) -> None:
    folder.write("email-auth.yaml", ADVICE)
    ran = folder.run("lint", "--advice")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\n\n1 piece of advice in 1 file\n")
    found = json.loads(folder.run("lint", "--advice", "--format", "json").out)
    assert ([one["severity"] for one in found["findings"]], found["advice_left_out"]) == (["advice"], 0)


@pytest.mark.parametrize("options", [[], ["--advice"]])
def test_a_comment_that_ignores_advice_is_of_use_whether_or_not_advice_is_told(folder: Folder, options: list[str]) -> None:
    folder.write("email-auth.yaml", ADVICE.replace("    dmarc:", "    # emailauth: ignore[dmarc-report-uri-twice] we want two\n    dmarc:"))
    assert folder.run("lint", *options) == Ran(0, "no findings in 1 file\n", "")


def test_advice_is_told_by_lint_alone(folder: Folder) -> None:
    folder.write("email-auth.yaml", ADVICE)
    assert folder.run("plan").err == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("version: 1\ndomains: {a.example: [}\n", "email-auth.yaml:2:23: error: ", id="no YAML"),
        pytest.param(
            "version: 1\ndomains:\n  example.com:\n    dmark: {policy: none}\n", "email-auth.yaml:4:5: error: ", id="an unknown key"
        ),
        pytest.param("version: 1\ndomains: []\n", "email-auth.yaml:2:10: error: ", id="a wrong type"),
        pytest.param(b"version: 1\n# caf\xe9\n", "email-auth.yaml:2:6: error: ", id="not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_understood_ends_with_2(folder: Folder, content: str | bytes, told: str) -> None:
    folder.write("email-auth.yaml", content)
    ran = folder.run("lint")
    assert ran.code == 2
    assert ran.out.startswith(told)
    assert ran.err == ""


def test_what_can_be_judged_is_judged_beside_what_cannot_be_understood(folder: Folder) -> None:
    folder.write(
        "email-auth.yaml",
        "version: 1\ndomains:\n  example.com:\n    spf: {allow: [ptr], otherwise: fail}\n  example.net:\n    dmarc: {policy: never}\n",
    )
    ran = folder.run("lint", "--format", "json")
    assert ran.code == 2
    assert [(found["rule"], found["line"]) for found in json.loads(ran.out)["findings"]] == [("spf-ptr", 4), ("wrong-value", 6)]


def test_several_files_each_once(folder: Folder) -> None:
    folder.write("other.yaml", BAD_SPF)
    ran = folder.run("lint", "email-auth.yaml", "other.yaml", "other.yaml", "--format", "json")
    found = json.loads(ran.out)
    assert ran.code == 1
    assert found["files"] == ["email-auth.yaml", "other.yaml"]
    assert [one["path"] for one in found["findings"]] == ["other.yaml"]


def test_json_holds_everything(folder: Folder) -> None:
    folder.write("email-auth.yaml", FILE.replace('["mailto:dmarc@example.com"]', "[dmarc@example.com]"))
    ran = folder.run("lint", "--format", "json")
    [found] = json.loads(ran.out)["findings"]
    assert {key: found[key] for key in ("path", "line", "column", "end_line", "end_column", "rule", "severity", "domains", "route")} == {
        "path": "email-auth.yaml",
        "line": 10,
        "column": 49,
        "end_line": 10,
        "end_column": 66,
        "rule": "dmarc-report-uri-invalid",
        "severity": "error",
        "domains": ["example.com"],
        "route": ["domains", "example.com", "dmarc", "aggregate_reports", 0],
    }
    assert found["clause"].startswith("RFC 9989")
    assert found["fix"]["value"] == "mailto:dmarc@example.com"


def test_a_finding_in_defaults_is_told_once_for_all_its_domains(folder: Folder) -> None:
    domains = "".join(f"  d{i}.example: {{dmarc: {{policy: reject}}}}\n" for i in range(5))
    folder.write("email-auth.yaml", f"version: 1\ndefaults: {{dmarc: {{aggregate_reports: [a@b.example]}}}}\ndomains:\n{domains}")
    [found] = json.loads(folder.run("lint", "--format", "json").out)["findings"]
    assert (found["line"], found["column"]) == (2, 40)
    assert found["domains"] == [f"d{i}.example" for i in range(5)]


@pytest.mark.parametrize(
    ("comment", "code", "rules"),
    [
        pytest.param("# emailauth: ignore[spf-term-syntax] the parser of our mail host wants it", 0, [], id="with a reason"),
        pytest.param("# emailauth: ignore[spf-term-syntax]", 1, ["ignore-without-reason"], id="without a reason"),
        pytest.param("# emailauth: ignore[spf-ptr] old", 1, ["spf-term-syntax", "ignore-unused"], id="one that matches nothing"),
        pytest.param("# emailauth: ignore[spf-term-sintax] old", 1, ["spf-term-syntax", "ignore-unknown-rule"], id="one of no rule"),
        pytest.param("# emailauth: ignore spf-term-syntax", 2, ["spf-term-syntax", "ignore-syntax"], id="one that is none"),
    ],
)
def test_ignore_comments(folder: Folder, comment: str, code: int, rules: list[str]) -> None:
    folder.write("email-auth.yaml", BAD_SPF.replace("# the one that sends", comment))
    ran = folder.run("lint", "--format", "json")
    assert (ran.code, [found["rule"] for found in json.loads(ran.out)["findings"]]) == (code, rules)


def test_a_comment_above_a_section_covers_the_section(folder: Folder) -> None:
    folder.write("email-auth.yaml", BAD_SPF.replace("    spf:\n", "    # emailauth: ignore[spf-term-syntax] until Friday\n    spf:\n"))
    assert folder.run("lint").code == 0


def test_what_cannot_be_understood_cannot_be_ignored(folder: Folder) -> None:
    folder.write("email-auth.yaml", "version: 1\ndomains:\n  a.example: {spff: {}} # emailauth: ignore[unknown-key] no\n")
    ran = folder.run("lint", "--format", "json")
    assert ran.code == 2
    assert [found["rule"] for found in json.loads(ran.out)["findings"]] == ["unknown-key", "ignore-unknown-rule"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lint", "nothing.yaml"], "emailauth: there is no file nothing.yaml: `emailauth init` writes one to start from\n"),
        (["lint", "."], "emailauth: . is a folder: name the file in it, email-auth.yaml\n"),
        (["rules", "spf-prt"], "emailauth: there is no rule 'spf-prt'; did you mean spf-ptr?\n"),
        (["rules", "zzzzzzzz"], "emailauth: there is no rule 'zzzzzzzz'; `emailauth rules` lists them\n"),
        (["init", "--domain", "not a domain"], "emailauth: 'not a domain' is not the name of a domain such as example.com\n"),
        (["plan", "--allow", "everything"], "emailauth: there is no danger called 'everything'; those that can be allowed are "),
    ],
)
def test_a_wrong_call_ends_with_2_and_one_sentence_on_stderr(folder: Folder, arguments: list[str], told: str) -> None:
    ran = folder.run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(told)
    assert ran.err.count("\n") == 1
