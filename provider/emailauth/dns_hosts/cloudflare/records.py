"""The records of a zone as the API lists them, one value each, and the RRsets that they make."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from emailauth.core.names import InvalidName, is_within, labels, normalise
from emailauth.core.record import Key, RRset
from emailauth.dns_hosts.cloudflare import codec
from emailauth.dns_hosts.cloudflare.limits import AUTOMATIC, AUTOMATIC_TTL

_DISCARD: Final = "100::"
"""What the API shows as the address of a Workers custom domain (RFC 6666 keeps it for addresses that lead nowhere)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRecord:
    """One record: one value at one name."""

    id: str
    name: str
    type: str
    value: str
    """As `core.record` writes it."""
    ttl: int
    """Seconds; the automatic TTL as what it is."""
    proxied: bool
    """Asked for the name, Cloudflare answers its own addresses."""
    read_only: bool
    """Another Cloudflare product keeps it."""
    worker: bool
    """Stands for a Workers custom domain."""
    apart: bool
    """It is no record that DNS answers, and so in no RRset: a Worker's, or a CNAME that is flattened where that makes a difference."""
    api: Mapping[str, Any]
    """As the API answered it."""

    @property
    def key(self) -> Key:
        """The RRset that it belongs to."""
        return (self.name, self.type)


def api_record(answer: Mapping[str, Any], zone: str) -> ApiRecord:
    """One record from one element of the list of a zone's records."""
    name, record_type, content = _name(str(answer["name"])), str(answer["type"]), str(answer.get("content") or "")
    value = codec.to_value(record_type, content, answer.get("priority"))
    worker = (record_type, value) == ("AAAA", _DISCARD)
    return ApiRecord(
        id=str(answer["id"]),
        name=name,
        type=record_type,
        value=value,
        ttl=AUTOMATIC_TTL if answer["ttl"] == AUTOMATIC else int(answer["ttl"]),
        proxied=bool(answer.get("proxied")),
        read_only=bool((answer.get("meta") or {}).get("read_only")),
        worker=worker,
        apart=worker or (record_type == "CNAME" and _is_flattened(name, zone, answer)),
        api=answer,
    )


def _is_flattened(name: str, zone: str, answer: Mapping[str, Any]) -> bool:
    """Whether the addresses of a CNAME's target are answered where that makes a difference.

    At the apex they always are, which is what lets other records stand beside it. Below underscores (DKIM keys) the CNAME itself
    is asked for, and one that is proxied or flattened is not there. Elsewhere (policy hosts) it is as good as the CNAME.
    """
    if name == zone:
        return True
    said = answer.get("proxied") or (answer.get("settings") or {}).get("flatten_cname")
    return bool(said) and any(label.startswith("_") for label in labels(name))


def _name(text: str) -> str:
    try:
        return normalise(text)
    except InvalidName:
        return text.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All records of a zone as they were at one time."""

    zone: str
    records: Sequence[ApiRecord]
    at: float
    """On the host's clock, just before they were asked for."""

    def at_key(self, key: Key) -> Sequence[ApiRecord]:
        """The records of one RRset."""
        return [record for record in self.records if record.key == key and not record.apart]

    def apart(self, name: str) -> Sequence[ApiRecord]:
        """The records at a name that are in no RRset."""
        return [record for record in self.records if record.name == name and record.apart]

    def types_at(self, name: str) -> frozenset[str]:
        """The types of the RRsets at a name."""
        return frozenset(record.type for record in self.records if record.name == name and not record.apart)

    def rrset(self, key: Key) -> RRset | None:
        """One RRset."""
        return _rrset(self.at_key(key))

    def rrsets(self) -> Mapping[Key, RRset]:
        """All RRsets."""
        found: dict[Key, list[ApiRecord]] = {}
        for record in self.records:
            if not record.apart:
                found.setdefault(record.key, []).append(record)
        return {key: rrset for key, records in found.items() if (rrset := _rrset(records))}

    def delegation(self, name: str) -> ApiRecord | None:
        """The record that hands a name on to other nameservers (RFC 1034 section 4.2)."""
        cuts = (record for record in self.records if record.type == "NS" and record.name != self.zone)
        return next((record for record in cuts if is_within(name, record.name)), None)

    def version(self) -> str:
        """Changes whenever anything in the zone has changed."""
        text = json.dumps(sorted((dict(record.api) for record in self.records), key=_id), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _id(answer: Mapping[str, Any]) -> str:
    return str(answer["id"])


def _rrset(records: Sequence[ApiRecord]) -> RRset | None:
    """The set of records of one key. Differing TTLs, which the API allows, read as the least (RFC 2181 section 5.2)."""
    if not records:
        return None
    name, record_type = records[0].key
    values = tuple(dict.fromkeys(record.value for record in records))
    return RRset(name=name, type=record_type, ttl=min(record.ttl for record in records), values=values, raw=tuple(records))


def reading(zone: str, answers: Iterable[Mapping[str, Any]], at: float) -> Reading:
    """A reading from the answers of the API."""
    return Reading(zone=zone, records=[api_record(answer, zone) for answer in answers], at=at)
