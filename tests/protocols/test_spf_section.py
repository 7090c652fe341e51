"""The section `spf` of the file: its shape, what it renders and claims, what is dangerous in a change."""

from typing import Any

import msgspec
import pytest

from emailauth.core.claim import Claim
from emailauth.core.posture import Domain, Section
from emailauth.core.record import Record, Stage
from emailauth.core.transition import Transition
from emailauth.protocols import modules, spf


def section(data: object) -> spf.Spf:
    return spf.section(msgspec.convert(data, spf.Spf))


def domain(ttl: int | None = None) -> Domain:
    return Domain(name="example.com", route=("domains", "example.com"), sections={}, ttl=ttl)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "v=spf1"),
        ({"otherwise": "fail"}, "v=spf1 -all"),
        ({"otherwise": "softfail"}, "v=spf1 ~all"),
        ({"allow": ["mx"], "otherwise": "neutral"}, "v=spf1 mx ?all"),
        ({"allow": ["+MX", "IP4:192.0.2.17/24", "-a"], "otherwise": "fail"}, "v=spf1 +MX IP4:192.0.2.17/24 -a -all"),
        ({"redirect": "_spf.example.com"}, "v=spf1 redirect=_spf.example.com"),
        (
            {"redirect": "_spf.example.com", "explanation": "why.example.com", "allow": ["a"]},
            "v=spf1 a exp=why.example.com redirect=_spf.example.com",
        ),
        ({"allow": ["ipv4:192.0.2.1", "\u2013all", "x y"]}, "v=spf1 ipv4:192.0.2.1 \u2013all x y"),
    ],
)
def test_the_record_is_what_the_section_says(data: dict[str, Any], text: str) -> None:
    assert list(section(data).records(domain(ttl=300))) == [
        Record(name="example.com", type="TXT", value=text, domain="example.com", kind="spf", stage=Stage.RECORDS, ttl=300)
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"otherwise": "pass"}, "Invalid enum value 'pass' - at `$.otherwise`"),
        ({"otherwise": None}, "Expected `str`, got `null` - at `$.otherwise`"),
        ({"allow": "mx"}, "Expected `array`, got `str` - at `$.allow`"),
        ({"allow": [""]}, "Expected `str` of length >= 1 - at `$.allow[0]`"),
        ({"redirect": ""}, "Expected `str` of length >= 1 - at `$.redirect`"),
        ({"all": "-"}, "Object contains unknown field `all`"),
    ],
)
def test_what_the_shape_refuses(data: dict[str, Any], message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as e:
        section(data)
    assert str(e.value) == message


def test_each_term_knows_its_place_in_the_file() -> None:
    one = section(
        {"allow": ["mx", " a  ptr ", "ip4:192.0.2.1"], "otherwise": "fail", "redirect": "example.net", "explanation": "example.org"}
    )
    record = one.record
    assert [(term.text, record.place(term), record.item(term)) for term in record.terms] == [
        ("mx", ("allow", 0), ("allow", 0)),
        ("a", ("allow", 1), None),
        ("ptr", ("allow", 1), None),
        ("ip4:192.0.2.1", ("allow", 2), ("allow", 2)),
        ("-all", ("otherwise",), None),
        ("exp=example.org", ("explanation",), None),
        ("redirect=example.net", ("redirect",), None),
    ]


def test_rules_judge_the_record() -> None:
    one = section({"allow": ["mx", "moo"], "otherwise": "fail"})
    assert list(one.subjects(domain())) == [(one.record, ())]


def test_it_claims_spf_records_and_no_other_text() -> None:
    claim = Claim(name="example.com", type="TXT", domain="example.com", kind="spf", recognises=spf.is_record)
    assert list(section({}).claims("example.com")) == [claim]
    assert list(spf.absent_claims("example.com")) == [claim]


def test_it_asks_for_nothing_else() -> None:
    one = section({"allow": ["mx"]})
    assert (list(one.hosted_files(domain())), list(one.paths()), one.mail_hosts()) == ([], [], None)


def test_a_parked_domain_sends_nothing() -> None:
    assert [record.value for record in spf.PARKED.records(domain())] == ["v=spf1 -all"]


def test_the_module_keeps_the_contract_of_protocols() -> None:
    module = modules()["spf"]
    assert isinstance(module.PARKED, Section)
    assert module.absent_urls("example.com") == {}
    assert spf.Spf.KEY == "spf"
    assert set(module.INSTEAD).isdisjoint(spf.Spf.__struct_fields__)


EVERYONE = "the SPF record of example.com will let mail from every host pass, forged mail included"
REMOVED = "example.com will have no SPF record: receivers no longer tell its own mail from forged mail by SPF"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), ("v=spf1 -all",), []),
        (("v=spf1 mx -all",), ("v=spf1 a ~all",), []),
        (("v=spf1 -all",), (), [("remove-spf", REMOVED)]),
        ((), (), []),
        (("v=spf1 -all",), ("v=spf1 +all",), [("allow-everyone", EVERYONE)]),
        ((), ("v=spf1 all",), [("allow-everyone", EVERYONE)]),
        (("v=spf1 -all",), ("v=spf1 ip4:0.0.0.0/0 -all",), [("allow-everyone", EVERYONE)]),
        (("v=spf1 mx +all",), ("v=spf1 a +all",), []),
        (("v=spf1 +all",), ("v=spf1 -all",), []),
        (("v=spf1 moo",), ("v=spf1 mx -all",), []),
        (("v=spf1 +all", "v=spf1 -all"), ("v=spf1 +all",), []),
    ],
)
def test_dangers(before: tuple[str, ...], after: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    transition = Transition(domain="example.com", before={"spf": before} if before else {}, after={"spf": after} if after else {})
    found = list(spf.dangers(transition))
    assert [(danger.name, danger.message) for danger in found] == expected
    assert all(danger.domain == "example.com" and danger.name in spf.DANGERS for danger in found)
