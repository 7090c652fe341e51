"""What plans allow (developers.cloudflare.com/dns: "Features and availability", "Batch record changes", "Create DNS records")."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a plan allows a zone."""

    id: str
    name: str
    records: int
    batch: int
    """Records in one batch, whatever is done to them."""
    comment: int
    """Characters of a record's comment."""
    tags: int
    """Tags of a record."""
    shortest_ttl: int = 60


PLANS: Final = {
    "free": Plan(id="0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", name="Free Website", records=200, batch=200, comment=100, tags=0),
    "pro": Plan(id="1feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", name="Pro Website", records=3500, batch=3500, comment=500, tags=20),
    "business": Plan(id="2feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", name="Business Website", records=3500, batch=3500, comment=500, tags=20),
    "enterprise": Plan(
        id="3feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", name="Enterprise Website", records=3500, batch=3500, comment=500, tags=20, shortest_ttl=30
    ),
}
"""By `legacy_id`."""
