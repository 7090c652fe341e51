"""The section `mx`: its shape, what it renders and claims, what is dangerous in a change, and its rules."""

from typing import Any

import msgspec
import pytest

from emailauth.core.claim import Claim, every_value
from emailauth.core.diagnostic import Route
from emailauth.core.posture import Domain, Posture, Section
from emailauth.core.record import Stage
from emailauth.core.transition import Transition
from emailauth.lint import engine
from emailauth.lint.rules import all_rules
from emailauth.protocols import modules, mx
from emailauth.protocols.spf import Spf

RULES = {rule.id: rule for rule in all_rules().values() if rule.protocol == "mx"}


def section(data: object) -> mx.Mx:
    return mx.section(msgspec.convert(data, mx.Shape))


def hosts(*names: str) -> mx.Mx:
    return section([{"preference": 10 * (i + 1), "host": name} for i, name in enumerate(names)])


def domain(**sections: Section) -> Domain:
    return Domain(name="example.com", route=("domains", "example.com"), sections=sections, ttl=300)


@pytest.mark.parametrize(
    ("data", "values", "mail_hosts"),
    [
        ("null_mx", ["0 ."], ()),
        ([{"preference": 10, "host": "mx1.example.com"}], ["10 mx1.example.com."], ("mx1.example.com",)),
        ([{"preference": 0, "host": "MX1.Example.COM."}], ["0 mx1.example.com."], ("mx1.example.com",)),
        (
            [{"preference": 20, "host": "b.example.net"}, {"preference": 10, "host": "a.example.net"}],
            ["20 b.example.net.", "10 a.example.net."],
            ("b.example.net", "a.example.net"),
        ),
        (
            [{"preference": 1, "host": "a.example.net"}, {"preference": 2, "host": "A.example.net"}],
            ["1 a.example.net.", "2 a.example.net."],
            ("a.example.net",),
        ),
        ([{"preference": 65535, "host": "M\u00fcller..Example"}], ["65535 m\u00fcller..example."], ("m\u00fcller..example",)),
    ],
)
def test_records_and_mail_hosts(data: object, values: list[str], mail_hosts: tuple[str, ...]) -> None:
    one = section(data)
    records = list(one.records(domain()))
    assert [record.value for record in records] == values
    assert {(r.name, r.type, r.domain, r.kind, r.stage, r.ttl) for r in records} == {
        ("example.com", "MX", "example.com", "mx", Stage.MAIL_ROUTES, 300)
    }
    assert one.mail_hosts() == mail_hosts
    assert domain(mx=one).mail_hosts == mail_hosts


@pytest.mark.parametrize(
    "data",
    [
        [],
        "nullmx",
        None,
        {"null_mx": True},
        ["mx1.example.com"],
        [{"host": "mx1.example.com"}],
        [{"preference": 65536, "host": "mx1.example.com"}],
        [{"preference": -1, "host": "mx1.example.com"}],
        [{"preference": "10", "host": "mx1.example.com"}],
        [{"preference": 10, "host": ""}],
        [{"preference": 10, "host": "mx1.example.com", "ttl": 300}],
    ],
    ids=str,
)
def test_what_the_shape_refuses(data: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        section(data)


def test_it_claims_the_whole_set() -> None:
    claim = Claim(name="example.com", type="MX", domain="example.com", kind="mx", recognises=every_value, stage=Stage.MAIL_ROUTES)
    assert list(section("null_mx").claims("example.com")) == [claim]
    assert list(mx.absent_claims("example.com")) == [claim]


def test_it_asks_for_nothing_else() -> None:
    one = hosts("mx1.example.com")
    assert (list(one.hosted_files(domain())), list(one.paths())) == ([], [])


def test_a_parked_domain_has_a_null_mx() -> None:
    assert section("null_mx") == mx.PARKED


def test_the_module_keeps_the_contract_of_protocols() -> None:
    module = modules()["mx"]
    assert isinstance(module.PARKED, Section)
    assert module.absent_urls("example.com") == {}
    assert mx.Mx.KEY == "mx"
    assert set(module.INSTEAD).isdisjoint(mx.MailHost.__struct_fields__)
    assert module.RECOGNISES["MX"]("10 mx1.example.com.")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), ("10 a.example.net.",), []),
        ((), ("0 .",), []),
        (("0 .",), ("10 a.example.net.",), []),
        (("0 .",), (), []),
        (("10 a.example.net.",), ("20 A.example.net.",), []),
        (("10 a.example.net.",), ("10 a.example.net.", "20 b.example.net."), []),
        (
            ("10 a.example.net.", "20 b.example.net."),
            ("10 a.example.net.",),
            [("remove-mx", "mail for example.com will no longer go to b.example.net")],
        ),
        (
            ("20 b.example.net.", "10 a.example.net."),
            (),
            [("remove-mx", "mail for example.com will no longer go to a.example.net, b.example.net")],
        ),
        (
            ("10 a.example.net.",),
            ("0 .",),
            [("null-mx", "example.com will say that it receives no mail, which now goes to a.example.net")],
        ),
    ],
)
def test_dangers(before: tuple[str, ...], after: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    transition = Transition(domain="example.com", before={"mx": before} if before else {}, after={"mx": after} if after else {})
    found = list(mx.dangers(transition))
    assert [(danger.name, danger.message) for danger in found] == expected
    assert all(danger.domain == "example.com" and danger.name in mx.DANGERS for danger in found)


# --------------------------------------------------------------------------------------------------------- rules


def findings(**sections: Section) -> list[tuple[str, Route, str]]:
    raised = engine.run(Posture(domains=(domain(**sections),)), RULES)
    return [(one.rule.id, one.at[2:], one.message) for one in raised]


def fixes(one: mx.Mx) -> list[tuple[Route, object]]:
    raised = engine.run(Posture(domains=(domain(mx=one),)), RULES)
    return [(r.fix.at[2:], None if r.fix.remove else r.fix.value) for r in raised if r.fix]


@pytest.mark.parametrize(
    "names",
    [
        ["mx1.example.com"],
        ["mx1.example.com.", "MX2.example.com"],
        ["example-com.mail.protection.example.net"],
        ["1.2.mx.example"],
        ["mx.xn--bcher-kva.example"],
        ["local.example.com"],
    ],
)
def test_good_hosts_are_left_alone(names: list[str]) -> None:
    assert findings(mx=hosts(*names)) == []


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("192.0.2.25", "192.0.2.25 is an address, and an MX record names a host: give it a name with an A or AAAA record"),
        ("[2001:db8::25]", "[2001:db8::25] is an address, and an MX record names a host: give it a name with an A or AAAA record"),
        ("mx1", "'mx1' is no fully qualified host name"),
        ("mx_1.example.com", "'mx_1.example.com' is no fully qualified host name"),
        ("mx1.example.com:25", "'mx1.example.com:25' is no fully qualified host name"),
        ("smtp://mx1.example.com", "'smtp://mx1.example.com' is no fully qualified host name"),
        ("-mx.example.com", "'-mx.example.com' is no fully qualified host name"),
        ("mx..example.com", "'mx..example.com' is not a domain name: A DNS label is empty."),
        ("@", "'@' names no domain"),
        ("localhost", "'localhost' is no fully qualified host name"),
    ],
)
def test_hosts_that_are_none(host: str, message: str) -> None:
    assert findings(mx=hosts("mx1.example.com", host)) == [("mx-host-name", ("mx", 1, "host"), message)]


def test_a_dot_is_a_null_mx() -> None:
    message = "'.' says that the domain receives no mail: that is mx: null_mx, and no other host beside it"
    assert findings(mx=hosts(".")) == [("mx-host-name", ("mx", 0, "host"), message)]
    assert fixes(hosts(".")) == [(("mx",), "null_mx")]
    assert findings(mx=hosts("mx1.example.com", ".")) == [("mx-host-name", ("mx", 1, "host"), message)]
    assert fixes(hosts("mx1.example.com", ".")) == []


def test_a_host_that_is_listed_twice() -> None:
    twice = section([{"preference": 10, "host": "a.example.com"}, {"preference": 10, "host": "A.example.com."}])
    assert findings(mx=twice) == [("mx-host-twice", ("mx", 1), "a.example.com is listed before, with preference 10")]
    assert fixes(twice) == [(("mx", 1), None)]
    other_preference = hosts("a.example.com", "b.example.com", "a.example.com")
    assert findings(mx=other_preference) == [("mx-host-twice", ("mx", 2), "a.example.com is listed before, with preference 10")]
    assert fixes(other_preference) == []


def test_a_verification_record_that_stayed() -> None:
    assert findings(mx=hosts("mx1.example.com", "ms12345678.msv1.invalid")) == [
        ("mx-host-never-resolves", ("mx", 1), "ms12345678.msv1.invalid has no address in public DNS, so no mail can be delivered to it")
    ]


@pytest.mark.parametrize(
    ("spf", "term"),
    [
        ({"otherwise": "fail"}, None),
        ({"allow": ["mx"], "otherwise": "fail"}, None),
        ({"allow": ["-ip4:192.0.2.1", "?a"], "otherwise": "fail"}, None),
        ({"redirect": "_parked.example.net"}, None),
        ({"allow": ["-all", "a"]}, None),
        ({"allow": ["mx", "include:_spf.example.net"], "otherwise": "fail"}, "include:_spf.example.net"),
        ({"allow": ["mx:example.net"], "otherwise": "fail"}, "mx:example.net"),
        ({"allow": ["+all"]}, "+all"),
    ],
    ids=str,
)
def test_a_null_mx_beside_senders(spf: dict[str, Any], term: str | None) -> None:
    senders = msgspec.convert(spf, Spf)
    message = f"the domain receives no mail, and yet SPF lets it send by {term!r}: receivers may reject that mail"
    assert findings(mx=section("null_mx"), spf=senders) == ([("mx-null-beside-senders", ("mx",), message)] if term else [])
    assert findings(mx=hosts("mx1.example.com"), spf=senders) == []
    assert findings(spf=senders) == []


def test_a_null_mx_alone_is_fine() -> None:
    assert findings(mx=section("null_mx")) == []
