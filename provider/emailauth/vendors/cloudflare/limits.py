"""What Cloudflare allows everybody who calls its API, as its documentation said on `VERIFIED`, and how long is waited for it."""

from typing import Final

VERIFIED: Final = "2026-11-22"
"""When all of this was last compared with developers.cloudflare.com."""

TIMEOUT: Final = 60.0
"""Seconds for one call."""
WAITS: Final = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the attempts of a call that gets no answer."""

ZONES_A_PAGE: Final = 50
"""The most that the API gives (api/resources/zones/methods/list)."""

RESERVE: Final = 5
"""Calls that are left to others: with no more than these left, the next call waits (1,200 in 5 minutes are allowed to a token;
fundamentals/api/reference/limits)."""
WINDOW: Final = 300
"""Seconds until all calls are allowed again, at most."""
LONGEST_WAIT: Final = 600
"""Seconds that we wait for calls to be allowed again before we give up."""
UNSAID_WAIT: Final = 60
"""Seconds that we wait where a refusal does not say how long."""
