"""What BIND, Knot DNS and PowerDNS have to say, in one message each, and what they do with what is not ours."""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.name
import dns.rdata
import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.record import RRsetChange
from emailauth.core.zone import Zone
from emailauth.dns_hosts import DnsHost
from emailauth.dns_hosts.rfc2136 import open_host
from tests.dns_hosts.rfc2136.served import Start, settings
from tests.servers.bind9 import bind9
from tests.servers.knot import knot
from tests.servers.powerdns import powerdns
from tests.servers.program import NameServer, Served, make_key, wait_until

STARTS: dict[str, Start] = {"bind9": bind9, "knot": knot, "powerdns": powerdns}
ZONES = [
    Served(name="example.com"),
    Served(name="child.example.com"),
    Served(name="signed.example", signed=True),
    Served(name="no-update.example", update=False),
    Served(name="no-transfer.example", transfer=False),
]
RECORDS = """
child NS ns1
cut NS ns.example.net.
alias CNAME nothing.here.example.net.
inner CNAME ns1
redirected DNAME example.net.
*.wild TXT "from the wildcard"
own.wild TXT "from the wildcard"
other.wild TXT "its own"
*.aliases CNAME ns1
mixed MX 10 Mail.Example.NET.
deep.below.it TXT "x"
"""


@dataclass
class Told:
    """A server, and its name."""

    program: str
    server: NameServer
    folder: Path

    def host(self, **said: Any) -> DnsHost:
        """One that does not wait."""
        return open_host(settings(self.server, **said), self.folder, pause=lambda _: None)


@pytest.fixture(scope="module", params=sorted(STARTS))
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folders = [tmp_path_factory.mktemp(name) for name in ("key", "primary", "server")]
    key_file = make_key(folders[0])
    filled = Served(name="example.com", records=ZONES[0].records + RECORDS)
    with (
        bind9(folders[1], [Served(name="copied.example")], key_file=key_file) as primary,
        STARTS[request.param](
            folders[2], [filled, *ZONES[1:], Served(name="copied.example", primary=primary.port)], key_file=key_file
        ) as server,
    ):
        yield Told(request.param, server, folders[2])


def changed(host: DnsHost, name: str, **said: Any) -> Zone:
    (zone,) = host.read([name])
    before = zone.rrsets.get((name, "TXT"))
    return host.apply(zone, [RRsetChange(**{"name": name, "type": "TXT", "before": before, "after": ("x",), "ttl": 300, **said})])


def test_the_zone_of_a_name_is_found_by_asking(told: Told) -> None:
    names = ["_dmarc.example.com", "example.com", "a.b.c.example.com", "alias.example.com", "inner.example.com", "a.signed.example"]
    zones = told.host().read([*names, "child.example.com", "x.child.example.com"])
    assert [zone.name for zone in zones] == ["example.com", "signed.example", "child.example.com"]
    assert all(zone.complete for zone in zones)
    assert zones[0].place == f"zone example.com at 127.0.0.1:{told.server.port}"


def test_a_zone_has_what_people_put_there_and_nothing_that_the_server_made(told: Told) -> None:
    (zone,) = told.host().read(["signed.example"])
    assert {key: (rrset.ttl, rrset.values) for key, rrset in zone.rrsets.items() if key[1] != "SOA"} == {
        ("signed.example", "NS"): (300, ("ns1.signed.example.",)),
        ("ns1.signed.example", "A"): (300, ("192.0.2.1",)),
    }
    assert {str(rdataset.rdtype.name) for _, rdataset in told.server.copy("signed.example").iterate_rdatasets()} >= {
        "RRSIG",
        "NSEC",
        "DNSKEY",
    }


def test_values_are_in_their_one_form(told: Told) -> None:
    for read in ("axfr", "query"):
        (zone,) = told.host(read=read).read(["mixed.example.com"])
        assert zone.rrsets["mixed.example.com", "MX"].values == ("10 mail.example.net.",)


@pytest.mark.parametrize("read", ["axfr", "query"])
@pytest.mark.parametrize("zones", [None, ["example.com"]])
@pytest.mark.parametrize("name", ["cut.example.com", "a.cut.example.com"])
def test_a_name_that_is_handed_on_is_told(name: str, zones: list[str] | None, read: str, told: Told) -> None:
    with pytest.raises(UsageError, match=r"cut\.example\.com.*hand|handed .* on at cut\.example\.com") as raised:
        told.host(read=read, zones=zones).read([name])
    assert "give the DNS host that has" in str(raised.value)


@pytest.mark.parametrize("read", ["axfr", "query"])
def test_a_name_below_a_dname_is_told(read: str, told: Told) -> None:
    with pytest.raises(UsageError, match=r"redirected by the DNAME of|DNAME of redirected.example.com hands"):
        told.host(read=read).read(["a.redirected.example.com"])
    assert told.host(read=read).read(["redirected.example.com"])


def test_a_zone_that_is_asked_name_by_name_is_not_complete(told: Told) -> None:
    (zone,) = told.host(read="query").read(["mixed.example.com", "nothing.example.com", "alias.example.com"])
    assert not zone.complete
    assert {key for key in zone.rrsets if key[1] != "SOA"} == {
        ("example.com", "NS"),
        ("mixed.example.com", "MX"),
        ("alias.example.com", "CNAME"),
    }


def test_what_a_wildcard_answers_is_no_set_of_the_name(told: Told) -> None:
    names = [f"{label}.example.com" for label in ("a.wild", "own.wild", "other.wild", "a.aliases", "wild", "*.wild")]
    (zone,) = told.host(read="query").read(names)
    assert {key: rrset.values for key, rrset in zone.rrsets.items() if key[0] in names} == {
        ("own.wild.example.com", "TXT"): ("from the wildcard",),
        ("other.wild.example.com", "TXT"): ("its own",),
        ("*.wild.example.com", "TXT"): ("from the wildcard",),
    }
    after = changed(told.host(read="query"), "b.wild.example.com")
    assert after.rrsets["b.wild.example.com", "TXT"].values == ("x",)
    changed(told.host(read="query"), "b.wild.example.com", after=())


def test_a_wildcard_is_found_out_by_a_key_that_may_update_or_told(told: Told) -> None:
    host = told.host(read="query", zones=["example.com"], key_file=None)
    if told.program == "bind9":  # with update-policy, it looks at prerequisites before it asks who wants to know
        (zone,) = host.read(["a.wild.example.com"])
        assert ("a.wild.example.com", "TXT") not in zone.rrsets
    else:
        message = (
            r"TXT of a\.wild\.example\.com may come from a wildcard, and this address may not find out by an update \((REFUSED|NOTAUTH)\)"
        )
        with pytest.raises(CouldNotDoError, match=message):
            host.read(["a.wild.example.com"])


@pytest.mark.parametrize("zone_name", ["example.com", "signed.example"])
def test_an_empty_name_with_names_below_can_become_a_cname(zone_name: str, told: Told) -> None:
    told.server.put(zone_name, {(f"deep.below.it.{zone_name}", "TXT"): (300, ("x",))})
    host, name = told.host(), f"below.it.{zone_name}"
    zone = changed(host, name, type="CNAME", after=("k.example.net.",))
    assert zone.rrsets[name, "CNAME"].values == ("k.example.net.",)
    assert (name, "CNAME") not in changed(host, name, type="CNAME", before=zone.rrsets[name, "CNAME"], after=()).rrsets


def test_a_zone_in_another_that_the_server_has_as_well_is_not_taken_for_a_part_of_it(told: Told) -> None:
    host = told.host(read="query", zones=["example.com"])
    with pytest.raises(UsageError, match=r"has x\.child\.example\.com in its zone child\.example\.com, not in example\.com: correct"):
        host.read(["x.child.example.com"])
    with pytest.raises(UsageError, match=r"the NS of child\.example\.com hands x\.child\.example\.com on"):
        told.host(zones=["example.com"]).read(["x.child.example.com"])


def test_what_is_not_asked_for_is_not_run_over(told: Told) -> None:
    told.server.put("example.com", {("hidden.example.com", "HINFO"): (300, ('"a" "b"',))})
    message = (
        r"a record set is no longer as it was read, or has a type that `read: query` does not ask for \(YXDOMAIN\), and nothing was changed"
    )
    with pytest.raises(ConflictError, match=message):
        changed(told.host(read="query"), "hidden.example.com", type="CNAME", before=None, after=("k.example.net.",))
    assert told.host().read(["example.com"])[0].types_at("hidden.example.com") == {"HINFO"}


def test_a_zone_of_several_messages_is_read_whole(told: Told) -> None:
    keys = [(f"n{i}.big.example.com", "TXT") for i in range(160)]
    for part in (keys[:80], keys[80:]):
        told.server.put("example.com", dict.fromkeys(part, (300, ("x" * 430,))))
    (zone,) = told.host().read(["example.com"])
    assert {key for key in zone.rrsets if "big" in key[0]} == set(keys)
    for part in (keys[:80], keys[80:]):
        told.server.put("example.com", dict.fromkeys(part, (300, ())))


def test_a_zone_that_powerdns_cannot_transfer_can_be_asked_name_by_name(tmp_path: Path) -> None:
    """It puts 100 records into one message, whether they fit or not."""
    strings = " ".join(['"' + "x" * 250 + '"'] * 4)
    large = "".join(f"n{i} TXT {strings}\n" for i in range(90))
    with powerdns(tmp_path, [Served(name="example.com", records=ZONES[0].records + large)]) as server:
        message = r"closed the connection .*, while it transferred example\.com: its log may say why; `read: query` needs no transfer"
        with pytest.raises(CouldNotDoError, match=message):
            open_host(settings(server), tmp_path).read(["example.com"])
        (zone,) = open_host(settings(server, read="query"), tmp_path).read(["n1.example.com"])
    assert zone.rrsets["n1.example.com", "TXT"].values == ("x" * 1000,)


@pytest.mark.parametrize("name", ["kept.example.com", "kept.signed.example"])
def test_foreign_records_are_kept_to_the_string_and_the_octet(name: str, told: Told) -> None:
    odd = [dns.rdata.from_text("IN", "TXT", text) for text in ('"ab" "" "c"', '"\\000\\255 ;"', '"v=spf1 -all"')]
    owner, zone_name = dns.name.from_text(name), name.partition(".")[2]
    assert told.server.update(zone_name, lambda message: message.add(owner, 900, *odd)) == "NOERROR"
    host = told.host()
    for ttl, after in ((900, "v=spf1 mx -all"), (60, "v=spf1 a -all")):
        changed(host, name, after=("abc", "\0\udcff ;", after), ttl=ttl)
        there = told.server.copy(zone_name).get_rdataset(owner, "TXT")
        assert there is not None
        assert there.ttl == ttl
        assert set(there) == {*odd[:2], dns.rdata.from_text("IN", "TXT", f'"{after}"')}
    changed(host, name, after=())


def test_other_types_at_the_name_are_left_alone_when_a_set_comes_and_goes(told: Told) -> None:
    host = told.host()
    before = changed(host, "mixed.example.com").rrsets["mixed.example.com", "MX"]
    after = changed(host, "mixed.example.com", after=()).rrsets
    assert after["mixed.example.com", "MX"] == before
    assert ("mixed.example.com", "TXT") not in after


def bad_key(told: Told, what: str) -> str:
    """A key file like the server's, and wrong."""
    text = told.server.key_file.read_text()
    new = {
        "secret": text.replace(told.server.secret, "AAAA"),
        "name": text.replace("emailauth-key", "other-key"),
        "algorithm": text.replace("hmac-sha256", "hmac-sha512"),
    }[what]
    (told.folder / f"{what}.key").write_text(new)
    return f"{what}.key"


@pytest.mark.parametrize("zones", [None, ["example.com"]])
@pytest.mark.parametrize("read", ["axfr", "query"])
@pytest.mark.parametrize(
    ("what", "message"),
    [
        (
            "secret",
            r"finds the signature of the key emailauth-key wrong \(BADSIG\): the secret in .*secret\.key is not the one that it has",
        ),
        ("name", r"does not know the key other-key, used with hmac-sha256 \(BADKEY\): correct key_name and key_algorithm"),
        ("algorithm", r"does not know the key emailauth-key, used with hmac-sha512 \(BADKEY\): correct key_name and key_algorithm"),
    ],
)
def test_a_key_that_the_server_does_not_accept(what: str, message: str, read: str, zones: list[str] | None, told: Told) -> None:
    if told.program == "powerdns":
        message = r"does not accept the key (emailauth|other)-key \(NOTAUTH, unsigned\): compare its name, algorithm and secret"
    host = told.host(key_file=bad_key(told, what), read=read, zones=zones)
    with pytest.raises(CouldNotDoError, match=message) as raised:
        host.read(["_dmarc.example.com"])
    shown = "".join(traceback.format_exception(raised.value)) + repr(vars(host))
    assert told.server.secret not in shown
    assert "AAAA" not in shown


def test_a_zone_that_the_key_may_not_update(told: Told) -> None:
    code = "NOTAUTH" if told.program == "knot" else "REFUSED"
    message = rf"did not update no-update\.example \({code}\): let the key emailauth-key update these names and types there"
    with pytest.raises(CouldNotDoError, match=message):
        changed(told.host(), "a.no-update.example")


def test_bind_refuses_an_mx_whose_host_has_no_address(told: Told) -> None:
    if told.program == "bind9":
        with pytest.raises(CouldNotDoError, match="BIND also refuses an MX record whose host is in the zone and has no address there"):
            changed(told.host(), "mx.example.com", type="MX", after=("10 nowhere.example.com.",))
    else:
        zone = changed(told.host(), "mx.example.com", type="MX", after=("10 nowhere.example.com.",))
        assert zone.rrsets["mx.example.com", "MX"].values == ("10 nowhere.example.com.",)


def test_a_zone_that_the_key_may_not_transfer(told: Told) -> None:
    code = {"bind9": "REFUSED", "knot": "BADKEY", "powerdns": "NOTAUTH"}[told.program]
    message = rf"does not let the key emailauth-key transfer no-transfer\.example \({code}\): allow it there .*, or say `read: query`"
    with pytest.raises(CouldNotDoError, match=message):
        told.host().read(["a.no-transfer.example"])
    zone = changed(told.host(read="query"), "a.no-transfer.example")
    assert zone.rrsets["a.no-transfer.example", "TXT"].values == ("x",)


def test_without_a_key_a_server_that_wants_one_says_so(told: Told) -> None:
    with pytest.raises(CouldNotDoError, match=r"does not let this address transfer example\.com"):
        told.host(key_file=None).read(["example.com"])
    with pytest.raises(CouldNotDoError, match=r"did not update example\.com \((REFUSED|NOTAUTH)\): let this address update"):
        changed(told.host(key_file=None, read="query"), "example.com")


@pytest.mark.parametrize("read", ["axfr", "query"])
def test_a_zone_that_the_server_does_not_have(read: str, told: Told) -> None:
    for zones in (None, ["example.org"]):
        with pytest.raises(
            UsageError, match=r"has no zone that holds example\.org, or does not let .* \(REFUSED\): correct dns_host rfc2136"
        ):
            told.host(read=read, zones=zones).read(["example.org"])
    told_of = {
        "axfr": r"has no zone sub\.example\.com, only one above it",
        "query": r"has a\.sub\.example\.com in its zone example\.com, not in",
    }
    with pytest.raises(UsageError, match=f"{told_of[read]}.*: correct dns_host rfc2136, zones"):
        told.host(read=read, zones=["sub.example.com"]).read(["a.sub.example.com"])


def test_a_secondary_is_told(told: Told) -> None:
    wait_until(lambda: _has_copy(told))
    message = {
        "bind9": r"did not update copied\.example \(REFUSED\): .*; a secondary does not: there, name the primary",
        "knot": r"accepted the update \(NOERROR\), and yet .* did not change as asked: .*; if the server is a secondary, .* name the primary",
        "powerdns": r"did not update copied\.example \(REFUSED\): .*; a secondary does not: there, name the primary",
    }[told.program]
    with pytest.raises(CouldNotDoError, match=message):
        changed(told.host(), "a.copied.example")


def _has_copy(told: Told) -> bool:
    try:
        return bool(told.host().read(["copied.example"]))
    except (CouldNotDoError, UsageError):
        return False


def test_a_secondary_that_has_no_copy_yet_fails(tmp_path: Path) -> None:
    with bind9(tmp_path, [Served(name="copied.example", primary=1)]) as server:
        host = open_host(settings(server), tmp_path)
        with pytest.raises(CouldNotDoError, match=r"cannot answer for copied\.example \(SERVFAIL\): its log says why"):
            host.read(["copied.example"])


@pytest.mark.parametrize("signed", [False, True])
def test_bind_needs_to_grant_no_more_than_the_types_of_ours(signed: bool, tmp_path: Path) -> None:
    with bind9(tmp_path, [Served(name="example.com", signed=signed, types="TXT CNAME MX")]) as server:
        host, name = open_host(settings(server), tmp_path), "a.example.com"
        zone = changed(host, name)
        alias = RRsetChange(name=name, type="CNAME", before=None, after=("k.example.net.",), ttl=300)
        zone = host.apply(zone, [RRsetChange(name=name, type="TXT", before=zone.rrsets[name, "TXT"], after=(), ttl=300), alias])
        assert zone.types_at(name) == {"CNAME"}
        with pytest.raises(CouldNotDoError, match=r"\(REFUSED\): let the key emailauth-key update these names and types there"):
            changed(host, "b.example.com", type="TLSA", after=(f"3 1 1 {'ab' * 32}",))
