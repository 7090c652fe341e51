"""A name server on loopback that does, over UDP and TCP, what a script says: broken, slow, truncating, lame."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TypeAlias, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from emailauth.live.resolver_servers import Server
from tests.ports import free_port

Reply: TypeAlias = bytes | None
"""None: silence; over TCP the connection is closed."""
Script: TypeAlias = Callable[[dns.message.Message, str], Sequence[Reply]]
"""What is sent to a query that came by "udp" or "tcp"."""


@dataclass
class Scripted:
    """Where it listens, and what it was asked: owner name, type, and how."""

    server: Server
    asked: list[tuple[str, str, str]] = field(default_factory=list)


class scripted:  # noqa: N801 - used like a function
    """`async with scripted(script) as there:`."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def __aenter__(self) -> Scripted:
        address, port = "127.0.0.1", free_port()
        self.there = Scripted(Server(address, port))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(await asyncio.start_server(self._serve, address, port))
            udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Udp(self), local_addr=(address, port))
            stack.callback(udp.close)
            self._stack = stack.pop_all()
        return self.there

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def replies(self, octets: bytes, by: str) -> Sequence[Reply]:
        query = dns.message.from_wire(octets)
        [question] = query.question
        self.there.asked.append((question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype), by))
        return self._script(query, by)

    def received(self, transport: asyncio.DatagramTransport, octets: bytes, address: tuple[str, int]) -> None:
        for reply in self.replies(octets, "udp"):
            if reply is not None:
                transport.sendto(reply, address)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            octets = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            for reply in self.replies(octets, "tcp"):
                if reply is not None:
                    writer.write(len(reply).to_bytes(2, "big") + reply)
                    await writer.drain()
        finally:
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, owner: scripted) -> None:
        self._owner = owner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._owner.received(self._transport, data, addr)


def answer(
    query: dns.message.Message, *rrsets: str, rcode: str = "NOERROR", authority: Sequence[str] = (), authoritative: bool = False
) -> bytes:
    """An answer, of a resolver or of a server that has the zone itself; each RRset as "OWNER TYPE VALUE"."""
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA if authoritative else dns.flags.RA
    response.set_rcode(dns.rcode.from_text(rcode))
    for text in rrsets:
        _put(response.answer, text)
    for text in authority:
        _put(response.authority, text)
    return response.to_wire()


def _put(section: list[dns.rrset.RRset], text: str) -> None:
    owner, record_type, value = text.split(" ", 2)
    section.append(dns.rrset.from_text(owner, 300, "IN", record_type, value))


def truncated(query: dns.message.Message) -> bytes:
    """An answer that says only that it is too long for UDP."""
    response = dns.message.make_response(query)
    response.flags |= dns.flags.TC
    return response.to_wire()
