"""Which zone holds a name, and whether it is one whose records anybody asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import longest_suffix
from emailauth.dns_hosts.cloudflare.limits import PLANS, UNKNOWN_PLAN, PlanLimits
from emailauth.vendors.cloudflare.zones import Zone as SeenZone
from emailauth.vendors.cloudflare.zones import Zones as SeenZones

_SHOWN: Final = 5
"""Zones that a message names, of however many there are."""
_NOT_YET: Final = frozenset({"initializing", "pending"})
_OTHER_TYPES: Final = {
    "partial": "a partial (CNAME) setup: its DNS is kept elsewhere; name the DNS host that has it",
    "secondary": "a secondary zone: its records come from the primary server by zone transfer; name that server as DNS host (rfc2136, say)",
    "internal": "an internal zone, which the public DNS does not see: name the DNS host that has the public one",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudflareZone:
    """A zone, without its records."""

    id: str
    name: str
    account: str
    """For a person: id and name of the account."""
    type: str
    """full, or one of `_OTHER_TYPES`."""
    status: str
    """active where the domain's delegation names Cloudflare's nameservers."""
    name_servers: tuple[str, ...]
    limits: PlanLimits

    @property
    def is_served(self) -> bool:
        """Whether anybody asks Cloudflare for its records."""
        return self.status == "active"

    @property
    def place(self) -> str:
        """For a person."""
        return f"Cloudflare zone {self.id}" if self.is_served else f"Cloudflare zone {self.id} ({self.status}: nobody asks it yet)"

    def refuse_other(self) -> None:
        """Raises `UsageError` for a zone whose records are not what the domain's DNS answers, nor will be."""
        if self.type != "full":
            what = _OTHER_TYPES.get(self.type, f"of type {self.type!r}, which this program does not know")
            raise UsageError(f"the zone {self.name} at Cloudflare is {what}")
        if not self.is_served and self.status not in _NOT_YET:
            raise UsageError(
                f"the zone {self.name} at Cloudflare is {self.status}: the domain's nameservers are elsewhere, so nobody asks Cloudflare "
                f"for it; name the DNS host that has it now, or set its nameservers to {' and '.join(self.name_servers)} at the registrar"
            )

    def not_served(self) -> CouldNotDoError:
        """The error for a zone of which nobody asks Cloudflare yet."""
        return CouldNotDoError(
            f"what was written to the zone {self.name} at Cloudflare is there, and nobody sees it yet, for the zone is {self.status}: set "
            f"the domain's nameservers to {' and '.join(self.name_servers)} at its registrar, wait until Cloudflare calls the zone "
            "active, then run again"
        )


def _zone(found: SeenZone) -> CloudflareZone:
    return CloudflareZone(
        id=found.id,
        name=found.name,
        account=f"{found.account.id} ({found.account.name})",
        type=str(found.type),
        status=str(found.status),
        name_servers=found.name_servers or (),
        limits=PLANS.get((found.plan and found.plan.legacy_id) or "", UNKNOWN_PLAN),
    )


class Zones:
    """Which of the zones that the token sees holds a name. For threads."""

    def __init__(self, seen: SeenZones, account: str | None, ids: Mapping[str, str], token_env: str) -> None:
        """`account` is the id of the one account that is looked into, `ids` says which zone is meant by a name."""
        self._seen, self._account, self._ids, self._token_env = seen, account, ids, token_env

    def find(self, name: str) -> CloudflareZone:
        """The zone that encloses a name most closely.

        Raises `UsageError` where there is none, or more than one, or one that nobody asks; `CouldNotDoError` where the API refuses.
        """
        zone = self._find(name)
        zone.refuse_other()
        return zone

    def _find(self, name: str) -> CloudflareZone:
        zones = self._seen.by_name()
        known = longest_suffix(name, {*zones, *self._ids})
        if known is None:
            raise UsageError(self._not_there(name, sorted(zones)))
        if known in self._ids:
            return self._named(known, self._ids[known])
        found = [_zone(zone) for zone in zones[known]]
        if len(found) > 1:
            raise UsageError(
                f"more than one Cloudflare account that the token sees has a zone {known}: {', '.join(zone.account for zone in found)}; say "
                "which by dns_host cloudflare, account, or give the zone's id in zones"
            )
        return found[0]

    def _named(self, name: str, zone_id: str) -> CloudflareZone:
        """The zone of an id in the settings."""
        zone = self._seen.by_id(zone_id)
        if zone is None:
            raise UsageError(
                f"dns_host cloudflare, zones: there is no zone {zone_id} that the token in {self._token_env} sees; its id stands on "
                f"the overview page of {name} in the dashboard"
            )
        if zone.name != name:
            raise UsageError(f"dns_host cloudflare, zones: {zone_id} is the zone {zone.name}, not {name}")
        return _zone(zone)

    def _not_there(self, name: str, zones: Sequence[str]) -> str:
        where = f"in account {self._account} " if self._account else ""
        seen = f"it sees {', '.join(zones[:_SHOWN])}{' and others' if len(zones) > _SHOWN else ''}" if zones else "it sees none"
        return (
            f"no zone {where}that the Cloudflare API token in {self._token_env} sees holds {name} ({seen}): add the domain at "
            "Cloudflare, or give the token the permission Zone Read for its zone"
        )
