"""Keeps calls apart, so that the service need not refuse them."""

import threading
from collections.abc import Callable
from functools import lru_cache


class Pace:
    """Lets so many calls a second through, and a few at once after a rest. For threads."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        """`clock` gives seconds that only rise; `pause` waits for seconds."""
        self._apart, self._ahead = 1 / rate, (burst - 1) / rate
        self._clock, self._pause = clock, pause
        self._next: float | None = None
        """When the next call would be due if all came evenly; None before the first."""
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Returns when the next call may be made."""
        with self._lock:
            now = self._clock()
            due = now - self._ahead if self._next is None else max(self._next, now - self._ahead)
            self._next = due + self._apart
        if due > now:
            self._pause(due - now)

    def hold(self, seconds: float) -> None:
        """Lets no call through for some time: the service has said that there were too many."""
        with self._lock:
            until = self._clock() + seconds
            self._next = until if self._next is None else max(self._next, until)


@lru_cache(maxsize=100)
def shared(account: object, rate: float, burst: int, clock: Callable[[], float], pause: Callable[[float], None]) -> Pace:  # noqa: ARG001 - a key
    """The one pace of an account in this process, whoever asks: the service counts the calls of all together."""
    return Pace(rate, burst, clock, pause)
