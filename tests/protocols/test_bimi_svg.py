"""Logos are read without trust: whatever the file is, the answer is a logo or a reason."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.protocols.bimi.svg import NAMESPACE, Element, NoSvg, Svg, read

SVG = 'xmlns="http://www.w3.org/2000/svg"'


def logo(text: str) -> Svg:
    found = read(text.encode())
    assert isinstance(found, Svg), found
    return found


def test_reads_elements_attributes_and_places() -> None:
    text = f'<?xml version="1.0"?>\n<svg {SVG} xmlns:xlink="http://www.w3.org/1999/xlink" version="1.2">\n<use xlink:href="#a"/></svg>'
    found = logo(text)
    assert found.root == Element(namespace=NAMESPACE, name="svg", attributes={"version": "1.2"}, depth=0, line=2)
    assert found.elements[1:] == (
        Element(namespace=NAMESPACE, name="use", attributes={"http://www.w3.org/1999/xlink href": "#a"}, depth=1, line=3),
    )
    assert found.size == len(text)


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("<title> Example &amp; <!-- --> Sons </title>", "Example &  Sons"),
        ("<title/>", ""),
        ("<g><title>of the group</title></g>", None),
        ('<title xmlns="urn:other">of something else</title>', None),
        ("<title>first</title><title>second</title>", "first"),
        ("text <title>one</title> text", "one"),
    ],
)
def test_the_title_is_that_of_the_root(content: str, title: str | None) -> None:
    assert logo(f"<svg {SVG}>{content}</svg>").title == title


@pytest.mark.parametrize(
    ("attribute", "box"),
    [
        ('viewBox="0 0 64 64"', (0.0, 0.0, 64.0, 64.0)),
        ('viewBox=" -1.5, +2 , .5 1e2 "', (-1.5, 2.0, 0.5, 100.0)),
        ('viewBox="0 0 64"', None),
        ('viewBox="0 0 64 64 64"', None),
        ('viewBox="0 0 64px 64px"', None),
        ('viewBox="0 0 nan inf"', None),
        ('width="64"', None),
    ],
)
def test_the_view_box_is_four_numbers(attribute: str, box: tuple[float, float, float, float] | None) -> None:
    assert logo(f"<svg {SVG} {attribute}/>").view_box == box


BILLION_LAUGHS = (
    b'<!DOCTYPE svg [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 10) for name in b"bcdefghij")
    + b']><svg xmlns="http://www.w3.org/2000/svg"><title>&j;</title></svg>'
)
DOCTYPE = "it has a document type declaration (<!DOCTYPE ...>): remove it"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "line 1: no element found", id="nothing"),
        pytest.param(b"\x89PNG\r\n", "line 1: not well-formed (invalid token)", id="another format"),
        pytest.param(b"<svg", "line 1: unclosed token", id="cut off"),
        pytest.param(b"<svg>\n<g></svg>", "line 2: mismatched tag", id="not well-formed"),
        pytest.param(b"<svg/><svg/>", "line 1: junk after document element", id="two documents"),
        pytest.param(b"<svg/>", "its root element is 'svg', not 'svg' of the namespace http://www.w3.org/2000/svg", id="no namespace"),
        pytest.param(b"<html/>", "its root element is 'html', not 'svg' of the namespace http://www.w3.org/2000/svg", id="another root"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg">&nbsp;</svg>', "line 1: undefined entity", id="entity of HTML"),
        pytest.param(BILLION_LAUGHS, DOCTYPE, id="billion laughs"),
        pytest.param(b'<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg/>', DOCTYPE, id="external DTD"),
        pytest.param(b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>', DOCTYPE, id="external entity"),
        pytest.param(gzip.compress(b"<svg/>"), "it is compressed with gzip: name the plain SVG", id="SVGZ"),
        pytest.param(
            b'<?xml version="1.0" encoding="klingon"?><svg/>',
            "its encoding cannot be read: unknown encoding: klingon",
            id="unknown encoding",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="shift_jis"?><svg/>',
            "its encoding cannot be read: multi-byte encodings are not supported",
            id="encoding that expat has not",
        ),
    ],
)
def test_says_why_a_file_is_no_logo(content: bytes, reason: str) -> None:
    assert read(content) == NoSvg(reason)


@given(st.binary(max_size=100) | st.text("<>/svg ='\"&;![]?-", max_size=60).map(str.encode))
@settings(max_examples=200)
def test_law_no_content_raises(content: bytes) -> None:
    assert isinstance(read(content), Svg | NoSvg)
