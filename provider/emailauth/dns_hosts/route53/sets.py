"""Record sets between Route 53's form and that of `core`: what was listed is kept, so that exactly this can be deleted."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emailauth.core.record import Key, RRset, RRsetChange
from emailauth.dns_hosts.route53.codec import name_of, sendable, to_name, to_value, value_of

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

_PLAIN: Final = frozenset({"Name", "Type", "TTL", "ResourceRecords"})
_POLICIES: Final = {
    "Weight": "weighted",
    "Region": "latency",
    "GeoLocation": "geolocation",
    "Failover": "failover",
    "MultiValueAnswer": "multivalue answer",
    "GeoProximityLocation": "geoproximity",
    "CidrRoutingConfig": "IP-based",
}
"""The elements of routing policies, and what the console calls them."""
_PLAIN_FIRST: Final = "make it one plain record set by hand (Route 53 console, simple routing), or take it out of the file"


@dataclass(frozen=True, slots=True)
class Listed:
    """What stands at one name and type, as a list has it: one set, or several that a routing policy tells apart. What `RRset.raw` is."""

    sets: tuple["ResourceRecordSetOutputTypeDef", ...]

    @property
    def held(self) -> str:
        """What `RRset.held` is: why it is not ours to change, and what to do. Empty: it is a plain set."""
        first = self.sets[0]
        if "SetIdentifier" in first:
            policy = next((told for element, told in _POLICIES.items() if element in first), "routing policy")
            ids = ", ".join(each.get("SetIdentifier", "") for each in self.sets)
            one = "one of several" if len(self.sets) > 1 else "the only one of"
            return f"is {one} {policy} sets ({ids}): {_PLAIN_FIRST}"
        if "AliasTarget" in first:
            return f"is an alias of {first['AliasTarget']['DNSName'].rstrip('.')}: {_PLAIN_FIRST}"
        if "TrafficPolicyInstanceId" in first:
            return f"is made by the traffic policy instance {first['TrafficPolicyInstanceId']}: {_PLAIN_FIRST}"
        if "HealthCheckId" in first:
            return f"has the health check {first['HealthCheckId']}: {_PLAIN_FIRST}"
        odd = sorted(set(first) - _PLAIN)
        return f"has {' and '.join(odd)}: {_PLAIN_FIRST}" if odd else ""

    @property
    def forms(self) -> Mapping[str, str]:
        """The very form of each value."""
        records = [record["Value"] for one in self.sets for record in one.get("ResourceRecords", ())]
        return {value_of(self.sets[0]["Type"], text): text for text in reversed(records)}


def rrsets(listed: Iterable["ResourceRecordSetOutputTypeDef"]) -> dict[Key, RRset]:
    """The sets by name and type.

    Sets of a routing policy are read as one that has all their values. An alias has no values, but for one of type CNAME, whose target is it.
    """
    found: dict[Key, dict[str, ResourceRecordSetOutputTypeDef]] = {}
    for one in listed:
        key = (name_of(one["Name"]), one["Type"])
        found.setdefault(key, {})[one.get("SetIdentifier", "")] = one  # a list that was made while others wrote can have one twice
    return {key: _rrset(key, Listed(tuple(sets.values()))) for key, sets in found.items()}


def _rrset(key: Key, listed: Listed) -> RRset:
    values = [value_of(key[1], record["Value"]) for one in listed.sets for record in one.get("ResourceRecords", ())]
    if key[1] == "CNAME":
        values += [f"{name_of(one['AliasTarget']['DNSName'])}." for one in listed.sets if "AliasTarget" in one]
    if len(listed.sets) > 1:
        values = list(dict.fromkeys(values))
    ttl = min(one.get("TTL", 0) for one in listed.sets)
    return RRset(name=key[0], type=key[1], ttl=ttl, values=tuple(values), raw=listed, held=listed.held)


def created(change: RRsetChange, before: RRset | None) -> "ResourceRecordSetOutputTypeDef":
    """The set that a change makes. Values that stay keep their form, new ones get ours. Raises `CouldNotDoError` for one that cannot be."""
    forms = before.raw.forms if before and isinstance(before.raw, Listed) else {}
    values = [sendable(forms[value]) if value in forms else to_value(change.type, value) for value in change.after]
    return _plain(change, change.ttl, values)


def deleted(before: RRset) -> "ResourceRecordSetOutputTypeDef":
    """The set that was there, exactly; as we would have written it where it was never listed. Raises `CouldNotDoError` as `created` does."""
    if isinstance(before.raw, Listed):
        return before.raw.sets[0]
    return _plain(before, before.ttl, [to_value(before.type, value) for value in before.values])


def _plain(named: RRset | RRsetChange, ttl: int, values: Iterable[str]) -> "ResourceRecordSetOutputTypeDef":
    type_: Any = named.type  # the service knows which types it has
    return {"Name": to_name(named.name), "Type": type_, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}


def version(sets: Mapping[Key, RRset]) -> str:
    """Differs whenever any of the sets does; the order of sets and values means nothing."""
    digest = hashlib.sha256()
    for _, rrset in sorted(sets.items()):
        for one in sorted(_canonical(listed) for listed in (rrset.raw.sets if isinstance(rrset.raw, Listed) else ())):
            digest.update(one.encode())
    return digest.hexdigest()[:32]


def _canonical(listed: "ResourceRecordSetOutputTypeDef") -> str:
    values = sorted(record["Value"] for record in listed.get("ResourceRecords", ()))
    return json.dumps({**listed, "ResourceRecords": values}, sort_keys=True)
