"""BIMI: the record and the files that it points at (draft-brand-indicators-for-message-identification)."""

import hashlib
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.claim import Claim
from emailauth.core.file import HostedFile
from emailauth.core.posture import Domain
from emailauth.core.record import Record, Stage
from emailauth.core.transition import Transition
from emailauth.protocols import bimi
from emailauth.protocols.bimi import Bimi, certificate, svg
from emailauth.protocols.bimi.record import Assertion, InvalidTextError, parse, recognises, uri_problem

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
PEM = b"not a certificate, but a file"
LOGO_HASH = hashlib.sha256(LOGO).hexdigest()[:8]
PEM_HASH = hashlib.sha256(PEM).hexdigest()[:8]


def example(**attachments: bytes | OSError) -> Domain:
    files: Mapping[str, bytes | OSError] = {name.replace("_", "."): content for name, content in attachments.items()}
    return Domain(name="example.com", route=("domains", "example.com"), sections={}, attachments=files)


def section(**shape: str) -> bimi.Bimi | bimi.Declined:
    return bimi.section(msgspec.convert(shape, bimi.Shape))


def test_the_record_points_at_files_whose_names_tell_their_content() -> None:
    asked = section(logo="logo.svg", certificate="mark.pem", avatar_preference="personal")
    domain = example(logo_svg=LOGO, mark_pem=PEM)
    logo_url = f"https://bimi.example.com/default/logo-{LOGO_HASH}.svg"
    mark_url = f"https://bimi.example.com/default/mark-{PEM_HASH}.pem"
    assert list(asked.records(domain)) == [
        Record(
            name="default._bimi.example.com",
            type="TXT",
            value=f"v=BIMI1; l={logo_url}; a={mark_url}; avp=personal;",
            domain="example.com",
            kind="bimi/default",
            stage=Stage.ANNOUNCEMENTS,
        )
    ]
    assert list(asked.hosted_files(domain)) == [
        HostedFile(url=logo_url, body=LOGO, content_type="image/svg+xml", domain="example.com", kind="bimi/logo"),
        HostedFile(url=mark_url, body=PEM, content_type="application/pem-certificate-chain", domain="example.com", kind="bimi/certificate"),
    ]
    assert list(asked.paths()) == [(("logo",), "logo.svg"), (("certificate",), "mark.pem")]
    assert list(asked.subjects(domain)) == [(svg.read(LOGO), ("logo",)), (certificate.read(PEM), ("certificate",))]
    assert asked.mail_hosts() is None


def test_what_is_hosted_elsewhere_is_pointed_at_and_not_hosted() -> None:
    asked = section(logo="https://www.example.net/a.svg", certificate="https://www.example.net/a.pem", selector="Spring")
    (record,) = asked.records(example())
    assert record.name == "spring._bimi.example.com"
    assert record.kind == "bimi/spring"
    assert record.value == "v=BIMI1; l=https://www.example.net/a.svg; a=https://www.example.net/a.pem;"
    assert list(asked.hosted_files(example())) == []
    assert list(asked.paths()) == []
    assert list(asked.subjects(example())) == []


def test_a_file_that_could_not_be_read_is_not_hosted() -> None:
    asked = section(logo="logo.svg")
    domain = example(logo_svg=FileNotFoundError(2, "No such file or directory"))
    assert [record.value for record in asked.records(domain)] == ["v=BIMI1; l=https://bimi.example.com/default/logo.svg;"]
    assert list(asked.hosted_files(domain)) == []
    assert list(asked.subjects(domain)) == []


def test_declined_asks_for_the_record_that_declines() -> None:
    asked = bimi.section("declined")
    assert [(record.name, record.value, record.kind) for record in asked.records(example())] == [
        ("default._bimi.example.com", "v=BIMI1; l=; a=;", "bimi/default")
    ]
    assert [claim.name for claim in asked.claims("example.com")] == ["default._bimi.example.com"]
    assert (list(asked.hosted_files(example())), list(asked.paths()), list(asked.subjects(example())), asked.mail_hosts()) == (
        [],
        [],
        [],
        None,
    )


def test_the_section_claims_its_own_selector_and_absent_claims_all() -> None:
    def claim(name: str, kind: str, *, below: bool) -> Claim:
        return Claim(name=name, type="TXT", domain="example.com", kind=kind, recognises=recognises, stage=Stage.ANNOUNCEMENTS, below=below)

    assert list(Bimi(logo="x", selector="s").claims("example.com")) == [claim("s._bimi.example.com", "bimi/s", below=False)]
    assert list(bimi.absent_claims("example.com")) == [claim("_bimi.example.com", "bimi", below=True)]
    assert bimi.absent_urls("example.com") == {}


def test_no_change_is_a_danger_to_mail() -> None:
    assert list(bimi.dangers(Transition(domain="example.com", before={"bimi/default": ("v=BIMI1; l=; a=;",)}, after={}))) == []


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("v=BIMI1; l=https://example.com/a.svg", Assertion(location="https://example.com/a.svg")),
        ("v = BIMI1 ; l = https://example.com/a.svg ; a = ;", Assertion(location="https://example.com/a.svg")),
        (
            "v=BIMI1;a=https://example.com/a.pem;l=https://example.com/a.svg;avp=personal;",
            Assertion(location="https://example.com/a.svg", evidence="https://example.com/a.pem", avatar_preference="personal"),
        ),
        ("v=BIMI1; l=; a=; lps=brand-", Assertion()),
        ("v=BIMI1; l=; avp=neither", Assertion()),
    ],
)
def test_reads_a_record(text: str, assertion: Assertion) -> None:
    assert parse(text) == assertion


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v=BIMI2; l=", "does not begin with 'v=BIMI1;'"),
        ("v=BIMI11; l=", "does not begin with 'v=BIMI1;'"),
        ("v=bimi1; l=", "does not begin with 'v=BIMI1;'"),
        ("l=; v=BIMI1", "does not begin with 'v=BIMI1;'"),
        ("v=BIMI1", "no l="),
        ("v=BIMI1; L=https://example.com/a.svg", "no l="),
        ("v=BIMI1; l=;; a=", "'' is not 'tag=value'"),
        ("v=BIMI1; l=; l=", "l= stands there twice"),
        ("v=BIMI1; l=http://example.com/a.svg", "l=http://example.com/a.svg: receivers fetch https: URIs only"),
        ("v=BIMI1; l=; a=https://localhost/a.pem", "a=https://localhost/a.pem: localhost is no fully qualified domain name"),
    ],
)
def test_refuses_what_is_no_record(text: str, reason: str) -> None:
    with pytest.raises(InvalidTextError) as refused:
        parse(text)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("https://example.com", None),
        ("https://example.com:8443/a%2Cb/c.svg?d=e#f", None),
        ("HTTPS://example.com/a.svg", "it is not a URI"),
        ("https://example.com/a,b.svg", "',' and ';' must be written as %2C and %3B"),
        ("https://example.com/a b.svg", "it is not a URI"),
        ("https://192.0.2.1/a.svg", "192.0.2.1 is no fully qualified domain name"),
        ("ftp://example.com/a.svg", "receivers fetch https: URIs only"),
    ],
)
def test_what_is_wrong_with_a_uri(uri: str, problem: str | None) -> None:
    assert uri_problem(uri) == problem


URIS = st.builds(
    "https://{}.example.com/{}".format, st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), st.from_regex(r"[a-z0-9/.=?-]*", fullmatch=True)
)


@given(
    st.builds(Assertion, location=st.just("") | URIS, evidence=st.just("") | URIS, avatar_preference=st.sampled_from(["brand", "personal"]))
)
@settings(max_examples=100)
def test_law_a_record_reads_back_as_it_was_rendered(assertion: Assertion) -> None:
    assert parse(assertion.text) == assertion
    assert recognises(assertion.text)
