"""What Route 53 takes, as data (Developer Guide, "Quotas"; API Reference, ChangeResourceRecordSets; the SDK's service model)."""

import datetime as dt
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers that the service enforces, and the rate that we keep so that it need not."""

    elements: int
    """ResourceRecord elements in one request."""
    characters: int
    """Of all values in one request, quotes and escapes included."""
    values: int
    """Of one record set."""
    value_length: int
    """Characters of one value, quotes and escapes included."""
    ttl: int
    """Seconds."""
    zones_a_page: int
    sets_a_page: int
    rate: float
    """Requests a second. The service takes 5 of an account, whoever sends them."""
    burst: int
    """Requests at once, after a rest."""
    verified: dt.date
    """When these were last compared with the documents."""


LIMITS: Final = Limits(
    elements=1000,
    characters=32_000,
    values=400,
    value_length=4000,
    ttl=2**31 - 1,
    zones_a_page=100,
    sets_a_page=300,
    rate=4.0,
    burst=2,
    verified=dt.date(2026, 11, 22),
)
