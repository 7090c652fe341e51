"""What the private key of a signer and a published key say of each other. Nothing of a private key leaves this module but its public half.

Signers keep the key in many forms: PEM of PKCS #8, PKCS #1 or OpenSSH (OpenDKIM, Exim, Postfix' milters), the same as DER, or as base64 without
the lines around it (rspamd), and for Ed25519 the 32 octets of the seed, with or without the public key behind it, as such or as base64.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from emailauth.protocols.dkim.keys import NotAKey, PublicKey, is_private_pem, read_octets, read_pem
from emailauth.protocols.dkim.record import Record, key_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_SEED: Final = 32
"""Octets of an Ed25519 private key (RFC 8032 section 5.1.5)."""


class Verdict(Enum):
    """How a private key and a published record go together."""

    MATCHES = "matches"
    TESTING = "matches, testing"
    """Verifiers treat mail that it signs as if it were not signed."""
    OTHER_KEY = "other key"
    OTHER_TYPE = "other type"
    REVOKED = "revoked"
    NO_KEY = "no key"
    """The record holds none that can be read."""


class Reason(Enum):
    """Why there is no public half."""

    ENCRYPTED = "encrypted"
    OTHER_TYPE = "other type"
    NOT_PRIVATE = "not a private key"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPrivate:
    """What stands in the place of a private key and is none that can be used."""

    reason: Reason
    message: str
    """What it is, for a person, to stand behind "it is"; never the text itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What one selector says of the key."""

    domain: str
    selector: str
    verdict: Verdict | None
    """None: nothing is published there, or nothing is known."""
    note: str = ""
    """Why there is no verdict, for a person."""
    is_known: bool = True
    """Whether it could be looked up."""

    @property
    def is_match(self) -> bool:
        """Whether this selector publishes the key."""
        return self.verdict in {Verdict.MATCHES, Verdict.TESTING}


def public_half(content: bytes) -> PublicKey | NotPrivate:
    """Reads a private key in any of the forms above and tells its public key. Never raises."""
    text = content.decode("ascii", "replace").strip()
    if "-----BEGIN" in text:
        return _of_pem(text)
    octets = _from_base64(text) if re.fullmatch(r"[A-Za-z0-9+/\s]+={0,2}", text) else content
    if octets is None:
        return _no_key("base64 that is not whole")
    if len(octets) in {_SEED, 2 * _SEED}:
        return _of_seed(octets)
    from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415 - heavy, and seldom needed

    return _loaded(lambda: load_der_private_key(octets, password=None))


def compare(half: PublicKey, published: Record | PublicKey) -> Verdict:
    """What a record, or a key, says of the public half of a private key (RFC 6376 section 3.6.1)."""
    if isinstance(published, Record) and published.is_revoked:
        return Verdict.REVOKED
    key = key_of(published) if isinstance(published, Record) else published
    if not isinstance(key, PublicKey):
        return Verdict.NO_KEY
    if key.type != half.type:
        return Verdict.OTHER_TYPE
    if key.octets != half.octets:
        return Verdict.OTHER_KEY
    return Verdict.TESTING if isinstance(published, Record) and "y" in published.flags else Verdict.MATCHES


def _of_pem(text: str) -> PublicKey | NotPrivate:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key  # noqa: PLC0415 - as above

    if not is_private_pem(text):
        is_public = isinstance(read_pem(text.encode()), PublicKey)
        return _no_key("a public key: the signer has the private one" if is_public else "PEM, but not of a private key")
    block = text[text.index("-----BEGIN", max(0, text.index("PRIVATE KEY-----") - len("-----BEGIN ENCRYPTED "))) :]
    load = load_ssh_private_key if "BEGIN OPENSSH" in block else load_pem_private_key
    return _loaded(lambda: load(block.encode("ascii", "replace"), password=None))


def _of_seed(octets: bytes) -> PublicKey | NotPrivate:
    """Also of a seed with the public key behind it. A public key alone looks like a seed; which it is, nobody can tell."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - as above

    found = _loaded(lambda: Ed25519PrivateKey.from_private_bytes(octets[:_SEED]))
    if octets[_SEED:] and isinstance(found, PublicKey) and found.octets != octets[_SEED:]:
        return _no_key("64 octets that are no Ed25519 key")
    return found


def _loaded(load: Callable[[], object]) -> PublicKey | NotPrivate:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415

    try:
        key = load()
    except TypeError:  # what the library raises where a password is needed
        return NotPrivate(reason=Reason.ENCRYPTED, message="a private key, encrypted with a password")
    except Exception:  # noqa: BLE001 - it documents no closed list of what odd octets raise
        return _no_key("not a private key that can be read")
    if isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        return _published(key.public_key())
    return NotPrivate(reason=Reason.OTHER_TYPE, message="a private key of a type that DKIM does not have: it is for RSA and Ed25519")


def _published(key: "RSAPublicKey | Ed25519PublicKey") -> PublicKey | NotPrivate:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    if isinstance(key, RSAPublicKey):
        found = read_octets("rsa", key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    else:
        found = read_octets("ed25519", key.public_bytes_raw())
    return _no_key("a private key whose public half cannot be published") if isinstance(found, NotAKey) else found


def _from_base64(text: str) -> bytes | None:
    joined = "".join(text.split())
    try:
        return base64.b64decode(joined + "=" * (-len(joined) % 4), validate=True)
    except binascii.Error:
        return None


def _no_key(message: str) -> NotPrivate:
    return NotPrivate(reason=Reason.NOT_PRIVATE, message=message)
