"""The Route 53 fake, asked by the real SDK: what ChangeResourceRecordSets refuses, and in which words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.fakes.route53 import Route53, rdata
from tests.fakes.route53.batch import CLOUDFRONT
from tests.fakes.route53.sdk import alias, change, create, delete, route53, rrset, upsert, weighted

if TYPE_CHECKING:
    from mypy_boto3_route53.client import Route53Client
    from mypy_boto3_route53.type_defs import ChangeTypeDef, ResourceRecordSetTypeDef

A = "192.0.2.1"
FOUR_THOUSAND = " ".join(['"' + "x" * 247 + '"'] * 15 + ['"' + "x" * 248 + '"'])
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


def latency(name: str, identifier: str) -> "ResourceRecordSetTypeDef":
    return {**rrset(name, "A", A), "SetIdentifier": identifier, "Region": "eu-west-1"}


ABSENT, THERE = "[name='new.example.com.', type='TXT']", "[name='t.example.com.', type='TXT']"
LONG = '"' + "x" * 256 + '"'
ONE_OF = "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
MANY = [f"192.0.{number // 250}.{number % 250}" for number in range(401)]


def in_change(action: str, record_type: str = "TXT", identifier: str = "null") -> str:
    return f"in Change with [Action={action}, Name=new.example.com, Type={record_type}, SetIdentifier={identifier}]"


def illegal(problem: str, value: str) -> str:
    return f"InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}'']"


def batch(*messages: str) -> str:
    return f"InvalidChangeBatch: [{', '.join(messages)}]"


NO_STRING = "InvalidCharacterString (Value should be enclosed in quotation marks)"
NO_CHARACTER = "UnsupportedCharacter (Value contains unsupported characters)"
NOT_THESE = "but the values provided do not match the current values"
WEIGHTED = "weighted.example.com"

REFUSED: "dict[str, tuple[list[ChangeTypeDef], str]]" = {
    # Compare and swap.
    "create what is there": (
        [create(rrset("t.example.com", "TXT", '"c"'))],
        batch(f"Tried to create resource record set {THERE} but it already exists"),
    ),
    "create what is there already, exactly so": (
        [create(rrset("T.example.com.", "TXT", '"a"', '"b"'))],
        batch(f"Tried to create resource record set {THERE} but it already exists"),
    ),
    "delete what is not there": (
        [delete(rrset("new.example.com", "TXT", '"a"'))],
        batch(f"Tried to delete resource record set {ABSENT} but it was not found"),
    ),
    "delete with another value": (
        [delete(rrset("t.example.com", "TXT", '"a"', '"c"'))],
        batch(f"Tried to delete resource record set {THERE} {NOT_THESE}"),
    ),
    "delete with a value too few": (
        [delete(rrset("t.example.com", "TXT", '"a"'))],
        batch(f"Tried to delete resource record set {THERE} {NOT_THESE}"),
    ),
    "delete with another TTL": (
        [delete(rrset("t.example.com", "TXT", '"a"', '"b"', ttl=301))],
        batch(f"Tried to delete resource record set {THERE} {NOT_THESE}"),
    ),
    "delete with other borders between strings": (
        [delete(rrset("chunks.example.com", "TXT", '"abcd" "ef"'))],
        batch(f"Tried to delete resource record set [name='chunks.example.com.', type='TXT'] {NOT_THESE}"),
    ),
    "delete with an identifier": (
        [delete({**rrset("t.example.com", "TXT", '"a"', '"b"'), "SetIdentifier": "x", "Weight": 1})],
        batch("Tried to delete resource record set [name='t.example.com.', type='TXT', set-identifier='x'] but it was not found"),
    ),
    "replace what is otherwise by now": (
        [delete(rrset("t.example.com", "TXT", '"old"')), create(rrset("t.example.com", "TXT", '"new"'))],
        batch(f"Tried to delete resource record set {THERE} {NOT_THESE}"),
    ),
    "all that is wrong is told at once": (
        [create(rrset("t.example.com", "TXT", '"c"')), delete(rrset("new.example.com", "TXT", '"a"'))],
        batch(
            f"Tried to create resource record set {THERE} but it already exists",
            f"Tried to delete resource record set {ABSENT} but it was not found",
        ),
    ),
    # One set, twice in a batch.
    "delete twice": (
        [delete(rrset("t.example.com", "TXT", '"a"', '"b"'))] * 2,
        batch("The request contains an invalid set of changes for a resource record set 'TXT t.example.com.'"),
    ),
    "upsert twice": (
        [upsert(rrset("new.example.com", "TXT", '"a"')), upsert(rrset("NEW.example.com.", "TXT", '"b"'))],
        batch("The request contains an invalid set of changes for a resource record set 'TXT new.example.com.'"),
    ),
    "create, then delete": (
        [create(rrset("new.example.com", "TXT", '"a"')), delete(rrset("new.example.com", "TXT", '"a"'))],
        batch("The request contains an invalid set of changes for a resource record set 'TXT new.example.com.'"),
    ),
    # Names.
    "a name that only ends like the zone": (
        [create(rrset("badexample.com", "A", A))],
        batch("RRSet with DNS name badexample.com. is not permitted in zone example.com."),
    ),
    "a name of another zone": (
        [create(rrset("example.net", "A", A))],
        batch("RRSet with DNS name example.net. is not permitted in zone example.com."),
    ),
    "an empty label": (
        [create(rrset("a..example.com", "A", A))],
        batch("FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..example.com'"),
    ),
    "a label of 64 octets": (
        [create(rrset("x" * 64 + ".example.com", "A", A))],
        batch(f"FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '{'x' * 64}.example.com'"),
    ),
    "a name of 256 octets": (
        [create(rrset(("x" * 60 + ".") * 4 + "example.com", "A", A))],
        batch(f"FATAL problem: DomainNameTooLong (Domain name is too long) encountered with '{('x' * 60 + '.') * 4}example.com'"),
    ),
    "a name that is not ASCII": (
        [create(rrset("\u00e9.example.com", "A", A))],
        batch(f"FATAL problem: {NO_CHARACTER} encountered with '\u00e9.example.com'"),
    ),
    "a decimal escape in a name": (
        [create(rrset("\\999.example.com", "A", A))],
        batch(f"FATAL problem: {NO_CHARACTER} encountered with '\\999.example.com'"),
    ),
    # CNAME.
    "a CNAME beside another set": (
        [create(rrset("t.example.com", "CNAME", "x.example.net"))],
        batch(
            "RRSet of type CNAME with DNS name t.example.com. is not permitted as it conflicts with other records "
            "with the same DNS name in zone example.com."
        ),
    ),
    "another set beside a CNAME": (
        [upsert(rrset("c.example.com", "TXT", '"a"'))],
        batch(
            "RRSet of type TXT with DNS name c.example.com. is not permitted because a conflicting RRSet of type  CNAME "
            "with the same DNS name already exists in zone example.com."
        ),
    ),
    "a CNAME before that which is in its way has gone": (
        [create(rrset("t.example.com", "CNAME", "x.example.net")), delete(rrset("t.example.com", "TXT", '"a"', '"b"'))],
        batch(
            "RRSet of type CNAME with DNS name t.example.com. is not permitted as it conflicts with other records "
            "with the same DNS name in zone example.com."
        ),
    ),
    "a CNAME at the apex": (
        [create(rrset("example.com", "CNAME", "x.example.net"))],
        batch("RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com."),
    ),
    "a CNAME of two values": (
        [create(rrset("new.example.com", "CNAME", "x.example.net", "y.example.net"))],
        batch("Cannot have more than 1 records in a RRSet."),
    ),
    # The apex.
    "the SOA set goes": (
        [delete(rrset("example.com", "SOA", "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", ttl=900))],
        batch("A HostedZone must contain exactly one SOA record."),
    ),
    "the NS set of the apex goes": (
        [
            delete(
                rrset(
                    "example.com",
                    "NS",
                    *("ns-1.awsdns-00.com.", "ns-1.awsdns-01.net.", "ns-1.awsdns-02.org.", "ns-1.awsdns-03.co.uk."),
                    ttl=172800,
                )
            )
        ],
        batch("A HostedZone must contain at least one NS record for the zone itself."),
    ),
    # Values.
    "TXT without quotes": ([create(rrset("new.example.com", "TXT", "v=spf1 -all"))], illegal(NO_STRING, "v=spf1 -all")),
    "TXT: one quote only": ([create(rrset("new.example.com", "TXT", '"v=spf1 -all'))], illegal(NO_STRING, '"v=spf1 -all')),
    "TXT: a quote within": ([create(rrset("new.example.com", "TXT", '"a"b"'))], illegal(NO_STRING, '"a"b"')),
    "TXT: strings without a space": ([create(rrset("new.example.com", "TXT", '"a""b"'))], illegal(NO_STRING, '"a""b"')),
    "TXT: nothing": ([create(rrset("new.example.com", "TXT", ""))], illegal(NO_STRING, "")),
    "TXT: a string of 256": (
        [create(rrset("new.example.com", "TXT", LONG))],
        illegal("CharacterStringTooLong (Value is too long)", LONG),
    ),
    "TXT: UTF-8 as it is": ([create(rrset("new.example.com", "TXT", '"caf\u00e9"'))], illegal(NO_CHARACTER, '"caf\u00e9"')),
    "TXT: a tab as it is": ([create(rrset("new.example.com", "TXT", '"a\tb"'))], illegal(NO_CHARACTER, '"a\tb"')),
    "TXT: no octal escape": ([create(rrset("new.example.com", "TXT", '"\\400"'))], illegal(NO_CHARACTER, '"\\400"')),
    "TXT: 4,001 characters": (
        [create(rrset("new.example.com", "TXT", FOUR_THOUSAND[:-1] + 'x"'))],
        (
            "InvalidInput: 1 validation error detected: Value at 'changeBatch.changes.2.member.resourceRecordSet.resourceRecords.member.value' "
            "failed to satisfy constraint: Member must have length less than or equal to 4000"
        ),
    ),
    "A": (
        [create(rrset("new.example.com", "A", "192.0.2.256"))],
        illegal("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)", "192.0.2.256"),
    ),
    "A, two in one": (
        [create(rrset("new.example.com", "A", "192.0.2.1 ;192.0.2.2"))],
        illegal("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)", "192.0.2.1 ;192.0.2.2"),
    ),
    "A, with a space before it": (
        [create(rrset("new.example.com", "A", " 192.0.2.1"))],
        illegal("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)", " 192.0.2.1"),
    ),
    "AAAA": (
        [create(rrset("new.example.com", "AAAA", A))],
        illegal("AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)", A),
    ),
    "MX": (
        [create(rrset("new.example.com", "MX", "mx.example.com"))],
        illegal("MXRRDATANotTwoFields (Value should have two fields: a priority and a mail server)", "mx.example.com"),
    ),
    "CAA without quotes": (
        [create(rrset("new.example.com", "CAA", "0 issue ca.example.net"))],
        illegal("CAARRDATAIllegal (Value should have flags, a tag and a quoted value)", "0 issue ca.example.net"),
    ),
    "TLSA": ([create(rrset("new.example.com", "TLSA", "3 1 1 x"))], illegal("TLSARRDATAIllegal (Value is not valid)", "3 1 1 x")),
    "CNAME": ([create(rrset("new.example.com", "CNAME", "a b"))], illegal("CNAMERRDATAIllegal (Value is not valid)", "a b")),
    "CNAME: the origin": ([create(rrset("new.example.com", "CNAME", "@"))], illegal("CNAMERRDATAIllegal (Value is not valid)", "@")),
    "NS": ([create(rrset("new.example.com", "NS", "a..b"))], illegal("NSRRDATAIllegal (Value is not valid)", "a..b")),
    "the same value twice": (
        [create(rrset("new.example.com", "A", A, "192.0.2.2", A))],
        batch("Duplicate Resource Record: '192.0.2.1'"),
    ),
    "the same value twice, written otherwise": (
        [create(rrset("new.example.com", "MX", "10 mx.example.com", "10 MX.example.com."))],
        batch("Duplicate Resource Record: '10 MX.example.com.'"),
    ),
    "401 values": ([create(rrset("new.example.com", "A", *MANY))], batch("Cannot have more than 400 records in a RRSet.")),
    # What a set must have.
    "an unknown type": (
        [create(rrset("new.example.com", "LOC", "x"))],
        (
            "InvalidInput: 1 validation error detected: Value 'LOC' at 'changeBatch.changes.2.member.resourceRecordSet.type' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(rdata.TYPES)}]"
        ),
    ),
    "no TTL": (
        [create({"Name": "new.example.com", "Type": "TXT", "ResourceRecords": [{"Value": '"a"'}]})],
        f"InvalidInput: {ONE_OF}, but found none {in_change('CREATE')}",
    ),
    "no values": (
        [create({"Name": "new.example.com", "Type": "TXT", "TTL": 300})],
        f"InvalidInput: {ONE_OF}, but found none {in_change('CREATE')}",
    ),
    "a TTL beyond 31 bits": (
        [create(rrset("new.example.com", "A", A, ttl=2147483648))],
        (
            "InvalidInput: 1 validation error detected: Value '2147483648' at 'changeBatch.changes.2.member.resourceRecordSet.TTL' "
            "failed to satisfy constraint: Member must be between 0 and 2147483647"
        ),
    ),
    "an alias with a TTL": (
        [upsert({**alias("new.example.com", "d111111abcdef8.cloudfront.net"), "TTL": 300})],
        f"InvalidInput: {ONE_OF}, but found more than one {in_change('UPSERT', 'A')}",
    ),
    # Several sets of one name and type.
    "a policy without an identifier": (
        [create({**rrset("new.example.com", "A", A), "Weight": 1})],
        f"InvalidInput: Invalid request: Missing field 'SetIdentifier' {in_change('CREATE', 'A')}",
    ),
    "an identifier without a policy": (
        [create({**rrset("new.example.com", "A", A), "SetIdentifier": "x"})],
        (
            "InvalidInput: Invalid request: Expected exactly one of [Weight, Region, GeoLocation, Failover, MultiValueAnswer, "
            f"GeoProximityLocation, CidrRoutingConfig], but found none {in_change('CREATE', 'A', 'x')}"
        ),
    ),
    "a simple set beside a weighted one": (
        [upsert(rrset(WEIGHTED, "A", A))],
        batch(f"RRSet with DNS name {WEIGHTED}., type A cannot be created as other RRSets exist with the same name and type."),
    ),
    "a weighted set beside a simple one": (
        [create({**rrset("t.example.com", "TXT", '"c"'), "SetIdentifier": "x", "Weight": 1})],
        batch(
            "RRSet with DNS name t.example.com., type TXT, SetIdentifier x cannot be created as a non-weighted set exists "
            "with the same name and type."
        ),
    ),
    "a latency set beside a weighted one": (
        [create(latency(WEIGHTED, "x"))],
        batch(
            f"RRSet with DNS name {WEIGHTED}., type A, SetIdentifier x cannot be created as a non-latency set exists "
            "with the same name and type."
        ),
    ),
    "weighted sets of two TTLs": (
        [create(weighted(WEIGHTED, "x", ttl=60))],
        batch(f"RRSet with DNS name {WEIGHTED}., type A, SetIdentifier x cannot be created as weighted sets must contain the same TTL."),
    ),
    "a weighted set that is there": (
        [create(weighted(WEIGHTED, "blue"))],
        batch(f"Tried to create resource record set [name='{WEIGHTED}.', type='A', set-identifier='blue'] but it already exists"),
    ),
    # Aliases.
    "an alias that judges CloudFront's health": (
        [create(alias("new.example.com", "d111111abcdef8.cloudfront.net", health=True))],
        batch("EvaluateTargetHealth must be false for an alias that targets a CloudFront distribution"),
    ),
    "an alias of CloudFront that is none": (
        [create(alias("new.example.com", "www.example.net"))],
        batch(f"Tried to create an alias that targets www.example.net., type A in zone {CLOUDFRONT}, but that target was not found"),
    ),
    "an alias of nothing in the zone": (
        [create(alias("new.example.com", "nothing.example.com", ZONE))],
        batch(f"Tried to create an alias that targets nothing.example.com., type A in zone {ZONE}, but that target was not found"),
    ),
    "delete an alias with another target": (
        [delete(alias("alias.example.com", "d222222abcdef8.cloudfront.net"))],
        batch(f"Tried to delete resource record set [name='alias.example.com.', type='A'] {NOT_THESE}"),
    ),
    # Protections.
    "a protected set is replaced": (
        [delete(rrset("protected.example.com", "TXT", '"a"')), create(rrset("protected.example.com", "TXT", '"b"'))],
        batch(
            "The resource record set [name='protected.example.com.', type='TXT'] is protected: ask the mail team",
        ),
    ),
    "a protected set that is not there is made": (
        [create(rrset("protected.example.com", "MX", "0 ."))],
        batch("The resource record set [name='protected.example.com.', type='MX'] is protected"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_batch_is_refused_as_a_whole(fake: Route53, client: "Route53Client", name: str) -> None:
    fake.put(ZONE, "t.example.com", "TXT", 300, ['"a"', '"b"'])
    fake.put(ZONE, "c.example.com", "CNAME", 300, ["target.example.net."])
    fake.put(ZONE, "chunks.example.com", "TXT", 300, ['"abc" "def"'])
    fake.put(ZONE, WEIGHTED, "A", 300, [A], identifier="blue")
    fake.put_alias(ZONE, "alias.example.com", "A", "d111111abcdef8.cloudfront.net")
    fake.put(ZONE, "protected.example.com", "TXT", 300, ['"a"'])
    fake.protect(ZONE, "protected.example.com", "TXT", "ask the mail team")
    fake.protect(ZONE, "protected.example.com", "MX", "")
    before = dict(fake.zones[ZONE].sets)
    changes, says = REFUSED[name]

    assert change(client, ZONE, create(rrset("fine.example.com", "A", A)), *changes) == says

    assert fake.zones[ZONE].sets == before


LARGE: "dict[str, tuple[list[ChangeTypeDef], str]]" = {
    "1,000 values": ([create(rrset(f"x{n}.example.com", "A", *MANY[:250])) for n in range(4)], "PENDING"),
    "1,001 values": (
        [*(create(rrset(f"x{n}.example.com", "A", *MANY[:250])) for n in range(4)), create(rrset("y.example.com", "A", A))],
        batch("Number of records limit of 1000 exceeded."),
    ),
    "1,000 values and an alias": (
        [
            *(create(rrset(f"x{n}.example.com", "A", *MANY[:250])) for n in range(4)),
            create(alias("y.example.com", "d111111abcdef8.cloudfront.net")),
        ],
        batch("Number of records limit of 1000 exceeded."),
    ),
    "500 values upserted": ([upsert(rrset(f"x{n}.example.com", "A", *MANY[:250])) for n in range(2)], "PENDING"),
    "501 values upserted": (
        [*(upsert(rrset(f"x{n}.example.com", "A", *MANY[:250])) for n in range(2)), upsert(rrset("y.example.com", "A", A))],
        batch("Number of records limit of 1000 exceeded."),
    ),
    "32,000 characters": ([create(rrset(f"x{n}.example.com", "TXT", FOUR_THOUSAND)) for n in range(8)], "PENDING"),
    "32,001 characters": (
        [
            *(create(rrset(f"x{n}.example.com", "TXT", FOUR_THOUSAND)) for n in range(7)),
            create(rrset("y.example.com", "TXT", FOUR_THOUSAND[:-3] + '"')),
            create(rrset("z.example.com", "TXT", '"x"')),
        ],
        batch("RDATA character limit of 32000 exceeded."),
    ),
    "16,002 characters upserted": (
        [
            *(upsert(rrset(f"x{n}.example.com", "TXT", FOUR_THOUSAND)) for n in range(4)),
            upsert(rrset("y.example.com", "TXT", '""')),
        ],
        batch("RDATA character limit of 32000 exceeded."),
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_batch_has_limits(client: "Route53Client", name: str) -> None:
    changes, says = LARGE[name]
    assert change(client, ZONE, *changes) == says


def test_a_zone_has_a_limit(fake: Route53, client: "Route53Client") -> None:
    zone = fake.zones[ZONE]
    soa = zone.sets[zone.name, "SOA", ""]
    zone.sets = {**zone.sets, **{((b"x%d" % number, *zone.name), "A", ""): soa for number in range(9998)}}

    assert change(client, ZONE, create(rrset("one.example.com", "A", A))) == batch(f"Exceeded limit MAX_RRSETS_BY_ZONE for zone: {ZONE}")
