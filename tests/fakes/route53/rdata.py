"""Values: what the service takes of each type (Developer Guide, "Supported DNS record types"), and their zone-file form."""

import re
from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

# fmt: off
TYPES: Final = (
    "SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS", "TLSA", "SSHFP", "SVCB", "HTTPS",
)
# fmt: on
"""RRType in the SDK's model."""

_TEXT = frozenset({"TXT", "SPF"})
_ESCAPE = re.compile(r"\\(?:([0-3][0-7]{2})|(.))", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(?=[ \t]|\Z)[ \t]*', re.DOTALL)
_OCTETS = re.compile(r"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\[0-3][0-7]{2}|\\[\x20-\x2f\x3a-\x7e])*")
_CAA = re.compile(r'[0-9]+ [A-Za-z0-9]+ "(?:[^"\\]|\\.)*"')
_PROBLEMS = {
    "A": "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
    "AAAA": "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)",
    "MX": "MXRRDATANotTwoFields (Value should have two fields: a priority and a mail server)",
    "CAA": "CAARRDATAIllegal (Value should have flags, a tag and a quoted value)",
}


def problem(record_type: str, value: str) -> str | None:
    """What the service says about a value that it does not take."""
    found = _text_problem(value) if record_type in _TEXT else _rdata_problem(record_type, value)
    return found and f"Invalid Resource Record: 'FATAL problem: {found} encountered with '{value}''"


def _text_problem(value: str) -> str | None:
    at = 0
    while at < len(value) or not value:
        string = _STRING.match(value, at)
        if string is None:
            return "InvalidCharacterString (Value should be enclosed in quotation marks)"
        if not _OCTETS.fullmatch(string[1]):
            return "UnsupportedCharacter (Value contains unsupported characters)"
        if len(_ESCAPE.sub("x", string[1])) > 255:
            return "CharacterStringTooLong (Value is too long)"
        at = string.end()
    return None


def _rdata_problem(record_type: str, value: str) -> str | None:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", value)
    # dnspython reads a line of a zone file, which has comments, continuations, a name for the origin, and rdata in hexadecimal.
    strange = re.search(r"[;()@\n]|\\#", bare) or value != value.strip() or not value.isascii()
    if strange or (record_type == "CAA" and not _CAA.fullmatch(value)):
        return _PROBLEMS.get(record_type, f"{record_type}RRDATAIllegal (Value is not valid)")
    try:
        parsed(record_type, value)
    except (dns.exception.DNSException, ValueError):
        return _PROBLEMS.get(record_type, f"{record_type}RRDATAIllegal (Value is not valid)")
    return None


def parsed(record_type: str, value: str) -> dns.rdata.Rdata:
    """As dnspython has it; names that lack their dot are fully qualified all the same. Raises `DNSException` and `ValueError`."""
    known = dns.rdatatype.from_text(record_type)
    return dns.rdata.from_text(dns.rdataclass.IN, known, _zone_file_form(value), origin=dns.name.root, relativize=False)


def in_zone_file(record_type: str, value: str) -> str:
    """The value in zone-file form, its names with their dots. Raises `DNSException` and `ValueError`."""
    return parsed(record_type, value).to_text()


def _zone_file_form(value: str) -> str:
    r"""The value with its octal escapes (`\052`) as the decimal ones of RFC 1035 section 5.1 (`\042`), and a space between strings."""
    spaced = re.sub(r'"((?:[^"\\]|\\.)*)"(?=")', r'"\1" ', value)
    return _ESCAPE.sub(lambda escape: f"\\{int(escape[1], 8):03}" if escape[1] else escape[0], spaced)
