"""TLS-RPT: the record that asks for reports (RFC 8460)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.claim import Claim
from emailauth.core.posture import Domain
from emailauth.core.record import Record, Stage
from emailauth.core.transition import Transition
from emailauth.protocols import tls_rpt
from emailauth.protocols.tls_rpt import InvalidTextError, ReportUri, TlsRpt, parse_record, render_record

EXAMPLE = Domain(name="example.com", route=("domains", "example.com"), sections={})


@pytest.mark.parametrize(
    ("text", "uris"),
    [
        ("v=TLSRPTv1;rua=mailto:reports@example.com", ("mailto:reports@example.com",)),
        ("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt;", ("https://reporting.example.com/v1/tlsrpt",)),
        ("v=TLSRPTv1; rua=mailto:a@example.com , https://example.net/", ("mailto:a@example.com", "https://example.net/")),
        ("v=TLSRPTv1; x=1; rua=mailto:a@example.com; rua=mailto:b@example.com", ("mailto:a@example.com",)),
        ("v=TLSRPTv1; rua=https://example.com/?a=b", ("https://example.com/?a=b",)),
    ],
)
def test_reads_a_record(text: str, uris: tuple[str, ...]) -> None:
    assert parse_record(text) == uris


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v=TLSRPTv1", "does not begin with 'v=TLSRPTv1;'"),
        ("v=tlsrptv1; rua=mailto:a@example.com", "does not begin with 'v=TLSRPTv1;'"),
        ("v=TLSRPTv1;", "no rua"),
        ("v=TLSRPTv1; ruf=mailto:a@example.com", "no rua"),
        ("v=TLSRPTv1;; rua=mailto:a@example.com", "'' is not 'name=value'"),
        ("v=TLSRPTv1; rua=", "'' is neither mailto: nor https:"),
        ("v=TLSRPTv1; rua=a@example.com", "'a@example.com' is neither mailto: nor https:"),
        ("v=TLSRPTv1; rua=mailto:a@example.com!10m", "'mailto:a@example.com!10m': '!' must be written as %21"),
        ("v=TLSRPTv1; rua=mailto:a@example.com,", "'' is neither mailto: nor https:"),
    ],
)
def test_refuses_what_is_no_record(text: str, reason: str) -> None:
    with pytest.raises(InvalidTextError) as refused:
        parse_record(text)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("mailto:tls@example.com", None),
        ("MAILTO:tls@EXAMPLE.com", None),
        ("mailto:tls+a%2Cb@example.com?subject=x", None),
        ("https://reports.example.com:8443/v1?x=1", None),
        ("https://user@reports.example.com", None),
        ("mailto:", "it is not a URI"),
        ("mailto:a b@example.com", "it is not a URI"),
        ("mailto:50%@example.com", "it is not a URI"),
        ("mailto:tls", "it has no mail address of the form user@example.com"),
        ("mailto:tls@example", "it has no mail address of the form user@example.com"),
        ("mailto:tls@[192.0.2.1]", "it has no mail address of the form user@example.com"),
        ("mailto:a@example.com,b@example.com", "',' must be written as %2C"),
        ("https://example.com/a;b,c", "',' and ';' must be written as %2C and %3B"),
        ("https:example.com", "it has no host name"),
        ("https://192.0.2.1/", "it has no host name"),
        ("https://localhost/", "it has no host name"),
    ],
)
def test_what_is_wrong_with_a_uri(uri: str, problem: str | None) -> None:
    assert ReportUri(uri).problem == problem


LOCAL = st.from_regex(r"[A-Za-z0-9+_.-]{1,10}", fullmatch=True)
HOST = st.from_regex(r"[a-z0-9]{1,8}\.(com|net|org)", fullmatch=True)
URIS = st.one_of(
    st.builds("mailto:{}@{}".format, LOCAL, HOST),
    st.builds("https://{}/{}".format, HOST, st.from_regex(r"[a-z0-9/?=%2C]*", fullmatch=True)),
).filter(lambda uri: ReportUri(uri).problem is None)


@given(st.lists(URIS, min_size=1, max_size=4).map(tuple))
@settings(max_examples=100)
def test_law_uris_read_back_as_they_were_rendered(uris: tuple[str, ...]) -> None:
    assert parse_record(render_record(uris)) == uris


def test_the_section_asks_for_one_record() -> None:
    section = tls_rpt.section(msgspec.convert({"reports": ["mailto:tls@example.com", "https://example.net/tls"]}, tls_rpt.Shape))
    assert list(section.records(EXAMPLE)) == [
        Record(
            name="_smtp._tls.example.com",
            type="TXT",
            value="v=TLSRPTv1; rua=mailto:tls@example.com,https://example.net/tls",
            domain="example.com",
            kind="tls_rpt",
        )
    ]
    assert list(section.subjects(EXAMPLE)) == [
        (ReportUri("mailto:tls@example.com"), ("reports", 0)),
        (ReportUri("https://example.net/tls"), ("reports", 1)),
    ]
    assert (list(section.hosted_files(EXAMPLE)), list(section.paths()), section.mail_hosts()) == ([], [], None)


def test_absent_claims_what_the_section_claims() -> None:
    claims = [
        Claim(
            name="_smtp._tls.example.com",
            type="TXT",
            domain="example.com",
            kind="tls_rpt",
            recognises=tls_rpt.recognises,
            stage=Stage.RECORDS,
        )
    ]
    assert list(TlsRpt().claims("example.com")) == claims
    assert list(tls_rpt.absent_claims("example.com")) == claims
    assert tls_rpt.absent_urls("example.com") == {}


def test_no_change_is_a_danger_to_mail() -> None:
    gone = Transition(domain="example.com", before={"tls_rpt": ("v=TLSRPTv1; rua=mailto:tls@example.com",)}, after={})
    assert list(tls_rpt.dangers(gone)) == []
