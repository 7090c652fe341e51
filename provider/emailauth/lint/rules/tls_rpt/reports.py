"""The URIs that reports are sent to."""

from collections.abc import Iterator
from urllib.parse import quote

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols.tls_rpt import ENCODED, SCHEMES, ReportUri, TlsRpt


@rule(MUST, "RFC 8460 section 3", covers=["RPT-003"])
def tls_rpt_no_reports(section: TlsRpt) -> Iterator[Finding]:
    """A section without a place to send reports to.

    The record needs an rua; senders pass over one without. Where no reports are wanted, leave the section out or
    write `tls_rpt: absent`.

    Bad:
        version: 1
        domains:
          example.com:
            tls_rpt: {}
    Good:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
    """
    if not section.reports:
        yield Finding("reports is empty: name a mailto: or https: URI, or write absent")


@rule(MUST, "RFC 8460 section 3", covers=["RPT-004"], fixes=True)
def tls_rpt_uri_scheme(section: TlsRpt) -> Iterator[Finding]:
    """A report URI that is neither mailto: nor https:.

    Reports are sent by mail or by an HTTPS POST; senders can do nothing with any other URI. A mail address alone is no
    URI: mailto: stands before it.

    Bad:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: [tls@example.com]}
    Good:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
    """
    for i, text in enumerate(section.reports):
        if ReportUri(text).scheme in SCHEMES:
            continue
        mended = f"mailto:{text}"
        is_address = ":" not in text and ReportUri(mended).problem is None
        fix = Fix(description=f'write "{mended}"', at=("reports", i), value=mended) if is_address else None
        yield Finding(f"{text!r} is neither mailto: nor https:, so no report is sent there", at=("reports", i), fix=fix)


@rule(MUST, "RFC 8460 section 3", covers=["RPT-005"], fixes=True)
def tls_rpt_uri_syntax(section: TlsRpt) -> Iterator[Finding]:
    """A report URI that senders cannot read.

    A comma, an exclamation mark or a semicolon in a URI is written as %2C, %21 or %3B here, since these separate what
    stands in the record. A mailto: URI has a mail address behind it, an https: URI a host name.

    Bad:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["https://reports.example.com/tls;key=1"]}
    Good:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["https://reports.example.com/tls%3Bkey=1"]}
    """
    for i, text in enumerate(section.reports):
        problem = ReportUri(text).problem
        if ReportUri(text).scheme in SCHEMES and problem:
            yield Finding(f"{text!r}: {problem}", at=("reports", i), fix=_encoded(text, i))


def _encoded(text: str, i: int) -> Fix | None:
    """Encoding mends a URI that is right but for it; a comma before a second address is meant otherwise."""
    mended = "".join(ENCODED.get(char, char) for char in text)
    if ReportUri(mended).problem or text.count("@") > 1:
        return None
    return Fix(description=f'write "{mended}"', at=("reports", i), value=mended)


@rule(ADVICE, "RFC 8460 section 3", covers=["RPT-006"], fixes=True)
def tls_rpt_uri_twice(section: TlsRpt) -> Iterator[Finding]:
    """The same report URI twice.

    Senders may send a report to each URI, so that the same report comes twice.

    Bad:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com", "mailto:tls@EXAMPLE.com"]}
    Good:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
    """
    seen: set[str] = set()
    for i, text in enumerate(section.reports):
        if _comparable(text) in seen:
            fix = Fix(description="remove it", at=("reports", i), remove=True)
            yield Finding(f"{text!r} stands there already", at=("reports", i), fix=fix)
        seen.add(_comparable(text))


def _comparable(text: str) -> str:
    """Scheme and host are the same in either case (RFC 3986 section 6.2.2.1); what stands before an @ or behind the host need not be."""
    scheme, _, rest = text.partition(":")
    if scheme.lower() == "mailto":
        local, _, domain = rest.rpartition("@")
        return f"mailto:{local}@{domain.lower()}"
    authority, slash, path = rest.removeprefix("//").partition("/")
    return f"{scheme.lower()}://{authority.lower()}{slash}{quote(path, safe='%/?#&=')}"
