"""Records, claims and hosted files as values."""

import pytest

from emailauth.core.claim import Claim, every_value
from emailauth.core.file import HostedFile
from emailauth.core.record import Record, RRset, RRsetChange, Stage


def of_spf(value: str) -> bool:
    return value.startswith("v=spf1")


@pytest.mark.parametrize(
    ("below", "name", "record_type", "expected"),
    [
        (False, "example.com", "TXT", True),
        (False, "example.com", "MX", False),
        (False, "a.example.com", "TXT", False),
        (False, "com", "TXT", False),
        (True, "example.com", "TXT", False),
        (True, "a.example.com", "TXT", True),
        (True, "a.b.example.com", "TXT", True),
        (True, "a.example.com", "CNAME", False),
        (True, "badexample.com", "TXT", False),
        (True, r"a\.example.com", "TXT", False),
    ],
)
def test_a_claim_covers_its_name_or_all_below_it(below: bool, name: str, record_type: str, expected: bool) -> None:
    claim = Claim(name="example.com", type="TXT", domain="example.com", kind="spf", recognises=of_spf, below=below)
    assert claim.covers(name, record_type) is expected


def test_claims_compare() -> None:
    def claim() -> Claim:
        return Claim(name="example.com", type="MX", domain="example.com", kind="mx", recognises=every_value)

    assert claim() == claim()
    assert len({claim(), claim()}) == 1
    assert claim().stage is Stage.RECORDS


@pytest.mark.parametrize("value", ["", "10 mx.example.com.", "v=spf1 -all"])
def test_every_value(value: str) -> None:
    assert every_value(value)


def test_what_identifies_an_rrset() -> None:
    record = Record(name="example.com", type="TXT", value="v=spf1 -all", domain="example.com", kind="spf")
    live = RRset(name="example.com", type="TXT", ttl=300, values=("v=spf1 -all",), raw={"id": 1})
    change = RRsetChange(name="example.com", type="TXT", before=live, after=(), ttl=300)
    assert record.key == live.key == change.key == ("example.com", "TXT")


def test_what_a_host_keeps_beside_a_set_is_no_part_of_it() -> None:
    one, other = (RRset(name="example.com", type="TXT", ttl=300, values=("a",), raw=raw) for raw in ({"id": 1}, None))
    assert one == other
    assert "raw" not in repr(one)


def test_stages_are_in_the_order_of_publication() -> None:
    assert sorted(Stage) == [Stage.RECORDS, Stage.ANNOUNCEMENTS, Stage.MAIL_ROUTES, Stage.REMOVALS]
    assert 2 not in list(Stage)  # the hosted files are served then


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://mta-sts.example.com/.well-known/mta-sts.txt", "mta-sts.example.com", "/.well-known/mta-sts.txt"),
        ("https://Bimi.Example.com/a/logo.svg", "bimi.example.com", "/a/logo.svg"),
        ("https://example.com", "example.com", "/"),
        ("https:", "", "/"),
    ],
)
def test_the_parts_of_a_url(url: str, host: str, path: str) -> None:
    file = HostedFile(url=url, body=b"x", content_type="text/plain", domain="example.com", kind="mta_sts")
    assert (file.host, file.path) == (host, path)
