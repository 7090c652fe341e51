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


def verdict(ratio: float, *, at_least: float | None = None, at_most: float | None = None) -> str:
    """What was wanted of a ratio, and whether it is so."""
    if at_least is not None:
        return f"at least {at_least:g} is wanted: {'reached' if ratio >= at_least else 'MISSED'}"
    return f"at most {at_most:g} is wanted: {'reached' if at_most is not None and ratio <= at_most else 'MISSED'}"
