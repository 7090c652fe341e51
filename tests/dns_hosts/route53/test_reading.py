"""Which zones are read, how much of them, and in how many calls."""

import re

import pytest

from emailauth.core.errors import UsageError
from emailauth.core.record import RRsetChange
from emailauth.dns_hosts.route53 import Settings
from tests.dns_hosts.route53.account import Account

SPF, DMARC = "v=spf1 -all", "v=DMARC1; p=reject"


def test_a_plan_of_a_hundred_zones_and_a_change_in_each(aws: Account) -> None:
    aws.service.zones.clear()
    ids = {name: aws.service.add_zone(name) for name in (f"d{i}.example" for i in range(100))}
    for name, zone_id in ids.items():
        for i in range(18):
            aws.service.put(zone_id, f"n{i}.{name}", "TXT", 60, ['"x"'])
    zones = aws.host.read([f"_dmarc.{name}" for name in ids])
    assert [(len(zone.rrsets), zone.complete) for zone in zones] == [(20, True)] * 100
    assert aws.service.count() <= 102
    for zone in zones:
        aws.host.apply(zone, [RRsetChange(name=f"_dmarc.{zone.name}", type="TXT", before=None, after=(DMARC,), ttl=300)])
    assert aws.service.count() <= 202
    aws.host.settle()
    assert aws.service.count() - aws.service.count("GetChange") <= 202
    assert all(aws.service.sets(zone_id)[f"_dmarc.{name}", "TXT"] == (300, (f'"{DMARC}"',)) for name, zone_id in ids.items())


def test_only_zones_that_hold_what_was_asked_for_are_listed(aws: Account) -> None:
    aws.service.add_zone("example.net")
    aws.service.add_zone("sub.example.com")
    zones = aws.host.read(["_dmarc.sub.example.com", "sub.example.com", "x.example.com"])
    assert sorted(zone.name for zone in zones) == ["example.com", "sub.example.com"]
    assert aws.calls() == ["ListHostedZones", "ListResourceRecordSets", "ListResourceRecordSets"]


def test_a_zone_is_told_by_its_id_and_name(aws: Account) -> None:
    assert aws.read().place == "Route 53 hosted zone Z0000000000001 (example.com)"


def test_the_zones_of_an_account_are_listed_in_pages_and_once(aws: Account) -> None:
    for i in range(200):
        aws.service.add_zone(f"d{i}.example")
    assert len(aws.host.read([f"d{i}.example" for i in (0, 100, 199)])) == 3
    assert aws.service.count("ListHostedZones") == 3
    aws.read()
    assert aws.service.count("ListHostedZones") == 3


def test_a_large_zone_is_listed_in_pages_with_everything_in_it(aws: Account) -> None:
    for i in range(700):
        aws.service.put(aws.zone_id, f"n{i}.example.com", "TXT", 60, ['"x"'])
    zone = aws.read("example.com", "a.example.com", "b.example.com")
    assert zone.complete
    assert len(zone.rrsets) == 703
    assert aws.service.count("ListResourceRecordSets") == 3


def test_sets_of_a_routing_policy_can_go_on_on_the_next_page(aws: Account) -> None:
    for i in range(297):
        aws.service.put(aws.zone_id, f"a{i}.example.com", "TXT", 60, ['"x"'])
    for identifier in "abc":
        aws.service.put(aws.zone_id, "weighted.example.com", "TXT", 60, [f'"{identifier}"', '"both"'], identifier=identifier)
    aws.service.put(aws.zone_id, "z.example.com", "TXT", 60, ['"x"'])
    zone = aws.read("example.com", "a.example.com", "b.example.com")
    assert aws.service.count("ListResourceRecordSets") == 2
    assert zone.rrsets["weighted.example.com", "TXT"].values == ("a", "both", "b", "c")
    assert ("z.example.com", "TXT") in zone.rrsets


def test_of_a_very_large_zone_only_what_was_asked_for_is_read(aws: Account) -> None:
    for i in range(1000):
        aws.service.put(aws.zone_id, f"n{i:04}.example.com", "TXT", 60, ['"x"'])
    aws.service.put(aws.zone_id, "_dmarc.example.com", "TXT", 60, [f'"{DMARC}"'])
    for selector in ("s1", "s2"):
        aws.service.put(aws.zone_id, f"{selector}._domainkey.example.com", "CNAME", 60, [f"{selector}.example.net"])
    aws.service.put(aws.zone_id, "example.com", "TXT", 60, [f'"{SPF}"'])
    zone = aws.read("example.com", "_domainkey.example.com", "s1._domainkey.example.com", "_mta-sts.example.com")
    assert not zone.complete
    assert sorted(zone.rrsets) == [
        ("example.com", "NS"),
        ("example.com", "SOA"),
        ("example.com", "TXT"),
        ("s1._domainkey.example.com", "CNAME"),
        ("s2._domainkey.example.com", "CNAME"),
    ]
    assert aws.service.count("ListResourceRecordSets") == 3
    key = ("example.com", "TXT")
    after = aws.host.apply(zone, [RRsetChange(name=key[0], type=key[1], before=zone.rrsets[key], after=("v=spf1 mx -all",), ttl=60)])
    assert (after.complete, after.rrsets[key].values) == (False, ("v=spf1 mx -all",))


def test_a_version_changes_with_anything(aws: Account) -> None:
    seen = {aws.read().version}
    aws.put({("example.com", "TXT"): (60, ("ab",))})
    seen.add(aws.read().version)
    aws.put({("example.com", "TXT"): (61, ("ab",))})
    seen.add(aws.read().version)
    aws.service.put(aws.zone_id, "example.com", "TXT", 61, ['"a" "b"'])
    seen.add(aws.read().version)
    aws.service.remove(aws.zone_id, "example.com", "TXT")
    aws.service.put(aws.zone_id, "example.com", "TXT", 61, ['"a" "b"'], identifier="x")
    seen.add(aws.read().version)
    assert len(seen) == 5
    assert aws.read().version in seen


def test_an_alias_has_no_values_and_is_there(aws: Account) -> None:
    aws.service.put_alias(aws.zone_id, "mta-sts.example.com", "A", "d1.cloudfront.net")
    aws.service.put_alias(aws.zone_id, "www2.example.com", "CNAME", "www.example.net", aws.zone_id + "X")
    zone = aws.read()
    assert zone.rrsets["mta-sts.example.com", "A"].values == ()
    assert zone.types_at("mta-sts.example.com") == {"A"}
    assert zone.rrsets["www2.example.com", "CNAME"].values == ("www.example.net.",)


@pytest.mark.parametrize("name", ["sub.example.com", "_dmarc.sub.example.com", "a.b.sub.example.com"])
def test_a_name_that_its_zone_delegates_is_told(name: str, aws: Account) -> None:
    aws.service.put(aws.zone_id, "sub.example.com", "NS", 60, ["ns1.example.net."])
    assert aws.read("example.com", "othersub.example.com").name == "example.com"
    with pytest.raises(UsageError) as told:
        aws.read(name)
    assert str(told.value) == (
        f"Route 53 hosted zone Z0000000000001 (example.com) delegates sub.example.com by its NS records, so that it cannot hold {name}: "
        "give the DNS host of sub.example.com"
    )


# -------------------------------------------------------------------------------------------- which zone is meant


def read_with(aws: Account, zones: dict[str, str], name: str = "_dmarc.example.com") -> str:
    """The place of the zone that is read."""
    (zone,) = aws.open(Settings(zones=zones)).read([name])
    return zone.place


def test_private_zones_and_those_of_other_services_are_never_used(aws: Account) -> None:
    aws.service.add_zone("example.com", private=True)
    aws.service.add_zone("mail.example.com", private=True)
    aws.service.add_zone("svc.example.com", linked_service="servicediscovery.amazonaws.com")
    for name in ("_dmarc.example.com", "_dmarc.mail.example.com", "_dmarc.svc.example.com"):
        assert read_with(aws, {}, name) == "Route 53 hosted zone Z0000000000001 (example.com)"


def test_of_two_public_zones_of_a_name_none_is_guessed(aws: Account) -> None:
    aws.service.add_zone("example.com")
    with pytest.raises(UsageError) as told:
        read_with(aws, {})
    assert str(told.value) == (
        "there are 2 public hosted zones example.com, Z0000000000001 and Z0000000000002: "
        "say in dns_host, route53 which one is meant, zones: {example.com: Z0000000000001}"
    )
    assert aws.calls() == ["ListHostedZones"]


@pytest.mark.parametrize("written", ["Z0000000000002", "/hostedzone/Z0000000000002"])
def test_the_settings_say_which_zone_is_meant(written: str, aws: Account) -> None:
    aws.service.add_zone("example.com")
    assert read_with(aws, {"Example.com.": written}) == "Route 53 hosted zone Z0000000000002 (example.com)"


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (
            "Z0000000000009",
            "dns_host route53, zones: there is no hosted zone Z0000000000009 in this account; example.com is Z0000000000001",
        ),
        ("Z0000000000002", "dns_host route53, zones: Z0000000000002 is the zone example.net, not example.com"),
        (
            "Z0000000000003",
            "dns_host route53, zones: Z0000000000003 is private, so that nobody who sends mail sees it; give the public zone example.com",
        ),
        (
            "Z0000000000004",
            "dns_host route53, zones: Z0000000000004 belongs to servicediscovery.amazonaws.com, which alone may change it; give the public zone example.com",
        ),
    ],
)
def test_a_zone_that_cannot_be_meant_is_told(chosen: str, message: str, aws: Account) -> None:
    aws.service.add_zone("example.net")
    aws.service.add_zone("example.com", private=True)
    aws.service.add_zone("example.com", linked_service="servicediscovery.amazonaws.com")
    with pytest.raises(UsageError) as told:
        read_with(aws, {"example.com": chosen})
    assert str(told.value) == message


@pytest.mark.parametrize(
    ("others", "message"),
    [
        (0, "there are example.com"),
        (20, "there are d0.example, d1.example, d10.example, d11.example, d12.example, d13.example, d14.example, d15.example, d16.example, d17.example and 11 more"),
    ],
)  # fmt: skip
def test_a_name_that_no_zone_holds_is_told(others: int, message: str, aws: Account) -> None:
    for i in range(others):
        aws.service.add_zone(f"d{i}.example")
    with pytest.raises(UsageError) as told:
        read_with(aws, {}, "_dmarc.badexample.com")
    assert str(told.value) == (
        "no public hosted zone of this AWS account holds _dmarc.badexample.com: "
        f"see that the credentials are those of its account, or create the zone; {message}"
    )


def test_a_name_that_only_a_private_zone_holds_is_told(aws: Account) -> None:
    aws.service.add_zone("example.net", private=True)
    with pytest.raises(
        UsageError, match=re.escape("holds _dmarc.example.net (example.net is private, so that nobody who sends mail sees it): see")
    ):
        read_with(aws, {}, "_dmarc.example.net")


def test_an_account_without_zones_is_told(aws: Account) -> None:
    aws.service.zones.clear()
    with pytest.raises(UsageError, match=r"holds example\.com: .* or create the zone; there is none"):
        read_with(aws, {}, "example.com")


def test_a_zone_of_another_account_is_not_written_to(aws: Account) -> None:
    zone = aws.read()
    aws.service.zones.clear()
    with pytest.raises(UsageError, match=r"^no public hosted zone of this AWS account holds example\.com: "):
        aws.open().apply(zone, [])
