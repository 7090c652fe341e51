"""What the rules on DKIM tell, and what they let be, beyond the example of each rule's page."""

import base64
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from emailauth.core.posture import Domain, Posture
from emailauth.lint import engine
from emailauth.lint.rules import all_rules
from emailauth.protocols import dkim
from tests.protocols.dkim_keys import BITS, CLOSE, FACTOR_101, RELATED, ROCA, SQUARE, made, modulus

RULES = {rule.id: rule for rule in all_rules().values() if rule.protocol in {"dkim", "portfolio"}}


SECRET = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SECRET_PEM = SECRET.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SECRET_P = base64.b64encode(SECRET.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
EDWARDS = f"v=DKIM1; k=ed25519; p={base64.b64encode(SECRET.public_key().public_bytes_raw()).decode()}"
RSA_P = BITS[2048]
RSA_RECORD = f"v=DKIM1; k=rsa; p={RSA_P}"
CNAME = {"cname": "provider.dkim.example.net"}


def domain(name: str, said: dict[str, Any]) -> Domain:
    return Domain(name=name, route=("domains", name), sections={"dkim": dkim.section(msgspec.convert(said, dkim.Shape))})


def findings(said: dict[str, Any]) -> list[tuple[str, engine.Raised]]:
    return [(raised.rule.id, raised) for raised in engine.run(Posture(domains=(domain("example.com", said),)), RULES)]


def ids(said: dict[str, Any]) -> list[str]:
    return sorted({rule for rule, _ in findings(said)})


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"s1": CNAME},
        {"2023": "revoked", "old": "absent", "s1": CNAME},
        {"a.b": CNAME, "mail_2": CNAME, "x" * 63: CNAME},
        {"s1": {"record": RSA_RECORD}, "s2": {"record": EDWARDS}},
        # Ed25519 beside a provider's key, whose type is not known.
        {"s1": {"record": EDWARDS}, "s2": CNAME},
        {"s1": {"record": f"p={RSA_P}"}},
        {"s1": {"record": f"v=DKIM1; h=sha1:sha256; s=*; n=key of 2023; p={RSA_P}"}},
        {"s1": {"record": f"v=DKIM1; p={RSA_P[:100]} {RSA_P[100:]};"}},
        # A key only for TLS reports is a registered service (RFC 8460 section 3).
        {"s1": {"record": f"v=DKIM1; s=tlsrpt; p={RSA_P}"}},
        {"s1": {"record": f"v=DKIM1; t=s; p={RSA_P}"}},
        {"s1": {"record": f"v=DKIM1; n=made=3Din 2026=0D; p={RSA_P}"}},
        {"s1": {"record": f"v=DKIM1; n={'a' * 750}; p={RSA_P}"}},
        {"s1": {"record": f"v=DKIM1; p={BITS[4096]}"}},
        {"s1": {"cname": "s1._domainkey.example.net."}},
    ],
)
def test_no_false_alarm(said: dict[str, Any]) -> None:
    assert findings(said) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"s1": {"record": f"v=DKIM1; p={BITS[1023]}"}}, ["dkim-rsa-key-refused", "dkim-rsa-key-unusual"]),
        ({"s1": {"record": f"v=DKIM1; p={BITS[1024]}"}}, ["dkim-rsa-key-short"]),
        ({"s1": {"record": f"v=DKIM1; p={BITS[2047]}"}}, ["dkim-rsa-key-short", "dkim-rsa-key-unusual"]),
        ({"s1": {"record": f"v=DKIM1; p={BITS[4097]}"}}, ["dkim-rsa-key-long", "dkim-rsa-key-unusual"]),
        ({"s1": {"record": f"v=DKIM1; k=dsa; p={RSA_P}"}}, ["dkim-key-not-usable"]),
        ({"s1": {"record": f"v=DKIM1; k=rsa; p={SECRET_P}"}}, ["dkim-private-key"]),
        ({"s1": {"record": f"v=DKIM1; t=y; p={RSA_P}"}}, ["dkim-testing"]),
        ({"s1": {"record": "v=DKIM1; k=rsa"}}, ["dkim-record-invalid"]),
        ({"s1": {"record": f"v=DKIM1; k=rsa; p={RSA_P[:-5]}"}}, ["dkim-record-invalid"]),
        ({"s1": {"record": EDWARDS}, "s2": "revoked", "s3": {"record": "v=DKIM1; p="}}, ["dkim-key-revoked", "dkim-only-ed25519"]),
        ({"s1": {"record": "v=DKIM1; k=rsa; p="}}, ["dkim-key-revoked"]),
        # A key that is no key is not tested further.
        ({"s1": {"record": f"p={made(modulus(BITS[2048]), 2)}"}}, ["dkim-rsa-key-invalid"]),
        ({"s1": {"record": f"p={SQUARE}"}}, ["dkim-rsa-key-invalid"]),
        ({"s1": {"record": f"p={made(modulus(BITS[2048]) + 1)}"}}, ["dkim-rsa-key-invalid"]),
        ({"s1": {"record": f"p={FACTOR_101}"}}, ["dkim-rsa-key-breakable"]),
        ({"s1": {"record": f"p={CLOSE}"}}, ["dkim-rsa-key-breakable"]),
        ({"s1": {"record": f"p={ROCA}"}}, ["dkim-rsa-key-breakable"]),
        ({"s1": {"record": f"p={made(modulus(BITS[2048]), 3)}"}}, ["dkim-rsa-key-unusual"]),
        ({"s1": {"record": "k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "s2": CNAME}, ["dkim-ed25519-key-invalid"]),
        ({"s1": {"record": f"v=DKIM1; n=a=b; p={RSA_P}"}}, ["dkim-record-note"]),
        ({"s1": {"record": f"v=DKIM1; n={'a' * 760}; p={RSA_P}"}}, ["dkim-record-long"]),
        ({"s1": {}}, ["dkim-key-ambiguous"]),
        ({"s1": {"record": RSA_RECORD, **CNAME}}, ["dkim-key-ambiguous"]),
        ({"s1": {"record": RSA_RECORD, "flags": ["testing"]}}, ["dkim-key-ambiguous"]),
        ({"*": CNAME}, ["dkim-selector-invalid"]),
        ({"*.news": "revoked"}, ["dkim-selector-invalid"]),
        ({"s 1": CNAME}, ["dkim-selector-invalid"]),
        ({"-s1": CNAME}, ["dkim-selector-invalid"]),
        ({"s1.": CNAME}, ["dkim-selector-invalid"]),
        ({"x" * 64: CNAME}, ["dkim-selector-invalid"]),
        ({"S1._domainkey.example.com": CNAME}, ["dkim-selector-invalid"]),
        ({".".join(["x" * 60] * 4): CNAME}, ["dkim-selector-invalid"]),
        ({"s1": {"cname": "provider"}}, ["dkim-cname-invalid"]),
        ({"s1": {"cname": "192.0.2.1"}}, ["dkim-cname-invalid"]),
        ({"s1": {"cname": ""}}, ["dkim-cname-invalid"]),
        ({"s1": {"cname": "S1._domainkey.example.com."}}, ["dkim-cname-invalid"]),
    ],
)
def test_findings(said: dict[str, Any], expected: list[str]) -> None:
    assert ids(said) == expected


@pytest.mark.parametrize(
    "text",
    [
        f'"{RSA_RECORD}"',
        f'"{RSA_RECORD[:200]}" "{RSA_RECORD[200:]}"',
        f'( "{RSA_RECORD[:200]}"\n  "{RSA_RECORD[200:]}" )',
        RSA_RECORD.replace(";", r"\;"),
    ],
)
def test_a_record_out_of_a_zone_file_has_a_fix(text: str) -> None:
    ((rule, finding),) = findings({"s1": {"record": text}})
    assert rule == "dkim-record-invalid"
    assert finding.fix is not None
    assert finding.fix.value == RSA_RECORD


@pytest.mark.parametrize(
    "value",
    [
        RSA_P.replace("+", "-").replace("/", "_"),
        f'"{RSA_P[:200]}" "{RSA_P[200:]}"',
        f"-----BEGIN PUBLIC KEY----- {RSA_P[:64]} {RSA_P[64:]} -----END PUBLIC KEY-----",
        rf"{RSA_P[:200]}\{RSA_P[200:]}",
        f"{RSA_P}=",
    ],
)
def test_base64_that_was_copied_wrong_has_a_fix_where_the_key_came_out_whole(value: str) -> None:
    ((rule, finding),) = findings({"s1": {"record": f"v=DKIM1; k=rsa; p={value}; n=x"}})
    assert rule == "dkim-record-invalid"
    assert finding.fix is not None
    assert finding.fix.value == f"v=DKIM1; k=rsa; p={RSA_P}; n=x"


def test_padding_that_is_missing_has_a_fix() -> None:
    ((_, finding),) = findings({"s1": {"record": EDWARDS.rstrip("=")}, "s2": CNAME})
    assert finding.fix is not None
    assert finding.fix.value == EDWARDS


@pytest.mark.parametrize(
    "text",
    [
        f'"v=DKIM1; k=rsa; p={RSA_P[:-5]}"',
        '"v=DKIM1; p=AAAA"',
        "v=DKIM1; k=rsa",
        f"v=DKIM1; p={RSA_P}; p={RSA_P}",
        f"v=DKIM1; p={RSA_P}=; p={RSA_P}=",
        f"v=DKIM1; rsa; p={RSA_P}=",
        'v=DKIM1; p="',
        f"v=DKIM1; p={SECRET_P}=",
    ],
)
def test_what_is_not_certain_has_no_fix(text: str) -> None:
    assert [finding.fix for rule, finding in findings({"s1": {"record": text}}) if rule == "dkim-record-invalid"] == [None]


@pytest.mark.parametrize(
    "says",
    [
        {"public_key": SECRET_PEM},
        {"public_key": SECRET_P},
        {"public_key": SECRET_PEM.replace("-----", "")},
        {"record": SECRET_PEM},
        {"record": SECRET_P},
        {"record": f"v=DKIM1; p={SECRET_P}"},
        {"record": f"v=DKIM1; k={SECRET_P}; p=AAAA"},
        {"record": f"v=DKIM1; k=ed25519; t={SECRET_P}; p={SECRET_P}"},
        {"record": f"{SECRET_P}=; {SECRET_P}="},
    ],
)
def test_no_finding_shows_a_private_key(says: dict[str, str]) -> None:
    """Wherever it was pasted, it is told of as an error and not repeated."""
    found = [finding for _, finding in findings({"s1": says})]
    assert found
    secret = SECRET_P[-40:]
    assert not [finding for finding in found if secret in finding.message or secret in str(finding.fix)]


WRAPPED = base64.b64encode(SECRET.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
RAW = base64.b64encode(SECRET.public_key().public_bytes_raw()).decode()


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (f"v=DKIM1; k=ed25519; t=s; p={WRAPPED}", f"v=DKIM1; k=ed25519; t=s; p={RAW}"),
        (f"v=DKIM1; p={WRAPPED}; n=x", f"v=DKIM1; k=ed25519; p={RAW}; n=x"),
        (f"p={WRAPPED}", f"k=ed25519; p={RAW}"),
        (f"v=DKIM1; k=ed25519; p={RSA_P}", f"v=DKIM1; k=rsa; p={RSA_P}"),
        # 32 octets can be anything.
        (f"v=DKIM1; k=rsa; p={RAW}", None),
        ("v=DKIM1; k=ed25519; p=AAAA", None),
        (f"v=DKIM1; k=dsa; p={RSA_P}", None),
    ],
)
def test_a_key_in_the_form_of_another_type_has_a_fix(text: str, mended: str | None) -> None:
    (fix,) = [finding.fix for rule, finding in findings({"s1": {"record": text}, "s2": CNAME}) if rule == "dkim-key-not-usable"]
    assert (fix and fix.value) == mended
    if mended:
        assert ids({"s1": {"record": mended}, "s2": CNAME}) == []


def test_one_key_at_two_selectors_and_at_two_domains() -> None:
    posture = Posture(
        domains=(
            domain("example.com", {"s1": {"record": RSA_RECORD}, "s2": {"record": f"p={RSA_P}"}, "s3": CNAME, "s4": "revoked"}),
            domain("example.net", {"s1": {"record": f"p={made(modulus(RSA_P), 65539)}"}, "s3": CNAME, "s4": "revoked"}),
            Domain(name="example.org", route=("domains", "example.org"), sections={}),
        )
    )
    assert [(raised.rule.id, raised.at) for raised in engine.run(posture, RULES)] == [
        ("dkim-key-shared", ("domains", "example.com", "dkim", "s2", "record")),
        ("dkim-key-shared", ("domains", "example.net", "dkim", "s1", "record")),
    ]


def test_keys_with_a_common_factor() -> None:
    """Two of different domains, and the one that is there twice is not told of itself."""
    posture = Posture(
        domains=(
            domain("example.com", {"s1": {"record": RSA_RECORD}, "s2": {"record": EDWARDS}, "s3": {"record": f"p={BITS[4096]}"}}),
            domain("example.net", {"s1": {"record": RSA_RECORD}, "s2": {"record": f"p={RELATED}"}}),
        )
    )
    rules = {"dkim-keys-related": RULES["dkim-keys-related"]}
    assert [(raised.message, raised.at) for raised in engine.run(posture, rules)] == [
        (
            "a prime of this key is one of the key at selector s1 of example.com, too: the private keys of both can be computed",
            ("domains", "example.net", "dkim", "s2", "record"),
        )
    ]
