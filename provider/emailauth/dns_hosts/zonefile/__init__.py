"""Zone (master) files, edited in place: what the nameserver reads, with every comment and every foreign octet kept.

What is written is read again and compared with what was meant before it takes the file's place, as a whole.
A server that changes its zone files itself (dynamic updates, signing) must be spoken to by RFC 2136 instead.
"""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.names import InvalidName, is_within, longest_suffix, normalise
from emailauth.core.record import RRsetChange
from emailauth.core.zone import DEFAULT_TTL
from emailauth.dns_hosts import DnsHost, Zone
from emailauth.dns_hosts.zonefile import files, serials
from emailauth.dns_hosts.zonefile.changes import delegation, edits_for, rrset
from emailauth.dns_hosts.zonefile.gate import refuse_signed, soa_of, verify
from emailauth.dns_hosts.zonefile.reader import ZoneText, read_zone
from emailauth.dns_hosts.zonefile.writer import rewrite
from emailauth.files.replacing import replace

ZoneName = Annotated[str, msgspec.Meta(description="The zone's name.", examples=["example.com"])]
ZonePath = Annotated[
    str,
    msgspec.Meta(min_length=1, description="Path of the zone's file, relative to this file.", examples=["zones/db.example.com"]),
]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Zone files that are edited in place, comments and order kept; the serial rises with each change."""

    zones: Annotated[
        dict[ZoneName, ZonePath],
        msgspec.Meta(
            min_length=1,
            description="The zones, each with its file. A name belongs to the zone that encloses it most closely.",
            examples=[{"example.com": "zones/db.example.com"}],
        ),
    ]


def _today() -> dt.date:
    """In UTC, so that the serial does not depend on who changes the zone from where."""
    return dt.datetime.now(dt.UTC).date()


def open_host(settings: Settings, directory: Path, *, today: Callable[[], dt.date] = _today) -> DnsHost:
    """The host of the settings. `today` is the day for serials that are dates. Raises `UsageError` for a zone that has no proper name."""
    return _ZoneFiles({name: directory / path for name, path in _zones(settings).items()}, today)


def settings_for(settings: Settings, domain: str) -> Settings:
    """Only the zones that can hold names of a domain: the one that encloses it, and those below it; all where none encloses it.

    Raises as `open_host` does.
    """
    zones = _zones(settings)
    own = longest_suffix(domain, zones)
    if own is None:
        return settings
    return Settings(zones={zone: path for zone, path in zones.items() if zone == own or is_within(zone, domain)})


def _zones(settings: Settings) -> dict[str, str]:
    """The paths by normalised zone names."""
    zones: dict[str, str] = {}
    for zone, path in settings.zones.items():
        try:
            name = normalise(zone)
        except InvalidName as e:
            raise UsageError(f"dns_host zonefile, zones: {e}") from e
        if name in zones:
            raise UsageError(f"dns_host zonefile, zones: {name} is there twice; leave one")
        zones[name] = path
    return zones


class _ZoneFiles:
    """The host; see `DnsHost`."""

    def __init__(self, paths: dict[str, Path], today: Callable[[], dt.date]) -> None:
        self._paths, self._today = paths, today

    def read(self, names: Collection[str]) -> Sequence[Zone]:
        """See `DnsHost.read`. Raises `UsageError` for a file that cannot be read too, and for a name that its zone delegates."""
        texts: dict[str, ZoneText] = {}
        for name in names:
            zone = longest_suffix(name, self._paths)
            if zone is None:
                known = ", ".join(sorted(self._paths))
                raise UsageError(f"no zone file holds {name}: add its zone to dns_host zonefile, zones (there are {known})")
            if zone not in texts:
                texts[zone] = self._text(zone)
            cut = delegation(texts[zone], name)
            if cut:
                raise UsageError(f"{cut.place}: {name} is delegated here, by {cut.key[1]} of {cut.key[0]}; give the DNS host of that zone")
        return [self._zone(zone, text) for zone, text in texts.items()]

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        """See `DnsHost.apply`. Whatever changed in the file, or in a file that it includes, since it was read is a conflict."""
        path = self._paths[zone.name]
        try:
            try:
                with files.locked(path) as target:
                    data = self._edited(zone, changes)
                    if data is not None:
                        replace(target, data)
            except OSError as e:
                raise CouldNotDoError(f"{path}: cannot be locked, and is as it was: {e.strerror}; see to that and run this again") from e
            return self._zone(zone.name, self._text(zone.name))
        except UsageError as e:
            raise ConflictError(f"{e}; it was a zone when it was read, so somebody is changing it") from e

    def settle(self) -> None:
        """The file is there; what reads it is not this host's to know."""

    def _edited(self, zone: Zone, changes: Sequence[RRsetChange]) -> bytes | None:
        """What the file shall hold; None where that is what it holds."""
        text = self._text(zone.name)
        if _version(text) != zone.version:
            raise ConflictError(f"{text.path} has changed since it was read, and was left as it is; run again")
        edits = edits_for(text, changes)
        if not edits:
            return None
        refuse_signed(text)
        serial = serials.next_serial(soa_of(text).serial, self._today())
        data = rewrite(text, edits, serial)
        verify(text, data, changes, serial)
        return data

    def _text(self, zone: str) -> ZoneText:
        path = self._paths[zone]
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as e:  # ValueError: a NUL in the path
            reason = e.strerror if isinstance(e, OSError) else "no path can hold a NUL"
            raise UsageError(f"cannot read {str(path)!r}, which dns_host, zonefile, zones names for {zone}: {reason}") from e
        return read_zone(zone, path, data)

    def _zone(self, zone: str, text: ZoneText) -> Zone:
        rrsets = {key: rrset(key, records) for key, records in text.sets.items()}
        default_ttl = DEFAULT_TTL if text.end.default_ttl is None else text.end.default_ttl
        return Zone(name=zone, rrsets=rrsets, version=_version(text), place=str(text.path), default_ttl=default_ttl)


def _version(text: ZoneText) -> str:
    return files.digest(text.data, tuple(text.included))
