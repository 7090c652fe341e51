"""Whether a batch of changes is made in a zone: all of it, or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import dns.rdata

from tests.fakes.route53 import names, rdata
from tests.fakes.route53.changes import Change
from tests.fakes.route53.names import Labels
from tests.fakes.route53.refusal import invalid_change_batch
from tests.fakes.route53.zone import HostedZone, RecordSet, SetKey

MAX_VALUES: Final = 400
"""Of a record set."""
MAX_SETS: Final = 10000
"""Of a hosted zone."""
CLOUDFRONT: Final = "Z2FDTNDATAQYW2"
"""The hosted zone id of every CloudFront distribution."""


def applied(zone: HostedZone, changes: Sequence[Change]) -> Mapping[SetKey, RecordSet]:
    """The zone's sets after all changes, one after the other. Raises `Refused` with all that is wrong."""
    problems = [*_contradictions(changes)]
    sets = dict(zone.sets)
    for change in [] if problems else changes:
        problems += [*_forbidden(zone, change)] or [*_out_of_place(zone, sets, change)]
        # As if it were done, also where it is not: what follows from a wrong DELETE is not told (ruby_route_53 issue 28).
        sets.pop(change.record_set.key, None)
        if change.action != "DELETE":
            sets[change.record_set.key] = change.record_set
    problems += [] if problems else [*_incomplete(zone, sets)]
    if problems:
        raise invalid_change_batch(list(dict.fromkeys(problems)))
    return sets


def _contradictions(changes: Sequence[Change]) -> Iterator[str]:
    """A set may be changed once in a batch, or deleted and then created."""
    actions: dict[SetKey, list[str]] = {}
    for change in changes:
        actions.setdefault(change.record_set.key, []).append(change.action)
    for (name, record_type, _), asked in actions.items():
        if len(asked) > 1 and asked != ["DELETE", "CREATE"]:
            yield f"The request contains an invalid set of changes for a resource record set '{record_type} {names.written(name)}'"


# ----------------------------------------------------------------------- what no state of the zone would allow


def _forbidden(zone: HostedZone, change: Change) -> Iterator[str]:
    asked = change.record_set
    yield from misplaced(zone, asked.name)
    comment = zone.protections.get((asked.name, asked.type))
    if comment is not None:
        yield f"The resource record set {change.described} is protected" + (f": {comment}" if comment else "")
    if change.action != "DELETE":
        yield from _value_problems(asked)
        yield from _alias_problems(zone, asked)
        if asked.type == "CNAME" and asked.name == zone.name:
            name = names.written(asked.name)
            yield f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {name}"


def misplaced(zone: HostedZone, name: Labels) -> Iterator[str]:
    """What forbids a name in a zone."""
    if not zone.holds(name):
        yield f"RRSet with DNS name {names.written(name)} is not permitted in zone {names.written(zone.name)}"


def _value_problems(asked: RecordSet) -> Iterator[str]:
    most = 1 if asked.type in {"CNAME", "SOA"} else MAX_VALUES
    if len(asked.values) > most:
        yield f"Cannot have more than {most} records in a RRSet."
    found = [problem for value in asked.values if (problem := rdata.problem(asked.type, value))]
    yield from found
    seen: set[dns.rdata.Rdata] = set()
    for value in [] if found else asked.values:
        parsed = rdata.parsed(asked.type, value)
        if parsed in seen:
            yield f"Duplicate Resource Record: '{value}'"
        seen.add(parsed)


def _alias_problems(zone: HostedZone, asked: RecordSet) -> Iterator[str]:
    """Of an alias for a CloudFront distribution; aliases for other services are taken as they are."""
    if asked.alias is None or asked.alias.zone_id != CLOUDFRONT:
        return
    if zone.private:
        yield "An alias record set in a private hosted zone cannot target a CloudFront distribution"
    if asked.alias.evaluate_health:
        yield "EvaluateTargetHealth must be false for an alias that targets a CloudFront distribution"
    if asked.type not in {"A", "AAAA", "HTTPS"} or asked.alias.target[-2:] != (b"cloudfront", b"net"):
        yield _no_target(asked.alias.target, asked.type, CLOUDFRONT)


def _no_target(target: Labels, record_type: str, zone_id: str) -> str:
    return f"Tried to create an alias that targets {names.written(target)}, type {record_type} in zone {zone_id}, but that target was not found"


# ------------------------------------------------- what the state of the zone, at this place of the batch, does not allow


def _out_of_place(zone: HostedZone, sets: Mapping[SetKey, RecordSet], change: Change) -> Iterator[str]:
    asked, live = change.record_set, sets.get(change.record_set.key)
    if change.action == "CREATE" and live:
        yield f"Tried to create resource record set {change.described} but it already exists"
    elif change.action != "DELETE":
        yield from conflicts(zone, sets, asked)
    elif live is None:
        yield f"Tried to delete resource record set {change.described} but it was not found"
    elif not live.same_as(asked):
        yield f"Tried to delete resource record set {change.described} but the values provided do not match the current values"


def conflicts(zone: HostedZone, sets: Mapping[SetKey, RecordSet], asked: RecordSet) -> Iterator[str]:
    """What forbids that a set be beside the others, or point at them."""
    others = [there for there in sets.values() if there.name == asked.name and there.key != asked.key]
    yield from _cname_conflicts(zone, asked, {there.type for there in others})
    yield from _policy_conflicts(asked, [there for there in others if there.type == asked.type])
    if asked.alias and asked.alias.zone_id == zone.id:
        wanted = (asked.alias.target, asked.type)
        if not any((there.name, there.type) == wanted for there in sets.values()):
            yield _no_target(asked.alias.target, asked.type, zone.id)


def _cname_conflicts(zone: HostedZone, asked: RecordSet, types: set[str]) -> Iterator[str]:
    refused = f"RRSet of type {asked.type} with DNS name {names.written(asked.name)} is not permitted"
    where = f"with the same DNS name {{}}in zone {names.written(zone.name)}"
    if asked.type == "CNAME" and types - {"CNAME"}:
        yield f"{refused} as it conflicts with other records {where.format('')}"
    elif asked.type != "CNAME" and "CNAME" in types:
        yield f"{refused} because a conflicting RRSet of type  CNAME {where.format('already exists ')}"


def _policy_conflicts(asked: RecordSet, others: Sequence[RecordSet]) -> Iterator[str]:
    """Sets of one name and type are chosen by one policy, and a simple one is alone."""
    refused = f"RRSet with DNS name {names.written(asked.name)}, type {asked.type}"
    if others and asked.policy is None:
        yield f"{refused} cannot be created as other RRSets exist with the same name and type."
    elif any(there.policy != asked.policy for there in others):
        yield f"{refused}, SetIdentifier {asked.identifier} cannot be created as a non-{asked.policy} set exists with the same name and type."
    elif asked.policy == "weighted" and any(there.ttl != asked.ttl for there in others):
        yield f"{refused}, SetIdentifier {asked.identifier} cannot be created as weighted sets must contain the same TTL."


def _incomplete(zone: HostedZone, sets: Mapping[SetKey, RecordSet]) -> Iterator[str]:
    """What the zone lacks, or has too much of, once all is done."""
    if (zone.name, "SOA", "") not in sets:
        yield "A HostedZone must contain exactly one SOA record."
    if (zone.name, "NS", "") not in sets:
        yield "A HostedZone must contain at least one NS record for the zone itself."
    if len(sets) > MAX_SETS:
        yield f"Exceeded limit MAX_RRSETS_BY_ZONE for zone: {zone.id}"
