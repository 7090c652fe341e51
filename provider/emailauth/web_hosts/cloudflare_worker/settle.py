"""What was written, seen made: an answer that does not come proves nothing, and one that comes is not yet read everywhere."""

from collections.abc import Callable

from emailauth.core.errors import CouldNotDoError
from emailauth.vendors.cloudflare.limits import WAITS
from emailauth.vendors.cloudflare.refusals import Lost


def make(attempt: Callable[[], None], is_made: Callable[[], bool], pause: Callable[[float], None], what: str) -> None:
    """Changes something. Where no answer came it is looked at, and tried again only if it was not made.

    `what` stands behind "could not". Raises what `attempt` and `is_made` raise, and `CouldNotDoError` where no answer ever comes.
    """
    reason = ""
    for wait in WAITS:
        try:
            attempt()
        except Lost as e:
            reason = str(e)
        else:
            return
        pause(wait)  # it may be under way still
        if is_made():
            return
    raise CouldNotDoError(f"could not {what} at Cloudflare: {reason}, {len(WAITS)} times. Run again later, which goes on from here")


def see(is_seen: Callable[[], bool], pause: Callable[[float], None], what: str) -> None:
    """Reads back until what was written is there. `what` was written. Raises `CouldNotDoError` after seconds."""
    for wait in (0.0, *WAITS):
        if wait:
            pause(wait)
        if is_seen():
            return
    raise CouldNotDoError(f"{what}: what was written at Cloudflare does not read back: see who else changes it, and run again")
