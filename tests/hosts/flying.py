"""Time that flies: whoever waits goes on at once and finds that the time has passed."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from emailauth.dns_hosts import cloudflare, rfc2136, route53
from emailauth.web_hosts import cloudflare_worker, cloudfront
from emailauth.workflow import applying

HOSTS = (route53, cloudflare, rfc2136, cloudflare_worker, cloudfront)


class Time:
    """A clock that goes on when somebody waits. For threads."""

    def __init__(self) -> None:
        self.waited = 0.0
        """Seconds that all waiting took together."""
        self._start = time.time()
        self._lock = threading.Lock()

    def clock(self) -> float:
        """Seconds; they look like Unix time, which some hosts want."""
        return self._start + self.waited

    def pause(self, seconds: float) -> None:
        """Waits, as it seems."""
        with self._lock:
            self.waited += max(0.0, seconds)


@contextmanager
def flying() -> Iterator[Time]:
    """Hosts that are opened meanwhile have such a time, and so has the barrier behind hosted files."""
    made = Time()
    with ExitStack() as stack:
        for host in HOSTS:
            defaults = host.open_host.__kwdefaults__
            own = {name: one for name, one in (("clock", made.clock), ("pause", made.pause)) if name in defaults}
            stack.enter_context(patch.dict(defaults, own))
        stack.enter_context(patch.object(applying, "time", SimpleNamespace(monotonic=made.clock, sleep=made.pause)))
        yield made
