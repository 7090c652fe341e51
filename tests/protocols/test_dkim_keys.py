"""Public keys, and what people put in their place."""

import base64
from collections.abc import Callable
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat

from emailauth.protocols.dkim import Fault, NotAKey, PublicKey, read_octets, read_pem


@cache
def rsa_key(bits: int = 1024) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def small_rsa_key() -> rsa.RSAPublicKey:
    """512 bits, which the library reads but no longer generates."""
    return rsa.RSAPublicNumbers(65537, (1 << 511) | 0x10001).public_key()


def spki(key: rsa.RSAPublicKey, encoding: Encoding = Encoding.PEM) -> bytes:
    return key.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def pkcs1(key: rsa.RSAPublicKey, encoding: Encoding = Encoding.PEM) -> bytes:
    return key.public_bytes(encoding, PublicFormat.PKCS1)


def test_an_rsa_key_becomes_its_subject_public_key_info() -> None:
    key = rsa_key().public_key()
    assert read_pem(spki(key)) == PublicKey(type="rsa", octets=spki(key, Encoding.DER), bits=1024)


def test_a_pkcs1_key_is_converted() -> None:
    key = rsa_key().public_key()
    assert read_pem(pkcs1(key)) == read_pem(spki(key))


def test_an_ed25519_key_becomes_its_32_octets() -> None:
    key = ed25519_key().public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert read_pem(pem) == PublicKey(type="ed25519", octets=key.public_bytes_raw(), bits=256)


def test_white_space_and_text_around_a_key_do_not_matter() -> None:
    pem = spki(rsa_key().public_key())
    assert read_pem(b"\n  \n" + pem.replace(b"\n", b"\r\n") + b"\n\n") == read_pem(pem)


def test_a_short_key_is_read_so_that_its_length_can_be_told() -> None:
    found = read_pem(spki(small_rsa_key()))
    assert isinstance(found, PublicKey)
    assert found.bits == 512


SECRETS: dict[str, Callable[[], bytes]] = {
    "PKCS #8": lambda: rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    "PKCS #1": lambda: rsa_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    "encrypted": lambda: rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
    "Ed25519": lambda: ed25519_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    "OpenSSH": lambda: ed25519_key().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
    "a pair": lambda: spki(rsa_key().public_key()) + rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_private_key_is_told_and_never_shown(secret: str) -> None:
    assert read_pem(SECRETS[secret]()) == NotAKey(fault=Fault.PRIVATE, message="a private key")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty, not PEM: a public key begins with -----BEGIN PUBLIC KEY-----"),
        (b"hello", "text, not PEM: a public key begins with -----BEGIN PUBLIC KEY-----"),
        (b"\x30\x82\xff\x00", "binary, not PEM: a public key begins with -----BEGIN PUBLIC KEY-----"),
        (b"A" * 64, "base64 without the lines around it, not PEM: a public key begins with -----BEGIN PUBLIC KEY-----"),
        (b's1._domainkey IN TXT ( "v=DKIM1; p=AAAA" )', "a key record, not a key: write its text, without quotes, as `record`"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "a certificate, not a key: `openssl x509 -pubkey -noout` takes the public key out of it",
        ),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "PEM, but not of a public key that can be read"),
        (b"-----BEGIN PUBLIC KEY-----\n", "PEM, but not of a public key that can be read"),
    ],
)
def test_what_is_no_key_is_told_what_it_is(content: bytes, message: str) -> None:
    assert read_pem(content) == NotAKey(fault=Fault.OTHER, message=message)


def test_a_key_of_another_type_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    message = "a key of a type that DKIM does not have: make an RSA or an Ed25519 key"
    assert read_pem(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)) == NotAKey(fault=Fault.OTHER, message=message)
    assert read_octets("rsa", key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) == NotAKey(
        fault=Fault.OTHER, message=message
    )


def test_the_octets_of_a_record_give_the_key_back() -> None:
    key = rsa_key().public_key()
    whole = spki(key, Encoding.DER)
    assert read_octets("rsa", whole) == PublicKey(type="rsa", octets=whole, bits=1024)
    assert read_octets("rsa", pkcs1(key, Encoding.DER)) == PublicKey(type="rsa", octets=whole, bits=1024, is_bare=True)
    raw = ed25519_key().public_key().public_bytes_raw()
    assert read_octets("ed25519", raw) == PublicKey(type="ed25519", octets=raw, bits=256)


def test_octets_that_are_not_of_the_type_that_k_says() -> None:
    edwards = ed25519_key().public_key()
    wrapped = edwards.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    found = {
        "raw as rsa": read_octets("rsa", edwards.public_bytes_raw()),
        "wrapped as rsa": read_octets("rsa", wrapped),
        "wrapped": read_octets("ed25519", wrapped),
        "junk": read_octets("rsa", b"junk"),
        "type": read_octets("dsa", b"junk"),
    }
    assert {name: key.message for name, key in found.items() if isinstance(key, NotAKey)} == {
        "raw as rsa": "an Ed25519 key by its length, while k= says RSA: write k=ed25519",
        "wrapped as rsa": "not an RSA key, while k= says so",
        "wrapped": "44 octets long, and an Ed25519 key has 32, without any ASN.1 around them (RFC 8463 section 4)",
        "junk": "not the DER of an RSA public key",
        "type": "of a key type, 'dsa', that verifiers must ignore: the types are rsa and ed25519",
    }


@pytest.mark.parametrize("key_type", ["rsa", "ed25519"])
@pytest.mark.parametrize("secret", ["PKCS #8", "PKCS #1", "encrypted", "Ed25519"])
def test_a_private_key_in_a_record_is_told(key_type: str, secret: str) -> None:
    octets = base64.b64decode(b"".join(line for line in SECRETS[secret]().splitlines() if not line.startswith(b"-")))
    assert read_octets(key_type, octets) == NotAKey(fault=Fault.PRIVATE, message="a private key")
