"""The text of DKIM key records (RFC 6376 section 3.6.1)."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.protocols.dkim import RECOGNISES, Fault, NotAKey, Record, Tag, encoding, key_of, parse, render
from tests.protocols.dkim_secrets import RSA, der

KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""The Ed25519 key of RFC 8463 appendix A.2."""


NO_BASE64 = "the value of the tag p is not base64: "


def problems(text: str) -> list[tuple[str, str]]:
    """What is wrong, with the piece of text that each problem points at."""
    return [(problem.message, text[problem.start : problem.end]) for problem in parse(text).problems]


@pytest.mark.parametrize(
    "text",
    [
        f"v=DKIM1; k=ed25519; p={KEY}",
        f"p={KEY}",
        f"k=ed25519;p={KEY};",
        "v=DKIM1; p=",
        f" v = DKIM1 ;\tk=ed25519 ;\r\n p = {KEY[:10]} {KEY[10:]} ; ",
        f"v=DKIM1; h=sha256:sha1; s=email:*; t=y:s; n=made in 2023; p={KEY}",
        f"v=DKIM1; s=tlsrpt; p={KEY}",
        f"v=DKIM1; g=*; unknown_1=a b; p={KEY}",
        f"v=DKIM1; t=y : s; p={KEY}",
    ],
)
def test_valid_records(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("there is nothing between two semicolons", ""), ("the tag p, the key itself, is missing", "")]),
        ("v=DKIM1; k=rsa", [("the tag p, the key itself, is missing", "")]),
        ("v=DKIM2; p=", [("the value of the tag v is not DKIM1", "v=DKIM2")]),
        ("v=dkim1; p=", [("the value of the tag v is not DKIM1", "v=dkim1")]),
        ("p=; v=DKIM1", [("the tag v is not the first", "v=DKIM1")]),
        ("v=DKIM1; p=; p=", [("the tag 'p' is there twice", "p=")]),
        ("v=DKIM1;; p=", [("there is nothing between two semicolons", "")]),
        ("v=DKIM1; rsa; p=", [("part 2 is no tag: NAME=VALUE in printable ASCII", "rsa")]),
        ("v=DKIM1; k=; p=", [("the value of the tag k is no key type", "k=")]),
        ("v=DKIM1; h=sha-; p=", [("the value of the tag h is no list of words with colons between them", "h=sha-")]),
        ("v=DKIM1; t=y,s; p=", [("the value of the tag t is no list of words with colons between them", "t=y,s")]),
        ("v=DKIM1; s=; p=", [("the value of the tag s is no list of service types with colons between them", "s=")]),
        (
            '"v=DKIM1; p="',
            [
                ("part 1 is no tag: NAME=VALUE in printable ASCII", '"v=DKIM1'),
                (f"{NO_BASE64}a quotation mark stands in it: quotes belong around strings in zone files only", 'p="'),
            ],
        ),
    ],
)
def test_problems_have_a_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(problems(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("AAA", "it does not end as it should: characters or the = that fill it up to four are missing, or one = too many"),
        ("AAAA=", "it does not end as it should: characters or the = that fill it up to four are missing, or one = too many"),
        ("A===", "a character is missing, or one too many"),
        ("AAAAA", "a character is missing, or one too many"),
        ("AA_-", "it is in the alphabet for URLs: - is + there, and _ is /"),
        ("AA==AAAA", "a = stands in its middle, where only the end has one: it is several pieces"),
        ('AAAA" "AAAA', "a quotation mark stands in it: quotes belong around strings in zone files only"),
        (r"AAAA\AAAA", "a backslash stands in it: zone files have them, records do not"),
        ("MIIB...DAQAB", "dots stand in it: it was shortened"),
        ("AA.A", "a character stands in it that base64 does not have"),
        (
            "-----BEGIN PUBLIC KEY----- AAAA -----END PUBLIC KEY-----",
            "the lines of the PEM file, BEGIN and END, do not belong into it",
        ),
    ],
)
def test_why_a_key_is_no_base64(value: str, why: str) -> None:
    assert problems(f"v=DKIM1; p={value}") == [(f"{NO_BASE64}{why}", f"p={value}")]


@given(st.binary(max_size=80), st.data())
def test_base64_is_read_with_white_space_anywhere_and_its_fault_is_told_else(octets: bytes, data: st.DataObject) -> None:
    text = base64.b64encode(octets).decode()
    at = data.draw(st.integers(0, len(text)))
    spaced = f"{text[:at]} \t{text[at:]}"
    assert (encoding.decoded(spaced), encoding.fault(spaced)) == (octets, None)
    cut = text[:at]
    assert (encoding.decoded(cut) is None) is (encoding.fault(cut) is not None)


def test_what_a_record_says() -> None:
    record = parse(f"v=DKIM1; k=ed25519; h=sha256; s=email:tlsrpt; t=y:s; p={KEY}")
    assert record.key_type == "ed25519"
    assert record.hash_algorithms == ("sha256",)
    assert record.services == ("email", "tlsrpt")
    assert record.flags == ("y", "s")
    assert record.octets is not None
    assert len(record.octets) == 32
    assert not record.is_revoked
    assert key_of(record) is not None


def test_the_defaults_of_a_record() -> None:
    record = parse("p=")
    assert (record.key_type, record.hash_algorithms, record.services, record.flags) == ("rsa", (), ("*",), ())
    assert record.is_revoked
    assert key_of(record) is None


def test_a_key_that_is_no_base64_is_neither_a_key_nor_revoked() -> None:
    record = parse("v=DKIM1; p=?")
    assert record.octets is None
    assert not record.is_revoked
    assert key_of(record) is None
    assert parse("v=DKIM1").octets is None


def test_a_private_key_that_was_cut_off_is_known() -> None:
    secret = base64.b64encode(der(RSA)).decode()
    for end in range(252, 256):
        assert key_of(parse(f"v=DKIM1; p={secret[:end]}")) == NotAKey(fault=Fault.PRIVATE, message="a private key")


@pytest.mark.parametrize("damage", ["{}=", '"{}"', "-----BEGIN KEY----- {} -----END KEY-----", "{}A"])
def test_a_private_key_is_known_in_bad_base64_too(damage: str) -> None:
    secret = base64.b64encode(der(RSA)).decode()
    for text in (secret, secret.replace("+", "-").replace("/", "_")):
        assert key_of(parse(f"v=DKIM1; p={damage.format(text)}")) == NotAKey(fault=Fault.PRIVATE, message="a private key")


@given(st.text(max_size=80) | st.text(alphabet='v=DKIM1; kptsh:\t"A/+', max_size=80))
@settings(max_examples=200)
def test_no_text_makes_the_parser_fail_and_every_place_is_in_it(text: str) -> None:
    record = parse(text)
    places = [(tag.start, tag.end) for tag in record.tags] + [(problem.start, problem.end) for problem in record.problems]
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert all(text[tag.start : tag.end].startswith(tag.name) for tag in record.tags)


VALUE = st.from_regex(r"([!-:<-~]([ -:<-~]{0,20}[!-:<-~])?)?", fullmatch=True)
NAMES = st.lists(st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{0,7}", fullmatch=True), unique=True, min_size=1, max_size=6)


@given(names=NAMES, data=st.data())
@settings(max_examples=200)
def test_parse_gives_back_what_render_wrote(names: list[str], data: st.DataObject) -> None:
    record = Record(tags=tuple(Tag(name=name, value=data.draw(VALUE)) for name in names))
    assert parse(render(record)).tags == record.tags


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("v=DKIM1; p=", True),
        ("v=DKIM1;k=rsa", True),
        ("v=DKIM1", True),
        (" v = DKIM1 ; p=", True),
        (r"v=DKIM1\; k=rsa\; p=AAAA", True),
        ("k=rsa; p=AAAA;", True),
        ("p=", True),
        ("v=DKIM10; p=AAAA", False),
        ("v=DMARC1; p=none", False),
        ("v=spf1 -all", False),
        ("o=~; r=postmaster@example.com", False),
        ("some words; p=AAAA", False),
        ("dkim=unknown", False),
        ("", False),
    ],
)
def test_what_is_recognised_as_ours(value: str, *, expected: bool) -> None:
    assert RECOGNISES["TXT"](value) is expected


def test_a_cname_is_whatever_the_file_claims() -> None:
    assert RECOGNISES["CNAME"]("s1.dkim.example.net.")
