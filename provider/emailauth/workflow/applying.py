"""Applies a plan: phase by phase, each read back before the next begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.core.file import HostedFile
from emailauth.core.plan import Change, FileChange, Phase, RecordChange, diff
from emailauth.core.record import RRsetChange
from emailauth.core.zone import Zone
from emailauth.live import https
from emailauth.web_hosts import ReadBack, WebHost
from emailauth.workflow.planning import Planned, read


class RefusedError(CouldNotDoError):
    """The plan has conflicts or dangers that are not allowed; nothing was done."""


class UnfinishedError(CouldNotDoError):
    """The apply stopped part of the way; `done` was done and read back, everything later was not begun."""

    def __init__(self, message: str, done: "Sequence[Change]") -> None:
        """`message` says what stopped it and what to do."""
        super().__init__(message)
        self.done = tuple(done)


Report = Callable[[Change], None]
"""Is told each change once it was made and read back."""


@dataclass(slots=True)
class _Progress:
    """What is live by now, as far as this apply knows."""

    zones: dict[tuple[str, str], Zone]
    done: list[Change] = field(default_factory=list)


def apply(planned: Planned, report: Report) -> tuple[Change, ...]:
    """Makes the plan so and returns what was done, in order.

    Raises `RefusedError` where the plan must not be applied, `UnfinishedError` where it stopped part of the way.
    """
    plan = planned.plan
    if plan.conflicts or plan.dangers:
        conflicts = [f"{found.domain}: {found.message}" for found in plan.conflicts]
        dangers = [f"{found.domain}: {found.message} (--allow {found.name})" for found in plan.dangers]
        msg = f"refused, and nothing was changed: {'; '.join([*conflicts, *dangers])}"
        raise RefusedError(msg)
    progress = _Progress(zones={(host, zone.name): zone for host, zones in planned.existing.zones.items() for zone in zones})
    try:
        for phase in plan.phases:
            made = _files(planned, phase) if phase in {Phase.FILES, Phase.REMOVALS} else _records(planned, phase, progress)
            for change in made:
                progress.done.append(change)
                report(change)
        _verify(planned)
    except CouldNotDoError as e:
        raise UnfinishedError(str(e), progress.done) from e
    return tuple(progress.done)


def _records(planned: Planned, phase: Phase, progress: _Progress) -> Sequence[RecordChange]:
    made: list[RecordChange] = []
    for (in_phase, host_id, zone_name), changes in planned.plan.rrsets.items():
        if in_phase is not phase:
            continue
        host = planned.hosts.dns_by_id(host_id)
        zone = progress.zones[host_id, zone_name]
        host.apply(zone, [_rebased(change, zone) for change in changes])
        zone = _read_zone(planned, host_id, zone_name, changes)
        _check_live(zone, changes)
        progress.zones[host_id, zone_name] = zone
        made += [c for c in planned.plan.records if (c.phase, c.dns_host, c.zone) == (phase, host_id, zone_name)]
    return made


def _rebased(change: RRsetChange, zone: Zone) -> RRsetChange:
    """The change against the newest reading: the zone was changed by an earlier phase, the set itself must not have been."""
    live = zone.rrsets.get(change.key)
    if sorted(live.values if live else ()) != sorted(change.before.values if change.before else ()):
        msg = f"{change.name} {change.type} was changed by somebody else while this was applied: plan again"
        raise ConflictError(msg)
    return replace(change, before=live)


def _read_zone(planned: Planned, host_id: str, zone_name: str, changes: Sequence[RRsetChange]) -> Zone:
    zones = planned.hosts.dns_by_id(host_id).read({change.name for change in changes})
    return next(zone for zone in zones if zone.name == zone_name)


def _check_live(zone: Zone, changes: Sequence[RRsetChange]) -> None:
    for change in changes:
        live = zone.rrsets.get(change.key)
        if sorted(live.values if live else ()) != sorted(change.after):
            msg = f"{change.name} {change.type} was written to {zone.place} and reads back differently: see what else writes there"
            raise CouldNotDoError(msg)


def _files(planned: Planned, phase: Phase) -> Sequence[FileChange]:
    changes = [change for change in planned.plan.files if change.phase is phase]
    for change in changes:
        host = planned.hosts.web_by_id(change.web_host)
        if change.after is not None:
            host.put(change.after, change.before)
        elif change.before is not None:
            host.remove(change.url, change.before)
    for change in changes:
        if change.after is not None:
            read_back(planned.hosts.web_by_id(change.web_host), change.after)
    return changes


def read_back(host: WebHost, file: HostedFile) -> None:
    """The barrier behind a hosted file: raises `CouldNotDoError` unless its URL now gives exactly its body, as its media type."""
    found = _fetched(host.read_back, file) if host.read_back.over_https else host.read(file.url)
    if found != file.body:
        msg = f"{file.url} does not give the content that was put at {host.place(file.url)}: nothing that points at it was published"
        raise CouldNotDoError(msg)


def _fetched(how: ReadBack, file: HostedFile) -> bytes:
    media_type = file.content_type.partition(";")[0]
    return https.fetch(file.url, media_type=media_type, connect_to=how.connect_to, ca_file=how.ca_file).body


def _verify(planned: Planned) -> None:
    """After an apply the next plan is empty; where it is not, something else writes there too."""
    left = diff(planned.wanted, read(planned.wanted, planned.hosts))
    if not left.is_empty:
        names = sorted({change.name for change in left.records} | {change.url for change in left.files})
        msg = f"everything was written, and yet differs when read again: {', '.join(names)}"
        raise CouldNotDoError(msg)
