"""`emailauth explain` as a person meets it."""

import json
from collections.abc import Iterator

import pytest

from emailauth.live.resolver_servers import Server
from tests.cli.commands import Folder, Ran
from tests.live.senders import senders

KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""The Ed25519 key of RFC 8463 appendix A.2."""

FILE = f"""\
version: 1
domains:
  example.com:
    spf:
      allow:
        - ip4:192.0.2.0/24   # the office
        - include:_spf.example.net
      otherwise: fail
    dkim:
      s1: {{record: "{KEY}"}}
      esp: {{cname: s1.dkim.example.net}}
    dmarc: {{policy: reject, subdomain_policy: quarantine}}
  news.example.com:
    spf: {{allow: ["ip4:198.51.100.0/24"], otherwise: softfail, explanation: "why.example.net"}}
    dmarc: absent
  example.net: parked
"""

PASSED = """\
pass: the message passes DMARC by SPF (example.com)

From       joe@example.com
MAIL FROM  example.com (no --mail-from: the domain of From is taken)
client     192.0.2.7

SPF     pass     ip4:192.0.2.0/24 of example.com matches (email-auth.yaml:6:11) [RFC 7208 section 5.6]
                 0 of 10 look-ups, 0 of 2 voids [RFC 7208 section 4.6.4]
        aligned  relaxed: example.com is the Author Domain itself [RFC 9989 section 4.4]
DKIM    none     no --dkim is given, so the message bears no signature
DMARC   pass     an aligned domain is proved, and one is enough [RFC 9989 section 5.3.5]
policy  reject   the record of example.com, the Author Domain, says p=reject [RFC 9989 section 4.10.1]
                 _dmarc.example.com: v=DMARC1; p=reject; sp=quarantine (email-auth.yaml:12:21)
                   [RFC 9989 section 4.7]
                 receivers look at _dmarc.example.com [RFC 9989 section 4.10]
"""

FAIL = """\
fail: the message fails DMARC, and example.com asks receivers to quarantine it (sp=quarantine)

From       joe@news.example.com
MAIL FROM  example.net
client     2001:db8::1

SPF     fail         -all of example.net matches (email-auth.yaml:16:16) [RFC 7208 section 5.1]
                     0 of 10 look-ups, 0 of 2 voids [RFC 7208 section 4.6.4]
        not aligned  relaxed: example.net and news.example.com have different Organizational Domains, whatever
                       is at _dmarc.com and _dmarc.net (a top-level domain is no Organizational Domain)
                       [RFC 9989 section 4.10.2]
DKIM    fail         example.net/s1: there is no key record [RFC 6376 section 6.1.2]
        not aligned  relaxed: example.net and news.example.com have different Organizational Domains, whatever
                       is at _dmarc.com and _dmarc.net (a top-level domain is no Organizational Domain)
                       [RFC 9989 section 4.10.2]
DMARC   fail         no aligned domain is proved [RFC 9989 section 5.3.5]
policy  quarantine   the record of example.com, the Organizational Domain, says sp=quarantine, whatever is at
                       _dmarc.com [RFC 9989 section 4.10.1]
                     _dmarc.example.com: v=DMARC1; p=reject; sp=quarantine (email-auth.yaml:12:47)
                       [RFC 9989 section 4.7]
                     receivers look at _dmarc.news.example.com, _dmarc.example.com, _dmarc.com
                       [RFC 9989 section 4.10]
"""

NOT_KNOWN = """\
not known: whether the message passes DMARC depends on TXT of _spf.example.net and TXT of s1.dkim.example.net (not looked up, --live asks)

From       joe@example.com
MAIL FROM  example.com
client     203.0.113.9

SPF     not known  include:_spf.example.net of example.com has to be tested (email-auth.yaml:7:11)
                     [RFC 7208 section 5.2]
                   not known: TXT of _spf.example.net (not looked up, --live asks)
        aligned    relaxed: example.com is the Author Domain itself [RFC 9989 section 4.4]
DKIM    not known  example.com/esp (email-auth.yaml:11:12): not known: TXT of s1.dkim.example.net (not looked
                     up, --live asks) [RFC 6376 section 6.1.2]
        aligned    relaxed: example.com is the Author Domain itself [RFC 9989 section 4.4]
DMARC   not known  without the answers that are missing, it is neither pass nor fail [RFC 9989 section 5.3.6]
policy  reject     the record of example.com, the Author Domain, says p=reject [RFC 9989 section 4.10.1]
                   _dmarc.example.com: v=DMARC1; p=reject; sp=quarantine (email-auth.yaml:12:21)
                     [RFC 9989 section 4.7]
                   receivers look at _dmarc.example.com [RFC 9989 section 4.10]
"""

LEFT_OUT = """\
pass: the message passes DMARC by DKIM (example.com/s1)

From       joe@example.com
MAIL FROM  example.com (no --mail-from: the domain of From is taken)
client     not given

SPF     not evaluated  no --ip is given, so SPF counts for nothing here
        aligned        relaxed: example.com is the Author Domain itself [RFC 9989 section 4.4]
DKIM    pass           example.com/s1 (email-auth.yaml:10:11): the Ed25519 key is there and can be used; that
                         the signature itself verifies is taken for granted [RFC 6376 section 6.1]
        aligned        relaxed: example.com is the Author Domain itself [RFC 9989 section 4.4]
DMARC   pass           an aligned domain is proved, and one is enough [RFC 9989 section 5.3.5]
policy  reject         the record of example.com, the Author Domain, says p=reject [RFC 9989 section 4.10.1]
                       _dmarc.example.com: v=DMARC1; p=reject; sp=quarantine (email-auth.yaml:12:21)
                         [RFC 9989 section 4.7]
                       receivers look at _dmarc.example.com [RFC 9989 section 4.10]
"""


BOUNCE = """\
pass: the message passes DMARC by SPF (news.example.com)

From       mailer-daemon@example.com
MAIL FROM  <>
HELO       news.example.com
client     198.51.100.7

SPF     pass     MAIL FROM is empty, so SPF checks postmaster@news.example.com, by the name in HELO
                   [RFC 7208 section 2.4]
                 if that passes, news.example.com is the domain that DMARC compares [RFC 9989 section 4.4.2]
                 ip4:198.51.100.0/24 of news.example.com matches (email-auth.yaml:14:19)
                   [RFC 7208 section 5.6]
                 0 of 10 look-ups, 0 of 2 voids [RFC 7208 section 4.6.4]
        aligned  relaxed: news.example.com and example.com have the same Organizational Domain, whatever is at
                   _dmarc.com (a top-level domain is no Organizational Domain) [RFC 9989 section 4.10.2]
DKIM    none     no --dkim is given, so the message bears no signature
DMARC   pass     an aligned domain is proved, and one is enough [RFC 9989 section 5.3.5]
policy  reject   the record of example.com, the Author Domain, says p=reject [RFC 9989 section 4.10.1]
                 _dmarc.example.com: v=DMARC1; p=reject; sp=quarantine (email-auth.yaml:12:21)
                   [RFC 9989 section 4.7]
                 receivers look at _dmarc.example.com [RFC 9989 section 4.10]
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with senders(tmp_path_factory.mktemp("senders")) as found:
        yield found


@pytest.mark.parametrize(
    ("arguments", "code", "page"),
    [
        (["--from", "joe@example.com", "--ip", "192.0.2.7"], 0, PASSED),
        (["--from", "joe@news.example.com", "--mail-from", "example.net", "--ip", "2001:db8::1", "--dkim", "example.net/s1"], 1, FAIL),
        (
            ["--from", "joe@example.com", "--mail-from", "Example.com.", "--ip", "203.0.113.9", "--dkim", "example.com/esp"],
            3,
            NOT_KNOWN,
        ),
        (["--from", "joe@example.com", "--dkim", "example.com/s1"], 0, LEFT_OUT),
        (["--from", "mailer-daemon@example.com", "--mail-from", "<>", "--helo", "News.Example.com.", "--ip", "198.51.100.7"], 0, BOUNCE),
        (["--from", "mailer-daemon@example.com", "--mail-from", "", "--helo", "news.example.com", "--ip", "198.51.100.7"], 0, BOUNCE),
    ],
)
def test_a_page(folder: Folder, arguments: list[str], code: int, page: str) -> None:
    folder.write("email-auth.yaml", FILE)
    ran = folder.run("explain", *arguments)
    assert ran == Ran(code, page, "")


def test_the_page_as_json(folder: Folder) -> None:
    folder.write("mail.yaml", FILE)
    arguments = ["--from", "joe@example.com", "--ip", "203.0.113.9", "--dkim", "example.com/s1", "--format", "json", "mail.yaml"]
    ran = folder.run("explain", *arguments)
    assert (ran.code, ran.err) == (0, "")
    aligned = {
        "mode": "relaxed",
        "aligned": True,
        "reason": "example.com is the Author Domain itself",
        "clause": "RFC 9989 section 4.4",
    }
    assert json.loads(ran.out) == {
        "format": 1,
        "verdict": "pass",
        "summary": "the message passes DMARC by DKIM (example.com/s1)",
        "reason": {"reason": "an aligned domain is proved, and one is enough", "clause": "RFC 9989 section 5.3.5"},
        "disposition": None,
        "message": {"from": "joe@example.com", "mail_from": "example.com", "mail_from_given": False, "helo": None, "ip": "203.0.113.9"},
        "spf": {
            "domain": "example.com",
            "result": "not known",
            "terms": [
                {
                    "term": "include:_spf.example.net",
                    "record_of": "example.com",
                    "place": {"path": "mail.yaml", "line": 7, "column": 11},
                }
            ],
            "lookups": 0,
            "voids": 0,
            "explanation": None,
            "alignment": aligned,
            "reasons": [
                {"reason": "include:_spf.example.net of example.com has to be tested (mail.yaml:7:11)", "clause": "RFC 7208 section 5.2"},
                {"reason": "not known: TXT of _spf.example.net (not looked up, --live asks)", "clause": None},
            ],
            "missing": [{"name": "_spf.example.net", "type": "TXT", "why": "not looked up"}],
        },
        "dkim": [
            {
                "domain": "example.com",
                "selector": "s1",
                "result": "pass",
                "key": "ed25519 256",
                "place": {"path": "mail.yaml", "line": 10, "column": 11},
                "alignment": aligned,
                "reasons": [
                    {
                        "reason": "the Ed25519 key is there and can be used; that the signature itself verifies is taken for granted",
                        "clause": "RFC 6376 section 6.1",
                    }
                ],
                "missing": [],
            }
        ],
        "dmarc": {
            "record": "v=DMARC1; p=reject; sp=quarantine",
            "domain": "example.com",
            "role": "Author Domain",
            "tag": "p",
            "testing": False,
            "policy": "reject",
            "place": {"path": "mail.yaml", "line": 12, "column": 21},
            "tree_walk": ["_dmarc.example.com"],
            "reasons": [{"reason": "the record of example.com, the Author Domain, says p=reject", "clause": "RFC 9989 section 4.10.1"}],
            "missing": [],
        },
    }


def test_an_empty_mail_from_as_json(folder: Folder) -> None:
    folder.write("mail.yaml", FILE)
    arguments = ["--from", "joe@example.com", "--mail-from", "<>", "--helo", "example.net", "--ip", "192.0.2.7", "--format", "json"]
    ran = folder.run("explain", *arguments, "mail.yaml")
    assert (ran.code, ran.err) == (1, "")
    told = json.loads(ran.out)
    assert told["message"] == {
        "from": "joe@example.com",
        "mail_from": None,
        "mail_from_given": True,
        "helo": "example.net",
        "ip": "192.0.2.7",
    }
    assert (told["spf"]["domain"], told["spf"]["result"], told["spf"]["alignment"]["aligned"]) == ("example.net", "fail", False)
    assert told["spf"]["reasons"][:2] == [
        {
            "reason": "MAIL FROM is empty, so SPF checks postmaster@example.net, by the name in HELO",
            "clause": "RFC 7208 section 2.4",
        },
        {"reason": "if that passes, example.net is the domain that DMARC compares", "clause": "RFC 9989 section 4.4.2"},
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "joe@example.com", "--mail-from", "<>"], "--mail-from '<>': SPF then checks the name in HELO (RFC 7208 section 2.4): give it as --helo"),
        (["--from", "joe@example.com", "--mail-from", ""], "--mail-from '': SPF then checks the name in HELO (RFC 7208 section 2.4): give it as --helo"),
        (["--from", "joe@example.com", "--helo", "localhost"], "--helo: 'localhost' is no fully qualified name, and of no other one SPF says anything (RFC 7208 section 4.3): write one such as mail.example.com"),
        (["--from", "joe@example.com", "--helo", "[192.0.2.1]"], "--helo: '[192.0.2.1]' is no fully qualified name, and of no other one SPF says anything (RFC 7208 section 4.3): write one such as mail.example.com"),
        (["--from", "joe@example.com", "--helo", "192.0.2.1"], "--helo: '192.0.2.1' is no fully qualified name, and of no other one SPF says anything (RFC 7208 section 4.3): write one such as mail.example.com"),
        (["--from", "joe@example.com", "--helo", ""], "--helo: '' names no domain"),
        (["--from", "joe@example.com", "--helo", "a..example.com"], "--helo: 'a..example.com' is not a domain name: A DNS label is empty."),
        (["--from", "example.com"], "--from 'example.com' is no address: write one such as user@example.com"),
        (["--from", "@example.com"], "--from '@example.com' is no address: write one such as user@example.com"),
        (["--from", "joe@com"], "--from: 'com' is no domain that mail can be from: write one such as example.com"),
        (["--from", "joe@exa mple.com"], "--from: 'exa mple.com' is no domain that mail can be from: write one such as example.com"),
        (["--from", "joe@example..com"], "--from: 'example..com' is not a domain name: A DNS label is empty."),
        (["--from", "joe@example.com", "--ip", "192.0.2.256"], "--ip '192.0.2.256' is no IP address: write one such as 192.0.2.1 or 2001:db8::1"),
        (["--from", "joe@example.com", "--ip", "fe80::1%eth0"], "--ip 'fe80::1%eth0' is no IP address: write one such as 192.0.2.1 or 2001:db8::1"),
        (["--from", "joe@example.com", "--dkim", "example.com"], "--dkim 'example.com' names no selector: write DOMAIN/SELECTOR, such as example.com/s1"),
        (["--from", "joe@example.com", "--dkim", "s1/"], "--dkim 's1/' names no selector: write DOMAIN/SELECTOR, such as example.com/s1"),
        (["--from", "joe@example.com", "--dkim", "com/s1"], "--dkim: 'com' is no domain that mail can be from: write one such as example.com"),
        (["--from", "joe@example.com", "--dkim", "example.com/ü"], "--dkim: 'ü._domainkey.example.com' is not ASCII: write its A-label form, 'xn--tda._domainkey.example.com'"),
        (["--from", "joe@example.com", "--resolver", "192.0.2.53"], "--resolver is of use with --live only"),
        (["--from", "joe@example.com", "--live", "--replay", "a.json", "--record", "b.json"], "--replay asks nothing: leave --record and --resolver out"),
        (["--from", "joe@example.com", "--live", "--replay", "a.json"], "a.json cannot be read: No such file or directory"),
        (["--from", "joe@example.com", "none.yaml"], "there is no file none.yaml: `emailauth init` writes one to start from"),
        (["--from", "joe@example.com", "bad.yaml"], "bad.yaml cannot be understood: nothing is shown"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(folder: Folder, arguments: list[str], message: str) -> None:
    folder.write("bad.yaml", "version: 1\ndomains: {example.com: {spf: yes please}}\n")
    ran = folder.run("explain", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == f"emailauth: {message}"


def test_the_domain_may_be_written_in_any_script(folder: Folder) -> None:
    folder.write("email-auth.yaml", "version: 1\ndomains: {xn--bcher-kva.example: parked}\n")
    ran = folder.run("explain", "--from", "jürgen@BÜCHER.example", "--ip", "192.0.2.1")
    assert ran.code == 1
    assert ran.out.splitlines()[:3] == [
        "fail: the message fails DMARC, and xn--bcher-kva.example asks receivers to reject it (p=reject)",
        "",
        "From       jürgen@xn--bcher-kva.example",
    ]


LIVE = """\
fail: the message fails DMARC, and example.com asks receivers to reject it (p=reject)

From       joe@example.com
MAIL FROM  example.com (no --mail-from: the domain of From is taken)
client     192.0.2.99

SPF     permerror  include:_spf.gone.example.org of example.com is tested [RFC 7208 section 5.2]
                   _spf.gone.example.org has no SPF record, and example.com includes it
                     [RFC 7208 section 2.6.7]
                   3 of 10 look-ups, 0 of 2 voids [RFC 7208 section 4.6.4]
        aligned    relaxed: example.com is the Author Domain itself [RFC 9989 section 4.4]
DKIM    none       no --dkim is given, so the message bears no signature
DMARC   fail       no aligned domain is proved [RFC 9989 section 5.3.5]
policy  reject     the record of example.com, the Author Domain, says p=reject [RFC 9989 section 4.10.1]
                   _dmarc.example.com: v=DMARC1; p=reject; rua=mailto:a@example.com,mailto:b@example.net
                     [RFC 9989 section 4.7]
                   receivers look at _dmarc.example.com [RFC 9989 section 4.10]
"""


def test_without_a_file_everything_is_asked(folder: Folder, there: Server) -> None:
    ran = folder.run("explain", "--from", "joe@example.com", "--ip", "192.0.2.99", "--live", "--resolver", str(there))
    assert ran == Ran(1, LIVE, "")


def test_what_the_file_does_not_say_is_asked(folder: Folder, there: Server) -> None:
    folder.write("mail.yaml", FILE)
    asking = ["--live", "--resolver", str(there), "mail.yaml"]
    ran = folder.run("explain", "--from", "joe@example.com", "--ip", "198.51.100.9", *asking)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[6:9] == [
        "SPF     pass     include:_spf.example.net of example.com matches (mail.yaml:7:11) [RFC 7208 section 5.2]",
        "                 ip4:198.51.100.0/24 of _spf.example.net matches [RFC 7208 section 5.6]",
        "                 1 of 10 look-ups, 0 of 2 voids [RFC 7208 section 4.6.4]",
    ]


def test_what_is_recorded_is_explained_again_without_a_network(folder: Folder, there: Server) -> None:
    message = ["--from", "joe@example.com", "--ip", "192.0.2.99", "--live"]
    first = folder.run("explain", *message, "--resolver", str(there), "--record", "answers.json")
    assert first.code == 1
    assert folder.run("explain", *message, "--replay", "answers.json") == first
    ran = folder.run("explain", "--from", "joe@good.example", "--live", "--replay", "answers.json")
    assert ran.code == 3
    assert ran.out.splitlines()[0] == "not known: whether the message passes DMARC depends on TXT of _dmarc.good.example (not recorded)"


def test_nothing_that_others_publish_reaches_the_terminal_raw(folder: Folder) -> None:
    answers = [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 redirect=\u001b[31m.example -all"]},
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=none\u009b; rua=mailto:d@example.com"]},
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=\u001b]0;x"]},
    ]
    folder.write("answers.json", json.dumps({"format": 1, "answers": answers}))
    arguments = ["--from", "joe\u202e@example.com", "--ip", "192.0.2.1", "--dkim", "example.com/s1", "--live", "--replay", "answers.json"]
    for more in ([], ["--format", "json"]):
        ran = folder.run("explain", *arguments, *more)
        assert (ran.code, ran.err) == (1, "")
        assert all(character.isprintable() or character == "\n" for character in ran.out)
        assert "joe\\u202e@example.com" in ran.out.replace("\\\\", "\\")
