"""One name server, spoken to over TCP, signed where there is a key: queries, zone transfers and updates.

An answer is believed only if it is signed as the question was (RFC 8945 section 5.4), but for refusals: servers send
those unsigned where they do not know the key, or have not looked for it.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.update
import dns.xfr
import dns.zone

from emailauth.core.errors import CouldNotDoError
from emailauth.dns_hosts.rfc2136.connection import Connection, LostError, framed
from emailauth.dns_hosts.rfc2136.keys import Key

Question: TypeAlias = tuple[dns.name.Name, dns.rdatatype.RdataType]

_AT_ONCE: Final = 50
"""Questions sent before their answers are waited for (RFC 7766 section 6.2.1.1): few enough for any server's buffers."""
_CONTENT: Final = {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}
"""Codes whose answers say something of the zone, or that something was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    rcode: dns.rcode.Rcode
    message: dns.message.Message | None
    """None: a refusal without the signature that the question had."""


class TransferRefusedError(Exception):
    """The server gives no copy of the zone; `str()` is its code."""


class UnknownKeyError(CouldNotDoError):
    """The server says that it does not know the key. Knot DNS says so, too, where the key may not do what it is used for."""


class Server:
    """A name server. For threads."""

    def __init__(self, host: str, port: int, timeout: float, key: Callable[[], Key | None]) -> None:
        """`timeout`: seconds to wait for a connection, and for each answer. `key` is asked when something is to be sent."""
        self._address = (host, port)
        self._timeout, self._key = timeout, key
        self.place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def signer(self) -> str:
        """Whom the server takes us for; for a person."""
        key = self._key()
        return f"the key {key.name}" if key else "this address"

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers, in the order of the questions. Raises `CouldNotDoError` where one does not come."""
        answers: dict[int, Answer] = {}
        while len(answers) < len(questions):
            before = len(answers)
            lost = self._ask(questions, answers)
            if lost is not None and len(answers) == before:
                raise CouldNotDoError(f"{self.place} {lost}")
        return [answers[number] for number in range(len(questions))]

    def _ask(self, questions: Sequence[Question], answers: dict[int, Answer]) -> LostError | None:
        """One connection's worth of answers: servers may close it when they have answered as much as they like."""
        key = self._key()
        waiting = [number for number in range(len(questions)) if number not in answers]
        with self._connected() as connection:
            try:
                for first in range(0, len(waiting), _AT_ONCE):
                    batch = {number: self._query(number, questions[number], key) for number in waiting[first : first + _AT_ONCE]}
                    connection.send(b"".join(framed(query.to_wire()) for query in batch.values()))
                    while batch:
                        wire = connection.receive()
                        query = _answered(batch, wire)
                        answers[query.id] = self._answer(query, wire, key)
            except LostError as e:
                return e
        return None

    @staticmethod
    def _query(number: int, question: Question, key: Key | None) -> dns.message.Message:
        query = dns.message.make_query(*question, flags=0, id=number)
        if key:
            query.use_tsig(key.tsig)
        return query

    def update(self, message: dns.update.UpdateMessage) -> Answer:
        """Sends an update. Raises `CouldNotDoError` where it was not made, and `LostError` where nobody knows."""
        key = self._key()
        if key:
            message.use_tsig(key.tsig)
        with self._connected() as connection:
            connection.send(framed(message.to_wire()))
            try:
                return self._answer(message, connection.receive(), key)
            except UnknownKeyError:
                return Answer(rcode=dns.rcode.NOTAUTH, message=None)

    def transfer(self, zone: str) -> dns.zone.Zone:
        """All of a zone (AXFR, RFC 5936). Raises `TransferRefusedError` and `CouldNotDoError`."""
        copy = dns.zone.Zone(dns.name.from_text(zone), relativize=False)
        key = self._key()
        query = self._query(0, (copy.origin or dns.name.root, dns.rdatatype.AXFR), key)
        try:
            with self._connected() as connection:
                connection.send(framed(query.to_wire()))
                wires = connection.receive_zone()
            self._fill(copy, wires, query, key)
        except LostError as e:
            raise CouldNotDoError(
                f"{self.place} {e}, while it transferred {zone}: its log may say why; `read: query` needs no transfer"
            ) from e
        except dns.xfr.TransferError as e:
            raise TransferRefusedError(dns.rcode.to_text(e.rcode)) from e
        except UnknownKeyError as e:
            raise TransferRefusedError("BADKEY") from e
        return copy

    def _fill(self, copy: dns.zone.Zone, wires: Sequence[bytes], query: dns.message.Message, key: Key | None) -> None:
        """The first and the last message must be signed, and the signatures cover those in between (RFC 8945 section 5.3.1)."""
        context, done = None, False
        with dns.xfr.Inbound(copy) as inbound:
            for number, wire in enumerate(wires):
                with self._understood(key):
                    message = dns.message.from_wire(
                        wire, keyring=key.tsig if key else None, request_mac=query.mac, xfr=True, tsig_ctx=context, multi=True
                    )
                    if message.id != query.id or not message.flags & dns.flags.QR:
                        raise LostError(_ASTRAY)
                    done = inbound.process_message(message)
                if key and (number == 0 or done) and not message.had_tsig:
                    raise LostError(_UNSIGNED)
                context = message.tsig_ctx
        if not done:
            raise LostError("ends what it answers too early")

    def _answer(self, query: dns.message.Message, wire: bytes, key: Key | None) -> Answer:
        """Raises `LostError` for an answer that cannot be believed, and `CouldNotDoError` where the server refuses the key."""
        refusal = _refusal(query, wire)
        try:
            with self._understood(key):
                message = dns.message.from_wire(wire, keyring=key.tsig if key else None, request_mac=query.mac)
        except LostError:
            if refusal is None:
                raise
            return Answer(rcode=refusal, message=None)
        if key and not message.had_tsig:  # which newer dnspython does not let pass
            if refusal is None:
                raise LostError(_UNSIGNED)
            return Answer(rcode=refusal, message=None)
        if not query.is_response(message):
            raise LostError(_ASTRAY)
        return Answer(rcode=message.rcode(), message=message)

    @contextmanager
    def _understood(self, key: Key | None) -> Iterator[None]:
        try:
            yield
        except dns.tsig.PeerError as e:
            kind = UnknownKeyError if isinstance(e, dns.tsig.PeerBadKey) else CouldNotDoError
            raise kind(f"{self.place} {_refused_key(e, key)}") from None
        except (dns.tsig.BadSignature, dns.tsig.BadKey, dns.tsig.BadAlgorithm):
            raise LostError("signs its answer with another key or secret than ours") from None
        except dns.tsig.BadTime:
            raise LostError("signs its answer with a time that is not ours: set the clocks of both machines") from None
        except dns.xfr.TransferError:
            raise
        except (dns.exception.DNSException, ValueError) as e:  # ValueError: for records that can be in no zone
            raise LostError(f"answers what cannot be understood, or without the key's signature ({e})") from e

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connected = socket.create_connection(self._address, self._timeout)
        except socket.gaierror as e:
            raise CouldNotDoError(f"{self._address[0]} has no address ({e.strerror}): correct dns_host rfc2136, server") from e
        except ConnectionRefusedError as e:
            raise CouldNotDoError(f"{self.place} refuses the connection: see that the server runs and listens there for TCP") from e
        except TimeoutError as e:
            message = f"{self.place} does not answer within {self._timeout:g} seconds: see that nothing keeps TCP from getting there"
            raise CouldNotDoError(message) from e
        except OSError as e:
            raise CouldNotDoError(f"{self.place} cannot be reached: {e.strerror or e}") from e
        with connected:
            with suppress(OSError):  # where it is gone already
                self._address = connected.getpeername()[:2]  # a name can have several, and what was written to one is read back from it
            yield Connection(connected, self._timeout)


_ASTRAY: Final = "answers what it was not asked"
_UNSIGNED: Final = "answers without the key's signature"


def _refusal(query: dns.message.Message, wire: bytes) -> dns.rcode.Rcode | None:
    """The code of what is an answer to the query at least by its header, and only says no (RFC 1035 section 4.1.1)."""
    header = 12
    if len(wire) < header or int.from_bytes(wire[:2], "big") != query.id or not wire[2] & 0x80:
        return None
    rcode = dns.rcode.Rcode.make(wire[3] & 0x0F)
    return None if rcode in _CONTENT else rcode


def _answered(batch: dict[int, dns.message.Message], wire: bytes) -> dns.message.Message:
    """Takes the query that an answer is for from those that wait."""
    query = batch.pop(int.from_bytes(wire[:2], "big"), None)
    if query is None:
        raise LostError(_ASTRAY)
    return query


def _refused_key(error: dns.tsig.PeerError, key: Key | None) -> str:
    """The server's verdict on the key (RFC 8945 section 5.2)."""
    assert key  # noqa: S101 - a message without TSIG gets no verdict
    match error:
        case dns.tsig.PeerBadKey():
            known = f"does not know the key {key.name}, used with {key.algorithm} (BADKEY)"
            return f"{known}: correct key_name and key_algorithm, or add the key there"
        case dns.tsig.PeerBadSignature():
            return f"finds the signature of the key {key.name} wrong (BADSIG): the secret in {key.source} is not the one that it has"
        case dns.tsig.PeerBadTime():
            return "finds that the signature's time is not now (BADTIME): set the clocks of both machines"
        case dns.tsig.PeerBadTruncation():
            return f"wants longer signatures than {key.algorithm} makes (BADTRUNC): use another key_algorithm"
    return f"refuses the key {key.name}: {error}"
