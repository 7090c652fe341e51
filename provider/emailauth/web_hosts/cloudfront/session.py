"""The account, in the region where CloudFront is configured."""

from collections.abc import Callable
from typing import Final

from emailauth.vendors.aws import calls
from emailauth.vendors.aws.account import Account

REGION: Final = "us-east-1"
"""Where CloudFront is configured, where it takes certificates from, and where the bucket is: the region of the settings does not matter."""


class Aws(calls.Aws):
    """An account. For threads. Connects with its first call."""

    def __init__(self, account: Account, *, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        """`clock` and `pause` are in seconds."""
        super().__init__(account, clock=clock, hold=pause)
        self._pause = pause

    def until(self, done: Callable[[], bool], *, every: float, times: int) -> bool:
        """Looks until something is done, `times` times at most, with pauses of `every` seconds; answers whether it is."""
        for look in range(times):
            if look:
                self._pause(every)
            if done():
                return True
        return False
