"""What the API accepts as a DNS record.

The codes 9003, 9004, 9005, 9021, 9300 and 9313 and the words of the refusals with them are the service's own, as people report them; the
others stand for refusals of whose words there is no report.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import dns.exception
import dns.name
import dns.rdata

from tests.fakes.cloudflare import texts
from tests.fakes.cloudflare.envelope import Refused
from tests.fakes.cloudflare.plans import Plan
from tests.fakes.cloudflare.record import PROXIABLE, TARGETS

TYPES: Final = (
    *("A", "AAAA", "CAA", "CERT", "CNAME", "DNSKEY", "DS", "HTTPS", "LOC", "MX", "NAPTR", "NS", "OPENPGPKEY"),
    *("PTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URI"),
)
COMPONENTS: Final[Mapping[str, Mapping[str, type]]] = {
    "CAA": {"flags": int, "tag": str, "value": str},
    "SRV": {"priority": int, "weight": int, "port": int, "target": str},
    "TLSA": {"usage": int, "selector": int, "matching_type": int, "certificate": str},
}
"""What `data` holds for the types that are written by it, in the order of their presentation form. Other types of this kind cannot be
written here, only put."""
WRITTEN: Final = ("A", "AAAA", *TARGETS, "TXT", *COMPONENTS)
LONGEST_TXT: Final = 2048
"""Characters of one TXT record (developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types)."""
LONGEST_TXT_SET: Final = 8192
"""Characters of all TXT records at a name (same page)."""
LONGEST_TTL: Final = 86400
FIELDS: Final = ("name", "type", "ttl", "content", "data", "priority", "proxied", "comment", "tags", "settings")
_TAG_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_LONGEST_TAG_VALUE: Final = 100


def invalid(code: int, message: str) -> Refused:
    """A record that is not valid is refused with the reason behind a general code (see `Cloudflare.error_chains`)."""
    return Refused(status=400, code=1004, message="DNS Validation Error", chain=((code, message),))


def checked(body: Mapping[str, Any], zone: str, plan: Plan) -> dict[str, Any]:
    """The fields of a record that a client asks for, in the form that is kept. Raises `Refused`."""
    if unknown := set(body) - set(FIELDS):
        raise invalid(9207, f"Unknown field: {', '.join(sorted(unknown))}")
    record_type = body.get("type")
    if record_type not in TYPES:
        raise invalid(9002, "DNS record type is invalid.")
    if record_type not in WRITTEN:
        raise Refused(status=501, code=1004, message=f"This test double takes no {record_type} records; `put` adds any.")
    name, proxied = _name(body.get("name"), zone), _proxied(body.get("proxied", False), record_type)
    ttl = _ttl(body.get("ttl", 1), plan)
    data = _data(body.get("data"), COMPONENTS[record_type]) if record_type in COMPONENTS else None
    return {
        "type": record_type,
        "name": name,
        # A proxied record's TTL is always automatic.
        "ttl": 1 if proxied else ttl,
        "proxied": proxied,
        "comment": _comment(body.get("comment"), plan),
        "tags": _tags(body.get("tags"), plan),
        "settings": body.get("settings") or {},
        "priority": _priority(body.get("priority")) if record_type == "MX" else (data or {}).get("priority"),
        "data": data,
        "content": _content(body.get("content"), record_type, name) if data is None else _from_data(record_type, data),
    }


def _name(name: object, zone: str) -> str:
    if not isinstance(name, str) or not name:
        raise invalid(9000, "DNS name is invalid.")
    if name == "@":
        return zone
    try:
        text = dns.name.from_text(name).to_text(omit_final_dot=True).lower()
        if text != zone and not text.endswith(f".{zone}"):
            text = dns.name.from_text(f"{text}.{zone}").to_text(omit_final_dot=True)
    except (dns.exception.DNSException, UnicodeError) as e:
        raise invalid(9000, "DNS name is invalid.") from e
    return text


def _whole(number: object, least: int, most: int) -> bool:
    """Whether JSON's number is a whole one within bounds."""
    return isinstance(number, int | float) and not isinstance(number, bool) and number % 1 == 0 and least <= number <= most


def _ttl(ttl: Any, plan: Plan) -> int:
    if ttl != 1 and not _whole(ttl, plan.shortest_ttl, LONGEST_TTL):
        raise invalid(9021, f"Invalid TTL. Must be between {plan.shortest_ttl} and 86,400 seconds, or 1 for automatic")
    return int(ttl)


def _comment(comment: object, plan: Plan) -> str | None:
    if comment is None or comment == "":
        return None
    if not isinstance(comment, str) or any(unicodedata.category(character).startswith("C") for character in comment):
        raise invalid(9314, "DNS record comment must consist of graphic characters.")
    if len(comment) > plan.comment:
        raise invalid(9313, f"DNS record comment exceeds the quota of {plan.comment} characters.")
    return comment


def _tags(tags: object, plan: Plan) -> tuple[str, ...]:
    if tags is None:
        return ()
    if not isinstance(tags, list):
        raise invalid(9301, "DNS record tags are invalid.")
    if len(tags) > plan.tags:
        raise invalid(9300, f"DNS record has {len(tags)} tags, exceeding the quota of {plan.tags}.")
    for tag in map(str, tags):
        name, _, value = tag.partition(":")
        if not _TAG_NAME.fullmatch(name) or len(value) > _LONGEST_TAG_VALUE:
            raise invalid(9301, f"DNS record tag {tag!r} is invalid.")
    return tuple(map(str, tags))


def _proxied(proxied: object, record_type: str) -> bool:
    if not isinstance(proxied, bool):
        raise invalid(9003, "Invalid 'proxied' value, must be a boolean")
    if proxied and record_type not in PROXIABLE:
        raise invalid(9004, "This record type cannot be proxied.")
    return proxied


def _priority(priority: Any) -> int:
    if priority is None:
        raise invalid(9100, "priority is a required field.")
    if not _whole(priority, 0, 65535):
        raise invalid(9101, "priority must be between 0 and 65535.")
    return int(priority)


def _data(data: object, components: Mapping[str, type]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise invalid(9101, "data is a required field.")
    if data.keys() != components.keys():
        raise invalid(9101, f"The data fields of this type are {', '.join(components)}.")
    if not all(isinstance(data[part], str) if kind is str else _whole(data[part], 0, 65535) for part, kind in components.items()):
        raise invalid(9101, "A data field is not of its type.")
    return {part: kind(data[part]) for part, kind in components.items()}


def _content(content: object, record_type: str, name: str) -> str:
    if not isinstance(content, str) or not content:
        raise invalid(9207, "content is a required field.")
    if record_type == "TXT":
        return _text(content)
    return _target(content, record_type, name) if record_type in TARGETS else _address(content, record_type)


def _address(content: str, record_type: str) -> str:
    version = 4 if record_type == "A" else 6
    try:
        return str(ipaddress.IPv4Address(content) if version == 4 else ipaddress.IPv6Address(content))
    except ValueError as e:
        raise invalid(9005, f"Content for {record_type} record must be a valid IPv{version} address.") from e


def _target(content: str, record_type: str, name: str) -> str:
    text = content.lower().removesuffix(".")
    try:
        dns.name.from_text(text)
    except (dns.exception.DNSException, UnicodeError) as e:
        raise invalid(9007, f"Content for {record_type} record is invalid.") from e
    if record_type == "CNAME" and text == name:
        raise invalid(9039, "CNAME content cannot reference itself.")
    return text or "."


def _text(content: str) -> str:
    # Only new contents are held to it: old ones may be of any form.
    if '"' in content and not content.lstrip().startswith('"'):
        raise invalid(9005, "Content for TXT record has inconsistent quotation marks.")
    try:
        text = texts.quoted(content)
    except texts.NotStrings as e:
        raise invalid(9005, "Content for TXT record has inconsistent quotation marks.") from e
    if len(texts.joined(content)) > LONGEST_TXT:
        raise invalid(9005, f"Content for TXT record must be {LONGEST_TXT} characters or less.")
    return text


def _from_data(record_type: str, data: Mapping[str, Any]) -> str:
    """The rest of the presentation form: SRV's priority stands beside the content, as MX's does."""
    parts = [f'"{_escaped(value)}"' if part == "value" else str(value) for part, value in data.items()]
    try:
        dns.rdata.from_text("IN", record_type, " ".join(parts), origin=dns.name.root)
    except (dns.exception.DNSException, ValueError) as e:
        raise invalid(9005, f"Content for {record_type} record is invalid.") from e
    return " ".join(parts[1:] if record_type == "SRV" else parts)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
