"""Mark certificates: the octets are PEM, or the DER that is put into PEM."""

import base64

from emailauth.core.posture import Domain, Posture
from emailauth.lint.engine import run as judged
from emailauth.lint.rules import all_rules
from emailauth.protocols import bimi
from emailauth.protocols.bimi import certificate


def run(data: bytes) -> None:
    """Whatever it is, it is read or told why it cannot be; no rule raises."""
    for content in (data, _armoured(data)):
        found = certificate.read(content)
        if isinstance(found, certificate.NoCertificate):
            assert found.reason
        else:
            assert sum(map(len, found.logos)) <= 8 << 20
        domain = Domain(
            name="example.com",
            route=("domains", "example.com"),
            sections={"bimi": bimi.Bimi(logo="logo.svg", certificate="mark.pem")},
            attachments={"logo.svg": b"<svg/>", "mark.pem": content},
        )
        assert all(raised.message for raised in judged(Posture(domains=(domain,)), all_rules()))


def _armoured(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
