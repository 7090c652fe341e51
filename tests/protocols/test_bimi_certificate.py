"""Mark certificates are read without trust, too."""

import re
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization

from emailauth.protocols.bimi.certificate import PURPOSE, MarkCertificate, NoCertificate, read
from tests.protocols.mark_certificates import Made, logotype, made, packed

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture(scope="module")
def authority() -> Made:
    return made("Mark CA", ca=True)


def certificate(content: bytes) -> MarkCertificate:
    found = read(content)
    assert isinstance(found, MarkCertificate), found
    return found


def test_reads_what_rules_judge(authority: Made) -> None:
    leaf = made("Example", authority, names=("Example.com", "default._bimi.example.net"), logotype=logotype(packed(LOGO)))
    assert certificate(b"Bag Attributes\n" + leaf.pem + b"\n" + authority.pem) == MarkCertificate(
        is_authority=(False, True),
        is_chain=True,
        purposes=frozenset({PURPOSE}),
        names=("example.com", "default._bimi.example.net"),
        logos=(LOGO,),
    )


def test_a_certificate_that_says_nothing_has_nothing(authority: Made) -> None:
    leaf = made("Example", authority, purpose=False)
    assert certificate(leaf.pem) == MarkCertificate(is_authority=(False,), is_chain=True, purposes=frozenset(), names=(), logos=())


def test_only_a_file_in_order_is_a_chain(authority: Made) -> None:
    leaf, stranger = made("Example", authority), made("Other CA", ca=True)
    assert not certificate(leaf.pem + stranger.pem).is_chain
    assert not certificate(authority.pem + leaf.pem).is_chain
    assert certificate(authority.pem + leaf.pem).is_authority == (True, False)


def variants() -> Iterator[tuple[str, bytes, tuple[bytes, ...]]]:
    yield "plain", logotype(LOGO), (LOGO,)
    yield "compressed", logotype(packed(LOGO)), (LOGO,)
    yield "a digit of base64 behind it", logotype(packed(LOGO), b"0\x82"), (LOGO,)
    yield "two", logotype(LOGO) + logotype(packed(LOGO + b" ")), (LOGO, LOGO + b" ")
    yield "damaged gzip", logotype(b"\x1f\x8b" + b"\xff" * 20), ()
    yield "damaged base64", b"data:image/svg+xml;base64,=AA=", ()
    yield "a picture of another format", b"data:image/png;base64,AAAA", ()
    yield "no more than a megabyte", logotype(packed(b" " * (4 << 20))), (b" " * (1 << 20),)


@pytest.mark.parametrize(("extension", "logos"), [pytest.param(extension, logos, id=name) for name, extension, logos in variants()])
def test_unpacks_the_logos_inside(authority: Made, extension: bytes, logos: tuple[bytes, ...]) -> None:
    assert certificate(made("Example", authority, logotype=extension).pem).logos == logos


@pytest.mark.parametrize(
    "content", [b"", b"text", b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"]
)
def test_says_that_there_is_no_certificate(content: bytes) -> None:
    assert read(content) == NoCertificate("there is no PEM certificate in it")


def test_says_what_to_do_with_der(authority: Made) -> None:
    der = authority.certificate.public_bytes(serialization.Encoding.DER)
    assert read(der) == NoCertificate("it is DER: convert it to PEM (openssl x509 -inform DER)")


def test_says_that_a_certificate_is_damaged(authority: Made) -> None:
    middle = len(authority.pem) // 2
    for content in (
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        authority.pem[:middle] + b"!" + authority.pem[middle:],
        re.sub(rb"\n[^\n]+\n-----END", b"\n-----END", authority.pem),
    ):
        found = read(content)
        assert isinstance(found, NoCertificate)
        assert found.reason.startswith("a certificate in it is damaged: ")
