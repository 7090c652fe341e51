"""The section `dmarc`: what it renders, what it claims, what its schema takes."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.posture import Domain, Section
from emailauth.core.record import Record
from emailauth.protocols import dmarc

DOMAIN = Domain(name="example.com", route=("domains", "example.com"), sections={})


def section(**said: object) -> dmarc.Dmarc:
    return dmarc.section(msgspec.convert(said, dmarc.Shape))


def text(**said: object) -> str:
    return dmarc.render(section(**said).record)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"policy": "none"}, "v=DMARC1; p=none"),
        ({"policy": "quarantine", "subdomain_policy": "reject"}, "v=DMARC1; p=quarantine; sp=reject"),
        ({"nonexistent_subdomain_policy": "reject", "policy": "none"}, "v=DMARC1; p=none; np=reject"),
        # What is said is rendered, defaults included; what is not said is not.
        ({"policy": "reject", "testing": False, "dkim_alignment": "relaxed"}, "v=DMARC1; p=reject; t=n; adkim=r"),
        ({"policy": "reject", "testing": True, "spf_alignment": "strict"}, "v=DMARC1; p=reject; t=y; aspf=s"),
        ({"policy": "reject", "public_suffix_domain": False}, "v=DMARC1; p=reject; psd=n"),
        ({"policy": "reject", "public_suffix_domain": True}, "v=DMARC1; p=reject; psd=y"),
        (
            {"policy": "none", "aggregate_reports": ["mailto:a@example.com", "mailto:b@example.com"]},
            "v=DMARC1; p=none; rua=mailto:a@example.com,mailto:b@example.com",
        ),
        (
            {"policy": "none", "failure_reports": ["mailto:a@example.com"], "failure_options": [1, "d", "s"]},
            "v=DMARC1; p=none; ruf=mailto:a@example.com; fo=1:d:s",
        ),
        ({"policy": "none", "aggregate_reports": [], "failure_reports": [], "failure_options": []}, "v=DMARC1; p=none"),
    ],
)
def test_the_record_of_a_section(said: dict[str, Any], expected: str) -> None:
    assert text(**said) == expected
    assert dmarc.parse(expected).problems == ()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"policy": "banana"},
        {"policy": "none", "pct": 50},
        {"policy": "none", "failure_options": [2]},
        {"policy": "none", "failure_options": [True]},
        {"policy": "none", "dkim_alignment": "s"},
        {"policy": "none", "subdomain_policy": None},
        {"policy": "none", "aggregate_reports": "mailto:a@example.com"},
    ],
)
def test_what_the_shape_refuses(said: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        section(**said)


POLICIES = st.sampled_from(["none", "quarantine", "reject"])


@given(
    policy=POLICIES,
    rest=st.fixed_dictionaries(
        {},
        optional={
            "subdomain_policy": POLICIES,
            "nonexistent_subdomain_policy": POLICIES,
            "testing": st.booleans(),
            "dkim_alignment": st.sampled_from(["relaxed", "strict"]),
            "public_suffix_domain": st.booleans(),
            "aggregate_reports": st.lists(st.sampled_from(["mailto:a@example.com", "https://example.net/x"]), max_size=3),
        },
    ),
)
@settings(max_examples=200)
def test_receivers_read_what_the_section_says(policy: str, rest: dict[str, object]) -> None:
    made = section(policy=policy, **rest)
    rendered = dmarc.render(made.record)
    assert dmarc.parse(rendered) == made.record
    assert dmarc.applied([rendered]) == made.applied


def test_the_dns_record_and_the_claim() -> None:
    made = section(policy="reject")
    assert isinstance(made, Section)
    assert list(made.records(DOMAIN)) == [
        Record(name="_dmarc.example.com", type="TXT", value="v=DMARC1; p=reject", domain="example.com", kind="dmarc")
    ]
    claims = list(made.claims("example.com"))
    assert [(claim.name, claim.type, claim.kind, claim.below) for claim in claims] == [("_dmarc.example.com", "TXT", "dmarc", False)]
    assert claims[0].recognises("v=DMARC1; p=none")
    assert not claims[0].recognises("some-verification=1")
    assert list(dmarc.absent_claims("example.com")) == claims


def test_it_has_nothing_else() -> None:
    made = section(policy="reject")
    assert list(made.hosted_files(DOMAIN)) == []
    assert list(made.paths()) == []
    assert list(made.subjects(DOMAIN)) == []
    assert made.mail_hosts() is None
    assert dmarc.absent_urls("example.com") == {}


def test_a_parked_domain_rejects_everything_below_it_too() -> None:
    parked = dmarc.PARKED
    assert dmarc.render(parked.record) == "v=DMARC1; p=reject; adkim=s; aspf=s"
    assert parked.applied == dmarc.Applied(policy="reject", subdomain="reject", nonexistent="reject")


def test_the_tags_of_the_standard_and_the_removed_ones_have_a_hint() -> None:
    assert set(dmarc.INSTEAD) >= {"p", "sp", "np", "t", "adkim", "aspf", "rua", "ruf", "fo", "psd", "v", "pct", "rf", "ri"}
    assert not set(dmarc.INSTEAD) & {field.name for field in msgspec.structs.fields(dmarc.Shape)}


def test_every_setting_is_described_for_editors() -> None:
    schema = msgspec.json.schema(dmarc.Shape)["$defs"]["Dmarc"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["policy"]
    assert all(setting["description"] and setting["examples"] for setting in schema["properties"].values())
