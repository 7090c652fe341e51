"""What verifiers make of a key record that somebody else published."""

import base64

import pytest

from emailauth.protocols.dkim import parse
from emailauth.protocols.dkim.verification import refusals
from tests.protocols.dkim_keys import BITS, FACTOR_101, made, modulus
from tests.protocols.dkim_secrets import EDWARDS_P, RSA, RSA_P, der


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (f"v=DKIM1; p={RSA_P}", []),
        (f"k=ed25519; p={EDWARDS_P}", []),
        (f"h=sha1:sha256; s=email; t=y; p={BITS[1024]}", []),
        (f"p={made(modulus(RSA_P), 3)}", []),
        ("v=DKIM1; p=", []),
        ("v=DKIM1; p=A", ["the record is not valid: the value of the tag p is not base64: a character is missing, or one too many"]),
        (f"p={BITS[512]}", ["the RSA key has 512 bits, and verifiers refuse all below 1024"]),
        (f"p={FACTOR_101}", ["the key is of no use: its modulus is divisible by 101: it was damaged on its way, or never was a key"]),
        ("p=AAAA", ["the key is not the DER of an RSA public key"]),
        (f"p={base64.b64encode(der(RSA)).decode()}", ["the key is a PRIVATE key: take it for stolen"]),
        (
            f"h=sha1; s=mail; p={RSA_P}",
            ["h= does not allow sha256, the only hash algorithm in use", "s= names no service that there is"],
        ),
    ],
)
def test_why_no_signature_passes(text: str, reasons: list[str]) -> None:
    assert list(refusals(parse(text))) == reasons
