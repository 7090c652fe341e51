"""Names and values between this program and Route 53, whose escapes are octal."""

import dns.name
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import normalise
from emailauth.dns_hosts.route53.codec import name_of, sendable, to_name, to_value, value_of
from tests.dns_hosts.route53.account import odd_txt, read_value
from tests.fakes.route53.rdata import problem

OCTETS = st.binary(max_size=700)


@settings(deadline=None)
@given(OCTETS)
@example(b"")
@example(bytes(range(256)) * 2)
@example(b"\\052 \\\\ \\" + b'"' * 300)
def test_every_txt_value_comes_back_and_the_service_takes_it(octets: bytes) -> None:
    value = octets.decode("utf-8", "surrogateescape")
    raw = to_value("TXT", value)
    assert value_of("TXT", raw) == value
    assert read_value("TXT", raw) == value
    assert problem("TXT", raw) is None
    assert raw.isascii()
    assert raw.isprintable()


@settings(deadline=None)
@given(OCTETS, st.integers(1, 255))
def test_however_others_split_and_escape_it_it_is_the_same_value(octets: bytes, strings_of: int) -> None:
    value = octets.decode("utf-8", "surrogateescape")
    assert value_of("TXT", odd_txt(value, strings_of)) == value
    assert value_of("TXT", odd_txt(value, strings_of).replace('" "', '""')) == value


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ("v=spf1 -all", '"v=spf1 -all"'),
        ("", '""'),
        ('a "b" \\c;', r'"a \"b\" \\c;"'),
        ("é\x00\x1f\x7f\udcff", r'"\303\251\000\037\177\377"'),
        ("x" * 256, '"' + "x" * 255 + '" "x"'),
        ("x" * 254 + "é", '"' + "x" * 254 + r'\303" "\251"'),
    ],
)
def test_how_txt_is_written(value: str, raw: str) -> None:
    assert to_value("TXT", value) == raw
    assert value_of("TXT", raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (r'"\052\101"', "*A"),
        (r'"\*\;"', "*;"),
        (r'"\9"', "9"),
        ('"a"  "b"\t"c"', "abc"),
        ("bare words", "barewords"),
        ('"é"', "é"),
        ("", ""),
    ],
)
def test_how_txt_can_be_read(raw: str, value: str) -> None:
    assert value_of("TXT", raw) == value


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        ("MX", "10 MX1.Example.COM", "10 mx1.example.com."),
        ("MX", "0 .", "0 ."),
        ("CNAME", "k1.example.net.", "k1.example.net."),
        ("CNAME", r"\052.example.net.", "*.example.net."),
        ("CNAME", r"a\056b.example.net.", r"a\.b.example.net."),
        ("CNAME", r"a\040b.example.net.", r"a\032b.example.net."),
        ("CAA", '0 issue "letsencrypt.org"', '0 issue "letsencrypt.org"'),
        ("TLSA", "3 1 1 " + "AB" * 32, "3 1 1 " + "ab" * 32),
        ("AAAA", "2001:DB8:0:0::1", "2001:db8::1"),
        ("SRV", "1 2 25 Host.example.com", "1 2 25 host.example.com."),
        ("NAPTR", "what nobody understands", "what nobody understands"),
        ("A", "192.0.2.999", "192.0.2.999"),
        ("NEWTYPE", "1 2 3", "1 2 3"),
    ],
)
def test_how_other_types_are_read(type_: str, raw: str, value: str) -> None:
    assert value_of(type_, raw) == value


@pytest.mark.parametrize(
    ("type_", "value", "raw"),
    [
        ("MX", "10 mx1.example.com.", "10 mx1.example.com."),
        ("CNAME", r"a\.b\032c.example.net.", r"a\.b\040c.example.net."),
        ("CAA", '0 issue "ca.example"', '0 issue "ca.example"'),
    ],
)
def test_how_other_types_are_written(type_: str, value: str, raw: str) -> None:
    assert to_value(type_, value) == raw
    assert value_of(type_, raw) == value


@pytest.mark.parametrize(("type_", "value"), [("MX", "mx.example.com."), ("A", "2001:db8::1"), ("NEWTYPE", "x"), ("TXT", "\ud800")])
def test_a_value_that_is_none_is_told(type_: str, value: str) -> None:
    with pytest.raises(CouldNotDoError, match=f"cannot be a {type_} record"):
        to_value(type_, value)


@pytest.mark.parametrize(
    ("listed", "sent"),
    [
        ('"a""b"', '"a" "b"'),
        (r'"a\"""b""c"', r'"a\"" "b" "c"'),
        ('"a" "b"', '"a" "b"'),
        (r'"\\""b"', r'"\\" "b"'),
        ('""', '""'),
        ("10 mx.example.com.", "10 mx.example.com."),
    ],
)
def test_strings_that_touch_are_sent_apart(listed: str, sent: str) -> None:
    assert sendable(listed) == sent


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("_dmarc.example.com.", "_dmarc.example.com"),
        (r"\052.example.com.", "*.example.com"),
        (r"a\056b.example.com.", r"a\.b.example.com"),
        (r"a\040b.example.com.", r"a\032b.example.com"),
        (r"\303\251.example.com.", r"\195\169.example.com"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert name_of(text) == name
    assert to_name(name) == text


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5))
def test_every_name_comes_back(labels: list[bytes]) -> None:
    name = normalise(dns.name.Name([*labels, b""]).to_text())
    assert name_of(to_name(name)) == name
    assert set(to_name(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.\\")
