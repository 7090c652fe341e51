"""Applies a plan: phase by phase, each read back before the next begins."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError, UsageError
from emailauth.core.file import FileWrite, HostedFile
from emailauth.core.plan import Change, Existing, FileChange, Phase, Plan, Preparation, RecordChange, diff
from emailauth.core.record import RRsetChange
from emailauth.core.zone import Zone
from emailauth.live import https
from emailauth.web_hosts import WebHost
from emailauth.workflow.planning import Planned, read_files


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
Wait = Callable[[str], None]
"""Is told what the apply waits for, for a person."""

_TRIES: Final = 5
"""How often the changes of a zone are worked out anew when others write to it at the same time."""


@dataclass(slots=True)
class _Progress:
    """What is live by now, as far as this apply knows."""

    planned: Planned
    zones: dict[tuple[str, str], Zone]
    report: Report
    wait: Wait
    done: list[Change] = field(default_factory=list)

    def made(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.done.append(change)
            self.report(change)


def apply(planned: Planned, report: Report, wait: Wait = lambda _: None) -> tuple[Change, ...]:
    """Makes the plan so and returns what was done, in order.

    Raises `RefusedError` where the plan must not be applied, `UnfinishedError` where it stopped part of the way.
    """
    _refuse(planned.plan)
    progress = _Progress(planned=planned, zones=_zones(planned.existing), report=report, wait=wait)
    try:
        if planned.plan.preparations:
            _prepare(progress)
        for phase in progress.planned.plan.phases:
            _records(progress, phase)
            _files(progress, phase)
        _verify(progress)
    except (CouldNotDoError, UsageError) as e:
        raise UnfinishedError(str(e), progress.done) from e
    return tuple(progress.done)


def _refuse(plan: Plan) -> None:
    if plan.conflicts or plan.dangers:
        conflicts = [f"{found.domain}: {found.message}" for found in plan.conflicts]
        dangers = [f"{found.domain}: {found.message} (--allow {found.name})" for found in plan.dangers]
        msg = f"refused, and nothing was changed: {'; '.join([*conflicts, *dangers])}"
        raise RefusedError(msg)


def _zones(existing: Existing) -> dict[tuple[str, str], Zone]:
    return {(host, zone.name): zone for host, zones in existing.zones.items() for zone in zones}


def _prepare(progress: _Progress) -> None:
    """Has the web hosts make what they need, and plans again with the DNS records that are known then."""
    before = progress.planned
    by_host: dict[str, list[Preparation]] = {}
    for preparation in before.plan.preparations:
        by_host.setdefault(preparation.web_host, []).append(preparation)
    for web_host, preparations in by_host.items():
        progress.wait(f"preparing {', '.join(one.host for one in preparations)}")
        prepare(before.hosts.web_by_id(web_host), [one.host for one in preparations])
        progress.made(preparations)
    after = before.again()
    _agreed(before.plan, after.plan)
    progress.planned, progress.zones = after, _zones(after.existing)


def prepare(host: WebHost, names: Sequence[str]) -> None:
    """Has a web host prepare host names. Raises `CouldNotDoError`, which says that something may be there now that was not."""
    try:
        host.prepare(names)
    except CouldNotDoError as e:
        msg = f"{e}; what was made for {', '.join(names)} by then stays, and the next run goes on from there"
        raise CouldNotDoError(msg) from e


def _agreed(before: Plan, after: Plan) -> None:
    """Raises unless the plan is the one that was agreed to, with nothing more than the records of the names that were prepared."""
    prepared = {preparation.kind for preparation in before.preparations}
    known = {_essence(change) for change in before.changes}
    new = [change for change in after.changes if _essence(change) not in known and not _belongs(change, prepared)]
    found = [
        *(conflict.message for conflict in after.conflicts),
        *(danger.message for danger in after.dangers if danger not in before.dangers),
    ]
    if new:
        found.append("something else was changed by somebody else while this was prepared: plan again")
    if found:
        raise ConflictError("; ".join(found))


def _belongs(change: Change, prepared: set[str]) -> bool:
    return isinstance(change, RecordChange) and not change.before and any(f"{change.kind}/".startswith(f"{kind}/") for kind in prepared)


def _essence(change: Change) -> object:
    """What a person agrees to: what of ours becomes what. What others have in the same set is carried through, whatever it is."""
    match change:
        case RecordChange():
            return (
                change.domain,
                change.kind,
                change.name,
                change.type,
                frozenset(change.before),
                frozenset(change.after),
                change.ttl_after,
            )
        case FileChange():
            return (change.url, change.before, change.after)
        case _:
            return change


def _records(progress: _Progress, phase: Phase) -> None:
    """Makes the records of a phase, zone by zone, and waits for the nameservers. What was made is told as done, whatever comes after it."""
    plan = progress.planned.plan
    made: list[RecordChange] = []
    hosts: dict[str, None] = {}
    try:
        for in_phase, host_id, zone_name in plan.rrsets:
            if in_phase is phase:
                changes = _changes(plan, phase, host_id, zone_name)
                made += _applied(progress, phase, host_id, zone_name, changes)
                hosts[host_id] = None
        for host_id in hosts:
            progress.planned.hosts.dns_by_id(host_id).settle()
    finally:
        progress.made(made)


def _applied(progress: _Progress, phase: Phase, host_id: str, zone_name: str, changes: Sequence[RecordChange]) -> Sequence[RecordChange]:
    try:
        _apply(progress, phase, host_id, zone_name)
    except PartlyDoneError as e:
        progress.made([change for change in changes if (change.name, change.type) in e.done])
        raise
    return changes


def _changes(plan: Plan, phase: Phase, host_id: str, zone_name: str) -> list[RecordChange]:
    return [change for change in plan.records if (change.phase, change.dns_host, change.zone) == (phase, host_id, zone_name)]


def _apply(progress: _Progress, phase: Phase, host_id: str, zone_name: str) -> None:
    """Makes the changes of one zone; where others wrote to it meanwhile, works them out anew from what is there now."""
    host = progress.planned.hosts.dns_by_id(host_id)
    changes: Sequence[RRsetChange] = progress.planned.plan.rrsets[phase, host_id, zone_name]
    for left in reversed(range(_TRIES)):
        zone = progress.zones[host_id, zone_name]
        try:
            zone = host.apply(zone, [_rebased(change, zone) for change in changes])
        except ConflictError:
            if not left:
                raise
            (zone,) = (found for found in host.read({change.name for change in changes}) if found.name == zone_name)
            progress.zones[host_id, zone_name] = zone
            changes = _renewed(progress, phase, host_id, zone_name, changes)
            continue
        _check_live(zone, changes)
        progress.zones[host_id, zone_name] = zone
        return


def _renewed(progress: _Progress, phase: Phase, host_id: str, zone_name: str, changes: Sequence[RRsetChange]) -> Sequence[RRsetChange]:
    """The same changes of our values against what is live now. Raises `ConflictError` where our own values were changed by somebody else."""
    before = progress.planned
    after = diff(before.wanted, _existing(progress))
    agreed = {_essence(change) for change in _changes(before.plan, phase, host_id, zone_name)}
    found = _changes(after, phase, host_id, zone_name)
    renewed = after.rrsets.get((phase, host_id, zone_name), ())
    if {_essence(change) for change in found} != agreed or after.conflicts:
        names = ", ".join(f"{change.name} {change.type}" for change in changes)
        raise ConflictError(f"{names} was changed by somebody else while this was applied: plan again")
    return renewed


def _existing(progress: _Progress) -> Existing:
    zones: dict[str, list[Zone]] = {}
    for (host, _), zone in progress.zones.items():
        zones.setdefault(host, []).append(zone)
    return Existing(zones=zones, files=progress.planned.existing.files)


def _rebased(change: RRsetChange, zone: Zone) -> RRsetChange:
    """The change against the newest reading: the zone was changed by an earlier phase, the set itself must not have been."""
    live = zone.rrsets.get(change.key)
    if sorted(live.values if live else ()) != sorted(change.before.values if change.before else ()):
        msg = f"{change.name} {change.type} was changed by somebody else while this was applied: plan again"
        raise ConflictError(msg)
    return replace(change, before=live)


def _check_live(zone: Zone, changes: Sequence[RRsetChange]) -> None:
    for change in changes:
        live = zone.rrsets.get(change.key)
        if sorted(live.values if live else ()) != sorted(change.after):
            msg = f"{change.name} {change.type} was written to {zone.place} and reads back differently: see what else writes there"
            raise CouldNotDoError(msg)


def _files(progress: _Progress, phase: Phase) -> None:
    hosts: dict[str, list[FileChange]] = {}
    for change in progress.planned.plan.files:
        if change.phase is phase:
            hosts.setdefault(change.web_host, []).append(change)
    for host_id, changes in hosts.items():
        host = progress.planned.hosts.web_by_id(host_id)
        host.change([FileWrite(url=change.url, before=change.before, after=change.after) for change in changes])
        for change in changes:
            if change.after is not None:
                read_back(host, change.after, progress.wait)
        progress.made(changes)


def read_back(host: WebHost, file: HostedFile, wait: Wait = lambda _: None) -> None:
    """The barrier behind a hosted file: raises `CouldNotDoError` unless its URL now gives exactly its body, as its media type.

    Asks again for as long as the host says that it may take (`ReadBack.patience`).
    """
    how = host.read_back
    deadline = time.monotonic() + how.patience
    pause = _FIRST_PAUSE
    while True:
        try:
            _check_file(host, file)
        except CouldNotDoError as e:
            if time.monotonic() + pause > deadline:
                raise
            wait(f"waiting until {file.url} is served: {e}")
        else:
            return
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
"""Seconds."""


def _check_file(host: WebHost, file: HostedFile) -> None:
    if any(body != file.body for body in _bodies(host, file)):
        msg = f"{file.url} does not give the content that was put at {host.place(file.url)}: nothing that points at it was published"
        raise CouldNotDoError(msg)


def _bodies(host: WebHost, file: HostedFile) -> list[bytes | None]:
    """What is served: to a sender, by each address of the host name; or what the host keeps."""
    how = host.read_back
    if not how.over_https:
        return [host.read([file.url])[file.url]]
    media_type = file.content_type.partition(";")[0]
    responses = https.fetch_everywhere(file.url, media_type=media_type, connect_to=how.connect_to, ca_file=how.ca_file)
    return [response.body for response in responses]


def _verify(progress: _Progress) -> None:
    """After an apply the next plan is empty; where it is not, something else writes there too."""
    wanted = progress.planned.wanted
    left = diff(wanted, replace(_existing(progress), files=read_files(wanted, progress.planned.hosts)))
    if not left.is_empty:
        names = sorted({change.name for change in left.records} | {change.url for change in left.files})
        msg = f"everything was written, and yet differs when read again: {', '.join(names)}"
        raise CouldNotDoError(msg)
