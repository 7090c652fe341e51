"""`emailauth spf tree` as a person types it."""

import json

import pytest

from tests.cli.commands import Folder

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
    ],
)
def test_what_cannot_be_shown(folder: Folder, content: str, arguments: list[str], message: str) -> None:
    folder.write("mail.yaml", content)
    ran = folder.run("spf", "tree", "mail.yaml", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == f"emailauth: {message}"
