"""The Cloudflare double through the official SDK, which checks each answer: batches of DNS records, and what is then in DNS."""

from collections.abc import Iterator
from typing import Any

import cloudflare
import dns.message
import dns.query
import dns.rcode
import pytest

from tests.fakes.cloudflare import Cloudflare
from tests.fakes.cloudflare.sdk import refused, strict_client
from tests.fakes.nameserver import nameserver

NAME = "t.example.com"


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


def posted(content: str, name: str = NAME) -> dict[str, Any]:
    return {"name": name, "type": "TXT", "content": content, "ttl": 300}


def batch(client: cloudflare.Cloudflare, zone: str, body: object) -> None:
    """Sends a batch, whatever is in it."""
    client.post(f"/zones/{zone}/dns_records/batch", cast_to=object, body=body)


def contents(service: Cloudflare, zone: str) -> list[str]:
    return [record["content"] for record in service.records(zone)]


def test_a_batch_deletes_then_patches_then_puts_then_posts(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    deleted = service.put(zone, NAME, "TXT", '"deleted"')
    patched = service.put(zone, NAME, "TXT", '"patched"', comment="kept")
    replaced = service.put(zone, NAME, "TXT", '"replaced"', comment="lost")
    # Each step is refused (81058), unless the one that makes room for it came before.
    answer = client.dns.records.batch(
        zone_id=zone,
        posts=[{"name": NAME, "type": "TXT", "content": '"replaced"', "ttl": 300}],
        puts=[{"id": replaced, "name": NAME, "type": "TXT", "content": '"patched"', "ttl": 300}],
        patches=[{"id": patched, "name": NAME, "type": "TXT", "ttl": 300, "content": '"deleted"'}],
        deletes=[{"id": deleted}],
    )
    assert answer is not None
    parts = (answer.deletes, answer.patches, answer.puts, answer.posts)
    assert [[record.content for record in part or ()] for part in parts] == [['"deleted"'], ['"deleted"'], ['"patched"'], ['"replaced"']]
    assert [(r["content"], r["comment"]) for r in service.records(zone)] == [
        ('"deleted"', "kept"),
        ('"patched"', None),
        ('"replaced"', None),
    ]
    assert service.count() == 1


def test_a_batch_answers_texts_as_they_were_sent(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    answer = client.dns.records.batch(zone_id=zone, posts=[{"name": NAME, "type": "TXT", "content": "v=spf1 -all", "ttl": 300}])
    assert answer is not None
    assert [record.content for record in answer.posts or ()] == ["v=spf1 -all"]
    assert contents(service, zone) == ['"v=spf1 -all"']


WRONG: dict[str, tuple[dict[str, Any], tuple[int, int, str]]] = {
    "a delete of what is gone": ({"deletes": [{"id": "0" * 32}]}, (404, 81044, "Record does not exist.")),
    "a patch of what is gone": ({"patches": [{"id": "0" * 32, "ttl": 60}]}, (404, 81044, "Record does not exist.")),
    "a put of what is gone": ({"puts": [{"id": "0" * 32, **posted("x")}]}, (404, 81044, "Record does not exist.")),
    "a put without id": ({"puts": [posted("x")]}, (404, 81044, "Record does not exist.")),
    "the same post twice": ({"posts": [posted("x"), posted('"x"')]}, (400, 81058, "An identical record already exists.")),
    "a post that is not valid": (
        {"posts": [posted("x"), posted("y") | {"ttl": 2}]},
        (400, 9021, "Invalid TTL. Must be between 60 and 86,400 seconds, or 1 for automatic"),
    ),
    "of two errors the first": (
        {"posts": [posted("x") | {"comment": "x" * 101}], "patches": [{"id": "0" * 32}]},
        (404, 81044, "Record does not exist."),
    ),
    "an unknown part": ({"upserts": [posted("x")]}, (400, 9207, "Unknown field: upserts")),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_batch_that_fails_does_nothing(service: Cloudflare, zone: str, client: cloudflare.Cloudflare, what: str) -> None:
    body, refusal = WRONG[what]
    gone, changed = service.put(zone, "a.example.com", "TXT", '"a"'), service.put(zone, "b.example.com", "TXT", '"b"')
    before = service.records(zone)
    good: dict[str, list[Any]] = {
        "deletes": [{"id": gone}],
        "patches": [{"id": changed, "ttl": 60}],
        "posts": [posted("good", "c.example.com")],
    }
    mixed = {part: [*good.get(part, ()), *body.get(part, ())] for part in good.keys() | body.keys()}
    assert refused(lambda: batch(client, zone, mixed)) == refusal
    assert service.records(zone) == before


@pytest.mark.parametrize("body", [{}, {"posts": [], "deletes": []}, {"deletes": ["0" * 32]}, {"deletes": {"id": "0" * 32}}])
def test_a_batch_of_nothing_is_refused(zone: str, client: cloudflare.Cloudflare, body: object) -> None:
    assert refused(lambda: batch(client, zone, body)) == (400, 9207, "Request body is invalid.")


def test_deletes_name_the_id_and_may_say_more(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    record_id = service.put(zone, NAME, "TXT", '"x"')
    batch(client, zone, {"deletes": [{"id": record_id, "name": "for readers"}]})
    assert service.records(zone) == []


@pytest.mark.parametrize(("plan", "limit"), [("free", 200), ("pro", 3500), ("business", 3500), ("enterprise", 3500)])
def test_a_batch_has_as_many_records_as_the_plan_says(service: Cloudflare, client: cloudflare.Cloudflare, plan: str, limit: int) -> None:
    zone = service.add_zone("example.com", plan=plan)
    ids = [service.put(zone, f"{number}.example.com", "TXT", '"x"') for number in range(limit)]
    one_more = {"deletes": [{"id": record_id} for record_id in ids], "posts": [posted("y")]}
    message = f"The batch has {limit + 1} records, exceeding the limit of {limit}."
    assert refused(lambda: batch(client, zone, one_more)) == (400, 81061, message)
    assert len(service.records(zone)) == limit
    batch(client, zone, {"deletes": one_more["deletes"]})
    assert service.records(zone) == []


def test_a_full_zone_takes_as_many_as_go(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    ids = [service.put(zone, f"{number}.example.com", "TXT", '"x"') for number in range(200)]
    batch(client, zone, {"deletes": [{"id": ids[0]}], "posts": [posted("x")]})
    assert len(service.records(zone)) == 200
    two = {"deletes": [{"id": ids[1]}], "posts": [posted("y"), posted("z")]}
    assert refused(lambda: batch(client, zone, two)) == (400, 81045, "Record quota exceeded.")
    assert len(service.records(zone)) == 200


def test_nothing_guards_against_another_writer(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    """No compare and swap: what was read a moment ago does not matter, the id does."""
    record_id = service.put(zone, NAME, "TXT", '"read"')
    service.before = lambda operation, _: service.change(zone, record_id, '"theirs"') if operation == "BatchRecords" else None
    batch(client, zone, {"patches": [{"id": record_id, "content": '"ours"'}]})
    assert contents(service, zone) == ['"ours"']


def test_a_deleted_id_guards_against_another_writer(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    record_id = service.put(zone, NAME, "TXT", '"read"')
    service.before = lambda operation, _: service.remove(zone, record_id) if operation == "BatchRecords" else None
    swap = {"deletes": [{"id": record_id}], "posts": [posted("ours")]}
    assert refused(lambda: batch(client, zone, swap)) == (404, 81044, "Record does not exist.")
    assert service.records(zone) == []


# ----------------------------------------------------------------------------------------------------------- in DNS


def asked(address: tuple[str, int], name: str, record_type: str) -> tuple[str, list[str]]:
    """Return code and answers of the nameserver."""
    answer = dns.query.udp(dns.message.make_query(name, record_type), address[0], port=address[1], timeout=5)
    return dns.rcode.to_text(answer.rcode()), [line for rrset in answer.answer for line in rrset.to_text().splitlines()]


def test_what_was_written_can_be_looked_up(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    service.put(zone, "example.com", "MX", "mx1.example.com", priority=10)
    batch(
        client,
        zone,
        {
            "posts": [
                posted("v=spf1 -all", "example.com"),
                posted('"v=DMARC1; p=none"', "_dmarc.example.com") | {"ttl": 1},
                {"name": "s1._domainkey.example.com", "type": "CNAME", "content": "s1.example.net", "ttl": 60},
                {
                    "name": "_25._tcp.mx1.example.com",
                    "type": "TLSA",
                    "data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": "00ff" * 16},
                },
                {"name": "example.com", "type": "SRV", "data": {"priority": 0, "weight": 1, "port": 465, "target": "mail.example.com"}},
            ]
        },
    )
    with nameserver(service.in_dns) as address:
        assert asked(address, "example.com", "TXT") == ("NOERROR", ['example.com. 300 IN TXT "v=spf1 -all"'])
        assert asked(address, "example.com", "MX") == ("NOERROR", ["example.com. 300 IN MX 10 mx1.example.com."])
        assert asked(address, "_dmarc.example.com", "TXT") == ("NOERROR", ['_dmarc.example.com. 300 IN TXT "v=DMARC1; p=none"'])
        cname = "s1._domainkey.example.com. 60 IN CNAME s1.example.net."
        assert asked(address, "s1._domainkey.example.com", "TXT") == ("NOERROR", [cname])
        assert asked(address, "_25._tcp.mx1.example.com", "TLSA") == (
            "NOERROR",
            ["_25._tcp.mx1.example.com. 300 IN TLSA 3 1 1 " + "00ff" * 16],
        )
        assert asked(address, "example.com", "SRV") == ("NOERROR", ["example.com. 300 IN SRV 0 1 465 mail.example.com."])
        assert asked(address, "nothing.example.com", "TXT") == ("NXDOMAIN", [])
        assert asked(address, "example.org", "TXT") == ("REFUSED", [])


def test_beside_an_alias_nothing_is_served_but_at_the_apex(service: Cloudflare, zone: str) -> None:
    for name in (NAME, "example.com"):
        service.put(zone, name, "TXT", '"hidden?"')
        service.put(zone, name, "CNAME", "example.net")
    assert service.in_dns() == {
        "example.com": {
            (NAME, "CNAME"): (300, ["example.net."]),
            ("example.com", "TXT"): (300, ['"hidden?"']),
            ("example.com", "CNAME"): (300, ["example.net."]),
        }
    }


def test_a_proxied_name_has_the_addresses_of_the_network(service: Cloudflare, zone: str) -> None:
    service.put(zone, "www.example.com", "CNAME", "example.net", proxied=True)
    service.put(zone, "www.example.com", "TXT", '"seen"', ttl=60)
    assert service.in_dns()["example.com"] == {
        ("www.example.com", "A"): (300, ["192.0.2.66"]),
        ("www.example.com", "AAAA"): (300, ["2001:db8::66"]),
        ("www.example.com", "TXT"): (60, ['"seen"']),
    }


@pytest.mark.parametrize(
    ("fields", "served"),
    [
        ({}, True),
        ({"status": "pending"}, False),
        ({"status": "moved"}, False),
        ({"type": "partial"}, False),
        ({"type": "secondary"}, False),
    ],
)
def test_only_active_and_full_zones_are_served(service: Cloudflare, fields: dict[str, str], served: bool) -> None:
    service.add_zone("example.net", **fields)
    assert ("example.net" in service.in_dns()) == served
