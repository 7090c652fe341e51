r"""Names and values as Route 53 writes them, to those of `core` and back.

Its escapes are octal (`\052` is `*`), in names and in quoted strings; those of zone files and of dnspython are decimal
(Developer Guide, "DNS domain name format" and "Supported DNS record types").
"""

import re
from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import normalise

_STRING_OCTETS: Final = 255
"""The longest character-string (RFC 1035 section 3.3)."""
_OCTAL: Final = re.compile(rb"\\(?:([0-3][0-7]{2})|(.))", re.DOTALL)
_DECIMAL: Final = re.compile(r"\\(?:([0-9]{3})|(.))", re.DOTALL)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', re.DOTALL)
_TOUCHING: Final = re.compile(r'("(?:[^"\\]|\\.)*")(?=")', re.DOTALL)
_PLAIN_NAME: Final = re.compile(r"[a-z0-9_.-]+")
_PLAIN_LABEL: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_IN_QUOTES: Final = [chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03o}" for octet in range(256)]  # noqa: PLR2004 - printable ASCII
_IN_QUOTES[ord('"')], _IN_QUOTES[ord("\\")] = '\\"', "\\\\"


def name_of(text: str) -> str:
    """A name of an answer as `core.names` writes it."""
    if "\\" not in text:
        return normalise(text)
    labels = [_unescaped(label.encode()) for label in text.rstrip(".").split(".")]
    return dns.name.Name([*labels, b""]).to_text(omit_final_dot=True).lower()


def to_name(name: str) -> str:
    """A name of `core.names` as a request says it."""
    if _PLAIN_NAME.fullmatch(name):
        return f"{name}."
    labels = dns.name.from_text(name).labels
    return ".".join("".join(chr(octet) if octet in _PLAIN_LABEL else f"\\{octet:03o}" for octet in label) for label in labels)


def value_of(type_: str, text: str) -> str:
    """A value of an answer as `core.record` writes it. One that cannot be understood is nobody's business and stays as it is."""
    if type_ == "TXT":
        strings = (_unescaped((quoted or bare).encode()) for quoted, bare in _STRING.findall(text))
        return b"".join(strings).decode("utf-8", "surrogateescape")
    decimal = _OCTAL.sub(_to_decimal, text.encode()).decode()
    try:
        wire = _rdata(type_, decimal).to_digestable()
        return dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.from_text(type_), wire, 0, len(wire)).to_text()
    except (dns.exception.DNSException, ValueError):
        return text


def to_value(type_: str, value: str) -> str:
    """A value of `core.record` as a request says it. Raises `CouldNotDoError` where no such record can be."""
    try:
        if type_ == "TXT":
            return _quoted(value.encode("utf-8", "surrogateescape"))
        return _DECIMAL.sub(_to_octal, _rdata(type_, value).to_text())
    except (dns.exception.DNSException, ValueError) as e:
        raise CouldNotDoError(f"{value!r} cannot be a {type_} record: {e}") from e


def sendable(text: str) -> str:
    """A value of an answer in the form in which a request can have it: the same strings, with a space between them.

    Lists can show strings that touch, and a request with such a value is refused (aws/aws-sdk-js-v3#5626).
    """
    return _TOUCHING.sub(r"\1 ", text)


def _rdata(type_: str, text: str) -> dns.rdata.Rdata:
    """Names are fully qualified, with or without their dot."""
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(type_), text, dns.name.root, relativize=False)


def _quoted(octets: bytes) -> str:
    strings = [octets[i : i + _STRING_OCTETS] for i in range(0, len(octets), _STRING_OCTETS)] or [b""]
    return " ".join('"' + "".join(_IN_QUOTES[octet] for octet in string) + '"' for string in strings)


def _unescaped(text: bytes) -> bytes:
    return _OCTAL.sub(lambda found: bytes([int(found[1], 8)]) if found[1] else found[2], text)


def _to_decimal(found: re.Match[bytes]) -> bytes:
    return b"\\%03d" % int(found[1], 8) if found[1] else found[0]


def _to_octal(found: re.Match[str]) -> str:
    return f"\\{int(found[1]):03o}" if found[1] else found[0]
