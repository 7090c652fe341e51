"""Changes of a zone as the batches in which they are sent: each made whole or not at all, no record set in two of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from emailauth.core.errors import CouldNotDoError
from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.dns_hosts.route53.limits import LIMITS, Limits
from emailauth.dns_hosts.route53.sets import created, deleted

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ChangeTypeDef, ResourceRecordSetOutputTypeDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What one change sends."""

    change: RRsetChange
    gone: "ResourceRecordSetOutputTypeDef | None"
    come: "ResourceRecordSetOutputTypeDef | None"

    @property
    def values(self) -> Iterator[str]:
        """All that it sends."""
        for one in (self.gone, self.come):
            if one is not None:
                yield from (record["Value"] for record in one["ResourceRecords"])


class _Size(NamedTuple):
    """What the limits of a request count."""

    elements: int = 0
    characters: int = 0

    @classmethod
    def of(cls, edits: Iterable[Edit]) -> "_Size":
        lengths = [len(value) for edit in edits for value in edit.values]
        return cls(len(lengths), sum(lengths))

    def plus(self, other: "_Size") -> "_Size":
        return _Size(self.elements + other.elements, self.characters + other.characters)

    def fits(self, limits: Limits) -> bool:
        return self.elements <= limits.elements and self.characters <= limits.characters


@dataclass(frozen=True, slots=True)
class Batch:
    """Edits that are made at once."""

    edits: tuple[Edit, ...]

    @property
    def keys(self) -> frozenset[Key]:
        """The sets that it changes."""
        return frozenset(edit.change.key for edit in self.edits)

    @property
    def changes(self) -> "list[ChangeTypeDef]":
        """As they are sent: all deletions first, so that a CNAME and what takes its place never stand together."""
        gone: list[ChangeTypeDef] = [{"Action": "DELETE", "ResourceRecordSet": edit.gone} for edit in self.edits if edit.gone]
        come: list[ChangeTypeDef] = [{"Action": "CREATE", "ResourceRecordSet": edit.come} for edit in self.edits if edit.come]
        return gone + come


def batches(zone: Mapping[Key, RRset], changes: Sequence[RRsetChange], limits: Limits = LIMITS) -> list[Batch]:
    """The changes in as few batches as an order allows that keeps what belongs together, in the order in which they came.

    `zone`: what was read. Raises `CouldNotDoError` for what is not ours to change, and for what the service would not take.
    """
    edits = [_edit(zone, change, limits) for change in changes if change.before or change.after]
    filled: list[list[Edit]] = []
    size = _Size()
    for group in _groups(edits):
        own = _Size.of(group)
        if not own.fits(limits):
            msg = f"{group[0].change.name}: more is to be changed here at once than Route 53 takes in one request ({_most(limits)})"
            raise CouldNotDoError(f"{msg}; nothing was changed. Make the record set smaller")
        size = size.plus(own)
        if not filled or not size.fits(limits):
            filled.append([])
            size = own
        filled[-1] += group
    return [Batch(tuple(group)) for group in filled]


def _edit(zone: Mapping[Key, RRset], change: RRsetChange, limits: Limits) -> Edit:
    before = _as_listed(zone.get(change.key), change.before)
    for rrset in (before, zone.get(change.key)):
        if rrset and rrset.held:
            raise CouldNotDoError(f"{change.name} {change.type} {rrset.held}; nothing was changed")
    come = created(change, before) if change.after else None
    if come:
        _check(change, [record["Value"] for record in come["ResourceRecords"]], limits)
    return Edit(change=change, gone=deleted(before) if before else None, come=come)


def _as_listed(listed: RRset | None, before: RRset | None) -> RRset | None:
    """What a change expects, in the form in which it was listed, where it says nothing of forms itself."""
    if before and before.raw is None and listed and (listed.ttl, sorted(listed.values)) == (before.ttl, sorted(before.values)):
        return listed
    return before


def _check(change: RRsetChange, values: Sequence[str], limits: Limits) -> None:
    """Raises `CouldNotDoError` for a set that the service would refuse for its size."""
    problem = None
    if len(values) > limits.values:
        problem = f"has {len(values)} values, and Route 53 takes {limits.values}"
    elif (longest := max(map(len, values))) > limits.value_length:
        problem = (
            f"has a value of {longest} characters as Route 53 counts them, quotes and escapes included, and it takes {limits.value_length}"
        )
    elif not 0 <= change.ttl <= limits.ttl:
        problem = f"has a TTL of {change.ttl} seconds, and Route 53 takes 0 to {limits.ttl}"
    if problem:
        raise CouldNotDoError(f"{change.name} {change.type} {problem}; nothing was changed")


def _groups(edits: Iterable[Edit]) -> Iterator[list[Edit]]:
    """What must be made at once: a set, or all sets of a name where a CNAME comes or goes."""
    by_name: dict[str, list[Edit]] = {}
    for edit in edits:
        by_name.setdefault(edit.change.name, []).append(edit)
    for found in by_name.values():
        if any(edit.change.type == "CNAME" for edit in found):
            yield found
        else:
            yield from ([edit] for edit in found)


def _most(limits: Limits) -> str:
    return f"{limits.elements:,} values and {limits.characters:,} characters, old and new together"
