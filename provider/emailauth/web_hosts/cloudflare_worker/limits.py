"""What Cloudflare allows, verified 2026-11 at developers.cloudflare.com, and how long is waited for it."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

SCRIPT_OCTETS: Final = 64 * 2**20
"""Of a Worker, on every plan (workers/platform/limits). Where the limits before 2026 hold (3 MiB after gzip on the free plan, 10 MiB on the
paid one), Cloudflare tells it itself: code 10027."""
ZONES_A_PAGE: Final = 50

WAITS: Final = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the attempts of a call that was not answered, and until what was written is read everywhere."""
LONGEST_WAIT: Final = 900.0
"""Seconds for which one call is held back in all. 1,200 calls in 5 minutes are allowed, and for more all are refused for up to 5 minutes."""
RESERVE: Final = 5
"""Calls that are left to others: with fewer, the next window is waited for."""
UNKNOWN_WAIT: Final = 30.0
"""Seconds, where a refusal does not say when to come back."""

_LEFT: Final = re.compile(r"\br=(?P<left>[0-9]{1,9})\b.*?\bt=(?P<seconds>[0-9]{1,6})\b")
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def seconds_held_back(ratelimit: str | None) -> float:
    """Seconds until the next call shall be made, from a `Ratelimit` header such as `"default";r=50;t=30`."""
    found = _LEFT.search(ratelimit or "")
    return float(found["seconds"]) if found and int(found["left"]) < RESERVE else 0.0


def seconds_refused(retry_after: str | None, now: float) -> float:
    """Seconds that a `Retry-After` header (RFC 9110 section 10.2.3) asks for, a number or a date; one at least. `now`: of the Unix clock."""
    text = (retry_after or "").strip()
    return max(1.0, float(text) if _SECONDS.fullmatch(text) else _until(text, now))


def _until(date: str, now: float) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return UNKNOWN_WAIT
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
