"""Private keys made for the tests, in the forms in which signers keep them."""

import base64
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from tests.protocols.dkim_keys import BITS, PRIMES

SEED: Final = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
"""The Ed25519 key of RFC 8463 appendix A.2."""
EDWARDS_P: Final = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
RSA_P: Final = BITS[2048]


def rsa_key() -> rsa.RSAPrivateKey:
    """The private key of `RSA_P`."""
    p, q = PRIMES
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


RSA: Final = rsa_key()
EDWARDS: Final = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption)


def der(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.DER, form, NoEncryption())


FORMS_OF_RSA: Final[Mapping[str, bytes]] = {
    "PKCS #8": pem(RSA),
    "PKCS #1": pem(RSA, PrivateFormat.TraditionalOpenSSL),
    "OpenSSH": pem(RSA, PrivateFormat.OpenSSH),
    "text before it": b"Private-Key: (2048 bit)\n" + pem(RSA).replace(b"\n", b"\r\n"),
    "DER of PKCS #8": der(RSA),
    "DER of PKCS #1": der(RSA, PrivateFormat.TraditionalOpenSSL),
    "base64, as rspamd has it": base64.b64encode(der(RSA)),
    "base64 of PKCS #1 in lines": base64.encodebytes(der(RSA, PrivateFormat.TraditionalOpenSSL)),
}
FORMS_OF_EDWARDS: Final[Mapping[str, bytes]] = {
    "PKCS #8": pem(EDWARDS),
    "OpenSSH": pem(EDWARDS, PrivateFormat.OpenSSH),
    "DER": der(EDWARDS),
    "base64 of DER": base64.b64encode(der(EDWARDS)),
    "the seed": SEED,
    "the seed in base64, as dkimpy has it": base64.b64encode(SEED) + b"\n",
    "the seed and the public key, as rspamd has it": base64.b64encode(SEED + base64.b64decode(EDWARDS_P)),
}
ENCRYPTED: Final[Mapping[str, bytes]] = {
    "PKCS #8": pem(RSA, password=b"secret"),
    "PKCS #1": pem(RSA, PrivateFormat.TraditionalOpenSSL, b"secret"),
}
