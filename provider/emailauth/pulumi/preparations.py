"""Host names that are prepared together: what a web host makes for several names at once, it makes once.

The engine has several operations in flight and waits for each; what arrives within a moment, or while others are prepared, goes together.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from emailauth.web_hosts import WebHost
from emailauth.workflow.applying import prepare

_MOMENT: Final = 0.02
"""Seconds for which a name waits for others to join it."""


@dataclass(slots=True)
class _Lane:
    """The names that wait for one web host."""

    waiting: list[tuple[str, "asyncio.Future[None]"]] = field(default_factory=list)
    worker: asyncio.Task[None] | None = None


class Preparations:
    """All lanes of the process. For one event loop; the hosts are called in threads."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}

    async def prepare(self, host: WebHost, identity: str, name: str) -> None:
        """Waits until the name is prepared. `identity` is equal for what is one host. Raises what the host raises."""
        lane = self._lanes.setdefault(identity, _Lane())
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane.waiting.append((name, end))
        if lane.worker is None:
            lane.worker = asyncio.create_task(_work(lane, host))
        await end


async def _work(lane: _Lane, host: WebHost) -> None:
    while lane.waiting:
        await asyncio.sleep(_MOMENT)
        batch, lane.waiting = lane.waiting, []
        error: Exception | None = None
        try:
            await asyncio.to_thread(prepare, host, [name for name, _ in batch])
        except Exception as e:  # noqa: BLE001 - whoever waits must be told, whatever it is
            error = e
        for _, end in batch:
            if not end.done():
                end.set_exception(error) if error else end.set_result(None)
    lane.worker = None
