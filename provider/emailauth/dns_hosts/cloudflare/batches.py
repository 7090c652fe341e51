"""What changes of RRsets mean for API records: which go, which come, which get another TTL; and how much goes into one call."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import is_within
from emailauth.core.record import RRsetChange
from emailauth.dns_hosts.cloudflare import codec
from emailauth.dns_hosts.cloudflare.limits import AUTOMATIC, AUTOMATIC_TTL, LONGEST_TTL, RECORD_OCTETS, SET_CHARACTERS, PlanLimits
from emailauth.dns_hosts.cloudflare.records import ApiRecord, Reading

MARK: Final = "emailauth"
"""The comment of records that we make, for people who look at them in the dashboard. Nothing is decided by it."""
_KEPT: Final = ("comment", "tags")
"""What a record that takes another's place has from it, where there is any."""
_WRITTEN: Final = ("name", "type", "content", "data", "priority", "ttl", "proxied", "comment", "tags", "settings")
"""What makes a record, of all that the API answers of it."""
_ADDRESSES: Final = frozenset({"A", "AAAA", "CNAME"})

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one call does. The API does it in this order, all or nothing."""

    deletes: tuple[ApiRecord, ...] = ()
    patches: tuple[tuple[ApiRecord, int], ...] = ()
    """Records that stay, each with its new TTL in seconds."""
    posts: tuple[Item, ...] = ()

    def __len__(self) -> int:
        """Records, as the API counts them."""
        return len(self.deletes) + len(self.patches) + len(self.posts)

    def __add__(self, other: "Batch") -> "Batch":
        """Both in one call."""
        return Batch(deletes=self.deletes + other.deletes, patches=self.patches + other.patches, posts=self.posts + other.posts)

    def body(self) -> dict[str, list[Item]]:
        """What the API is sent. Records are named by id, and of those that stay only the TTL is said, so that no edit is overwritten."""
        return {
            "deletes": [{"id": record.id} for record in self.deletes],
            "patches": [{"id": record.id, "ttl": _api_ttl(ttl)} for record, ttl in self.patches],
            "posts": list(self.posts),
        }


def plan(change: RRsetChange, reading: Reading, limits: PlanLimits) -> Batch:
    """What a change of an RRset does to its records. Raises `CouldNotDoError` for what must not or cannot be done."""
    there = reading.at_key(change.key)
    goes = [record for record in there if record.value not in change.after]
    stays = [record for record in there if record.value in change.after]
    retimed = change.before is None or change.before.ttl != change.ttl
    patches = tuple((record, change.ttl) for record in stays if retimed and record.ttl != change.ttl)
    come = [value for value in dict.fromkeys(change.after) if value not in {record.value for record in stays}]
    _refuse(change, reading, limits)
    for record in (*goes, *(record for record, _ in patches)):
        _refuse_kept(record)
    replaced = [*goes, *[None] * len(come)]
    posts = tuple(_post(change, value, record) for value, record in zip(come, replaced, strict=False))
    for value in come:
        _refuse_long(value, change)
    return Batch(deletes=tuple(goes), patches=patches, posts=posts)


def next_step(changes: Sequence[RRsetChange], reading: Reading, limits: PlanLimits) -> tuple[Sequence[RRsetChange], Batch]:
    """As many of the changes as one call can make, and that call. What belongs to one owner name stays together.

    Raises `CouldNotDoError` where one name alone is too much.
    """
    step: list[RRsetChange] = []
    batch = Batch()
    for name in dict.fromkeys(change.name for change in changes):
        together = [change for change in changes if change.name == name]
        _refuse_beside_cname(name, together, reading)
        more = sum((plan(change, reading, limits) for change in together), Batch())
        if len(more) > limits.batch:
            raise CouldNotDoError(
                f"{name}: {len(more)} records are to be changed at once, and the zone's plan allows {limits.batch}; nothing was changed"
            )
        if len(batch) + len(more) > limits.batch:
            break
        step += together
        batch += more
    return step, batch


def check(changes: Sequence[RRsetChange], reading: Reading, limits: PlanLimits) -> None:
    """Raises `CouldNotDoError` where one of the changes cannot be made, in whichever call it would be."""
    left = list(changes)
    while left:
        step, _ = next_step(left, reading, limits)
        left = [change for change in left if change not in step]


def beside_cname(types: Collection[str]) -> str:
    """What is wrong with a name that has sets of these types; empty: nothing.

    A CNAME stands alone (RFC 1034 section 3.6.2). Cloudflare takes other records beside it, and answers the CNAME only
    (dns/manage-dns-records/troubleshooting/records-with-same-name).
    """
    others = sorted(set(types) - {"CNAME"})
    return f"{', '.join(others)} beside a CNAME, and the CNAME alone would be answered" if "CNAME" in types and others else ""


def restored(api: Item) -> Item:
    """What makes a record that is gone again, from what the API said of it."""
    fields = {field: api[field] for field in _WRITTEN if api.get(field) is not None}
    if "data" in fields:
        fields.pop("content", None)
    return fields


def _post(change: RRsetChange, value: str, replaced: ApiRecord | None) -> Item:
    kept = {field: replaced.api[field] for field in _KEPT if replaced.api.get(field)} if replaced else {}
    fields = codec.to_fields(change.type, value)
    return {"name": change.name, "type": change.type, "ttl": _api_ttl(change.ttl), "proxied": False, "comment": MARK, **kept, **fields}


def _api_ttl(ttl: int) -> int:
    """300 seconds is what Cloudflare chooses by itself, and reads the same."""
    return AUTOMATIC if ttl == AUTOMATIC_TTL else ttl


def _refuse(change: RRsetChange, reading: Reading, limits: PlanLimits) -> None:
    """Raises `CouldNotDoError` for what the API would take amiss, or would take for something else."""
    where = f"{change.type} at {change.name}"
    if not is_within(change.name, reading.zone):
        raise CouldNotDoError(f"{where} is not in the zone {reading.zone}; nothing was changed")
    if not change.after:
        return
    if not limits.shortest_ttl <= change.ttl <= LONGEST_TTL:
        raise CouldNotDoError(
            f"{where} cannot have a TTL of {change.ttl} seconds: Cloudflare takes {limits.shortest_ttl} to {LONGEST_TTL} for this zone; "
            "change ttl in the file"
        )
    for record in reading.apart(change.name):
        _refuse_apart(record, change, reading.zone)
    characters = sum(map(len, change.after))
    if characters > SET_CHARACTERS:
        raise CouldNotDoError(f"{where} cannot have {characters} characters in all: Cloudflare keeps {SET_CHARACTERS}; nothing was changed")


def _refuse_beside_cname(name: str, together: Sequence[RRsetChange], reading: Reading) -> None:
    types = {type_ for type_ in reading.types_at(name) if type_ not in {change.type for change in together}}
    wrong = beside_cname(types | {change.type for change in together if change.after})
    if wrong and any(change.after for change in together):
        raise CouldNotDoError(f"{name} would have {wrong}: remove by hand what is in the way; nothing was changed")


def _refuse_long(value: str, change: RRsetChange) -> None:
    octets = codec.wire_octets(change.type, value)
    if octets > RECORD_OCTETS:
        raise CouldNotDoError(
            f"{change.type} at {change.name} cannot have a value of {octets} octets: Cloudflare keeps {RECORD_OCTETS} in a record; "
            "nothing was changed"
        )


def _refuse_apart(record: ApiRecord, change: RRsetChange, zone: str) -> None:
    if record.worker and change.type in _ADDRESSES:
        raise CouldNotDoError(
            f"{change.name} is a custom domain of a Worker, so no {change.type} record can stand there: remove it first "
            "(dashboard, Workers & Pages, Domains), or let dns_host be and use web_host cloudflare_worker"
        )
    if not record.worker and (change.name != zone or change.type in _ADDRESSES):
        raise CouldNotDoError(
            f"a CNAME to {record.value} stands at {change.name} that Cloudflare does not answer as such, but by the addresses of its target "
            f"({'it is proxied' if record.proxied else 'it is flattened'}): remove it, or make it DNS only without flattening, by hand"
        )


def _refuse_kept(record: ApiRecord) -> None:
    where = f"{record.type} {record.value!r} at {record.name}"
    if record.proxied:
        raise CouldNotDoError(
            f"{where} is proxied (the orange cloud), and what is proxied is not changed: set it to DNS only in the dashboard first, or "
            "remove it by hand"
        )
    if record.read_only:
        raise CouldNotDoError(
            f"{where} is kept by another Cloudflare product (Email Routing, for one) and cannot be changed: unlock or turn off that "
            "product's DNS records in the dashboard first"
        )
