"""Writes to one zone sent together.

The engine has several operations in flight and waits for each. What arrives while a write is under way, or while
orders keep coming, goes out as one change of the zone; each order is judged against what is live at that very time.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from emailauth.core.claim import Claim
from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.core.plan import Existing, Plan, Wanted, diff
from emailauth.core.record import Record, RRsetChange
from emailauth.core.zone import Zone
from emailauth.pulumi.failures import Cancelled, Refused
from emailauth.pulumi.reads import SharedReads

_QUIET: Final = 0.05
"""A write waits for others to join it until none has come, to whichever zone, for so many seconds: the engine then has nothing more to tell."""
_LONGEST: Final = 1.0
"""Seconds after which it waits no longer."""
_TRIES: Final = 5
"""How often orders are judged anew when others write to the zone at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one order asks of a zone."""

    records: tuple[Record, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One resource's change."""

    host: SharedReads
    name: str
    """The owner name that is read for it."""
    judge: Callable[[Zone], Wish]
    """Says what to do in the light of what is live. Raises where that must not be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How an order ended: what was live before, and how the zone's sets were changed together with other orders."""

    before: Zone
    changes: tuple[RRsetChange, ...]


@dataclass(slots=True)
class _Lane:
    """The orders of one zone."""

    waiting: list[tuple[Order, asyncio.Future[Done]]] = field(default_factory=list)
    worker: asyncio.Task[None] | None = None


def planned(wishes: Sequence[Wish], zone: Zone) -> Plan:
    """What the wishes together mean for the zone. Two kinds within one set are one change of the set."""
    records = tuple(record for wish in wishes for record in wish.records)
    claims = tuple(claim for wish in wishes for claim in wish.claims)
    wanted = Wanted(domain=zone.name, dns_host=_HOST, records=records, claims=claims)
    return diff([wanted], Existing(zones={_HOST: [zone]}))


_HOST: Final = "host"
"""Plans within a lane are about one host, whichever it is."""


class Writes:
    """All lanes of the process. For one event loop; the hosts are called in threads."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._stopped = False
        self._next = asyncio.Event()
        """Set when the next order comes."""

    async def send(self, order: Order) -> Done:
        """Waits until the order is carried out and returns how.

        Raises what `judge` raises, `CouldNotDoError` where something is in the way or the host refuses, `ConflictError`
        where others keep writing to the zone, `Cancelled` where the engine asked to stop before it was begun.
        """
        zone = await look(order.host, order.name)
        if self._stopped:
            raise Cancelled(_STOPPED)
        lane = self._lanes.setdefault((order.host.identity, zone.name), _Lane())
        end: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        lane.waiting.append((order, end))
        self._next.set()
        self._next = asyncio.Event()
        if lane.worker is None:
            lane.worker = asyncio.create_task(self._work(lane))
        return await end

    def stop(self) -> None:
        """Lets what is under way end, and begins nothing more."""
        self._stopped = True

    async def finish(self) -> None:
        """Waits for what is under way."""
        await asyncio.gather(*(lane.worker for lane in self._lanes.values() if lane.worker is not None))

    async def _work(self, lane: _Lane) -> None:
        while lane.waiting:
            await self._others_joined()
            batch, lane.waiting = lane.waiting, []
            if self._stopped:
                _fail(batch, Cancelled(_STOPPED))
            else:
                await _carry_out(batch)
        lane.worker = None

    async def _others_joined(self) -> None:
        """Waits until orders have stopped coming, or it has been long enough."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST):
                while True:
                    async with asyncio.timeout(_QUIET):
                        await self._next.wait()


_STOPPED: Final = "stopped before this was begun: the operation was cancelled, or something else in it failed"


async def look(host: SharedReads, name: str) -> Zone:
    """The zone of a name; in a thread, unless it was read before."""
    zone = host.known(name)
    if zone is None:
        (zone,) = await asyncio.to_thread(host.read, [name])
    return zone


_Batch = list[tuple[Order, "asyncio.Future[Done]"]]


async def _carry_out(batch: _Batch) -> None:
    try:
        await _try(batch)
    except CouldNotDoError as e:
        if len(batch) == 1 or isinstance(e, ConflictError | _UnsettledError):
            _fail(batch, e)
        else:  # one that the host refuses must not keep the others from what they can have
            for one in batch:
                await _carry_out([one])
    except Exception as e:  # noqa: BLE001 - whoever waits must be told, whatever it is
        _fail(batch, e)


def _fail(batch: _Batch, error: Exception) -> None:
    for _, end in batch:
        if not end.done():
            end.set_exception(error)


async def _try(batch: _Batch) -> None:
    host = batch[0][0].host
    conflict = ConflictError("the zone was never read")
    for _ in range(_TRIES):
        zones = await asyncio.to_thread(host.read, [order.name for order, _ in batch])
        zone = zones[0]
        wishes = [(wish, end) for order, end in batch if not end.done() and (wish := _judged(order, zone, end)) is not None]
        changes = _changes(wishes, zone)
        try:
            if changes:
                await asyncio.to_thread(_apply, host, zone, changes)
        except ConflictError as e:
            conflict = e
            continue
        for _, end in wishes:
            if not end.done():
                end.set_result(Done(before=zone, changes=changes))
        return
    raise conflict


class _UnsettledError(CouldNotDoError):
    """The changes were made, and are not known to be served: to try again would find nothing to do, and say that all is well."""


def _apply(host: SharedReads, zone: Zone, changes: Sequence[RRsetChange]) -> None:
    host.apply(zone, changes)
    try:
        host.settle()
    except CouldNotDoError as e:
        raise _UnsettledError(str(e)) from e


def _judged(order: Order, zone: Zone, end: asyncio.Future[Done]) -> Wish | None:
    """The order's wish if it can be done; else whoever waits is told why."""
    try:
        wish = order.judge(zone)
        for conflict in planned([wish], zone).conflicts:
            end.set_exception(Refused(conflict.message))
            return None
    except Exception as e:  # noqa: BLE001 - see _carry_out
        end.set_exception(e)
        return None
    return wish


def _changes(wishes: Iterable[tuple[Wish, object]], zone: Zone) -> tuple[RRsetChange, ...]:
    plan = planned([wish for wish, _ in wishes], zone)
    return tuple(change for changes in plan.rrsets.values() for change in changes)
