"""Servers that cannot be reached, say nothing, or say what they should not."""

import base64
import errno
import socket
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Literal

import dns.flags
import dns.message
import dns.tsig
import pytest

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.zone import Zone
from emailauth.dns_hosts.rfc2136 import Settings, open_host
from tests.dns_hosts.rfc2136.scripted import Handler, answer, is_update, scripted
from tests.ports import refusing

SECRET = base64.b64encode(b"never to be seen").decode()
KEY = dns.tsig.Key("k", SECRET)
SOA = "example.com. 300 IN SOA ns1. h. 7 1 1 1 1"
TXT = 'example.com. 300 IN TXT "x"'
Read = Literal["axfr", "query"]


def read(port: int, mode: Read = "query", *, key: bool = True, names: tuple[str, ...] = ("example.com",), **said: Any) -> Zone:
    keyed = {"key_name": "k", "key_env": "S"} if key else {}
    settings = Settings(**{"server": "127.0.0.1", "port": port, "read": mode, **keyed, **said})
    (zone,) = open_host(settings, Path("/"), environment={"S": SECRET}).read(names)
    return zone


def question(wire: bytes) -> tuple[str, str]:
    asked = dns.message.from_wire(wire, question_only=True).question[0]
    return (asked.name.to_text(), asked.rdtype.name)


def a_zone(wire: bytes) -> bytes:
    """Answers as a server of example.com with one TXT record."""
    records = tuple(record for record in (SOA, TXT) if question(wire) == (record.split()[0], record.split()[3]))
    if question(wire)[1] == "AXFR":
        return answer(wire, "NOERROR", KEY, records=(SOA, TXT, SOA))
    return answer(wire, "NOERROR", KEY, records=records, authority=(SOA,))


@pytest.mark.parametrize("mode", ["axfr", "query"])
def test_the_scripted_server_is_one(mode: Read) -> None:
    with scripted(a_zone) as port:
        zone = read(port, mode)
    assert {key: rrset.values for key, rrset in zone.rrsets.items() if key[1] != "SOA"} == {("example.com", "TXT"): ("x",)}
    assert zone.version.startswith("7")


def test_the_version_of_a_copy_tells_contents_apart_under_one_serial() -> None:
    versions = []
    for record in (TXT, TXT.replace("x", "y"), TXT.replace("300", "60"), TXT):

        def handler(wire: bytes, record: str = record) -> bytes:
            return answer(wire, "NOERROR", KEY, records=(SOA, record, SOA))

        with scripted(handler) as port:
            versions.append(read(port, "axfr", zones=["example.com"]).version)
    assert len(set(versions)) == 3
    assert versions[0] == versions[3]


def test_the_version_does_not_depend_on_the_names_that_were_asked_for() -> None:
    with scripted(a_zone) as port:
        assert read(port).version == read(port, names=("example.com", "a.example.com")).version == "7"


def unsigned(wire: bytes) -> bytes:
    return answer(wire, "NOERROR", None, records=(SOA,))


def no_authority(wire: bytes) -> bytes:
    return answer(wire, "NOERROR", KEY, records=(SOA,), flags=0)


def root_hints(wire: bytes) -> bytes:
    return answer(wire, "NOERROR", KEY, authority=(". 300 IN NS a.root-servers.net.",), flags=0)


def delegation(wire: bytes) -> bytes:
    return answer(wire, "NOERROR", KEY, authority=("Example.com. 300 IN NS ns1.example.net.",), flags=0)


def no_soa(wire: bytes) -> bytes:
    return answer(wire, "NOERROR", KEY)


def other_soa(wire: bytes) -> bytes:
    return answer(wire, "NXDOMAIN", KEY, authority=(SOA.replace("example.com", "example.net"),))


def only_aliases(wire: bytes) -> bytes:
    return answer(wire, "NOERROR", KEY, records=(f"{question(wire)[0]} 60 IN CNAME x.",))


def servfail(wire: bytes) -> bytes:
    return answer(wire, "SERVFAIL", KEY)


def formerr(wire: bytes) -> bytes:
    return answer(wire, "FORMERR", KEY)


def refused(wire: bytes) -> bytes:
    return answer(wire, "REFUSED", None)


def closes(_: bytes) -> None:
    return None


def garbles(wire: bytes) -> bytes:
    return wire[:2] + b"\x80"


def answers_another(wire: bytes) -> bytes:
    return bytes([wire[0] ^ 1]) + a_zone(wire)[1:]


def answers_another_question(wire: bytes) -> bytes:
    other = dns.message.make_query("example.net", "SOA", id=int.from_bytes(wire[:2], "big"))
    other.use_tsig(KEY)
    other.to_wire()
    response = dns.message.make_response(other)
    query = dns.message.from_wire(wire, keyring=False)
    response.request_mac = query.mac or b""
    return response.to_wire() or b""


def another_secret(wire: bytes) -> bytes:
    return answer(wire, "NOERROR", dns.tsig.Key("k", b"x"))


def another_key(wire: bytes) -> bytes:
    return answer(wire, "NOERROR", dns.tsig.Key("l", SECRET))


@pytest.mark.parametrize(
    ("handler", "error", "message"),
    [
        (unsigned, CouldNotDoError, "answers what cannot be understood, or without the key's signature"),
        (no_authority, UsageError, "does not answer for example.com itself: it has no zone that holds it; give the DNS host"),
        (root_hints, UsageError, "does not answer for example.com itself: it has no zone that holds it; give the DNS host"),
        (delegation, UsageError, "does not answer for example.com itself: it has handed it on at example.com; give the DNS host"),
        (no_soa, CouldNotDoError, "does not say which zone holds example.com: name it in dns_host rfc2136, zones"),
        (other_soa, CouldNotDoError, "does not say which zone holds example.com: name it in dns_host rfc2136, zones"),
        (only_aliases, CouldNotDoError, "does not say which zone holds com: name it in dns_host rfc2136, zones"),
        (servfail, CouldNotDoError, "cannot answer for example.com (SERVFAIL): its log says why"),
        (formerr, CouldNotDoError, "cannot answer for example.com (FORMERR): its log says why"),
        (refused, UsageError, "has no zone that holds example.com, or does not let the key k ask for it (REFUSED)"),
        (closes, CouldNotDoError, "closed the connection before it had answered"),
        (garbles, CouldNotDoError, "answers what cannot be understood"),
        (answers_another, CouldNotDoError, "answers what it was not asked"),
        (answers_another_question, CouldNotDoError, "answers what it was not asked"),
        (another_secret, CouldNotDoError, "signs its answer with another key or secret than ours"),
        (another_key, CouldNotDoError, "signs its answer with another key or secret than ours"),
    ],
)
def test_what_a_server_should_not_say_is_told_in_one_message(handler: Handler, error: type[Exception], message: str) -> None:
    with scripted(handler) as port, pytest.raises(error) as raised:
        read(port)
    assert str(raised.value).startswith(f"127.0.0.1:{port} ")
    assert message in str(raised.value)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """As dnspython was up to 2.8: an answer that should be signed, and is not, passes."""
    newer: Callable[..., dns.message.Message] = dns.message.from_wire

    def from_wire(wire: bytes, **said: Any) -> dns.message.Message:
        signed = newer(wire, keyring=False, xfr=bool(said.get("xfr"))).had_tsig
        message = newer(wire, **(said if signed else {**said, "request_mac": b""}))
        message.request_mac = b""
        return message

    monkeypatch.setattr(dns.message, "from_wire", from_wire)


@pytest.mark.parametrize("mode", ["axfr", "query"])
def test_an_older_dnspython_does_not_make_unsigned_answers_pass(mode: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    older(monkeypatch)

    def handler(wire: bytes) -> bytes:
        return answer(wire, "NOERROR", None, records=(SOA, TXT, SOA))

    with scripted(a_zone) as port:
        assert read(port, mode).rrsets["example.com", "TXT"].values == ("x",)
    with scripted(handler) as port, pytest.raises(CouldNotDoError, match="answers without the key's signature"):
        read(port, mode, zones=["example.com"])
    with scripted(refused) as port, pytest.raises(UsageError, match=r"has no zone that holds example\.com"):
        read(port, mode)


def test_a_connection_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    def reset(*_: object) -> None:
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    monkeypatch.setattr("emailauth.dns_hosts.rfc2136.connection.Connection._read", reset)
    with scripted(a_zone) as port, pytest.raises(CouldNotDoError, match=r"broke the connection before .* \(Connection reset by peer\)"):
        read(port)


def test_an_answer_of_a_wildcard_that_cannot_be_told_apart() -> None:
    def handler(wire: bytes) -> bytes | None:
        if is_update(wire):
            return None
        name, record_type = question(wire)
        records = (f'{name} 300 IN TXT "x"',) if record_type == "TXT" else (SOA,) if (name, record_type) == ("example.com.", "SOA") else ()
        return answer(wire, "NOERROR", KEY, records=records, authority=(SOA,))

    with scripted(handler) as port, pytest.raises(CouldNotDoError, match="closed the connection before it had answered"):
        read(port, names=("a.example.com",))


def test_a_server_whose_clock_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dns.message.time.time", count(0, 1000).__next__)
    with scripted(a_zone) as port, pytest.raises(CouldNotDoError, match="a time that is not ours: set the clocks of both machines"):
        read(port)


def transfer(*records: str, key: dns.tsig.Key | None = KEY) -> Handler:
    """Answers a transfer with these records, and all else truly."""

    def handler(wire: bytes) -> bytes:
        return answer(wire, "NOERROR", key, records=records) if question(wire)[1] == "AXFR" else a_zone(wire)

    return handler


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (transfer(SOA, TXT, SOA, key=None), "without the key's signature"),
        (transfer(TXT, SOA, SOA.replace("7", "8")), "answers what cannot be understood"),
        (transfer(SOA, TXT, SOA.replace("7", "8")), "answers what cannot be understood"),
        (transfer(SOA, TXT, f"a.{SOA}"), "answers what cannot be understood"),
        (transfer(), "answers what cannot be understood"),
        (closes, "closed the connection before it had answered, while it transferred example.com"),
        (answers_another, "answers what it was not asked, while it transferred example.com"),
        (garbles, "answers what cannot be understood"),
        (another_secret, "signs its answer with another key or secret than ours"),
    ],
    ids=["unsigned", "no SOA", "two SOAs", "another SOA", "nothing", "closed", "astray", "garbled", "another secret"],
)
def test_a_transfer_that_is_not_whole_or_not_signed_is_none(handler: Handler, message: str) -> None:
    asked: list[bytes] = []

    def once(wire: bytes) -> bytes | list[bytes] | None:
        asked.append(wire)
        return handler(wire) if len(asked) == 1 else None

    with scripted(once) as port, pytest.raises(CouldNotDoError) as raised:
        read(port, "axfr", zones=["example.com"])
    assert message in str(raised.value)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_a_transfer_that_does_not_end_is_none() -> None:
    message = r"did not answer within 0\.3 seconds, while it transferred example\.com"
    with scripted(transfer(SOA, TXT)) as port, pytest.raises(CouldNotDoError, match=message):
        read(port, "axfr", zones=["example.com"], timeout=0.3)


def test_a_transfer_that_ends_too_early_is_none() -> None:
    def handler(wire: bytes) -> list[bytes]:
        return [answer(wire, "NOERROR", None, records=(SOA, TXT)), answer(wire, "NOERROR", None)]

    message = r"ends what it answers too early, while it transferred example\.com"
    with scripted(handler) as port, pytest.raises(CouldNotDoError, match=message):
        read(port, "axfr", zones=["example.com"], key=False)


def test_without_a_key_nothing_needs_to_be_signed() -> None:
    def handler(wire: bytes) -> list[bytes]:
        return [answer(wire, "NOERROR", None, records=(SOA, TXT)), answer(wire, "NOERROR", None, records=(SOA,))]

    with scripted(handler) as port:
        assert read(port, "axfr", zones=["example.com"], key=False).rrsets["example.com", "TXT"].values == ("x",)


@pytest.mark.parametrize("most", [3, 49, 50, 51])
def test_a_server_that_answers_only_so_much_over_one_connection_is_asked_again(most: int) -> None:
    names = tuple(f"{i}.example.com" for i in range(7))
    with scripted(a_zone, most=most) as port:
        zone = read(port, names=names, zones=["example.com"])
    assert zone.rrsets["example.com", "TXT"].values == ("x",)


def test_a_zone_that_goes_while_it_is_read() -> None:
    asked: list[tuple[str, str]] = []

    def handler(wire: bytes) -> bytes:
        asked.append(question(wire))
        return a_zone(wire) if len(asked) == 1 else answer(wire, "NXDOMAIN", KEY, authority=(SOA,))

    with scripted(handler) as port, pytest.raises(UsageError, match=r"has no zone example\.com: correct dns_host rfc2136, zones"):
        read(port)


def test_nobody_listens() -> None:
    with refusing() as port, pytest.raises(CouldNotDoError) as raised:
        read(port)
    assert f"127.0.0.1:{port} refuses the connection: see that the server runs and listens there for TCP" in str(raised.value)


def test_a_name_without_address() -> None:
    with pytest.raises(CouldNotDoError, match=r"ns1\.example\.org has no address \(.*\): correct dns_host rfc2136, server"):
        read(53, server="ns1.example.org")


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (TimeoutError(), r"\[2001:db8::53\]:53 does not answer within 10 seconds: see that nothing keeps TCP from getting there"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), r"\[2001:db8::53\]:53 cannot be reached: Network is unreachable"),
    ],
)
def test_a_server_that_cannot_be_reached(failure: OSError, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise failure

    monkeypatch.setattr(socket, "create_connection", fails)
    with pytest.raises(CouldNotDoError, match=message):
        read(53, server="2001:DB8:0::53")


def test_an_answer_that_does_not_come_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(CouldNotDoError, match=r"did not answer within 0.1 seconds"):
        read(silent.getsockname()[1], timeout=0.1)


def test_a_key_that_is_not_there_is_told_before_anything_is_sent() -> None:
    settings = Settings(server="127.0.0.1", port=1, key_name="k", key_env="S")
    with pytest.raises(UsageError, match="the environment variable S is not set"):
        open_host(settings, Path("/"), environment={}).read(["example.com"])


def test_a_server_by_its_name() -> None:
    with scripted(a_zone) as port:
        zone = read(port, server="LOCALHOST.")
    assert zone.place == f"zone example.com at localhost:{port}"


def test_settling_waits_for_nothing() -> None:
    open_host(Settings(server="127.0.0.1", port=1), Path("/")).settle()


def test_no_changes_send_nothing() -> None:
    zone = Zone(name="example.com", rrsets={}, version="1", place="somewhere")
    host: Any = open_host(Settings(server="127.0.0.1", port=1), Path("/"))
    assert host.apply(zone, []) is zone
