"""Random histories: our applies, other writers at every point between the calls, and calls that go wrong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from emailauth.core.record import Key
from emailauth.dns_hosts import DnsHost
from tests.dns_hosts import histories
from tests.dns_hosts.benches.cloudflare import CloudflareBench, opened
from tests.dns_hosts.conformance import Sets
from tests.fakes.service import Fault, Lost, Response

pytestmark = pytest.mark.no_cover

THROTTLED = Response(status=429, headers={"retry-after": "61"})


@dataclass
class History:
    """The host for histories; others take no time, so that they come between a reading and the batch that is made by it."""

    there: CloudflareBench
    host: DnsHost
    compare_and_swap: bool = False
    faults: Sequence[Fault] = (Lost(), Response(status=503), THROTTLED)

    def sets(self) -> Sets:
        found: Sets = {}
        for record in self.there.service.records(self.there.zone_id):
            key = (record["name"], record["type"])
            if key in histories.KEYS:
                ttl, values = found.get(key, (record["ttl"], ()))
                found[key] = (ttl, (*values, self.there.value(record)))
        return found

    def put(self, key: Key, ttl: int, values: Sequence[str]) -> None:
        self.there.put_set(key, ttl, values)

    def interleave(self, before: Callable[[], Fault], after: Callable[[], Fault]) -> None:
        histories.interleave_service(self.there.service, before, after)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with opened(tmp_path) as there:
        yield History(there, there.host)


@pytest.mark.timeout(3600)
def test_whatever_others_do_at_whatever_point_nothing_is_lost_and_nothing_is_silent(history: History) -> None:
    outcome = histories.run_many(history, histories.COUNT)
    assert outcome.wrong == ()
    expected = {"our writes", "faults", "told: ConflictError", "told: PartlyDoneError", "second", "put_back", "write_ours"}
    assert {event for event in expected if outcome.events[event] >= histories.COUNT // 10} == expected, outcome.events
