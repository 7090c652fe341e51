"""Cloudflare DNS, by its API and the official SDK.

The API has no compare and swap, keeps one value a record, and knows no record sets; `writing` says what is made of that. A zone is read in
one call and changed in one (`/dns_records/batch`), and read back in one. The automatic TTL counts as the 300 seconds that it is, and a new
set gets it where the file says nothing; another TTL is written as the file says it.
"""

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from emailauth.core.errors import ConflictError, UsageError
from emailauth.core.names import InvalidName, is_within, longest_suffix, normalise
from emailauth.core.record import RRsetChange
from emailauth.dns_hosts import DnsHost, Zone
from emailauth.dns_hosts.cloudflare import records
from emailauth.dns_hosts.cloudflare.api import read_records
from emailauth.dns_hosts.cloudflare.limits import AUTOMATIC_TTL, FRESH
from emailauth.dns_hosts.cloudflare.records import Reading
from emailauth.dns_hosts.cloudflare.refusals import HINTS
from emailauth.dns_hosts.cloudflare.writing import Writer
from emailauth.dns_hosts.cloudflare.zones import CloudflareZone, Zones
from emailauth.vendors.cloudflare.calls import Caller
from emailauth.vendors.cloudflare.connection import Connection
from emailauth.vendors.cloudflare.zones import Zones as SeenZones

_AT_ONCE: Final = 4
"""Zones that are read at the same time."""

Identifier = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", description="An id, as the dashboard shows it.")]
ZoneName = Annotated[str, msgspec.Meta(description="The zone's name.", examples=["example.com"])]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cloudflare. An API token with the permissions Zone Read and DNS Write is taken from the environment."""

    account: Annotated[
        Identifier | None,
        msgspec.Meta(
            description="Id of the account to look for zones in, for a token that sees several.",
            examples=["0123456789abcdef0123456789abcdef"],
        ),
    ] = None
    zones: Annotated[
        dict[ZoneName, Identifier],
        msgspec.Meta(
            description="Ids of zones by name. Zones that are not named here are found by their name.",
            examples=[{"example.com": "0123456789abcdef0123456789abcdef"}],
        ),
    ] = {}
    token_env: Annotated[
        str,
        msgspec.Meta(
            pattern="^[A-Z_][A-Z0-9_]*$",
            description="Name of the environment variable that holds the API token; in capitals, so that no token passes for one.",
            examples=["CLOUDFLARE_API_TOKEN"],
        ),
    ] = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable


def open_host(
    settings: Settings,
    directory: Path,  # noqa: ARG001 - the contract; nothing here is a path
    *,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
    strict: bool = False,
) -> DnsHost:
    """The host of the settings. Raises `UsageError` for a zone that has no proper name.

    `environ` holds the token, and `CLOUDFLARE_BASE_URL` where the API is elsewhere. `clock` gives seconds that only grow, `pause` waits
    for some. `strict` makes an error of every answer that is not as the SDK knows it.
    """
    caller = Caller(setting="dns_host: cloudflare", token_env=settings.token_env, permissions="Zone Read and DNS Write", hints=HINTS)
    connection = Connection(caller, environ=environ, clock=clock, pause=pause, strict=strict)
    zones = Zones(SeenZones(connection, settings.account), settings.account, _ids(settings), settings.token_env)
    return _Cloudflare(connection, zones, _Readings(connection, clock))


def settings_for(settings: Settings, domain: str) -> Settings:
    """Only the zones that can hold names of a domain: the one that encloses it, and those below it. Raises as `open_host` does."""
    zones = _ids(settings)
    own = longest_suffix(domain, zones)
    kept = {zone: zone_id for zone, zone_id in zones.items() if zone == own or is_within(zone, domain)}
    return msgspec.structs.replace(settings, zones=kept)


def _ids(settings: Settings) -> dict[str, str]:
    """The ids by normalised zone names."""
    ids: dict[str, str] = {}
    for zone, zone_id in settings.zones.items():
        try:
            name = normalise(zone)
        except InvalidName as e:
            raise UsageError(f"dns_host cloudflare, zones: {e}") from e
        if name in ids:
            raise UsageError(f"dns_host cloudflare, zones: {name} is there twice; leave one")
        ids[name] = zone_id
    return ids


class _Readings:
    """The newest reading of each zone. For threads, each zone in one at a time."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection, self._clock = connection, clock
        self._kept: dict[str, Reading] = {}

    def fresh(self, zone: CloudflareZone) -> Reading:
        """One that is no older than `FRESH` seconds."""
        kept = self._kept.get(zone.id)
        return kept if kept and self._clock() - kept.at <= FRESH else self.again(zone)

    def again(self, zone: CloudflareZone) -> Reading:
        """One of now."""
        self.forget(zone)
        self._connection.pace.wait()  # here, so that the reading is not taken to be older than it is
        at = self._clock()
        found = self._kept[zone.id] = records.reading(zone.name, read_records(self._connection, zone.id, zone.name), at)
        return found

    def forget(self, zone: CloudflareZone) -> None:
        """None that was made so far is fresh."""
        self._kept.pop(zone.id, None)


class _Cloudflare:
    """The host; see `DnsHost`."""

    def __init__(self, connection: Connection, zones: Zones, readings: _Readings) -> None:
        self._connection, self._zones, self._readings = connection, zones, readings
        self._written: dict[str, CloudflareZone] = {}

    def read(self, names: Collection[str]) -> Sequence[Zone]:
        """See `DnsHost.read`. Raises `UsageError` for a name that its zone hands on to other nameservers too."""
        zone_of = {name: self._zones.find(name) for name in names}
        zones = {zone.id: zone for zone in zone_of.values()}
        found = dict(zip(zones, self._read_all(list(zones.values())), strict=True))
        for name, zone in zone_of.items():
            cut = found[zone.id].delegation(name)
            if cut:
                raise UsageError(f"{zone.place}: {name} is delegated, by NS of {cut.name}; give the DNS host of that zone")
        return [_zone(zone, found[zone.id]) for zone in zones.values()]

    def _read_all(self, zones: Sequence[CloudflareZone]) -> Sequence[Reading]:
        if len(zones) == 1:
            return [self._readings.again(zones[0])]
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - brings logging, which no other start needs

        with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
            return list(threads.map(self._readings.again, zones))

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        """See `DnsHost.apply`."""
        try:
            found = self._zones.find(zone.name)
        except UsageError as e:
            raise ConflictError(f"{e}; it was a zone when it was read, so somebody is changing it") from e
        reading = Writer(zone=found, connection=self._connection, readings=self._readings).write(changes)
        if changes:
            self._written[found.id] = found
        return _zone(found, reading)

    def settle(self) -> None:
        """See `DnsHost.settle`. There is nothing to wait for, and nothing to ask: Cloudflare serves changes within seconds and does not say when.

        Raises `CouldNotDoError` where something was written to a zone that is not active: nobody asks Cloudflare for it yet.
        """
        for zone in list(self._written.values()):
            if not zone.is_served:
                raise zone.not_served()


def _zone(zone: CloudflareZone, reading: Reading) -> Zone:
    return Zone(name=zone.name, rrsets=reading.rrsets(), version=reading.version(), place=zone.place, default_ttl=AUTOMATIC_TTL)
