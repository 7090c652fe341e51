"""The section `dkim`: what it renders, what it claims, and the dangers of its changes."""

import base64
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from emailauth.core.posture import ABSENT, Domain, Section
from emailauth.core.transition import Transition
from emailauth.protocols import dkim

EDWARDS = ed25519.Ed25519PrivateKey.generate()
EDWARDS_PEM = EDWARDS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
EDWARDS_P = base64.b64encode(EDWARDS.public_key().public_bytes_raw()).decode()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
RSA_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
RSA_P = base64.b64encode(RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
RSA_BARE_P = base64.b64encode(RSA.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()
SECRET_PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SECRET_P = base64.b64encode(RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def section(said: object) -> dkim.Dkim:
    return dkim.section(msgspec.convert(said, dkim.Shape))


def domain(**files: bytes | OSError) -> Domain:
    return Domain(name="example.com", route=("domains", "example.com"), sections={}, attachments=files)


def records(said: object, **files: bytes | OSError) -> list[tuple[str, str, str, str]]:
    return [(record.name, record.type, record.value, record.kind) for record in section(said).records(domain(**files))]


S1 = "s1._domainkey.example.com"


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"public_key": EDWARDS_PEM}, [(S1, "TXT", f"v=DKIM1; k=ed25519; p={EDWARDS_P}", "dkim/s1")]),
        ({"public_key": "s1"}, [(S1, "TXT", f"v=DKIM1; k=rsa; p={RSA_P}", "dkim/s1")]),
        (
            {"public_key": "s1", "flags": ["testing", "no_subdomains"], "services": ["email", "tlsrpt"]},
            [(S1, "TXT", f"v=DKIM1; k=rsa; t=y:s; s=email:tlsrpt; p={RSA_P}", "dkim/s1")],
        ),
        ({"record": f"k=rsa;p={RSA_P}"}, [(S1, "TXT", f"k=rsa;p={RSA_P}", "dkim/s1")]),
        ({"record": "v=DKIM1;\n  k=rsa;\n  p=\n"}, [(S1, "TXT", "v=DKIM1; k=rsa; p=", "dkim/s1")]),
        ({"record": "no record at all"}, [(S1, "TXT", "no record at all", "dkim/s1")]),
        ({"cname": "S1.DKIM.example.net"}, [(S1, "CNAME", "s1.dkim.example.net.", "dkim/s1")]),
        ({"cname": "s1._domainkey.example.net."}, [(S1, "CNAME", "s1._domainkey.example.net.", "dkim/s1")]),
        ({"cname": "not a..name"}, [(S1, "CNAME", "not a..name", "dkim/s1")]),
        ("revoked", [(S1, "TXT", "v=DKIM1; p=", "dkim/s1")]),
        ("absent", []),
        ({}, []),
        # A key that cannot be read, or must not be published, has no record; a finding stops the plan.
        ({"public_key": "gone"}, []),
        ({"public_key": SECRET_PEM}, []),
        ({"record": f"v=DKIM1; p={SECRET_P}"}, []),
        ({"record": SECRET_PEM}, []),
        # Of several, the first counts; a finding says so.
        ({"public_key": "s1", "record": "v=DKIM1; p=", "cname": "s1.example.net"}, [(S1, "TXT", f"v=DKIM1; k=rsa; p={RSA_P}", "dkim/s1")]),
        ({"record": "v=DKIM1; p=", "cname": "s1.example.net"}, [(S1, "TXT", "v=DKIM1; p=", "dkim/s1")]),
    ],
)
def test_the_records_of_a_selector(says: Any, expected: list[tuple[str, str, str, str]]) -> None:
    assert records({"s1": says}, s1=RSA_PEM, gone=FileNotFoundError(2, "No such file or directory")) == expected


def test_what_is_made_from_a_key_is_a_valid_record() -> None:
    (value,) = [value for _, _, value, _ in records({"s1": {"public_key": "s1", "flags": ["testing"], "services": ["*"]}}, s1=RSA_PEM)]
    record = dkim.parse(value)
    assert record.problems == ()
    assert dkim.render(record) == value
    assert dkim.key_of(record) == dkim.read_pem(RSA_PEM)


def test_selectors_are_names_in_dns() -> None:
    assert [name for name, *_ in records({"Google": "revoked", "2023": "revoked", "a.b": "revoked"})] == [
        "google._domainkey.example.com",
        "2023._domainkey.example.com",
        "a.b._domainkey.example.com",
    ]


@pytest.mark.parametrize(
    "said",
    [
        {"s1": "gone"},
        {"s1": {"public_key": "a", "private_key": "b"}},
        {"s1": {"public_key": "a", "flags": ["y"]}},
        {"s1": {"public_key": "a", "services": ["mail"]}},
        {"s1": {"public_key": None}},
        ["s1"],
    ],
)
def test_what_the_shape_refuses(said: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        section(said)


@pytest.mark.parametrize(
    ("says", "types"),
    [
        ({"public_key": "s1"}, ["TXT"]),
        ({"record": "v=DKIM1; p="}, ["TXT"]),
        ("revoked", ["TXT"]),
        ({"cname": "s1.example.net"}, ["TXT", "CNAME"]),
        ("absent", ["TXT", "CNAME"]),
    ],
)
def test_a_cname_is_only_claimed_where_the_file_says_what_becomes_of_it(says: Any, types: list[str]) -> None:
    claims = list(section({"s1": says}).claims("example.com"))
    assert [claim.type for claim in claims] == types
    assert {(claim.name, claim.kind, claim.below) for claim in claims} == {(S1, "dkim/s1", False)}
    assert claims[0].recognises("v=DKIM1; p=")
    assert not claims[0].recognises("some-verification=1")


def test_no_keys_means_everything_below_domainkey() -> None:
    claims = list(dkim.absent_claims("example.com"))
    assert [(claim.name, claim.type, claim.kind, claim.below) for claim in claims] == [
        ("_domainkey.example.com", "TXT", "dkim", True),
        ("_domainkey.example.com", "CNAME", "dkim", True),
    ]
    assert claims[0].covers("a.b._domainkey.example.com", "TXT")
    assert not claims[0].covers("s1._domainkey.news.example.com", "TXT")
    assert dkim.PARKED is ABSENT
    assert dkim.absent_urls("example.com") == {}


def test_the_files_it_names() -> None:
    made = section({"s1": {"public_key": "keys/s1.pem"}, "s2": {"public_key": EDWARDS_PEM}, "s3": {"record": "x"}, "s4": "revoked"})
    assert isinstance(made, Section)
    assert list(made.paths()) == [(("s1", "public_key"), "keys/s1.pem")]
    assert list(made.hosted_files(domain())) == []
    assert made.mail_hosts() is None


def subjects(said: object, **files: bytes | OSError) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(type(subject).__name__, route) for subject, route in section(said).subjects(domain(**files))]


def test_what_rules_can_judge() -> None:
    said = {
        "a": {"public_key": "s1"},
        "b": {"record": f"p={RSA_P}"},
        "c": {"cname": "c.example.net"},
        "d": "revoked",
        "e": {"public_key": SECRET_PEM},
        "f": {"record": f"k=dsa; p={RSA_P}"},
        "g": {"record": f"k=dsa; p={RSA_P}; p="},
        "h": "absent",
    }
    assert subjects(said, s1=RSA_PEM) == [
        ("Selector", ("a",)),
        ("Record", ("a", "public_key")),
        ("PublicKey", ("a", "public_key")),
        ("Selector", ("b",)),
        ("Record", ("b", "record")),
        ("PublicKey", ("b", "record")),
        ("Selector", ("c",)),
        ("Selector", ("d",)),
        ("Record", ("d",)),
        ("Selector", ("e",)),
        ("NotAKey", ("e", "public_key")),
        ("Selector", ("f",)),
        ("Record", ("f", "record")),
        ("NotAKey", ("f", "record")),
        ("Selector", ("g",)),
        ("Record", ("g", "record")),
        ("Selector", ("h",)),
    ]


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("s1", None, "'s1', which cannot be read: it is not there"),
        ("s1", PermissionError(13, "Permission denied"), "'s1', which cannot be read: Permission denied"),
        # Base64 in the place of a path can be a private key without its PEM lines.
        (SECRET_P, OSError(36, "File name too long"), "neither a key in PEM, which begins with -----BEGIN, nor the path of a file"),
    ],
)
def test_a_file_that_cannot_be_read(path: str, content: OSError | None, message: str) -> None:
    made = section({"s1": {"public_key": path}})
    (selector,) = made.selectors(domain(**({path: content} if content else {})))
    assert selector.key == dkim.NotAKey(fault=dkim.Fault.UNREADABLE, message=message)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, False),
        ({"s1": "revoked", "s2": "absent"}, False),
        ({"s1": {"record": "v=DKIM1; p="}}, False),
        ({"s1": "revoked", "s2": {"cname": "s2.example.net"}}, True),
        ({"s1": {"public_key": "keys/s1.pem"}}, True),
        ({"s1": {"record": f"p={RSA_P}"}}, True),
    ],
)
def test_whether_there_is_any_key(said: object, *, expected: bool) -> None:
    assert section(said).has_key is expected


A, B = f"v=DKIM1; k=rsa; p={RSA_P}", f"v=DKIM1; k=ed25519; p={EDWARDS_P}"
REVOKED = "v=DKIM1; p="


def dangers(before: dict[str, tuple[str, ...]], after: dict[str, tuple[str, ...]]) -> list[str]:
    return [danger.name for danger in dkim.dangers(Transition(domain="example.com", before=before, after=after))]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"dkim/s1": (A,)}, []),
        ({"dkim/s1": (A,)}, {"dkim/s1": (A,), "dkim/s2": (B,)}, []),
        ({"dkim/s1": (A,)}, {"dkim/s1": (REVOKED,), "dkim/s2": (B,)}, []),
        ({"dkim/s1": (A,), "dkim/s2": (B,)}, {"dkim/s2": (B,)}, []),
        ({"dkim/s1": (REVOKED,)}, {}, []),
        ({"dkim/s1": (A,)}, {}, ["remove-last-dkim-key"]),
        ({"dkim/s1": (A,)}, {"dkim/s1": (REVOKED,)}, ["remove-last-dkim-key"]),
        ({"dkim/s1": ("s1.example.net.",)}, {}, ["remove-last-dkim-key"]),
        ({"dkim": (A, B)}, {}, ["remove-last-dkim-key"]),
        ({"dkim/s1": (A,)}, {"dkim/s1": (B,)}, ["replace-dkim-key"]),
        ({"dkim/s1": (REVOKED,)}, {"dkim/s1": (B,)}, []),
        # The same key in another writing is the same key.
        ({"dkim/s1": (A,)}, {"dkim/s1": (f"p={RSA_P[:9]} {RSA_P[9:]}",)}, []),
        ({"dkim/s1": (f"p={RSA_BARE_P}",)}, {"dkim/s1": (A,)}, []),
        ({"dkim/s1": (A, B)}, {"dkim/s1": (B,)}, []),
        ({"dkim/s1": ("p=AAAA",)}, {"dkim/s1": ("p=AAAB",)}, ["replace-dkim-key"]),
        # What is behind a CNAME is not known.
        ({"dkim/s1": (A,)}, {"dkim/s1": ("s1.example.net.",)}, []),
        ({"dkim/s1": ("s1.example.net.",)}, {"dkim/s1": ("s1.example.org.",)}, []),
    ],
)
def test_dangers(before: dict[str, tuple[str, ...]], after: dict[str, tuple[str, ...]], expected: list[str]) -> None:
    assert dangers(before, after) == expected


def test_every_danger_can_be_allowed_by_name_and_says_what_happens() -> None:
    assert set(dkim.DANGERS) == {"remove-last-dkim-key", "replace-dkim-key"}
    (found,) = dkim.dangers(Transition(domain="example.com", before={"dkim/s1": (A,)}, after={"dkim/s1": (B,)}))
    assert found.message.startswith("the key at selector s1 would become another one: mail in transit")


def test_the_tags_of_the_standard_have_a_hint() -> None:
    assert set(dkim.INSTEAD) >= {"p", "k", "t", "s", "v", "h", "n", "g", "private_key"}
    assert not set(dkim.INSTEAD) & {field.name for field in msgspec.structs.fields(dkim.DkimKey)}


def test_every_setting_is_described_for_editors() -> None:
    schema = msgspec.json.schema(dkim.Shape)["$defs"]["DkimKey"]
    assert schema["additionalProperties"] is False
    assert all(setting["description"] and setting["examples"] for setting in schema["properties"].values())
