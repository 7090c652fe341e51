"""Makes changes of a zone, as safely as an API without compare and swap lets one.

Records are addressed by the ids of a reading no older than `limits.FRESH` seconds, in which every set was as its change expects it. One
that somebody removed since makes the API refuse all; one that somebody added is not touched, and told after the zone was read back; one
that somebody edited is seen in the API's answer, which shows each record as it was when it went, and put back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError
from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.dns_hosts.cloudflare.api import batch as send_batch
from emailauth.dns_hosts.cloudflare.batches import Batch, beside_cname, check, next_step, restored
from emailauth.dns_hosts.cloudflare.limits import TRIES
from emailauth.dns_hosts.cloudflare.records import ApiRecord, Reading, api_record
from emailauth.dns_hosts.cloudflare.refusals import GONE, IDENTICAL
from emailauth.dns_hosts.cloudflare.zones import CloudflareZone
from emailauth.vendors.cloudflare.connection import Connection
from emailauth.vendors.cloudflare.limits import LONGEST_WAIT, WAITS
from emailauth.vendors.cloudflare.refusals import Lost, Refused, Throttled

_ONLY_ONE: Final = {"v=spf1": "RFC 7208 section 4.5", "v=dmarc1": "RFC 9989 section 4.10"}
"""How values begin of which receivers accept one at a name and none if there are two."""


class Readings(Protocol):
    """Where readings come from."""

    def fresh(self, zone: CloudflareZone) -> Reading:
        """One that is fresh enough to address records by it."""

    def again(self, zone: CloudflareZone) -> Reading:
        """One of now."""

    def forget(self, zone: CloudflareZone) -> None:
        """None that was made so far is fresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes to one zone."""

    zone: CloudflareZone
    connection: Connection
    readings: Readings

    def write(self, changes: Sequence[RRsetChange]) -> Reading:
        """Makes the changes in as few calls as the plan's limit allows and returns the zone as it was read back; see `DnsHost.apply`."""
        done: set[Key] = set()
        reading = self.readings.fresh(self.zone)
        _expect(reading, changes, self.zone)
        left = [change for change in changes if not _is_visible(reading, change)]
        check(left, reading, self.zone.limits)
        try:
            while left:
                step, reading = self._step(left)
                done |= {change.key for change in step}
                left = [change for change in left if change not in step]
        except PartlyDoneError as e:
            raise PartlyDoneError(str(e), done | e.done) from None
        except CouldNotDoError as e:
            if done:
                raise PartlyDoneError(f"{e} ({len(done)} of {len(changes)} record sets were changed before)", done) from None
            raise
        return reading

    def _step(self, changes: Sequence[RRsetChange]) -> tuple[Sequence[RRsetChange], Reading]:
        """Makes one call's worth of the changes, and returns them with the zone as it was read back."""
        tries, lost, begun = 0, False, self.connection.pace.clock()
        while True:
            self.connection.pace.wait()  # here, so that the reading does not grow old while a call waits
            reading = self.readings.fresh(self.zone)
            _expect(reading, changes, self.zone)
            step, batch = next_step(changes, reading, self.zone.limits)
            try:
                return step, self._send(step, batch)
            except Throttled:
                # What is read in between is answered, so that the pace alone would never give up.
                if self.connection.pace.clock() - begun > LONGEST_WAIT:
                    raise CouldNotDoError(
                        f"Cloudflare has taken no changes of the zone {self.zone.name} for {LONGEST_WAIT:.0f} seconds (HTTP 429: 1,200 calls in "
                        "5 minutes are allowed, the dashboard's and other tools' included): run again later"
                    ) from None
                continue
            except Lost as e:
                reason, lost, now = str(e), True, self._looked_after_loss()
                if not _untouched(now, step):
                    return step, _verified(now, step, self.zone)
            except Refused as e:
                reason, now = str(e.refusal), self._looked_after(e)
                if lost and not _untouched(now, step):  # what was lost has arrived after all
                    return step, _verified(now, step, self.zone)
                _expect(now, changes, self.zone)
                if not e.refusal.codes & (GONE | IDENTICAL):  # else somebody has made records anew that are the same and have other ids
                    raise
            tries += 1
            if tries == TRIES:
                raise CouldNotDoError(f"the zone {self.zone.name} at Cloudflare was not changed, in {TRIES} attempts ({reason}): run again")
            self.connection.pause(WAITS[tries - 1])

    def _send(self, step: Sequence[RRsetChange], batch: Batch) -> Reading:
        answer = send_batch(self.connection, self.zone.id, self.zone.name, **batch.body())
        edited = _edited(batch, answer, self.zone.name)
        if edited:
            self._put_back(step, edited, answer)
        try:
            now = self.readings.again(self.zone)
        except CouldNotDoError as e:
            raise PartlyDoneError(f"the zone {self.zone.name} was changed and could not be read back: {e}", _keys(step)) from None
        return _verified(now, step, self.zone)

    def _looked_after_loss(self) -> Reading:
        try:
            return self.readings.again(self.zone)
        except CouldNotDoError as e:
            raise CouldNotDoError(f"whether the zone {self.zone.name} was changed is not known, and running again finds out: {e}") from None

    def _looked_after(self, refused: Refused) -> Reading:
        """The zone after the API said no. Raises `CouldNotDoError` where that has nothing to do with what is in the zone."""
        if refused.refusal.is_about_token:
            raise refused
        return self.readings.again(self.zone)

    def _put_back(self, step: Sequence[RRsetChange], edited: Sequence[tuple[ApiRecord, ApiRecord]], answer: Mapping[str, Any]) -> None:
        """Undoes what was done at the names of records that somebody edited under our hands. Raises `PartlyDoneError` in any case."""
        self.readings.forget(self.zone)
        names, gone = {before.name for before, _ in edited}, {before.id for before, _ in edited}
        went = [api_record(record, self.zone.name) for record in answer["deletes"]]
        came = [api_record(record, self.zone.name) for record in answer.get("posts") or ()]
        posts = [restored(record.api) for record in went if record.id in gone or record.name in names]
        deletes = [{"id": record.id} for record in came if record.name in names]
        done = _keys(change for change in step if change.name not in names)
        told = "; ".join(f"{before.type} at {before.name} from {before.value!r} to {now.value!r}" for before, now in edited)
        try:
            send_batch(self.connection, self.zone.id, self.zone.name, deletes=deletes, patches=(), posts=posts)
        except (Lost, Throttled, CouldNotDoError) as e:
            raise PartlyDoneError(
                f"somebody edited {told} in the moment in which it was replaced, and that edit is lost unless you write it again: it could "
                f"not be put back ({e})",
                done,
            ) from None
        raise PartlyDoneError(
            f"somebody edited {told} in the moment in which it was to be replaced: the edit was put back; run again", done
        )


def _keys(changes: Iterable[RRsetChange]) -> Collection[Key]:
    return frozenset(change.key for change in changes)


def _edited(batch: Batch, answer: Mapping[str, Any], zone: str) -> Sequence[tuple[ApiRecord, ApiRecord]]:
    """The records that were something else when they went than when they were read: as read, and as they went."""
    went = {record["id"]: api_record(record, zone) for record in answer.get("deletes") or () if "content" in record}
    pairs = [(record, went[record.id]) for record in batch.deletes if record.id in went]
    return [(read, now) for read, now in pairs if (read.key, read.value) != (now.key, now.value)]


def _expect(reading: Reading, changes: Sequence[RRsetChange], zone: CloudflareZone) -> None:
    for change in changes:
        expected = sorted(change.before.values) if change.before else []
        found = sorted(_values(reading.rrset(change.key)))
        if expected != found:
            raise ConflictError(f"{zone.place}: {change.type} at {change.name} was expected to be {expected} and is {found}; run again")


def _values(rrset: RRset | None) -> tuple[str, ...]:
    return rrset.values if rrset else ()


def _untouched(now: Reading, changes: Sequence[RRsetChange]) -> bool:
    """Whether nothing of the changes is to be seen, where one call would have made all of them."""
    return not any(_is_visible(now, change) for change in changes)


def _is_visible(now: Reading, change: RRsetChange) -> bool:
    """Whether what the change adds is there, what it takes away is not, and what stays has its TTL."""
    live = now.rrset(change.key)
    found, before, after = set(_values(live)), set(_values(change.before)), set(change.after)
    retimed = change.before is not None and live is not None and bool(after) and live.ttl != change.ttl
    return after - before <= found and not (before - after) & found and not retimed


def _verified(now: Reading, changes: Sequence[RRsetChange], zone: CloudflareZone) -> Reading:
    """The zone as it was read back. Raises `PartlyDoneError` where a set is not exactly what it was made."""
    told = [text for change in changes if (text := _difference(now, change))]
    if told:
        done = _keys(change for change in changes if _is_visible(now, change))
        raise PartlyDoneError(f"{zone.place}: somebody else writes there at the same time: {'; '.join(told)}; run again", done)
    return now


def _difference(now: Reading, change: RRsetChange) -> str:
    live = now.rrset(change.key)
    found = _values(live)
    more, missing = sorted(set(found) - set(change.after)), sorted(set(change.after) - set(found))
    parts = [f"{', '.join(map(repr, more))} is there too{_doubled(found)}"] if more else []
    parts += [f"{', '.join(map(repr, missing))} is not there"] if missing else []
    if not parts and live and change.before and change.ttl not in {change.before.ttl, live.ttl}:
        parts = [f"its TTL is {live.ttl}, not {change.ttl}"]
    if change.after and (wrong := beside_cname(now.types_at(change.name))):
        parts.append(f"there is {wrong}")
    return f"{change.type} at {change.name}: {', and '.join(parts)}" if parts else ""


def _doubled(values: Sequence[str]) -> str:
    for start, clause in _ONLY_ONE.items():
        if sum(value.lower().startswith(start) for value in values) > 1:
            return f" (receivers accept one record that begins with {start}, and none if there are two: {clause})"
    return ""
