"""Contents of Cloudflare's API and values: the same octets, whatever the form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailauth.core.errors import CouldNotDoError
from emailauth.dns_hosts.cloudflare import codec

READ = [
    ("TXT", '"v=spf1 -all"', None, "v=spf1 -all"),
    ("TXT", "v=spf1 -all", None, "v=spf1 -all"),
    ("TXT", '"v=DKIM1; " "k=rsa"', None, "v=DKIM1; k=rsa"),
    ("TXT", '"a""b"', None, "ab"),
    ("TXT", ' "a" ', None, "a"),
    ("TXT", '"say \\"hi\\" and \\\\"', None, 'say "hi" and \\'),
    ("TXT", '"a\\; b"', None, "a; b"),
    ("TXT", 'say "hi"', None, 'say "hi"'),
    ("TXT", '"open', None, '"open'),
    ("TXT", '"a" b', None, '"a" b'),
    ("TXT", '"\\000\\127\\195\\169\\255"', None, "\x00\x7fé\udcff"),
    ("TXT", '"\\256"', None, "256"),
    ("TXT", '"é"', None, "é"),
    ("TXT", '""', None, ""),
    ("TXT", "", None, ""),
    ("MX", "MX1.Example.com", 10.0, "10 mx1.example.com."),
    ("MX", "mx1.example.com.", 10, "10 mx1.example.com."),
    ("MX", ".", 0, "0 ."),
    ("CNAME", "K1.Example.net", None, "k1.example.net."),
    ("NS", "ada.ns.cloudflare.com", None, "ada.ns.cloudflare.com."),
    ("A", "192.0.2.1", None, "192.0.2.1"),
    ("AAAA", "2001:DB8:0::1", None, "2001:db8::1"),
    ("CAA", '0 issue "letsencrypt.org"', None, '0 issue "letsencrypt.org"'),
    ("TLSA", f"3\t1\t1\t{'AB' * 32}", None, f"3 1 1 {'ab' * 32}"),
    ("TLSA", "3 1 1 AB", None, "3 1 1 AB"),
    ("SRV", "5\t5060\tsip.example.com", 10, "5 5060 sip.example.com"),
    ("NOSUCH", "what  it\tis", None, "what it is"),
]


@pytest.mark.parametrize(("record_type", "content", "priority", "value"), READ)
def test_what_the_api_answers_is_read_by_what_it_says(record_type: str, content: str, priority: float | None, value: str) -> None:
    assert codec.to_value(record_type, content, priority) == value


WRITTEN = [
    ("TXT", "v=spf1 -all", {"content": '"v=spf1 -all"'}),
    ("TXT", "v=DKIM1; k=rsa", {"content": '"v=DKIM1; k=rsa"'}),
    ("TXT", 'a"b\\c', {"content": '"a\\"b\\\\c"'}),
    ("TXT", "é\t\udcff~\x7f", {"content": '"\\195\\169\\009\\255~\\127"'}),
    ("TXT", "", {"content": '""'}),
    ("TXT", "A" * 256, {"content": f'"{"A" * 255}" "A"'}),
    ("MX", "10 mx1.example.com.", {"content": "mx1.example.com", "priority": 10}),
    ("MX", "0 .", {"content": ".", "priority": 0}),
    ("CNAME", "k1.example.net.", {"content": "k1.example.net"}),
    ("NS", "ns1.example.net.", {"content": "ns1.example.net"}),
    ("A", "192.0.2.1", {"content": "192.0.2.1"}),
    ("AAAA", "2001:db8::1", {"content": "2001:db8::1"}),
    ("CAA", '128 issue "letsencrypt.org; a=b"', {"data": {"flags": 128, "tag": "issue", "value": "letsencrypt.org; a=b"}}),
    ("TLSA", f"3 1 1 {'ab' * 32}", {"data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": "ab" * 32}}),
]


@pytest.mark.parametrize(("record_type", "value", "fields"), WRITTEN)
def test_a_value_is_written_as_the_api_wants_it(record_type: str, value: str, fields: dict[str, object]) -> None:
    assert codec.to_fields(record_type, value) == fields


REFUSED = [
    ("A", "mx1.example.com.", r"'mx1\.example\.com\.' cannot be a A record"),
    ("MX", "mx1.example.com.", "cannot be a MX record"),
    ("NOSUCH", "x", "cannot be a NOSUCH record"),
    ("LOC", "51 N 0 W 10m", "LOC records at Cloudflare are not written by this program"),
]


@pytest.mark.parametrize(("record_type", "value", "message"), REFUSED)
def test_what_no_record_can_hold_is_refused(record_type: str, value: str, message: str) -> None:
    with pytest.raises(CouldNotDoError, match=message):
        codec.to_fields(record_type, value)


@given(st.binary(max_size=1200))
def test_all_octets_come_back_in_strings_of_255(octets: bytes) -> None:
    value = octets.decode("utf-8", "surrogateescape")
    content = codec.to_fields("TXT", value)["content"]
    assert codec.to_value("TXT", content, None) == value
    assert content.isascii()
    assert content.isprintable()
    assert codec.wire_octets("TXT", value) == len(octets) + max(1, (len(octets) + 254) // 255)


@pytest.mark.parametrize(("record_type", "value", "octets"), [("TXT", "", 1), ("TXT", "é", 3), ("A", "192.0.2.1", 4), ("MX", "10 a.b.", 7)])
def test_octets_on_the_wire(record_type: str, value: str, octets: int) -> None:
    assert codec.wire_octets(record_type, value) == octets
