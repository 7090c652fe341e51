"""What is said of data that has not the shape of the file: all of it at once, in the words of YAML, with its place."""

import datetime as dt
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from emailauth.core.check import Decoded, check
from emailauth.core.document import Document, parse
from emailauth.core.posture import ABSENT
from emailauth.core.schema import Shapes
from emailauth.core.violation import Explainer


class Dmarc(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy."""

    policy: Annotated[Literal["none", "quarantine", "reject"], Meta(description="p: what to do with mail that fails. More of it.")]
    testing: bool | UnsetType = UNSET
    reports: tuple[Annotated[str, Meta(min_length=3)], ...] = ()
    options: tuple[Literal[0, 1, "d"], ...] = ()
    share: Annotated[float, Meta(gt=0, lt=2)] = 1.0
    certificate: str | None = None


class Sts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy of TLS."""

    max_age: Annotated[int, Meta(ge=1, description="How many seconds.")]
    id: Annotated[str, Meta(pattern="^[a-z]+$", description="The id; small letters.")] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.max_age == 13:
            msg = "13 brings bad luck"
            raise ValueError(msg)


class Key(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key."""

    file: str


class Host(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host."""

    zones: Annotated[dict[str, str], Meta(min_length=1)]
    retries: Annotated[int, Meta(le=3)] = 0


class Plain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing to set."""


class Pair(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of a list."""

    preference: int
    host: Annotated[str, Meta(max_length=8)]


class Dated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Holds what JSON Schema cannot limit."""

    days: tuple[dt.date, ...] = ()


SHAPES = Shapes(
    sections={
        "dkim": dict[str, Key | Literal["revoked"]],
        "dmarc": Dmarc,
        "mta_sts": Sts,
        "mx": Annotated[tuple[Pair, ...], Meta(min_length=1, max_length=2)] | Literal["null_mx"],
    },
    dns_hosts={"route53": Plain, "zonefile": Host},
    web_hosts={"directory": Plain},
    parked={"dkim": None, "dmarc": ABSENT, "mx": ABSENT},
    instead={"dmarc": {"pct": "leave it out"}, "dkim": {"p": "file"}},
    receivers=("gmail", "microsoft", "yahoo"),
)

HEAD = "version: 1\ndomains:\n  example.com:\n"

WRONG: list[tuple[str, list[str]]] = [
    # ---------------------------------------------------------------------------------------------------- the file
    ("- a\n", ["1:1: wrong-type: a mapping is needed here, this is a list"]),
    ("a\n", ["1:1: wrong-type: a mapping is needed here, this is the text 'a'"]),
    ("{}\n", ["1:1: missing-key: 'domains' is missing here: The domains by name, each with the sections that it has, or `parked`",
              "1:1: missing-key: 'version' is missing here: The version of this file's form"]),
    ("version: 2\ndomains: {}\n", ["1:10: wrong-value: 2 is not possible here: write 1"]),
    ("version: 1.0\ndomains: {}\n", ["1:10: wrong-value: 1.0 is not possible here: write 1"]),
    ("version: '1'\ndomains: {}\n", ["1:10: wrong-value: '1' is not possible here: write 1"]),
    ("version: 1\ndomain: {}\n", ["1:1: missing-key: 'domains' is missing here: The domains by name, each with the sections that it has, or `parked`",
                                  "2:1: unknown-key: 'domain' is not a key here: did you mean domains?"]),
    ("version: 1\ndomains:\n", ["2:9: wrong-type: a mapping is needed here, this is nothing: write {} if there is nothing to set"]),
    ("version: 1\ndomains: [a]\n", ["2:10: wrong-type: a mapping is needed here, this is a list"]),
    ("version: 1\ndomains: {}\nttl: 1h\n", ["3:6: wrong-type: a whole number is needed here, this is the text '1h': write the number of seconds, 3600"]),
    ("version: 1\ndomains: {}\nttl: 2 days\n", ["3:6: wrong-type: a whole number is needed here, this is the text '2 days': write the number of seconds, 172800"]),
    ("version: 1\ndomains: {}\nttl: '300'\n", ["3:6: wrong-type: a whole number is needed here, this is the text '300': write 300 without quotes"]),
    ("version: 1\ndomains: {}\nttl: 300.0\n", ["3:6: wrong-type: a whole number is needed here, this is the number 300.0: write 300"]),
    ("version: 1\ndomains: {}\nttl: long\n", ["3:6: wrong-type: a whole number is needed here, this is the text 'long'"]),
    ("version: 1\ndomains: {}\nttl: true\n", ["3:6: wrong-type: a whole number is needed here, this is true"]),
    ("version: 1\ndomains: {}\nttl: ~\n", ["3:6: wrong-type: a whole number is needed here, this is nothing: write one, or remove the key"]),
    ("version: 1\ndomains: {}\nttl: 10\n", ["3:6: out-of-range: a number from 60 to 604800 is needed here, this is 10"]),
    ("version: 1\ndomains: {}\nreceivers: [gmial, GMail, outlook]\n",
     ["3:13: wrong-value: 'gmial' is not possible here: did you mean gmail?", "3:20: wrong-value: 'GMail' is not possible here: did you mean gmail?",
      "3:27: wrong-value: 'outlook' is not possible here: write gmail, microsoft or yahoo"]),
    ("version: 1\ndomains: {}\nreceivers: gmail\n", ["3:12: wrong-type: a list is needed here, this is the text 'gmail': write [\"gmail\"]"]),
    ("version: 1\ndomains: {}\nreceivers: [1]\n", ["3:13: wrong-value: 1 is not possible here: write gmail, microsoft or yahoo"]),
    ("version: 1\ndomains: {}\ndns_host: zonefile\n", ["3:11: wrong-type: a mapping is needed here, this is the text 'zonefile'"]),
    ("version: 1\ndomains: {}\ndns_host: {}\n", ["3:11: wrong-form: name exactly one here (route53 or zonefile), not none"]),
    ("version: 1\ndomains: {}\ndns_host: {route53: {}, zonefile: {zones: {a: b}}}\n",
     ["3:11: wrong-form: name exactly one here (route53 or zonefile), not route53 and zonefile"]),
    ("version: 1\ndomains: {}\ndns_host: {zonefiles: {}}\n", ["3:12: unknown-key: 'zonefiles' is not a key here: did you mean zonefile?"]),
    ("version: 1\ndomains: {}\nweb_host: {s3: {}}\n", ["3:12: unknown-key: 's3' is not a key here: possible: directory"]),
    ("version: 1\ndomains: {}\nweb_host: {directory: {s3: 1}}\n", ["3:24: unknown-key: 's3' is not a key here: nothing can be here"]),
    ("version: 1\ndomains: {}\ndns_host: {zonefile: {zones: {}, retries: 4}}\n",
     ["3:30: out-of-range: write at least 1 key here, not 0", "3:43: out-of-range: a number of at most 3 is needed here, this is 4"]),
    # ------------------------------------------------------------------------------------------------ the defaults
    ("version: 1\ndomains: {}\ndefaults: {mx: [], mta-sts: {}, spf: {}}\n",
     ["3:12: unknown-key: 'mx' is not a key here: write instead: the section in each domain, for it is no mapping that could have defaults",
      "3:20: unknown-key: 'mta-sts' is not a key here: did you mean mta_sts?",
      "3:33: unknown-key: 'spf' is not a key here: possible: dkim, dmarc and mta_sts"]),
    ("version: 1\ndomains: {}\ndefaults: {dmarc: {pct: 10, policy: Reject}, dkim: {s1: {p: x, file: y}}}\n",
     ["3:20: unknown-key: 'pct' is not a key here: write instead: leave it out", "3:37: wrong-value: 'Reject' is not possible here: did you mean reject?",
      "3:58: unknown-key: 'p' is not a key here: write instead: file"]),
    ("version: 1\ndomains: {}\ndefaults: [dmarc]\n", ["3:11: wrong-type: a mapping is needed here, this is a list"]),
    # ------------------------------------------------------------------------------------------------- the domains
    ("version: 1\ndomains:\n  example.com: prked\n", ["3:16: wrong-value: 'prked' is not possible here: did you mean parked?"]),
    ("version: 1\ndomains:\n  example.com: x\n", ["3:16: wrong-value: 'x' is not possible here: write parked or a mapping"]),
    ("version: 1\ndomains:\n  example.com: [x]\n", ["3:16: wrong-type: a mapping or parked is needed here, this is a list"]),
    ("version: 1\ndomains:\n  example.com:\n",
     ["3:15: wrong-type: a mapping or parked is needed here, this is nothing: write {} if there is nothing to set"]),
    (HEAD + "    profile: park\n", ["4:14: wrong-value: 'park' is not possible here: did you mean parked?"]),
    (HEAD + "    DMARC: {}\n", ["4:5: unknown-key: 'DMARC' is not a key here: did you mean dmarc?"]),
    (HEAD + "    web_host: {directory: {}, s3: {}}\n",
     ["4:15: wrong-form: name exactly one here (directory), not directory and s3", "4:31: unknown-key: 's3' is not a key here: possible: directory"]),
    ("version: 1\ndomains: {a_b.example: {}}\n", ["2:11: domain-name: 'a_b.example' is no mail domain: its labels are letters, digits and hyphens"]),
    ("version: 1\ndomains: {a..example: {}}\n", ["2:11: domain-name: 'a..example' is not a domain name: A DNS label is empty."]),
    ("version: 1\ndomains: {bücher.example: {}}\n",
     ["2:11: domain-name: 'bücher.example' is not ASCII: write its A-label form, 'xn--bcher-kva.example'"]),
    ("version: 1\ndomains: {dmarc: {policy: none}}\n",
     ["2:11: domain-name: 'dmarc' is a section: put it under the name of a domain", "2:19: unknown-key: 'policy' is not a key here: possible: profile, dns_host, web_host, ttl, receivers, dkim, dmarc, mta_sts and mx"]),
    ("version: 1\ndomains: {192.0.2.1: {}}\n", ["2:11: domain-name: '192.0.2.1' is no mail domain: its labels are letters, digits and hyphens"]),
    ("version: 1\ndomains:\n  example.com: parked\n  Example.COM.: {}\n",
     ["4:3: duplicate-domain: 'Example.COM.' is the same domain as 'example.com' on line 3: keep one of the two"]),
    # ------------------------------------------------------------------------------------------------ the sections
    (HEAD + "    dmarc:\n", ["4:11: wrong-type: a mapping or absent is needed here, this is nothing: write {} if there is nothing to set"]),
    (HEAD + "    dmarc: absnt\n", ["4:12: wrong-value: 'absnt' is not possible here: did you mean absent?"]),
    (HEAD + "    dmarc: reject\n", ["4:12: wrong-value: 'reject' is not possible here: write absent or a mapping"]),
    (HEAD + "    dmarc: {}\n", ["4:5: missing-key: 'policy' is missing here: p: what to do with mail that fails"]),
    (HEAD + "    dmarc: {policy: none, testing: yes, reports: mailto:a, certificate: 5}\n",
     ["4:36: wrong-type: true or false is needed here, this is the text 'yes': write true",
      "4:50: wrong-type: a list is needed here, this is the text 'mailto:a': write [\"mailto:a\"]",
      "4:73: wrong-type: text is needed here, this is the number 5: put it in quotes"]),
    (HEAD + "    dmarc: {policy: 1, testing: off, reports: [true, ab], share: 2}\n",
     ["4:21: wrong-value: 1 is not possible here: write none, quarantine or reject", "4:33: wrong-type: true or false is needed here, this is the text 'off': write false",
      "4:48: wrong-type: text is needed here, this is true: put it in quotes", "4:54: out-of-range: write at least 3 characters here, not 2",
      "4:66: out-of-range: a number of more than 0 and less than 2 is needed here, this is 2"]),
    (HEAD + "    dmarc: {policy: none, options: [2, d, D, 1, 1.0], polcy: x}\n",
     ["4:37: wrong-value: 2 is not possible here: write 0, 1 or d", "4:43: wrong-value: 'D' is not possible here: did you mean d?",
      "4:49: wrong-value: 1.0 is not possible here: write 0, 1 or d", "4:55: unknown-key: 'polcy' is not a key here: did you mean policy?"]),
    (HEAD + "    mta_sts: {max_age: 1w, id: A1}\n",
     ["4:24: wrong-type: a whole number is needed here, this is the text '1w': write the number of seconds, 604800",
      "4:32: wrong-value: 'A1' is not written as it must be: The id"]),
    (HEAD + "    mta_sts: {max_age: 0}\n", ["4:24: out-of-range: a number of at least 1 is needed here, this is 0"]),
    (HEAD + "    mta_sts: {max_age: 13}\n", ["4:14: wrong-value: 13 brings bad luck"]),
    (HEAD + "    dkim: {s1: revokd, s2: {}, s3: 5, s4: {file: [a]}}\n",
     ["4:16: wrong-value: 'revokd' is not possible here: did you mean revoked?", "4:24: missing-key: 'file' is missing here",
      "4:36: wrong-type: a mapping or revoked is needed here, this is the number 5", "4:50: wrong-type: text is needed here, this is a list"]),
    (HEAD + "    dkim: [s1]\n", ["4:11: wrong-type: a mapping or absent is needed here, this is a list"]),
    (HEAD + "    mx: {}\n", ["4:9: wrong-type: a list, null_mx or absent is needed here, this is a mapping"]),
    (HEAD + "    mx: nul_mx\n", ["4:9: wrong-value: 'nul_mx' is not possible here: did you mean null_mx?"]),
    (HEAD + "    mx: []\n", ["4:9: out-of-range: write at least 1 item here, not 0"]),
    (HEAD + "    mx:\n      - {preference: a, host: mx.example.com}\n      - {host: 'a'}\n      - 5\n",
     ["5:7: out-of-range: write at most 2 items here, not 3", "5:22: wrong-type: a whole number is needed here, this is the text 'a'",
      "5:31: out-of-range: write at most 8 characters here, not 14", "6:9: missing-key: 'preference' is missing here",
      "7:9: wrong-type: a mapping is needed here, this is the number 5"]),
]  # fmt: skip


def told(decoded: Decoded) -> list[str]:
    return [f"{one.span.line}:{one.span.column}: {one.rule}: {one.message}" for one in decoded.diagnostics]


def checked(text: str) -> Decoded:
    return check(parse("f.yaml", text), SHAPES)


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_everything_wrong_is_told_at_once(text: str, expected: list[str]) -> None:
    assert told(checked(text)) == expected


FULL = """\
version: 1
dns_host: {zonefile: {zones: {example.com: zones/a}}}
ttl: 300
receivers: [yahoo, gmail]
defaults:
  dmarc: {policy: none, reports: [mailto:a@example.com]}
  dkim: {shared: {file: shared.pem}}
domains:
  Example.com:
    dmarc: {policy: reject}
    dkim: {own: revoked}
    mx: null_mx
    web_host: {directory: {}}
  example.net: parked
  example.org:
    profile: parked
    dns_host: {route53: {}}
    ttl: 60
    mx: [{preference: 1, host: a}]
    dmarc: absent
    dkim: {}
    receivers: []
"""


def test_defaults_profile_and_shared_settings_are_worked_in() -> None:
    decoded = checked(FULL)
    assert decoded.diagnostics == ()
    com, net, org = decoded.domains
    zonefile = ("zonefile", Host(zones={"example.com": "zones/a"}))
    assert (com.name, com.route, com.parked, com.ttl, com.has_errors) == ("example.com", ("domains", "Example.com"), False, 300, False)
    assert com.shapes == {
        "dkim": {"shared": Key(file="shared.pem"), "own": "revoked"},
        "dmarc": Dmarc(policy="reject", reports=("mailto:a@example.com",)),
        "mx": "null_mx",
    }
    assert list(com.shapes) == ["dkim", "dmarc", "mx"]
    assert (com.profile_sections, com.dns_host, com.web_host) == ({}, zonefile, ("directory", Plain()))
    assert (net.name, net.parked, net.ttl, net.shapes) == ("example.net", True, 300, {})
    assert (net.profile_sections, net.dns_host, net.web_host) == ({"dmarc": ABSENT, "mx": ABSENT}, zonefile, None)
    assert (org.parked, org.ttl, org.dns_host) == (True, 60, ("route53", Plain()))
    assert [one.receivers for one in decoded.domains] == [("yahoo", "gmail"), ("yahoo", "gmail"), ()]
    assert org.shapes == {"dkim": {"shared": Key(file="shared.pem")}, "dmarc": ABSENT, "mx": (Pair(preference=1, host="a"),)}
    assert org.profile_sections == {}


def test_a_domain_with_errors_hides_nothing_of_the_others() -> None:
    decoded = checked(
        "version: 1\nttl: x\ndns_host: {route53: {}}\ndomains:\n  a.example: {ttl: 1}\n  b.example: {mx: null_mx, dns_host: {route53: {}}}\n"
    )
    assert [(one.name, one.has_errors, dict(one.shapes)) for one in decoded.domains] == [
        ("a.example", True, {}),
        ("b.example", False, {"mx": "null_mx"}),
    ]
    assert [(one.rule, one.domains, one.route) for one in decoded.diagnostics] == [
        ("wrong-type", (), ("ttl",)),
        ("out-of-range", ("a.example",), ("domains", "a.example", "ttl")),
    ]


def test_what_is_wrong_under_defaults_is_told_once_for_all_domains() -> None:
    text = "version: 1\ndefaults: {dmarc: {testing: 1}}\ndomains:\n  a.example: {dmarc: {policy: none}}\n  b.example: {dmarc: {policy: none, testing: true}}\n"
    decoded = checked(text + "  c.example: {dmarc: {policy: none}}\n")
    assert told(decoded) == ["2:29: wrong-type: true or false is needed here, this is the number 1"]
    assert (decoded.diagnostics[0].domains, decoded.diagnostics[0].route) == (("a.example", "c.example"), ("defaults", "dmarc", "testing"))
    assert [one.has_errors for one in decoded.domains] == [True, False, True]


def test_problems_of_the_yaml_are_told_too() -> None:
    decoded = checked("version: 1\nversion: 2\ndomains: {a.example: prked}\n")
    assert told(decoded) == [
        "2:1: duplicate-key: 'version' is already set on line 1: keep one of the two",
        "3:22: wrong-value: 'prked' is not possible here: did you mean parked?",
    ]


def test_what_cannot_be_read_is_not_checked() -> None:
    decoded = checked("version: 1\ndomains: '\n")
    assert decoded.domains == ()
    assert told(decoded) == ["2:10: yaml-syntax: The quoted text that begins here does not end: close the quotes"]


def test_a_fault_that_only_the_decoder_sees_is_told_where_it_says() -> None:
    shapes = Shapes(sections={"dated": Dated, "named": dict[str, dt.date]}, dns_hosts={}, web_hosts={})
    text = "version: 1\ndomains:\n  a.example: {dated: {days: [2024-01-01, today]}}\n  b.example: {named: {x: never}}\n"
    assert told(check(parse("f.yaml", text), shapes)) == [
        "3:42: wrong-value: Invalid RFC3339 encoded date",
        "4:22: wrong-value: Invalid RFC3339 encoded date",
    ]


OTHER_SCHEMAS: list[tuple[dict[str, Any], object, list[str]]] = [
    ({"type": "array", "uniqueItems": True}, [1, 1], ["[1, 1] has non-unique elements"]),
    ({"exclusiveMinimum": 3}, 3, ["a number of more than 3 is needed here, this is 3"]),
    ({"enum": ["a"]}, "x" * 100, ["'" + "x" * 59 + "... is not possible here: write a"]),
    ({"type": "array"}, "x" * 100, ["a list is needed here, this is the text '" + "x" * 59 + "..."]),
    ({"anyOf": [{"type": "string", "minLength": 2}, {"anyOf": [{"type": "integer"}, {"enum": [True]}]}]}, "a", ["write at least 2 characters here, not 1"]),
    ({"anyOf": [{"type": "string"}, {"anyOf": [{"type": "integer"}, {"enum": [True]}]}]}, False, ["false is not possible here: write true or a whole number"]),
    ({"anyOf": [{"type": "string"}, {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]}], "$defs": {"n": {"type": "number"}}}, [], ["text or a number is needed here, this is a list"]),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value", "expected"), OTHER_SCHEMAS)
def test_any_schema_can_be_explained(schema: dict[str, Any], value: object, expected: list[str]) -> None:
    assert [one.message for one in Explainer(schema, lambda _route: None).violations(value)] == expected


KEYS = st.sampled_from([*SHAPES.sections, "version", "domains", "defaults", "ttl", "dns_host", "a.example"]) | st.text(max_size=3)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(DATA)
def test_no_data_raises(data: Any) -> None:
    document = Document(path="f.yaml", text="", data=data)
    decoded = check(document, SHAPES)
    assert all(one.message and document.has(one.route) for one in decoded.diagnostics)
    inside = check(Document(path="f.yaml", text="", data={"version": 1, "domains": {"a.example": data}, "defaults": data}), SHAPES)
    assert len(inside.domains) == 1
