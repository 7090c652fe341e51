"""Wall times of several things, taken in turns, so that a machine that is busy for a while is busy for all of them."""

import time
from collections.abc import Callable, Mapping, Sequence

Times = Mapping[str, Sequence[float]]
"""Seconds, round by round, by name."""


def rounds(things: Mapping[str, Callable[[], object]], count: int) -> Times:
    """Does each thing once in each round. The first round does not count."""
    times: dict[str, list[float]] = {name: [] for name in things}
    for _ in range(count + 1):
        for name, thing in things.items():
            started = time.perf_counter()
            thing()
            times[name].append(time.perf_counter() - started)
    return {name: taken[1:] for name, taken in times.items()}
