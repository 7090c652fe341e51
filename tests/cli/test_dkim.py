"""`emailauth dkim match` as a person types it."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emailauth.live.resolver_servers import Server
from tests.cli.commands import Folder, Ran
from tests.protocols.dkim_keys import RELATED
from tests.protocols.dkim_secrets import EDWARDS, EDWARDS_P, ENCRYPTED, FORMS_OF_EDWARDS, FORMS_OF_RSA, RSA, RSA_P, pem
from tests.servers.bind9 import bind9
from tests.servers.program import RECORDS, Served

RSA_RECORD = f"v=DKIM1; k=rsa; p={RSA_P}"
EDWARDS_RECORD = f"v=DKIM1; k=ed25519; p={EDWARDS_P}"
FILE = f"""\
version: 1
domains:
  example.com:
    dkim:
      s1: {{record: "{RSA_RECORD}"}}
      s2: {{cname: s2.dkim.example.net}}
      s3: {{public_key: keys/s3.pem}}
      "2023": revoked
      old: absent
  example.net:
    dkim: {{s1: {{record: "v=DKIM1; p={RELATED}"}}, s4: {{record: "v=DKIM1; t=y; p={RSA_P}"}}}}
  example.org: {{spf: absent}}
"""
ZONE = f"""{RECORDS}
s1._domainkey TXT "{RSA_RECORD[:200]}" "{RSA_RECORD[200:]}"
s2._domainkey TXT "{EDWARDS_RECORD}"
s3._domainkey TXT "v=DKIM1; p="
s4._domainkey TXT "verification=1"
a.b._domainkey TXT "{EDWARDS_RECORD}"
two._domainkey TXT "{EDWARDS_RECORD}"
two._domainkey TXT "v=DKIM1; p="
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with bind9(tmp_path_factory.mktemp("dkim"), [Served(name="example.com", records=ZONE)]) as found:
        yield Server(found.address, found.port)


@pytest.fixture
def keys(folder: Folder) -> Folder:
    folder.write("email-auth.yaml", FILE)
    for name, content in (("rsa.key", pem(RSA)), ("ed25519.key", pem(EDWARDS))):
        folder.write(name, content)
        (folder.path / name).chmod(0o600)
    return folder


def test_the_selectors_of_a_file_that_publish_a_key(keys: Folder) -> None:
    assert keys.run("dkim", "match", "rsa.key") == Ran(
        0,
        "the key: RSA, 2048 bits\n"
        "s1 of example.com: publishes this key\n"
        "s2 of example.com: a CNAME leads to the key, and only --live asks for that\n"
        "s3 of example.com: the key is 'keys/s3.pem', which cannot be read: No such file or directory\n"
        "2023 of example.com: is revoked: verifiers count its signatures as failed\n"
        "s1 of example.net: publishes another key of this type\n"
        "s4 of example.net: publishes this key, marked as a test: verifiers treat mail that it signs as if it were not signed\n",
        "",
    )


def test_where_none_does_the_record_is_shown_that_would(keys: Folder) -> None:
    keys.write("mail.yaml", f'version: 1\ndomains: {{example.com: {{dkim: {{s1: {{record: "{RSA_RECORD}"}}}}}}}}\n')
    assert keys.run("dkim", "match", "ed25519.key", "mail.yaml") == Ran(
        1,
        "the key: Ed25519\n"
        "s1 of example.com: publishes a key of another type\n"
        "no selector publishes this key; the record that would:\n"
        f"  {EDWARDS_RECORD}\n",
        "",
    )


def test_json(keys: Folder) -> None:
    ran = keys.run("dkim", "match", "ed25519.key", "--format", "json")
    told = json.loads(ran.out)
    assert ran.code == 1
    assert told["format"] == 1
    assert told["key"] == {"type": "ed25519", "bits": 256, "record": EDWARDS_RECORD}
    assert told["selectors"][:2] == [
        {"domain": "example.com", "selector": "s1", "matches": False, "verdict": "other type", "note": ""},
        {
            "domain": "example.com",
            "selector": "s2",
            "matches": False,
            "verdict": None,
            "note": "a CNAME leads to the key, and only --live asks for that",
        },
    ]


@pytest.mark.parametrize("content", [pem(RSA), FORMS_OF_RSA["base64, as rspamd has it"]], ids=["PEM", "base64"])
def test_the_key_can_come_from_standard_input(keys: Folder, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    ran = keys.run("dkim", "match", "-")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("the key: RSA, 2048 bits\ns1 of example.com: publishes this key\n")


def test_a_key_that_everybody_can_read_is_told(keys: Folder) -> None:
    (keys.path / "rsa.key").chmod(0o644)
    ran = keys.run("dkim", "match", "rsa.key")
    assert ran.code == 0
    assert ran.err == "emailauth: everybody on this machine can read rsa.key: `chmod 600` keeps a private key private\n"


@pytest.mark.parametrize(
    ("places", "code", "lines"),
    [
        (["example.com/s2"], 0, ["s2 of example.com: publishes this key"]),
        (["Example.com./S2", "example.com/a.b"], 0, ["s2 of example.com: publishes this key", "a.b of example.com: publishes this key"]),
        (["example.com/s1"], 1, ["s1 of example.com: publishes a key of another type"]),
        (["example.com/s3"], 1, ["s3 of example.com: is revoked: verifiers count its signatures as failed"]),
        (["example.com/s4"], 1, ["s4 of example.com: there is no key record"]),
        (["example.com/gone"], 1, ["gone of example.com: there is no key record"]),
        (
            ["example.com/two"],
            0,
            ["two of example.com: publishes this key", "two of example.com: is revoked: verifiers count its signatures as failed"],
        ),
        # One of several is not enough, and what is not known is only told as that where nothing else is wrong.
        (["example.com/s2", "example.com/s1"], 1, []),
        (["example.com/s2", "example.net/s1"], 3, ["s2 of example.com: publishes this key", "s1 of example.net: not answered (refused)"]),
        (["example.com/s1", "example.net/s1"], 1, []),
    ],
)
def test_what_dns_has(keys: Folder, there: Server, places: list[str], code: int, lines: list[str]) -> None:
    ran = keys.run("dkim", "match", "ed25519.key", "--live", *places, "--resolver", str(there))
    assert (ran.code, ran.err) == (code, "")
    assert [line for line in lines if line not in ran.out.splitlines()] == []
    assert ("the record that would" in ran.out) is (": publishes this key" not in ran.out)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "x.key",
            ENCRYPTED["PKCS #8"],
            (
                "x.key is a private key, encrypted with a password: "
                "`openssl pkey -in FILE | emailauth dkim match -` asks for it and writes nothing down"
            ),
        ),
        ("x.key", b"-----BEGIN PRIVATE KEY-----\n", "x.key is not a private key that can be read"),
        ("x.key", RSA_RECORD.encode(), "x.key is not a private key that can be read"),
        ("gone.key", None, "gone.key cannot be read: No such file or directory"),
        (".", None, ". cannot be read: Is a directory"),
    ],
)
def test_what_is_no_private_key_ends_with_2(keys: Folder, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        keys.write(name, content)
        (keys.path / name).chmod(0o600)
    assert keys.run("dkim", "match", name) == Ran(2, "", f"emailauth: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone.yaml"], "there is no file gone.yaml: `emailauth init` writes one to start from"),
        (["a.yaml", "--live", "example.com/s1"], "either a file or --live: what is compared is the one or the other"),
        (["--resolver", "192.0.2.53"], "--resolver is of use with --live only"),
        (["--live"], "argument --live: expected at least one argument"),
        (["--live", "example.com"], "'example.com' is not DOMAIN/SELECTOR, such as example.com/s1"),
        (["--live", "/s1"], "'/s1' is not DOMAIN/SELECTOR, such as example.com/s1"),
        (["--live", "example.com/a..b"], "'example.com/a..b' is not DOMAIN/SELECTOR, such as example.com/s1"),
        (["--live", f"{'a' * 60}.example.com/{'b.' * 100}b"], "is not DOMAIN/SELECTOR, such as example.com/s1"),
        (["--live", "localhost/s1"], "'localhost/s1' is not DOMAIN/SELECTOR, such as example.com/s1"),
    ],
)
def test_calls_that_cannot_be_answered(keys: Folder, arguments: list[str], message: str) -> None:
    ran = keys.run("dkim", "match", "rsa.key", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_file_that_cannot_be_understood(keys: Folder) -> None:
    keys.write("email-auth.yaml", "version: 1\ndomains: {example.com: {dkim: {s1: gone}}}\n")
    ran = keys.run("dkim", "match", "rsa.key")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == "emailauth: email-auth.yaml cannot be understood: nothing is shown"


@pytest.mark.parametrize("content", [*FORMS_OF_RSA.values(), *FORMS_OF_EDWARDS.values(), *ENCRYPTED.values(), pem(RSA)[:900]])
@pytest.mark.parametrize("arguments", [[], ["--format", "json"], ["--live", "example"], ["gone.yaml"]])
def test_nothing_of_a_private_key_is_ever_printed(keys: Folder, tmp_path: Path, content: bytes, arguments: list[str]) -> None:
    """No piece of 12 characters of it stands in what is printed, but for those that its public half has, too."""
    (tmp_path / "x.key").write_bytes(content)
    ran = keys.run("dkim", "match", "x.key", *arguments)
    printed = ran.out + ran.err
    text = "".join(content.decode("latin-1").split())
    pieces = {text[i : i + 12] for i in range(len(text) - 11)}
    assert [piece for piece in pieces if piece in printed and piece not in f"{RSA_P}{EDWARDS_P}" and "PRIVATE" not in piece] == []
