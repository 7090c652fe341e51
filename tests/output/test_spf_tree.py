"""SPF trees to the eye and as JSON."""

import json
from collections.abc import Mapping
from functools import partial

from emailauth.core.question import answered
from emailauth.output import spf_tree
from emailauth.protocols.spf.outline import Outline, outline
from emailauth.protocols.spf.tree import gather
from tests.protocols.spf.suite import answer
from tests.protocols.spf.zones import zone

RECORDS = {
    "example.com TXT": "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.7 include:a.example exists:%{i}.x.example ~all",
    "a.example TXT": "v=spf1 a ip6:2001:db8::/32 include:b.example ?all",
    "a.example A": "198.51.100.1 | 198.51.100.2",
    "b.example TXT": "v=spf1 ip4:203.0.113.0/24",
}

TEXT = """\
example.com: at worst 4 of 10 look-ups, 2 of 2 voids
        ip4:192.0.2.0/24        256 IPv4 addresses
        ip4:192.0.2.7           1 IPv4 address; never decides: nothing that it matches comes to it
     3  include:a.example       258 IPv4 addresses, 2^96 IPv6 addresses
     1    a                     2 IPv4 addresses
          ip6:2001:db8::/32     2^96 IPv6 addresses
     1    include:b.example     256 IPv4 addresses
            ip4:203.0.113.0/24  256 IPv4 addresses
          ?all
     1  exists:%{i}.x.example   open: depends on the message
        ~all
  passes: 514 IPv4 addresses, 2^96 IPv6 addresses; more where an open term matches
"""


def outlined(records: Mapping[str, str], *, unknown: str = "") -> Outline:
    made = zone(records)
    return outline(answered(gather("example.com"), lambda question: None if question.name == unknown else partial(answer, made)(question)))


def test_a_tree_to_the_eye() -> None:
    assert spf_tree.text([outlined(RECORDS)]) == TEXT


def test_trees_are_set_apart_and_say_what_is_wrong() -> None:
    endless = outlined({"example.com TXT": "v=spf1 a:void.example include:example.com -all"})
    broken = outlined({"example.com TXT": "v=spf1 moo\x1b"})
    partial_one = outlined({"example.com TXT": "v=spf1 include:a.example ip4:0.0.0.0/5 ?all"}, unknown="a.example")
    assert spf_tree.text([endless, broken, outlined({}), partial_one]).splitlines() == [
        "example.com: at worst >100 of 10 look-ups (too many), 1 of 2 voids",
        "     1  a:void.example       changes nothing",
        "  >100  include:example.com  shown above",
        "        -all                 never decides: nothing that it matches comes to it",
        "  passes: no IPv4 address, no IPv6 address",
        "",
        "example.com: at worst 0 of 10 look-ups, 0 of 2 voids",
        "  permerror: 'moo\\x1b': holds U+001B, and terms are made of visible ASCII characters only",
        "        moo\\x1b",
        "  passes: no IPv4 address, no IPv6 address",
        "",
        "example.com: no SPF record",
        "",
        "example.com: at worst 1 of 10 look-ups, 0 of 2 voids; besides what is not looked up",
        "     1  include:a.example  open: not looked up",
        "        ip4:0.0.0.0/5      2^27 IPv4 addresses",
        "        ?all",
        "  passes: 2^27 IPv4 addresses, no IPv6 address; more where an open term matches",
    ]


def test_of_a_tree_without_a_record_json_claims_nothing() -> None:
    (tree,) = json.loads(spf_tree.json([outlined({})]))["trees"]
    assert (tree["record"], tree["problem"], tree["terms"]) == (None, "no SPF record", [])
    assert [tree[key] for key in ("lookups", "voids", "passes", "passes_sometimes")] == [None] * 4


def test_a_tree_as_json() -> None:
    told = json.loads(spf_tree.json([outlined(RECORDS)]))
    assert told["format"] == 1
    (tree,) = told["trees"]
    assert {key: value for key, value in tree.items() if key not in {"terms", "passes_sometimes"}} == {
        "domain": "example.com",
        "record": RECORDS["example.com TXT"],
        "problem": "",
        "lookups": 4,
        "voids": 2,
        "limits": {"lookups": 10, "voids": 2},
        "passes": {
            "ip4": {"count": "514", "cidrs": ["192.0.2.0/24", "198.51.100.1", "198.51.100.2", "203.0.113.0/24"]},
            "ip6": {"count": str(1 << 96), "cidrs": ["2001:db8::/32"]},
        },
    }
    assert tree["passes_sometimes"]["ip6"]["count"] == str((1 << 128) - (1 << 96))
    assert [(term["term"], term["lookups"], term["voids"], term["open"], len(term["terms"])) for term in tree["terms"]] == [
        ("ip4:192.0.2.0/24", 0, 0, None, 0),
        ("ip4:192.0.2.7", 0, 0, None, 0),
        ("include:a.example", 3, 1, None, 4),
        ("exists:%{i}.x.example", 1, 1, "depends on the message", 0),
        ("~all", 0, 0, None, 0),
    ]
    assert tree["terms"][2]["terms"][2] == {
        "term": "include:b.example",
        "lookups": 1,
        "voids": 0,
        "addresses": {"ip4": "256", "ip6": "0"},
        "open": None,
        "notes": [],
        "terms": [
            {
                "term": "ip4:203.0.113.0/24",
                "lookups": 0,
                "voids": 0,
                "addresses": {"ip4": "256", "ip6": "0"},
                "open": None,
                "notes": [],
                "terms": [],
            }
        ],
    }
    assert json.loads(spf_tree.json([outlined({})]))["trees"][0]["terms"] == []
