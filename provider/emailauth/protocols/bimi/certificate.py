"""Reads mark certificates: PEM files with a Verified or Common Mark Certificate and its issuers.

The rules for them are in draft-fetch-validation-vmc-wchuang and in the Minimum Security Requirements for Issuance
of Mark Certificates. What needs a clock or a list of trusted roots is not judged here.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from cryptography import x509

PURPOSE: Final = "1.3.6.1.5.5.7.3.31"
"""id-kp-BrandIndicatorforMessageIdentification, the extended key usage of mark certificates."""

_LOGOTYPE: Final = "1.3.6.1.5.5.7.1.12"
_BEGIN: Final = b"-----BEGIN CERTIFICATE-----"
_END: Final = b"-----END CERTIFICATE-----"
_DATA_URI: Final = re.compile(rb"data:image/svg\+xml(?:;[a-z0-9=_-]+)*;base64,([A-Za-z0-9+/=\r\n]+)", re.IGNORECASE)
_MAX_LOGO: Final = 1 << 20
"""Octets; no embedded logo is unpacked beyond this."""
_MAX_LOGOS: Final = 8
"""A mark certificate has one; each further one that is unpacked takes memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCertificate:
    """What rules judge of a mark certificate's file."""

    is_authority: tuple[bool, ...]
    """Of each certificate in the file, whether it is an authority's own; the mark certificate itself is none."""
    is_chain: bool
    """Whether each certificate names the next as its issuer."""
    purposes: frozenset[str]
    """The extended key usages of the first certificate, as dotted decimals."""
    names: tuple[str, ...]
    """The domain names that it is made out for, in lower case."""
    logos: tuple[bytes, ...]
    """The logos inside, unpacked."""


@dataclass(frozen=True, slots=True)
class NoCertificate:
    """A file that cannot be read as PEM certificates, and why."""

    reason: str


def read(content: bytes) -> MarkCertificate | NoCertificate:
    """Reads a mark certificate's file; never raises for its content."""
    from cryptography import x509  # noqa: PLC0415 - costs more to load than all the rest, and few files have a certificate

    blocks = list(_blocks(content))
    if not blocks:
        der = content.startswith(b"\x30\x82")
        return NoCertificate("it is DER: convert it to PEM (openssl x509 -inform DER)" if der else "there is no PEM certificate in it")
    try:
        return _described([x509.load_pem_x509_certificate(block) for block in blocks])
    except (ValueError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType) as e:
        return NoCertificate(f"a certificate in it is damaged: {e}")


def _blocks(content: bytes) -> Iterator[bytes]:
    """The PEM certificates, with their first and last lines."""
    start = content.find(_BEGIN)
    while start >= 0 and (end := content.find(_END, start)) >= 0:
        yield content[start : end + len(_END)]
        start = content.find(_BEGIN, end)


def _described(certificates: "list[x509.Certificate]") -> MarkCertificate:
    from cryptography import x509  # noqa: PLC0415 - see `read`

    first = certificates[0]
    constraints = [_extension(certificate, x509.BasicConstraints) for certificate in certificates]
    usage = _extension(first, x509.ExtendedKeyUsage)
    alternatives = _extension(first, x509.SubjectAlternativeName)
    return MarkCertificate(
        is_authority=tuple(found is not None and found.ca for found in constraints),
        is_chain=all(this.issuer == following.subject for this, following in pairwise(certificates)),
        purposes=frozenset(purpose.dotted_string for purpose in usage or ()),
        names=tuple(name.lower() for name in (alternatives.get_values_for_type(x509.DNSName) if alternatives else ())),
        logos=tuple(islice(_logos(first), _MAX_LOGOS)),
    )


_E = TypeVar("_E", bound="x509.ExtensionType")


def _extension(certificate: "x509.Certificate", kind: type[_E]) -> _E | None:
    return next((extension.value for extension in certificate.extensions if isinstance(extension.value, kind)), None)


def _logos(certificate: "x509.Certificate") -> Iterator[bytes]:
    """The logos of the logotype extension: data URIs of compressed SVG (RFC 9399 section 4.3, RFC 2397)."""
    for extension in certificate.extensions:
        if extension.oid.dotted_string == _LOGOTYPE:
            for encoded in _DATA_URI.findall(extension.value.public_bytes()):
                yield from _unpacked(encoded)


def _unpacked(encoded: bytes) -> Iterator[bytes]:
    try:
        # What follows the text in the extension can look like one more digit of it.
        packed = base64.b64decode(encoded[: len(encoded) // 4 * 4])
        yield zlib.decompressobj(wbits=31).decompress(packed, _MAX_LOGO) if packed.startswith(b"\x1f\x8b") else packed
    except (binascii.Error, zlib.error):
        return
