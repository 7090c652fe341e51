"""A zone as a DNS host answered it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from emailauth.core.record import Key, RRset

DEFAULT_TTL: Final = 3600
"""Seconds, where neither the file nor the DNS host says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One zone as it was read."""

    name: str
    rrsets: Mapping[Key, RRset]
    """Every RRset of the zone (a host that cannot list a zone answers those that were asked for)."""
    version: str
    """Changes whenever anything in the zone has changed; opaque."""
    place: str
    """For a person: where this zone is kept (a path, a zone id)."""
    default_ttl: int = DEFAULT_TTL
    """Seconds: what the host gives a new set where nothing else is said."""
    complete: bool = True
    """Whether `rrsets` is the whole zone: False at a host that cannot list one, so that a name not asked for may still have records."""

    def types_at(self, name: str) -> frozenset[str]:
        """The types of the RRsets at a name."""
        return frozenset(key[1] for key in self.rrsets if key[0] == name)
