"""What the rules about BIMI say, beyond the examples on their pages."""

from typing import Any

import pytest

from tests.protocols.judging import findings, messages
from tests.protocols.mark_certificates import Made, logotype, made, packed

URL = "https://www.example.com/logo.svg"
ROOT = 'xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64"'


def of_logo(text: str) -> list[tuple[str, str]]:
    return messages("bimi", {"bimi": {"logo": "logo.svg"}}, {"logo.svg": text.encode()})


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (ROOT, []),
        (ROOT.replace("1.2", "1.1"), ['the svg element of the logo has version="1.1": it must have version="1.2"']),
        (ROOT.replace('version="1.2"', ""), ['the svg element of the logo has no version: it must have version="1.2"']),
        (ROOT + ' x="0" y="0"', [f"the svg element of the logo has {name}: remove that attribute" for name in "xy"]),
        (ROOT.replace("0 0 64 64", "0 0 64 63.5"), []),
        (ROOT.replace("0 0 64 64", "0 0 64 63"), ["the logo is 64 by 63 and not square"]),
        (ROOT.replace("viewBox", "viewbox"), ["the svg element of the logo has no viewBox of four numbers, so its shape is not known"]),
        (ROOT + ' width="100%" height="64"', ["the svg element of the logo has a relative width: write a number or leave it out"]),
    ],
)
def test_the_root_element_of_a_logo(root: str, said: list[str]) -> None:
    assert [message for _, message in of_logo(f"<svg {root}><title>Example</title></svg>")] == said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<title>" + "x" * 64 + "</title>", []),
        ("<title>" + "x" * 65 + "</title>", [("bimi-logo-title", "the title of the logo has 65 characters, 64 are allowed")]),
        ("<title> </title>", [("bimi-logo-title", "the logo has no title: write <title>Name of the company</title> behind <svg ...>")]),
        (
            "<title>x</title>\n<script/>\n<script/><image xmlns='urn:other'/>",
            [
                ("bimi-logo-element", "line 2 of the logo has the element script, which SVG Tiny PS has not"),
                ("bimi-logo-element", "line 3 of the logo has the element image, which SVG Tiny PS has not"),
            ],
        ),
        (
            '<title>x</title><path xmlns="urn:other"/>',
            [("bimi-logo-element", "line 1 of the logo has the element path, which SVG Tiny PS has not")],
        ),
        ('<title>x</title><rect fill="url( #a )" stroke=\'url("#b")\'/>', []),
        (
            "<title>x</title><rect fill=\"URL('https://example.net/a#b')\"/>",
            [("bimi-logo-reference", "line 1 of the logo refers to 'https://example.net/a#b', which is outside of it")],
        ),
        (
            '<title>x</title><use href="data:' + "A" * 100 + '"/>',
            [("bimi-logo-reference", "line 1 of the logo refers to 'data:" + "A" * 59 + "...', which is outside of it")],
        ),
    ],
)
def test_the_content_of_a_logo(content: str, said: list[tuple[str, str]]) -> None:
    assert of_logo(f"<svg {ROOT}>{content}</svg>") == said


def test_a_logo_of_more_than_32_kilobytes() -> None:
    empty = f"<svg {ROOT}><title>x</title><!----></svg>"
    full = empty.replace("<!---->", f"<!--{' ' * (32768 - len(empty))}-->")
    assert of_logo(full) == []
    assert of_logo(f"{full} ") == [("bimi-logo-shape-and-size", "the logo has 32769 octets, 32768 is what all mailbox providers take")]


@pytest.mark.parametrize(
    ("sections", "rules"),
    [
        ({"bimi": {"logo": URL}}, []),
        ({"bimi": {"logo": URL}, "dmarc": {"policy": "reject"}}, []),
        ({"bimi": {"logo": URL}, "dmarc": {"policy": "none"}}, ["bimi-without-dmarc-enforcement"]),
        ({"bimi": {"logo": URL}, "dmarc": {"policy": "none", "testing": True}}, ["bimi-without-dmarc-enforcement"]),
        ({"bimi": {"logo": URL}, "dmarc": {"policy": "reject", "subdomain_policy": "none"}}, ["bimi-without-dmarc-enforcement"]),
        ({"bimi": {"logo": URL}, "dmarc": "absent"}, ["bimi-without-dmarc-enforcement"]),
        ({"bimi": {"logo": URL}, "dmarc": {"policy": "reject", "testing": True}}, ["bimi-with-dmarc-testing"]),
        ({"bimi": "declined", "dmarc": {"policy": "none", "testing": True}}, []),
        ({"dmarc": {"policy": "reject", "testing": True}}, []),
    ],
)
def test_bimi_needs_dmarc_at_enforcement(sections: dict[str, Any], rules: list[str]) -> None:
    found = findings("bimi", sections)
    assert [(rule, at) for rule, _, at, _ in found] == [(rule, ("bimi",)) for rule in rules]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"logo": URL, "selector": "a.b-c"}, []),
        ({"logo": URL, "selector": ""}, [("bimi-selector", "'' is no selector: labels of letters, digits and hyphens")]),
        ({"logo": URL, "selector": "-a"}, [("bimi-selector", "'-a' is no selector: labels of letters, digits and hyphens")]),
        (
            {"logo": URL, "certificate": "https://localhost/a.pem"},
            [("bimi-uri", "'https://localhost/a.pem': localhost is no fully qualified domain name")],
        ),
        (
            {"logo": "gone.svg", "certificate": "secret.pem"},
            [
                ("bimi-file-unreadable", "'gone.svg' cannot be read: it was not read"),
                ("bimi-file-unreadable", "'secret.pem' cannot be read: Permission denied"),
            ],
        ),
    ],
)
def test_what_the_section_says(shape: dict[str, str], said: list[tuple[str, str]]) -> None:
    assert messages("bimi", {"bimi": shape}, {"secret.pem": PermissionError(13, "Permission denied")}) == said


LOGO = f"<svg {ROOT}><title>Example</title></svg>\n".encode()


@pytest.fixture(scope="module")
def authority() -> Made:
    return made("Mark CA", ca=True)


def of_certificate(pem: bytes, logo: bytes = LOGO, selector: str = "default") -> list[tuple[str, str]]:
    shape = {"logo": "logo.svg", "certificate": "mark.pem", "selector": selector}
    return messages("bimi", {"bimi": shape}, {"logo.svg": logo, "mark.pem": pem})


def mark(authority: Made, *names: str, logo: bytes = LOGO) -> Made:
    return made("Example", authority, names=names, logotype=logotype(packed(logo)))


@pytest.mark.parametrize("name", ["example.com", "EXAMPLE.com", "default._bimi.example.com", "com"])
def test_a_certificate_for_the_domain(authority: Made, name: str) -> None:
    assert of_certificate(mark(authority, name).pem + authority.pem) == []


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("www.example.com", "example.net"), "www.example.com, example.net"),
        (("other._bimi.example.com",), "other._bimi.example.com"),
        ((), "no domain"),
    ],
)
def test_a_certificate_for_something_else(authority: Made, names: tuple[str, ...], told: str) -> None:
    assert of_certificate(mark(authority, *names).pem) == [
        ("bimi-certificate-domain", f"the certificate is for {told}, not for example.com")
    ]


def test_a_certificate_for_another_selector_in_the_file(authority: Made) -> None:
    assert of_certificate(mark(authority, "Spring._bimi.example.com").pem, selector="SPRING") == []


def test_a_certificate_for_another_logo(authority: Made) -> None:
    said = "the logo in the certificate is not that of the file: use the file that the certificate was issued for"
    other = mark(authority, "example.com", logo=LOGO.replace(b"64 64", b"32 32")).pem
    assert of_certificate(other) == [("bimi-certificate-logo", said)]
    assert of_certificate(mark(authority, "example.com").pem, logo=LOGO.replace(b"\n", b"\r\n")) == []
    assert messages("bimi", {"bimi": {"logo": URL, "certificate": "mark.pem"}}, {"mark.pem": other}) == []


def test_a_certificate_without_a_logo(authority: Made) -> None:
    bare = made("Example", authority, names=("example.com",))
    assert of_certificate(bare.pem) == [("bimi-certificate-logo", "there is no logo in the certificate, so receivers refuse it")]


def test_a_file_whose_certificates_are_in_no_order(authority: Made) -> None:
    leaf = mark(authority, "example.com")
    stranger = made("Other CA", ca=True)
    assert of_certificate(authority.pem + leaf.pem) == [
        (
            "bimi-certificate-order",
            "the file begins with an authority's certificate: the mark certificate comes first, its issuers behind it",
        )
    ]
    assert of_certificate(leaf.pem + leaf.pem) == [
        ("bimi-certificate-order", "the file has several certificates that are no authority's: leave the one that the logo shall have")
    ]
    assert of_certificate(leaf.pem + stranger.pem) == [
        ("bimi-certificate-order", "each certificate is followed by that of its issuer, which is not so here")
    ]


def test_a_certificate_for_another_purpose(authority: Made) -> None:
    server = made("www.example.com", authority, purpose=False, names=("example.com",), logotype=logotype(packed(LOGO)))
    assert of_certificate(server.pem) == [
        ("bimi-certificate-purpose", "the certificate has not the extended key usage 1.3.6.1.5.5.7.3.31: it is no mark certificate")
    ]
