"""Create- and DeleteResourceRecordSetProtections: all entries of a request, or none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from tests.fakes.route53 import names, rdata, xml
from tests.fakes.route53.names import BadName, Labels
from tests.fakes.route53.refusal import Refused, not_in, validation
from tests.fakes.route53.xml import Content, Element
from tests.fakes.route53.zone import HostedZone

MAX_ENTRIES: Final = 100
"""Of a request."""
MAX_COMMENT: Final = 256
"""Characters."""

_Key: TypeAlias = tuple[Labels, str]
_Problem: TypeAlias = tuple[_Key, str, str]
"""What entry, code and message."""


def create(zone: HostedZone, body: Content) -> None:
    """Raises `Refused`."""
    entries = _entries(zone, body, "ResourceRecordSetProtectionConfig")
    there = [key for key, _ in entries if key in zone.protections]
    problems = [(key, "ProtectionAlreadyExists", "A protection already exists for this name and type.") for key in there]
    if there and len(there) == len(entries):
        raise Refused("ProtectionAlreadyExists", "All of these protections exist already.", status=409, details=[_errors(problems)])
    _refuse(problems)
    zone.protections = {**zone.protections, **dict(entries)}


def delete(zone: HostedZone, body: Content) -> None:
    """Raises `Refused`."""
    keys = [key for key, _ in _entries(zone, body, "ResourceRecordSetProtectionKey")]
    _refuse([(key, "ProtectionNotFound", "There is no protection for this name and type.") for key in keys if key not in zone.protections])
    zone.protections = {key: comment for key, comment in zone.protections.items() if key not in keys}


def _refuse(problems: Sequence[_Problem]) -> None:
    if problems:
        code = "InvalidResourceRecordSetProtectionBatch"
        raise Refused(code, "Some entries could not be processed.", details=[_errors(problems)])


def _errors(problems: Sequence[_Problem]) -> Element:
    return "Errors", tuple(
        (
            "ProtectionError",
            (("RecordName", names.written(name)), ("RecordType", record_type), ("Code", code), ("Message", message)),
        )
        for (name, record_type), code, message in problems
    )


def _entries(zone: HostedZone, body: Content, element: str) -> Sequence[tuple[_Key, str]]:
    """Name, type and comment of each entry, with what is wrong in itself refused."""
    found = list(xml.every(xml.one(body, "Protections") or "", element))
    problems = [*_model_problems(found)]
    if problems:
        raise validation(*problems)
    entries = [(_key(entry), xml.text(entry, "Comment") or "") for entry in found]
    _refuse([*_invalid(zone, [key for key, _ in entries])])
    return entries


def _model_problems(entries: Sequence[Content]) -> Iterator[str]:
    if not 1 <= len(entries) <= MAX_ENTRIES:
        yield f"Value at 'protections' failed to satisfy constraint: Member must have between 1 and {MAX_ENTRIES} entries"
    for number, entry in enumerate(entries, 1):
        if (record_type := xml.text(entry, "RecordType") or "") not in rdata.TYPES:
            yield not_in(record_type, f"protections.{number}.member.recordType", rdata.TYPES)
        if len(xml.text(entry, "Comment") or "") > MAX_COMMENT:
            yield f"Value at 'protections.{number}.member.comment' is longer than {MAX_COMMENT}"


def _key(entry: Content) -> _Key:
    try:
        return names.read(xml.text(entry, "RecordName") or ""), xml.text(entry, "RecordType") or ""
    except BadName as e:
        raise Refused("InvalidInput", str(e)) from e


def _invalid(zone: HostedZone, keys: Sequence[_Key]) -> Iterator[_Problem]:
    for key, count in Counter(keys).items():
        if not zone.holds(key[0]):
            yield key, "InvalidInput", f"{names.written(key[0])} is not in zone {names.written(zone.name)}"
        if count > 1:
            yield key, "InvalidInput", "The same name and type appear more than once."
