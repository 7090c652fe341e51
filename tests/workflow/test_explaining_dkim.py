"""What DKIM says of a signature, as far as the key record is known."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emailauth.core.explanation import Verdict
from tests.workflow.explained import ED25519, explained, message


def rsa(bits: int) -> str:
    """The p= of a key record; nobody needs to sign with it."""
    key = RSAPublicNumbers(65537, (1 << bits) - 1).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def dkim(*values: str) -> tuple[str, str | None, list[str]]:
    """The result for TXT values at s1._domainkey.example.com, the key, and the reasons."""
    status = "NXDOMAIN" if not values else " | ".join(values)
    (found,) = explained("", message(dkim="example.com/s1"), {"s1._domainkey.example.com TXT": status}).signatures
    return found.result, found.key, [f"{reason.text} [{reason.clause}]" for reason in found.reasons]


GOOD = "the {} key is there and can be used; that the signature itself verifies is taken for granted [RFC 6376 section 6.1]"


@pytest.mark.parametrize(
    ("values", "result", "key", "reasons"),
    [
        ([f"v=DKIM1; p={rsa(2048)}"], "pass", "rsa 2048", [GOOD.format("2048-bit RSA")]),
        ([f"p={rsa(1024)}"], "pass", "rsa 1024", [GOOD.format("1024-bit RSA")]),
        (
            [f"v=DKIM1; p={rsa(1023)}"],
            "fail",
            "rsa 1023",
            ["the RSA key has 1023 bits: signatures by keys of less than 1024 must not be taken as valid [RFC 8301 section 3.2]"],
        ),
        (
            [f"v=DKIM1; p={rsa(4104)}"],
            "pass",
            "rsa 4104",
            [GOOD.format("4104-bit RSA"), "receivers need not be able to verify with more than 4096 bits [RFC 8301 section 3.2]"],
        ),
        ([f"v=DKIM1; h=sha1:sha256; s=email; {ED25519}"], "pass", "ed25519 256", [GOOD.format("Ed25519")]),
        (
            [f"v=DKIM1; t=s; {ED25519}"],
            "pass",
            "ed25519 256",
            [
                GOOD.format("Ed25519"),
                "t=s: i= must be of the very domain of d=, which is taken for granted [RFC 6376 section 3.6.1]",
            ],
        ),
        (
            [f"v=DKIM1; t=y; {ED25519}"],
            "none",
            "ed25519 256",
            [
                "t=y: the key is a test, so that the message must be treated as if it were unsigned [RFC 6376 section 3.6.1]",
                GOOD.format("Ed25519"),
            ],
        ),
        ([f"v=DKIM1; s=tlsrpt; {ED25519}"], "fail", "ed25519 256", ["the key is not for mail: s= is 'tlsrpt' [RFC 6376 section 3.6.1]"]),
        (
            [f"v=DKIM1; h=sha1; {ED25519}"],
            "fail",
            "ed25519 256",
            ["the key is not for signatures with SHA-256: h= is 'sha1' [RFC 6376 section 3.6.1]"],
        ),
        (["v=DKIM1; p="], "fail", None, ["the key is revoked: p= is empty [RFC 6376 section 3.6.1]"]),
        (
            ["v=DKIM1; k=ed25519; p=AAAA"],
            "fail",
            None,
            [
                (
                    "the key cannot be used: it is 3 octets long, and an Ed25519 key has 32, "
                    "without any ASN.1 around them (RFC 8463 section 4) [RFC 6376 section 6.1.2]"
                )
            ],
        ),
        (
            ["v=DKIM1; k=rsa"],
            "fail",
            None,
            ["the key record cannot be read: the tag p, the key itself, is missing [RFC 6376 section 6.1.2]"],
        ),
        ([], "fail", None, ["there is no key record [RFC 6376 section 6.1.2]"]),
        ([f"v=DKIM1; {ED25519}", f"v=DKIM1; p={rsa(2048)}"], "pass", "ed25519 256", [GOOD.format("Ed25519")]),
        (
            [f"v=DKIM1; {ED25519}", "v=DKIM1; p="],
            "not known",
            None,
            [
                "there are 2 records, of which verifiers may take any, and not all can be used [RFC 6376 section 6.1.2]",
                GOOD.format("Ed25519"),
                "the key is revoked: p= is empty [RFC 6376 section 3.6.1]",
            ],
        ),
    ],
)
def test_dkim(values: list[str], result: str, key: str | None, reasons: list[str]) -> None:
    assert dkim(*values) == (result, key, reasons)


def test_which_of_several_key_records_is_taken_nobody_knows() -> None:
    records = {"s1._domainkey.example.com TXT": f"v=DKIM1; {ED25519} | v=DKIM1; p=", "_dmarc.example.com TXT": "v=DMARC1; p=reject"}
    found = explained("", message(ip=None, dkim="example.com/s1"), records)
    assert (found.verdict, found.summary) == (
        Verdict.NOT_KNOWN,
        "whether the message passes DMARC depends on which of several key records verifiers take",
    )


KEYS = f"""\
  example.com:
    dkim:
      s1: {{record: "v=DKIM1; {ED25519}"}}
      S2: revoked
      s3: absent
      s4: {{cname: k1.dkim.example.net}}
      s5: {{public_key: keys/none.pem}}
      s6: {{record: "-----BEGIN PRIVATE KEY-----"}}
  example.net: parked
"""


@pytest.mark.parametrize(
    ("selector", "result", "reason", "place"),
    [
        ("example.com/s1", "pass", GOOD.format("Ed25519").partition(" [")[0], "mail.yaml:5:11"),
        ("example.com/s2", "fail", "the key is revoked: p= is empty", "mail.yaml:6:11"),
        ("example.com/s3", "fail", "there is no key record", "mail.yaml:7:11"),
        ("example.com/s4", "not known", "not known: TXT of k1.dkim.example.net (not looked up)", "mail.yaml:8:11"),
        (
            "example.com/s5",
            "fail",
            "the file has no key to publish: 'keys/none.pem', which cannot be read: No such file or directory",
            "mail.yaml:9:11",
        ),
        ("example.com/s6", "fail", "the file has no key to publish: a private key", "mail.yaml:10:11"),
        ("example.com/s7", "not known", "not known: TXT of s7._domainkey.example.com (not looked up)", "None"),
        ("example.net/any", "fail", "there is no key record", "None"),
        ("example.org/s1", "not known", "not known: TXT of s1._domainkey.example.org (not looked up)", "None"),
    ],
)
def test_what_the_file_says_of_a_selector(selector: str, result: str, reason: str, place: str) -> None:
    (found,) = explained(KEYS, message(dkim=selector)).signatures
    assert (found.result, found.reasons[0].text, str(found.place)) == (result, reason, place)


def test_the_key_behind_an_alias_of_the_file_is_asked_for_where_it_stands() -> None:
    (found,) = explained(KEYS, message(dkim="example.com/s4"), {"k1.dkim.example.net TXT": f"v=DKIM1; {ED25519}"}).signatures
    assert found.result == "pass"


def test_aliases_without_an_end_are_no_key() -> None:
    text = """\
  a.example:
    dkim: {s1: {cname: s1._domainkey.b.example}}
    dmarc: {policy: reject}
  b.example: {dkim: {s1: {cname: s1._domainkey.a.example}}}
"""
    found = explained(text, message("joe@a.example", ip=None, dkim="a.example/s1"))
    assert (found.verdict, found.signatures[0].result) == (Verdict.FAIL, "fail")
