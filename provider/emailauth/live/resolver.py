"""Asks resolvers, and single authoritative servers, many questions at once, each of them once in a run."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import dns.asyncbackend
import dns.asyncquery
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from emailauth.core.question import Answer, Question, Status
from emailauth.live.resolver_answer import read, read_own
from emailauth.live.resolver_servers import DNS_PORT, Server

_PAYLOAD: Final = 1232
"""Octets that an answer over UDP may have without being cut to pieces on its way (DNS flag day 2020)."""
_NO_EDNS: Final = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS})
"""What servers that do not know EDNS answer to it (RFC 6891 section 7)."""
_TELLING: Final = (Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT)
"""Of the ways in which several servers failed, the first of these is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long, and how much at once. All times are in seconds."""

    tries: tuple[float, ...] = (2.0, 3.0, 5.0)
    """How long each server is waited for, round by round over all servers."""
    question: float = 15.0
    """For all tries of one question."""
    run: float = 600.0
    """For all questions together; what is not answered by then counts as timed out."""
    in_flight: int = 100
    """Questions to resolvers that are asked at the same time."""
    in_flight_to_servers: int = 20
    """Questions to authoritative servers that are: so few, that silent ones do not keep the others waiting."""
    server: float = 2.0
    """For a question to one authoritative server, which is asked once. One that never answered is asked nothing more."""
    silent_servers: int = 5
    """When so many authoritative servers are silent and none ever answered, no way leads to any from here, and no other is asked."""


class Resolver:
    """Asks, within one event loop. What was asked is remembered until the end of the run, failures too."""

    def __init__(self, servers: Sequence[Server], patience: Patience | None = None, *, authority_port: int = DNS_PORT) -> None:
        self._servers = tuple(servers)
        self._authority_port = authority_port
        self._first: dict[str, asyncio.Lock] = {}
        self._silent: set[str] = set()
        self._heard: set[str] = set()
        self._patience = patience or Patience()
        self._asked: dict[Question, asyncio.Task[Answer]] = {}
        self._free = asyncio.Semaphore(self._patience.in_flight)
        self._free_to_servers = asyncio.Semaphore(self._patience.in_flight_to_servers)
        self._deadline: float | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer. Never raises: what goes wrong is a status, and a time-out is never "no such record"."""
        if question not in self._asked:
            self._asked[question] = asyncio.create_task(self._answer(question))
        return await asyncio.shield(self._asked[question])

    async def _answer(self, question: Question) -> Answer:
        now = asyncio.get_running_loop().time
        if self._deadline is None:
            self._deadline = now() + self._patience.run
        try:
            name = dns.name.from_text(question.name)
        except dns.exception.DNSException:
            return Answer(status=Status.NXDOMAIN)  # too long for DNS, so that it cannot exist
        try:
            async with asyncio.timeout_at(self._deadline):
                if question.server:
                    return await self._from_authority(question, name)
                async with self._free, asyncio.timeout(self._patience.question):
                    return await self._from_any(question, name)
        except TimeoutError:
            return Answer(status=Status.TIMEOUT)

    async def _from_any(self, question: Question, name: dns.name.Name) -> Answer:
        """Round by round, server by server, until one knows. Who refuses is not asked again."""
        servers = list(self._servers)
        failures: set[Status] = set()
        for seconds in self._patience.tries:
            for server in tuple(servers):
                answer = await _from(server, dns.message.make_query(name, question.type), seconds)
                if not answer.failed:
                    return answer
                failures.add(answer.status)
                if answer.status is Status.REFUSED:
                    servers.remove(server)
        return Answer(status=next(status for status in _TELLING if status in failures))

    async def _from_authority(self, question: Question, name: dns.name.Name) -> Answer:
        """Once. A server's first question is waited for before it is asked another, which is none if it is silent."""
        async with self._first.setdefault(question.server, asyncio.Lock()):
            if question.server not in self._heard:
                return await self._from_server(question, name)
        return await self._from_server(question, name)

    async def _from_server(self, question: Question, name: dns.name.Name) -> Answer:
        address = question.server
        async with self._free_to_servers:
            if address in self._silent or (not self._heard and len(self._silent) >= self._patience.silent_servers):
                return Answer(status=Status.TIMEOUT)
            query = dns.message.make_query(name, question.type, flags=0)  # without asking it to ask others
            answer = await _from(Server(address, self._authority_port), query, self._patience.server, read_own)
        if answer.status is not Status.TIMEOUT:
            self._heard.add(address)
        elif address not in self._heard:
            self._silent.add(address)
        return answer


async def _from(
    server: Server, query: dns.message.Message, seconds: float, reading: Callable[[dns.message.Message], Answer] = read
) -> Answer:
    """What one server answers within some time; a connection that breaks, or octets that are no answer, count as none."""
    query.use_edns(edns=0, payload=_PAYLOAD)
    try:
        async with asyncio.timeout(seconds):
            response = await _exchange(server, query)
            if response.rcode() in _NO_EDNS:
                query.use_edns(edns=False)
                response = await _exchange(server, query)
    except (TimeoutError, OSError, EOFError, dns.exception.DNSException):
        return Answer(status=Status.TIMEOUT)
    return reading(response)


async def _exchange(server: Server, query: dns.message.Message) -> dns.message.Message:
    """By UDP; by TCP where the answer is too long for that. What comes from elsewhere, or answers another question, is passed over."""
    response, _ = await dns.asyncquery.udp_with_fallback(
        query, server.address, port=server.port, ignore_unexpected=True, ignore_errors=True
    )
    return response
