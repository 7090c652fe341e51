"""What the rules of the section `spf` find, where, with what fix, and above all what they leave alone."""

from typing import Any

import msgspec
import pytest

from emailauth.core.diagnostic import Route
from emailauth.core.posture import Domain, Posture
from emailauth.lint import engine
from emailauth.lint.rules import all_rules
from emailauth.protocols import mx
from emailauth.protocols.dmarc import Dmarc
from emailauth.protocols.spf import Spf

RULES = {rule.id: rule for rule in all_rules().values() if rule.protocol == "spf"}
BASE = ("domains", "example.com", "spf")


def findings(section: dict[str, Any]) -> list[tuple[str, engine.Raised]]:
    """All findings of SPF rules, with places relative to the section."""
    domain = Domain(name="example.com", route=BASE[:2], sections={"spf": msgspec.convert(section, Spf)})
    return [(raised.rule.id, raised) for raised in engine.run(Posture(domains=(domain,)), RULES)]


def places(section: dict[str, Any]) -> list[tuple[str, Route]]:
    return [(rule, finding.at[len(BASE) :]) for rule, finding in findings(section)]


def messages(section: dict[str, Any]) -> list[str]:
    return [finding.message for _, finding in findings(section)]


def fixes(section: dict[str, Any]) -> list[tuple[Route, object]]:
    """Places and new values of all fixes; None: the item goes."""
    return [(f.fix.at[len(BASE) :], None if f.fix.remove else f.fix.value) for _, f in findings(section) if f.fix]


def fail(*allow: str) -> dict[str, Any]:
    return {"allow": list(allow), "otherwise": "fail"}


QUIET: list[dict[str, Any]] = [
    {"otherwise": "fail"},
    {"otherwise": "softfail"},
    {"redirect": "_spf.example.net"},
    {"allow": ["-all"]},
    {"allow": ["mx", "redirect=_spf.example.net"]},
    {"otherwise": "fail", "explanation": "why.%{d}"},
    fail("mx", "a", "a:mail.example.com/24//64"),
    fail("a//64", "mx/28//56"),
    fail(*(f"include:_spf{i}.example.net" for i in range(10))),
    fail(*(f"ip4:192.0.2.{i}" for i in range(1, 20))),
    fail("+MX", "A:Mail.Example.COM."),
    fail("ip4:192.0.2.0/24", "ip6:2001:db8::/32", "ip4:198.51.100.7", "ip4:203.0.113.0/25"),
    fail("ip4:198.51.0.0/16", "a:mail.example.com/16//32"),
    fail("ip4:192.0.2.0/25", "mx", "ip4:192.0.2.128/25"),
    fail("ip4:192.0.2.0/25", "~ip4:192.0.2.128/25"),
    fail("ip4:192.0.2.128/25", "ip4:192.0.3.0/25"),
    fail("-ip4:0.0.0.0/0", "-ip6:::/0"),
    fail("?ip4:8.0.0.0/6", "-ip4:172.16.0.0/12"),
    fail("-ip4:192.0.2.1", "ip4:192.0.2.0/24"),
    fail("ip4:192.0.2.1", "include:_spf.example.net", "ip4:192.0.2.0/24"),
    fail("a", "mx", "a:mail.example.com", "a/24"),
    fail("include:%{D}.example.com", "include:%{d}.example.com"),
    fail("include:%{ir}.%{v}._spf.%{d2}", "include:%{d}._spf.example.net", "exp=%{l}.%{i}.%{h}.example.net"),
    fail("a:%{ir}.%{v}.%{o}"),
    fail("ra=postmaster", "rp=100", "rr=all"),
    fail("ra=a.b+c", "rp=0", "rr=e:F:s"),
    fail("include:_spf.xn--bcher-kva.example", "include:spf-all.example.net", "include:" + "a" * 63 + ".example.net"),
    fail(" mx "),
]


@pytest.mark.parametrize("section", QUIET, ids=str)
def test_what_is_well_done_is_left_alone(section: dict[str, Any]) -> None:
    assert places(section) == []


def test_each_malformed_term_is_told_at_its_place_and_mended_where_it_can_be() -> None:
    section = {
        "allow": ["ipv4:192.0.2.1", "moo", "ip4:192.0.2.2~all", "mx inlcude:example.net", "all:"],
        "redirect": "include:example.net",
        "explanation": "x",
    }
    assert [place for place in places(section) if place[0] != "spf-several-terms-in-one-item"] == [
        ("spf-term-syntax", ("allow", 0)),
        ("spf-term-syntax", ("allow", 1)),
        ("spf-term-syntax", ("allow", 2)),
        ("spf-term-syntax", ("allow", 3)),
        ("spf-term-syntax", ("allow", 4)),
        ("spf-term-syntax", ("explanation",)),
        ("spf-unlikely-name", ("redirect",)),
    ]
    assert fixes(section) == [(("allow", 0), "ip4:192.0.2.1")]


def test_a_malformed_term_is_shown_fit_for_a_terminal() -> None:
    assert messages(fail("mx\x1b[31m", "moo" * 30)) == [
        r"'mx\x1b[31m': holds U+001B, and terms are made of visible ASCII characters only, so receivers answer permerror for the whole record",
        f"'{('moo' * 30)[:64]}...': '{('moo' * 30)[:64]}...' is no mechanism, so receivers answer permerror for the whole record",
    ]


def test_modifiers_that_repeat() -> None:
    section = {"allow": ["exp=a.example.com", "redirect=a.example.com", "redirect=b.example.com"], "explanation": "b.example.com"}
    assert places(section) == [("spf-repeated-modifier", ("allow", 2)), ("spf-repeated-modifier", ("explanation",))]


def test_unknown_modifiers() -> None:
    section = fail("v=spf1", "moo=x", "ip4=192.0.2.0/24", "mx a=mail.example.com", "ip4=0.0.0.0/0")
    assert messages(section) == [
        "the item holds 2 terms: give each its own",
        "'v=spf1' begins a record, and this is in the middle of one: receivers pass over it and read on",
        "'moo=x' is a modifier that no receiver knows, so it does nothing",
        "'ip4=192.0.2.0/24' is a modifier that no receiver knows, so it does nothing; 'ip4:192.0.2.0/24' is the mechanism",
        "'a=mail.example.com' is a modifier that no receiver knows, so it does nothing; 'a:mail.example.com' is the mechanism",
        "'ip4=0.0.0.0/0' is a modifier that no receiver knows, so it does nothing",
    ]
    assert fixes(section) == [(("allow", 2), "ip4:192.0.2.0/24")]


def test_a_whole_record_in_one_item() -> None:
    assert places({"allow": ["v=spf1 mx -all"]}) == [
        ("spf-several-terms-in-one-item", ("allow", 0)),
        ("spf-unknown-modifier", ("allow", 0)),
    ]


@pytest.mark.parametrize(
    ("section", "rule", "message"),
    [
        (
            fail("include:_spf..example.net"),
            "spf-impossible-name",
            "a label of the name is empty, so no such name can exist in DNS: receivers stop with permerror",
        ),
        (
            {"redirect": "a" * 64 + ".example.net"},
            "spf-impossible-name",
            "a label of the name is longer than 63 octets, so no such name can exist in DNS: receivers stop with permerror",
        ),
        (
            fail("a:" + "a" * 64 + ".example.net"),
            "spf-term-matches-nothing",
            "a label of the name is longer than 63 octets, so no such name can exist in DNS: the term does nothing",
        ),
        (
            fail("a:" + "abcdefg." * 32 + "example"),
            "spf-term-matches-nothing",
            "the name is longer than 253 octets, so no such name can exist in DNS: the term does nothing",
        ),
        (
            fail("include:a.example.net,include:b.example.net"),
            "spf-unlikely-name",
            "a domain name with ',' in it is hardly one that exists in DNS: check for a missing space",
        ),
        (
            fail("include:example.net-all"),
            "spf-unlikely-name",
            "a domain name that ends in -all is hardly one that exists in DNS: a space is missing before it",
        ),
        (
            fail("exists:%{P}.example.net"),
            "spf-p-macro",
            "%{p} makes receivers look up the reverse mapping of every client: use %{i} or %{d}",
        ),
        (
            fail("include:%{l}.%{s}.example.net"),
            "spf-result-depends-on-sender",
            (
                "who may send by 'include:%{l}.%{s}.example.net' depends on %{l} and %{s} of each message, which receivers look up anew and tell the "
                "name's owner"
            ),
        ),
        (
            fail("a:%{i}.%{ir}.%{i}.%{ir}.%{d}"),
            "spf-macro-makes-name-too-long",
            "for an IPv6 client the name has 267 characters, of which receivers take the last 253 at most",
        ),
        (
            fail("a:" + "a" * 61 + "%{v}.%{ir}.example.net"),
            "spf-macro-makes-name-too-long",
            "for an IPv6 client the name has a label of more than 63 characters",
        ),
        (
            fail("exists:on.example.net"),
            "spf-exists",
            "'exists:on.example.net' asks for the same name whoever sends: it matches either every client or none",
        ),
        (
            fail("exists:%{ir}._spf.example.net"),
            "spf-exists",
            "'exists:%{ir}._spf.example.net' makes receivers ask for a new name for nearly every client, which shows its owner where mail comes from",
        ),
        (
            fail("ra=a@example.com"),
            "spf-report-request",
            "the value of ra= is the local-part of an address at this domain, without @ and what follows: receivers send no report for this",
        ),
        (
            fail("ra=a", "rp=101"),
            "spf-report-request",
            "the value of rp= is a percentage from 0 to 100: receivers send no report for this",
        ),
        (
            fail("ra=a", "rr=all:x"),
            "spf-report-request",
            "the value of rr= is all, or some of e, f, s and n with colons between: receivers send no report for this",
        ),
        (fail("rr=all"), "spf-report-request", "receivers ignore rr= where no ra= says who takes the reports"),
        (
            {"allow": ["mx"], "otherwise": "neutral"},
            "spf-neutral-default",
            "receivers treat all other hosts as if there were no SPF record: softfail or fail would tell forged mail",
        ),
        (
            {"allow": ["include:_spf.example.net"]},
            "spf-no-default",
            (
                "all other hosts get the result neutral, whatever the records say that it includes: say so with otherwise: neutral, or better "
                "softfail or fail"
            ),
        ),
        (
            fail("ip6:2001:db8:1::/48", "ip6:2001:db8::/48"),
            "spf-ranges-make-one",
            "'ip6:2001:db8:1::/48' and 'ip6:2001:db8::/48' are together 2001:db8::/47",
        ),
        (
            fail("~include:ASPMX.googlemail.com."),
            "spf-retired-name",
            "aspmx.googlemail.com is a name of the former Google Apps: include _spf.google.com",
        ),
        (
            fail("include:servers.mcsv.net"),
            "spf-include-without-use",
            "Mailchimp does not use the domain itself as the envelope sender, so receivers hardly ever come to 'include:servers.mcsv.net'",
        ),
        (fail("-ptr:example.com"), "spf-ptr", "'-ptr:example.com' should not be published: name the addresses with ip4, ip6 or a"),
        (
            fail("ip4:127.0.0.1"),
            "spf-range-not-public",
            "'ip4:127.0.0.1' is reserved (loopback), so receivers on the Internet never see it",
        ),
        (fail("ip4:8.0.0.0/15"), "spf-broad-range", "'ip4:8.0.0.0/15' lets a range of 2^17 addresses pass (/15)"),
        (fail("ip6:2600::/31"), "spf-broad-range", "'ip6:2600::/31' lets a range of 2^97 addresses pass (/31)"),
        (fail("mx/8"), "spf-broad-range", "'mx/8' lets a range of 2^24 addresses pass (/8)"),
        (fail("ip4:0.0.0.0/0"), "spf-passes-everyone", "'ip4:0.0.0.0/0' lets mail from every host pass, forged mail included"),
        ({"allow": ["mx", "all"]}, "spf-passes-everyone", "'all' lets mail from every host pass, forged mail included"),
        (
            {"allow": ["mx"]},
            "spf-no-default",
            "all other hosts get the result neutral: say so with otherwise: neutral, or better softfail or fail",
        ),
        (
            {"allow": ["redirect=example.net"], "otherwise": "softfail"},
            "spf-redirect-with-all",
            "receivers ignore 'redirect=example.net', because the record has '~all'",
        ),
        (fail("-all"), "spf-after-all", "'-all' is never tested: '-all' stands before it and matches every client"),
        (
            fail(*(f"include:_spf{i}.example.net" for i in range(9)), "a", "mx"),
            "spf-too-many-lookups",
            "11 terms query DNS, before what included records add, and 10 are allowed: receivers that come to this one stop with permerror",
        ),
    ],
    ids=str,
)
def test_what_is_told(section: dict[str, Any], rule: str, message: str) -> None:
    assert [(found, finding.message) for found, finding in findings(section)] == [(rule, message)]


def test_the_eleventh_lookup_is_the_place() -> None:
    many = [f"include:_spf{i}.example.net" for i in range(10)]
    assert places({"allow": ["ip4:192.0.2.1", *many, "mx"], "otherwise": "fail"}) == [("spf-too-many-lookups", ("allow", 11))]
    assert places({"allow": many, "redirect": "_spf.example.net"}) == [("spf-too-many-lookups", ("redirect",))]


def test_all_terms_behind_all_are_told() -> None:
    assert places(fail("~all", "mx", "exp=why.example.com", "a")) == [
        ("spf-after-all", ("allow", 1)),
        ("spf-after-all", ("allow", 3)),
        ("spf-after-all", ("otherwise",)),
    ]


@pytest.mark.parametrize(("octets", "found"), [(469, []), (470, [("spf-record-too-long", ())])])
def test_an_answer_of_512_octets_is_not_too_long(octets: int, found: list[tuple[str, Route]]) -> None:
    """12 header, 17 question (example.com), 12 of the record, 2 lengths of character-strings, and the text."""
    text = f"v=spf1 moo={'x' * (octets - len('v=spf1 moo= -all'))} -all"
    assert len(text) == octets
    found_here = [place for place in places(fail(text.split()[1])) if place[0] != "spf-unknown-modifier"]
    assert found_here == found


def test_duplicates_go_where_they_say_the_same() -> None:
    section = fail("mx", "include:Example.NET", "MX", "?mx", "include:example.net.", "mx a")
    assert [place for place in places(section) if place[0] == "spf-duplicate-term"] == [
        ("spf-duplicate-term", ("allow", 2)),
        ("spf-duplicate-term", ("allow", 3)),
        ("spf-duplicate-term", ("allow", 4)),
        ("spf-duplicate-term", ("allow", 5)),
    ]
    assert fixes(section) == [(("allow", 2), None), (("allow", 4), None)]
    assert "'?mx' repeats 'mx', which decides: this one never does" in messages(section)


@pytest.mark.parametrize(
    ("allow", "found", "fixed"),
    [
        (["ip4:192.0.2.0/24", "ip4:192.0.2.1"], [1], [1]),
        (["ip4:192.0.2.0/24", "include:example.net", "ip4:192.0.2.1"], [2], [2]),
        (["ip4:192.0.2.1", "ip6:2001:db8::/32", "ip4:192.0.2.0/24"], [0], [0]),
        (["ip4:192.0.2.1", "a", "ip4:192.0.2.0/24"], [], []),
        (["ip4:192.0.2.1", "-ip4:192.0.2.2", "ip4:192.0.2.0/24"], [], []),
        (["ip4:192.0.2.0/24", "-ip4:192.0.2.1"], [1], []),
        (["ip4:192.0.2.0/25", "ip4:192.0.2.0/24", "ip4:192.0.0.0/16"], [0, 1], [0, 1]),
        (["ip6:2001:db8::/48", "ip6:2001:db8:0:1::/64"], [1], [1]),
        (["ip4:192.0.2.0/32", "ip6:c000:200::/24"], [], []),
    ],
)
def test_ranges_within_ranges(allow: list[str], found: list[int], fixed: list[int]) -> None:
    section = fail(*allow)
    assert [place for place in places(section) if place[0] != "spf-broad-range"] == [
        ("spf-range-within-range", ("allow", i)) for i in found
    ]
    assert fixes(section) == [(("allow", i), None) for i in fixed]


def test_host_bits_are_cleared_and_nothing_else_changes() -> None:
    section = fail("~IP4:192.0.2.17/24", "ip6:2001:db8::1/64", "a ip4:198.51.100.1/24")
    assert [place for place in places(section) if place[0] == "spf-host-bits"] == [
        ("spf-host-bits", ("allow", 0)),
        ("spf-host-bits", ("allow", 1)),
        ("spf-host-bits", ("allow", 2)),
    ]
    assert fixes(section) == [(("allow", 0), "~IP4:192.0.2.0/24"), (("allow", 1), "ip6:2001:db8::/64")]


@pytest.mark.parametrize(
    ("hosts", "allow", "found"),
    [
        (["smtp.google.com"], "mx", ["spf-mx-sends-nothing"]),
        (["aspmx.l.google.com", "alt1.aspmx.l.google.com", "aspmx2.googlemail.com"], "+mx", ["spf-mx-sends-nothing"]),
        (["example-com.mail.protection.outlook.com"], "mx/24", ["spf-mx-sends-nothing"]),
        (["example-com.mail.protection.outlook.com"], "mx:example.net", []),
        (["example-com.mail.protection.outlook.com"], "?mx", []),
        (["smtp.google.com", "mx1.example.com"], "mx", []),
        (["notsmtp.google.com.example.net"], "mx", []),
        (["in1-smtp.messagingengine.com"], "mx", []),
        ([f"mx{i}.example.com" for i in range(10)], "mx", []),
        ([f"mx{i}.example.com" for i in range(11)], "mx", ["spf-mx-too-many-hosts"]),
        ([f"mx{i}.example.com" for i in range(11)], "mx:example.net", []),
    ],
)
def test_the_mechanism_mx_beside_the_mail_hosts(hosts: list[str], allow: str, found: list[str]) -> None:
    routes = mx.Mx(hosts=tuple(mx.MailHost(preference=1, host=host) for host in hosts))
    section = msgspec.convert(fail(allow), Spf)
    domain = Domain(name="example.com", route=BASE[:2], sections={"spf": section, "mx": routes})
    assert [raised.rule.id for raised in engine.run(Posture(domains=(domain,)), RULES)] == found


@pytest.mark.parametrize(
    ("name", "policy", "section", "found"),
    [
        ("example.com", "quarantine", fail("mx"), ["spf-fail-before-dmarc"]),
        ("example.com", "none", fail("mx"), ["spf-fail-before-dmarc"]),
        ("example.com", "reject", fail("mx"), []),
        ("example.com", "quarantine", fail(), []),
        ("example.com", "quarantine", {"allow": ["mx"], "otherwise": "softfail"}, []),
        ("example.com", "quarantine", {"redirect": "_spf.example.com"}, []),
        ("example", "reject", fail("mx"), ["spf-not-at-a-mail-domain"]),
        ("2.0.192.in-addr.arpa", "reject", fail("mx"), ["spf-not-at-a-mail-domain"]),
        ("arpa.example", "reject", fail("mx"), []),
        ("example", "reject", fail(), []),
    ],
)
def test_the_record_beside_what_else_is_said(name: str, policy: str, section: dict[str, Any], found: list[str]) -> None:
    said = msgspec.convert({"policy": policy}, Dmarc)
    domain = Domain(name=name, route=("domains", name), sections={"spf": msgspec.convert(section, Spf), "dmarc": said})
    assert [raised.rule.id for raised in engine.run(Posture(domains=(domain,)), RULES)] == found


@pytest.mark.parametrize(
    ("name", "hosts", "found"),
    [
        (
            "news.example.com",
            ["mx1.example.com"],
            ["the record of example.com does not count for news.example.com, which has none of its own"],
        ),
        (
            "a.news.example.com",
            ["mx1.example.com"],
            ["the record of example.com does not count for a.news.example.com, which has none of its own"],
        ),
        ("news.example.com", [], []),
        ("news.example.net", ["mx1.example.com"], []),
    ],
)
def test_a_record_is_not_inherited(name: str, hosts: list[str], found: list[str]) -> None:
    above = Domain(name="example.com", route=("domains", "example.com"), sections={"spf": msgspec.convert(fail("mx"), Spf)})
    routes = mx.Mx(hosts=tuple(mx.MailHost(preference=1, host=host) for host in hosts))
    below = Domain(name=name, route=("domains", name), sections={"mx": routes})
    assert [raised.message for raised in engine.run(Posture(domains=(above, below)), RULES)] == found
