"""The lists: where they begin, how long their pages are, what comes after."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from tests.fakes.route53 import names, rdata
from tests.fakes.route53.names import BadName
from tests.fakes.route53.refusal import Refused, not_in, validation
from tests.fakes.route53.xml import Element
from tests.fakes.route53.zone import HostedZone, RecordSet

MAX_ZONES: Final = 100
MAX_SETS: Final = 300

_T = TypeVar("_T")
_Rank = tuple[str, ...]


def _page(everything: Iterable[_T], rank: Callable[[_T], _Rank], start: _Rank, size: int) -> tuple[Sequence[_T], _T | None]:
    """What stands at `start` and after it, and the first that has no room."""
    found = [item for item in sorted(everything, key=rank) if rank(item) >= start]
    return found[:size], found[size] if len(found) > size else None


def _size(query: Mapping[str, str], parameter: str, most: int) -> int:
    asked = query.get(parameter, str(most))
    if not asked.isdecimal() or not int(asked):
        raise validation(f"Value '{asked}' at '{parameter}' failed to satisfy constraint: Member must be a whole number greater than 0")
    return min(int(asked), most)


def _name_rank(query: Mapping[str, str], parameter: str, code: str) -> str:
    if not query.get(parameter):
        return ""
    try:
        return names.order(names.read(query[parameter]))
    except BadName as e:
        raise Refused(code, str(e)) from e


def _truncated(more: object, size: int) -> tuple[Element, Element]:
    return ("IsTruncated", str(more is not None).lower()), ("MaxItems", str(size))


def hosted_zones(zones: Iterable[HostedZone], query: Mapping[str, str]) -> tuple[Element, ...]:
    """ListHostedZones: by id."""
    if "delegationsetid" in query:
        raise Refused("NoSuchDelegationSet", f"No delegation set found with ID: {query['delegationsetid']}")
    wanted = query.get("hostedzonetype")
    if wanted not in {None, "PrivateHostedZone"}:
        raise validation(not_in(str(wanted), "hostedZoneType", ["PrivateHostedZone"]))
    size = _size(query, "maxitems", MAX_ZONES)
    listed = [zone for zone in zones if zone.private or wanted is None]
    page, more = _page(listed, lambda zone: (zone.id,), (query.get("marker", ""),), size)
    following: tuple[Element, ...] = (("NextMarker", more.id),) if more else ()
    found = tuple(zone.written() for zone in page)
    return ("HostedZones", found), ("Marker", query.get("marker", "")), *_truncated(more, size), *following


def hosted_zones_by_name(zones: Iterable[HostedZone], query: Mapping[str, str]) -> tuple[Element, ...]:
    """ListHostedZonesByName: starts at a name; does not look for it."""
    if "hostedzoneid" in query and "dnsname" not in query:
        raise Refused("InvalidInput", "The hostedzoneid parameter needs the dnsname parameter.")
    size = _size(query, "maxitems", MAX_ZONES)
    start = (_name_rank(query, "dnsname", "InvalidDomainName"), query.get("hostedzoneid", ""))
    page, more = _page(zones, lambda zone: (names.order(zone.name), zone.id), start, size)
    asked = tuple((element, query[parameter]) for element, parameter in _BY_NAME if parameter in query)
    following: tuple[Element, ...] = (("NextDNSName", names.written(more.name)), ("NextHostedZoneId", more.id)) if more else ()
    return ("HostedZones", tuple(zone.written() for zone in page)), *asked, *_truncated(more, size), *following


_BY_NAME = (("DNSName", "dnsname"), ("HostedZoneId", "hostedzoneid"))


def record_sets(zone: HostedZone, query: Mapping[str, str]) -> tuple[Element, ...]:
    """ListResourceRecordSets: by name with its labels reversed, then by type, then by SetIdentifier."""
    size = _size(query, "maxitems", MAX_SETS)
    page, more = _page(zone.sets.values(), _rank, _start(query), size)
    following: list[Element] = []
    if more:
        following += [("NextRecordName", names.written(more.name)), ("NextRecordType", more.type)]
        following += [("NextRecordIdentifier", more.identifier)] * bool(more.identifier)
    return ("ResourceRecordSets", tuple(record_set.written() for record_set in page)), *_truncated(more, size), *following


def _rank(record_set: RecordSet) -> _Rank:
    return names.order(record_set.name), record_set.type, record_set.identifier


def _start(query: Mapping[str, str]) -> _Rank:
    """Where a list of record sets begins: at a name, a name and a type, or a name, a type and an identifier."""
    for parameter, needed in (("type", "name"), ("identifier", "type")):
        if parameter in query and needed not in query:
            raise Refused("InvalidInput", f"The {parameter} parameter may not be specified without the {needed} parameter.")
    record_type = query.get("type", "")
    if record_type and record_type not in rdata.TYPES:
        raise validation(not_in(record_type, "startRecordType", rdata.TYPES))
    return _name_rank(query, "name", "InvalidInput"), record_type, query.get("identifier", "")


def protections(zone: HostedZone, query: Mapping[str, str]) -> tuple[Element, ...]:
    """ListResourceRecordSetProtections; a token is good for the page that it was given for."""
    size = _size(query, "maxresults", MAX_SETS)
    if "nexttoken" in query:
        start = tuple(query["nexttoken"].split("/"))
        if len(start) != 2 or start[1] not in rdata.TYPES:
            raise Refused("InvalidPaginationToken", "The pagination token is not valid.")
    else:
        start = _start(query)[:2]
    page, more = _page(zone.protections, lambda key: (names.order(key[0]), key[1]), start, size)
    found: list[Element] = []
    for name, record_type in page:
        comment = zone.protections[name, record_type]
        content: list[Element] = [("RecordName", names.written(name)), ("RecordType", record_type)]
        found.append(("ResourceRecordSetProtection", (*content, *([("Comment", comment)] if comment else []))))
    following: tuple[Element, ...] = (("NextToken", f"{names.order(more[0])}/{more[1]}"),) if more else ()
    return ("ResourceRecordSetProtections", tuple(found)), *following
