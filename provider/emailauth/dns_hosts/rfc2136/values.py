"""Values as `core.record` writes them, and records as dnspython holds them."""

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT

from emailauth.core.errors import CouldNotDoError

_STRING_OCTETS = 255
"""The longest character-string (RFC 1035 section 3.3)."""


def to_value(rdata: dns.rdata.Rdata) -> str:
    """The joined octets of a TXT record; the canonical form (RFC 4034 section 6.2) as text of every other."""
    if isinstance(rdata, dns.rdtypes.ANY.TXT.TXT):
        return b"".join(rdata.strings).decode("utf-8", "surrogateescape")
    canonical = rdata.to_digestable()
    return dns.rdata.from_wire(rdata.rdclass, rdata.rdtype, canonical, 0, len(canonical)).to_text()


def to_rdata(record_type: str, value: str) -> dns.rdata.Rdata:
    """The record of a value, TXT cut into strings as long as they can be. Raises `CouldNotDoError` where there is no such record."""
    if record_type == "TXT":
        octets = value.encode("utf-8", "surrogateescape")
        strings = [octets[i : i + _STRING_OCTETS] for i in range(0, len(octets), _STRING_OCTETS)] or [b""]
        return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
    try:
        rdtype = dns.rdatatype.from_text(record_type)
        return dns.rdata.from_text(dns.rdataclass.IN, rdtype, value, dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError) as e:
        raise CouldNotDoError(f"{value!r} cannot be a {record_type} record: {e}") from e


def wire(rdata: dns.rdata.Rdata) -> bytes:
    """The octets of the record's data, names not compressed."""
    return rdata.to_wire() or b""  # None is for callers that give a buffer
