"""The Route 53 fake, asked by the real SDK: zones, lists and their pages, protections, and what can be looked up in DNS."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from botocore.exceptions import ClientError

from tests.fakes.nameserver import nameserver
from tests.fakes.route53 import Route53, rdata
from tests.fakes.route53.sdk import change, create, route53, rrset, told

if TYPE_CHECKING:
    from mypy_boto3_route53.client import Route53Client

FIRST, SECOND, THIRD, FOURTH = (f"Z000000000000{number}" for number in (1, 2, 3, 4))


@pytest.fixture
def fake() -> Route53:
    return Route53()


@pytest.fixture
def client(fake: Route53) -> "Iterator[Route53Client]":
    with fake.served() as url:
        yield route53(url)


@pytest.fixture
def new(client: "Route53Client") -> Any:
    """The same client: the protections of 2026 are in the SDK, and not yet in its types."""
    return cast("Any", client)


# ----------------------------------------------------------------------------------------------------- zones


def test_a_zone_begins_with_its_apex(fake: Route53, client: "Route53Client") -> None:
    zone = fake.add_zone("example.com")

    described = client.get_hosted_zone(Id=zone)

    servers = ["ns-1.awsdns-00.com", "ns-1.awsdns-01.net", "ns-1.awsdns-02.org", "ns-1.awsdns-03.co.uk"]
    assert described["DelegationSet"]["NameServers"] == servers
    assert described["HostedZone"]["Config"] == {"PrivateZone": False}
    assert fake.sets(zone) == {
        ("example.com", "NS"): (172800, tuple(f"{server}." for server in servers)),
        ("example.com", "SOA"): (900, ("ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",)),
    }


def test_zones_are_listed_with_what_tells_them_apart(fake: Route53, client: "Route53Client") -> None:
    fake.add_zone("example.com")
    fake.add_zone("example.com")
    fake.add_zone("example.com", private=True)
    fake.add_zone("internal.example.com", private=True, linked_service="servicediscovery.amazonaws.com")
    fake.put(SECOND, "a.example.com", "A", 60, ["192.0.2.1"])

    listed = client.list_hosted_zones()

    assert [(zone["Id"], zone["Name"], zone["Config"], zone["ResourceRecordSetCount"]) for zone in listed["HostedZones"]] == [
        (f"/hostedzone/{FIRST}", "example.com.", {"PrivateZone": False}, 2),
        (f"/hostedzone/{SECOND}", "example.com.", {"PrivateZone": False}, 3),
        (f"/hostedzone/{THIRD}", "example.com.", {"PrivateZone": True}, 2),
        (f"/hostedzone/{FOURTH}", "internal.example.com.", {"PrivateZone": True}, 2),
    ]
    assert [zone["LinkedService"]["ServicePrincipal"] for zone in listed["HostedZones"] if "LinkedService" in zone] == [
        "servicediscovery.amazonaws.com"
    ]
    assert len({zone["CallerReference"] for zone in listed["HostedZones"]}) == 4
    private = client.list_hosted_zones(HostedZoneType="PrivateHostedZone")["HostedZones"]
    assert [zone["Id"] for zone in private] == [f"/hostedzone/{THIRD}", f"/hostedzone/{FOURTH}"]
    assert client.get_hosted_zone(Id=THIRD)["VPCs"] == [{"VPCRegion": "us-east-1", "VPCId": "vpc-00000000000000001"}]


def test_a_linked_zone_is_not_changed(fake: Route53, client: "Route53Client") -> None:
    zone = fake.add_zone("example.com", linked_service="servicediscovery.amazonaws.com")

    says = change(client, zone, create(rrset("a.example.com", "A", "192.0.2.1")))

    assert says == f"AccessDenied: The resource hostedzone/{zone} can only be managed through servicediscovery.amazonaws.com"
    assert ("a.example.com", "A") not in fake.sets(zone)


def test_lists_of_zones_have_pages_of_100(fake: Route53, client: "Route53Client") -> None:
    ids = [fake.add_zone(f"x{number:03}.example") for number in range(201)]

    first = client.list_hosted_zones(MaxItems="500")
    pages = [len(page["HostedZones"]) for page in client.get_paginator("list_hosted_zones").paginate()]
    found = [zone["Id"] for page in client.get_paginator("list_hosted_zones").paginate() for zone in page["HostedZones"]]

    assert (first["IsTruncated"], first["NextMarker"], first["MaxItems"], len(first["HostedZones"])) == (True, ids[100], "100", 100)
    assert pages == [100, 100, 1]
    assert found == [f"/hostedzone/{one}" for one in ids]
    by_name = client.list_hosted_zones_by_name(DNSName="x150.example")
    assert (len(by_name["HostedZones"]), by_name["IsTruncated"]) == (51, False)


def test_a_list_by_name_starts_there_and_does_not_look_for_it(fake: Route53, client: "Route53Client") -> None:
    for name in ("example.org", "www.example.com", "example.com", "example.com", "example-a.com", "example.net"):
        fake.add_zone(name)

    def names(**asked: str) -> list[str]:
        return [zone["Name"] for zone in client.list_hosted_zones_by_name(**cast("dict[str, Any]", asked))["HostedZones"]]

    everything = ["example-a.com.", "example.com.", "example.com.", "www.example.com.", "example.net.", "example.org."]
    assert names() == everything
    assert names(DNSName="example.com") == everything[1:]
    assert names(DNSName="EXAMPLE.com.") == everything[1:]
    assert names(DNSName="mail.example.com") == everything[3:]
    assert names(DNSName="zzz.org") == []
    page = client.list_hosted_zones_by_name(DNSName="example.com", MaxItems="1")
    assert (page["DNSName"], page["IsTruncated"], page["NextDNSName"], page["NextHostedZoneId"]) == (
        "example.com",
        True,
        "example.com.",
        "Z0000000000004",
    )
    assert names(DNSName="example.com.", HostedZoneId="Z0000000000004") == everything[2:]


# ------------------------------------------------------------------------------------------------------ sets


def at(client: "Route53Client", zone: str = FIRST, **asked: str) -> list[tuple[str, str, str]]:
    page = client.list_resource_record_sets(HostedZoneId=zone, **cast("dict[str, Any]", asked))
    return [(one["Name"], one["Type"], one.get("SetIdentifier", "")) for one in page["ResourceRecordSets"]]


def test_sets_are_sorted_by_reversed_labels_then_type_then_identifier(fake: Route53, client: "Route53Client") -> None:
    fake.add_zone("example.com")
    for name in ("z.example.com", "a.z.example.com", "z-1.example.com", "*.example.com", "_dmarc.example.com", "1.example.com"):
        fake.put(FIRST, name, "TXT", 60, ['"x"'])
    fake.put(FIRST, "z.example.com", "A", 60, ["192.0.2.1"], identifier="green")
    fake.put(FIRST, "z.example.com", "A", 60, ["192.0.2.2"], identifier="blue")
    order = [
        ("example.com.", "NS", ""),
        ("example.com.", "SOA", ""),
        ("1.example.com.", "TXT", ""),
        ("\\052.example.com.", "TXT", ""),
        ("_dmarc.example.com.", "TXT", ""),
        ("z-1.example.com.", "TXT", ""),
        ("z.example.com.", "A", "blue"),
        ("z.example.com.", "A", "green"),
        ("z.example.com.", "TXT", ""),
        ("a.z.example.com.", "TXT", ""),
    ]
    assert at(client) == order
    assert at(client, StartRecordName="z.example.com") == order[6:]
    assert at(client, StartRecordName="Z.example.com.", StartRecordType="AAAA") == order[8:]
    assert at(client, StartRecordName="z.example.com", StartRecordType="A", StartRecordIdentifier="c") == order[7:]
    assert at(client, StartRecordName="*.example.com") == order[3:]
    assert at(client, StartRecordName="missing.example.com", StartRecordType="TXT", MaxItems="1") == order[5:6]
    assert at(client, StartRecordName="zzz.example.com") == []


def test_pages_have_300_sets_and_say_where_the_next_begins(fake: Route53, client: "Route53Client") -> None:
    fake.add_zone("example.com")
    for number in range(299):
        fake.put(FIRST, f"x{number:03}.example.com", "TXT", 60, [f'"{number}"'])
    fake.put(FIRST, "y.example.com", "A", 60, ["192.0.2.1"], identifier="blue")
    fake.put(FIRST, "y.example.com", "A", 60, ["192.0.2.1"], identifier="green")

    first = client.list_resource_record_sets(HostedZoneId=FIRST, MaxItems="1000")
    pages = list(client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=FIRST))

    assert (first["MaxItems"], first["IsTruncated"], first["NextRecordName"], first["NextRecordType"]) == (
        "300",
        True,
        "x298.example.com.",
        "TXT",
    )
    assert "NextRecordIdentifier" not in set(first)
    assert [len(page["ResourceRecordSets"]) for page in pages] == [300, 3]
    last = client.list_resource_record_sets(HostedZoneId=FIRST, StartRecordName="x298.example.com", MaxItems="2")
    assert (last["NextRecordName"], last["NextRecordType"], last["NextRecordIdentifier"]) == ("y.example.com.", "A", "green")


REFUSED: Mapping[str, tuple[str, dict[str, str], str]] = {
    "a type without a name": (
        "list_resource_record_sets",
        {"HostedZoneId": FIRST, "StartRecordType": "TXT"},
        "InvalidInput: The type parameter may not be specified without the name parameter.",
    ),
    "an identifier without a type": (
        "list_resource_record_sets",
        {"HostedZoneId": FIRST, "StartRecordName": "example.com", "StartRecordIdentifier": "x"},
        "InvalidInput: The identifier parameter may not be specified without the type parameter.",
    ),
    "a type that is none": (
        "list_resource_record_sets",
        {"HostedZoneId": FIRST, "StartRecordName": "example.com", "StartRecordType": "LOC"},
        (
            "InvalidInput: 1 validation error detected: Value 'LOC' at 'startRecordType' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(rdata.TYPES)}]"
        ),
    ),
    "a name that is none": (
        "list_resource_record_sets",
        {"HostedZoneId": FIRST, "StartRecordName": "a..example.com"},
        "InvalidInput: FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..example.com'",
    ),
    "a zone's name that is none": (
        "list_hosted_zones_by_name",
        {"DNSName": "a..example.com"},
        "InvalidDomainName: FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..example.com'",
    ),
    "a zone's id without its name": (
        "list_hosted_zones_by_name",
        {"HostedZoneId": FIRST},
        "InvalidInput: The hostedzoneid parameter needs the dnsname parameter.",
    ),
    "a page of nothing": (
        "list_resource_record_sets",
        {"HostedZoneId": FIRST, "MaxItems": "0"},
        (
            "InvalidInput: 1 validation error detected: Value '0' at 'maxitems' failed to satisfy constraint: "
            "Member must be a whole number greater than 0"
        ),
    ),
    "a delegation set": (
        "list_hosted_zones",
        {"DelegationSetId": "N1"},
        "NoSuchDelegationSet: No delegation set found with ID: N1",
    ),
    "another kind of zone": (
        "list_hosted_zones",
        {"HostedZoneType": "Public"},
        (
            "InvalidInput: 1 validation error detected: Value 'Public' at 'hostedZoneType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [PrivateHostedZone]"
        ),
    ),
    "a zone that is not there": (
        "list_resource_record_sets",
        {"HostedZoneId": "Z404"},
        "NoSuchHostedZone: No hosted zone found with ID: Z404",
    ),
    "a zone that is not there, described": ("get_hosted_zone", {"Id": "Z404"}, "NoSuchHostedZone: No hosted zone found with ID: Z404"),
    "a change that was not made": ("get_change", {"Id": "C404"}, "NoSuchChange: Could not find resource with ID: C404"),
    "the VPCs of a public zone": (
        "get_hosted_zone_limit",
        {"HostedZoneId": FIRST, "Type": "MAX_VPCS_ASSOCIATED_BY_ZONE"},
        f"HostedZoneNotPrivate: The hosted zone {FIRST} is public.",
    ),
    "protections of a type without a name": (
        "list_resource_record_set_protections",
        {"HostedZoneId": FIRST, "StartRecordType": "TXT"},
        "InvalidInput: The type parameter may not be specified without the name parameter.",
    ),
    "a token that was not given": (
        "list_resource_record_set_protections",
        {"HostedZoneId": FIRST, "NextToken": "x"},
        "InvalidPaginationToken: The pagination token is not valid.",
    ),
    "a page of no protections": (
        "list_resource_record_set_protections",
        {"HostedZoneId": FIRST, "MaxResults": "0"},
        (
            "InvalidInput: 1 validation error detected: Value '0' at 'maxresults' failed to satisfy constraint: "
            "Member must be a whole number greater than 0"
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_lists_refuse(fake: Route53, new: Any, name: str) -> None:
    fake.add_zone("example.com")
    operation, asked, says = REFUSED[name]

    with pytest.raises(ClientError) as refused:
        getattr(new, operation)(**asked)

    assert told(refused.value) == says


def test_limits_are_told(fake: Route53, client: "Route53Client") -> None:
    zone = fake.add_zone("example.com", private=True)

    records = client.get_hosted_zone_limit(HostedZoneId=zone, Type="MAX_RRSETS_BY_ZONE")
    networks = client.get_hosted_zone_limit(HostedZoneId=zone, Type="MAX_VPCS_ASSOCIATED_BY_ZONE")

    assert (records["Limit"], records["Count"]) == ({"Type": "MAX_RRSETS_BY_ZONE", "Value": 10000}, 2)
    assert (networks["Limit"]["Value"], networks["Count"]) == (300, 1)


# ----------------------------------------------------------------------------------------------- protections


def test_protections_come_and_go(fake: Route53, new: Any) -> None:
    fake.add_zone("example.com")
    dmarc = {"RecordName": "_dmarc.Example.com", "RecordType": "TXT", "Comment": "mail team"}

    assert new.list_resource_record_set_protections(HostedZoneId=FIRST)["ResourceRecordSetProtections"] == []
    new.create_resource_record_set_protections(HostedZoneId=FIRST, Protections=[dmarc, {"RecordName": "example.com", "RecordType": "MX"}])
    assert new.list_resource_record_set_protections(HostedZoneId=FIRST)["ResourceRecordSetProtections"] == [
        {"RecordName": "example.com.", "RecordType": "MX"},
        {"RecordName": "_dmarc.example.com.", "RecordType": "TXT", "Comment": "mail team"},
    ]
    key = {"RecordName": "_dmarc.example.com.", "RecordType": "TXT"}
    new.delete_resource_record_set_protections(HostedZoneId=FIRST, Protections=[key])
    assert change(new, FIRST, create(rrset("_dmarc.example.com", "TXT", '"v=DMARC1; p=none"'))) == "PENDING"
    assert "is protected" in change(new, FIRST, create(rrset("example.com", "MX", "0 .")))


def test_lists_of_protections_have_pages(fake: Route53, new: Any) -> None:
    fake.add_zone("example.com")
    for number in range(301):
        fake.protect(FIRST, f"x{number:03}.example.com", "TXT", "")

    first = new.list_resource_record_set_protections(HostedZoneId=FIRST, MaxResults="500")
    second = new.list_resource_record_set_protections(HostedZoneId=FIRST, NextToken=first["NextToken"])
    started = new.list_resource_record_set_protections(HostedZoneId=FIRST, StartRecordName="x299.example.com", StartRecordType="TXT")

    assert len(first["ResourceRecordSetProtections"]) == 300
    assert second["ResourceRecordSetProtections"] == [{"RecordName": "x300.example.com.", "RecordType": "TXT"}]
    assert "NextToken" not in second
    assert [one["RecordName"] for one in started["ResourceRecordSetProtections"]] == ["x299.example.com.", "x300.example.com."]


def entry(name: str, record_type: str = "TXT", **more: str) -> dict[str, str]:
    return {"RecordName": name, "RecordType": record_type, **more}


THERE, NOT_THERE = entry("there.example.com"), entry("not.example.com")
BATCH = "InvalidResourceRecordSetProtectionBatch"
EXISTS = ("ProtectionAlreadyExists", "A protection already exists for this name and type.")
TWICE = ("InvalidInput", "The same name and type appear more than once.")
BAD_PROTECTIONS: Mapping[str, tuple[str, list[dict[str, str]], int, str, list[tuple[str, str, str]]]] = {
    "all exist": ("create", [THERE], 409, "ProtectionAlreadyExists", [("there.example.com.", *EXISTS)]),
    "one exists": ("create", [THERE, NOT_THERE], 400, BATCH, [("there.example.com.", *EXISTS)]),
    "twice in a request, and one that exists": ("create", [NOT_THERE, NOT_THERE, THERE], 400, BATCH, [("not.example.com.", *TWICE)]),
    "out of the zone": (
        "create",
        [entry("badexample.com")],
        400,
        BATCH,
        [("badexample.com.", "InvalidInput", "badexample.com. is not in zone example.com.")],
    ),
    "gone already": (
        "delete",
        [THERE, NOT_THERE],
        400,
        BATCH,
        [("not.example.com.", "ProtectionNotFound", "There is no protection for this name and type.")],
    ),
    "no name": ("create", [entry("a..example.com")], 400, "InvalidInput", []),
    "no type": ("create", [entry("a.example.com", "DNAME")], 400, "InvalidInput", []),
    "too many": ("create", [entry(f"x{number}.example.com") for number in range(101)], 400, "InvalidInput", []),
    "a long comment": ("create", [entry("a.example.com", Comment="x" * 257)], 400, "InvalidInput", []),
}


@pytest.mark.parametrize("name", BAD_PROTECTIONS)
def test_protections_are_refused_as_a_whole(fake: Route53, new: Any, name: str) -> None:
    fake.add_zone("example.com")
    fake.protect(FIRST, "there.example.com", "TXT", "")
    before = fake.zones[FIRST].protections
    verb, entries, status, code, errors = BAD_PROTECTIONS[name]

    with pytest.raises(ClientError) as refused:
        getattr(new, f"{verb}_resource_record_set_protections")(HostedZoneId=FIRST, Protections=entries)

    answer = cast("Any", refused.value.response)
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (status, code)
    assert [(one["RecordName"], one["Code"], one["Message"]) for one in answer.get("Errors", [])] == errors
    assert fake.zones[FIRST].protections == before


# ------------------------------------------------------------------------------------------------------- DNS


def test_what_was_written_can_be_looked_up(fake: Route53, client: "Route53Client") -> None:
    fake.add_zone("example.com")
    fake.add_zone("example.net", private=True)
    fake.add_zone("example.com")
    fake.put(SECOND, "private.example.net", "A", 60, ["192.0.2.1"])
    fake.put(THIRD, "duplicate.example.com", "A", 60, ["192.0.2.1"])
    fake.put(FIRST, "old.example.com", "TXT", 60, ['"a""b"'])
    changes = [
        create(rrset("txt.example.com", "TXT", '"caf\\303\\251 \\"q\\" \\\\ \\042" "\\000\\377"', '"v=spf1 -all"')),
        create(rrset("*.wild.example.com", "CNAME", "\\052.Example.net")),
        create(rrset("example.com", "MX", "10 mx.example.com")),
    ]
    assert change(client, FIRST, *changes) == "PENDING"

    with nameserver(fake.in_dns) as (address, port):

        def ask(name: str, record_type: str) -> Any:
            return dns.query.udp(dns.message.make_query(name, record_type), address, port=port, timeout=5)

        (text,) = ask("txt.example.com", "TXT").answer
        assert sorted(value.strings for value in text) == [(b'caf\xc3\xa9 "q" \\ "', b"\x00\xff"), (b"v=spf1 -all",)]
        assert text.ttl == 300
        assert [value.strings for value in ask("old.example.com", "TXT").answer[0]] == [(b"a", b"b")]
        (alias,) = ask("*.wild.example.com", "CNAME").answer[0]
        assert alias.target.labels == (b"*", b"Example", b"net", b"")
        assert [(value.preference, str(value.exchange)) for value in ask("example.com", "MX").answer[0]] == [(10, "mx.example.com.")]
        assert len(ask("example.com", "NS").answer[0]) == 4
        assert ask("duplicate.example.com", "A").rcode() == dns.rcode.NXDOMAIN
        assert ask("private.example.net", "A").rcode() == dns.rcode.REFUSED
