"""Public keys, and what people put in their place."""

import base64
from collections.abc import Callable
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from emailauth.protocols.dkim import Fault, NotAKey, PublicKey, der, read_octets, read_pem
from tests.protocols.dkim_keys import BITS, bare, made, modulus


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
        (b"-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----\n", "PEM, but not of a public key that can be read"),
        # No OID where the algorithm is, and no INTEGER where the modulus is.
        (b"-----BEGIN PUBLIC KEY-----\nMAYwAgQAAwEA\n-----END PUBLIC KEY-----\n", "PEM, but not of a public key that can be read"),
        (b"-----BEGIN RSA PUBLIC KEY-----\nMAQEAAQA\n-----END RSA PUBLIC KEY-----\n", "PEM, but not of a public key that can be read"),
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


CERTIFICATE = base64.b64decode("MIIBHjCBxKADAgECAgEBMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC2V4YW1wbGUuY29t")
"""Its beginning."""
SPKI = base64.b64decode(BITS[2048])
N = modulus(BITS[2048])
OPENSSL = "`openssl x509 -pubkey -noout` takes the public key out of it"
SSH = "a key of OpenSSH: `ssh-keygen -e -m PKCS8 -f FILE` writes an RSA key as PEM"


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (CERTIFICATE, f"a certificate, not a key: {OPENSSL}"),
        (
            b"-----BEGIN PUBLIC KEY-----\nMIIB\n",
            "a whole PEM file in base64: only what stands between its first and its last line belongs into p=",
        ),
        (b"\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01", SSH),
        (b"\0\0\0\x0bssh-ed25519\0\0\0\x20", SSH),
        (SPKI[:183], "cut off: of 290 octets that it says it has, 179 are there"),
        (bare(N)[:-1], "cut off: of 266 octets that it says it has, 265 are there"),
        (SPKI + b"\0\0", "longer than it says: 2 octets follow the key"),
        (der.wrapped(bare(-N)), "an RSA key with a number that is not positive: an octet 00 before it was lost"),
        (der.wrapped(bare(N, -3)), "an RSA key with a number that is not positive: an octet 00 before it was lost"),
        (der.wrapped(bare(N)[:-1]), "not the DER of an RSA public key"),
        (b"\x30\x03\x30\x01\x06", "not the DER of an RSA public key"),
        (b"\x30\x06\x30\x02\x06\x00\x03\x00", "not the DER of an RSA public key"),
        (b"\x30\x84\xff", "not the DER of an RSA public key"),
        (b"\x30\x80", "not the DER of an RSA public key"),
        (b"\x30\x02\x04\x00", "not the DER of an RSA public key"),
        (b"\x30\x04\x30\x02\x04\x00", "not the DER of an RSA public key"),
        (b"\x30", "not the DER of an RSA public key"),
        (b"\x04\x00", "not the DER of an RSA public key"),
    ],
)
def test_what_people_put_in_place_of_an_rsa_key(octets: bytes, message: str) -> None:
    assert read_octets("rsa", octets) == NotAKey(fault=Fault.OTHER, message=message)


def test_an_openssh_public_key_is_no_pem() -> None:
    assert read_pem(b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@example.com\n") == NotAKey(fault=Fault.OTHER, message=SSH)


@pytest.mark.parametrize("key_type", ["rsa", "ed25519", "dsa"])
@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(bytes.fromhex("308204a40201000282010100"), id="PKCS #1, cut off"),
        pytest.param(bytes.fromhex("308204bd020100300d06092a864886f70d01010105000482"), id="PKCS #8, cut off"),
        pytest.param(bytes.fromhex("308204f6302806092a864886f70d010c01033014"), id="encrypted, cut off"),
        pytest.param(bytes.fromhex("308204fe304806092a864886f70d01050d303b"), id="encrypted with PBES2, cut off"),
        pytest.param(bytes.fromhex("30770201010420"), id="of an elliptic curve, cut off"),
        pytest.param(b"openssh-key-v1\0\0\0\0\x04none", id="OpenSSH"),
        pytest.param(b"-----BEGIN RSA PRIVATE KEY-----\nMIIE", id="a whole PEM file"),
    ],
)
def test_a_piece_of_a_private_key_is_one(key_type: str, octets: bytes) -> None:
    """p= that was cut at 255 octets holds the primes of the key all the same."""
    assert read_octets(key_type, octets) == NotAKey(fault=Fault.PRIVATE, message="a private key")


def test_an_ed25519_secret_with_its_public_key_is_private() -> None:
    assert read_octets("ed25519", bytes(range(64))) == NotAKey(fault=Fault.PRIVATE, message="a private key")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"-----BEGIN PUBLIC KEY-----\nMIIEpAIBAAKCAQEA\n-----END PUBLIC KEY-----\n", id="under the wrong lines"),
        pytest.param(bytes.fromhex("308204a40201000282010100"), id="DER"),
    ],
)
def test_a_private_key_in_the_file_of_a_public_one(content: bytes) -> None:
    assert read_pem(content) == NotAKey(fault=Fault.PRIVATE, message="a private key")


@pytest.mark.parametrize("exponent", [1, 2, 3, 65537, 1 << 300])
@pytest.mark.parametrize("bits", [512, 2048, 4097])
def test_the_numbers_of_a_key_are_read_whatever_they_are(bits: int, exponent: int) -> None:
    n = modulus(BITS[bits])
    found = {read_octets("rsa", base64.b64decode(made(n, exponent))), read_octets("rsa", bare(n, exponent))}
    assert {(key.modulus, key.exponent, key.bits) for key in found if isinstance(key, PublicKey)} == {(n, exponent, bits)}


@given(st.integers(0, len(SPKI) - 1), st.integers(0, 255))
def test_a_damaged_key_never_makes_it_fail(at: int, octet: int) -> None:
    damaged = SPKI[:at] + bytes([octet]) + SPKI[at + 1 :]
    for key_type in ("rsa", "ed25519"):
        assert isinstance(read_octets(key_type, damaged), PublicKey | NotAKey)
    assert isinstance(read_octets("rsa", SPKI[:at]), NotAKey)


@given(st.binary(max_size=100))
def test_no_octets_make_it_fail(octets: bytes) -> None:
    for key_type in ("rsa", "ed25519", ""):
        assert isinstance(read_octets(key_type, octets), PublicKey | NotAKey)
    assert isinstance(read_pem(octets), NotAKey)
