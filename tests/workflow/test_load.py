"""What the loader makes of files that a person has, and of those that they name."""

import errno
from pathlib import Path

import pytest

from emailauth.core.errors import UsageError
from emailauth.core.posture import ABSENT, Absent
from emailauth.workflow.load import ATTACHMENT_LIMIT, load
from emailauth.workflow.rendering import claim, records_by_kind, wanted


def write(folder: Path, text: str) -> Path:
    path = folder / "email-auth.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("missing.yaml", "there is no file {}: `emailauth init` writes one to start from"),
        ("", "{} is a folder: name the file in it, {}/email-auth.yaml"),
        ("email-auth.yaml/below", "{} cannot be read: Not a directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str, told: str) -> None:
    write(tmp_path, "version: 1\n")
    path = tmp_path / name
    with pytest.raises(UsageError) as caught:
        load(path)
    assert str(caught.value) == told.format(path, path)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("missing.svg", errno.ENOENT),
        (".", errno.EISDIR),
        ("large.svg", errno.EFBIG),
        ("nul\\0.svg", errno.EINVAL),
    ],
)
def test_a_file_that_is_named_and_cannot_be_read_is_kept_as_an_error(tmp_path: Path, path: str, error: int) -> None:
    with (tmp_path / "large.svg").open("wb") as file:
        file.truncate(ATTACHMENT_LIMIT + 1)
    loaded = load(write(tmp_path, f'version: 1\ndomains: {{example.com: {{bimi: {{logo: "{path}"}}}}}}\n'))
    [domain] = loaded.posture.domains
    [content] = domain.attachments.values()
    assert isinstance(content, OSError)
    assert content.errno == error
    assert domain.attachment(path) is None


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "brand").mkdir()
    (tmp_path / "brand" / "logo.svg").write_bytes(b"<svg/>")
    loaded = load(write(tmp_path, "version: 1\ndomains: {example.com: {bimi: {logo: brand/logo.svg}}}\n"))
    assert loaded.posture.domains[0].attachment("brand/logo.svg") == b"<svg/>"


def test_a_parked_domain_has_the_sections_of_the_profile(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, "version: 1\ndns_host: {zonefile: {zones: {example.net: z}}}\ndomains: {example.net: parked}\n"))
    [domain] = loaded.posture.domains
    assert domain.parked
    assert domain.mail_hosts == ()
    assert [key for key, section in domain.sections.items() if isinstance(section, Absent)] == ["dkim"]
    rendered = {(record.name, record.type): record.value for record in wanted(domain).records}
    assert rendered == {
        ("example.net", "MX"): "0 .",
        ("example.net", "TXT"): "v=spf1 -all",
        ("_dmarc.example.net", "TXT"): "v=DMARC1; p=reject; adkim=s; aspf=s",
    }


def test_a_domain_with_errors_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, "version: 1\ndomains: {a.example: {spf: 7}, b.example: {spf: absent}}\n"))
    assert [domain.name for domain in loaded.posture.domains] == ["b.example"]
    assert loaded.posture.domains[0].sections["spf"] is ABSENT
    assert loaded.posture.domain("a.example") is None
    assert not loaded.is_understood


def test_what_is_absent_is_claimed_and_not_wanted(tmp_path: Path) -> None:
    sections = "{mx: absent, spf: absent, dkim: absent, dmarc: absent, mta_sts: absent, tls_rpt: absent, bimi: absent}"
    loaded = load(write(tmp_path, f"version: 1\ndomains: {{example.com: {sections}}}\n"))
    asked = wanted(loaded.posture.domains[0])
    assert (asked.records, asked.files) == ((), ())
    assert {(one.name, one.type, one.below) for one in asked.claims} >= {
        ("example.com", "MX", False),
        ("example.com", "TXT", False),
        ("_domainkey.example.com", "TXT", True),
        ("_dmarc.example.com", "TXT", False),
        ("_mta-sts.example.com", "TXT", False),
        ("_smtp._tls.example.com", "TXT", False),
    }
    assert asked.gone_urls == {"https://mta-sts.example.com/.well-known/mta-sts.txt": "mta_sts"}


def test_every_record_is_claimed_by_its_section() -> None:
    """Else an apply would add a second value instead of replacing the first."""
    quickstart = Path(__file__).parents[2] / "examples" / "quickstart" / "email-auth.yaml"
    for domain in load(quickstart).posture.domains:
        asked = wanted(domain)
        for record in asked.records:
            assert any(one.covers(*record.key) and one.recognises(record.value) and one.kind == record.kind for one in asked.claims), record
        for name, record_type, kind in records_by_kind(asked.records):
            assert claim(domain.name, kind, name, record_type).covers(name, record_type)
