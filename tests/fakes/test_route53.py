"""The Route 53 fake, asked by the real SDK: what ChangeResourceRecordSets does (what it refuses: test_route53_refusals.py)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.route53 import Route53, rdata
from tests.fakes.route53.sdk import alias, change, create, delete, route53, rrset, upsert, weighted

if TYPE_CHECKING:
    from mypy_boto3_route53.client import Route53Client
    from mypy_boto3_route53.type_defs import ChangeTypeDef

A = "192.0.2.1"
DMARC = '"v=DMARC1; p=none"'
CHUNKS = '"abc" "def"'
FOUR_THOUSAND = " ".join(['"' + "x" * 247 + '"'] * 15 + ['"' + "x" * 248 + '"'])
HAS_TXT = ("t.example.com", "TXT", 300, ['"b"', '"a"', '"c"'])
ZONE = "Z0000000000001"


@pytest.fixture
def fake() -> Route53:
    fake = Route53()
    fake.add_zone("example.com")
    return fake


@pytest.fixture
def client(fake: Route53) -> "Iterator[Route53Client]":
    with fake.served() as url:
        yield route53(url)


def plain(fake: Route53, *, apex: bool = False) -> dict[tuple[str, str], tuple[int, tuple[str, ...]]]:
    return {key: found for key, found in fake.sets(ZONE).items() if apex or key[1] not in {"NS", "SOA"}}


# -------------------------------------------------------------------------------------------- what is done

DONE: "dict[str, tuple[list[ChangeTypeDef], dict[tuple[str, str], tuple[int, tuple[str, ...]]]]]" = {
    "create": ([create(rrset("_dmarc.example.com", "TXT", DMARC))], {("_dmarc.example.com", "TXT"): (300, (DMARC,))}),
    "create, with the dot and in upper case": (
        [create(rrset("_DMARC.Example.COM.", "TXT", DMARC))],
        {("_dmarc.example.com", "TXT"): (300, (DMARC,))},
    ),
    "create at the apex": ([create(rrset("example.com", "A", A))], {("example.com", "A"): (300, (A,))}),
    "create a wildcard, and by its octal name what is beside it": (
        [create(rrset("*.example.com", "A", A)), create(rrset("\\052.example.com", "TXT", '"x"'))],
        {("*.example.com", "A"): (300, (A,)), ("*.example.com", "TXT"): (300, ('"x"',))},
    ),
    "a TTL of 0 and one of 68 years": (
        [create(rrset("a.example.com", "A", A, ttl=0)), create(rrset("b.example.com", "A", A, ttl=2147483647))],
        {("a.example.com", "A"): (0, (A,)), ("b.example.com", "A"): (2147483647, (A,))},
    ),
    "delete, values in another order": ([delete(rrset("t.example.com", "TXT", '"c"', '"a"', '"b"'))], {}),
    "delete exactly what was read, then create": (
        [delete(rrset("t.example.com", "TXT", '"b"', '"a"', '"c"')), create(rrset("t.example.com", "TXT", '"d"', ttl=60))],
        {("t.example.com", "TXT"): (60, ('"d"',))},
    ),
    "upsert what is there": ([upsert(rrset("t.example.com", "TXT", '"c"'))], {("t.example.com", "TXT"): (300, ('"c"',))}),
    "upsert what is not": (
        [upsert(rrset("u.example.com", "TXT", '"c"'))],
        {("t.example.com", "TXT"): (300, ('"b"', '"a"', '"c"')), ("u.example.com", "TXT"): (300, ('"c"',))},
    ),
    "a type that was not there makes room for a CNAME in the same batch": (
        [delete(rrset("t.example.com", "TXT", '"b"', '"a"', '"c"')), create(rrset("t.example.com", "CNAME", "example.net"))],
        {("t.example.com", "CNAME"): (300, ("example.net",))},
    ),
    "the NS set of the apex is replaced": (
        [upsert(rrset("example.com", "NS", "ns1.example.net.", "ns2.example.net."))],
        {("example.com", "NS"): (300, ("ns1.example.net.", "ns2.example.net."))},
    ),
}


@pytest.mark.parametrize("name", DONE)
def test_a_batch_is_done(fake: Route53, client: "Route53Client", name: str) -> None:
    changes, expected = DONE[name]
    if any("t.example.com" in str(one) for one in changes) or "upsert" in name:
        fake.put(ZONE, *HAS_TXT)
    apex = {key: found for key, found in plain(fake, apex=True).items() if key[0] == "example.com"}

    assert change(client, ZONE, *changes) == "PENDING"

    assert plain(fake, apex=True) == {**apex, **expected}


VALUES = {
    "TXT: strings": ("TXT", ['"v=spf1 -all"', CHUNKS, '""', '"a \\"quoted\\" \\\\ word"', '"caf\\303\\251 \\000\\377"']),
    "TXT: an escape without need, as octoDNS writes it": ("TXT", ['"v=DMARC1\\; p=none"']),
    "TXT: a string of 255 octets": ("TXT", ['"' + "x" * 255 + '"', '"' + "x" * 254 + '\\303"']),
    "TXT: a value of 4,000 characters": ("TXT", [FOUR_THOUSAND]),
    "SPF": ("SPF", ['"v=spf1 -all"']),
    "A": ("A", ["192.0.2.1", "192.0.2.2"]),
    "AAAA": ("AAAA", ["2001:db8::1"]),
    "MX": ("MX", ["10 mx1.example.com", "20 mx2.example.com.", "0 ."]),
    "CAA": ("CAA", ['0 issue "ca.example.net; policy=x"', '128 iodef "mailto:x@example.com"']),
    "TLSA": ("TLSA", ["3 1 1 " + "ab" * 32]),
    "CNAME": ("CNAME", ["\\052.Example.net"]),
    "NS": ("NS", ["ns1.example.net", "ns2.example.net."]),
    "DS": ("DS", ["12345 13 2 " + "ab" * 32]),
    "SRV": ("SRV", ["0 5 443 host.example.net"]),
    "PTR": ("PTR", ["host.example.net."]),
    "NAPTR": ("NAPTR", ['100 10 "U" "SIP+D2U" "!^.*$!sip:x@example.com!" .']),
    "SSHFP": ("SSHFP", ["4 2 " + "ab" * 32]),
    "HTTPS": ("HTTPS", ["1 . alpn=h2,h3"]),
    "400 values": ("A", [f"192.0.{number // 250}.{number % 250}" for number in range(400)]),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_listed_as_they_were_written(client: "Route53Client", name: str) -> None:
    record_type, values = VALUES[name]
    assert change(client, ZONE, create(rrset("v.example.com", record_type, *values))) == "PENDING"

    sets = client.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="v.example.com")["ResourceRecordSets"]

    assert sets == [{"Name": "v.example.com.", "Type": record_type, "TTL": 300, "ResourceRecords": [{"Value": value} for value in values]}]


def test_weighted_sets_and_aliases_are_kept_apart(fake: Route53, client: "Route53Client") -> None:
    target = "d111111abcdef8.cloudfront.net"
    changes = [
        create(weighted("w.example.com", "blue")),
        create(weighted("w.example.com", "green", "192.0.2.2", weight=0)),
        create(alias("a.example.com", target)),
        create(alias("b.example.com", "a.example.com", ZONE)),
    ]
    assert change(client, ZONE, *changes) == "PENDING"

    sets = client.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="a.example.com")["ResourceRecordSets"]
    assert sets == [
        {**alias("a.example.com.", f"{target}."), "Type": "A"},
        alias("b.example.com.", "a.example.com.", ZONE),
        weighted("w.example.com.", "blue"),
        weighted("w.example.com.", "green", "192.0.2.2", weight=0),
    ]
    assert plain(fake) == {}

    assert change(client, ZONE, *[delete(one) for one in sets]) == "PENDING"
    assert not [key for key in fake.zones[ZONE].sets if key[0] != (b"example", b"com")]


def test_an_alias_of_cloudfront_is_not_for_private_zones(fake: Route53, client: "Route53Client") -> None:
    private = fake.add_zone("example.com", private=True)

    says = change(client, private, create(alias("a.example.com", "d111111abcdef8.cloudfront.net")))

    assert says == "InvalidChangeBatch: [An alias record set in a private hosted zone cannot target a CloudFront distribution]"


def test_what_others_wrote_is_deleted_as_it_is_listed(fake: Route53, client: "Route53Client") -> None:
    """Though it could not be written like that (aws-sdk-js-v3 issue 5626)."""
    fake.put(ZONE, "old.example.com", "TXT", 300, ['"a""b"'])
    (listed,) = client.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="old.example.com")["ResourceRecordSets"]
    assert listed["ResourceRecords"] == [{"Value": '"a""b"'}]

    assert change(client, ZONE, delete(listed), create(rrset("old.example.com", "TXT", '"a" "b"'))) == "PENDING"
    assert plain(fake) == {("old.example.com", "TXT"): (300, ('"a" "b"',))}


def test_another_writer_cannot_do_what_no_zone_can_hold(fake: Route53) -> None:
    fake.put(ZONE, *HAS_TXT)
    for name, record_type in (("t.example.com", "CNAME"), ("x.example.net", "TXT")):
        with pytest.raises(Exception, match=r"not permitted"):
            fake.put(ZONE, name, record_type, 300, ["x.example.net."])
    fake.remove(ZONE, "t.example.com", "TXT")
    fake.put(ZONE, "t.example.com", "CNAME", 300, ["x.example.net."])
    assert plain(fake) == {("t.example.com", "CNAME"): (300, ("x.example.net.",))}


@given(st.sampled_from(rdata.TYPES), st.text(alphabet=st.sampled_from('"\\ ;()@#.:-0123456789abnx\n\t\u00e9'), max_size=30))
def test_every_value_is_taken_or_refused(record_type: str, value: str) -> None:
    found = rdata.problem(record_type, value)
    if found is None:
        assert rdata.parsed(record_type, value).rdtype.name == record_type
    else:
        assert value in found
