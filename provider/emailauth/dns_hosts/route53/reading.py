"""Zones as they are listed: whole, or only where names were asked for when that takes fewer calls."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from emailauth.core.errors import UsageError
from emailauth.core.names import is_within, labels, longest_suffix
from emailauth.core.record import Key, RRset
from emailauth.core.zone import Zone
from emailauth.dns_hosts.route53.api import Api, HostedZone
from emailauth.dns_hosts.route53.codec import name_of, to_name
from emailauth.dns_hosts.route53.limits import LIMITS
from emailauth.dns_hosts.route53.sets import rrsets, version

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef


def read_zone(api: Api, hosted: HostedZone, names: Collection[str]) -> Zone:
    """The zone, or what is at these names and, where they begin with an underscore, below them. Raises as `Api` does."""
    starts = _starts(names)
    complete = hosted.sets <= len(starts) * LIMITS.sets_a_page
    listed = api.record_sets(hosted) if complete else _at(api, hosted, starts)
    return zone_of(hosted, rrsets(listed), complete=complete)


def zone_of(hosted: HostedZone, sets: Mapping[Key, RRset], *, complete: bool) -> Zone:
    """A zone of these sets."""
    return Zone(name=hosted.name, rrsets=sets, version=version(sets), place=hosted.place, complete=complete)


def refuse_delegated(zone: Zone, names: Iterable[str]) -> None:
    """Raises `UsageError` for a name that the zone delegates (RFC 1034 section 4.2.1): nobody would be told of records that it has there."""
    for name in names:
        parts = labels(name)
        for i in range(len(parts) - len(labels(zone.name))):
            cut = ".".join(parts[i:])
            if (cut, "NS") in zone.rrsets:
                raise UsageError(
                    f"{zone.place} delegates {cut} by its NS records, so that it cannot hold {name}: give the DNS host of {cut}"
                )


def _at(api: Api, hosted: HostedZone, starts: Iterable[str]) -> "Iterator[ResourceRecordSetOutputTypeDef]":
    """The list from each name on, which is sorted so that what is below a name follows it."""
    for start in starts:
        yield from takewhile(partial(_belongs, start), api.record_sets(hosted, to_name(start)))


def _belongs(start: str, listed: "ResourceRecordSetOutputTypeDef") -> bool:
    name = name_of(listed["Name"])
    return is_within(name, start) if _is_scanned(start) else name == start


def _starts(names: Collection[str]) -> list[str]:
    """The names less those that come with another."""
    scanned = {name for name in names if _is_scanned(name)}
    return [name for name in sorted(names) if longest_suffix(".".join(labels(name)[1:]), scanned) is None]


def _is_scanned(name: str) -> bool:
    """Whether what is below a name is read with it: claims look below names such as _domainkey, and few names are there."""
    return name.startswith("_")
