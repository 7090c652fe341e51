"""The host: reads zones, changes them, and looks whether they have changed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import dns.rcode

from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError, UsageError
from emailauth.core.names import longest_suffix
from emailauth.core.record import Key, RRsetChange
from emailauth.core.zone import Zone
from emailauth.dns_hosts.rfc2136 import discovery, reading, updates
from emailauth.dns_hosts.rfc2136.connection import LostError
from emailauth.dns_hosts.rfc2136.server import Answer, Server

_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between looks at a zone that an update was accepted for: BIND with inline signing shows it when it has signed it."""
_CONFLICTS: Final = frozenset({dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN, dns.rcode.NXRRSET, dns.rcode.YXRRSET})
"""What a prerequisite that does not hold is answered with (RFC 2136 section 3.2)."""


class Rfc2136:
    """See `DnsHost`."""

    def __init__(self, server: Server, *, zones: Collection[str], copies: bool, pause: Callable[[float], None]) -> None:
        """`zones` may be empty: the server is asked which it has. `copies`: whether zones are transferred to be read."""
        self._server, self._zones, self._copies, self._pause = server, zones, copies, pause

    def read(self, names: Collection[str]) -> Sequence[Zone]:
        """See `DnsHost.read`. Raises `UsageError` for a name that its zone hands on, too."""
        zone_of = self._zones_of(names)
        zones = []
        for zone in dict.fromkeys(zone_of[name] for name in names):
            held = [name for name in names if zone_of[name] == zone]
            zones.append(self._read(zone, held))
            reading.refuse_redirected(zones[-1], held)
        return zones

    def _zones_of(self, names: Collection[str]) -> dict[str, str]:
        if not self._zones:
            return discovery.zones_of(self._server, names)
        found: dict[str, str] = {}
        for name in names:
            zone = longest_suffix(name, self._zones)
            if zone is None:
                raise UsageError(f"no zone of dns_host rfc2136, zones holds {name}: add it (there are {', '.join(sorted(self._zones))})")
            found[name] = zone
        if not self._copies:
            self._compare(found)
        return found

    def _compare(self, zones: Mapping[str, str]) -> None:
        """Where a zone is not copied, nothing in it tells that a name is in another one, which the server has as well."""
        for name, zone in discovery.zones_of(self._server, zones).items():
            if zone != zones[name]:
                raise UsageError(
                    f"{self._server.place} has {name} in its zone {zone}, not in {zones[name]}: correct dns_host rfc2136, zones"
                )

    def _read(self, zone: str, names: Collection[str]) -> Zone:
        return reading.copy(self._server, zone) if self._copies else reading.look_up(self._server, zone, names)

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        """See `DnsHost.apply`. More than one message is sent only for changes of more than 64 KiB."""
        done: list[Key] = []
        for part in updates.parts(zone, changes):
            try:
                zone = self._make(zone, part)
            except CouldNotDoError as e:
                if not done:
                    raise
                made = [*done, *(e.done if isinstance(e, PartlyDoneError) else ())]
                raise PartlyDoneError(f"{e}; {_listed(made)} changed before that", made) from e
            done += part.keys
        return zone

    def settle(self) -> None:
        """The server that was asked serves what was read back from it; which secondaries copy it, and when, is not this host's to know."""

    def _make(self, zone: Zone, part: updates.Part) -> Zone:
        try:
            answer = self._server.update(part.message)
        except LostError as e:
            return self._made_or_not(zone, part, e)
        if answer.rcode != dns.rcode.NOERROR:
            raise self._refused(zone, part, answer)
        try:
            now = self._look(zone, part)
        except (CouldNotDoError, UsageError) as e:
            raise PartlyDoneError(f"{zone.place}: the update was accepted, and cannot be read back: {e}", part.keys) from e
        if unseen := _unseen(part, now):
            said = f"{zone.place}: the server accepted the update (NOERROR), and yet {_listed(unseen)} did not change as asked"
            raise _not_as_asked(
                f"{said}: see what else writes there; if the server is a secondary, which hands updates on, name the primary", part, now
            )
        return part.as_made(now)

    def _made_or_not(self, zone: Zone, part: updates.Part, lost: LostError) -> Zone:
        """An answer that is lost: what is there now tells whether the update was made, which it was as a whole or not at all."""
        said = f"{self._server.place} {lost}, after an update of {zone.name} was sent"
        try:
            now = self._look(zone, part)
        except (CouldNotDoError, UsageError) as e:
            raise CouldNotDoError(f"{said}, and nobody knows whether it was made: {e}") from lost
        unseen = _unseen(part, now)
        if not unseen:
            return part.as_made(now)
        if all(edit.is_untouched_in(now) for edit in part.edits):
            raise CouldNotDoError(f"{said}; nothing has changed since; run again") from lost
        raise _not_as_asked(f"{said}; {_listed(unseen)} is not as asked; run again", part, now) from lost

    def _look(self, zone: Zone, part: updates.Part) -> Zone:
        """The zone now, or as soon as it is no longer as it was."""
        names = {key[0] for key in zone.rrsets} | {edit.change.name for edit in part.edits}
        for pause in _PAUSES:
            now = self._read(zone.name, names)
            waiting = [edit for edit in part.edits if not edit.is_seen_in(now)]
            if not waiting or not all(edit.is_untouched_in(now) for edit in waiting):
                return now
            self._pause(pause)
        return self._read(zone.name, names)

    def _refused(self, zone: Zone, part: updates.Part, answer: Answer) -> CouldNotDoError:
        """What the code of an answer to an update means (RFC 2136 section 2.2). Nothing was changed."""
        code = dns.rcode.to_text(answer.rcode)
        if answer.rcode in _CONFLICTS:
            return ConflictError(f"{zone.place}: {self._changed_since(zone, part)} ({code}), and nothing was changed; run again")
        what = f"{self._server.place} did not update {zone.name} ({code})"
        if answer.rcode in {dns.rcode.REFUSED, dns.rcode.NOTAUTH, dns.rcode.NOTIMP}:
            has_mx = any(edit.change.type == "MX" and edit.change.after for edit in part.edits)
            hosts = "; BIND also refuses an MX record whose host is in the zone and has no address there" if has_mx else ""
            return CouldNotDoError(
                f"{what}: let {self._server.signer} update these names and types there (BIND: update-policy or allow-update; Knot: an acl with "
                f"action update; PowerDNS: dnsupdate and TSIG-ALLOW-DNSUPDATE); a secondary does not: there, name the primary{hosts}"
            )
        if answer.rcode == dns.rcode.NOTZONE:
            return CouldNotDoError(f"{what}: a name is not in that zone; correct dns_host rfc2136, zones")
        return CouldNotDoError(f"{what}, and nothing was changed: its log says why")

    def _changed_since(self, zone: Zone, part: updates.Part) -> str:
        """Which sets are not as they were read, if that can be found out."""
        names = {key[0] for key in zone.rrsets} | {edit.change.name for edit in part.edits}
        try:
            now = self._read(zone.name, names)
        except (CouldNotDoError, UsageError):
            return "a record set is no longer as it was read"
        changed = [edit.change.key for edit in part.edits if not edit.is_untouched_in(now)]
        hidden = "" if changed or self._copies else ", or has a type that `read: query` does not ask for"
        return f"{_listed(changed) or 'a record set'} is no longer as it was read{hidden}"


def _unseen(part: updates.Part, now: Zone) -> list[Key]:
    return [edit.change.key for edit in part.edits if not edit.is_seen_in(now)]


def _not_as_asked(message: str, part: updates.Part, now: Zone) -> CouldNotDoError:
    """A message is made whole or not at all: where one of its sets is seen to be made, the others were, and were changed by others since."""
    made = any(edit.is_seen_in(now) for edit in part.edits if edit.gone or edit.added)
    return PartlyDoneError(message, part.keys) if made else CouldNotDoError(message)


def _listed(keys: Sequence[Key]) -> str:
    return ", ".join(f"{record_type} at {name}" for name, record_type in keys)
