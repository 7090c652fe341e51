"""What a signer's private key and a published key say of each other."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from emailauth.protocols import dkim
from emailauth.protocols.dkim.pairs import NotPrivate, Reason, Verdict, compare, public_half
from tests.protocols.dkim_keys import BITS, RELATED, bare, modulus
from tests.protocols.dkim_secrets import EDWARDS, EDWARDS_P, ENCRYPTED, FORMS_OF_EDWARDS, FORMS_OF_RSA, RSA, RSA_P, SEED, der, pem

RSA_RECORD = f"v=DKIM1; k=rsa; p={RSA_P}"
EDWARDS_RECORD = f"v=DKIM1; k=ed25519; p={EDWARDS_P}"


def half(content: bytes) -> dkim.PublicKey:
    found = public_half(content)
    assert isinstance(found, dkim.PublicKey), found
    return found


@pytest.mark.parametrize("form", FORMS_OF_RSA)
def test_the_public_half_of_every_form_of_an_rsa_key(form: str) -> None:
    assert half(FORMS_OF_RSA[form]) == dkim.read_octets("rsa", base64.b64decode(RSA_P))


@pytest.mark.parametrize("form", FORMS_OF_EDWARDS)
def test_the_public_half_of_every_form_of_an_ed25519_key(form: str) -> None:
    assert half(FORMS_OF_EDWARDS[form]) == dkim.read_octets("ed25519", base64.b64decode(EDWARDS_P))


@pytest.mark.parametrize("form", ENCRYPTED)
def test_an_encrypted_key_is_told(form: str) -> None:
    expected = NotPrivate(reason=Reason.ENCRYPTED, message="a private key, encrypted with a password")
    assert public_half(ENCRYPTED[form]) == expected


CURVE = ec.derive_private_key(7, ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PUBLIC = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        pytest.param(
            CURVE,
            Reason.OTHER_TYPE,
            "a private key of a type that DKIM does not have: it is for RSA and Ed25519",
            id="an elliptic curve",
        ),
        pytest.param(PUBLIC, Reason.NOT_PRIVATE, "a public key: the signer has the private one", id="a public key"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            Reason.NOT_PRIVATE,
            "PEM, but not of a private key",
            id="a certificate",
        ),
        pytest.param(
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            Reason.NOT_PRIVATE,
            "not a private key that can be read",
            id="junk in PEM",
        ),
        pytest.param(pem(RSA)[:400], Reason.NOT_PRIVATE, "not a private key that can be read", id="cut off"),
        pytest.param(base64.b64decode(RSA_P), Reason.NOT_PRIVATE, "not a private key that can be read", id="DER of a public key"),
        pytest.param(b"AAAAA", Reason.NOT_PRIVATE, "base64 that is not whole", id="base64 that is cut"),
        pytest.param(b"", Reason.NOT_PRIVATE, "not a private key that can be read", id="empty"),
        pytest.param(b"v=DKIM1; p=", Reason.NOT_PRIVATE, "not a private key that can be read", id="a record"),
        pytest.param(bytes(64), Reason.NOT_PRIVATE, "64 octets that are no Ed25519 key", id="64 octets"),
    ],
)
def test_what_is_no_private_key_is_told_what_it_is(content: bytes, reason: Reason, message: str) -> None:
    assert public_half(content) == NotPrivate(reason=reason, message=message)


@pytest.mark.parametrize(
    ("private", "text", "verdict"),
    [
        (RSA, RSA_RECORD, Verdict.MATCHES),
        (RSA, f"p={RSA_P[:40]} {RSA_P[40:]}", Verdict.MATCHES),
        # The same key without its SubjectPublicKeyInfo.
        (RSA, f"p={base64.b64encode(bare(modulus(RSA_P))).decode()}", Verdict.MATCHES),
        (RSA, f"t=s:y; p={RSA_P}", Verdict.TESTING),
        (RSA, f"p={RELATED}", Verdict.OTHER_KEY),
        (RSA, f"p={BITS[1024]}", Verdict.OTHER_KEY),
        (RSA, EDWARDS_RECORD, Verdict.OTHER_TYPE),
        (RSA, "v=DKIM1; k=rsa; p=", Verdict.REVOKED),
        (RSA, "v=DKIM1; p=?", Verdict.NO_KEY),
        (RSA, "v=DKIM1", Verdict.NO_KEY),
        (RSA, f"k=dsa; p={RSA_P}", Verdict.NO_KEY),
        (EDWARDS, EDWARDS_RECORD, Verdict.MATCHES),
        (EDWARDS, RSA_RECORD, Verdict.OTHER_TYPE),
        (EDWARDS, "k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI=", Verdict.OTHER_KEY),
        # Without k= it is no Ed25519 key to anybody.
        (EDWARDS, f"p={EDWARDS_P}", Verdict.NO_KEY),
    ],
)
def test_how_a_key_and_a_record_go_together(private: object, text: str, verdict: Verdict) -> None:
    assert compare(half(der(RSA) if private is RSA else SEED), dkim.parse(text)) is verdict


def test_a_key_compares_as_its_record_does() -> None:
    assert compare(half(pem(RSA)), half(der(RSA))) is Verdict.MATCHES
    assert compare(half(pem(RSA)), half(SEED)) is Verdict.OTHER_TYPE


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["seed", "base64", "pem", "der"]))
def test_whatever_is_generated_matches_what_is_published_of_it(seed: bytes, form: str) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    content = {"seed": seed, "base64": base64.b64encode(seed), "pem": pem(key), "der": der(key)}[form]
    found = half(content)
    assert compare(found, dkim.parse(dkim.render(dkim.publishing(found)))) is Verdict.MATCHES
    assert compare(found, dkim.parse(EDWARDS_RECORD)) is (Verdict.MATCHES if seed == SEED else Verdict.OTHER_KEY)


@given(st.binary(max_size=200) | st.text(alphabet="ABCDabcd012+/=\n-BEGIN PRIVATEKY", max_size=200).map(str.encode))
def test_nothing_makes_it_fail(content: bytes) -> None:
    assert isinstance(public_half(content), dkim.PublicKey | NotPrivate)
