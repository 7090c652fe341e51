"""Whatever others write, whenever, and however connections break: nothing of theirs is lost, ours is right in the end, each conflict is told."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import dns.message
import dns.name
import dns.rdata
import dns.update
import dns.zone
import pytest

from emailauth.core.rdata import to_value
from emailauth.core.record import Key
from emailauth.dns_hosts.rfc2136 import open_host
from tests.dns_hosts import histories
from tests.dns_hosts.conformance import ZONE, Sets
from tests.dns_hosts.rfc2136.scripted import forwarded, is_update, scripted
from tests.dns_hosts.rfc2136.served import settings
from tests.fakes.service import Fault, Lost, Response
from tests.servers.knot import knot
from tests.servers.program import NameServer, Served, rdataset

pytestmark = pytest.mark.no_cover

FAULTS: Sequence[Fault] = (Lost(), Response(body=b"garbled"))
"""Each may come before or after a message was answered."""


_CALLS = {"AXFR", "TXT", "CNAME"}


class Histories:
    """Stands between the host and the server."""

    compare_and_swap = True

    def __init__(self, server: NameServer, faults: Sequence[Fault]) -> None:
        self.server, self.faults = server, faults
        self._known: dns.zone.Zone | None = None
        """The zone, as long as nobody has changed it."""
        self.before: Callable[[], Fault] = lambda: None
        self.after: Callable[[], Fault] = lambda: None

    def open(self, port: int, read: Literal["axfr", "query"]) -> None:
        # On a machine that is slow the host must not give up an update that is still on its way: it would come later, as somebody else's.
        said = settings(self.server, port=port, read=read, zones=[ZONE], timeout=300)
        self.host = open_host(said, Path("/"), pause=lambda _: None)

    def __call__(self, wire: bytes) -> bytes | None:
        """Answers a message. Questions for what no history is about are no calls."""
        if not is_update(wire) and not _CALLS & {asked.rdtype.name for asked in dns.message.from_wire(wire, question_only=True).question}:
            return forwarded(wire, self.server)
        fault = self.before()
        if fault is None:
            told = self._forwarded(wire)
            fault = self.after()
            if fault is None:
                return told
        return fault.body if isinstance(fault, Response) else None

    def _forwarded(self, wire: bytes) -> bytes:
        if is_update(wire):
            self._known = None
        return forwarded(wire, self.server)

    def interleave(self, before: Callable[[], Fault], after: Callable[[], Fault]) -> None:
        self.before, self.after = before, after

    def sets(self) -> Sets:
        found = {key: self._copy().get_rdataset(dns.name.from_text(key[0]), key[1]) for key in histories.KEYS}
        return {key: (there.ttl, tuple(map(to_value, there))) for key, there in found.items() if there}

    def _copy(self) -> dns.zone.Zone:
        if self._known is None:
            self._known = self.server.copy(ZONE)
        return self._known

    def put(self, key: Key, ttl: int, values: Sequence[str]) -> None:
        owner = dns.name.from_text(key[0])
        there: Sequence[dns.rdata.Rdata] = tuple(self._copy().get_rdataset(owner, key[1]) or ())
        gone = [record for record in there if to_value(record) not in values]
        come = rdataset(key[1], ttl, tuple(value for value in values if value not in set(map(to_value, there))))

        def fill(message: dns.update.UpdateMessage) -> None:
            for record in gone:
                message.delete(owner, record)
            if come:
                message.add(owner, come)

        assert self.server.update(ZONE, fill) == "NOERROR"
        self._known = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    with knot(tmp_path_factory.mktemp("knot"), [Served(name=ZONE)]) as server:
        yield server


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("read", ["axfr", "query"])
@pytest.mark.parametrize("faults", [(), FAULTS], ids=["others write", "others write and connections break"])
def test_histories(faults: Sequence[Fault], read: Literal["axfr", "query"], server: NameServer) -> None:
    bench = Histories(server, faults)
    count = histories.COUNT // 20 if read == "query" else histories.COUNT // 4
    with scripted(bench) as port:
        bench.open(port, read)
        outcome = histories.run_many(bench, count)
    assert outcome.wrong == ()
    for event in ("add", "remove", "change", "write_ours", "remove_ours", "put_back", "second", "our writes", "told: ConflictError"):
        assert outcome.events[event] > count / 20, outcome.events
    assert bool(outcome.events["faults"]) == bool(faults)
