"""How fast we may ask, by what Cloudflare says in its answers.

`Ratelimit: "default";r=50;t=30` says how many calls are left and in how many seconds that begins anew, `Retry-After` how long a
refused caller shall wait (developers.cloudflare.com/fundamentals/api/reference/limits). The SDK waits for no more than 60 seconds,
and Cloudflare asks for up to 300.
"""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Final

from emailauth.core.errors import CouldNotDoError
from emailauth.vendors.cloudflare.limits import LONGEST_WAIT, RESERVE, UNSAID_WAIT, WINDOW

_LEFT: Final = re.compile(r";\s*r=(\d{1,9})\b")
_RESET: Final = re.compile(r";\s*t=(\d{1,9})\b")
_SECONDS: Final = re.compile(r"\d{1,6}(?:\.\d+)?\Z")


class Pace:
    """The pace of all calls with one token. For threads."""

    def __init__(self, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        """`clock` gives seconds that only ever grow, `pause` waits for some."""
        self.clock, self.pause = clock, pause
        self._lock = threading.Lock()
        self._until = clock()
        """Before this nothing may be asked."""
        self._refused_since: float | None = None

    def wait(self) -> None:
        """Waits until a call is allowed."""
        seconds = self._until - self.clock()
        if seconds > 0:
            self.pause(seconds)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Takes in what an answer says of the calls that are left."""
        with self._lock:
            self._refused_since = None
            for limit in headers.get("ratelimit", "").split(","):
                left, reset = _LEFT.search(limit), _RESET.search(limit)
                if left and reset and int(left[1]) <= RESERVE:
                    self._until = max(self._until, self.clock() + min(int(reset[1]), WINDOW))

    def refused(self, headers: Mapping[str, str]) -> None:
        """Takes in that a call came too early (HTTP 429). Raises `CouldNotDoError` where all the waiting would take too long."""
        said = headers.get("retry-after", "").strip()
        seconds = max(1.0, float(said)) if _SECONDS.match(said) else UNSAID_WAIT
        with self._lock:
            now = self.clock()
            if self._refused_since is None:
                self._refused_since = now
            if now + seconds - self._refused_since > LONGEST_WAIT:
                raise CouldNotDoError(
                    f"Cloudflare has refused all calls with this token for {now - self._refused_since:.0f} seconds and asks to wait "
                    f"{seconds:.0f} more (1,200 calls in 5 minutes are allowed, the dashboard's and other tools' included): run again later"
                )
            self._until = max(self._until, now + seconds)


_paces: Final[dict[tuple[str, str], Pace]] = {}
_finding: Final = threading.Lock()


def pace_of(token_env: str, base_url: str, clock: Callable[[], float], pause: Callable[[float], None]) -> Pace:
    """The pace of the token of a variable: the same for all in this process who ask there with it by the same time."""
    with _finding:
        found = _paces.get((token_env, base_url))
        if found is None or found.clock != clock or found.pause != pause:
            found = _paces[token_env, base_url] = Pace(clock, pause)
        return found
