"""The logo, as SVG Tiny Portable/Secure."""

import re
from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import MUST, SHOULD, rule
from emailauth.protocols.bimi.svg import ELEMENTS, NAMESPACE, XLINK_HREF, NoSvg, Svg

_MAX_SIZE: Final = 32 * 1024
_MAX_TITLE: Final = 64
_CENTRED: Final = 0.01
"""Part of the width by which a square may be none, for drawing programs that round."""


@rule(MUST, "draft-svg-tiny-ps-abrotman section 2", covers=["BIMI-020"])
def bimi_logo_not_svg(logo: NoSvg) -> Iterator[Finding]:
    """A logo that cannot be read as SVG.

    The file is one well-formed XML document with the root element svg, without a document type declaration and the entities
    that one could define: with these, a small file can grow without limit when it is read.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0">
        </svg>
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    """
    yield Finding(f"the logo is no SVG: {logo.reason}")


@rule(MUST, "draft-svg-tiny-ps-abrotman section 2", covers=["BIMI-021", "BIMI-022", "BIMI-025"])
def bimi_logo_profile(logo: Svg) -> Iterator[Finding]:
    """A logo whose root element does not say that it is SVG Tiny PS.

    The svg element has version="1.2" and baseProfile="tiny-ps", and neither x nor y. Drawing programs write other values: change
    them by hand after each export. Receivers and certificate authorities refuse the logo otherwise.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    """
    attributes = logo.root.attributes
    for name, right in (("version", "1.2"), ("baseProfile", "tiny-ps")):
        if attributes.get(name) != right:
            found = f'{name}="{attributes[name]}"' if name in attributes else f"no {name}"
            yield Finding(f'the svg element of the logo has {found}: it must have {name}="{right}"')
    for name in ("x", "y"):
        if name in attributes:
            yield Finding(f"the svg element of the logo has {name}: remove that attribute")


@rule(MUST, "draft-svg-tiny-ps-abrotman section 2", covers=["BIMI-023"])
def bimi_logo_title(logo: Svg) -> Iterator[Finding]:
    """A logo without a title.

    The svg element has a title element, which names the company in up to 64 characters. Programs that read to people
    who do not see the logo read it.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    """
    if not logo.title:
        yield Finding("the logo has no title: write <title>Name of the company</title> behind <svg ...>")
    elif len(logo.title) > _MAX_TITLE:
        yield Finding(f"the title of the logo has {len(logo.title)} characters, {_MAX_TITLE} are allowed")


@rule(MUST, "draft-svg-tiny-ps-abrotman section 2", covers=["BIMI-026"])
def bimi_logo_element(logo: Svg) -> Iterator[Finding]:
    """An element in the logo that SVG Tiny PS has not.

    The profile has shapes, text, gradients and what groups them. Scripts, animation, images, links, filters, style sheets and the
    private elements of drawing programs are outside of it, and receivers refuse the whole logo for one of them.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <style>circle {fill: #0050a0}</style>
          <circle cx="32" cy="32" r="32"/>
        </svg>
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    """
    first_lines: dict[str, int] = {}
    for element in logo.elements:
        if element.namespace != NAMESPACE or element.name not in ELEMENTS:
            first_lines.setdefault(element.name, element.line)
    for name, line in first_lines.items():
        yield Finding(f"line {line} of the logo has the element {name}, which SVG Tiny PS has not")


@rule(MUST, "draft-svg-tiny-ps-abrotman section 2", covers=["BIMI-027"])
def bimi_logo_reference(logo: Svg) -> Iterator[Finding]:
    """A reference in the logo to something outside of it.

    A logo that loaded something when it is shown would tell its owner who reads which mail. References may lead only to other parts of
    the logo: "#name", url(#name).

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
             version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <use xlink:href="https://www.example.com/parts.svg#logo"/>
        </svg>
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
             version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <defs><circle id="logo" cx="32" cy="32" r="32" fill="#0050a0"/></defs>
          <use xlink:href="#logo"/>
        </svg>
    """
    for element in logo.elements:
        for name, value in element.attributes.items():
            target = value if name in {"href", XLINK_HREF} else _paint_target(value)
            if target is not None and not target.strip().startswith("#"):
                shown = target if len(target) <= _MAX_TITLE else f"{target[:_MAX_TITLE]}..."
                yield Finding(f"line {element.line} of the logo refers to {shown!r}, which is outside of it")


def _paint_target(value: str) -> str | None:
    """What `url(...)` in a value of fill, stroke and the like leads to."""
    found = re.search(r"url\(\s*['\"]?([^'\")]*)", value, re.IGNORECASE)
    return found[1] if found else None


@rule(SHOULD, "BIMI Group, Creating BIMI SVG Logo Files", covers=["BIMI-019", "BIMI-029"])
def bimi_logo_shape_and_size(logo: Svg) -> Iterator[Finding]:
    """A logo that is not square, or is over 32 kilobytes.

    Mailbox providers show the logo in a square or a circle, and cut or refuse others; many refuse files over 32,768 octets. The
    viewBox says the shape; width and height, if any, are plain numbers and not percentages.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 128 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    """
    if logo.size > _MAX_SIZE:
        yield Finding(f"the logo has {logo.size} octets, {_MAX_SIZE} is what all mailbox providers take")
    box = logo.view_box
    if box is None:
        yield Finding("the svg element of the logo has no viewBox of four numbers, so its shape is not known")
    elif abs(box[2] - box[3]) > _CENTRED * box[2]:
        yield Finding(f"the logo is {box[2]:g} by {box[3]:g} and not square")
    for name in ("width", "height"):
        if logo.root.attributes.get(name, "").endswith("%"):
            yield Finding(f"the svg element of the logo has a relative {name}: write a number or leave it out")
