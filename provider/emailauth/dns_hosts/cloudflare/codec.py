r"""Contents of records as the API has them, to and from values as `core.record` writes them.

TXT is written as quoted character-strings with `\"`, `\\` and decimal `\DDD`, names without the dot at their end, and the preference
of MX apart from its host. What is read may be older than these rules: TXT without quotation marks is taken as it stands.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.CAA
import dns.rdtypes.ANY.TLSA

from emailauth.core.errors import CouldNotDoError

_STRING_OCTETS: Final = 255
"""The longest character-string (RFC 1035 section 3.3)."""
_STRINGS: Final = re.compile(rb'\s*(?:"(?:[^"\\]|\\.)*"\s*)+\Z', re.DOTALL)
_STRING: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\(25[0-5]|2[0-4]\d|[01]\d\d|.)", re.DOTALL)
_DIGITS: Final = 3
_HOST_TYPES: Final = frozenset({"CNAME", "NS", "PTR"})
"""Their value is a name."""


def to_value(record_type: str, content: str, priority: float | None) -> str:
    """The value of an API record; one that cannot be understood is kept as text, as only its owner can change it."""
    if record_type == "TXT":
        return _joined(content.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
    text = f"{priority:.0f} {content}" if record_type == "MX" and priority is not None else content
    try:
        return _canonical(_rdata(record_type, text))
    except (dns.exception.DNSException, ValueError):
        return " ".join(text.split())


def to_fields(record_type: str, value: str) -> Mapping[str, Any]:
    """What the API is told of a value: `content`, with it `priority`, or `data`.

    Raises `CouldNotDoError` for a value that cannot be one of its type, and for types that this program never writes.
    """
    if record_type == "TXT":
        return {"content": _quoted(value.encode("utf-8", "surrogateescape"))}
    try:
        rdata = _rdata(record_type, value)
    except (dns.exception.DNSException, ValueError) as e:
        raise CouldNotDoError(f"{value!r} cannot be a {record_type} record: {e}") from e
    if record_type in {"A", "AAAA"}:
        return {"content": rdata.to_text()}
    if record_type in _HOST_TYPES:
        return {"content": _without_dot(value)}
    if record_type == "MX":
        preference, host = value.split()
        return {"content": _without_dot(host), "priority": int(preference)}
    return {"data": _data(rdata, record_type)}


def wire_octets(record_type: str, value: str) -> int:
    """How long the value is in a DNS message."""
    if record_type == "TXT":
        octets = len(value.encode("utf-8", "surrogateescape"))
        return octets + max(1, -(-octets // _STRING_OCTETS))
    return len(_rdata(record_type, value).to_wire() or b"")


def _data(rdata: dns.rdata.Rdata, record_type: str) -> Mapping[str, Any]:
    if isinstance(rdata, dns.rdtypes.ANY.CAA.CAA):
        return {"flags": rdata.flags, "tag": rdata.tag.decode(), "value": rdata.value.decode("utf-8", "surrogateescape")}
    if isinstance(rdata, dns.rdtypes.ANY.TLSA.TLSA):
        return {"usage": rdata.usage, "selector": rdata.selector, "matching_type": rdata.mtype, "certificate": rdata.cert.hex()}
    raise CouldNotDoError(f"{record_type} records at Cloudflare are not written by this program")


def _rdata(record_type: str, text: str) -> dns.rdata.Rdata:
    rdtype = dns.rdatatype.from_text(record_type)
    return dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, dns.name.root, relativize=False)


def _canonical(rdata: dns.rdata.Rdata) -> str:
    """Names in lower case, fully qualified (RFC 4034 section 6.2)."""
    wire = rdata.to_digestable()
    return dns.rdata.from_wire(rdata.rdclass, rdata.rdtype, wire, 0, len(wire)).to_text()


def _without_dot(name: str) -> str:
    return name.removesuffix(".") or "."


def _joined(content: bytes) -> bytes:
    if not _STRINGS.match(content):
        return content
    return b"".join(_ESCAPE.sub(_unescaped, text) for text in _STRING.findall(content))


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1])]) if len(found[1]) == _DIGITS else found[1]


def _quoted(octets: bytes) -> str:
    strings = [octets[i : i + _STRING_OCTETS] for i in range(0, len(octets), _STRING_OCTETS)] or [b""]
    return " ".join(f'"{"".join(map(_escaped, string))}"' for string in strings)


def _escaped(octet: int) -> str:
    character = chr(octet)
    if character in '"\\':
        return f"\\{character}"
    return character if " " <= character <= "~" else f"\\{octet:03d}"
