"""Public keys: from PEM to what stands in `p=`, and back from there. Nothing here ever repeats what it was given.

What people have at hand is a PEM file, and often the wrong one. A private key, in particular, must not reach DNS,
a log or a message; so the faults here say what was found and what to do, and never show it.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

KeyType: TypeAlias = Literal["rsa", "ed25519"]
"""The registered values of `k=` (IANA, DKIM Key Type)."""

_LABEL: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]{40,}={0,2}\s*\Z")
_ED25519_OCTETS: Final = 32
_LONGEST_WORD: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key as DKIM publishes it."""

    type: KeyType
    octets: bytes
    """What `p=` holds in base64: SubjectPublicKeyInfo for RSA, the 32 octets of the key for Ed25519 (RFC 8463 section 4)."""
    bits: int
    """Of the modulus for RSA; 256 for Ed25519."""
    is_bare: bool = False
    """Whether it came as an RSAPublicKey without its SubjectPublicKeyInfo, which is then already around `octets`."""


class Fault(Enum):
    """In what way something is not a public key."""

    UNREADABLE = "unreadable"
    PRIVATE = "private"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAKey:
    """What stands in the place of a public key and is none."""

    fault: Fault
    message: str
    """What it is and what to do, for a person; never the text itself."""


def is_inline(text: str) -> bool:
    """Whether `public_key` holds the key itself and not the path of a file."""
    return text.lstrip().startswith("-----BEGIN")


def looks_bare(text: str) -> bool:
    """Whether a text could be the inside of a PEM file, base64 without the lines around it: a key, even a private one."""
    return _BASE64.match(text) is not None


def shown(word: str) -> str:
    """A word of a record, quoted for a message; what is longer than any word of a record can be a secret, and is not shown."""
    return repr(word) if len(word) <= _LONGEST_WORD else f"of {len(word)} characters"


def is_private_pem(text: str) -> bool:
    """Whether a text holds a private key in PEM, of any kind."""
    return any(label.endswith("PRIVATE KEY") for label in _LABEL.findall(text))


def read_pem(content: bytes) -> PublicKey | NotAKey:
    """Reads a PEM text. A PKCS #1 "RSA PUBLIC KEY" is converted; everything else that is no public key is told what it is."""
    text = content.decode("ascii", "replace")
    labels = _LABEL.findall(text)
    if is_private_pem(text):
        return PRIVATE_KEY
    if "CERTIFICATE" in labels:
        return _other("a certificate, not a key: `openssl x509 -pubkey -noout` takes the public key out of it")
    if "v=DKIM1" in text:
        return _other("a key record, not a key: write its text, without quotes, as `record`")
    if not labels:
        return _other(f"{_what(text)}, not PEM: a public key begins with -----BEGIN PUBLIC KEY-----")
    return _load_pem(content.strip())


@lru_cache(maxsize=1024)
def read_octets(key_type: str, octets: bytes) -> PublicKey | NotAKey:
    """Reads what `p=` holds, decoded, as a key of the type that `k=` says."""
    if key_type == "ed25519":
        return _ed25519(octets)
    if key_type == "rsa":
        return _rsa(octets)
    return _other(f"of a key type, {shown(key_type)}, that verifiers must ignore: the types are rsa and ed25519")


def _ed25519(octets: bytes) -> PublicKey | NotAKey:
    if len(octets) == _ED25519_OCTETS:
        return PublicKey(type="ed25519", octets=octets, bits=8 * _ED25519_OCTETS)
    if _is_private(octets):
        return PRIVATE_KEY
    return _other(
        f"{len(octets)} octets long, and an Ed25519 key has {_ED25519_OCTETS}, without any ASN.1 around them (RFC 8463 section 4)"
    )


def _rsa(octets: bytes) -> PublicKey | NotAKey:
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 - heavy, and seldom needed

    if len(octets) == _ED25519_OCTETS:
        return _other("an Ed25519 key by its length, while k= says RSA: write k=ed25519")
    try:
        found = _published(load_der_public_key(octets))
    except Exception:  # noqa: BLE001 - the library documents no closed list of what odd DER raises
        return PRIVATE_KEY if _is_private(octets) else _other("not the DER of an RSA public key")
    if isinstance(found, PublicKey) and found.type != "rsa":
        return _other("not an RSA key, while k= says so")
    if isinstance(found, PublicKey) and found.octets != octets and not _is_wrapped(octets):
        return PublicKey(type="rsa", octets=found.octets, bits=found.bits, is_bare=True)
    return found


def _is_wrapped(octets: bytes) -> bool:
    """Whether the DER is a SubjectPublicKeyInfo: the OID of rsaEncryption (RFC 8017 appendix C) stands near its beginning."""
    return bytes.fromhex("2a864886f70d010101") in octets[:24]


def _load_pem(content: bytes) -> PublicKey | NotAKey:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - heavy, and seldom needed

    try:
        return _published(load_pem_public_key(content))
    except Exception:  # noqa: BLE001 - as above
        return _other("PEM, but not of a public key that can be read")


def _published(key: "PublicKeyTypes") -> PublicKey | NotAKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    if isinstance(key, Ed25519PublicKey):
        return PublicKey(type="ed25519", octets=key.public_bytes_raw(), bits=8 * _ED25519_OCTETS)
    if isinstance(key, RSAPublicKey):
        # RFC 6376 section 3.6.1 says RSAPublicKey and appendix C shows SubjectPublicKeyInfo; erratum 3017
        # allows both, and some verifiers read the second only.
        octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return PublicKey(type="rsa", octets=octets, bits=key.key_size)
    return _other("a key of a type that DKIM does not have: make an RSA or an Ed25519 key")


def _is_private(octets: bytes) -> bool:
    from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415

    try:
        load_der_private_key(octets, password=None)
    except TypeError:
        return True  # it is one, and needs a password
    except Exception:  # noqa: BLE001 - as above
        return False
    return True


def _what(text: str) -> str:
    if "\N{REPLACEMENT CHARACTER}" in text:
        return "binary"
    if not text.strip():
        return "empty"
    return "base64 without the lines around it" if looks_bare(text) else "text"


def _other(message: str) -> NotAKey:
    return NotAKey(fault=Fault.OTHER, message=message)


PRIVATE_KEY: Final = NotAKey(fault=Fault.PRIVATE, message="a private key")
"""The fault that is a disaster when it is merged: it says nothing of what it saw."""
