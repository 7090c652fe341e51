"""Makes mark certificates for tests: they look like real ones as far as rules look."""

import base64
import datetime as dt
import gzip
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PURPOSE = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.31")
LOGOTYPE = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.12")
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Made:
    """A certificate and what is needed to issue others with it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def made(
    name: str,
    issuer: Made | None = None,
    *,
    ca: bool = False,
    purpose: bool = True,
    names: tuple[str, ...] = (),
    logotype: bytes | None = None,
) -> Made:
    """A certificate; self-signed without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + dt.timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([PURPOSE]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
    if logotype is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(LOGOTYPE, logotype), critical=False)
    return Made(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def logotype(content: bytes, behind: bytes = b"\xa1\x00") -> bytes:
    """The part of a logotype extension that holds a logo, with what may stand behind it."""
    uri = b"data:image/svg+xml;base64," + base64.b64encode(content)
    return b"\x16\x82" + len(uri).to_bytes(2, "big") + uri + behind


def packed(logo: bytes) -> bytes:
    """A logo as mark certificates hold it."""
    return gzip.compress(logo, mtime=0)
