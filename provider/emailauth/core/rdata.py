"""Values as `core.record` writes them, and records as dnspython holds them."""

from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT

from emailauth.core.errors import CouldNotDoError
from emailauth.core.record import RecordType

_STRING_OCTETS: Final = 255
"""The longest character-string (RFC 1035 section 3.3)."""
_RDATA_OCTETS: Final = 65535 - 12 - (255 + 4) - 12
"""What a message leaves for the rdata of an answer beside its header, a question and the record's other fields
(RFC 1035 sections 4.1 and 4.2.2); BIND refuses somewhat more."""

_SHOWN: Final = 60
"""Characters of a value that a message shows."""


def to_value(rdata: dns.rdata.Rdata) -> str:
    """The value: for TXT the joined octets, for other types the canonical form (RFC 4034 section 6.2) as text."""
    if isinstance(rdata, dns.rdtypes.ANY.TXT.TXT):
        return b"".join(rdata.strings).decode("utf-8", "surrogateescape")
    canonical = rdata.to_digestable()
    return dns.rdata.from_wire(rdata.rdclass, rdata.rdtype, canonical, 0, len(canonical)).to_text()


def to_rdata(record_type: RecordType, value: str) -> dns.rdata.Rdata:
    """The record of a value, names as they are written, TXT cut into strings as long as they can be.

    Raises `CouldNotDoError` where no record can hold it.
    """
    try:
        if record_type == "TXT":
            return _txt(value.encode("utf-8", "surrogateescape"))
        rdtype = dns.rdatatype.from_text(record_type)
        return dns.rdata.from_text(dns.rdataclass.IN, rdtype, value, dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError) as e:
        shown = repr(value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
        raise CouldNotDoError(f"{shown} cannot be a {record_type} record: {e}") from e


def _txt(octets: bytes) -> dns.rdata.Rdata:
    """Splits on octets, not on characters: the strings are joined as octets again (RFC 7208 section 3.3)."""
    strings = [octets[i : i + _STRING_OCTETS] for i in range(0, len(octets), _STRING_OCTETS)] or [b""]
    if len(octets) + len(strings) > _RDATA_OCTETS:
        raise ValueError(f"it has {len(octets)} octets, more than can be answered")
    return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
