"""What becomes of an update: answers that are lost, come late, or are not true. Behind the scripted server is a real one."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import dns.message
import dns.tsig
import dns.update
import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError
from emailauth.core.record import RRsetChange
from emailauth.core.zone import Zone
from emailauth.dns_hosts import DnsHost
from emailauth.dns_hosts.rfc2136 import Settings, open_host
from tests.dns_hosts.conformance import ZONE
from tests.dns_hosts.rfc2136.scripted import answer, forwarded, is_update, scripted
from tests.servers.knot import knot
from tests.servers.program import NameServer, Served

NAME = f"a.{ZONE}"
KEY = (NAME, "TXT")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    with knot(tmp_path_factory.mktemp("knot"), [Served(name=ZONE)]) as server:
        yield server


@pytest.fixture(autouse=True)
def _as_before(server: NameServer) -> None:
    server.put(ZONE, {KEY: (300, ("before",)), (f"b.{ZONE}", "TXT"): (300, ())})


class Between:
    """Stands between the host and the server, and does with updates what it is told."""

    def __init__(self, server: NameServer, update: Callable[[bytes], bytes | None]) -> None:
        self.server, self.update = server, update
        self.updates: list[bytes] = []
        self.reads_fail = False
        self.pauses: list[float] = []
        self.while_pausing: Callable[[], None] = lambda: None

    def __call__(self, wire: bytes) -> bytes | None:
        if is_update(wire):
            self.updates.append(wire)
            return self.update(wire)
        return None if self.reads_fail and self.updates else forwarded(wire, self.server)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.while_pausing()

    def host(self, port: int, **said: Any) -> DnsHost:
        settings = Settings(**{"server": "127.0.0.1", "port": port, "key_file": str(self.server.key_file), **said})
        return open_host(settings, Path("/"), pause=self.pause)


def one_change(zone: Zone, after: tuple[str, ...] = ("after",)) -> list[RRsetChange]:
    return [RRsetChange(name=NAME, type="TXT", before=zone.rrsets[KEY], after=after, ttl=300)]


def two_changes(zone: Zone) -> list[RRsetChange]:
    return [*one_change(zone), RRsetChange(name=f"b.{ZONE}", type="TXT", before=None, after=("new",), ttl=300)]


def values(server: NameServer, name: str = NAME) -> set[str]:
    found = server.copy(ZONE).get_rdataset(dns.name.from_text(name), "TXT") or ()
    return {rdata.to_text().strip('"') for rdata in found}


def applied(between: Between, changes: Callable[[Zone], Sequence[RRsetChange]] = one_change, **said: Any) -> Zone:
    with scripted(between) as port:
        host = between.host(port, **said)
        (zone,) = host.read([NAME])
        return host.apply(zone, changes(zone))


def test_an_answer_that_is_lost_after_the_update_was_made_is_no_matter(server: NameServer) -> None:
    def update(wire: bytes) -> None:
        forwarded(wire, server)

    between = Between(server, update)
    zone = applied(between)
    assert zone.rrsets[KEY].values == ("after",)
    assert values(server) == {"after"}
    assert len(between.updates) == 1


@pytest.mark.parametrize(
    ("said", "update"),
    [
        ("closed the connection before it had answered", lambda _, __: None),
        ("answers what cannot be understood", lambda wire, _: wire[:2] + b"\0"),
        ("answers what it was not asked", lambda wire, key: answer(bytes([wire[0] ^ 1]) + wire[1:], "NOERROR", key)),
    ],
    ids=["closed", "garbled", "astray"],
)
def test_an_answer_that_is_lost_before_the_update_was_made_is_told_and_nothing_is_sent_again(
    said: str, update: Callable[[bytes, dns.tsig.Key], bytes | None], server: NameServer
) -> None:
    between = Between(server, lambda wire: update(wire, server.key))
    with pytest.raises(CouldNotDoError, match=rf"{said}.*; nothing has changed since; run again") as raised:
        applied(between)
    assert not isinstance(raised.value, PartlyDoneError | ConflictError)
    assert len(between.updates) == 1
    assert values(server) == {"before"}


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    end = Event()

    def update(_: bytes) -> None:
        end.wait(60)

    between = Between(server, update)
    with scripted(between) as port:
        host: Any = between.host(port)
        (zone,) = host.read([NAME])
        send = host._server.update

        def hastily(message: dns.update.UpdateMessage) -> object:
            with monkeypatch.context() as patch:
                patch.setattr(host._server, "_timeout", 0.1)
                return send(message)

        monkeypatch.setattr(host._server, "update", hastily)
        with pytest.raises(CouldNotDoError, match=r"did not answer within 0.1 seconds.*; nothing has changed since; run again"):
            host.apply(zone, one_change(zone))
        end.set()
    assert values(server) == {"before"}


def test_an_answer_that_is_not_signed_is_no_answer(server: NameServer) -> None:
    def forged(wire: bytes) -> bytes:
        return answer(wire, "NOERROR", None)

    def made_and_forged(wire: bytes) -> bytes:
        forwarded(wire, server)
        return answer(wire, "NOERROR", None)

    with pytest.raises(CouldNotDoError, match=r"without the key's signature.*nothing has changed since"):
        applied(Between(server, forged))
    assert applied(Between(server, made_and_forged)).rrsets[KEY].values == ("after",)


def test_an_answer_signed_with_another_secret_is_no_answer(server: NameServer) -> None:
    def forged(wire: bytes) -> bytes:
        return answer(wire, "NOERROR", dns.tsig.Key(server.key.name, b"another"))

    with pytest.raises(CouldNotDoError, match=r"signs its answer with another key or secret than ours.*nothing has changed since"):
        applied(Between(server, forged))


def test_a_zone_that_is_neither_as_before_nor_as_asked_is_told(server: NameServer) -> None:
    def update(_: bytes) -> None:
        server.put(ZONE, {KEY: (300, ("somebody else's",))})

    with pytest.raises(CouldNotDoError, match=f"TXT at {NAME} is not as asked; run again") as raised:
        applied(Between(server, update))
    assert not isinstance(raised.value, PartlyDoneError)
    assert values(server) == {"somebody else's"}


def test_nobody_knows_where_nothing_can_be_read_any_more(server: NameServer) -> None:
    between = Between(server, lambda _: None)
    between.reads_fail = True
    with pytest.raises(CouldNotDoError, match="nobody knows whether it was made"):
        applied(between)


def test_an_update_that_was_accepted_and_cannot_be_read_back_is_told_as_made(server: NameServer) -> None:
    between = Between(server, lambda wire: forwarded(wire, server))
    between.reads_fail = True
    with pytest.raises(PartlyDoneError, match="the update was accepted, and cannot be read back") as raised:
        applied(between)
    assert raised.value.done == {KEY}


def test_an_update_that_is_seen_later_is_waited_for(server: NameServer) -> None:
    between = Between(server, lambda wire: answer(wire, "NOERROR", server.key))

    def make_it_now() -> None:
        if len(between.pauses) == 3:
            server.put(ZONE, {KEY: (300, ("after",))})

    between.while_pausing = make_it_now
    assert applied(between).rrsets[KEY].values == ("after",)
    assert between.pauses == [0.05, 0.1, 0.2]


def test_an_update_that_is_accepted_and_not_made_is_told(server: NameServer) -> None:
    between = Between(server, lambda wire: answer(wire, "NOERROR", server.key))
    with pytest.raises(
        CouldNotDoError, match=rf"accepted the update \(NOERROR\), and yet TXT at {NAME}, TXT at b.{ZONE} did not"
    ) as raised:
        applied(between, two_changes)
    assert not isinstance(raised.value, PartlyDoneError)
    assert sum(between.pauses) == pytest.approx(6.35)


def test_a_set_that_others_change_right_after_is_told_and_so_is_that_the_update_was_made(server: NameServer) -> None:
    def update(wire: bytes) -> bytes:
        told = forwarded(wire, server)
        server.put(ZONE, {KEY: (300, ("theirs",))})
        return told

    with pytest.raises(PartlyDoneError, match=f"and yet TXT at {NAME} did not change as asked: see what else writes there") as raised:
        applied(Between(server, update), two_changes)
    assert raised.value.done == {KEY, (f"b.{ZONE}", "TXT")}


def test_what_others_add_right_after_an_update_does_not_make_it_undone(server: NameServer) -> None:
    """What is given back is what was made, so that whoever goes on from it is told of the conflict."""

    def update(wire: bytes) -> bytes:
        told = forwarded(wire, server)
        server.put(ZONE, {KEY: (300, ("after", "theirs"))})
        return told

    between = Between(server, update)
    with scripted(between) as port:
        host = between.host(port)
        (zone,) = host.read([NAME])
        zone = host.apply(zone, one_change(zone))
        assert zone.rrsets[KEY].values == ("after",)
        between.update = lambda wire: forwarded(wire, server)
        with pytest.raises(ConflictError):
            host.apply(zone, one_change(zone, ("once more",)))
    assert values(server) == {"after", "theirs"}


@pytest.mark.parametrize(
    ("meddled", "message"),
    [
        ({KEY: (300, ("theirs",))}, rf"TXT at {NAME} is no longer as it was read \(NXRRSET\), and nothing was changed; run again"),
        ({(f"b.{ZONE}", "TXT"): (300, ("theirs",))}, rf"TXT at b.{ZONE} is no longer as it was read \(YXRRSET\), and nothing was changed"),
    ],
)
def test_a_conflict_names_the_set(meddled: dict[Any, Any], message: str, server: NameServer) -> None:
    def update(wire: bytes) -> bytes:
        server.put(ZONE, meddled)
        return forwarded(wire, server)

    with pytest.raises(ConflictError, match=message):
        applied(Between(server, update), two_changes)


def test_a_conflict_is_told_even_if_the_zone_cannot_be_read(server: NameServer) -> None:
    between = Between(server, lambda wire: answer(wire, "NXRRSET", server.key))
    between.reads_fail = True
    with pytest.raises(ConflictError, match=r"a record set is no longer as it was read \(NXRRSET\)"):
        applied(between)


def test_a_set_that_is_as_it_was_again_is_a_conflict_all_the_same(server: NameServer) -> None:
    between = Between(server, lambda wire: answer(wire, "YXDOMAIN", server.key))
    with pytest.raises(ConflictError, match=r"a record set is no longer as it was read \(YXDOMAIN\), and nothing was changed; run again"):
        applied(between)


@pytest.mark.parametrize(
    ("rcode", "message"),
    [
        ("REFUSED", r"did not update example.com \(REFUSED\): let the key emailauth-key update these names and types there"),
        (
            "NOTAUTH",
            r"did not update example.com \(NOTAUTH\): let the key emailauth-key update .*; a secondary does not: there, name the primary",
        ),
        ("NOTIMP", r"did not update example.com \(NOTIMP\): let the key"),
        ("NOTZONE", r"did not update example.com \(NOTZONE\): a name is not in that zone"),
        ("SERVFAIL", r"did not update example.com \(SERVFAIL\), and nothing was changed: its log says why"),
        ("FORMERR", r"did not update example.com \(FORMERR\), and nothing was changed: its log says why"),
    ],
)
@pytest.mark.parametrize("signed", [True, False])
def test_a_refusal_is_told_by_its_code_signed_or_not(rcode: str, message: str, signed: bool, server: NameServer) -> None:
    between = Between(server, lambda wire: answer(wire, rcode, server.key if signed else None))
    with pytest.raises(CouldNotDoError, match=message) as raised:
        applied(between)
    assert not isinstance(raised.value, PartlyDoneError | ConflictError)
    assert between.pauses == []
    assert values(server) == {"before"}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (16, r"finds the signature of the key emailauth-key wrong \(BADSIG\): the secret in .*tsig.key is not the one that it has"),
        (17, r"did not update example.com \(NOTAUTH\): let the key emailauth-key update"),  # what Knot says for a key without that right
        (18, r"finds that the signature's time is not now \(BADTIME\): set the clocks of both machines"),
        (22, r"wants longer signatures than hmac-sha256 makes \(BADTRUNC\): use another key_algorithm"),
        (99, "refuses the key emailauth-key: unknown TSIG error code 99"),
    ],
)
def test_what_a_server_says_of_the_key(error: int, message: str, server: NameServer) -> None:
    with pytest.raises(CouldNotDoError, match=message):
        applied(Between(server, lambda wire: answer(wire, "NOTAUTH", server.key, tsig_error=error)))


def big_changes(_: Zone) -> list[RRsetChange]:
    return [RRsetChange(name=f"{i}.big.{ZONE}", type="TXT", before=None, after=("x" * 30_000,), ttl=300) for i in range(3)]


def test_changes_that_are_too_large_for_one_message_go_in_several(server: NameServer) -> None:
    between = Between(server, lambda wire: forwarded(wire, server))
    zone = applied(between, lambda zone: [*big_changes(zone), *two_changes(zone)], read="query")
    assert len(between.updates) == 2
    assert {key for key in zone.rrsets if "big" in key[0]} == {(f"{i}.big.{ZONE}", "TXT") for i in range(3)}
    assert values(server) == {"after"}
    server.put(ZONE, {(f"{i}.big.{ZONE}", "TXT"): (0, ()) for i in range(3)})


@pytest.mark.parametrize("rcode", ["REFUSED", "NXRRSET"])
def test_a_later_message_that_is_refused_leaves_the_changes_partly_done(rcode: str, server: NameServer) -> None:
    def update(wire: bytes) -> bytes:
        return forwarded(wire, server) if len(between.updates) == 1 else answer(wire, rcode, server.key)

    between = Between(server, update)
    with pytest.raises(PartlyDoneError, match=rf"\({rcode}\).*; TXT at 0.big.{ZONE}, TXT at 1.big.{ZONE} changed before that") as raised:
        applied(between, big_changes, read="query")
    assert raised.value.done == {(f"0.big.{ZONE}", "TXT"), (f"1.big.{ZONE}", "TXT")}
    server.put(ZONE, {(f"{i}.big.{ZONE}", "TXT"): (0, ()) for i in range(2)})


def test_the_secret_is_in_no_message(server: NameServer) -> None:
    between = Between(server, lambda wire: answer(wire, "NOTAUTH", server.key, tsig_error=16))
    with scripted(between) as port:
        host = between.host(port)
        (zone,) = host.read([NAME])
        with pytest.raises(CouldNotDoError) as raised:
            host.apply(zone, one_change(zone))
    assert server.secret not in "".join(map(repr, (host, zone, raised.value, raised.value.__cause__, raised.value.__context__, vars(host))))
