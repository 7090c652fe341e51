"""Public keys: from PEM to what stands in `p=`, and back from there. Nothing here ever repeats what it was given.

What people have at hand is a PEM file, and often the wrong one. A private key, in particular, must not reach DNS,
a log or a message; so the faults here say what was found and what to do, and never show it.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from emailauth.protocols.dkim import der

KeyType: TypeAlias = Literal["rsa", "ed25519"]
"""The registered values of `k=` (IANA, DKIM Key Type)."""

_LABEL: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_BLOCK: Final = re.compile(r"-----BEGIN ((?:RSA )?PUBLIC KEY)-----([A-Za-z0-9+/=\s]*)-----END \1-----")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]{40,}+={0,2}\s*\Z")
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
    modulus: int = field(default=0, compare=False)
    """Of an RSA key; `octets` say it already. 0 for Ed25519."""
    exponent: int = field(default=0, compare=False)
    """Likewise."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What rules can need."""
        return (self.type,)


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
    meant: PublicKey | None = None
    """The key that it holds in a wrong form, where that is beyond doubt."""


def is_inline(text: str) -> bool:
    """Whether `public_key` holds the key itself and not the path of a file."""
    return text.lstrip().startswith("-----BEGIN")


def looks_bare(text: str) -> bool:
    """Whether a text could be the inside of a PEM file, base64 without the lines around it: a key, even a private one."""
    return _BASE64.match("".join(text.split())) is not None


def shown(word: str) -> str:
    """A word of a record, quoted for a message; what is longer than any word of a record can be a secret, and is not shown."""
    return repr(word) if len(word) <= _LONGEST_WORD else f"of {len(word)} characters"


def is_private_pem(text: str) -> bool:
    """Whether a text holds a private key in PEM, of any kind."""
    return any(label.endswith("PRIVATE KEY") for label in _LABEL.findall(text))


@lru_cache(maxsize=4096)
def read_pem(content: bytes) -> PublicKey | NotAKey:
    """Reads a PEM text. A PKCS #1 "RSA PUBLIC KEY" is converted; everything else that is no public key is told what it is."""
    text = content.decode("ascii", "replace")
    labels = _LABEL.findall(text)
    if is_private_pem(text) or _is_private_text(content):
        return PRIVATE_KEY
    if "CERTIFICATE" in labels:
        return _other("a certificate, not a key: `openssl x509 -pubkey -noout` takes the public key out of it")
    if "v=DKIM1" in text:
        return _other("a key record, not a key: write its text, without quotes, as `record`")
    if text.lstrip().startswith("ssh-"):
        return _other("a key of OpenSSH: `ssh-keygen -e -m PKCS8 -f FILE` writes an RSA key as PEM")
    if not labels:
        return _other(f"{_what(text)}, not PEM: a public key begins with -----BEGIN PUBLIC KEY-----")
    block = _BLOCK.search(text)
    octets = _unarmoured(block[2]) if block else None
    if block is None or octets is None:
        return _other("PEM, but not of a public key that can be read")
    return _of_pem(octets, is_bare=block[1] != "PUBLIC KEY")


@lru_cache(maxsize=4096)
def read_octets(key_type: str, octets: bytes) -> PublicKey | NotAKey:
    """Reads what `p=` holds, decoded, as a key of the type that `k=` says."""
    if der.kind(octets) is der.Kind.PRIVATE or _is_private_text(octets):
        return PRIVATE_KEY
    if key_type == "ed25519":
        return _ed25519(octets)
    if key_type == "rsa":
        return _rsa(octets)
    return _other(f"of a key type, {shown(key_type)}, that verifiers must ignore: the types are rsa and ed25519")


def _ed25519(octets: bytes) -> PublicKey | NotAKey:
    if len(octets) == _ED25519_OCTETS:
        return PublicKey(type="ed25519", octets=octets, bits=8 * _ED25519_OCTETS)
    if len(octets) == 2 * _ED25519_OCTETS:  # the form in which some programs keep the secret: seed and public key
        return PRIVATE_KEY
    message = f"{len(octets)} octets long, and an Ed25519 key has {_ED25519_OCTETS}, without any ASN.1 around them (RFC 8463 section 4)"
    return _what_else(octets) or NotAKey(fault=Fault.OTHER, message=message, meant=_meant(octets))


def _rsa(octets: bytes) -> PublicKey | NotAKey:
    if (fault := _what_else(octets)) is not None:
        return fault
    if len(octets) == _ED25519_OCTETS:
        return _other("an Ed25519 key by its length, while k= says RSA: write k=ed25519")
    if (fault := _length_fault(octets)) is not None:
        return fault
    found = _from_der(octets, is_bare=der.kind(octets) is der.Kind.BARE)
    if isinstance(found, PublicKey) and found.type != "rsa":
        return NotAKey(fault=Fault.OTHER, message="not an RSA key, while k= says so", meant=found)
    return found or _other("not the DER of an RSA public key")


def _meant(octets: bytes) -> PublicKey | None:
    """The key in a SubjectPublicKeyInfo, which says its own type."""
    found = _from_der(octets, is_bare=False)
    return found if isinstance(found, PublicKey) else None


def _of_pem(octets: bytes, *, is_bare: bool) -> PublicKey | NotAKey:
    if der.kind(octets) is der.Kind.PRIVATE:
        return PRIVATE_KEY
    found = _from_der(octets, is_bare=is_bare)
    if isinstance(found, PublicKey):
        # RFC 6376 section 3.6.1 says RSAPublicKey and appendix C shows SubjectPublicKeyInfo; erratum 3017
        # allows both, and some verifiers read the second only: that is what is published.
        return PublicKey(type=found.type, octets=found.octets, bits=found.bits, modulus=found.modulus, exponent=found.exponent)
    return found or _other("PEM, but not of a public key that can be read")


def _from_der(octets: bytes, *, is_bare: bool) -> PublicKey | NotAKey | None:
    """The key in a SubjectPublicKeyInfo, or in an RSAPublicKey; None where it is neither."""
    try:
        algorithm, key = (der.RSA_ENCRYPTION, octets) if is_bare else der.public_key_info(octets)
        if algorithm == der.ED25519:
            return PublicKey(type="ed25519", octets=key, bits=8 * _ED25519_OCTETS) if len(key) == _ED25519_OCTETS else None
        if algorithm != der.RSA_ENCRYPTION:
            return _other("a key of a type that DKIM does not have: make an RSA or an Ed25519 key")
        modulus, exponent = der.rsa_public_key(key)
    except der.NotDerError:
        return None
    if modulus <= 0 or exponent <= 0:
        return _other("an RSA key with a number that is not positive: an octet 00 before it was lost")
    octets = der.wrapped(octets) if is_bare else octets
    return PublicKey(type="rsa", octets=octets, bits=modulus.bit_length(), is_bare=is_bare, modulus=modulus, exponent=exponent)


def _what_else(octets: bytes) -> NotAKey | None:
    """What people put into `p=` instead of a key, by its beginning."""
    if der.kind(octets) is der.Kind.CERTIFICATE:
        return _other("a certificate, not a key: `openssl x509 -pubkey -noout` takes the public key out of it")
    if octets.startswith(b"-----BEGIN"):
        return _other("a whole PEM file in base64: only what stands between its first and its last line belongs into p=")
    if octets.startswith((b"\0\0\0\x07ssh-", b"\0\0\0\x0bssh-")):
        return _other("a key of OpenSSH: `ssh-keygen -e -m PKCS8 -f FILE` writes an RSA key as PEM")
    return None


def _length_fault(octets: bytes) -> NotAKey | None:
    """Whether DER was cut off, which happens at the 255 octets of a string, or something was added."""
    if der.kind(octets) is der.Kind.OTHER:
        return None
    outer = der.element(octets)
    if not outer.is_whole:
        return _other(f"cut off: of {outer.length} octets that it says it has, {len(outer.content)} are there")
    if outer.rest:
        return _other(f"longer than it says: {len(outer.rest)} octets follow the key")
    return None


def _is_private_text(octets: bytes) -> bool:
    """Whether octets are a private key as text, in OpenSSH's own form, or as DER in a file without PEM lines."""
    if octets.startswith(b"openssh-key-v1\0") or is_private_pem(octets[:4096].decode("ascii", "replace")):
        return True
    return octets.startswith(b"\x30") and der.kind(octets) is der.Kind.PRIVATE


def _unarmoured(body: str) -> bytes | None:
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error:
        return None


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
