"""What a zone file says, in every way that RFC 1035 section 5 lets it be said."""

import hashlib
from pathlib import Path

import pytest

from emailauth.core.errors import UsageError
from emailauth.dns_hosts.zonefile import Settings, open_host, settings_for
from tests.dns_hosts.zonefile_bench import HEAD, Bench, load

A, TXT, MX = "A", "TXT", "MX"
WAYS: dict[str, tuple[str, dict[tuple[str, str], tuple[int, tuple[str, ...]]]]] = {
    "owner, TTL, class": ("www 60 IN A 192.0.2.2", {("www.example.com", A): (60, ("192.0.2.2",))}),
    "owner, class, TTL": ("www IN 60 A 192.0.2.2", {("www.example.com", A): (60, ("192.0.2.2",))}),
    "a default TTL": ("www A 192.0.2.2", {("www.example.com", A): (3600, ("192.0.2.2",))}),
    "TTL units": ("www 1W2d3H4m5s A 192.0.2.2", {("www.example.com", A): (788645, ("192.0.2.2",))}),
    "$TTL units": ("$ttl 2d ; long\nwww A 192.0.2.2", {("www.example.com", A): (172800, ("192.0.2.2",))}),
    "names of any case": ("WWW.Example.COM. in a 192.0.2.2", {("www.example.com", A): (3600, ("192.0.2.2",))}),
    "an owner name that reads as a TTL": ("10 A 192.0.2.2", {("10.example.com", A): (3600, ("192.0.2.2",))}),
    "an owner name that reads as a class": ("in TXT 60", {("in.example.com", TXT): (3600, ("60",))}),
    "the origin": ("@ MX 10 @", {("example.com", MX): (3600, ("10 example.com.",))}),
    "a relative $ORIGIN": ("$ORIGIN sub\n@ MX 10 mx", {("sub.example.com", MX): (3600, ("10 mx.sub.example.com.",))}),
    "the root as $ORIGIN": ("$ORIGIN .\nwww.example.com TXT a", {("www.example.com", TXT): (3600, ("a",))}),
    "canonical names": ("@ MX 010 MX.Example.NET.", {("example.com", MX): (3600, ("10 mx.example.net.",))}),
    "octets in order": ("@ TXT a b \"c d\" 'e'", {("example.com", TXT): (3600, ("abc d'e'",))}),
    "escapes": ('@ TXT "\\"\\;\\065\\\\" \\"x\\ y\\;z', {("example.com", TXT): (3600, ('";A\\"x y;z',))}),
    "raw and escaped octets": ('@ TXT "é\\195\\169\\é" \\255é', {("example.com", TXT): (3600, ("ééé\udcffé",))}),
    "control characters": ('@ TXT "a\tb\\\tc\x07" \\\t\x01', {("example.com", TXT): (3600, ("a\tb\tc\x07\t\x01",))}),
    "a semicolon that begins a comment": ("@ TXT a;b", {("example.com", TXT): (3600, ("a",))}),
    "a semicolon in quotes": ('@ TXT "a;b";c', {("example.com", TXT): (3600, ("a;b",))}),
    "an empty string": ('@ TXT ""', {("example.com", TXT): (3600, ("",))}),
    "one value twice": ('@ TXT a\n@ TXT "\\097"', {("example.com", TXT): (3600, ("a",))}),
    "two values that join alike": ("@ TXT ab\n@ TXT a b", {("example.com", TXT): (3600, ("ab", "ab"))}),
    "TTLs that differ": ("www 60 A 192.0.2.2\nwww 50 A 192.0.2.3", {("www.example.com", A): (50, ("192.0.2.2", "192.0.2.3"))}),
    "types by number": ("@ TYPE16 \\# 2 0161", {("example.com", TXT): (3600, ("a",))}),
    "unknown types": ("@ TYPE65400 \\# 2 ABCD", {("example.com", "TYPE65400"): (3600, ("\\# 2 abcd",))}),
    "parentheses": ('@ ( TXT\n ( "a" ; x )\n\n; y (\n) b ) c', {("example.com", TXT): (3600, ("abc",))}),
    "parentheses around nothing": ("( ; x\n)\n@ TXT a", {("example.com", TXT): (3600, ("a",))}),
    "a blank owner name": ("www TXT a\n \t; x\n\n   A 192.0.2.2", {("www.example.com", TXT): (3600, ("a",)), ("www.example.com", A): (3600, ("192.0.2.2",))}),
    "a blank owner name under another $ORIGIN": ("www TXT a\n$ORIGIN sub\n A 192.0.2.2", {("www.example.com", TXT): (3600, ("a",)), ("www.example.com", A): (3600, ("192.0.2.2",))}),
    "escaped names": ("a\\.b.c\\032d TXT a", {("a\\.b.c\\032d.example.com", TXT): (3600, ("a",))}),
    "a name that begins with a dollar sign": ("\\$TTL TXT a", {("\\$ttl.example.com", TXT): (3600, ("a",))}),
    "names out of the zone": ("www.example.net. A 192.0.2.2\n  TXT a", {}),
    "$GENERATE": ("$GENERATE 1-5/2 h${0,2} 60 TXT x$", {(f"h0{i}.example.com", TXT): (60, (f"x{i}",)) for i in (1, 3, 5)}),
    "CAA keeps the case of its text": ('@ CAA 0 issue "CA.example; a=B"', {("example.com", "CAA"): (3600, ('0 issue "CA.example; a=B"',))}),
    "TLSA": ("_25._tcp TLSA 3 1 0 ( ABCD\n EF )", {("_25._tcp.example.com", "TLSA"): (3600, ("3 1 0 abcdef",))}),
}  # fmt: skip
BASE = {("example.com", "SOA"), ("example.com", "NS"), ("ns1.example.com", "A")}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("way", WAYS)
def test_a_record_may_be_written_with(way: str, line_end: str, tmp_path: Path) -> None:
    body, expected = WAYS[way]
    bench = Bench(tmp_path)
    bench.write((HEAD + body).replace("\n", line_end))
    assert {key: found for key, found in bench.sets().items() if key not in BASE} == expected


@pytest.mark.parametrize("way", [way for way in WAYS if way not in {"an owner name that reads as a class", "TTLs that differ"}])
def test_bind_takes_it_too(way: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write(HEAD + "$GENERATE 1-1 knot-is-not-asked A 192.0.2.$\n" + WAYS[way][0] + "\n")
    load(bench.path)


def test_without_a_default_the_ttl_is_that_of_the_record_before(tmp_path: Path) -> None:
    """RFC 1035 section 5.1; BIND 9 answers with just these TTLs."""
    bench = Bench(tmp_path)
    bench.write(HEAD.replace("$TTL 3600\n@", "@ 600") + "www 60 A 192.0.2.2\nftp A 192.0.2.3\n$TTL 5\nx 6 A 192.0.2.4\ny A 192.0.2.5\n")
    ttls = {name.removesuffix(".example.com"): ttl for (name, type_), (ttl, _) in bench.sets().items() if type_ == A}
    assert ttls == {"ns1": 600, "www": 60, "ftp": 60, "x": 6, "y": 5}


def test_without_any_ttl_it_is_the_last_field_of_the_soa(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write(HEAD.replace("$TTL 3600\n", "") + "www 60 A 192.0.2.2\nftp A 192.0.2.3\n")
    ttls = {name.removesuffix(".example.com"): ttl for (name, type_), (ttl, _) in bench.sets().items() if type_ == A}
    assert ttls == {"ns1": 300, "www": 60, "ftp": 300}


def test_included_files_are_read_from_beside_their_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one").write_text('a A 192.0.2.3\n$INCLUDE "two" Sub ; x\n$TTL 9\n$ORIGIN other\nb A 192.0.2.4\n')
    (tmp_path / "parts" / "two").write_text("c A 192.0.2.5\n")
    bench = Bench(tmp_path)
    bench.write(HEAD + "www A 192.0.2.2\n$INCLUDE parts/one\n  TXT of-www\nd A 192.0.2.6\n")
    found = {key[0].removesuffix(".example.com"): ttl for key, (ttl, _) in bench.sets().items() if key not in BASE}
    assert found == {"www": 3600, "a": 3600, "c.sub": 3600, "b.other": 9, "d": 3600}
    assert bench.sets()["www.example.com", TXT] == (3600, ("of-www",))


ERRORS = {
    '@ TXT "a\n': "db:5: a quoted string does not end on its line",
    '\n@ TXT a (\n"b\n': "db:7: a quoted string does not end on its line",
    "\n@ TXT ( a\n\n": "db:6: the parenthesis that is opened here is never closed",
    "@ TXT a )\n": "db:5: there is a closing parenthesis and none is open",
    "@ TXT a\\\nb": "db:5: there is a backslash with nothing after it",
    "@ TXT a\rb\n": "db:5: there is a carriage return inside of the line",
    "@ TXT \\256\n": "db:5: ",
    "@ TXT\n": "db:5: ",
    "@ TXT " + "x" * 256 + "\n": "db:5: string too long",
    "www\n": "db:5: owner name, TTL, class and type are expected here, the first three as needed, without quotes",
    '"www" A 192.0.2.2\n': "db:5: owner name, TTL, class and type are expected here, the first three as needed, without quotes",
    "www 60 60 A 192.0.2.2\n": "db:5: DNS resource record type is unknown.",
    "www CH A 192.0.2.2\n": "db:5: DNS resource record type is unknown.",
    "www A 192.0.2\n": "db:5: ",
    "www A 192.0.2.2 192.0.2.3\n": "db:5: ",
    "www" + "x" * 61 + " A 192.0.2.2\n": "db:5: A DNS label is > 63 octets long.",
    "$TTL\n": "db:5: $TTL takes 1 argument(s), at most 1, and here are 0",
    "$TTL soon\n": "db:5: ",
    "$ORIGIN a b\n": "db:5: $ORIGIN takes 1 argument(s), at most 1, and here are 2",
    "$GENERATE 1-2 h$ A\n": "db:5: $GENERATE takes 4 argument(s), at most 6, and here are 3",
    "$GENERATE 1-2 h$ A 192.0.2.x$\n": "db:5: ",
    "$DATE\n": "db:5: $DATE is no directive known here; known are $ORIGIN, $TTL, $INCLUDE, $GENERATE",
    "$INCLUDE nowhere\n": "db:5: cannot read the file of $INCLUDE (its path is taken relative to this file): ",
    "$INCLUDE db\n": "db:5: $INCLUDE goes deeper than 20 files; does a file include itself?",
    "$INCLUDE broken\n": "broken:2: DNS resource record type is unknown.",
    "@ SOA ns1 other 7 1 1 1 1\n": "db: the zone example.com must have one SOA record at example.com, and here are 2",
}


@pytest.mark.parametrize("body", ERRORS)
def test_an_error_is_told_with_its_place(body: str, tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("; x\n@ NOTYPE\n")
    bench = Bench(tmp_path)
    bench.write(HEAD + body)
    with pytest.raises(UsageError) as raised:
        bench.read()
    assert str(raised.value).startswith(f"{tmp_path}/{ERRORS[body]}")
    assert len(str(raised.value)) > len(f"{tmp_path}/db:5: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "db: the zone example.com must have one SOA record at example.com, and here are 0"),
        ("  SOA ns1 h 7 1 1 1 1\n", "db:1: this line has no owner name, and there is no record before it to take it from"),
        ("@ NS ns1\n", "db:1: this record has no TTL, and neither $TTL nor a record before it tells one"),
        ("$GENERATE 1-2 h$ A 192.0.2.$\n", "db:1: "),
        ("$TTL 5\nwww SOA ns1 h 7 1 1 1 1\n", "db: the zone example.com must have one SOA record at example.com, and here are 0"),
    ],
)
def test_a_file_that_is_no_zone_is_told(text: str, message: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write(text)
    with pytest.raises(UsageError) as raised:
        bench.read()
    assert str(raised.value).startswith(f"{tmp_path}/{message}")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"cannot read .*db', which dns_host, zonefile, zones names for example\.com: No such file or directory"
    ):
        Bench(tmp_path).read()


def test_names_find_the_zone_that_encloses_them_most_closely(tmp_path: Path) -> None:
    for zone in ("example.com", "sub.example.com", "example.net"):
        (tmp_path / zone).write_text(HEAD)
    host = open_host(
        Settings(zones={"Example.COM.": "example.com", "sub.example.com": "sub.example.com", "example.net": "example.net"}), tmp_path
    )
    zones = host.read(["_dmarc.sub.example.com", "_dmarc.example.com", "example.com", "notsub.example.com"])
    assert [(zone.name, zone.place) for zone in zones] == [(name, str(tmp_path / name)) for name in ("sub.example.com", "example.com")]
    with pytest.raises(
        UsageError, match=r"no zone file holds example\.org: add its zone .* \(there are example\.com, example\.net, sub\.example\.com\)"
    ):
        host.read(["example.org"])
    assert host.read([]) == []


@pytest.mark.parametrize(("zones", "message"), [({"a..b": "x"}, "is not a domain name"), ({"a.b": "x", "A.B.": "y"}, "a.b is there twice")])
def test_settings_with_bad_names_are_told(zones: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        open_host(Settings(zones=zones), tmp_path)


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("sub.example.com", "db:5: .* by NS of sub.example.com"),
        ("_dmarc.sub.example.com", "db:5: .* by NS of sub.example.com"),
        ("x.moved.example.com", "db:6: .* by DNAME of moved.example.com"),
        ("example.com", None),
        ("moved.example.com", None),
        ("notsub.example.com", None),
    ],
)
def test_a_delegated_name_is_told(name: str, cut: str | None, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write(HEAD + "sub NS ns.example.net.\nmoved DNAME example.net.\n")
    if cut is None:
        assert bench.host().read([name])[0].name == "example.com"
        return
    with pytest.raises(UsageError, match=cut):
        bench.host().read([name])


def test_the_version_is_the_hash_of_the_file_and_of_those_that_it_includes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write(HEAD)
    assert bench.read().version == hashlib.sha256(HEAD.encode()).hexdigest()
    bench.write(HEAD + "$INCLUDE more\n")
    versions = set()
    for more in ("", "; x\n", "; y\n"):
        (tmp_path / "more").write_text(more)
        versions.add(bench.read().version)
    assert len(versions) == 3


@pytest.mark.parametrize(
    ("domain", "zones"),
    [
        ("example.com", ["example.com", "sub.example.com"]),
        ("mail.sub.example.com", ["sub.example.com"]),
        ("other.example.com", ["example.com"]),
        ("example.org", ["Example.COM.", "example.net", "sub.example.com"]),
    ],
)
def test_a_domain_needs_the_zones_that_can_hold_its_names(domain: str, zones: list[str]) -> None:
    settings = Settings(zones={"Example.COM.": "a", "sub.example.com": "b", "example.net": "c"})
    assert sorted(settings_for(settings, domain).zones) == zones
