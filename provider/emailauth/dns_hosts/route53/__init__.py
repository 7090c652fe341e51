"""Amazon Route 53, by the AWS SDK: each change is one atomic batch that deletes exactly what was read and creates what shall be.

Public hosted zones only. Nothing is kept between runs, and nothing is ever sent again before it is known what became of it.
"""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError, UsageError
from emailauth.core.names import InvalidName, is_within, longest_suffix, normalise
from emailauth.core.record import RRsetChange
from emailauth.dns_hosts import DnsHost, Zone
from emailauth.dns_hosts.route53 import pace
from emailauth.dns_hosts.route53.api import Api, HostedZone
from emailauth.dns_hosts.route53.batches import Batch, batches
from emailauth.dns_hosts.route53.limits import LIMITS
from emailauth.dns_hosts.route53.reading import read_zone, refuse_delegated, zone_of
from emailauth.dns_hosts.route53.refusals import ADVICE
from emailauth.dns_hosts.route53.sets import rrsets
from emailauth.dns_hosts.route53.zones import HostedZones
from emailauth.vendors.aws.account import Account
from emailauth.vendors.aws.calls import Aws
from emailauth.vendors.aws.errors import LostError

ZoneName = Annotated[str, msgspec.Meta(description="The zone's name.", examples=["example.com"])]
ZoneId = Annotated[
    str,
    msgspec.Meta(pattern=r"^(/hostedzone/)?[A-Z0-9]{1,32}$", description="The hosted zone's id.", examples=["Z0123456789ABCDEFGHIJ"]),
]

_Said = Annotated[str, msgspec.Meta(min_length=1)]
_RoleArn = Annotated[str, msgspec.Meta(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+$")]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Amazon Route 53. Credentials come from where the AWS tools find them (environment, profile, container or instance role)."""

    profile: Annotated[
        _Said | None,
        msgspec.Meta(description="The profile of ~/.aws/config to use. Not said: AWS_PROFILE, or the default.", examples=["dns"]),
    ] = None
    role_arn: Annotated[
        _RoleArn | None,
        msgspec.Meta(
            description="A role to assume for the account that holds the zones.",
            examples=["arn:aws:iam::123456789012:role/email-auth"],
        ),
    ] = None
    external_id: Annotated[
        _Said | None,
        msgspec.Meta(description="What the trust policy of that role asks for as sts:ExternalId.", examples=["email-auth-dns"]),
    ] = None
    zones: Annotated[
        dict[ZoneName, ZoneId],
        msgspec.Meta(
            description="Which hosted zone is meant, by name, where the account has several public ones of one name.",
            examples=[{"example.com": "Z0123456789ABCDEFGHIJ"}],
        ),
    ] = {}


def open_host(
    settings: Settings,
    directory: Path,  # noqa: ARG001 - no setting is a path
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
    timeout: float = 60.0,
) -> DnsHost:
    """The host of the settings; connects with its first call.

    `clock` and `pause` are in seconds, as is `timeout`, after which an answer counts as lost. Raises `UsageError` for settings that make no sense.
    """
    if settings.external_id is not None and settings.role_arn is None:
        raise UsageError("dns_host route53: external_id is said without the role_arn that it is for")
    kept = pace.shared((settings.profile, settings.role_arn), LIMITS.rate, LIMITS.burst, clock, pause)
    account = Account(
        room="dns_host",
        host="route53",
        profile=settings.profile,
        role_arn=settings.role_arn,
        external_id=settings.external_id,
        advice=ADVICE,
    )
    api = Api(Aws(account, clock=clock, hold=kept.hold, wait=kept.wait, timeout=timeout))
    return _Route53(api, HostedZones(api, _zones(settings)), clock, pause)


def settings_for(settings: Settings, domain: str) -> Settings:
    """Only the zones that can hold names of a domain: the one that encloses it, and those below it. Raises as `open_host` does."""
    zones = _zones(settings)
    own = longest_suffix(domain, zones)
    kept = {zone: id_ for zone, id_ in zones.items() if zone == own or is_within(zone, domain)}
    return msgspec.structs.replace(settings, zones=kept)


def _zones(settings: Settings) -> dict[str, str]:
    """The ids by normalised zone names."""
    zones: dict[str, str] = {}
    for zone, id_ in settings.zones.items():
        try:
            name = normalise(zone)
        except InvalidName as e:
            raise UsageError(f"dns_host route53, zones: {e}") from e
        if name in zones:
            raise UsageError(f"dns_host route53, zones: {name} is there twice; leave one")
        zones[name] = id_.removeprefix("/hostedzone/")
    return zones


_SENDINGS: Final = 5
"""How often a batch is sent whose answer is lost, and that was then found not to have been made."""
_SETTLED: Final = 600.0
"""Seconds for which a change may take to reach all nameservers; it is 60 "under normal conditions" (API Reference, GetChange)."""
_USUALLY_SETTLED: Final = 60.0
_LONGEST_PAUSE: Final = 20.0
"""Seconds between two looks at a change."""


class _Route53:
    """The host; see `DnsHost`. For threads."""

    def __init__(self, api: Api, zones: HostedZones, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        self._api, self._zones, self._clock, self._pause = api, zones, clock, pause
        self._pending: list[str] = []
        """Ids of changes that were made and not yet seen at all nameservers."""
        self._lost_until: float | None = None
        """When changes whose ids were lost with their answers are usually at all nameservers."""
        self._lock = threading.Lock()

    def read(self, names: Collection[str]) -> Sequence[Zone]:
        """See `DnsHost.read`. Raises `UsageError` for a name that its zone delegates too."""
        read: list[Zone] = []
        for hosted, held in self._zones.holding(names).items():
            zone = read_zone(self._api, hosted, held)
            refuse_delegated(zone, held)
            read.append(zone)
        return read

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        """See `DnsHost.apply`. What it gives is not read again: an accepted batch proves what is there at the sets that it names."""
        sets = dict(zone.rrsets)
        hosted = self._zones.named(zone.name)
        to_send = batches(sets, changes)
        for i, batch in enumerate(to_send):
            try:
                self._make(hosted, batch)
            except (CouldNotDoError, UsageError) as e:
                if i == 0:
                    raise
                done = frozenset[tuple[str, str]]().union(*(made.keys for made in to_send[:i]))
                msg = f"{len(done)} of {sum(len(one.keys) for one in to_send)} record sets of {zone.place} were changed, and then no more: {e}"
                raise PartlyDoneError(msg, done) from None
            sets = {key: rrset for key, rrset in sets.items() if key not in batch.keys} | rrsets(
                edit.come for edit in batch.edits if edit.come
            )
        return zone_of(hosted, sets, complete=zone.complete)

    def settle(self) -> None:
        """See `DnsHost.settle`: asks about each change until it is INSYNC."""
        with self._lock:
            lost_until = self._lost_until
        deadline, pause = self._clock() + _SETTLED, 1.0
        while pending := self._not_in_sync():
            left = deadline - self._clock()
            if left <= 0:
                msg = f"Route 53 has accepted all changes, and {len(pending)} of them did not reach all of its nameservers in {_SETTLED / 60:.0f} minutes"
                raise CouldNotDoError(f"{msg}. They stay, and will: run again later for what waits for them")
            self._pause(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)
        if lost_until is not None and (left := lost_until - self._clock()) > 0:
            self._pause(left)

    def _not_in_sync(self) -> list[str]:
        with self._lock:
            pending = list(self._pending)
        settled = {change_id for change_id in pending if self._api.is_in_sync(change_id)}
        with self._lock:
            self._pending = [change_id for change_id in self._pending if change_id not in settled]
        return [change_id for change_id in pending if change_id not in settled]

    def _make(self, hosted: HostedZone, batch: Batch) -> None:
        """Makes a batch. Where an answer is lost, the sets say what became of it; a conflict after that can be one with ourselves."""
        lost = False
        for sending in range(_SENDINGS):
            refused = None
            if sending:
                self._pause(2.0 ** (sending - 1))
            try:
                change_id = self._api.change(hosted, batch.changes)
            except LostError:
                lost = True
            except ConflictError as e:
                if not lost:
                    raise
                refused = e
            else:
                self._made(change_id)
                return
            if self._is_made(hosted, batch):
                self._made(None)
                return
            if refused is not None:
                raise refused
        raise CouldNotDoError(f"{hosted.place} gave no answer to a change {_SENDINGS} times, and was not changed: run again later")

    def _made(self, change_id: str | None) -> None:
        with self._lock:
            if change_id is None:
                self._lost_until = self._clock() + _USUALLY_SETTLED
            else:
                self._pending.append(change_id)

    def _is_made(self, hosted: HostedZone, batch: Batch) -> bool:
        """Whether the sets are what the batch makes them, or still as they were. Raises `ConflictError` where they are neither."""
        try:
            zone = read_zone(self._api, hosted, {edit.change.name for edit in batch.edits})
        except (CouldNotDoError, UsageError) as e:
            raise CouldNotDoError(
                f"the answer to a change of {hosted.place} was lost, and whether it was made cannot be seen: {e}"
            ) from None
        now = [(rrset.ttl, sorted(rrset.values)) if (rrset := zone.rrsets.get(edit.change.key)) else None for edit in batch.edits]
        changes = [edit.change for edit in batch.edits]
        if now == [(change.ttl, sorted(change.after)) if change.after else None for change in changes]:
            return True
        if now == [(change.before.ttl, sorted(change.before.values)) if change.before else None for change in changes]:
            return False
        raise ConflictError(f"{hosted.place} was changed by somebody else at the same time: run again, to plan from what is there now")
