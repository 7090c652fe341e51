"""The operations on DNS records: one value a record, batches in one transaction, no compare and swap."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tests.fakes.cloudflare import texts
from tests.fakes.cloudflare.envelope import Pages, Refused
from tests.fakes.cloudflare.record import CloudflareRecord
from tests.fakes.cloudflare.validation import LONGEST_TXT_SET, TYPES, checked, invalid
from tests.fakes.cloudflare.zones import CloudflareZone
from tests.fakes.service import Response

PAGES: Final = Pages(least=1, most=5_000_000, default=100)
ADDRESSES: Final = ("A", "AAAA")
SECONDS_FOR_AUTOMATIC: Final = 300
"""What `ttl: 1` is in answers (developers.cloudflare.com/dns/manage-dns-records/reference/ttl)."""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """Changes to the records of a zone, on a copy of them; whoever began it keeps the copy or throws it away."""

    zone: CloudflareZone
    records: dict[str, CloudflareRecord]
    new_id: Callable[[str], str]
    now: Callable[[], datetime]
    """A later moment each time."""

    def get(self, record_id: object) -> CloudflareRecord:
        found = self.records.get(str(record_id))
        if found is None:
            raise Refused(status=404, code=81044, message="Record does not exist.")
        return found

    def delete(self, record_id: object) -> CloudflareRecord:
        return self.records.pop(self._writable(record_id).id)

    def patch(self, record_id: object, body: Mapping[str, Any]) -> dict[str, Any]:
        """Changes the fields that are named, and no others."""
        found = self._writable(record_id)
        there: dict[str, Any] = {
            "name": found.name,
            "type": found.type,
            "ttl": found.ttl,
            "proxied": found.proxied,
            "comment": found.comment,
            "tags": list(found.tags),
            "settings": found.settings,
            **({"content": found.content, "priority": found.priority} if found.data is None else {"data": found.data}),
        }
        if "content" in body or found.type != "TXT":
            return self._change(found, self._checked({**there, **body}), body)
        # A text that is not touched keeps its form, however old.
        fields = self._checked({**there, **body, "content": "-"})
        return self._change(found, {**fields, "content": found.content}, body)

    def put(self, record_id: object, body: Mapping[str, Any]) -> dict[str, Any]:
        """Changes all fields."""
        return self._change(self._writable(record_id), self._checked(body), body)

    def post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        fields = self._checked(body)
        if len(self.records) >= self.zone.quota:
            raise Refused(status=400, code=81045, message="Record quota exceeded.")
        now = self.now()
        return self._keep(CloudflareRecord(id=self.new_id("record"), created_on=now, modified_on=now, **fields), body)

    def _checked(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return checked(body, self.zone.name, self.zone.allows)

    def _change(self, found: CloudflareRecord, fields: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        if fields["type"] != found.type:
            raise invalid(9040, "The record type cannot be changed.")
        return self._keep(replace(found, modified_on=self.now(), **fields), body)

    def _keep(self, record: CloudflareRecord, body: Mapping[str, Any]) -> dict[str, Any]:
        refuse_beside(record, [other for other in self.records.values() if other.id != record.id and other.name == record.name])
        self.records[record.id] = record
        return record.shown(body.get("content") if record.type == "TXT" else None)

    def _writable(self, record_id: object) -> CloudflareRecord:
        found = self.get(record_id)
        if found.worker is not None:
            raise Refused(status=400, code=1043, message="DNS record is read only")
        return found


def refuse_beside(record: CloudflareRecord, others: Sequence[CloudflareRecord]) -> None:
    """Refuses a record that cannot be beside the others at its name.

    A CNAME beside TXT or MX is taken, and only the CNAME is served (developers.cloudflare.com/dns/manage-dns-records/troubleshooting:
    "Records with the same name", "NS records already exist").
    """
    same = [other for other in others if other.type == record.type]
    types = {other.type for other in others}
    if record.value in [other.value for other in same]:
        raise Refused(status=400, code=81058, message="An identical record already exists.")
    if record.type == "CNAME" and types & {*ADDRESSES, "CNAME"}:
        raise Refused(status=400, code=81053, message="An A, AAAA, or CNAME record with that host already exists.")
    if record.type in ADDRESSES and "CNAME" in types:
        raise Refused(status=400, code=81054, message="A CNAME record with that host already exists.")
    if record.type in {*ADDRESSES, "CNAME"} and "NS" in types:
        raise Refused(status=400, code=81056, message="NS records with that host already exist.")
    if record.type == "TXT" and sum(len(texts.joined(text.content)) for text in [*same, record]) > LONGEST_TXT_SET:
        raise invalid(9005, f"Content of all TXT records with that host must be {LONGEST_TXT_SET} characters or less.")


def batch(transaction: Transaction, body: Mapping[str, Any]) -> dict[str, Any]:
    """Deletes, patches, puts, posts, in this order; the first error ends it, and nothing was done."""
    if unknown := set(body) - {"deletes", "patches", "puts", "posts"}:
        raise Refused(status=400, code=9207, message=f"Unknown field: {', '.join(sorted(unknown))}")
    parts = {name: body.get(name) or [] for name in ("deletes", "patches", "puts", "posts")}
    if not any(parts.values()) or not all(map(_are_objects, parts.values())):
        raise Refused(status=400, code=9207, message="Request body is invalid.")
    size, limit = sum(map(len, parts.values())), transaction.zone.allows.batch
    if size > limit:
        raise Refused(status=400, code=81061, message=f"The batch has {size} records, exceeding the limit of {limit}.")
    return {
        "deletes": [transaction.delete(item.get("id")).shown() for item in parts["deletes"]],
        "patches": [transaction.patch(item.get("id"), _fields(item)) for item in parts["patches"]],
        "puts": [transaction.put(item.get("id"), _fields(item)) for item in parts["puts"]],
        "posts": [transaction.post(item) for item in parts["posts"]],
    }


def _are_objects(items: object) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def _fields(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "id"}


def list_records(zone: CloudflareZone, query: Mapping[str, str]) -> Response:
    """The records that every filter holds for (`match=any`: one filter at least)."""
    tests = [_test(name, value) for name, value in query.items() if name not in _NO_FILTERS]
    combine = any if query.get("match") == "any" and tests else all
    found = [record for record in zone.stored.values() if combine(test(record) for test in tests)]
    order = query.get("order", "type")
    if order not in _ORDERS:
        raise Refused(status=400, code=1004, message=f"Invalid order: {order}")
    found.sort(key=lambda record: (str(getattr(record, order)), record.name), reverse=query.get("direction") == "desc")
    return PAGES.answered([record.shown() for record in found], query)


_NO_FILTERS: Final = ("page", "per_page", "order", "direction", "match")
_ORDERS: Final = ("type", "name", "content", "ttl", "proxied")
_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "exact": lambda text, operand: text == operand,
    "contains": lambda text, operand: operand in text,
    "startswith": lambda text, operand: text.startswith(operand),
    "endswith": lambda text, operand: text.endswith(operand),
}


def _test(name: str, value: str) -> Callable[[CloudflareRecord], bool]:
    field, _, operator = name.partition(".")
    if name == "type" and value in TYPES:
        return lambda record: record.type == value
    if name == "proxied" and value in {"true", "false"}:
        return lambda record: record.proxied == (value == "true")
    if name in {"comment.present", "comment.absent"}:
        return lambda record: bool(record.comment) == (operator == "present")
    if field in {"name", "content", "comment"} and operator in _OPERATORS:
        return lambda record: _OPERATORS[operator]((getattr(record, field) or "").lower(), value.lower())
    raise Refused(status=400, code=1004, message=f"Invalid filter: {name}={value}")


def served(zone: CloudflareZone, anycast: Mapping[str, str]) -> dict[tuple[str, str], tuple[int, list[str]]]:
    """The record sets that the nameservers answer: TTL and values by name and type.

    What is proxied has the addresses of Cloudflare's network. A CNAME hides all else at its name, but at the apex.
    """
    sets: dict[tuple[str, str], tuple[int, list[str]]] = {}
    aliases = {record.name for record in zone.stored.values() if record.type == "CNAME" and not record.proxied and record.name != zone.name}
    for record in zone.stored.values():
        if record.proxied:
            sets |= {(record.name, kind): (SECONDS_FOR_AUTOMATIC, [address]) for kind, address in anycast.items()}
        elif record.type == "CNAME" or record.name not in aliases:
            ttl = SECONDS_FOR_AUTOMATIC if record.ttl == 1 else record.ttl
            sets.setdefault((record.name, record.type), (ttl, []))[1].append(record.in_zone_file)
    return sets
