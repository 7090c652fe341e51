"""`emailauth plan` and `emailauth apply` on real zone files and folders."""

import io
import json
import sys

import pytest

from tests.cli.commands import FILE, ZONE, Folder

PLANNED = """\
example.com
  + dmarc: _dmarc.example.com TXT in example.com.zone
      + v=DMARC1; p=reject; rua=mailto:dmarc@example.com
  + spf: example.com TXT in example.com.zone
      + v=spf1 mx -all
      kept as they are: 1 value of others in the same set

2 changes; 0 records and files are as the file says
"""


def test_plan_shows_and_changes_nothing(folder: Folder) -> None:
    ran = folder.run("plan")
    assert (ran.code, ran.out, ran.err) == (0, PLANNED, "")
    assert folder.read("example.com.zone") == ZONE


def test_plan_tells_by_exit_code_when_asked(folder: Folder) -> None:
    assert folder.run("plan", "--exit-code").code == 1
    assert folder.run("apply", "--yes").code == 0
    ran = folder.run("plan", "--exit-code")
    assert (ran.code, ran.out) == (0, "nothing to change: 2 records and files are as the file says\n")


def test_plan_in_json(folder: Folder) -> None:
    plan = json.loads(folder.run("plan", "--format", "json").out)
    assert plan == {
        "format": 1,
        "changes": [
            {
                "domain": "example.com",
                "kind": "dmarc",
                "phase": "records",
                "name": "_dmarc.example.com",
                "type": "TXT",
                "zone": "example.com",
                "before": [],
                "after": ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"],
                "kept": [],
                "ttl_before": None,
                "ttl_after": 300,
                "notes": [],
            },
            {
                "domain": "example.com",
                "kind": "spf",
                "phase": "records",
                "name": "example.com",
                "type": "TXT",
                "zone": "example.com",
                "before": [],
                "after": ["v=spf1 mx -all"],
                "kept": ["MS=ms1"],
                "ttl_before": 300,
                "ttl_after": 300,
                "notes": [],
            },
        ],
        "next": [],
        "conflicts": [],
        "dangers": [],
        "unchanged": 0,
    }


def test_apply_says_what_was_done_and_what_was_left_alone(folder: Folder) -> None:
    ran = folder.run("apply", "--yes")
    assert ran.code == 0
    assert ran.out == PLANNED + (
        "done: dmarc _dmarc.example.com TXT\n"
        "done: spf example.com TXT\n"
        "done and read back: 2 changes; left alone: 0 records and files that were right already, 1 value of others in the same sets\n"
    )
    assert '  TXT "MS=ms1" ; not ours\n' in folder.read("example.com.zone")


@pytest.mark.parametrize(("answer", "code", "changed"), [("y\n", 0, True), ("yes\n", 0, True), ("n\n", 1, False), ("\n", 1, False)])
def test_apply_asks(folder: Folder, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, changed: bool) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    ran = folder.run("apply")
    assert ran.code == code
    assert (folder.read("example.com.zone") != ZONE) is changed
    assert "apply this? [y/N]" in ran.out
    assert ("nothing was changed" in ran.out) is not changed


def test_apply_does_not_guess_where_nobody_can_be_asked(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    ran = folder.run("apply")
    assert ran.code == 2
    assert ran.err == "emailauth: nobody is there to ask: look at `emailauth plan`, then say `emailauth apply --yes`\n"
    assert folder.read("example.com.zone") == ZONE


def test_a_file_with_errors_is_not_planned(folder: Folder) -> None:
    folder.write("email-auth.yaml", FILE.replace("- mx ", "- ipv4:192.0.2.1"))
    ran = folder.run("plan")
    assert (ran.code, ran.out) == (2, "")
    assert "email-auth.yaml:8:11: error: " in ran.err
    assert ran.err.endswith("emailauth: email-auth.yaml has 1 error: nothing was planned and nothing was changed\n")


def test_warnings_are_told_and_do_not_stop(folder: Folder) -> None:
    folder.write("email-auth.yaml", FILE.replace("- mx ", "- ptr"))
    ran = folder.run("plan")
    assert ran.code == 0
    assert "[spf-ptr]" in ran.err


LIVE_DMARC = '_dmarc TXT "v=DMARC1; p=reject"\n'


def test_a_danger_is_refused_until_it_is_allowed_by_name(folder: Folder) -> None:
    folder.write("example.com.zone", ZONE + LIVE_DMARC)
    folder.write("email-auth.yaml", FILE.replace("policy: reject", "policy: none"))
    ran = folder.run("plan")
    assert ran.code == 0
    assert "danger: example.com: " in ran.out
    assert "  refused; `--allow weaken-dmarc` allows it\n" in ran.out
    refused = folder.run("apply", "--yes")
    assert refused.code == 3
    assert refused.err.startswith("emailauth: refused, and nothing was changed: example.com: ")
    assert refused.err.endswith(" (--allow weaken-dmarc)\n")
    assert folder.read("example.com.zone") == ZONE + LIVE_DMARC
    assert folder.run("apply", "--yes", "--allow", "weaken-dmarc").code == 0
    assert '"v=DMARC1; p=none; rua=mailto:dmarc@example.com"' in folder.read("example.com.zone")


def test_a_cname_in_the_way_is_told_and_not_removed(folder: Folder) -> None:
    zone = ZONE + "_dmarc CNAME _dmarc.service.example.\n"
    folder.write("example.com.zone", zone)
    ran = folder.run("plan")
    assert ran.code == 3
    assert "conflict: example.com: dmarc: a CNAME to _dmarc.service.example. stands at _dmarc.example.com" in ran.out
    assert folder.run("apply", "--yes").code == 3
    assert folder.read("example.com.zone") == zone


def test_two_records_become_one_and_the_plan_says_so(folder: Folder) -> None:
    folder.write("example.com.zone", ZONE.replace("ns A", '@ TXT "v=spf1 a ~all"\n@ TXT "v=spf1 mx ~all"\nns A'))
    ran = folder.run("apply", "--yes")
    assert ran.code == 0
    assert "note: 2 spf records become one: receivers accept no more than one\n" in ran.out
    assert folder.read("example.com.zone").count("v=spf1") == 1


def test_absent_removes_ours_and_nothing_else(folder: Folder) -> None:
    assert folder.run("apply", "--yes").code == 0
    folder.write("email-auth.yaml", FILE.split("    spf:")[0] + "    spf: absent\n    dmarc: absent\n")
    assert folder.run("apply", "--yes").code == 3
    assert folder.run("apply", "--yes", "--allow", "remove-spf", "--allow", "weaken-dmarc").code == 0
    soa, _, rest = folder.read("example.com.zone").partition("hostmaster.example.com. ")
    assert soa + "hostmaster.example.com. 7" + rest[1:] == ZONE


MTA_STS = FILE + "    mx: [{preference: 10, host: mx.example.com}]\n    mta_sts: {mode: testing, from_mx: true, max_age: 86400}\n"
POLICY = "public/mta-sts.example.com/.well-known/mta-sts.txt"


def test_files_are_served_and_read_back_before_the_id(folder: Folder) -> None:
    folder.write("email-auth.yaml", MTA_STS)
    ran = folder.run("apply", "--yes")
    assert ran.code == 0
    done = [line for line in ran.out.splitlines() if line.startswith("done: mta_sts")]
    assert done == [
        "done: mta_sts https://mta-sts.example.com/.well-known/mta-sts.txt",
        "done: mta_sts _mta-sts.example.com TXT",
    ]
    assert (folder.path / POLICY).read_bytes() == b"version: STSv1\r\nmode: testing\r\nmx: mx.example.com\r\nmax_age: 86400\r\n"


def test_a_file_that_does_not_read_back_stops_the_apply_before_the_id(folder: Folder) -> None:
    """Port 9 of loopback has no server: the policy cannot be fetched, so nothing may point at it."""
    folder.write("email-auth.yaml", MTA_STS.replace("read_back: disk", 'read_back: https, connect: "127.0.0.1:9"'))
    ran = folder.run("apply", "--yes")
    assert ran.code == 3
    assert "not done: mta_sts https://mta-sts.example.com/.well-known/mta-sts.txt\nnot done: mta_sts _mta-sts.example.com TXT\n" in ran.out
    assert ran.err.startswith("emailauth: https://mta-sts.example.com/.well-known/mta-sts.txt: ")
    assert "_mta-sts" not in folder.read("example.com.zone")
    assert "done: spf example.com TXT\n" in ran.out


@pytest.mark.parametrize(
    ("without", "told"),
    [
        ("dns_host", "emailauth: email-auth.yaml:4:5: nothing says where the DNS of example.com is kept: add dns_host to the file\n"),
        (
            "web_host",
            (
                "emailauth: email-auth.yaml:11:5: nothing says where https://mta-sts.example.com/.well-known/mta-sts.txt is to be "
                "served: add web_host to the file\n"
            ),
        ),
    ],
)
def test_a_file_without_host_is_told_with_its_place(folder: Folder, without: str, told: str) -> None:
    folder.write("email-auth.yaml", "".join(line for line in MTA_STS.splitlines(keepends=True) if not line.startswith(without)))
    ran = folder.run("plan")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.split(":")[:2] == told.split(":")[:2]
    assert ran.err.split(": ", 2)[2] == told.split(": ", 2)[2]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  example.com:\n",
            "  example.net:\n",
            "2:11: no zone file holds _dmarc.example.net: add its zone to dns_host zonefile, zones (there are example.com)",
        ),
        (
            "example.com.zone",
            "missing.zone",
            "2:11: cannot read 'missing.zone', which dns_host, zonefile, zones names for example.com: No such file or directory",
        ),
        (
            "{example.com: example.com.zone}",
            "{a..b: x}",
            "2:11: dns_host zonefile, zones: 'a..b' is not a domain name: A DNS label is empty.",
        ),
        ("read_back: disk", "connect: here", "3:11: web_host: directory: connect: 'here' is not like 127.0.0.1:8443 or [::1]:8443"),
    ],
)
def test_a_host_that_does_not_fit_is_told_with_the_place_of_its_settings(folder: Folder, old: str, new: str, told: str) -> None:
    folder.write("email-auth.yaml", FILE.replace(old, new))
    ran = folder.run("plan")
    assert (ran.code, ran.out, ran.err) == (2, "", f"emailauth: email-auth.yaml:{told}\n")


def test_a_zone_file_that_is_none_is_told_with_both_places(folder: Folder) -> None:
    folder.write("example.com.zone", ZONE + '@ TXT "no end\n')
    ran = folder.run("plan")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "emailauth: email-auth.yaml:2:11: example.com.zone:9: a quoted string does not end on its line\n"
