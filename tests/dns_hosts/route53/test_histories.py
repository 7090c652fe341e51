"""Whatever others write, whenever: nothing of theirs is lost, ours is right in the end, and each conflict is told."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from emailauth.core.record import Key
from tests.dns_hosts import histories
from tests.dns_hosts.conformance import Sets
from tests.dns_hosts.route53.account import Account, account
from tests.fakes.service import Fault, Lost, Response

pytestmark = pytest.mark.no_cover


def error(status: int, code: str) -> Response:
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>so it is</Message></Error></ErrorResponse>"
    return Response(status=status, headers={"Content-Type": "text/xml"}, body=body.encode())


FAULTS: Sequence[Fault] = (Lost(), error(500, "InternalFailure"), error(503, "ServiceUnavailable"), Response(status=200, body=b"<half"))
"""Each may come before or after a call was carried out."""


class Histories:
    """The account as histories need it."""

    compare_and_swap = True

    def __init__(self, account: Account, faults: Sequence[Fault]) -> None:
        self._account, self.host, self.faults = account, account.host, faults

    def sets(self) -> Sets:
        return {key: found for key, found in self._account.sets().items() if key in histories.KEYS}

    def put(self, key: Key, ttl: int, values: Sequence[str]) -> None:
        """Values that stay keep their form."""
        self._account.service.calls.clear()
        service, zone_id = self._account.service, self._account.zone_id
        if not values:
            service.remove(zone_id, *key)
            return
        there = dict(zip(self._account.sets().get(key, (0, ()))[1], service.sets(zone_id).get(key, (0, ()))[1], strict=True))
        self._account.put({key: (ttl, tuple(value for value in values if value not in there))})
        new = service.sets(zone_id)[key][1]
        service.put(zone_id, *key, ttl, [*(there[value] for value in values if value in there), *new])

    def interleave(self, before: Callable[[], Fault], after: Callable[[], Fault]) -> None:
        histories.interleave_service(self._account.service, before, after)


@pytest.fixture
def served() -> Iterator[Account]:
    with account() as found:
        yield found


@pytest.mark.parametrize("faults", [(), FAULTS], ids=["others write", "others write and connections break"])
def test_histories(faults: Sequence[Fault], served: Account) -> None:
    outcome = histories.run_many(Histories(served, faults), histories.COUNT // 2)
    assert outcome.wrong == ()
    for event in ("add", "remove", "change", "write_ours", "remove_ours", "put_back", "second", "our writes", "told: ConflictError"):
        assert outcome.events[event] > histories.COUNT / 20, outcome.events
    assert bool(outcome.events["faults"]) == bool(faults)
