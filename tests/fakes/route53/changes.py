"""A ChangeResourceRecordSetsRequest as it is read: what it must have, and how large it may be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.fakes.route53 import names, rdata, xml
from tests.fakes.route53.names import BadName
from tests.fakes.route53.refusal import Refused, invalid_change_batch, not_in, validation
from tests.fakes.route53.xml import Content
from tests.fakes.route53.zone import ROUTING, Alias, RecordSet

MAX_ELEMENTS: Final = 1000
"""ResourceRecord elements of a request; an alias counts as one."""
MAX_CHARACTERS: Final = 32000
"""Of all Value elements of a request."""
MAX_VALUE: Final = 4000
"""Characters of one Value."""

_ACTIONS = ("CREATE", "DELETE", "UPSERT")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change."""

    action: str
    record_set: RecordSet

    @property
    def described(self) -> str:
        """As error messages name the set."""
        identifier = f", set-identifier='{self.record_set.identifier}'" if self.record_set.identifier else ""
        return f"[name='{names.written(self.record_set.name)}', type='{self.record_set.type}'{identifier}]"


def read(body: Content) -> tuple[str, Sequence[Change]]:
    """The comment and the changes. Raises `Refused`."""
    batch = xml.one(body, "ChangeBatch") or ""
    found = list(xml.every(xml.one(batch, "Changes") or "", "Change"))
    if not found:
        raise Refused("InvalidInput", "Invalid XML ; cvc-complex-type.2.4.b: The content of element 'ChangeBatch' is not complete.")
    comment = xml.text(batch, "Comment") or ""
    problems = [f"Value at 'changeBatch.comment' {_at_most(256)}"] if len(comment) > 256 else []
    problems += [problem for number, change in enumerate(found, 1) for problem in _model_problems(change, number)]
    if problems:
        raise validation(*problems)
    changes = [_change(change) for change in found]
    _within_limits(changes)
    return comment, changes


def _at_most(limit: int) -> str:
    return f"failed to satisfy constraint: Member must have length less than or equal to {limit}"


def _model_problems(change: Content, number: int) -> Iterator[str]:
    """What the API's model does not allow."""
    asked = xml.one(change, "ResourceRecordSet") or ""
    where = f"changeBatch.changes.{number}.member"
    action, record_type = xml.text(change, "Action") or "", xml.text(asked, "Type") or ""
    if action not in _ACTIONS:
        yield not_in(action, f"{where}.action", _ACTIONS)
    where += ".resourceRecordSet"
    if record_type not in rdata.TYPES:
        yield not_in(record_type, f"{where}.type", rdata.TYPES)
    for element, least, most in (("TTL", 0, 2**31 - 1), ("Weight", 0, 255)):
        value = xml.text(asked, element)
        if value is not None and not (value.isdecimal() and least <= int(value) <= most):
            yield f"Value '{value}' at '{where}.{element}' failed to satisfy constraint: Member must be between {least} and {most}"
    lengths = [("Name", 1024), ("SetIdentifier", 128)]
    yield from (f"Value at '{where}.{element}' {_at_most(most)}" for element, most in lengths if len(xml.text(asked, element) or "") > most)
    if any(len(value) > MAX_VALUE for value in _values(asked)):
        yield f"Value at '{where}.resourceRecords.member.value' {_at_most(MAX_VALUE)}"


def _values(asked: Content) -> tuple[str, ...]:
    records = xml.every(xml.one(asked, "ResourceRecords") or "", "ResourceRecord")
    return tuple(xml.text(record, "Value") or "" for record in records)


def _change(change: Content) -> Change:
    """Raises `Refused` where it has not what its kind of set needs."""
    asked = xml.one(change, "ResourceRecordSet") or ""
    action, name, record_type = (xml.text(content, tag) or "" for content, tag in ((change, "Action"), (asked, "Name"), (asked, "Type")))
    identifier, ttl = xml.text(asked, "SetIdentifier"), xml.text(asked, "TTL")
    _has_its_kind(asked, f"in Change with [Action={action}, Name={name}, Type={record_type}, SetIdentifier={identifier or 'null'}]")
    alias = xml.one(asked, "AliasTarget")
    try:
        record_set = RecordSet(
            name=names.read(name),
            type=record_type,
            identifier=identifier or "",
            routing=tuple((tag, content) for tag in sorted([*ROUTING, "HealthCheckId"]) for content in xml.every(asked, tag)),
            ttl=None if ttl is None else int(ttl),
            values=_values(asked),
            alias=None if alias is None else _alias(alias),
        )
    except BadName as e:
        raise invalid_change_batch([str(e)]) from e
    return Change(action=action, record_set=record_set)


def _has_its_kind(asked: Content, where: str) -> None:
    """A set has TTL and values, or a target; an identifier has a policy. Raises `Refused`."""
    parts = [xml.one(asked, "AliasTarget") is not None, xml.text(asked, "TTL") is not None, bool(_values(asked))]
    if parts not in ([True, False, False], [False, True, True]):
        wanted = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
        found = "more than one" if parts[0] else "none"
        raise Refused("InvalidInput", f"Invalid request: Expected exactly one of {wanted}, but found {found} {where}")
    policies = sum(xml.one(asked, tag) is not None for tag in ROUTING)
    identified = bool(xml.text(asked, "SetIdentifier"))
    if policies and not identified:
        raise Refused("InvalidInput", f"Invalid request: Missing field 'SetIdentifier' {where}")
    if identified and policies != 1:
        found = "more than one" if policies else "none"
        raise Refused("InvalidInput", f"Invalid request: Expected exactly one of [{', '.join(ROUTING)}], but found {found} {where}")


def _alias(target: Content) -> Alias:
    """Raises `BadName`."""
    return Alias(
        zone_id=xml.text(target, "HostedZoneId") or "",
        target=names.read(xml.text(target, "DNSName") or ""),
        evaluate_health=xml.text(target, "EvaluateTargetHealth") == "true",
    )


def _within_limits(changes: Sequence[Change]) -> None:
    """Raises `Refused` for a batch that is too large; what an UPSERT holds counts twice."""
    counted = [(2 if change.action == "UPSERT" else 1, change.record_set.values) for change in changes]
    elements = sum(times * max(len(values), 1) for times, values in counted)
    characters = sum(times * sum(map(len, values)) for times, values in counted)
    problems = [f"Number of records limit of {MAX_ELEMENTS} exceeded."] * (elements > MAX_ELEMENTS)
    problems += [f"RDATA character limit of {MAX_CHARACTERS} exceeded."] * (characters > MAX_CHARACTERS)
    if problems:
        raise invalid_change_batch(problems)
