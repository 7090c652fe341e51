"""How changes become batches: within the limits, and nothing torn apart."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.errors import CouldNotDoError
from emailauth.core.record import RRset, RRsetChange
from emailauth.dns_hosts.route53.batches import Batch, batches
from emailauth.dns_hosts.route53.limits import LIMITS
from emailauth.dns_hosts.route53.sets import rrsets

MOST = "1,000 values and 32,000 characters, old and new together"
SMALL = replace(LIMITS, elements=6, characters=60)


def listed(name: str, type_: str, *values: str, ttl: int = 300, **more: Any) -> RRset:
    """A set as a list gave it."""
    answer: Any = {"Name": f"{name}.", "Type": type_, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values], **more}
    (rrset,) = rrsets([answer]).values()
    return rrset


def change(name: str, type_: str, before: RRset | None, *after: str, ttl: int = 300) -> RRsetChange:
    return RRsetChange(name=name, type=type_, before=before, after=after, ttl=ttl)


def sent(batch: Batch) -> list[tuple[str, str, str, int, list[str]]]:
    """Action, name, type, TTL and values."""
    sets = [(one["Action"], one["ResourceRecordSet"]) for one in batch.changes]
    return [(action, s["Name"], s["Type"], s["TTL"], [record["Value"] for record in s["ResourceRecords"]]) for action, s in sets]


def test_what_is_deleted_is_exactly_what_was_listed_and_what_stays_keeps_its_form() -> None:
    before = listed("example.com", "TXT", r'"\166=spf1 -all"', '"kept" "so"', '"touching""strings"', ttl=77)
    (batch,) = batches({before.key: before}, [change("example.com", "TXT", before, "v=spf1 mx -all", "keptso", "touchingstrings", ttl=77)])
    assert sent(batch) == [
        ("DELETE", "example.com.", "TXT", 77, [r'"\166=spf1 -all"', '"kept" "so"', '"touching""strings"']),
        ("CREATE", "example.com.", "TXT", 77, ['"v=spf1 mx -all"', '"kept" "so"', '"touching" "strings"']),
    ]


def test_a_change_that_knows_no_forms_takes_those_that_were_listed() -> None:
    there = listed("example.com", "TXT", '"a" "b"')
    plain = RRset(name="example.com", type="TXT", ttl=300, values=("ab",))
    (batch,) = batches({there.key: there}, [change("example.com", "TXT", plain, "ab", "c")])
    assert sent(batch)[0] == ("DELETE", "example.com.", "TXT", 300, ['"a" "b"'])
    other = replace(plain, values=("abc",))
    (batch,) = batches({there.key: there}, [change("example.com", "TXT", other, "c")])
    assert sent(batch)[0] == ("DELETE", "example.com.", "TXT", 300, ['"abc"'])


def test_values_that_are_one_value_in_two_forms_are_both_deleted() -> None:
    before = listed("example.com", "TXT", '"a" "b"', '"ab"')
    assert before.values == ("ab", "ab")
    (batch,) = batches({}, [change("example.com", "TXT", before, "ab")])
    assert sent(batch) == [("DELETE", "example.com.", "TXT", 300, ['"a" "b"', '"ab"']), ("CREATE", "example.com.", "TXT", 300, ['"a" "b"'])]


def test_sets_that_come_and_go() -> None:
    gone = listed("gone.example.com", "MX", "10 mx.example.net.")
    (batch,) = batches({}, [change("come.example.com", "TXT", None, "x"), change("gone.example.com", "MX", gone)])
    assert sent(batch) == [
        ("DELETE", "gone.example.com.", "MX", 300, ["10 mx.example.net."]),
        ("CREATE", "come.example.com.", "TXT", 300, ['"x"']),
    ]


def test_nothing_to_nothing_is_not_sent() -> None:
    assert batches({}, [change("example.com", "TXT", None)]) == []


def test_a_cname_and_what_takes_its_place_are_never_in_two_batches() -> None:
    cname = listed("s1.example.com", "CNAME", "k.example.net.")
    changes = [
        *(change(f"n{i}.example.com", "TXT", None, "x") for i in range(5)),
        change("s1.example.com", "TXT", None, "v=DKIM1; p="),
        change("s1.example.com", "CNAME", cname),
    ]
    first, second = batches({}, changes, SMALL)
    assert len(first.edits) == 5
    assert [(action, type_) for action, _, type_, _, _ in sent(second)] == [("DELETE", "CNAME"), ("CREATE", "TXT")]


NAMES = st.sampled_from([f"n{i}.example.com" for i in range(30)])
VALUES = st.lists(st.text("ab", max_size=8), max_size=3, unique=True)


@settings(deadline=None)
@given(st.dictionaries(st.tuples(NAMES, st.sampled_from(["TXT", "CNAME"])), st.tuples(VALUES, VALUES), max_size=25))
def test_every_change_is_in_one_batch_and_every_batch_within_the_limits(wanted: dict[tuple[str, str], tuple[list[str], list[str]]]) -> None:
    changes = []
    for (name, type_), (before, after) in wanted.items():
        raw = [f'"{value}"' if type_ == "TXT" else f"k{value}.example.net." for value in before]
        there = listed(name, type_, *raw) if raw else None
        changes.append(change(name, type_, there, *(after if type_ == "TXT" else [f"k{value}.example.net." for value in after[:1]])))
    limits = replace(LIMITS, elements=10, characters=250)
    found = batches({}, changes, limits)
    keys = Counter(key for batch in found for key in batch.keys)
    assert keys == Counter(one.key for one in changes if one.before or one.after)
    for batch in found:
        values = [value for *_, values in sent(batch) for value in values]
        assert len(values) <= 10
        assert sum(map(len, values)) <= 250
        assert len(batch.keys) == len(batch.edits)
        actions = [action for action, *_ in sent(batch)]
        assert actions == sorted(actions, reverse=True)
    where = {key: i for i, batch in enumerate(found) for key in batch.keys}
    for name, type_ in where:
        if type_ == "CNAME" and (name, "TXT") in where:
            assert where[name, "CNAME"] == where[name, "TXT"]


def test_the_limits_are_those_of_the_service() -> None:
    one_value = [change(f"n{i}.example.com", "TXT", None, "x") for i in range(1001)]
    assert [len(batch.edits) for batch in batches({}, one_value)] == [1000, 1]
    long = [change(f"n{i}.example.com", "TXT", None, "x" * 198) for i in range(161)]
    assert [len(batch.edits) for batch in batches({}, long)] == [160, 1]
    updates = [change(f"n{i}.example.com", "TXT", listed(f"n{i}.example.com", "TXT", '"x"'), "y") for i in range(501)]
    assert [len(batch.edits) for batch in batches({}, updates)] == [500, 1]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (change("n.example.com", "TXT", None, *map(str, range(401))), "n.example.com TXT has 401 values, and Route 53 takes 400; nothing was changed"),
        (
            change("n.example.com", "TXT", None, "x" * 4000),
            "n.example.com TXT has a value of 4047 characters as Route 53 counts them, quotes and escapes included, and it takes 4000; nothing was changed",
        ),
        (change("n.example.com", "TXT", None, "x", ttl=2**31), "n.example.com TXT has a TTL of 2147483648 seconds, and Route 53 takes 0 to 2147483647; nothing was changed"),
        (
            change("n.example.com", "TXT", None, *(f"{i}{'x' * 3000}" for i in range(11))),
            f"n.example.com: more is to be changed here at once than Route 53 takes in one request ({MOST}); nothing was changed. Make the record set smaller",
        ),
        (change("n.example.com", "MX", None, "mail"), "'mail' cannot be a MX record: expecting an integer"),
    ],
)  # fmt: skip
def test_what_the_service_would_not_take_is_told_before_anything_is_sent(wanted: RRsetChange, message: str) -> None:
    with pytest.raises(CouldNotDoError) as told:
        batches({}, [change("fine.example.com", "TXT", None, "x"), wanted])
    assert str(told.value) == message


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"SetIdentifier": "blue", "Weight": 1}, "is the only one of weighted sets (blue)"),
        ({"SetIdentifier": "a", "Region": "eu-west-1"}, "is the only one of latency sets (a)"),
        ({"SetIdentifier": "a", "GeoLocation": {"CountryCode": "*"}}, "is the only one of geolocation sets (a)"),
        ({"SetIdentifier": "a", "Failover": "PRIMARY"}, "is the only one of failover sets (a)"),
        ({"SetIdentifier": "a", "MultiValueAnswer": True}, "is the only one of multivalue answer sets (a)"),
        ({"SetIdentifier": "a", "GeoProximityLocation": {"AWSRegion": "eu-west-1"}}, "is the only one of geoproximity sets (a)"),
        ({"SetIdentifier": "a", "CidrRoutingConfig": {"CollectionId": "x", "LocationName": "*"}}, "is the only one of IP-based sets (a)"),
        ({"AliasTarget": {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net."}}, "is an alias of d1.cloudfront.net"),
        ({"SetIdentifier": "a", "Weather": "fine"}, "is the only one of routing policy sets (a)"),
        ({"TrafficPolicyInstanceId": "x", "HealthCheckId": "y"}, "is made by the traffic policy instance x"),
        ({"HealthCheckId": "y"}, "has the health check y"),
        ({"Weather": "fine", "Moon": "full"}, "has Moon and Weather"),
    ],
)
@pytest.mark.parametrize("knows", [True, False], ids=["expected as it was read", "not expected to be there"])
def test_a_set_of_a_special_kind_is_refused_before_anything_is_sent(more: dict[str, Any], said: str, knows: bool) -> None:
    there = listed("n.example.com", "TXT", '"x"', **more)
    with pytest.raises(CouldNotDoError) as told:
        batches({there.key: there}, [change("n.example.com", "TXT", there if knows else None, "y")])
    assert str(told.value) == (
        f"n.example.com TXT {said}: make it one plain record set by hand (Route 53 console, simple routing), "
        "or take it out of the file; nothing was changed"
    )
