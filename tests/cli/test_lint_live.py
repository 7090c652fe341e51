"""`emailauth lint --live` as a person meets it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.live import resolver_servers
from emailauth.live.resolver_servers import Server, server, system_servers
from tests.cli.commands import FILE, Folder, Ran
from tests.live.internet import internet

CLEAN = FILE.replace("- mx   # the one that sends", "- ip4:192.0.2.1")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with internet(tmp_path_factory.mktemp("internet")) as found:
        yield found


def test_a_domain_without_a_file(folder: Folder, there: Server) -> None:
    ran = folder.run("lint", "--live", "Good.example.", "--resolver", str(there))
    assert ran == Ran(0, "no findings in 1 domain\n", "")


def test_places_are_owner_name_type_and_octet(folder: Folder, there: Server) -> None:
    ran = folder.run("lint", "--live", "example.com", "--resolver", str(there))
    assert (ran.code, ran.err) == (1, "")
    assert (
        "dns:example.com?type=TXT:1:33: error: _spf.gone.example.org, which the record of example.com names, does not exist, and whoever "
        "registers it can let mail in your name pass: receivers that come to it stop with permerror [spf-include-without-record]\n"
        "  1 | v=spf1 include:_spf.example.net include:_spf.gone.example.org mx -all\n"
        "    |                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  = RFC 7208 section 5.2\n"
    ) in ran.out


def test_a_file_is_judged_with_what_others_publish(folder: Folder, there: Server) -> None:
    folder.write("email-auth.yaml", CLEAN.replace("ip4:192.0.2.1", "include:_spf.gone.example.org"))
    assert folder.run("lint").code == 0
    ran = folder.run("lint", "--live", "--resolver", str(there), "--format", "json")
    found = {(one["rule"], one["path"], one["line"], one["column"]) for one in json.loads(ran.out)["findings"]}
    assert ran.code == 1
    assert found == {
        ("spf-include-without-record", "email-auth.yaml", 8, 11),
        ("mta-sts-policy-unreachable", "email-auth.yaml", 6, 5),
    }


def test_a_finding_of_a_live_rule_is_ignored_like_all_others(folder: Folder, there: Server) -> None:
    comment = "# emailauth: ignore[spf-include-without-record, mta-sts-policy-unreachable] they say it comes tomorrow"
    text = CLEAN.replace("ip4:192.0.2.1", "include:_spf.gone.example.org").replace("  example.com:\n", f"  {comment}\n  example.com:\n")
    folder.write("email-auth.yaml", text)
    assert folder.run("lint", "--live", "--resolver", str(there)) == Ran(0, "no findings in 1 file\n", "")


def test_what_is_recorded_can_be_judged_again_without_a_network(folder: Folder, there: Server) -> None:
    files = ["email-auth.yaml", "example.com", "good.example"]
    first = folder.run("lint", "--live", *files, "--resolver", str(there), "--record", "answers.json")
    assert first.code == 1
    assert folder.run("lint", "--live", *files, "--replay", "answers.json") == first


def test_what_is_not_recorded_is_told(folder: Folder, there: Server) -> None:
    folder.run("lint", "--live", "good.example", "--resolver", str(there), "--record", "answers.json")
    ran = folder.run("lint", "--live", "good.example", "example.net", "--replay", "answers.json")
    assert (ran.code, ran.out) == (3, "no findings in 1 domain\n")
    assert ran.err.splitlines() == [
        "emailauth: not recorded: TXT of *._domainkey.example.net",
        "emailauth: not recorded: TXT of *.example.net",
        "emailauth: not recorded: TXT of _adsp._domainkey.example.net",
        "emailauth: not recorded: TXT of _dmarc.example.net",
        "emailauth: not recorded: TXT of _domainkey.example.net",
        "emailauth: not recorded: TXT of _mta-sts.example.net",
        "emailauth: not recorded: TXT of _smtp._tls.example.net",
        "emailauth: not recorded: TXT of default._bimi.example.net",
        "emailauth: not recorded: MX of example.net",
        "emailauth: not recorded: SPF of example.net",
        "emailauth: not recorded: TXT of example.net",
        "emailauth: what depends on that was not judged",
    ]


def test_authoritative_servers_that_do_not_answer_are_told_and_change_nothing(folder: Folder, there: Server) -> None:
    folder.run("lint", "--live", "good.example", "--resolver", str(there), "--record", "answers.json")
    before = folder.run("lint", "--live", "good.example", "--replay", "answers.json")
    answers = json.loads(folder.read("answers.json"))
    answers["answers"].append({"name": "good.example", "type": "TXT", "server": "192.0.2.53", "status": "timeout"})
    folder.write("answers.json", json.dumps(answers))
    after = folder.run("lint", "--live", "good.example", "--replay", "answers.json")
    assert (after.code, after.out) == (before.code, before.out) == (0, "no findings in 1 domain\n")
    assert after.err == "emailauth: 1 authoritative server did not answer from here, which changes nothing else\n"


def test_what_is_not_answered_is_told_and_is_no_finding(folder: Folder, there: Server) -> None:
    ran = folder.run("lint", "--live", "broken.example", "--resolver", str(there))
    assert (ran.code, ran.out) == (3, "nothing was judged\n")
    assert "emailauth: not answered: MX of broken.example (servfail)\n" in ran.err
    assert "emailauth: what depends on that was not judged\n" in ran.err


def test_of_much_that_is_not_answered_a_part_is_told(folder: Folder, there: Server) -> None:
    ran = folder.run("lint", "--live", *(f"d{i}.broken.example" for i in range(5)), "--resolver", str(there))
    assert ran.code == 3
    assert len(ran.err.splitlines()) == 22
    assert "emailauth: and 40 more\n" in ran.err


def test_a_domain_that_does_not_exist_is_told(folder: Folder, there: Server) -> None:
    ran = folder.run("lint", "--live", "nowhere.example", "--resolver", str(there))
    assert ran.code == 3
    assert ran.err == "emailauth: nowhere.example does not exist\nemailauth: what depends on that was not judged\n"


def test_a_file_that_cannot_be_understood_ends_with_2(folder: Folder, there: Server) -> None:
    folder.write("email-auth.yaml", "version: 1\ndomains: {good.example: {spff: {}}}\n")
    ran = folder.run("lint", "--live", "--resolver", str(there))
    assert ran.code == 2
    assert "[unknown-key]" in ran.out


def test_progress_is_shown_on_a_terminal_and_leaves_nothing(folder: Folder, there: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ran = folder.run("lint", "--live", "good.example", "--resolver", str(there))
    assert ran.code == 0
    assert ran.err.startswith("\r0 of 1 question answered \r0 of 2 questions answered ")
    assert ran.err.endswith(" questions answered \r\x1b[K")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--resolver", "192.0.2.53"], "--resolver is of use with --live only", id="no --live"),
        pytest.param(["--replay", "x.json"], "--replay is of use with --live only", id="a replay without --live"),
        pytest.param(
            ["--live", "--replay", "x.json", "--record", "y.json"], "--replay asks nothing: leave --record and --resolver out", id="both"
        ),
        pytest.param(["--live", "--replay", "x.json"], "x.json cannot be read: No such file or directory", id="no record"),
        pytest.param(
            ["--live", "--replay", "example.com.zone"], "example.com.zone is not what --record writes: it is no JSON: ", id="no JSON"
        ),
        pytest.param(
            ["--live", "missing.yaml"],
            "there is no file missing.yaml: `emailauth init` writes one to start from",
            id="a file that is not there",
        ),
        pytest.param(["--live", "a..example"], "there is no file a..example: `emailauth init` writes one to start from", id="no name"),
        pytest.param(["--live", "localhost"], "there is no file localhost: `emailauth init` writes one to start from", id="no domain"),
        pytest.param(
            ["--live", "--resolver", "dns.example"], "'dns.example' is no resolver: write an address such as 192.0.2.53", id="a name"
        ),
    ],
)
def test_wrong_calls(folder: Folder, arguments: list[str], message: str) -> None:
    ran = folder.run("lint", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"emailauth: {message}")


def test_a_record_that_cannot_be_written(folder: Folder, there: Server) -> None:
    ran = folder.run("lint", "--live", "good.example", "--resolver", str(there), "--record", "missing/answers.json")
    assert (ran.code, ran.out, ran.err) == (3, "", "emailauth: missing/answers.json cannot be written: No such file or directory\n")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.53", Server("192.0.2.53", 53)),
        ("192.0.2.53:5353", Server("192.0.2.53", 5353)),
        ("2001:db8::53", Server("2001:db8::53", 53)),
        ("[2001:db8::53]", Server("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", Server("2001:db8::53", 5353)),
    ],
)
def test_resolvers_are_written_as_addresses(text: str, found: Server) -> None:
    assert server(text) == found
    assert server(str(found)) == found


@pytest.mark.parametrize(
    "text", ["", "192.0.2", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:x", "::1:99999", "[::1]:", "[::1", ":53"]
)
def test_what_is_no_resolver_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no resolver: write an address such as"):
        server(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("nameserver 192.0.2.53\nnameserver 2001:db8::53\n", ("192.0.2.53", "2001:db8::53")), ("nameserver 192.0.2.53\n", ("192.0.2.53",))],
)
def test_the_resolvers_of_this_machine(tmp_path: Path, text: str, found: tuple[str, ...]) -> None:
    (tmp_path / "resolv.conf").write_text(text)
    assert system_servers(str(tmp_path / "resolv.conf")) == tuple(Server(address) for address in found)


@pytest.mark.parametrize("text", [None, "# nothing\n", "search example.com\n", "nameserver https://dns.example/query\n"])
def test_a_machine_without_a_resolver(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "resolv.conf"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CouldNotDoError, match=r"names? no resolver: name one with --resolver ADDRESS"):
        system_servers(str(path))


def test_without_a_resolver_in_the_call_those_of_this_machine_are_asked(
    folder: Folder, there: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver_servers, "system_servers", lambda: (there,))
    assert folder.run("lint", "--live", "good.example").code == 0
