"""What a zone at Cloudflare reads as, and in how few calls."""

from dataclasses import replace
from pathlib import Path

import pytest

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.dns_hosts import DnsHost, Zone
from emailauth.dns_hosts.cloudflare import Settings, limits, open_host
from tests.dns_hosts.benches.cloudflare import CloudflareBench, opened
from tests.fakes.cloudflare import environment

OTHER_ACCOUNT = "f" * 32


def read(there: CloudflareBench, *names: str) -> Zone:
    (zone,) = there.host.read(names or ["example.com"])
    return zone


def put(there: CloudflareBench, name: str, record_type: str, content: str, **fields: object) -> str:
    return there.service.put(there.zone_id, name, record_type, content, **fields)  # type: ignore[arg-type]


def test_records_of_one_name_and_type_are_one_set(there: CloudflareBench) -> None:
    put(there, "example.com", "TXT", '"v=spf1 -all"', ttl=3600)
    put(there, "example.com", "TXT", "unquoted old", ttl=3600)
    put(there, "example.com", "MX", "mx1.example.com", priority=10)
    put(there, "example.com", "MX", "mx2.example.com", priority=20)
    rrsets = read(there).rrsets
    assert sorted(rrsets["example.com", "TXT"].values) == ["unquoted old", "v=spf1 -all"]
    assert sorted(rrsets["example.com", "MX"].values) == ["10 mx1.example.com.", "20 mx2.example.com."]
    assert rrsets["example.com", "A"].values == ("192.0.2.1",)
    assert set(rrsets) == {("example.com", "TXT"), ("example.com", "MX"), ("example.com", "A"), ("sub.example.com", "NS")}


def test_the_same_value_in_two_forms_is_one_value(there: CloudflareBench) -> None:
    put(there, "_dmarc.example.com", "TXT", '"v=DMARC1; " "p=none"')
    put(there, "_dmarc.example.com", "TXT", "v=DMARC1; p=none")
    assert read(there).rrsets["_dmarc.example.com", "TXT"].values == ("v=DMARC1; p=none",)


@pytest.mark.parametrize(("ttls", "ttl"), [([1], 300), ([3600], 3600), ([1, 3600], 300), ([60, 1], 60), ([900, 3600], 900)])
def test_the_automatic_ttl_is_300_seconds_and_the_least_counts(ttls: list[int], ttl: int, there: CloudflareBench) -> None:
    for i, each in enumerate(ttls):
        put(there, "example.com", "TXT", f'"{i}"', ttl=each)
    assert read(there).rrsets["example.com", "TXT"].ttl == ttl


def test_a_new_set_has_the_automatic_ttl_where_the_file_says_nothing(there: CloudflareBench) -> None:
    assert read(there).default_ttl == 300


def test_a_person_is_told_which_zone_it_is(there: CloudflareBench) -> None:
    zone = read(there)
    assert (zone.name, zone.place, zone.complete) == ("example.com", f"Cloudflare zone {there.zone_id}", True)


def test_any_edit_makes_another_version(there: CloudflareBench) -> None:
    record = put(there, "example.com", "TXT", '"a"')
    versions = [read(there).version, read(there).version]
    there.service.change(there.zone_id, record, '"b"')
    versions.append(read(there).version)
    there.service.remove(there.zone_id, record)
    versions.append(read(there).version)
    assert len(set(versions)) == 3
    assert versions[0] == versions[1]


APART = [
    ("mta-sts.example.com", "AAAA", "100::", True, {}, True),
    ("example.com", "AAAA", "100::", False, {}, True),
    ("mta-sts.example.com", "AAAA", "100::1", True, {}, False),
    ("example.com", "CNAME", "example.net", False, {}, True),
    ("s1._domainkey.example.com", "CNAME", "k.example.net", True, {}, True),
    ("s1._domainkey.example.com", "CNAME", "k.example.net", False, {"flatten_cname": True}, True),
    ("s1._domainkey.example.com", "CNAME", "k.example.net", False, {}, False),
    ("mta-sts.example.com", "CNAME", "www.example.net", True, {}, False),
    ("mta-sts.example.com", "CNAME", "www.example.net", False, {"flatten_cname": True}, False),
]


@pytest.mark.parametrize(("name", "record_type", "content", "proxied", "settings", "apart"), APART)
def test_what_dns_does_not_answer_as_it_stands_is_in_no_set(
    name: str, record_type: str, content: str, proxied: bool, settings: dict[str, bool], apart: bool, there: CloudflareBench
) -> None:
    for record in [record for record in there.service.records(there.zone_id) if record["name"] == name]:
        there.service.remove(there.zone_id, record["id"])
    stored = there.service.zones[there.zone_id].stored
    record_id = put(there, name, record_type, content, proxied=proxied)
    stored[record_id] = replace(stored[record_id], settings=settings)
    assert ((name, record_type) not in read(there).rrsets) == apart


def test_a_name_that_is_delegated_is_told(there: CloudflareBench) -> None:
    for name in ("sub.example.com", "_dmarc.sub.example.com"):
        with pytest.raises(UsageError, match=rf"{name} is delegated, by NS of sub\.example\.com; give the DNS host of that zone"):
            read(there, name)


def test_nameservers_at_the_apex_delegate_nothing(there: CloudflareBench) -> None:
    put(there, "example.com", "NS", "ns.example.net")
    assert read(there, "_dmarc.example.com").rrsets["example.com", "NS"].values == ("ns.example.net.",)


# Which zone


def test_the_zone_is_the_one_that_encloses_a_name_most_closely(there: CloudflareBench) -> None:
    there.service.add_zone("deep.example.com")
    there.service.add_zone("example.org")
    names = ["example.com", "_dmarc.example.com", "a.deep.example.com", "xdeep.example.com", "b.example.org"]
    assert [zone.name for zone in there.host.read(names)] == ["example.com", "deep.example.com", "example.org"]


def test_a_name_that_no_zone_holds_is_told_with_the_zones_there_are(there: CloudflareBench) -> None:
    with pytest.raises(
        UsageError,
        match=r"no zone that the Cloudflare API token in CLOUDFLARE_API_TOKEN sees holds example\.org \(it sees example\.com\): add the domain "
        "at Cloudflare, or give the token the permission Zone Read for its zone",
    ):
        there.host.read(["example.org"])


def test_of_many_zones_some_are_named(there: CloudflareBench) -> None:
    for i in range(6):
        there.service.add_zone(f"{i}.example.net")
    with pytest.raises(UsageError, match=r"it sees 0\.example\.net, .*, 4\.example\.net and others\)"):
        there.host.read(["example.org"])


def test_a_token_that_sees_no_zone_is_told_so(there: CloudflareBench) -> None:
    there.service.zones.clear()
    with pytest.raises(UsageError, match=r"holds example\.com \(it sees none\)"):
        there.host.read(["example.com"])


def test_a_zone_in_two_accounts_is_not_guessed(there: CloudflareBench) -> None:
    there.service.add_zone("example.com", account_id=OTHER_ACCOUNT)
    with pytest.raises(UsageError, match=rf"more than one Cloudflare account .* has a zone example\.com: .*{OTHER_ACCOUNT}.* account, or"):
        there.host.read(["example.com"])


def test_the_account_tells_two_zones_apart(tmp_path: Path) -> None:
    with opened(tmp_path, Settings(account=OTHER_ACCOUNT)) as there:
        theirs = there.service.add_zone("example.com", account_id=OTHER_ACCOUNT)
        assert read(there).place == f"Cloudflare zone {theirs}"
        with pytest.raises(UsageError, match=rf"no zone in account {OTHER_ACCOUNT} that the .* holds example\.org"):
            there.host.read(["example.org"])


def again(there: CloudflareBench, settings: Settings, folder: Path) -> DnsHost:
    """Another host of the same service."""
    url = f"http://{there.service.calls[0][1].headers['host']}"
    return open_host(settings, folder, environ=environment(url), clock=there.time, pause=there.time.pause, strict=True)


def test_an_id_tells_two_zones_apart(there: CloudflareBench, tmp_path: Path) -> None:
    theirs = there.service.add_zone("example.com", account_id=OTHER_ACCOUNT)
    with pytest.raises(UsageError):
        read(there)
    (zone,) = again(there, Settings(zones={"Example.com.": theirs}), tmp_path).read(["_dmarc.example.com"])
    assert zone.place == f"Cloudflare zone {theirs}"


def test_an_id_that_the_list_does_not_have_is_asked_for(there: CloudflareBench, tmp_path: Path) -> None:
    read(there)
    internal = there.service.add_zone("internal.example.com", type="internal")
    with pytest.raises(UsageError, match=r"the zone internal\.example\.com at Cloudflare is an internal zone"):
        again(there, Settings(zones={"internal.example.com": internal}), tmp_path).read(["internal.example.com"])
    assert there.service.count("GetZone") == 1


def test_an_id_of_no_zone_or_of_another_is_told(there: CloudflareBench, tmp_path: Path) -> None:
    read(there)
    with pytest.raises(UsageError, match=f"zones: there is no zone {'0' * 32} that the token in CLOUDFLARE_API_TOKEN sees"):
        again(there, Settings(zones={"example.com": "0" * 32}), tmp_path).read(["example.com"])
    with pytest.raises(UsageError, match=rf"zones: {there.zone_id} is the zone example\.com, not example\.net"):
        again(there, Settings(zones={"example.net": there.zone_id}), tmp_path).read(["example.net"])


def test_a_zone_that_is_called_by_its_u_label_is_found(there: CloudflareBench) -> None:
    there.service.add_zone("bücher.example")
    assert read(there, "_dmarc.xn--bcher-kva.example").name == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("zone_type", "status", "message"),
    [
        ("partial", "active", r"is a partial \(CNAME\) setup: its DNS is kept elsewhere; name the DNS host that has it"),
        ("secondary", "active", "is a secondary zone: its records come from the primary server .* name that server as DNS host"),
        ("full", "moved", r"is moved: .* set its nameservers to ada\.ns\.cloudflare\.com and bob\.ns\.cloudflare\.com at the registrar"),
    ],
)
def test_a_zone_that_is_not_the_domains_dns_is_refused(zone_type: str, status: str, message: str, there: CloudflareBench) -> None:
    there.service.add_zone("example.org", type=zone_type, status=status)
    with pytest.raises(UsageError, match=rf"the zone example\.org at Cloudflare {message}"):
        there.host.read(["example.org"])
    assert read(there).name == "example.com"


@pytest.mark.parametrize("status", ["initializing", "pending"])
def test_a_zone_that_nobody_asks_yet_is_read_and_called_so(status: str, there: CloudflareBench) -> None:
    zone_id = there.service.add_zone("example.org", status=status)
    assert read(there, "example.org").place == f"Cloudflare zone {zone_id} ({status}: nobody asks it yet)"


def test_names_that_cannot_be_are_left_as_they_are_and_hurt_nobody(there: CloudflareBench) -> None:
    there.service.add_zone("b..example")
    put(there, "A..example.com", "TXT", '"x"')
    assert read(there).rrsets["a..example.com", "TXT"].values == ("x",)


# In how many calls


@pytest.mark.parametrize(("zones", "calls"), [(1, 1), (50, 1), (51, 2), (100, 2), (101, 3)])
def test_zones_are_listed_once_and_no_page_is_asked_in_vain(zones: int, calls: int, there: CloudflareBench) -> None:
    for i in range(zones - 1):
        there.service.add_zone(f"{i}.example.net")
    read(there)
    read(there, "_dmarc.example.com")
    with pytest.raises(UsageError):
        read(there, "example.org")
    assert there.service.count("ListZones") == calls


@pytest.mark.parametrize(("records", "calls"), [(0, 1), (3, 1), (6, 2), (7, 3)])
def test_records_are_listed_in_as_few_calls(records: int, calls: int, there: CloudflareBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emailauth.dns_hosts.cloudflare.api.RECORDS_A_PAGE", 3)
    there.service.zones[there.zone_id].stored.clear()
    for i in range(records):
        put(there, f"{i}.example.com", "TXT", '"x"')
    assert len(read(there).rrsets) == records
    assert there.service.count("ListRecords") == calls


def test_all_records_that_a_plan_allows_are_one_page(there: CloudflareBench) -> None:
    assert limits.RECORDS_A_PAGE > 3500
    read(there)
    ((_, request),) = [call for call in there.service.calls if call[0] == "ListRecords"]
    assert request.query["per_page"] == "5000"


def test_pages_that_do_not_fit_together_are_read_again(there: CloudflareBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emailauth.dns_hosts.cloudflare.api.RECORDS_A_PAGE", 2)
    first = put(there, "a.example.com", "TXT", '"x"')
    put(there, "b.example.com", "TXT", '"x"')

    def shift() -> None:
        if there.service.count("ListRecords") == 1:
            there.service.remove(there.zone_id, first)

    there.after_each("ListRecords", shift)
    assert set(read(there).rrsets) == {("example.com", "A"), ("sub.example.com", "NS"), ("b.example.com", "TXT")}


def test_pages_that_never_fit_together_are_told(there: CloudflareBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emailauth.dns_hosts.cloudflare.api.RECORDS_A_PAGE", 2)
    for i in range(4):
        put(there, f"{i}.example.com", "TXT", '"x"')
    there.after_each("ListRecords", lambda: put(there, f"a{len(there.service.calls)}.example.com", "A", "192.0.2.1"))
    with pytest.raises(CouldNotDoError, match=r"cannot read the records of example\.com: they change while they are read"):
        read(there)
