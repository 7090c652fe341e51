"""Zone files before and after a change, in full: what is ours is edited, and nothing else."""

import datetime as dt
from pathlib import Path

import pytest

from tests.dns_hosts.zonefile_bench import EDITED_HEAD, HEAD, Bench, Wish

SPF, NEW_SPF = "v=spf1 -all", "v=spf1 mx -all"
APEX, DMARC = "example.com", "_dmarc.example.com"
APEX_SPF: Wish = (APEX, "TXT", (NEW_SPF,), 3600)

BODIES: dict[str, tuple[str, list[Wish], str]] = {
    "a value is replaced where it stands, with spaces, TTL and comment as they were": (
        '@\t 600  IN   TXT   "v=spf1 -all"   ; ours\nwww A 192.0.2.2\n',
        [(APEX, "TXT", (NEW_SPF,), 600)],
        '@\t 600  IN   TXT   "v=spf1 mx -all"   ; ours\nwww A 192.0.2.2\n',
    ),
    "foreign values of the set keep their lines": (
        '@ TXT google-site-verification=A ; 1\n@ TXT "v=spf1 " "-all"\n  TXT ( "\\065dobe" ; a\n  "-idp" )\n',
        [(APEX, "TXT", ("google-site-verification=A", "Adobe-idp", NEW_SPF), 3600)],
        '@ TXT google-site-verification=A ; 1\n@ TXT "v=spf1 mx -all"\n  TXT ( "\\065dobe" ; a\n  "-idp" )\n',
    ),
    "a replaced value in parentheses keeps them and its comments": (
        '@ IN TXT ( "v=spf1"   ; version\n    ; the office\n    " -all" )\n',
        [APEX_SPF],
        '@ IN TXT ( "v=spf1 mx -all"   ; version\n    ; the office\n )\n',
    ),
    "a line that a replaced value leaves empty goes": (
        '@ IN TXT ( "v=spf1"\n    " ip4:192.0.2.0/24"\n    " -all"\n    )\n',
        [APEX_SPF],
        '@ IN TXT ( "v=spf1 mx -all"\n    )\n',
    ),
    "words that stay keep the space between them": (
        "@ MX   10    old.example.net. ; there\n",
        [(APEX, "MX", ("10 new.example.net.",), 3600)],
        "@ MX   10    new.example.net. ; there\n",
    ),
    "a CNAME is replaced": (
        "s1._domainkey CNAME s1.old.example.net.\n",
        [("s1._domainkey.example.com", "CNAME", ("s1.new.example.net.",), 3600)],
        "s1._domainkey CNAME s1.new.example.net.\n",
    ),
    "a removed value goes with its comment, and the comment above stays": (
        '; our policy\n_dmarc TXT "v=DMARC1; p=none" ; since May\n; the web\nwww A 192.0.2.2\n',
        [(DMARC, "TXT", (), 3600)],
        "; our policy\n; the web\nwww A 192.0.2.2\n",
    ),
    "a comment with a line of its own outlives the record around it": (
        '_dmarc TXT ( "v=DMARC1;" ; here\n   ; ask Ann\n\n   " p=none" )\nwww A 192.0.2.2\n',
        [(DMARC, "TXT", (), 3600)],
        "   ; ask Ann\nwww A 192.0.2.2\n",
    ),
    "the record behind a removed one keeps its owner name": (
        '_dmarc TXT "v=DMARC1; p=none"\n ; mail\n\tTXT other\n  A 192.0.2.9\n',
        [(DMARC, "TXT", ("other",), 3600)],
        " ; mail\n_dmarc\tTXT other\n  A 192.0.2.9\n",
    ),
    "the owner name that a record gets fits its $ORIGIN": (
        'mail.Sub TXT x\n$ORIGIN sub\n  A 192.0.2.9\n$ORIGIN other.example.com.\n  TXT "x"\n',
        [("mail.sub.example.com", "TXT", ("y",), 3600)],
        'mail.Sub TXT "y"\n$ORIGIN sub\n  A 192.0.2.9\n$ORIGIN other.example.com.\n',
    ),
    "the owner name that a record gets is relative to its $ORIGIN": (
        "mail.Sub TXT x\n$ORIGIN sub\n  A 192.0.2.9\n$ORIGIN other\n  AAAA 2001:db8::1\n",
        [("mail.sub.example.com", "TXT", (), 3600)],
        "$ORIGIN sub\nmail  A 192.0.2.9\n$ORIGIN other\n  AAAA 2001:db8::1\n",
    ),
    "the owner name that a record gets is absolute under a foreign $ORIGIN": (
        "mail TXT x\n$ORIGIN sub\n  A 192.0.2.9\n",
        [("mail.example.com", "TXT", (), 3600)],
        "$ORIGIN sub\nmail.example.com.  A 192.0.2.9\n",
    ),
    "a new value goes behind the last record of its owner": (
        "@ IN MX 10 mx.example.net.\nwww IN A 192.0.2.2\n",
        [(APEX, "TXT", (NEW_SPF,), 3600)],
        '@ IN MX 10 mx.example.net.\n@ IN TXT "v=spf1 mx -all"\nwww IN A 192.0.2.2\n',
    ),
    "a new value behind a blank owner name has a blank one": (
        "www\tA 192.0.2.2\n\t\tA 192.0.2.3 ; second\n\t\tAAAA 2001:db8::1\nftp\tA 192.0.2.4\n",
        [("www.example.com", "TXT", (SPF,), 60)],
        'www\tA 192.0.2.2\n\t\tA 192.0.2.3 ; second\n\t\tAAAA 2001:db8::1\n\t\t60\tTXT\t"v=spf1 -all"\nftp\tA 192.0.2.4\n',
    ),
    "a new name goes to the end, with a TTL where it is not the default": (
        "www 60 IN A 192.0.2.2",
        [(DMARC, "TXT", ("v=DMARC1; p=none",), 3600), ("x.example.com", "CNAME", ("y.example.net.",), 60)],
        'www 60 IN A 192.0.2.2\n_dmarc IN TXT "v=DMARC1; p=none"\nx 60 IN CNAME y.example.net.\n',
    ),
    "a new name is written under the last $ORIGIN and $TTL": (
        "$ORIGIN sub\n$TTL 1m\nwww A 192.0.2.2\n",
        [("x.sub.example.com", "TXT", ("1",), 60), ("sub.example.com", "TXT", ("2",), 3600), (DMARC, "TXT", ("3",), 60)],
        '$ORIGIN sub\n$TTL 1m\nwww A 192.0.2.2\nx TXT "1"\n@ 3600 TXT "2"\n_dmarc.example.com. TXT "3"\n',
    ),
    "a set that is wholly replaced gets its TTL": (
        '_dmarc IN TXT "v=DMARC1; p=none"\n_dmarc 1h IN TXT "v=DMARC1; p=none; pct=1"\nwww IN A 192.0.2.2\n',
        [(DMARC, "TXT", ("v=DMARC1; p=reject",), 300)],
        '_dmarc 300 IN TXT "v=DMARC1; p=reject"\nwww IN A 192.0.2.2\n',
    ),
    "a stated TTL is replaced in its place": (
        '  1h IN TXT "v=spf1 -all"\n@ IN 1h TXT x\n'.replace("  1h", "@ 1h", 1),
        [(APEX, "TXT", (NEW_SPF, "y"), 300)],
        '@ 300 IN TXT "v=spf1 mx -all"\n@ IN 300 TXT "y"\n',
    ),
    "another TTL is for all values of the set": (
        "www 600 TXT one ; 1\nwww 600 TXT two\n    TXT three\nftp TXT four\n",
        [("www.example.com", "TXT", ("one", "three", SPF), 300), ("ftp.example.com", "TXT", ("four",), 300)],
        'www 300 TXT one ; 1\nwww 300 TXT "v=spf1 -all"\n    300 TXT three\nftp 300 TXT four\n',
    ),
    "where TTLs of a set differ, an error, the lines that stay keep theirs and what is new has the least": (
        "www 600 TXT stays\nwww 60 TXT goes\nftp TXT 1\nftp 60 TXT 2\n",
        [("www.example.com", "TXT", ("stays",), 60), ("ftp.example.com", "TXT", ("1", "2", "3"), 60)],
        'www 600 TXT stays\nftp TXT 1\nftp 60 TXT 2\nftp 60 TXT "3"\n',
    ),
    "a value that stands there twice is replaced once": (
        '@ TXT "v=spf1 -all"\nwww A 192.0.2.2\n@ TXT v=spf1\\032-all\n',
        [APEX_SPF],
        '@ TXT "v=spf1 mx -all"\nwww A 192.0.2.2\n',
    ),
    "two ways to split a value are two records, and one of them can go": (
        '@ TXT "v=spf1 -all"\n@ TXT "v=spf1" " -all"\n',
        [(APEX, "TXT", (SPF,), 3600)],
        '@ TXT "v=spf1 -all"\n',
    ),
    "a type makes room for another at the same name": (
        's1._domainkey TXT "v=DKIM1; p=" ; old\nwww A 192.0.2.2\n',
        [("s1._domainkey.example.com", "TXT", (), 60), ("s1._domainkey.example.com", "CNAME", ("k.example.net.",), 3600)],
        "s1._domainkey CNAME k.example.net.\nwww A 192.0.2.2\n",
    ),
    "a new value behind a removed one with a blank owner name states its owner": (
        'www A 192.0.2.2\n$ORIGIN x\n  TXT "old"\n',
        [("www.example.com", "TXT", (), 60), ("www.example.com", "A", (), 60), ("www.example.com", "CNAME", ("k.example.net.",), 3600)],
        "$ORIGIN x\nwww.example.com. CNAME k.example.net.\n",
    ),
    "quotes, backslashes and octets are escaped in decimal": (
        '@ TXT "a"\n',
        [(APEX, "TXT", ('say "hi"; \\ \x07\udcffé',), 3600)],
        '@ TXT "say \\"hi\\"; \\\\ \\007\\255\\195\\169"\n',
    ),
    "a long value is split after 255 octets": (
        "@ TXT a b\n",
        [(APEX, "TXT", ("x" * 254 + "é" + "y" * 300,), 3600)],
        '@ TXT "' + "x" * 254 + '\\195" "\\169' + "y" * 254 + '" "' + "y" * 46 + '"\n',
    ),
    "an empty value is one empty string": ("@ TXT a\n", [(APEX, "TXT", ("",), 3600)], '@ TXT ""\n'),
    "a class written as a number is a class": (
        "www CLASS1 A 192.0.2.2\n",
        [("www.example.com", "TXT", ("x",), 3600)],
        'www CLASS1 A 192.0.2.2\nwww CLASS1 TXT "x"\n',
    ),
    "strings that touch are parted": ('@ TXT "a""b""c"\n', [(APEX, "TXT", ("d",), 3600)], '@ TXT "d"\n'),
    "values may be given in any case": ("@ MX 10 A.Example.NET.\n@ TXT x\n", [(APEX, "MX", ("10 a.example.net.",), 3600), (APEX, "TXT", (), 9)], "@ MX 10 A.Example.NET.\n"),
    "directives of others survive": (
        "$GENERATE 1-3 host$ A 192.0.2.$\n$INCLUDE more\n",
        [(DMARC, "TXT", ("v=DMARC1; p=none",), 3600)],
        '$GENERATE 1-3 host$ A 192.0.2.$\n$INCLUDE more\n_dmarc 3600 IN TXT "v=DMARC1; p=none"\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_the_edited_file_is(case: str, tmp_path: Path) -> None:
    body, wishes, edited = BODIES[case]
    (tmp_path / "more").write_text("more A 192.0.2.7\n")
    assert Bench(tmp_path).edit(HEAD + body, *wishes).decode("latin-1") == EDITED_HEAD + edited


WITHOUT_DEFAULT = "@ 600 IN SOA ns1 hostmaster 7 7200 3600 1209600 300\n@ IN NS ns1\nns1 IN A 192.0.2.1\n"


@pytest.mark.parametrize(
    ("body", "wish", "edited"),
    [
        ("www 60 A 192.0.2.2\nftp A 192.0.2.3\n", ("www.example.com", "A", (), 9), "ftp 60 A 192.0.2.3\n"),
        ("www 60 A 192.0.2.2\n  TXT x\n", ("www.example.com", "A", (), 9), "www  60 TXT x\n"),
        ("www 60 A 192.0.2.2\nftp A 192.0.2.3\n", ("www.example.com", "A", ("192.0.2.4",), 9), "www 9 A 192.0.2.4\nftp 60 A 192.0.2.3\n"),
        ("www A 192.0.2.2\nftp A 192.0.2.3\n", ("www.example.com", "A", ("192.0.2.4",), 9), "www 9 A 192.0.2.4\nftp 600 A 192.0.2.3\n"),
        ("www A 192.0.2.2\nftp A 192.0.2.3\nx A 192.0.2.4\n", ("www.example.com", "TXT", ("x",), 60), 'www A 192.0.2.2\nwww 60 TXT "x"\nftp 600 A 192.0.2.3\nx A 192.0.2.4\n'),
        ("www A 192.0.2.2\nftp A 192.0.2.3\n", ("www.example.com", "TXT", ("x",), 600), 'www A 192.0.2.2\nwww 600 TXT "x"\nftp A 192.0.2.3\n'),
        ("www 60 A 192.0.2.2\nftp 60 A 192.0.2.3\nx A 192.0.2.4\n", ("www.example.com", "A", (), 9), "ftp 60 A 192.0.2.3\nx A 192.0.2.4\n"),
    ],
)  # fmt: skip
def test_a_ttl_taken_over_from_the_record_before_stays(body: str, wish: Wish, edited: str, tmp_path: Path) -> None:
    expected = WITHOUT_DEFAULT.replace(" 7 ", " 8 ") + edited
    assert Bench(tmp_path).edit(WITHOUT_DEFAULT + body, wish).decode() == expected


def test_without_any_ttl_that_of_the_soa_counts_and_is_stated_in_what_is_new(tmp_path: Path) -> None:
    text = WITHOUT_DEFAULT.replace("@ 600", "@", 1)
    edited = Bench(tmp_path).edit(text, (DMARC, "TXT", ("x",), 300)).decode()
    assert edited == text.replace(" 7 ", " 8 ") + '_dmarc 300 IN TXT "x"\n'


SOA = (
    "$TTL 1h ; caf\xe9 in latin-1\n"
    "example.com.\tIN\tSOA\tns1.example.com. hostmaster.example.com. ( ; who\n"
    "\t\t{serial}\t; serial (do raise; 7)\n"
    "\t\t; now come times\n"
    "\t\t1d 2h 4w 5m )\n"
    "\tNS\tns1\n"
    "\n"
    "ns1\tA\t192.0.2.1"
)


@pytest.mark.parametrize(
    ("serial", "raised"),
    [
        ("7", "8"),
        ("0007", "8"),
        ("0", "1"),
        ("4294967294", "4294967295"),
        ("4294967295", "0"),
        ("2025123199", "2026030100"),
        ("2026022800", "2026030100"),
        ("2026030100", "2026030101"),
        ("2026030199", "2026030200"),
        ("2027010100", "2027010101"),
        ("2025130100", "2025130101"),
        ("1776070400", "1776070401"),
    ],
)
def test_the_serial_rises_in_its_place(serial: str, raised: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, today=dt.date(2026, 3, 1))
    edited = bench.edit(SOA.format(serial=serial).encode("latin-1"), (APEX, "TXT", (SPF,), 3600))
    txt = '\tTXT\t"v=spf1 -all"\n'
    assert edited.decode("latin-1") == SOA.format(serial=raised).replace("\n\n", f"\n{txt}\n")


def test_lines_that_end_in_crlf_have_more_of_their_kind(tmp_path: Path) -> None:
    text = (HEAD + "@ TXT ( a\n  ; why\n b )\n_dmarc TXT ( a\n  ; why\n  )\nlast A 192.0.2.2").replace("\n", "\r\n")
    wishes: list[Wish] = [(APEX, "TXT", ("ab", SPF), 3600), (DMARC, "TXT", (), 3600), ("x.example.com", "TXT", ("x",), 3600)]
    edited = Bench(tmp_path).edit(text, *wishes).decode()
    body = '@ TXT ( a\n  ; why\n b )\n@ TXT "v=spf1 -all"\n  ; why\nlast A 192.0.2.2\nx TXT "x"\n'
    assert edited == (EDITED_HEAD + body).replace("\n", "\r\n")


def test_an_soa_that_stands_twice_as_in_a_transfer_is_raised_twice(tmp_path: Path) -> None:
    soa = HEAD.splitlines(keepends=True)[1]
    edited = Bench(tmp_path).edit(HEAD + soa, (DMARC, "TXT", ("x",), 3600)).decode()
    assert edited == EDITED_HEAD + soa.replace(" 7 ", " 8 ") + '_dmarc IN TXT "x"\n'


def test_the_day_is_that_of_utc_when_none_is_given() -> None:
    from emailauth.dns_hosts.zonefile import _today

    before = dt.datetime.now(dt.UTC).date()
    assert before <= _today() <= dt.datetime.now(dt.UTC).date()
