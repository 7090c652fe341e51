"""What the record says."""

import re
from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import MUST, Context, rule
from emailauth.protocols.bimi import Bimi, is_url
from emailauth.protocols.bimi.record import uri_problem

_SELECTOR: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


@rule(MUST, "draft-brand-indicators-for-message-identification section 4.2", covers=["BIMI-007"])
def bimi_uri(section: Bimi) -> Iterator[Finding]:
    """The URL of a logo or a certificate that receivers do not fetch.

    Receivers fetch from https: URLs with a fully qualified domain name only; commas and semicolons in them are
    percent-encoded, as these separate what stands in the record. A record with any other URL is in error as a whole.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: "http://www.example.com/logo.svg"}
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg"}
    """
    for key, place in section.files():
        problem = uri_problem(place) if is_url(place) else None
        if problem:
            yield Finding(f"{place!r}: {problem}", at=(key,))


@rule(MUST, "draft-brand-indicators-for-message-identification section 4.3", covers=["BIMI-003"])
def bimi_selector(section: Bimi) -> Iterator[Finding]:
    """A selector that is no part of a domain name.

    The record stands at `<selector>._bimi.<domain>`, and mail names the selector in its BIMI-Selector header. Labels of letters,
    digits and hyphens, with dots between them, are allowed there. Mail without the header has the selector `default`.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", selector: spring_2026}
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", selector: spring-2026}
    """
    if not _SELECTOR.fullmatch(section.selector):
        yield Finding(f"{section.selector!r} is no selector: labels of letters, digits and hyphens", at=("selector",))


@rule(MUST, "draft-brand-indicators-for-message-identification section 4.2", covers=["BIMI-018"])
def bimi_file_unreadable(section: Bimi, context: Context) -> Iterator[Finding]:
    """A logo or a certificate that cannot be read.

    The path is relative to the file. Without its content there is nothing to host, and the record would point nowhere.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: brand/logo.svg}
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: brand/logo.svg}
        --- brand/logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
    """
    domain = context.require_domain()
    for key, path in section.files():
        if not is_url(path) and domain.attachment(path) is None:
            error = domain.attachments.get(path)
            reason = (error.strerror if isinstance(error, OSError) else None) or "it was not read"
            yield Finding(f"{path!r} cannot be read: {reason}", at=(key,))
