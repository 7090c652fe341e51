"""A nameserver on loopback that answers, over UDP and TCP, from zones that a fake holds: so that what was written can be looked up."""

import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeAlias

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from emailauth.core.names import longest_suffix
from emailauth.core.record import Key
from tests.ports import free_port

Sets: TypeAlias = Mapping[Key, tuple[int, Sequence[str]]]
"""TTL and values in zone-file form, TXT quoted, by owner name (`core.names`) and type."""


@contextmanager
def nameserver(zones: Callable[[], Mapping[str, Sets]]) -> Iterator[tuple[str, int]]:
    """Answers with authority for what `zones` gives at that moment; gives address and port."""

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            octets, socket = self.request
            socket.sendto(_answer(octets, zones(), limit=1232), self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while length := self.rfile.read(2):
                wire = _answer(self.rfile.read(int.from_bytes(length, "big")), zones(), limit=65535)
                self.wfile.write(len(wire).to_bytes(2, "big") + wire)

    address = ("127.0.0.1", free_port())
    with socketserver.ThreadingUDPServer(address, Udp) as udp, _Tcp(address, Tcp) as tcp, ExitStack() as stack:
        for server in (udp, tcp):
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        yield address


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _answer(octets: bytes, zones: Mapping[str, Sets], *, limit: int) -> bytes:
    query = dns.message.from_wire(octets)
    response = dns.message.make_response(query)
    name = query.question[0].name.to_text(omit_final_dot=True).lower()
    zone = longest_suffix(name, zones)
    if zone is None:
        response.set_rcode(dns.rcode.REFUSED)
    else:
        response.flags |= dns.flags.AA
        _look_up(response, zones[zone], name, dns.rdatatype.to_text(query.question[0].rdtype))
    try:
        return response.to_wire(max_size=limit)
    except dns.exception.TooBig:
        response.answer.clear()
        response.flags |= dns.flags.TC
        return response.to_wire()


def _look_up(response: dns.message.Message, sets: Sets, name: str, record_type: str) -> None:
    owner = dns.name.from_text(name)
    for found in dict.fromkeys((record_type, "CNAME")):
        if (name, found) in sets:
            ttl, values = sets[name, found]
            response.answer.append(dns.rrset.from_text(owner, ttl, "IN", found, *values))
            return
    if not any(there == name or there.endswith(f".{name}") for there, _ in sets):
        response.set_rcode(dns.rcode.NXDOMAIN)
