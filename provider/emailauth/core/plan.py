"""The plan: what is wanted and claimed against what exists, as ordered phases of changes.

Everything here is a pure function of its arguments. What is said of a set holds for every host: foreign values
are carried through, a value that is right is not touched, and each change names what it expects to find.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from itertools import groupby
from typing import TypeAlias

from emailauth.core.claim import Claim
from emailauth.core.file import HostedFile
from emailauth.core.names import longest_suffix
from emailauth.core.record import Key, Record, RRset, RRsetChange, Stage
from emailauth.core.transition import Danger, Transition
from emailauth.core.zone import Zone


class Phase(IntEnum):
    """The steps of an apply; each begins when the one before is done and read back."""

    PREPARATIONS = 0
    """What web hosts must make before the DNS records of a host name are known."""
    RECORDS = Stage.RECORDS
    FILES = 2
    ANNOUNCEMENTS = Stage.ANNOUNCEMENTS
    MAIL_ROUTES = Stage.MAIL_ROUTES
    REMOVALS = Stage.REMOVALS
    """Host names and files that nothing points at any more."""

    @property
    def title(self) -> str:
        """For a person."""
        return _TITLES[self]


_TITLES = {
    Phase.PREPARATIONS: "what web hosts make first, which tells the DNS records that it needs",
    Phase.RECORDS: "DNS records",
    Phase.FILES: "hosted files, then read back",
    Phase.ANNOUNCEMENTS: "DNS records that point at hosted files",
    Phase.MAIL_ROUTES: "MX records",
    Phase.REMOVALS: "host names and files that go",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one domain of the file asks for, rendered."""

    domain: str
    dns_host: str | None
    """Id of the DNS host that has its records; None: the file names none."""
    web_host: str | None = None
    """Id of the web host that serves its files; None: the file names none."""
    records: tuple[Record, ...] = ()
    claims: tuple[Claim, ...] = ()
    files: tuple[HostedFile, ...] = ()
    gone_urls: Mapping[str, str] = field(default_factory=dict)
    """URLs at which nothing of ours shall be served any more, with the kind of the file."""
    preparing: Mapping[str, str] = field(default_factory=dict)
    """Host names that the web host must prepare before their DNS records are known, each with what it makes, for a person."""

    @property
    def urls(self) -> tuple[str, ...]:
        """All URLs whose files must be read to plan it."""
        return (*(file.url for file in self.files), *self.gone_urls)

    @property
    def names(self) -> frozenset[str]:
        """All owner names that must be read to plan it."""
        return frozenset(record.name for record in self.records) | frozenset(claim.name for claim in self.claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """What was read: the zones by DNS host, and the body that is kept for each URL."""

    zones: Mapping[str, Sequence[Zone]] = field(default_factory=dict)
    files: Mapping[str, bytes | None] = field(default_factory=dict)

    def zone_of(self, dns_host: str, name: str) -> Zone:
        """The zone that holds an owner name. Raises `LookupError` where it was not read."""
        zones = {zone.name: zone for zone in self.zones.get(dns_host, ())}
        found = longest_suffix(name, zones)
        if found is None:
            msg = f"no zone was read that holds {name}"
            raise LookupError(msg)
        return zones[found]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """The values of one kind in one RRset, before and after. Foreign values of the set are in neither."""

    domain: str
    kind: str
    name: str
    type: str
    phase: Phase
    dns_host: str
    zone: str
    place: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    kept: tuple[str, ...]
    """Foreign values of the same set, which stay as they are."""
    ttl_before: int | None
    """Seconds; None: there is no such set yet."""
    ttl_after: int | None
    """Seconds; None: the set goes."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One hosted file, before and after; `after` None: it goes."""

    domain: str
    kind: str
    url: str
    phase: Phase
    web_host: str
    before: bytes | None
    after: HostedFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a web host makes for one host name; the DNS records that the name needs are known then, and are part of what is applied."""

    domain: str
    kind: str
    host: str
    phase: Phase
    web_host: str
    message: str
    """What is made, for a person."""


Change: TypeAlias = Preparation | RecordChange | FileChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A step that cannot be taken yet: a later plan takes it."""

    domain: str
    kind: str
    message: str
    """What is done then, and what it waits for."""
    not_before: datetime
    """In UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something in the way that is not ours to remove: the plan cannot be applied before a person has decided."""

    domain: str
    kind: str
    name: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an apply would do, in order, and why it might refuse."""

    preparations: tuple[Preparation, ...] = ()
    records: tuple[RecordChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    next: tuple[Next, ...] = ()
    """What follows when its time has come, with another plan."""
    conflicts: tuple[Conflict, ...] = ()
    dangers: tuple[Danger, ...] = ()
    """Those that are not allowed by name: they refuse the plan."""
    allowed: tuple[Danger, ...] = ()
    rrsets: Mapping[tuple[Phase, str, str], tuple[RRsetChange, ...]] = field(default_factory=dict)
    """What the DNS hosts are told: by phase, host id and zone name."""
    comments: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    """By domain and section: the comments that the file has on terms, by the text of the term."""
    unchanged: int = 0
    """Records and files that are right already."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not self.changes and not self.conflicts

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes in the order in which they are made."""
        changes: list[Change] = [*self.preparations, *self.records, *self.files]
        return tuple(sorted(changes, key=lambda change: change.phase))

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases in which something changes, in order."""
        return tuple(sorted({change.phase for change in self.changes}))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """One RRset in the light of the claims: what is live, whose it is, and what is wanted."""

    zone: Zone
    key: Key
    live: RRset | None
    claims: tuple[Claim, ...]
    wanted: tuple[Record, ...]

    def ours(self, kind: str | None = None) -> tuple[str, ...]:
        """Live values that a claim (of a kind) recognises."""
        values = self.live.values if self.live else ()
        return tuple(v for v in values if (claim := self._owner(v)) is not None and kind in {None, claim.kind})

    @property
    def foreign(self) -> tuple[str, ...]:
        values = self.live.values if self.live else ()
        return tuple(v for v in values if self._owner(v) is None)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind that has live values or wanted ones here, in a stable order."""
        live = (claim.kind for v in (self.live.values if self.live else ()) if (claim := self._owner(v)))
        return tuple(dict.fromkeys((*(record.kind for record in self.wanted), *live)))

    @property
    def phase(self) -> Phase:
        return Phase(max((*(record.stage for record in self.wanted), *(claim.stage for claim in self.claims))))

    @property
    def after(self) -> tuple[str, ...]:
        """All values of the set afterwards: those that stay keep their order, new ones take the place of those that go."""
        wanted = tuple(dict.fromkeys(record.value for record in self.wanted))
        live = tuple(dict.fromkeys(self.live.values if self.live else ()))
        new = iter([value for value in wanted if value not in live])
        kept: list[str] = []
        for value in live:
            if self._owner(value) is None or value in wanted:
                kept.append(value)
            elif (replacement := next(new, None)) is not None:
                kept.append(replacement)
        return (*kept, *new)

    @property
    def ttl(self) -> int:
        """A set that holds foreign values keeps its TTL; else what the file says, what is there, or the host's default."""
        if self.live and (self.foreign or not self.wanted):
            return self.live.ttl
        said = next((record.ttl for record in self.wanted if record.ttl is not None), None)
        return said if said is not None else (self.live.ttl if self.live else self.zone.default_ttl)

    @property
    def is_right(self) -> bool:
        live = self.live.values if self.live else ()
        return sorted(live) == sorted(self.after) and (self.live is None or not self.after or self.live.ttl == self.ttl)

    def _owner(self, value: str) -> Claim | None:
        return next((claim for claim in self.claims if claim.recognises(value)), None)


def diff(wanted: Sequence[Wanted], existing: Existing) -> Plan:
    """Compares what the file wants with what exists. The dangers are judged separately (`with_dangers`).

    Raises `LookupError` where a name that is wanted was not read.
    """
    records: list[RecordChange] = []
    conflicts: list[Conflict] = []
    rrsets: dict[tuple[Phase, str, str], list[RRsetChange]] = {}
    unchanged = 0
    for one in wanted:
        if one.dns_host is None:
            continue
        sets = _sets(one, existing)
        blocked = {found.name: found for found in _conflicts(one, sets)}
        conflicts += blocked.values()
        for rrset in sets:
            if rrset.is_right:
                unchanged += len({record.kind for record in rrset.wanted})
            elif rrset.key[0] not in blocked:
                records += _record_changes(one, rrset)
                rrsets.setdefault((rrset.phase, one.dns_host, rrset.zone.name), []).append(_rrset_change(rrset))
    files = [change for one in wanted for change in _file_changes(one, existing)]
    unchanged += sum(len(one.files) for one in wanted) - sum(change.after is not None for change in files)
    return Plan(
        preparations=tuple(preparation for one in wanted for preparation in _preparations(one)),
        records=tuple(records),
        files=tuple(files),
        conflicts=tuple(conflicts),
        rrsets={key: tuple(changes) for key, changes in rrsets.items()},
        unchanged=unchanged,
    )


def with_dangers(plan: Plan, dangers: Iterable[Danger], allow: Collection[str]) -> Plan:
    """The plan with its dangers told apart: those that are allowed by name, and those that refuse it."""
    found = tuple(dangers)
    return replace(
        plan,
        dangers=tuple(danger for danger in found if danger.name not in allow),
        allowed=tuple(danger for danger in found if danger.name in allow),
    )


def transitions(wanted: Sequence[Wanted], existing: Existing) -> Iterable[tuple[str, Transition]]:
    """What changes hands of each protocol at each domain, with the protocol's key: the part of a kind before the slash."""
    for one in wanted:
        before: dict[str, list[str]] = {}
        if one.dns_host is not None:
            for rrset in _sets(one, existing):
                for kind in rrset.kinds:
                    before.setdefault(kind, []).extend(rrset.ours(kind))
        after = {kind: tuple(r.value for r in group) for kind, group in groupby(sorted(one.records, key=_by_kind), key=_by_kind)}
        urls = {**{file.url: file.kind for file in one.files}, **one.gone_urls}
        files_before = {kind: body for url, kind in urls.items() if (body := existing.files.get(url)) is not None}
        files_after = {file.kind: file.body for file in one.files}
        for key in sorted({kind.split("/")[0] for kind in (*before, *after, *files_before, *files_after)}):
            yield (
                key,
                Transition(
                    domain=one.domain,
                    before={kind: tuple(values) for kind, values in before.items() if values and kind.split("/")[0] == key},
                    after={kind: values for kind, values in after.items() if kind.split("/")[0] == key},
                    files_before={kind: body for kind, body in files_before.items() if kind.split("/")[0] == key},
                    files_after={kind: body for kind, body in files_after.items() if kind.split("/")[0] == key},
                ),
            )


def _by_kind(record: Record) -> str:
    return record.kind


def _sets(one: Wanted, existing: Existing) -> list[_Set]:
    """All RRsets that the domain's records and claims look into, by phase, then in the order of the file."""
    host = one.dns_host or ""
    keys: dict[Key, None] = dict.fromkeys(record.key for record in one.records)
    for claim in one.claims:
        zone = existing.zone_of(host, claim.name)
        keys |= dict.fromkeys(key for key in zone.rrsets if claim.covers(*key)) if claim.below else {(claim.name, claim.type): None}
    sets: list[_Set] = []
    for key in keys:
        zone = existing.zone_of(host, key[0])
        claims = tuple(claim for claim in one.claims if claim.covers(*key))
        wanted = tuple(record for record in one.records if record.key == key)
        sets.append(_Set(zone=zone, key=key, live=zone.rrsets.get(key), claims=claims, wanted=wanted))
    return sorted(sets, key=lambda found: int(found.phase))


def _preparations(one: Wanted) -> Iterable[Preparation]:
    for host, message in one.preparing.items():
        yield Preparation(
            domain=one.domain, kind=f"web/{host}", host=host, phase=Phase.PREPARATIONS, web_host=one.web_host or "", message=message
        )


def _conflicts(one: Wanted, sets: Sequence[_Set]) -> Iterable[Conflict]:
    """A CNAME stands alone at its name (RFC 1034 section 3.6.2): what is in the way and not ours is told, not removed."""
    after = {found.key: bool(found.after) for found in sets}
    for found in sets:
        name, record_type = found.key
        if found.live and found.live.held and not found.is_right:
            yield Conflict(domain=one.domain, kind=found.kinds[0], name=name, message=f"{name} {record_type} {found.live.held}")
        if not found.wanted:
            continue
        others = {t for t in found.zone.types_at(name) if t != record_type and t not in _BESIDE_CNAME and after.get((name, t), True)}
        if record_type != "CNAME":
            others &= {"CNAME"}
        if others:
            kind = found.wanted[0].kind
            yield Conflict(domain=one.domain, kind=kind, name=name, message=_in_the_way(found, sorted(others)))


_BESIDE_CNAME = frozenset({"RRSIG", "NSEC"})
"""Types that DNSSEC puts beside a CNAME (RFC 4034 section 3 and 4)."""


def _in_the_way(found: _Set, others: Sequence[str]) -> str:
    name, record_type = found.key
    live = found.zone.rrsets.get((name, others[0]))
    if others == ["CNAME"] and live and live.values:
        return (
            f"a CNAME to {live.values[0]} stands at {name}, so no {record_type} record can: remove it by hand, or "
            "say in the file that the name shall be a CNAME"
        )
    return f"{', '.join(others)} records stand at {name}, so no CNAME can: remove them by hand first"


def _record_changes(one: Wanted, rrset: _Set) -> Iterable[RecordChange]:
    after = rrset.after
    for kind in rrset.kinds:
        before = rrset.ours(kind)
        wanted = tuple(dict.fromkeys(record.value for record in rrset.wanted if record.kind == kind))
        if sorted(before) == sorted(wanted) and rrset.live and rrset.live.ttl == rrset.ttl:
            continue
        yield RecordChange(
            domain=one.domain,
            kind=kind,
            name=rrset.key[0],
            type=rrset.key[1],
            phase=rrset.phase,
            dns_host=one.dns_host or "",
            zone=rrset.zone.name,
            place=rrset.zone.place,
            before=before,
            after=wanted,
            kept=rrset.foreign,
            ttl_before=rrset.live.ttl if rrset.live else None,
            ttl_after=rrset.ttl if after else None,
            notes=tuple(_notes(rrset, kind, before, wanted)),
        )


def _notes(rrset: _Set, kind: str, before: tuple[str, ...], wanted: tuple[str, ...]) -> Iterable[str]:
    if len(before) > 1 and len(wanted) == 1 and kind != "mx":
        yield f"{len(before)} {kind} records become one: receivers accept no more than one"
    said = next((record.ttl for record in rrset.wanted if record.ttl is not None), None)
    if said is not None and rrset.foreign and rrset.live and rrset.live.ttl != said:
        yield f"the TTL stays {rrset.live.ttl}: the set holds values of others"


def _rrset_change(rrset: _Set) -> RRsetChange:
    name, record_type = rrset.key
    return RRsetChange(name=name, type=record_type, before=rrset.live, after=rrset.after, ttl=rrset.ttl)


def _file_changes(one: Wanted, existing: Existing) -> Iterable[FileChange]:
    if one.web_host is None:
        return
    targets = [(file.url, file.kind, file) for file in one.files] + [(url, kind, None) for url, kind in one.gone_urls.items()]
    for url, kind, after in targets:
        before = existing.files.get(url)
        if before != (after.body if after else None):
            phase = Phase.FILES if after else Phase.REMOVALS
            yield FileChange(domain=one.domain, kind=kind, url=url, phase=phase, web_host=one.web_host, before=before, after=after)
