"""What the rules about TLS-RPT say, beyond the examples on their pages."""

from typing import Any

import pytest

from emailauth.core.diagnostic import Fix
from tests.protocols.judging import BASE, findings, messages

AT = (*BASE, "tls_rpt", "reports", 0)


@pytest.mark.parametrize(
    ("uri", "rule", "fix"),
    [
        ("tls@example.com", "tls-rpt-uri-scheme", Fix(description='write "mailto:tls@example.com"', at=AT, value="mailto:tls@example.com")),
        ("example.com", "tls-rpt-uri-scheme", None),
        ("http://example.com/", "tls-rpt-uri-scheme", None),
        (
            "https://example.com/a,b;c!",
            "tls-rpt-uri-syntax",
            Fix(description='write "https://example.com/a%2Cb%3Bc%21"', at=AT, value="https://example.com/a%2Cb%3Bc%21"),
        ),
        ("mailto:a@example.com,b@example.com", "tls-rpt-uri-syntax", None),
        ("mailto:a@example.com!10m", "tls-rpt-uri-syntax", None),
        ("https:///a", "tls-rpt-uri-syntax", None),
    ],
)
def test_a_uri_that_gets_no_report(uri: str, rule: str, fix: Fix | None) -> None:
    found = findings("tls_rpt", {"tls_rpt": {"reports": [uri]}})
    assert [(one, at, mended) for one, _, at, mended in found] == [(rule, ("tls_rpt", "reports", 0), fix)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mailto:tls@example.com", "MAILTO:tls@Example.COM", True),
        ("mailto:tls@example.com", "mailto:TLS@example.com", False),
        ("https://example.com/a", "https://EXAMPLE.com/a", True),
        ("https://example.com/a", "https://example.com/A", False),
    ],
)
def test_the_same_uri_twice(one: str, other: str, same: bool) -> None:
    found = findings("tls_rpt", {"tls_rpt": {"reports": [one, other]}})
    at = (*BASE, "tls_rpt", "reports", 1)
    expected = ("tls-rpt-uri-twice", f"{other!r} stands there already", at[2:], Fix(description="remove it", at=at, remove=True))
    assert found == ([expected] if same else [])


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"mta_sts": {"mode": "none", "max_age": 1}, "tls_rpt": "absent"}, []),
        ({"mta_sts": {"mode": "enforce", "max_age": 1, "mx": ["mx.example.com"]}}, []),
        ({"tls_rpt": "absent"}, []),
        (
            {"mta_sts": {"mode": "enforce", "max_age": 1, "mx": ["mx.example.com"]}, "tls_rpt": "absent"},
            ["nobody learns which mail fails because of mta_sts: mode enforce"],
        ),
    ],
)
def test_reports_that_are_refused_beside_mta_sts(sections: dict[str, Any], said: list[str]) -> None:
    assert [message for _, message in messages("tls_rpt", sections)] == said
