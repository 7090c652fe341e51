"""`emailauth spf diff` as a person types it."""

import json
from collections.abc import Iterator

import pytest

from emailauth.live.resolver_servers import Server
from tests.cli.commands import Folder, Ran
from tests.live.senders import senders

OLD = """\
version: 1
domains:
  example.com:
    spf: {allow: ["ip4:192.0.2.0/25", "include:_spf.example.net", "ip6:2001:db8::/48"], otherwise: softfail}
  example.net:
    spf: {allow: ["ip4:192.0.2.0/25"], otherwise: softfail}
  old.example: parked
  gone.example: {spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}}
"""

NEW = """\
version: 1
domains:
  example.com:
    spf: {allow: ["ip4:192.0.2.0/24", "include:_spf.example.net", "a:mail.example.com"], otherwise: fail}
  example.net:
    spf: {allow: ["ip4:192.0.2.64/26", "ip4:192.0.2.0/26"], otherwise: softfail}
  gone.example: {spf: absent}
"""

DIFF = """\
example.com: at worst 2 of 10 look-ups (was 1); besides what is not looked up
  128 IPv4 addresses: pass; was pass if include:_spf.example.net, else softfail
    192.0.2.128/25
  2^80 IPv6 addresses: pass if a:mail.example.com/32//128, else pass if include:_spf.example.net, else fail; was pass
    2001:db8::/48
  everything else: pass if a:mail.example.com/32//128, else pass if include:_spf.example.net, else fail; was pass if \
include:_spf.example.net, else softfail

example.net: at worst 0 of 10 look-ups
  the same result for every message

gone.example: at worst 0 of 10 look-ups
  1 IPv4 address: none; was pass
    192.0.2.1
  everything else: none; was fail
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with senders(tmp_path_factory.mktemp("senders")) as found:
        yield found


@pytest.fixture
def both(folder: Folder) -> Folder:
    folder.write("old.yaml", OLD)
    folder.write("new.yaml", NEW)
    return folder


def test_two_files(both: Folder) -> None:
    assert both.run("spf", "diff", "old.yaml", "new.yaml") == Ran(
        1, DIFF, "emailauth: not compared, as only old.yaml tells the SPF record: old.example\n"
    )


def test_what_is_only_spelt_otherwise_is_the_same(both: Folder) -> None:
    ran = both.run("spf", "diff", "old.yaml", "new.yaml", "--domain", "example.net")
    assert ran == Ran(0, "example.net: at worst 0 of 10 look-ups\n  the same result for every message\n", "")


def test_the_difference_as_json(both: Folder) -> None:
    ran = both.run("spf", "diff", "new.yaml", "old.yaml", "--domain", "gone.example", "--format", "json")
    assert ran.code == 1
    assert json.loads(ran.out) == {
        "format": 1,
        "comparisons": [
            {
                "before": {"domain": "gone.example", "lookups": 0},
                "after": {"domain": "gone.example", "lookups": 0},
                "partial": False,
                "differences": [
                    {
                        "before": "none",
                        "after": "pass",
                        "everything_else": False,
                        "ip4": {"count": "1", "cidrs": ["192.0.2.1"]},
                        "ip6": {"count": "0", "cidrs": []},
                    },
                    {
                        "before": "none",
                        "after": "fail",
                        "everything_else": True,
                        "ip4": {"count": str((1 << 32) - 1), "cidrs": None},
                        "ip6": {"count": str(1 << 128), "cidrs": None},
                    },
                ],
            }
        ],
    }


def test_a_file_and_what_is_published(folder: Folder, there: Server) -> None:
    folder.write("mail.yaml", 'version: 1\ndomains: {good.example: {spf: {allow: ["ip4:192.0.0.0/22"], otherwise: fail}}}\n')
    ran = folder.run("spf", "diff", "good.example", "mail.yaml", "--resolver", str(there))
    assert ran == Ran(
        1,
        "good.example: at worst 0 of 10 look-ups\n  768 IPv4 addresses: pass; was fail\n    192.0.0.0/23\n    192.0.3.0/24\n",
        "",
    )


def test_two_domains(folder: Folder, there: Server) -> None:
    ran = folder.run("spf", "diff", "good.example", "_spf.Example.net", "--resolver", str(there), "--record", "answers.json")
    assert ran == Ran(
        1,
        "good.example and _spf.example.net: at worst 1 of 10 look-ups (was 0)\n"
        "  256 IPv4 addresses: fail; was pass\n"
        "    192.0.2.0/24\n"
        "  256 IPv4 addresses: pass; was fail\n"
        "    198.51.100.0/24\n",
        "",
    )
    ran = folder.run("spf", "diff", "good.example", "example.com", "--replay", "answers.json")
    assert (ran.code, ran.err) == (3, "emailauth: not recorded: TXT of example.com\n")


def test_a_default_of_one_family_and_many_prefixes(folder: Folder) -> None:
    folder.write("old.yaml", "version: 1\ndomains: {example.com: {spf: {otherwise: fail}}}\n")
    some = ", ".join(f'"ip6:2001:db8:{2 * i:x}::/48"' for i in range(22))
    folder.write("new.yaml", f'version: 1\ndomains: {{example.com: {{spf: {{allow: ["ip4:0.0.0.0/0", {some}], otherwise: fail}}}}}}\n')
    lines = folder.run("spf", "diff", "old.yaml", "new.yaml").out.splitlines()
    assert lines[:3] == [
        "example.com: at worst 0 of 10 look-ups",
        "  over 2^84 IPv6 addresses and everything else in IPv4: pass; was fail",
        "    2001:db8::/48",
    ]
    assert lines[21:] == ["    2001:db8:26::/48", "    and 2 more prefixes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["old.yaml", "none.yaml"], "there is no file none.yaml: `emailauth init` writes one to start from"),
        (["old.yaml", "empty.yaml"], "no domain of empty.yaml has an SPF record"),
        (["old.yaml", "other.yaml"], "old.yaml and other.yaml do not both tell the SPF record of any domain"),
        (["old.yaml", "new.yaml", "--domain", "example.org"], "old.yaml, new.yaml has no SPF record for example.org"),
        (["old.yaml", "new.yaml", "--record", "a.json"], "--record is of use with --live or a DOMAIN only"),
    ],
)
def test_what_cannot_be_compared(both: Folder, arguments: list[str], message: str) -> None:
    both.write("empty.yaml", "version: 1\ndomains: {example.com: {dmarc: {policy: reject}}}\n")
    both.write("other.yaml", "version: 1\ndomains: {other.example: parked}\n")
    ran = both.run("spf", "diff", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == f"emailauth: {message}"
