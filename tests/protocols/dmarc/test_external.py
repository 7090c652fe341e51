"""Whether reports may go to somebody else's domain (RFC 9990 section 4), and the records that a file's own domains need for it."""

from typing import Any

import msgspec
import pytest

from emailauth.core.names import normalise
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.core.question import Status
from emailauth.core.record import Record as DnsRecord
from emailauth.protocols import dmarc
from emailauth.protocols.dmarc import Destination, authorisation_name, is_external, report_authorisations, verify
from tests.protocols.dmarc.asking import Table, ask, asked

NONE = "v=DMARC1; p=none"
URI = "mailto:reports@red.example.net"
NAME = "blue.example.com._report._dmarc.red.example.net"


def test_the_name_of_the_standards_example() -> None:
    assert authorisation_name("blue.example.com", "red.example.net") == NAME
    assert normalise(NAME) == NAME


def test_a_name_too_long_for_dns_can_hold_no_authorisation() -> None:
    domain, host = ".".join(["a" * 60] * 2), ".".join(["b" * 60] * 2)
    assert authorisation_name(domain, host) is None
    found = ask(verify(domain, [f"mailto:x@{host}"], "rua"), {})
    assert [(one.is_authorised, one.why) for one in found] == [(False, f"the name where {host} would have to agree is too long for DNS")]


@pytest.mark.parametrize(
    ("domain", "host", "table", "expected"),
    [
        ("example.com", "example.com", {}, False),
        ("example.com", "reports.example.com", {"_dmarc.example.com": NONE}, False),
        ("news.example.com", "reports.example.com", {"_dmarc.example.com": NONE, "_dmarc.news.example.com": NONE}, False),
        ("example.com", "example.net", {"_dmarc.example.com": NONE, "_dmarc.example.net": NONE}, True),
        # A walk decides it, and no list of suffixes: below psd=y, and apart by psd=n.
        ("a.bank.example", "b.bank.example", {"_dmarc.bank.example": f"{NONE}; psd=y"}, True),
        ("a.bank.example", "b.bank.example", {"_dmarc.bank.example": NONE}, False),
        ("example.com", "r.example.com", {"_dmarc.example.com": NONE, "_dmarc.r.example.com": f"{NONE}; psd=n"}, True),
    ],
)
def test_what_is_external(domain: str, host: str, table: Table, *, expected: bool) -> None:
    assert ask(is_external(domain, host), table) is expected


def verified(table: Table, uri: str = URI, tag: str = "rua") -> Destination:
    assert tag in {"rua", "ruf"}
    (found,) = ask(verify("blue.example.com", [uri], "rua" if tag == "rua" else "ruf"), {"_dmarc.blue.example.com": NONE, **table})
    return found


@pytest.mark.parametrize(
    ("records", "sent_to"),
    [
        ("v=DMARC1", [URI]),
        ("v=DMARC1;", [URI]),
        ("v=DMARC1; p=none", [URI]),
        # At least one that passes is enough; others are discarded.
        (["v=spf1 -all", "v=DMARC1"], [URI]),
        (["v=DMARC1", "v=DMARC1"], [URI]),
        ("v=DMARC1; rua=mailto:new@red.example.net", ["mailto:new@red.example.net"]),
        ("v=DMARC1; rua=mailto:a@red.example.net!10m , mailto:b@RED.example.net", ["mailto:a@red.example.net", "mailto:b@RED.example.net"]),
        # Another tag's, and what is no URI, changes nothing.
        ("v=DMARC1; ruf=mailto:new@red.example.net", [URI]),
        ("v=DMARC1; rua=nobody", [URI]),
    ],
)
def test_a_destination_that_agrees(records: str | list[str], sent_to: list[str]) -> None:
    found = verified({NAME: records})
    assert (found.host, found.name, found.is_authorised, list(found.sent_to)) == ("red.example.net", NAME, True, sent_to)


def test_failure_reports_have_an_override_of_their_own() -> None:
    """The example of RFC 9989 appendix B.2.4."""
    record = "v=DMARC1; rua=mailto:aggregate-reports@red.example.net; ruf=mailto:failure-reports@red.example.net"
    assert verified({NAME: record}, tag="ruf").sent_to == ("mailto:failure-reports@red.example.net",)
    assert verified({NAME: record}).sent_to == ("mailto:aggregate-reports@red.example.net",)


@pytest.mark.parametrize(
    ("records", "why"),
    [
        (
            Status.NXDOMAIN,
            f"red.example.net does not say that it takes reports on blue.example.com: there is no record at {NAME} that begins with v=DMARC1",
        ),
        (
            ["v=dmarc1", "p=none; v=DMARC1"],
            f"red.example.net does not say that it takes reports on blue.example.com: there is no record at {NAME} that begins with v=DMARC1",
        ),
        (
            "v=DMARC1; rua=mailto:a@red.example.net,mailto:victim@example.org",
            f"the record at {NAME} sends the reports on to mailto:victim@example.org, which is not of red.example.net: then nobody gets them",
        ),
        (
            "v=DMARC1; rua=mailto:a@other.red.example.net",
            (
                f"the record at {NAME} sends the reports on to mailto:a@other.red.example.net, which is not of red.example.net: "
                "then nobody gets them"
            ),
        ),
    ],
)
def test_a_destination_that_does_not_agree(records: str | list[str] | Status, why: str) -> None:
    found = verified({NAME: records})
    assert (found.is_authorised, found.sent_to, found.why) == (False, (), why)


@pytest.mark.parametrize(("name", "place"), [("_dmarc.net", None), (NAME, NAME)])
def test_without_an_answer_nothing_is_known(name: str, place: str | None) -> None:
    found = verified({name: Status.SERVFAIL})
    assert (found.is_authorised, found.name, found.why) == (None, place, f"TXT of {name} is not known (servfail)")


def test_a_destination_of_the_same_organization_needs_no_record() -> None:
    table: Table = {"_dmarc.example.com": NONE}
    found = verified(table, "mailto:dmarc@example.com!10m")
    assert (found.name, found.is_authorised, found.uri, found.sent_to) == (
        None,
        True,
        "mailto:dmarc@example.com",
        ("mailto:dmarc@example.com",),
    )
    assert found.why == "example.com is of the same Organizational Domain as blue.example.com"


def test_a_text_without_a_host_gets_nothing() -> None:
    assert verified({}, "dmarc@example.com") == Destination(
        uri="dmarc@example.com", host=None, is_authorised=False, why="no report can arrive there"
    )


def test_it_asks_for_two_walks_and_one_record() -> None:
    assert asked(verify("example.com", ["mailto:a@example.com", "mailto:a@example.net"], "rua"), {}) == [
        "_dmarc.example.com",
        "_dmarc.com",
        "_dmarc.example.net",
        "_dmarc.net",
        "example.com._report._dmarc.example.net",
    ]


def section(said: Any) -> dmarc.Dmarc:
    return dmarc.section(msgspec.convert(said, dmarc.Shape))


def planned(**domains: Any) -> dict[str, tuple[DnsRecord, ...]]:
    """By domain of the file; names of domains have an underscore for the dot."""
    made = []
    for key, said in domains.items():
        name = key.replace("_", ".")
        sections = {} if said is None else {"dmarc": ABSENT if said == "absent" else section(said)}
        made.append(Domain(name=name, route=("domains", name), sections=sections))
    return dict(report_authorisations(Posture(domains=tuple(made))))


def authorisation(name: str, domain: str, kind: str) -> DnsRecord:
    return DnsRecord(name=name, type="TXT", value="v=DMARC1", domain=domain, kind=kind)


REJECT = {"policy": "reject"}
TO_NET = {"policy": "reject", "aggregate_reports": ["mailto:dmarc@reports.example.net", "mailto:other@reports.example.net"]}


def test_the_record_that_another_domain_of_the_file_needs() -> None:
    assert planned(example_com=TO_NET, example_net=REJECT) == {
        "example.net": (
            authorisation("example.com._report._dmarc.reports.example.net", "example.net", "dmarc/report/example.com/reports.example.net"),
        )
    }


def test_one_record_for_each_domain_and_host() -> None:
    both = {
        "policy": "reject",
        "aggregate_reports": ["mailto:a@example.net", "mailto:a@example.com"],
        "failure_reports": ["https://x.example.net/"],
    }
    assert planned(example_net=REJECT, example_com=both, example_org=TO_NET) == {
        "example.net": (
            authorisation("example.com._report._dmarc.example.net", "example.net", "dmarc/report/example.com/example.net"),
            authorisation("example.com._report._dmarc.x.example.net", "example.net", "dmarc/report/example.com/x.example.net"),
            authorisation("example.org._report._dmarc.reports.example.net", "example.net", "dmarc/report/example.org/reports.example.net"),
        )
    }


@pytest.mark.parametrize(
    "domains",
    [
        # The destination is in no domain of the file, or in one whose DMARC records are none of its business.
        {"example_com": TO_NET},
        {"example_com": TO_NET, "example_net": None},
        {"example_com": TO_NET, "example_net": "absent"},
        # Its own, or of the same Organizational Domain.
        {"example_com": {"policy": "none", "aggregate_reports": ["mailto:a@example.com", "mailto:a@reports.example.com"]}},
        {"news_example_com": {"policy": "none", "aggregate_reports": ["mailto:a@example.com"]}, "example_com": REJECT},
        # Reports that can arrive nowhere.
        {"example_com": {"policy": "none", "aggregate_reports": ["dmarc@example.net", "mailto:example.net"]}, "example_net": REJECT},
        {"example_com": "absent", "example_net": REJECT},
    ],
)
def test_where_no_record_is_needed_or_can_be_planned(domains: dict[str, Any]) -> None:
    assert planned(**domains) == {}


def test_its_value_is_recognised_as_ours() -> None:
    assert dmarc.RECOGNISES["TXT"](dmarc.AUTHORISATION)
    assert not dmarc.RECOGNISES["TXT"]("example-verification=1")


def test_a_domain_apart_by_psd_n_is_external() -> None:
    apart = {"policy": "none", "public_suffix_domain": False, "aggregate_reports": ["mailto:a@example.com"]}
    assert planned(b_example_com=apart, example_com=REJECT) == {
        "example.com": (authorisation("b.example.com._report._dmarc.example.com", "example.com", "dmarc/report/b.example.com/example.com"),)
    }


def test_what_receivers_ask_for_is_what_is_planned() -> None:
    """The check of a receiver that sees what the plan publishes comes to yes."""
    (record,) = planned(example_com=TO_NET, example_net=REJECT)["example.net"]
    table: Table = {
        "_dmarc.example.com": dmarc.render(section(TO_NET).record),
        "_dmarc.example.net": dmarc.render(section(REJECT).record),
        record.name: record.value,
    }
    found = ask(verify("example.com", TO_NET["aggregate_reports"], "rua"), table)
    assert [one.is_authorised for one in found] == [True, True]
