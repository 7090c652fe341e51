"""What Cloudflare allows of zones and records, as its documentation said on `VERIFIED`."""

from dataclasses import dataclass
from typing import Final

VERIFIED: Final = "2026-11-22"
"""When all of this was last compared with developers.cloudflare.com."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLimits:
    """What depends on the plan of a zone."""

    batch: int
    """Records in one call of `/dns_records/batch` (dns/manage-dns-records/how-to/batch-record-changes)."""
    shortest_ttl: int
    """Seconds (dns/manage-dns-records/reference/ttl)."""


PLANS: Final = {
    "free": PlanLimits(batch=200, shortest_ttl=60),
    "pro": PlanLimits(batch=3500, shortest_ttl=60),
    "business": PlanLimits(batch=3500, shortest_ttl=60),
    "enterprise": PlanLimits(batch=3500, shortest_ttl=30),
}
"""By the plan's name in the answer that describes a zone (`plan.legacy_id`)."""
UNKNOWN_PLAN: Final = PLANS["free"]
"""The least that any plan allows."""

LONGEST_TTL: Final = 86400
"""Seconds."""
AUTOMATIC: Final = 1
"""What the API calls the TTL that Cloudflare chooses."""
AUTOMATIC_TTL: Final = 300
"""Seconds: what it chooses (dns/manage-dns-records/reference/ttl)."""
RECORD_OCTETS: Final = 4096
"""Of one record on the wire (dns/manage-dns-records/reference/dns-record-types)."""
SET_CHARACTERS: Final = 8192
"""Of the contents of all records with the same name and type (same page)."""

RECORDS_A_PAGE: Final = 5000
"""The API would give 5,000,000 (api/resources/dns/subresources/records/methods/list); more than a zone of most plans holds is enough."""

FRESH: Final = 10
"""Seconds that a reading may be old when changes are addressed by what stands in it."""
TRIES: Final = 3
"""How often a change is sent that gets no answer and was not made."""
