"""`emailauth spf tree` as a person types it."""

import json
import sys
from collections.abc import Iterator

import pytest

from emailauth.live.resolver_servers import Server
from tests.cli.commands import Folder, Ran
from tests.live.senders import senders

FILE = """\
version: 1
domains:
  example.com:
    mx: [{preference: 10, host: mx1.example.com}]
    spf: {allow: [mx, "include:mail.example.com", "include:example.org", "include:example.net"], otherwise: softfail}
  mail.example.com:
    mx: null_mx
    spf: {allow: ["ip4:192.0.2.0/25", mx], otherwise: neutral}
  example.net: {spf: absent}
  example.org: {dmarc: {policy: reject}}
"""

TREE = """\
example.com: at worst 5 of 10 look-ups, 1 of 2 voids; besides what is not looked up
     1  mx                        open: not looked up
     2  include:mail.example.com  128 IPv4 addresses
          ip4:192.0.2.0/25        128 IPv4 addresses
     1    mx
          ?all
     1  include:example.org       open: not looked up
     1  include:example.net       no SPF record
        ~all                      never decides: nothing that it matches comes to it
  passes: 128 IPv4 addresses, no IPv6 address; more where an open term matches
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with senders(tmp_path_factory.mktemp("senders")) as found:
        yield found


def test_the_tree_as_far_as_the_file_tells_it(folder: Folder) -> None:
    folder.write("mail.yaml", FILE)
    ran = folder.run("spf", "tree", "mail.yaml", "--domain", "example.com")
    assert (ran.code, ran.out, ran.err) == (0, TREE, "")


def test_all_domains_with_a_record_as_json(folder: Folder) -> None:
    folder.write("mail.yaml", FILE)
    ran = folder.run("spf", "tree", "mail.yaml", "--format", "json")
    assert ran.code == 0
    assert [(tree["domain"], tree["lookups"]) for tree in json.loads(ran.out)["trees"]] == [("example.com", 5), ("mail.example.com", 1)]


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (FILE, ["--domain", "example.org", "--domain", "example.com"], "mail.yaml has no SPF record for example.org"),
        ("version: 1\ndomains: {example.com: {spf: absent}}\n", [], "no domain of mail.yaml has an SPF record"),
        ("version: 1\ndomains: {example.com: {spf: yes please}}\n", [], "mail.yaml cannot be understood: nothing is shown"),
        (FILE, ["--record", "answers.json"], "--record is of use with --live or a DOMAIN only"),
        (
            FILE,
            ["example.com", "--replay", "a.json", "--resolver", "192.0.2.53"],
            "--replay asks nothing: leave --record and --resolver out",
        ),
        (FILE, ["nowhere"], "there is no file nowhere: `emailauth init` writes one to start from"),
    ],
)
def test_what_cannot_be_shown(folder: Folder, content: str, arguments: list[str], message: str) -> None:
    folder.write("mail.yaml", content)
    ran = folder.run("spf", "tree", "mail.yaml", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == f"emailauth: {message}"


LIVE = """\
example.com: at worst 3 of 10 look-ups, 1 of 2 voids
     2  include:_spf.example.net       256 IPv4 addresses
          ip4:198.51.100.0/24          256 IPv4 addresses
     1    a:s1.example.net             1 IPv4 address
          -all
     1  include:_spf.gone.example.org  no SPF record
     1  mx                             1 IPv4 address; never decides: nothing that it matches comes to it
        -all                           never decides: nothing that it matches comes to it
  passes: 256 IPv4 addresses, no IPv6 address
"""


def test_a_domain_is_asked_for_as_it_is_published(folder: Folder, there: Server) -> None:
    asking = ["--resolver", str(there), "--record", "answers.json"]
    assert folder.run("spf", "tree", "Example.com.", *asking) == Ran(0, LIVE, "")
    assert folder.run("spf", "tree", "example.com", "--replay", "answers.json") == Ran(0, LIVE, "")


def test_what_the_file_does_not_say_is_asked_with_live_only(folder: Folder, there: Server) -> None:
    folder.write("mail.yaml", FILE.replace("include:example.org", "include:_spf.example.net"))
    asking = ["mail.yaml", "good.example", "--domain", "example.com", "--resolver", str(there), "--format", "json"]
    without, with_live = (json.loads(folder.run("spf", "tree", *asking, *more).out)["trees"] for more in ([], ["--live"]))
    assert [[(tree["domain"], tree["lookups"], tree["passes"]["ip4"]["count"]) for tree in trees] for trees in (without, with_live)] == [
        [("example.com", 5, "128"), ("good.example", 0, "256")],
        [("example.com", 6, "384"), ("good.example", 0, "256")],
    ]


def test_what_is_not_answered_is_told(folder: Folder, there: Server) -> None:
    ran = folder.run("spf", "tree", "x.broken.example", "--resolver", str(there), "--record", "answers.json")
    assert ran == Ran(
        3,
        "x.broken.example: the question for TXT failed: servfail\n",
        "emailauth: not answered: TXT of x.broken.example (servfail)\n",
    )
    ran = folder.run("spf", "tree", "example.com", "--replay", "answers.json")
    assert (ran.code, ran.err) == (
        3,
        "emailauth: not recorded: TXT of example.com\n",
    )


def test_of_much_that_is_not_answered_some_is_told(folder: Folder) -> None:
    folder.write("answers.json", '{"format": 1}')
    ran = folder.run("spf", "tree", *(f"d{i}.example" for i in range(22)), "--replay", "answers.json")
    lines = ran.err.splitlines()
    assert (ran.code, len(lines)) == (3, 21)
    assert lines[19:] == ["emailauth: not recorded: TXT of d19.example", "emailauth: and 2 more"]


def test_progress_is_shown_on_a_terminal_and_leaves_nothing(folder: Folder, there: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ran = folder.run("spf", "tree", "good.example", "--resolver", str(there))
    assert ran.code == 0
    assert ran.err == "\r0 of 1 question answered \r1 of 1 question answered \r\x1b[K"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--replay", "example.com.zone"], 2, "example.com.zone is not what --record writes: it is no JSON: "),
        (["--replay", "none.json"], 2, "none.json cannot be read: No such file or directory"),
        (["--record", "none/answers.json"], 3, "none/answers.json cannot be written: No such file or directory"),
        (["--resolver", "dns.example"], 2, "'dns.example' is no resolver: write an address such as 192.0.2.53"),
    ],
)
def test_files_and_resolvers_that_are_of_no_use(folder: Folder, there: Server, arguments: list[str], code: int, message: str) -> None:
    asked = ["--resolver", str(there)] if "--record" in arguments else []
    ran = folder.run("spf", "tree", "good.example", *asked, *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(f"emailauth: {message}")
