"""What Route 53 refuses, in words for a person; what all services of AWS refuse is with the vendor."""

import re
from collections.abc import Mapping
from typing import Final

from emailauth.core.errors import ConflictError, CouldNotDoError

ADVICE: Final[Mapping[str, str]] = {
    "NoSuchHostedZone": "the zone is not in this account any more: see that the credentials are those of its account",
    "PriorRequestNotComplete": "it is still at work on earlier changes, and took no new ones for a minute: run again later",
    "Throttling": "Route 53 takes 5 requests a second from all who use the account: see what else calls it, and run again later",
}
"""What to do, by its error codes."""
_CONFLICT: Final = re.compile(
    r"but it already exists|but it was not found|do(?:es)? not match|conflicting RRSet|conflicts with other records|other RRSets exist|set exists with the"
)
"""What a batch is refused with when a set is not as it was read (facts, section 1.2)."""
_HINTS: Final = {
    "protect": ". Remove the protection first, if that is meant (aws route53 delete-resource-record-set-protections)",
    "Number of records limit": ". Remove record sets that nobody needs, or ask AWS for more (Service Quotas), then run again",
}
"""What to do, by a part of its words."""


def refused_batch(place: str, words: str) -> CouldNotDoError:
    """What is to be raised where a batch was refused as a whole (InvalidChangeBatch), in the service's words."""
    if _CONFLICT.search(words):
        return ConflictError(
            f"{place} is not as it was read, and refused the change as a whole: {words}. Run again, to plan from what is there now"
        )
    hint = next((hint for part, hint in _HINTS.items() if part in words), "")
    return CouldNotDoError(f"{place} refused the change as a whole: {words}{hint}")
