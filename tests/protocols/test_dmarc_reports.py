"""Where reports go (RFC 9989 sections 4.6 and 4.8)."""

import pytest

from emailauth.protocols.dmarc import destination, encoded, fault, is_uri, mended, without_size


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("mailto:dmarc@example.com", "example.com"),
        ("MAILTO:dmarc@Example.COM", "example.com"),
        ("mailto:dmarc+x%40y@reports.example.net?subject=x@y", "reports.example.net"),
        ("mailto:dmarc@example.com!10m", "example.com"),
        ("mailto:dm!arc@example.com", "example.com"),
        ("https://reports.example.net:8443/in", "reports.example.net"),
    ],
)
def test_a_uri_with_a_destination(text: str, host: str) -> None:
    assert fault(text) is None
    assert destination(text) == host


@pytest.mark.parametrize(
    ("text", "reason", "better"),
    [
        ("dmarc@example.com", "is an address, not a URI", "mailto:dmarc@example.com"),
        ("dmarc+in@example.com", "is an address, not a URI", "mailto:dmarc+in@example.com"),
        ("mailto://dmarc@example.com", "has slashes, which belong to no mailto URI", "mailto:dmarc@example.com"),
        ("dmarc@example", "is an address, not a URI", None),
        ("dmarc%@example.com", "is an address, not a URI", None),
        ("mailto:dmarc", "has no address with a local part and a domain", None),
        ("mailto:example.com", "has no address with a local part and a domain", None),
        ("mailto:@example.com", "has no address with a local part and a domain", None),
        ("mailto:dmarc@192.0.2.1", "has no address with a local part and a domain", None),
        ("mailto:dmarc@-example-.com", "has no address with a local part and a domain", None),
        ("mailto:dmarc@a..example.com", "has no address with a local part and a domain", None),
        ("mailto: dmarc@example.com", "is not a URI", None),
        ("mailto:dmarc@ex\xe4mple.com", "is not a URI", None),
        ("reports to nobody", "is not a URI", None),
        ("", "is not a URI", None),
    ],
)
def test_a_text_that_leads_nowhere(text: str, reason: str, better: str | None) -> None:
    assert fault(text) == reason
    assert mended(text) == better


@pytest.mark.parametrize("text", ["https://[::1", "urn:example", "https://", "dmarc@example.com", ""])
def test_no_destination_is_made_up(text: str) -> None:
    assert destination(text) is None


def test_what_is_certain_is_left_alone() -> None:
    assert mended("mailto:dmarc@example.com") is None


def test_the_characters_that_end_a_uri() -> None:
    assert encoded("mailto:a,b!c;d@example.com") == "mailto:a%2Cb%21c%3Bd@example.com"
    assert is_uri("mailto:a%2Cb%21c@example.com")
    assert not is_uri("mailto:a,b@example.com")
    assert not is_uri("mailto:a!b@example.com")
    assert not is_uri("mailto:a%2@example.com")


@pytest.mark.parametrize(
    ("text", "plain"), [("mailto:a@b.c!10m", "mailto:a@b.c"), ("mailto:a@b.c!5", "mailto:a@b.c"), ("mailto:a!x@b.c", "mailto:a!x@b.c")]
)
def test_the_obsolete_limit_of_size(text: str, plain: str) -> None:
    assert without_size(text) == plain
