"""What an apply sends, and what it refuses to send."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError
from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.dns_hosts import Zone
from emailauth.dns_hosts.cloudflare.zones import _zone
from emailauth.vendors.cloudflare.zones import Zone as SeenZone
from tests.dns_hosts.benches.cloudflare import CloudflareBench
from tests.dns_hosts.conformance import APEX, DKIM, DMARC

SPF, SITE = "v=spf1 -all", "google-site-verification=AbC"
MTA_STS = "mta-sts.example.com"


def read(there: CloudflareBench) -> Zone:
    (zone,) = there.host.read(["example.com"])
    return zone


def change(zone: Zone, key: Key, after: tuple[str, ...], ttl: int | None = None) -> RRsetChange:
    """To those values; with the TTL that is there, or the host's."""
    before = zone.rrsets.get(key)
    seconds = ttl or (before.ttl if before else zone.default_ttl)
    return RRsetChange(name=key[0], type=key[1], before=before, after=after, ttl=seconds)


def batches(there: CloudflareBench) -> list[dict[str, Any]]:
    """What was sent."""
    return [json.loads(request.body) for operation, request in there.service.calls if operation == "BatchRecords"]


def fields(there: CloudflareBench, key: Key, *names: str) -> list[tuple[object, ...]]:
    return sorted(tuple(record[name] for name in names) for record in there.records(key))


def test_a_change_is_made_by_ids_of_what_was_read_and_read_back(there: CloudflareBench) -> None:
    there.put({APEX: (900, (SITE, SPF))})
    ids = {record["content"]: record["id"] for record in there.records(APEX)}
    zone = read(there)
    told = there.host.apply(zone, [change(zone, APEX, (SITE, "v=spf1 mx -all")), change(zone, DMARC, ("v=DMARC1; p=none",))])
    assert batches(there) == [
        {
            "deletes": [{"id": ids[f'"{SPF}"']}],
            "posts": [
                {"name": "example.com", "type": "TXT", "ttl": 900, "proxied": False, "comment": "emailauth", "content": '"v=spf1 mx -all"'},
                {
                    "name": "_dmarc.example.com",
                    "type": "TXT",
                    "ttl": 1,
                    "proxied": False,
                    "comment": "emailauth",
                    "content": '"v=DMARC1; p=none"',
                },
            ],
        }
    ]
    assert {record["id"] for record in there.records(APEX) if record["content"] == f'"{SITE}"'} == {ids[f'"{SITE}"']}
    assert [operation for operation, _ in there.service.calls] == ["ListZones", "ListRecords", "BatchRecords", "ListRecords"]
    assert (told.rrsets, told.version) == (read(there).rrsets, read(there).version)


@pytest.mark.parametrize(("said", "written"), [(60, 60), (300, 1), (3600, 3600), (86400, 86400)])
def test_a_ttl_is_written_as_it_is_said_and_300_seconds_as_automatic(said: int, written: int, there: CloudflareBench) -> None:
    zone = read(there)
    told = there.host.apply(zone, [change(zone, DMARC, ("v=DMARC1; p=none",), ttl=said)])
    assert fields(there, DMARC, "ttl") == [(written,)]
    assert told.rrsets[DMARC].ttl == said


@pytest.mark.parametrize(
    ("plan", "ttl", "taken"), [("free", 59, False), ("free", 86401, False), ("pro", 30, False), ("enterprise", 30, True)]
)
def test_a_ttl_that_the_plan_does_not_have_is_told(plan: str, ttl: int, taken: bool, there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].plan = plan
    zone = read(there)
    changes = [change(zone, DMARC, ("v=DMARC1; p=none",), ttl=ttl)]
    if taken:
        assert there.host.apply(zone, changes).rrsets[DMARC].ttl == ttl
    else:
        with pytest.raises(
            CouldNotDoError, match=rf"TXT at _dmarc\.example\.com cannot have a TTL of {ttl} seconds: .* change ttl in the file"
        ):
            there.host.apply(zone, changes)
        assert batches(there) == []


def test_another_ttl_patches_the_records_and_nothing_else_of_them(there: CloudflareBench) -> None:
    there.put({APEX: (900, (SPF,))})
    (record,) = there.records(APEX)
    zone = read(there)
    there.host.apply(zone, [change(zone, APEX, (SPF,), ttl=3600)])
    assert batches(there) == [{"patches": [{"id": record["id"], "ttl": 3600}]}]
    (after,) = there.records(APEX)
    assert {name for name in after if after[name] != record[name]} == {"ttl", "modified_on"}


def test_records_of_a_set_whose_ttls_differ_become_one_when_the_ttl_changes_and_not_before(there: CloudflareBench) -> None:
    for i, ttl in enumerate([1, 900]):
        there.service.put(there.zone_id, "example.com", "TXT", f'"{i}"', ttl=ttl)
    zone = read(there)
    zone = there.host.apply(zone, [change(zone, APEX, ("0", "1", "2"))])
    assert fields(there, APEX, "content", "ttl") == [('"0"', 1), ('"1"', 900), ('"2"', 1)]
    there.host.apply(zone, [change(zone, APEX, ("0", "1", "2"), ttl=900)])
    assert fields(there, APEX, "content", "ttl") == [('"0"', 900), ('"1"', 900), ('"2"', 900)]


def test_what_people_wrote_beside_a_record_stays_when_another_takes_its_place(there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].plan = "pro"
    record = there.service.put(there.zone_id, "example.com", "TXT", f'"{SPF}"', comment="ask Ann first")
    stored = there.service.zones[there.zone_id].stored
    stored[record] = replace(stored[record], tags=("team:mail",))
    there.service.put(there.zone_id, "example.com", "TXT", f'"{SITE}"', comment="of the web team")
    zone = read(there)
    there.host.apply(zone, [change(zone, APEX, ("v=spf1 mx -all", SITE, "new"))])
    assert fields(there, APEX, "content", "comment", "tags") == [
        (f'"{SITE}"', "of the web team", []),
        ('"new"', "emailauth", []),
        ('"v=spf1 mx -all"', "ask Ann first", ["team:mail"]),
    ]


def test_a_value_that_stands_in_two_records_goes_with_both(there: CloudflareBench) -> None:
    for content in ('"v=DMARC1; p=none"', '"v=DMARC1; " "p=none"'):
        there.service.put(there.zone_id, "_dmarc.example.com", "TXT", content)
    zone = read(there)
    there.host.apply(zone, [change(zone, DMARC, ("v=DMARC1; p=reject",))])
    assert fields(there, DMARC, "content") == [('"v=DMARC1; p=reject"',)]


def test_nothing_to_do_sends_nothing(there: CloudflareBench) -> None:
    there.put({APEX: (900, (SPF,))})
    zone = read(there)
    same = change(zone, APEX, (SPF,))
    nothing = change(zone, DMARC, ())
    assert there.host.apply(zone, [same, nothing]).rrsets == zone.rrsets
    assert there.host.apply(zone, []).rrsets == zone.rrsets
    assert there.service.count() == 2


@pytest.mark.parametrize(
    ("record_type", "value"),
    [
        ("CAA", '0 issue "letsencrypt.org"'),
        ("TLSA", f"3 1 1 {'ab' * 32}"),
        ("AAAA", "2001:db8::1"),
        ("NS", "ns1.example.net."),
        ("MX", "0 ."),
    ],
)
def test_all_types_that_we_write_are_taken_and_read_back(record_type: str, value: str, there: CloudflareBench) -> None:
    key = ("x.example.com", record_type)
    zone = read(there)
    zone = there.host.apply(zone, [change(zone, key, (value,))])
    assert zone.rrsets[key].values == (value,)
    assert key not in there.host.apply(zone, [change(zone, key, ())]).rrsets


# What is never changed


REFUSED: list[tuple[str, dict[str, Any], RRsetChange, str]] = [
    (
        "a proxied record that would go",
        {"name": MTA_STS, "record_type": "CNAME", "content": "www.example.net", "proxied": True},
        RRsetChange(
            name=MTA_STS,
            type="CNAME",
            before=RRset(name=MTA_STS, type="CNAME", ttl=300, values=("www.example.net.",)),
            after=("policy.example.net.",),
            ttl=300,
        ),
        r"CNAME 'www\.example\.net\.' at mta-sts\.example\.com is proxied \(the orange cloud\).*: set it to DNS only in the dashboard first",
    ),
    (
        "a proxied record that would get another TTL",
        {"name": MTA_STS, "record_type": "CNAME", "content": "www.example.net", "proxied": True},
        RRsetChange(
            name=MTA_STS,
            type="CNAME",
            before=RRset(name=MTA_STS, type="CNAME", ttl=300, values=("www.example.net.",)),
            after=("www.example.net.",),
            ttl=600,
        ),
        "is proxied",
    ),
    (
        "a host where a Worker's custom domain is",
        {"name": MTA_STS, "record_type": "AAAA", "content": "100::", "proxied": True},
        RRsetChange(name=MTA_STS, type="CNAME", before=None, after=("policy.example.net.",), ttl=300),
        r"mta-sts\.example\.com is a custom domain of a Worker, so no CNAME record can stand there: remove it first",
    ),
    (
        "an address beside a CNAME at the apex",
        {"name": "example.com", "record_type": "CNAME", "content": "example.net"},
        RRsetChange(name="example.com", type="AAAA", before=None, after=("2001:db8::1",), ttl=300),
        r"a CNAME to example\.net\. stands at example\.com that Cloudflare does not answer as such",
    ),
    (
        "a DKIM key where a proxied CNAME is",
        {"name": DKIM, "record_type": "CNAME", "content": "k.example.net", "proxied": True},
        RRsetChange(name=DKIM, type="CNAME", before=None, after=("k.example.net.",), ttl=300),
        r"a CNAME to k\.example\.net\. stands at s1\._domainkey\.example\.com .*\(it is proxied\): remove it, or make it DNS only",
    ),
    (
        "a name of another zone",
        {"name": DKIM, "record_type": "TXT", "content": '"x"'},
        RRsetChange(name="example.org", type="TXT", before=None, after=("x",), ttl=300),
        r"TXT at example\.org is not in the zone example\.com",
    ),
    (
        "a type that we do not write",
        {"name": DKIM, "record_type": "TXT", "content": '"x"'},
        RRsetChange(name="example.com", type="LOC", before=None, after=("51 0 0 N 0 0 0 W 10m",), ttl=300),
        "LOC records at Cloudflare are not written by this program",
    ),
    (
        "a value that is too long",
        {"name": DKIM, "record_type": "TXT", "content": '"x"'},
        RRsetChange(name="example.com", type="TXT", before=None, after=("A" * 4096,), ttl=300),
        "TXT at example.com cannot have a value of 4113 octets: Cloudflare keeps 4096 in a record",
    ),
    (
        "a set that is too long",
        {"name": DKIM, "record_type": "TXT", "content": '"x"'},
        RRsetChange(name="example.com", type="TXT", before=None, after=tuple(c * 2000 for c in "ABCDE"), ttl=300),
        "TXT at example.com cannot have 10000 characters in all: Cloudflare keeps 8192",
    ),
]


@pytest.mark.parametrize(("stands", "asked", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_must_not_be_changed_is_told_before_anything_is(
    stands: dict[str, Any], asked: RRsetChange, message: str, there: CloudflareBench
) -> None:
    if stands["name"] == "example.com":
        there.service.zones[there.zone_id].stored.clear()
    there.service.put(there.zone_id, **stands)
    zone = read(there)
    with pytest.raises(CouldNotDoError, match=message) as told:
        there.host.apply(zone, [change(zone, DMARC, ("v=DMARC1; p=none",)), asked])
    assert not isinstance(told.value, ConflictError)
    assert batches(there) == []


def test_a_record_that_another_product_keeps_is_not_changed(there: CloudflareBench) -> None:
    record = there.service.put(there.zone_id, "example.com", "TXT", '"v=spf1 include:_spf.mx.cloudflare.net ~all"')
    stored = there.service.zones[there.zone_id].stored
    stored[record] = replace(stored[record], worker="email")
    zone = read(there)
    with pytest.raises(CouldNotDoError, match=r"_spf\.mx\.cloudflare\.net ~all' at example\.com is kept by another Cloudflare product"):
        there.host.apply(zone, [change(zone, APEX, (SPF,))])
    assert batches(there) == []


def test_beside_a_cname_at_the_apex_and_a_worker_other_records_stand(there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].stored.clear()
    there.service.put(there.zone_id, MTA_STS, "AAAA", "100::", proxied=True)
    zone = read(there)
    told = there.host.apply(zone, [change(zone, (MTA_STS, "TXT"), ("v=spf1 -all",))])
    assert set(told.rrsets) == {(MTA_STS, "TXT")}
    assert fields(there, (MTA_STS, "AAAA"), "content") == [("100::",)]


# Limits


def many(zone: Zone, count: int) -> list[RRsetChange]:
    return [change(zone, (f"s{i}._domainkey.example.com", "TXT"), ("v=DKIM1; p=",)) for i in range(count)]


@pytest.mark.parametrize(("plan", "sizes"), [("free", [200, 100]), ("pro", [300]), ("enterprise", [300])])
def test_a_batch_is_as_large_as_the_plan_allows(plan: str, sizes: list[int], there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].plan = plan
    there.service.zones[there.zone_id].record_quota = 1000
    zone = read(there)
    told = there.host.apply(zone, many(zone, 300))
    assert [len(batch["posts"]) for batch in batches(there)] == sizes
    assert len(told.rrsets) == 302


def test_an_unknown_plan_is_taken_for_the_smallest(there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].plan = "pro"
    zones = there.service.zones[there.zone_id].shown()
    assert zones["plan"]["legacy_id"] == "pro"
    assert [
        _zone(msgspec.convert({**zones, "plan": plan}, SeenZone)).limits.batch for plan in (zones["plan"], {"legacy_id": "lite"}, None)
    ] == [3500, 200, 200]


def test_what_belongs_to_a_name_is_never_torn_apart(there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].record_quota = 1000
    keys: list[Key] = [(f"s{i}._domainkey.example.com", "CNAME") for i in range(150)]
    there.put(dict.fromkeys(keys, (300, ("k.example.net.",))))
    zone = read(there)
    changes = [change(zone, key, ()) for key in keys] + [change(zone, (key[0], "TXT"), ("v=DKIM1; p=",)) for key in keys]
    told = there.host.apply(zone, changes)
    assert [(len(batch["deletes"]), len(batch["posts"])) for batch in batches(there)] == [(100, 100), (50, 50)]
    assert {key[1] for key in told.rrsets if "_domainkey" in key[0]} == {"TXT"}


def test_a_name_that_needs_more_than_one_batch_is_refused(there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].record_quota = 1000
    zone = read(there)
    with pytest.raises(CouldNotDoError, match=r"example\.com: 201 records are to be changed at once, and the zone's plan allows 200"):
        there.host.apply(zone, [change(zone, APEX, tuple(f"x{i}" for i in range(201)))])
    assert batches(there) == []


def test_what_a_later_batch_would_be_refused_for_is_told_before_the_first(there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].record_quota = 1000
    zone = read(there)
    with pytest.raises(CouldNotDoError, match="cannot have a TTL of 5 seconds"):
        there.host.apply(zone, [*many(zone, 300), change(zone, DMARC, ("v=DMARC1; p=none",), ttl=5)])
    assert batches(there) == []


def test_what_was_done_before_a_later_batch_failed_is_told(there: CloudflareBench) -> None:
    zone = read(there)  # 2 records are there, 200 are allowed
    changes = [*many(zone, 197), change(zone, APEX, tuple(f"x{i}" for i in range(4)))]
    with pytest.raises(PartlyDoneError, match=r"81045 Record quota exceeded.* \(197 of 198 record sets were changed before\)") as told:
        there.host.apply(zone, changes)
    assert told.value.done == {each.key for each in changes[:197]}
    assert set(read(there).rrsets) == set(zone.rrsets) | told.value.done


# Others who write


def test_an_old_reading_is_made_again_and_compared(there: CloudflareBench) -> None:
    zone = read(there)
    there.time.now += 10
    zone = there.host.apply(zone, [change(zone, DMARC, ("a",))])
    assert there.service.count("ListRecords") == 2
    there.time.now += 10.5
    there.host.apply(zone, [change(zone, DMARC, ("b",))])
    assert there.service.count("ListRecords") == 4
    there.put({DMARC: (300, ("theirs",))})
    with pytest.raises(ConflictError, match=r"TXT at _dmarc\.example\.com was expected to be \['b'\] and is \['theirs'\]; run again"):
        there.host.apply(
            read(there), [replace(change(read(there), DMARC, ("c",)), before=RRset(name=DMARC[0], type="TXT", ttl=300, values=("b",)))]
        )
    assert fields(there, DMARC, "content") == [('"theirs"',)]


def test_a_host_that_never_read_the_zone_reads_it_first(there: CloudflareBench) -> None:
    asked = RRsetChange(name="_dmarc.example.com", type="TXT", before=None, after=("v=DMARC1; p=none",), ttl=300)
    zone = Zone(name="example.com", rrsets={}, version="", place="")
    assert there.host.apply(zone, [asked]).rrsets[DMARC].values == ("v=DMARC1; p=none",)


def test_a_zone_that_has_gone_since_is_a_conflict(there: CloudflareBench) -> None:
    zone = Zone(name="example.org", rrsets={}, version="", place="")
    with pytest.raises(ConflictError, match=r"holds example\.org .*; it was a zone when it was read"):
        there.host.apply(zone, [])


SECOND = [
    (APEX, "v=spf1 a -all", "receivers accept one record that begins with v=spf1, and none if there are two: RFC 7208 section 4.5"),
    (APEX, "V=SPF1 a -all", "receivers accept one record that begins with v=spf1"),
    (
        DMARC,
        "v=DMARC1; p=none; t=y",
        "receivers accept one record that begins with v=dmarc1, and none if there are two: RFC 9989 section 4.10",
    ),
]


@pytest.mark.parametrize(("key", "second", "message"), SECOND)
def test_a_second_record_that_another_writer_added_meanwhile_is_told(key: Key, second: str, message: str, there: CloudflareBench) -> None:
    ours = {APEX: SPF, DMARC: "v=DMARC1; p=reject"}
    zone = read(there)
    there.before_next("BatchRecords", lambda: there.service.put(there.zone_id, *key, f'"{second}"'))
    with pytest.raises(PartlyDoneError, match=f"{key[1]} at {key[0]}: '{second}' is there too .*{message}") as told:
        there.host.apply(zone, [change(zone, each, (value,)) for each, value in ours.items()])
    assert told.value.done == {APEX, DMARC}
    assert sorted(read(there).rrsets[key].values) == sorted([ours[key], second])


def test_a_foreign_value_that_was_added_meanwhile_stays_and_is_told(there: CloudflareBench) -> None:
    zone = read(there)
    there.before_next("BatchRecords", lambda: there.service.put(there.zone_id, "example.com", "TXT", '"theirs"'))
    with pytest.raises(
        PartlyDoneError, match=r"somebody else writes there at the same time: TXT at example\.com: 'theirs' is there too; run"
    ):
        there.host.apply(zone, [change(zone, APEX, (SPF,))])
    assert sorted(read(there).rrsets[APEX].values) == ["theirs", SPF]


def test_a_value_that_goes_and_went_meanwhile_is_a_conflict(there: CloudflareBench) -> None:
    there.put({APEX: (900, (SITE, SPF))})
    (record,) = [record for record in there.records(APEX) if record["content"] == f'"{SPF}"']
    zone = read(there)
    there.before_next("BatchRecords", lambda: there.service.remove(there.zone_id, str(record["id"])))
    with pytest.raises(ConflictError, match=r"TXT at example\.com was expected to be .* and is \['google-site-verification=AbC'\]"):
        there.host.apply(zone, [change(zone, APEX, (SITE, "v=spf1 mx -all")), change(zone, DMARC, ("v=DMARC1; p=none",))])
    assert fields(there, APEX, "content") == [(f'"{SITE}"',)]
    assert fields(there, DMARC, "content") == []


def test_a_value_that_was_made_anew_meanwhile_goes_all_the_same(there: CloudflareBench) -> None:
    there.put({APEX: (900, (SPF,))})
    zone = read(there)

    def anew() -> None:
        there.put_set(APEX, 900, ())
        there.put_set(APEX, 900, (SPF,))

    there.before_next("BatchRecords", anew)
    assert there.host.apply(zone, [change(zone, APEX, ("v=spf1 mx -all",))]).rrsets[APEX].values == ("v=spf1 mx -all",)
    assert there.service.count("BatchRecords") == 2


def test_a_value_that_is_kept_and_went_meanwhile_is_told(there: CloudflareBench) -> None:
    there.put({APEX: (900, (SITE, SPF))})
    zone = read(there)
    there.before_next("BatchRecords", lambda: there.put_set(APEX, 900, (SPF,)))
    with pytest.raises(PartlyDoneError, match=r"TXT at example\.com: 'google-site-verification=AbC' is not there; run again") as told:
        there.host.apply(zone, [change(zone, APEX, (SITE, "v=spf1 mx -all")), change(zone, DMARC, ("v=DMARC1; p=none",))])
    assert told.value.done == {APEX, DMARC}


def test_our_value_that_others_removed_at_once_is_not_said_to_be_done(there: CloudflareBench) -> None:
    zone = read(there)
    there.after_each("BatchRecords", lambda: there.put_set(APEX, 900, ("theirs",)))
    with pytest.raises(PartlyDoneError, match=rf"'theirs' is there too, and '{SPF}' is not there") as told:
        there.host.apply(zone, [change(zone, APEX, (SPF,)), change(zone, DMARC, ("v=DMARC1; p=none",))])
    assert told.value.done == {DMARC}


def test_a_ttl_that_others_set_at_once_is_told(there: CloudflareBench) -> None:
    there.put({APEX: (900, (SPF,))})
    zone = read(there)

    def retime() -> None:
        stored = there.service.zones[there.zone_id].stored
        stored.update({name: replace(record, ttl=120) for name, record in stored.items() if record.type == "TXT"})

    there.after_each("BatchRecords", retime)
    with pytest.raises(PartlyDoneError, match=r"TXT at example\.com: its TTL is 120, not 3600"):
        there.host.apply(zone, [change(zone, APEX, (SPF,), ttl=3600)])


def test_another_record_that_is_in_the_way_is_told_in_the_services_words(there: CloudflareBench) -> None:
    zone = read(there)
    there.before_next("BatchRecords", lambda: there.service.put(there.zone_id, MTA_STS, "CNAME", "policy.example.net"))
    with pytest.raises(
        CouldNotDoError, match=r"refuses to change the zone example\.com: 81054 A CNAME record .*: remove the CNAME by hand first"
    ):
        there.host.apply(zone, [change(zone, (MTA_STS, "A"), ("192.0.2.1",))])


def test_a_cname_that_another_writer_put_beside_our_record_is_told(there: CloudflareBench) -> None:
    zone = read(there)
    there.before_next("BatchRecords", lambda: there.service.put(there.zone_id, "_dmarc.example.com", "CNAME", "dmarc.example.net"))
    with pytest.raises(
        PartlyDoneError, match=r"TXT at _dmarc\.example\.com: there is TXT beside a CNAME, and the CNAME alone would be answered"
    ):
        there.host.apply(zone, [change(zone, DMARC, ("v=DMARC1; p=none",))])


@pytest.mark.parametrize(("there_is", "comes"), [("CNAME", "TXT"), ("TXT", "CNAME")])
def test_nothing_is_put_beside_a_cname(there_is: str, comes: str, there: CloudflareBench) -> None:
    values = {"CNAME": "dmarc.example.net.", "TXT": "v=DMARC1; p=none"}
    there.put({(DMARC[0], there_is): (300, (values[there_is],))})
    zone = read(there)
    with pytest.raises(CouldNotDoError, match=r"_dmarc\.example\.com would have TXT beside a CNAME, .*: remove by hand what is in the way"):
        there.host.apply(zone, [change(zone, (DMARC[0], comes), (values[comes],))])
    assert batches(there) == []
    zone = there.host.apply(zone, [change(zone, (DMARC[0], there_is), ())])
    assert DMARC[0] not in {name for name, _ in zone.rrsets}


# An edit under our hands


def edited(there: CloudflareBench, key: Key, content: str) -> str:
    """Edits the one record of a set just before the next batch; returns its id."""
    (record,) = there.records(key)
    there.before_next("BatchRecords", lambda: there.service.change(there.zone_id, str(record["id"]), content))
    return str(record["id"])


def test_an_edit_of_the_record_that_was_to_go_is_put_back(there: CloudflareBench) -> None:
    record = there.service.put(there.zone_id, "example.com", "TXT", f'"{SPF}"', ttl=900, comment="ask Ann first")
    zone = read(there)
    assert edited(there, APEX, '"v=spf1 include:example.net -all"') == record
    with pytest.raises(
        PartlyDoneError, match=r"somebody edited TXT at example\.com from 'v=spf1 -all' to 'v=spf1 include.* was put back"
    ) as told:
        there.host.apply(zone, [change(zone, APEX, ("v=spf1 mx -all", "new")), change(zone, DMARC, ("v=DMARC1; p=none",))])
    assert told.value.done == {DMARC}
    assert fields(there, APEX, "content", "ttl", "comment") == [('"v=spf1 include:example.net -all"', 900, "ask Ann first")]
    assert fields(there, DMARC, "content") == [('"v=DMARC1; p=none"',)]
    with pytest.raises(ConflictError):  # it is known that what was read is no longer so
        there.host.apply(zone, [change(zone, APEX, ("v=spf1 mx -all",))])


def test_an_edit_is_put_back_with_all_that_stood_at_the_name(there: CloudflareBench) -> None:
    there.service.put(there.zone_id, DKIM, "CNAME", "k1.example.net")
    zone = read(there)
    edited(there, (DKIM, "CNAME"), "theirs.example.net")
    with pytest.raises(PartlyDoneError, match="was put back") as told:
        there.host.apply(zone, [change(zone, (DKIM, "CNAME"), ()), change(zone, (DKIM, "TXT"), ("v=DKIM1; p=",))])
    assert told.value.done == frozenset()
    assert fields(there, (DKIM, "CNAME"), "content") == [("theirs.example.net",)]
    assert fields(there, (DKIM, "TXT"), "content") == []


def test_an_edit_of_a_record_that_is_written_by_its_parts_is_put_back(there: CloudflareBench) -> None:
    key = ("example.com", "CAA")
    zone = read(there)
    zone = there.host.apply(zone, [change(zone, key, ('0 issue "a.example"',))])
    (record,) = there.records(key)
    stored = there.service.zones[there.zone_id].stored

    def edit() -> None:
        data = {"flags": 0, "tag": "issue", "value": "b.example"}
        stored = there.service.zones[there.zone_id].stored
        stored[str(record["id"])] = replace(stored[str(record["id"])], data=data, content='0 issue "b.example"')

    there.before_next("BatchRecords", edit)
    with pytest.raises(PartlyDoneError, match="was put back"):
        there.host.apply(zone, [change(zone, key, ('0 issue "c.example"',))])
    assert fields(there, key, "content") == [('0 issue "b.example"',)]
    assert stored is not there.service.zones[there.zone_id].stored


def test_an_edit_that_cannot_be_put_back_is_told_in_full(there: CloudflareBench) -> None:
    there.put({DMARC: (900, ("v=DMARC1; p=none",))})
    zone = read(there)
    edited(there, DMARC, '"v=DMARC1; p=quarantine"')
    there.after_each("BatchRecords", lambda: there.service.fails.update(BatchRecords=(400, 1004, "no")))
    with pytest.raises(PartlyDoneError, match=r"that edit is lost unless you write it again: it could not be put back .*1004 no") as told:
        there.host.apply(zone, [change(zone, DMARC, ("v=DMARC1; p=reject",))])
    assert "'v=DMARC1; p=quarantine'" in str(told.value)


# When it is served


@pytest.mark.parametrize("status", ["initializing", "pending"])
def test_success_is_not_claimed_for_a_zone_that_nobody_asks_yet(status: str, there: CloudflareBench) -> None:
    there.service.zones[there.zone_id].status = status
    zone = read(there)
    there.host.settle()
    zone = there.host.apply(zone, [])
    there.host.settle()
    zone = there.host.apply(zone, [change(zone, DMARC, ("v=DMARC1; p=none",))])
    assert zone.rrsets[DMARC].values == ("v=DMARC1; p=none",)
    with pytest.raises(
        CouldNotDoError,
        match=rf"example\.com at Cloudflare is there, and nobody sees it yet, for the zone is {status}: set the domain's nameservers to "
        r"ada\.ns\.cloudflare\.com and bob\.ns\.cloudflare\.com at its registrar",
    ):
        there.host.settle()


def test_nothing_is_waited_for_in_an_active_zone(there: CloudflareBench) -> None:
    zone = read(there)
    there.host.apply(zone, [change(zone, DMARC, ("v=DMARC1; p=none",))])
    calls = there.service.count()
    there.host.settle()
    assert (there.service.count(), there.time.waited) == (calls, [])
