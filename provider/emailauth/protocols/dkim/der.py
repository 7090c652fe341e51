"""As much of DER (ITU-T X.690) as public keys need, and what is near them. Octets that are cut off are recognised, too.

`cryptography` reads public keys as well, but not those that this program has to tell something about: it refuses an exponent of 1 or
a lost octet with the same words as any junk.
"""

from collections.abc import Iterator
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
NULL: Final = 0x05
OID: Final = 0x06
SEQUENCE: Final = 0x30
_CONTEXT_0: Final = 0xA0

RSA_ENCRYPTION: Final = bytes.fromhex("2a864886f70d010101")
"""1.2.840.113549.1.1.1 (RFC 8017 appendix C)."""
ED25519: Final = bytes.fromhex("2b6570")
"""1.3.101.112 (RFC 8410 section 3)."""
_ENCRYPTIONS: Final = (bytes.fromhex("2a864886f70d0105"), bytes.fromhex("2a864886f70d010c01"))
"""1.2.840.113549.1.5 (PKCS #5) and 1.2.840.113549.1.12.1 (PKCS #12): how private keys are encrypted."""

_LONG: Final = 0x80
_MAX_LENGTH_OCTETS: Final = 4
_MAX_VERSION: Final = 3


class NotDerError(ValueError):
    """Octets that are not the DER that was looked for."""


class Element(NamedTuple):
    """One element: a tag, and its content as far as it is there."""

    tag: int
    content: bytes
    length: int
    """Octets that the content should have."""
    rest: bytes
    """What follows it."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it was cut off."""
        return len(self.content) == self.length


class Kind(Enum):
    """What a structure is by its beginning."""

    PUBLIC = "SubjectPublicKeyInfo"
    BARE = "RSAPublicKey"
    PRIVATE = "a private key"
    CERTIFICATE = "a certificate"
    OTHER = "none of these"


def element(octets: bytes) -> Element:
    """The first element; its content can be cut off. Raises `NotDerError`."""
    if len(octets) < 2:  # noqa: PLR2004 - a tag and a length
        raise NotDerError
    tag, length, start = octets[0], octets[1], 2
    if length >= _LONG:
        count = length - _LONG
        start += count
        if not 0 < count <= _MAX_LENGTH_OCTETS or start > len(octets):
            raise NotDerError
        length = int.from_bytes(octets[2:start])
    return Element(tag, octets[start : start + length], length, octets[start + length :])


def elements(octets: bytes) -> Iterator[Element]:
    """All elements, one after another; only the last can be cut off. Raises `NotDerError`."""
    while octets:
        found = element(octets)
        yield found
        octets = found.rest


def kind(octets: bytes) -> Kind:
    """What octets are by their beginning, be the end cut off or too long."""
    try:
        outer = element(octets)
        first = element(outer.content) if outer.tag == SEQUENCE else None
        if first is None:
            return Kind.OTHER
        if first.tag == INTEGER:  # the version of PKCS #1, PKCS #8, PKCS #12, SEC 1 and DSA private keys
            return Kind.PRIVATE if first.length == 1 and first.content[:1] <= bytes([_MAX_VERSION]) else Kind.BARE
        if first.tag != SEQUENCE:
            return Kind.OTHER
        return _of_nested(element(first.content))
    except NotDerError:
        return Kind.OTHER


def _of_nested(inner: Element) -> Kind:
    if inner.tag == OID:
        return Kind.PRIVATE if inner.content.startswith(_ENCRYPTIONS) else Kind.PUBLIC
    return Kind.CERTIFICATE if inner.tag in {_CONTEXT_0, INTEGER} else Kind.OTHER


def public_key_info(octets: bytes) -> tuple[bytes, bytes]:
    """Algorithm and key of a SubjectPublicKeyInfo (RFC 5280 section 4.1). Raises `NotDerError`."""
    algorithm, key = _sequence(octets, 2)
    if algorithm.tag != SEQUENCE or key.tag != BIT_STRING or key.content[:1] != b"\0":
        raise NotDerError
    oid = element(algorithm.content)
    if oid.tag != OID:
        raise NotDerError
    return oid.content, key.content[1:]


def rsa_public_key(octets: bytes) -> tuple[int, int]:
    """Modulus and exponent of an RSAPublicKey (RFC 8017 appendix A.1.1); either can be negative. Raises `NotDerError`."""
    modulus, exponent = map(_integer, _sequence(octets, 2))
    return modulus, exponent


def wrapped(bare: bytes) -> bytes:
    """The SubjectPublicKeyInfo of an RSAPublicKey."""
    algorithm = _made(SEQUENCE, _made(OID, RSA_ENCRYPTION) + _made(NULL, b""))
    return _made(SEQUENCE, algorithm + _made(BIT_STRING, b"\0" + bare))


def _sequence(octets: bytes, count: int) -> list[Element]:
    outer = element(octets)
    found = list(islice(elements(outer.content), count + 1))
    if outer.tag != SEQUENCE or not outer.is_whole or outer.rest or len(found) != count or not found[-1].is_whole:
        raise NotDerError
    return found


def _integer(found: Element) -> int:
    if found.tag != INTEGER or not found.content or (found.length > 1 and found.content[0] == 0 and found.content[1] < _LONG):
        raise NotDerError
    return int.from_bytes(found.content, signed=True)


def _made(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LONG:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, _LONG + len(octets)]) + octets + content
