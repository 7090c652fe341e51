"""The grammar of RFC 7208 section 12, and what is told of texts that it refuses."""

import pytest

from emailauth.protocols import spf
from emailauth.protocols.spf import Qualifier


def spec(text: str, *parts: str | spf.Macro) -> spf.DomainSpec:
    return spf.DomainSpec(text=text, parts=parts or (text,))


def macro(
    text: str, letter: str, *, keep: int | None = None, reverse: bool = False, delimiters: str = "", escape: bool = False
) -> spf.Macro:
    return spf.Macro(text=text, letter=letter, keep=keep, reverse=reverse, delimiters=delimiters, escape=escape)


PASS, FAIL, SOFTFAIL, NEUTRAL = Qualifier.PASS, Qualifier.FAIL, Qualifier.SOFTFAIL, Qualifier.NEUTRAL

WELL_FORMED: list[spf.AnyTerm] = [
    spf.All(text="all", qualifier=PASS),
    spf.All(text="+all", qualifier=PASS),
    spf.All(text="-ALL", qualifier=FAIL),
    spf.All(text="~all", qualifier=SOFTFAIL),
    spf.All(text="?All", qualifier=NEUTRAL),
    spf.Include(text="include:_spf.example.net", qualifier=PASS, domain=spec("_spf.example.net")),
    spf.Include(text="?INCLUDE:Example.NET.", qualifier=NEUTRAL, domain=spec("Example.NET.")),
    spf.Include(text="include:xn--bcher-kva.example", qualifier=PASS, domain=spec("xn--bcher-kva.example")),
    spf.Include(text="include:example.xn--p1ai", qualifier=PASS, domain=spec("example.xn--p1ai")),
    spf.Include(text="include:example.a-b", qualifier=PASS, domain=spec("example.a-b")),
    spf.Include(text="include:example.1a", qualifier=PASS, domain=spec("example.1a")),
    spf.Include(text="include:example.1-2", qualifier=PASS, domain=spec("example.1-2")),
    spf.Include(text="include:.com", qualifier=PASS, domain=spec(".com")),
    spf.A(text="a", qualifier=PASS, domain=None),
    spf.A(text="a/24", qualifier=PASS, domain=None, ip4_length=24),
    spf.A(text="a//64", qualifier=PASS, domain=None, ip6_length=64),
    spf.A(text="a/0//0", qualifier=PASS, domain=None, ip4_length=0, ip6_length=0),
    spf.A(text="a:mail.example.com/24//64", qualifier=PASS, domain=spec("mail.example.com"), ip4_length=24, ip6_length=64),
    spf.A(text="a:a=b.example.com", qualifier=PASS, domain=spec("a=b.example.com")),
    spf.A(text="a:host:8080/path.example.com/24", qualifier=PASS, domain=spec("host:8080/path.example.com"), ip4_length=24),
    spf.A(text="a:{odd}!$&'()*.example.com", qualifier=PASS, domain=spec("{odd}!$&'()*.example.com")),
    spf.Mx(text="mx", qualifier=PASS, domain=None),
    spf.Mx(text="~MX:example.com//128", qualifier=SOFTFAIL, domain=spec("example.com")),
    spf.Mx(text="mx/32", qualifier=PASS, domain=None),
    spf.Ptr(text="ptr", qualifier=PASS, domain=None),
    spf.Ptr(text="-ptr:example.com", qualifier=FAIL, domain=spec("example.com")),
    spf.Ip4(text="ip4:192.0.2.1", qualifier=PASS, address=0xC0000201, length=32),
    spf.Ip4(text="IP4:192.0.2.17/24", qualifier=PASS, address=0xC0000211, length=24),
    spf.Ip4(text="ip4:0.0.0.0/0", qualifier=PASS, address=0, length=0),
    spf.Ip4(text="-ip4:255.255.255.255/32", qualifier=FAIL, address=0xFFFFFFFF, length=32),
    spf.Ip6(text="ip6:2001:DB8::/32", qualifier=PASS, address=0x20010DB8 << 96, length=32),
    spf.Ip6(text="ip6:::1", qualifier=PASS, address=1, length=128),
    spf.Ip6(text="ip6:::/0", qualifier=PASS, address=0, length=0),
    spf.Ip6(text="ip6:::ffff:192.0.2.1/128", qualifier=PASS, address=0xFFFF_C0000201, length=128),
    spf.Exists(
        text="exists:%{ir}.%{l1r+-}._spf.%{d}",
        qualifier=PASS,
        domain=spec(
            "%{ir}.%{l1r+-}._spf.%{d}",
            macro("%{ir}", "i", reverse=True),
            ".",
            macro("%{l1r+-}", "l", keep=1, reverse=True, delimiters="+-"),
            "._spf.",
            macro("%{d}", "d"),
        ),
    ),
    spf.Exists(
        text="exists:%{S}.%{d2R,/_=.}",
        qualifier=PASS,
        domain=spec(
            "%{S}.%{d2R,/_=.}",
            macro("%{S}", "s", escape=True),
            ".",
            macro("%{d2R,/_=.}", "d", keep=2, reverse=True, delimiters=",/_=."),
        ),
    ),
    spf.Exists(
        text="exists:100%%%_%-.example.com", qualifier=PASS, domain=spec("100%%%_%-.example.com", "100", "%", " ", "%20", ".example.com")
    ),
    spf.Exists(text="exists:a%-", qualifier=PASS, domain=spec("a%-", "a", "%20")),
    spf.Exists(text="exists:%{i007}", qualifier=PASS, domain=spec("%{i007}", macro("%{i007}", "i", keep=7))),
    spf.Exists(text="exists:%{i9999}", qualifier=PASS, domain=spec("%{i9999}", macro("%{i9999}", "i", keep=255))),
    spf.A(text="a:%{d/}/24", qualifier=PASS, domain=spec("%{d/}", macro("%{d/}", "d", delimiters="/")), ip4_length=24),
    spf.Redirect(text="redirect=_spf.example.com", domain=spec("_spf.example.com")),
    spf.Redirect(text="Redirect=%{o}", domain=spec("%{o}", macro("%{o}", "o"))),
    spf.Explanation(text="exp=explain._spf.%{d}", domain=spec("explain._spf.%{d}", "explain._spf.", macro("%{d}", "d"))),
    spf.UnknownModifier(text="moo=", name="moo", value=""),
    spf.UnknownModifier(text="Ra=postmaster", name="ra", value="postmaster"),
    spf.UnknownModifier(text="a.b_c-d=%{c}/:=", name="a.b_c-d", value="%{c}/:="),
    spf.UnknownModifier(text="ip4=192.0.2.1", name="ip4", value="192.0.2.1"),
    spf.UnknownModifier(text="v=spf1", name="v", value="spf1"),
]


@pytest.mark.parametrize("term", WELL_FORMED, ids=lambda term: term.text)
def test_a_well_formed_term_is_read_as_what_it_says(term: spf.AnyTerm) -> None:
    assert spf.parse_term(term.text) == term


MECHANISM = "neither a mechanism nor a modifier"
ASCII_ONLY = "terms are made of visible ASCII characters only"
NO_LENGTH = "this mechanism takes no prefix length"
OCTETS = "the numbers of an IPv4 address go up to 255 and have no leading zeros"
PERCENT = "a % begins a macro such as %{d}; a percent sign itself is written %%"
SINGLE_LABEL = "a fully qualified domain name belongs here, and this is a single label"

MALFORMED: list[tuple[str, str, str | None]] = [
    # Names that are no mechanism's.
    ("ipv4:192.0.2.0/24", "'ipv4' is no mechanism", "ip4:192.0.2.0/24"),
    ("~ipv6:2001:db8::/32", "'ipv6' is no mechanism", "~ip6:2001:db8::/32"),
    ("ip:192.0.2.1", "'ip' is no mechanism", "ip4:192.0.2.1"),
    ("ip:2001:db8::1", "'ip' is no mechanism", "ip6:2001:db8::1"),
    ("inlcude:_spf.example.net", "'inlcude' is no mechanism", "include:_spf.example.net"),
    ("incluide:_spf.example.net", "'incluide' is no mechanism", "include:_spf.example.net"),
    ("exist:%{i}.example.com", "'exist' is no mechanism", "exists:%{i}.example.com"),
    ("mx.", "'mx.' is no mechanism", "mx"),
    ("-all.", "'all.' is no mechanism", "-all"),
    ("ip4.192.0.2.1", "'ip4.192.0.2.1' is no mechanism", "ip4:192.0.2.1"),
    ("redirect:example.com", "'redirect' is no mechanism", "redirect=example.com"),
    ("exp:example.com", "'exp' is no mechanism", "exp=example.com"),
    ("example.com", "'example.com' is no mechanism", None),
    ("mx.example.com", "'mx.example.com' is no mechanism", None),
    ("foo:bar.example.com", "'foo' is no mechanism", None),
    ("host:192.0.2.1", "'host' is no mechanism", None),
    ("moo", "'moo' is no mechanism", None),
    ("x" * 70, f"'{'x' * 64}...' is no mechanism", None),
    # Things without a name.
    ("192.0.2.1", MECHANISM, "ip4:192.0.2.1"),
    ("192.0.2.0/24", MECHANISM, "ip4:192.0.2.0/24"),
    ("2001:db8::/32", MECHANISM, "ip6:2001:db8::/32"),
    ("%{d}", MECHANISM, None),
    ("=x", MECHANISM, None),
    ("--all", MECHANISM, "-all"),
    ("~-all", MECHANISM, None),
    ('"mx"', MECHANISM, "mx"),
    ("~", "a qualifier stands directly before its mechanism, without a space", None),
    # Separators and quotes of other trades; a space is missing.
    ("~all;", "';' cannot follow 'all'", "~all"),
    ("mx,a", "',' cannot follow 'mx'", "mx a"),
    ("ip4:192.0.2.1,ip4:192.0.2.2", "not an IPv4 address", "ip4:192.0.2.1 ip4:192.0.2.2"),
    ("ip4:192.0.2.1,192.0.2.2", "not an IPv4 address", "ip4:192.0.2.1 ip4:192.0.2.2"),
    ("ip4:192.0.2.1~all", "not an IPv4 address", "ip4:192.0.2.1 ~all"),
    ("mx-all", "'mx-all' is no mechanism", "mx -all"),
    (
        "include:example.com~all",
        "'com~all' is no top-level domain: those are letters, digits and inner hyphens",
        "include:example.com ~all",
    ),
    ("ip4:192.0.2.1include:example.com", "not an IPv4 address", "ip4:192.0.2.1 include:example.com"),
    ("mx\ta", f"holds a tab, and {ASCII_ONLY}", "mx a"),
    ("mx\n-all", f"holds a line break, and {ASCII_ONLY}", "mx -all"),
    ("mx\x00", f"holds a NUL, and {ASCII_ONLY}", "mx"),
    ("\u2013all", f"holds U+2013, and {ASCII_ONLY}", "-all"),
    ("include:example.com\u200b", f"holds U+200B, and {ASCII_ONLY}", "include:example.com"),
    ("\u201cmx\u201d", f"holds U+201C, and {ASCII_ONLY}", "mx"),
    ("include:b\u00fccher.example", f"holds U+00FC, and {ASCII_ONLY}: write an internationalised name as its A-labels (xn--...)", None),
    ("a:\udcff.example.com", f"holds U+DCFF, and {ASCII_ONLY}", None),
    ("mx\x7f", f"holds U+007F, and {ASCII_ONLY}", None),
    ("", "is empty", None),
    # all, and modifiers.
    ("all:example.com", "'all' takes nothing after it", None),
    ("-all:", "'all' takes nothing after it", "-all"),
    ("-all/8", "'all' takes nothing after it", "-all"),
    ("all.", "'all.' is no mechanism", None),
    ("-redirect=example.com", "a modifier takes no qualifier, and this has '-'", "redirect=example.com"),
    ("redirect=", "names no domain", None),
    ("redirect=example.com/24", "'com/24' is no top-level domain: those are letters, digits and inner hyphens", None),
    ("exp=", "names no domain", None),
    ("foo=%abc", PERCENT, None),
    ("foo=%{z}", "%{z} is no macro: the letters are s, l, o, d, i, p, h and v", None),
    # Domains.
    ("include", "names no domain", None),
    ("include:", "names no domain", None),
    ("exists", "names no domain", None),
    ("a:", "names no domain", "a"),
    ("a:/24", "names no domain", "a/24"),
    ("ptr:", "names no domain", "ptr"),
    ("a:192.0.2.1", "a domain name belongs here, not an address", "ip4:192.0.2.1"),
    ("mx:192.0.2.0/24", "a domain name belongs here, not an address", "ip4:192.0.2.0/24"),
    ("include:2001:db8::1", "a domain name belongs here, not an address", "ip6:2001:db8::1"),
    ("a:example.com:8080", "a port number has no place here", "a:example.com"),
    ("a:mail", SINGLE_LABEL, None),
    ("a:mail.", SINGLE_LABEL, None),
    ("include:example.com..", "a label of the domain name is empty", None),
    ("a:example.123", "'123' is no top-level domain", None),
    ("a:example.-com", "'-com' is no top-level domain: those are letters, digits and inner hyphens", None),
    ("a:%{d}com", "'%{d}com' is no top-level domain: those are letters, digits and inner hyphens", None),
    ("a:example.com/", "no number follows the slash", "a:example.com"),
    ("include:%{d", PERCENT, None),
    ("include:100%.example.com", PERCENT, None),
    ("include:%{e}.example.com", "%{e} is no macro: the letters are s, l, o, d, i, p, h and v", None),
    ("exists:%{i0}.example.com", "'%{i0}' keeps no part at all: the number must not be 0", None),
    ("exists:%{c}.example.com", "the macro letter c is for explanation texts only (RFC 7208 section 7.2)", None),
    ("redirect=%{T}.example.com", "the macro letter t is for explanation texts only (RFC 7208 section 7.2)", None),
    # Prefix lengths.
    ("include:example.com/24", NO_LENGTH, "include:example.com"),
    ("exists:%{i}.example.com/24", NO_LENGTH, "exists:%{i}.example.com"),
    ("ptr/24", NO_LENGTH, "ptr"),
    ("a/24/64", "an IPv4 and an IPv6 prefix length are written /24//64", "a/24//64"),
    ("a/", "no number follows the slash", None),
    ("a//", "no number follows the slash", None),
    ("a/33", "a prefix length here is at most 32", None),
    ("mx//129", "a prefix length here is at most 128", None),
    ("mx/024", "a prefix length has no leading zero", None),
    ("ip4:192.0.2.0/024", "a prefix length has no leading zero", "ip4:192.0.2.0/24"),
    ("ip4:192.0.2.0//24", "a prefix length is a number behind one slash", "ip4:192.0.2.0/24"),
    ("ip4:192.0.2.0\\24", "not an IPv4 address", "ip4:192.0.2.0/24"),
    ("ip4:192.0.2.0/24/32", "a prefix length is a number behind one slash", None),
    ("ip4:192.0.2.0/255.255.255.0", "a prefix length is a number behind one slash", None),
    ("ip4:192.0.2.0/33", "a prefix length here is at most 32", None),
    ("ip4:192.0.2.0/" + "9" * 5000, "a prefix length here is at most 32", None),
    ("ip6:2001:db8::/129", "a prefix length here is at most 128", None),
    ("ip4:0.0.0.0/00", "a prefix length has no leading zero", None),
    # Addresses.
    ("ip4", "names no address", None),
    ("ip6:", "names no address", None),
    ("ip4:192.0.2", "not an IPv4 address", None),
    ("ip4:192.0.2.256", OCTETS, None),
    ("ip4:192.0.02.1", OCTETS, None),
    ("ip4:192.0.2.1:25", "not an IPv4 address", "ip4:192.0.2.1"),
    ("ip4:192.0.2.*", "not an IPv4 address", "ip4:192.0.2.0/24"),
    ("ip4:198.*.*.*", "not an IPv4 address", "ip4:198.0.0.0/8"),
    ("ip4:[192.0.2.1]", "not an IPv4 address", "ip4:192.0.2.1"),
    ("ip4:2001:db8::1", "an IPv6 address is written with ip6:", "ip6:2001:db8::1"),
    ("ip6:192.0.2.1", "an IPv4 address is written with ip4:", "ip4:192.0.2.1"),
    ("ip6:[2001:db8::1]/64", "not an IPv6 address", "ip6:2001:db8::1/64"),
    ("ip6:fe80::1%eth0", "not an IPv6 address", None),
    ("ip4:mail.example.com", "not an IPv4 address", None),
    ("ip4:" + "1." * 300, "not an IPv4 address", None),
]


@pytest.mark.parametrize(("text", "reason", "suggestion"), MALFORMED, ids=[repr(row[0][:40]) for row in MALFORMED])
def test_a_malformed_term_says_why_and_what_was_meant(text: str, reason: str, suggestion: str | None) -> None:
    term = spf.parse_term(text, 7)
    assert isinstance(term, spf.Malformed)
    assert (term.text, term.reason, term.suggestion, term.span) == (text, reason, suggestion, (7, 7 + len(text)))


def test_what_is_suggested_lets_nobody_pass_whom_the_text_does_not_name() -> None:
    assert [spf.Malformed(text=text, reason="").suggestion for text in ("all:", "+all.", "ip4:0.0.0.0//0")] == [None, None, None]


def test_conditions_are_equal_where_the_same_clients_match() -> None:
    same = [
        ("mx", "+MX"),
        ("-include:Example.NET.", "include:example.net"),
        ("ip4:192.0.2.17/24", "?ip4:192.0.2.0/24"),
        ("ip6:2001:db8::", "ip6:2001:0db8::0/128"),
        ("a:example.com/32", "a:example.com//128"),
        ("all", "-all"),
    ]
    different = [("mx", "a"), ("ip4:192.0.2.0", "ip4:192.0.2.0/24"), ("exists:%{S}.example.com", "exists:%{s}.example.com"), ("a", "a/24")]
    assert [pair for pair in same if _condition(pair[0]) != _condition(pair[1])] == []
    assert [pair for pair in different if _condition(pair[0]) == _condition(pair[1])] == []


def _condition(text: str) -> tuple[object, ...]:
    term = spf.parse_term(text)
    assert isinstance(term, spf.Directive)
    return spf.condition(term)


@pytest.mark.parametrize(
    ("text", "first", "last", "written"),
    [
        ("ip4:192.0.2.17/24", 0xC0000200, 0xC00002FF, "192.0.2.0/24"),
        ("ip4:192.0.2.17", 0xC0000211, 0xC0000211, "192.0.2.17"),
        ("ip4:192.0.2.17/0", 0, 0xFFFFFFFF, "0.0.0.0/0"),
        ("ip6:2001:db8::1/127", 0x20010DB8 << 96, (0x20010DB8 << 96) + 1, "2001:db8::/127"),
    ],
)
def test_the_range_of_a_network(text: str, first: int, last: int, written: str) -> None:
    term = spf.parse_term(text)
    assert isinstance(term, spf.Network)
    assert (term.first, term.last) == (first, last)
    assert spf.network_text(type(term), term.first, term.length) == written


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("ip4:10.1.2.3", "private use"),
        ("ip4:172.31.255.255", "private use"),
        ("ip4:172.32.0.0", None),
        ("ip4:127.0.0.1", "loopback"),
        ("ip4:0.0.0.0/0", None),
        ("ip4:8.0.0.0/6", None),
        ("ip4:192.0.2.0/24", None),
        ("ip4:198.51.100.7", None),
        ("ip6:::1", "loopback"),
        ("ip6:fd00::/8", "unique local addresses"),
        ("ip6:::ffff:192.0.2.1", "IPv4-mapped addresses, which receivers compare with ip4 only"),
        ("ip6:2001:db8::/32", None),
        ("ip6:::/0", None),
    ],
)
def test_ranges_that_are_reserved(text: str, use: str | None) -> None:
    term = spf.parse_term(text)
    assert isinstance(term, spf.Network)
    assert spf.special_use(term) == use
