"""Values as `core.record` writes them, to rdata and back, and rdata as the tokens of a master file."""

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT

from emailauth.core.errors import CouldNotDoError
from emailauth.dns_hosts.zonefile.tokens import split

_STRING_OCTETS = 255
"""The longest character-string (RFC 1035 section 3.3)."""
_RDATA_OCTETS = 65535 - 12 - (255 + 4) - 12
"""What a message leaves for the rdata of an answer beside its header, a question and the record's other fields
(RFC 1035 sections 4.1 and 4.2.2); BIND refuses somewhat more."""


def to_value(rdata: dns.rdata.Rdata) -> str:
    """The value: for TXT the joined octets, for other types the canonical form (RFC 4034 section 6.2) as text."""
    if isinstance(rdata, dns.rdtypes.ANY.TXT.TXT):
        return b"".join(rdata.strings).decode("utf-8", "surrogateescape")
    wire = rdata.to_digestable()
    return dns.rdata.from_wire(rdata.rdclass, rdata.rdtype, wire, 0, len(wire)).to_text()


def to_rdata(type_: str, value: str) -> dns.rdata.Rdata:
    """The rdata of a value, names as they are written; raises `CouldNotDoError` where a record cannot hold it."""
    try:
        if type_ == "TXT":
            return _txt(value.encode("utf-8", "surrogateescape"))
        rdtype = dns.rdatatype.from_text(type_)
        return dns.rdata.from_text(dns.rdataclass.IN, rdtype, value, dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError) as e:
        raise CouldNotDoError(f"{value!r} cannot be a {type_} record: {e}") from e


def to_tokens(rdata: dns.rdata.Rdata) -> list[bytes]:
    """The words and quoted strings that write the rdata in a master file, names fully qualified."""
    (entry,) = split(rdata.to_text().encode("ascii"))
    return [token.text.encode("ascii") for token in entry.tokens]


def _txt(octets: bytes) -> dns.rdata.Rdata:
    """Splits on octets, not on characters: the strings are joined as octets again (RFC 7208 section 3.3)."""
    strings = [octets[i : i + _STRING_OCTETS] for i in range(0, len(octets), _STRING_OCTETS)] or [b""]
    if len(octets) + len(strings) > _RDATA_OCTETS:
        raise ValueError(f"it has {len(octets)} octets, more than can be answered")
    return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
