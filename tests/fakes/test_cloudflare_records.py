"""The Cloudflare double through the official SDK, which checks each answer: what is taken as a record, how it is answered and found."""

from collections.abc import Iterator
from typing import Any

import cloudflare
import dns.rdata
import httpx
import pytest
from dns.rdtypes.ANY.TXT import TXT
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tests.fakes.cloudflare import Cloudflare
from tests.fakes.cloudflare.sdk import create, refused, strict_client
from tests.fakes.cloudflare.texts import NotStrings, joined, quoted, strings_in

NAME = "t.example.com"
LONG = "a" * 255
CHAIN_9313 = [{"code": 9313, "message": "DNS record comment exceeds the quota of 100 characters."}]


@pytest.fixture
def service() -> Cloudflare:
    return Cloudflare()


@pytest.fixture
def zone(service: Cloudflare) -> str:
    return service.add_zone("example.com")


@pytest.fixture
def client(service: Cloudflare) -> Iterator[cloudflare.Cloudflare]:
    with service.served() as url, strict_client(url) as client:
        yield client


def txt(**fields: Any) -> dict[str, Any]:
    return {"name": NAME, "type": "TXT", "content": '"x"', "ttl": 300} | fields


# ---------------------------------------------------------------------------------------------- what is taken


@pytest.mark.parametrize(
    ("sent", "later"),
    [
        ('"v=spf1 -all"', '"v=spf1 -all"'),
        ("v=spf1 -all", '"v=spf1 -all"'),
        ('"v=spf1 " "-all"', '"v=spf1 " "-all"'),
        ('"v=spf1 ""-all"', '"v=spf1 " "-all"'),
        (LONG + "b", f'"{LONG}" "b"'),
        (f'"{LONG}b"', f'"{LONG}" "b"'),
        (f'"{LONG}" "b"', f'"{LONG}" "b"'),
        (r'"say \"hello\" \\"', r'"say \"hello\" \\"'),
        (r'"\097\;b"', '"a;b"'),
        (r"a\;b", r'"a\\;b"'),
        ('"é"', r'"\195\169"'),
        ('""', '""'),
    ],
)
def test_a_text_is_answered_as_it_was_sent_and_later_quoted_and_split(
    service: Cloudflare, zone: str, client: cloudflare.Cloudflare, sent: str, later: str
) -> None:
    created = client.dns.records.create(zone_id=zone, name=NAME, type="TXT", content=sent, ttl=300)
    assert created is not None
    assert created.content == sent
    (listed,) = client.dns.records.list(zone_id=zone)
    got = client.dns.records.get(listed.id, zone_id=zone)
    assert got is not None
    assert (listed.content, got.content) == (later, later)
    assert service.in_dns()["example.com"] == {(NAME, "TXT"): (300, [later])}


def test_a_record_has_all_that_its_model_has(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    record = client.dns.records.create(zone_id=zone, name=NAME, type="TXT", content='"x"', ttl=300, comment="emailauth")
    assert record is not None
    assert (record.name, record.type, record.ttl, record.comment, record.tags) == (NAME, "TXT", 300, "emailauth", [])
    assert (record.proxied, record.proxiable) == (False, False)
    assert record.created_on == record.modified_on == record.comment_modified_on == service.now


KINDS: dict[str, tuple[dict[str, Any], str, int | None]] = {
    "A": ({"content": "192.0.2.1"}, "192.0.2.1", None),
    "AAAA": ({"content": "2001:DB8:0:0::1"}, "2001:db8::1", None),
    "CNAME": ({"content": "Mail.Example.NET."}, "mail.example.net", None),
    "NS": ({"content": "ns1.example.net"}, "ns1.example.net", None),
    "PTR": ({"content": "host.example.net"}, "host.example.net", None),
    "MX": ({"content": "mx1.example.com", "priority": 10}, "mx1.example.com", 10),
    "null MX": ({"type": "MX", "content": ".", "priority": 0}, ".", 0),
    "CAA": ({"data": {"flags": 0, "tag": "issue", "value": 'ca.example; a="b"'}}, r'0 issue "ca.example; a=\"b\""', None),
    "TLSA": ({"data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": "ab" * 32}}, "3 1 1 " + "ab" * 32, None),
    "SRV": ({"data": {"priority": 5, "weight": 6, "port": 465, "target": "mail.example.com"}}, "6 465 mail.example.com", 5),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_type_is_kept_in_its_form(service: Cloudflare, zone: str, client: cloudflare.Cloudflare, kind: str) -> None:
    fields, content, priority = KINDS[kind]
    create(client, zone, {"name": NAME, "type": kind, "ttl": 1} | fields)
    (record,) = client.dns.records.list(zone_id=zone)
    assert (record.content, getattr(record, "priority", None), record.ttl) == (content, priority, 1)
    assert service.records(zone)[0].get("data") == fields.get("data")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("@", "example.com"),
        ("T.Example.com.", NAME),
        ("t", NAME),
        ("_dmarc", "_dmarc.example.com"),
        ("*", "*.example.com"),
        ("ü", "xn--tda.example.com"),
    ],
)
def test_names_are_completed_and_in_lower_case(service: Cloudflare, zone: str, client: cloudflare.Cloudflare, sent: str, kept: str) -> None:
    create(client, zone, txt(name=sent))
    assert [record["name"] for record in service.records(zone)] == [kept]


@pytest.mark.parametrize(
    ("plan", "fields"),
    [
        ("free", {"ttl": 1}),
        ("free", {"ttl": 60}),
        ("free", {"ttl": 86400}),
        ("enterprise", {"ttl": 30}),
        ("free", {"comment": "x" * 100}),
        ("pro", {"comment": "x" * 500}),
        ("pro", {"tags": [f"t{number}:x" for number in range(20)]}),
        ("pro", {"tags": ["n" * 32 + ":" + "v" * 100]}),
        ("free", {"content": "x" * 2048}),
    ],
)
def test_what_is_just_within_a_limit_is_taken(
    service: Cloudflare, client: cloudflare.Cloudflare, plan: str, fields: dict[str, Any]
) -> None:
    zone = service.add_zone("example.com", plan=plan)
    create(client, zone, txt(**fields))
    ((name, value),) = fields.items()
    assert service.records(zone)[0][name] == value or name == "content"


# -------------------------------------------------------------------------------------------- what is refused

QUOTES = (9005, "Content for TXT record has inconsistent quotation marks.")
TTL = "Invalid TTL. Must be between {} and 86,400 seconds, or 1 for automatic"
CAA = {"flags": 0, "tag": "issue", "value": "ca.example"}

REFUSED: dict[str, tuple[str, dict[str, Any], tuple[int, str]]] = {
    "no name": ("free", {"name": ""}, (9000, "DNS name is invalid.")),
    "a label of 64 octets": ("free", {"name": "x" * 64}, (9000, "DNS name is invalid.")),
    "a name too long": ("free", {"name": ".".join(["x" * 60] * 4)}, (9000, "DNS name is invalid.")),
    "a name that is none": ("free", {"name": "a..b"}, (9000, "DNS name is invalid.")),
    "no type": ("free", {"type": "SPF"}, (9002, "DNS record type is invalid.")),
    "a field that there is not": ("free", {"contents": "x"}, (9207, "Unknown field: contents")),
    "no content": ("free", {"content": ""}, (9207, "content is a required field.")),
    "content that is no text": ("free", {"content": 5}, (9207, "content is a required field.")),
    "ttl 59": ("free", {"ttl": 59}, (9021, TTL.format(60))),
    "ttl 0": ("free", {"ttl": 0}, (9021, TTL.format(60))),
    "ttl 60.5": ("free", {"ttl": 60.5}, (9021, TTL.format(60))),
    "ttl 86401": ("pro", {"ttl": 86401}, (9021, TTL.format(60))),
    "ttl 29": ("enterprise", {"ttl": 29}, (9021, TTL.format(30))),
    "a ttl that is no number": ("free", {"ttl": "300"}, (9021, TTL.format(60))),
    "a comment of 101": ("free", {"comment": "x" * 101}, (9313, "DNS record comment exceeds the quota of 100 characters.")),
    "a comment of 501": ("pro", {"comment": "x" * 501}, (9313, "DNS record comment exceeds the quota of 500 characters.")),
    "a comment in two lines": ("free", {"comment": "a\nb"}, (9314, "DNS record comment must consist of graphic characters.")),
    "one tag": ("free", {"tags": ["a:b"]}, (9300, "DNS record has 1 tags, exceeding the quota of 0.")),
    "21 tags": ("pro", {"tags": ["a:b"] * 21}, (9300, "DNS record has 21 tags, exceeding the quota of 20.")),
    "a long tag name": ("pro", {"tags": ["n" * 33]}, (9301, f"DNS record tag '{'n' * 33}' is invalid.")),
    "a long tag value": ("pro", {"tags": ["n:" + "v" * 101]}, (9301, f"DNS record tag 'n:{'v' * 101}' is invalid.")),
    "a tag that is none": ("pro", {"tags": ["a b:c"]}, (9301, "DNS record tag 'a b:c' is invalid.")),
    "tags that are no list": ("pro", {"tags": "a:b"}, (9301, "DNS record tags are invalid.")),
    "a proxied text": ("free", {"proxied": True}, (9004, "This record type cannot be proxied.")),
    "half proxied": ("free", {"proxied": "yes"}, (9003, "Invalid 'proxied' value, must be a boolean")),
    "a text of 2049": ("free", {"content": "x" * 2049}, (9005, "Content for TXT record must be 2048 characters or less.")),
    "a string not closed": ("free", {"content": '"this'}, QUOTES),
    "quotation marks too many": ("free", {"content": '"these" ones"'}, QUOTES),
    "a quotation mark within": ("free", {"content": 'these "ones"'}, QUOTES),
    "a string that ends in a backslash": ("free", {"content": '"this\\"'}, QUOTES),
    "an octet of 256": ("free", {"content": r'"\256"'}, QUOTES),
    "an address that is none": ("free", {"type": "A", "content": "192.0.2"}, (9005, "Content for A record must be a valid IPv4 address.")),
    "an address of the other kind": (
        "free",
        {"type": "AAAA", "content": "192.0.2.1"},
        (9005, "Content for AAAA record must be a valid IPv6 address."),
    ),
    "a target that is none": ("free", {"type": "CNAME", "content": "a..b"}, (9007, "Content for CNAME record is invalid.")),
    "an alias of itself": ("free", {"type": "CNAME", "content": NAME}, (9039, "CNAME content cannot reference itself.")),
    "an MX without priority": ("free", {"type": "MX", "content": "mx.example.com"}, (9100, "priority is a required field.")),
    "an MX priority of 65536": (
        "free",
        {"type": "MX", "content": "mx.example.com", "priority": 65536},
        (9101, "priority must be between 0 and 65535."),
    ),
    "a CAA by its content": ("free", {"type": "CAA", "content": '0 issue "ca.example"'}, (9101, "data is a required field.")),
    "a CAA without value": (
        "free",
        {"type": "CAA", "data": {"flags": 0, "tag": "issue"}},
        (9101, "The data fields of this type are flags, tag, value."),
    ),
    "a CAA with flags as text": ("free", {"type": "CAA", "data": CAA | {"flags": "0"}}, (9101, "A data field is not of its type.")),
    "a CAA with flags of 256": ("free", {"type": "CAA", "data": CAA | {"flags": 256}}, (9005, "Content for CAA record is invalid.")),
    "a TLSA that is not hexadecimal": (
        "free",
        {"type": "TLSA", "data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": "xyz"}},
        (9005, "Content for TLSA record is invalid."),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_record_is_refused(service: Cloudflare, client: cloudflare.Cloudflare, what: str) -> None:
    plan, fields, (code, message) = REFUSED[what]
    zone = service.add_zone("example.com", plan=plan)
    assert refused(lambda: create(client, zone, txt(**fields))) == (400, code, message)
    assert service.records(zone) == []


def test_before_2024_10_what_is_wrong_stood_in_a_chain(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    service.error_chains = True
    with pytest.raises(cloudflare.BadRequestError) as caught:
        create(client, zone, txt(comment="x" * 101))
    assert caught.value.body == {
        "success": False,
        "result": None,
        "messages": [],
        "errors": [{"code": 1004, "message": "DNS Validation Error", "error_chain": CHAIN_9313}],
    }


def test_a_type_that_the_double_does_not_take_is_told_as_such(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    refusal = refused(lambda: create(client, zone, txt(type="LOC")))
    assert refusal == (501, 1004, "This test double takes no LOC records; `put` adds any.")
    service.put(zone, NAME, "LOC", "51 30 12.748 N 0 7 39.612 W 0.00m")
    assert [record.type for record in client.dns.records.list(zone_id=zone)] == ["LOC"]


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"'])
def test_a_body_that_is_no_object_is_refused(zone: str, client: cloudflare.Cloudflare, body: str) -> None:
    refusal = refused(lambda: client.post(f"/zones/{zone}/dns_records", cast_to=object, content=body.encode()))
    assert refusal == (400, 9207, "Request body is invalid.")


BESIDE = {
    "the same text": (["TXT"], "TXT", (81058, "An identical record already exists.")),
    "the same MX": (["MX"], "MX", (81058, "An identical record already exists.")),
    "an alias beside an address": (["A"], "CNAME", (81053, "An A, AAAA, or CNAME record with that host already exists.")),
    "an alias beside an IPv6 address": (["AAAA"], "CNAME", (81053, "An A, AAAA, or CNAME record with that host already exists.")),
    "an alias beside another": (["CNAME 2"], "CNAME", (81053, "An A, AAAA, or CNAME record with that host already exists.")),
    "an address beside an alias": (["CNAME"], "A", (81054, "A CNAME record with that host already exists.")),
    "an IPv6 address beside an alias": (["CNAME"], "AAAA", (81054, "A CNAME record with that host already exists.")),
    "an address beside a delegation": (["NS"], "A", (81056, "NS records with that host already exist.")),
    "an alias beside a delegation": (["NS"], "CNAME", (81056, "NS records with that host already exist.")),
    "texts of 8193": (
        ["TXT 2048"] * 4,
        "TXT",
        (9005, "Content of all TXT records with that host must be 8192 characters or less."),
    ),
    "a text beside an alias": (["CNAME"], "TXT", None),
    "an MX beside an alias": (["CNAME"], "MX", None),
    "an alias beside a text and an MX": (["TXT", "MX"], "CNAME", None),
    "an MX of the same name and another priority": (["MX 2"], "MX", None),
    "addresses of both kinds": (["AAAA"], "A", None),
    "the same text at another name": (["TXT elsewhere"], "TXT", None),
    "texts of 8192": (["TXT 2048"] * 3 + ["TXT 2047"], "TXT", None),
}
THERE: dict[str, tuple[str, str, str, int | None]] = {
    "TXT": (NAME, "TXT", "x", None),
    "TXT elsewhere": ("u.example.com", "TXT", '"x"', None),
    "TXT 2047": (NAME, "TXT", "y" * 2047, None),
    "TXT 2048": (NAME, "TXT", "y" * 2048, None),
    "A": (NAME, "A", "192.0.2.1", None),
    "AAAA": (NAME, "AAAA", "2001:db8::1", None),
    "CNAME": (NAME, "CNAME", "example.net", None),
    "CNAME 2": (NAME, "CNAME", "example.org", None),
    "NS": (NAME, "NS", "ns.example.net", None),
    "MX": (NAME, "MX", "mx.example.com", 10),
    "MX 2": (NAME, "MX", "mx.example.com", 20),
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_may_be_beside_what(service: Cloudflare, zone: str, client: cloudflare.Cloudflare, what: str) -> None:
    there, new, refusal = BESIDE[what]
    for name, record_type, content, priority in (THERE[key] for key in there):
        service.put(zone, name, record_type, content, priority=priority)
    _, record_type, content, priority = THERE[new]
    body = {"name": NAME, "type": record_type, "content": content, "priority": priority}
    if refusal is None:
        create(client, zone, body)
    else:
        assert refused(lambda: create(client, zone, body)) == (400, *refusal)
    assert len(service.records(zone)) == len(there) + (refusal is None)


@pytest.mark.parametrize(("plan", "quota"), [("free", 200), ("pro", 3500), ("business", 3500), ("enterprise", 3500)])
def test_a_zone_takes_as_many_records_as_its_plan_has(service: Cloudflare, client: cloudflare.Cloudflare, plan: str, quota: int) -> None:
    zone = service.add_zone("example.com", plan=plan)
    for number in range(quota - 1):
        service.put(zone, f"{number}.example.com", "TXT", '"x"')
    create(client, zone, txt())
    assert refused(lambda: create(client, zone, txt(name="one.more"))) == (400, 81045, "Record quota exceeded.")
    assert len(service.records(zone)) == quota


def test_free_zones_of_before_2024_09_have_a_thousand(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    for number in range(200):
        service.put(zone, f"{number}.example.com", "TXT", '"x"')
    service.zones[zone].record_quota = 1000
    create(client, zone, txt())
    assert len(service.records(zone)) == 201


# ------------------------------------------------------------------------------------- changes and other writers


def test_an_edit_leaves_what_it_does_not_name(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    record_id = service.put(zone, NAME, "TXT", 'old "form"', comment="theirs", ttl=600)
    edited = client.dns.records.edit(record_id, zone_id=zone, name=NAME, type="TXT", ttl=60)
    assert edited is not None
    assert (edited.content, edited.comment, edited.ttl) == ('old "form"', "theirs", 60)
    assert edited.modified_on > edited.created_on


def test_an_update_leaves_nothing(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    record_id = service.put(zone, NAME, "TXT", '"old"', comment="theirs", ttl=600)
    updated = client.dns.records.update(record_id, zone_id=zone, name=NAME, type="TXT", ttl=1, content='"new"')
    assert updated is not None
    assert (updated.id, updated.content, updated.comment, updated.ttl) == (record_id, '"new"', None, 1)


def test_a_record_keeps_its_type(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    record_id = service.put(zone, NAME, "TXT", '"old"')
    call = client.dns.records.update
    refusal = refused(lambda: call(record_id, zone_id=zone, name=NAME, type="CNAME", ttl=1, content="example.net"))
    assert refusal == (400, 9040, "The record type cannot be changed.")


def test_an_edit_of_a_record_with_data(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    create(client, zone, {"name": NAME, "type": "CAA", "data": CAA})
    (record,) = service.records(zone)
    client.patch(f"/zones/{zone}/dns_records/{record['id']}", cast_to=object, body={"ttl": 60})
    assert [(later["ttl"], later["content"]) for later in service.records(zone)] == [(60, '0 issue "ca.example"')]


def test_a_record_that_is_gone_is_told(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    record_id = service.put(zone, NAME, "TXT", '"x"')
    deleted = client.dns.records.delete(record_id, zone_id=zone)
    assert deleted is not None
    assert deleted.id == record_id
    for call in (client.dns.records.delete, client.dns.records.get):
        assert refused(lambda call=call: call(record_id, zone_id=zone)) == (404, 81044, "Record does not exist.")  # type: ignore[misc]


def test_what_other_writers_do_is_seen(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    kept, gone = service.put(zone, NAME, "TXT", "one"), service.put(zone, NAME, "TXT", "two")
    before = {record.id: record.modified_on for record in client.dns.records.list(zone_id=zone)}
    service.change(zone, kept, "three")
    service.remove(zone, gone)
    (after,) = client.dns.records.list(zone_id=zone)
    assert (after.id, after.content) == (kept, "three")
    assert after.modified_on > before[kept]


def test_a_proxied_record_has_no_ttl_of_its_own(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    create(client, zone, {"name": NAME, "type": "A", "content": "192.0.2.1", "ttl": 600, "proxied": True})
    assert [(record["ttl"], record["proxied"], record["proxiable"]) for record in service.records(zone)] == [(1, True, True)]


# --------------------------------------------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("query", "contents"),
    [
        ({}, ["192.0.2.1", "mx.example.com", '"apex"', '"Mixed Case"', "unquoted"]),
        ({"type": "TXT"}, ['"apex"', '"Mixed Case"', "unquoted"]),
        ({"name.exact": "example.com"}, ["mx.example.com", '"apex"']),
        ({"name.exact": "EXAMPLE.com"}, ["mx.example.com", '"apex"']),
        ({"name.contains": "_dm"}, ["unquoted"]),
        ({"name.startswith": "www"}, ["192.0.2.1"]),
        ({"name.endswith": "t.example.com"}, ['"Mixed Case"']),
        ({"content.exact": '"mixed case"'}, ['"Mixed Case"']),
        ({"content.contains": "quoted"}, ["unquoted"]),
        ({"comment.present": "true"}, ["unquoted"]),
        ({"comment.absent": "true", "type": "TXT"}, ['"apex"', '"Mixed Case"']),
        ({"comment.startswith": "EMAIL"}, ["unquoted"]),
        ({"proxied": "true"}, ["192.0.2.1"]),
        ({"type": "MX", "name.exact": NAME}, []),
        ({"type": "MX", "name.exact": NAME, "match": "any"}, ["mx.example.com", '"Mixed Case"']),
        ({"type": "TXT", "order": "name", "direction": "desc"}, ['"Mixed Case"', '"apex"', "unquoted"]),
        ({"type": "TXT", "order": "name", "per_page": "2", "page": "2"}, ['"Mixed Case"']),
    ],
)
def test_records_are_listed_by_what_is_asked(
    service: Cloudflare, zone: str, client: cloudflare.Cloudflare, query: dict[str, str], contents: list[str]
) -> None:
    service.put(zone, "example.com", "MX", "mx.example.com", priority=10)
    service.put(zone, "example.com", "TXT", '"apex"')
    service.put(zone, NAME, "TXT", '"Mixed Case"')
    service.put(zone, "_dmarc.x.example.com", "TXT", "unquoted", comment="emailauth")
    service.put(zone, "www.example.com", "A", "192.0.2.1", proxied=True)
    answer = client.get(f"/zones/{zone}/dns_records", cast_to=httpx.Response, options={"params": query})
    expected = contents if "order" in query else sorted(contents)
    found = [record["content"] for record in answer.json()["result"]]
    assert (found if "order" in query else sorted(found)) == expected


def test_filters_of_the_sdk_arrive(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    service.put(zone, NAME, "TXT", '"mine"', comment="emailauth")
    service.put(zone, NAME, "TXT", '"theirs"')
    mine = client.dns.records.list(zone_id=zone, name={"exact": NAME}, type="TXT", comment={"startswith": "emailauth"}, per_page=5000)
    assert [record.content for record in mine] == ['"mine"']
    assert dict(service.calls[0][1].query) == {
        "name.exact": NAME,
        "type": "TXT",
        "comment.startswith": "emailauth",
        "per_page": "5000",
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"type": "SPF"}, "Invalid filter: type=SPF"),
        ({"name": NAME}, f"Invalid filter: name={NAME}"),
        ({"proxied": "yes"}, "Invalid filter: proxied=yes"),
        ({"name.like": "x"}, "Invalid filter: name.like=x"),
        ({"tag.present": "x"}, "Invalid filter: tag.present=x"),
        ({"order": "age"}, "Invalid order: age"),
        ({"per_page": "5000001"}, "Invalid per_page: must be between 1 and 5000000."),
        ({"per_page": "0"}, "Invalid per_page: must be between 1 and 5000000."),
    ],
)
def test_a_list_that_the_service_does_not_know_is_refused(
    zone: str, client: cloudflare.Cloudflare, query: dict[str, str], message: str
) -> None:
    assert refused(lambda: client.dns.records.list(zone_id=zone, extra_query=query)) == (400, 1004, message)


def test_records_come_in_pages_of_100(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    for number in range(150):
        service.put(zone, f"{number}.example.com", "TXT", '"x"')
    answer = client.get(f"/zones/{zone}/dns_records", cast_to=httpx.Response, options={"params": {"page": 2}})
    assert answer.json()["result_info"] == {"page": 2, "per_page": 100, "count": 50, "total_count": 150, "total_pages": 2}
    assert len(list(client.dns.records.list(zone_id=zone))) == 150


# ------------------------------------------------------------------------------------------------------ laws of texts


@given(st.lists(st.binary(max_size=600), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_quoting_keeps_every_octet_and_is_done_once(strings: list[bytes]) -> None:
    content = " ".join('"' + "".join(f"\\{octet:03d}" for octet in text) + '"' for text in strings)
    assert joined(content) == b"".join(strings)
    assert joined(quoted(content)) == joined(content)
    assert quoted(quoted(content)) == quoted(content)
    assert all(len(text) <= 255 for text in strings_in(content))


@given(st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), max_size=300))
def test_what_is_not_quoted_is_taken_as_it_stands(content: str) -> None:
    assert joined(content) == content.encode()


@given(st.text('"\\ a0', max_size=12).map('"{}"'.format))
def test_what_is_quoted_says_what_dnspython_reads(content: str) -> None:
    try:
        strings = strings_in(content)
    except NotStrings:
        reject()
    rdata = dns.rdata.from_text("IN", "TXT", content)
    assert isinstance(rdata, TXT)
    assert list(rdata.strings) == strings
