"""The grammar of terms (RFC 7208 section 12), strict: what it refuses, receivers answer with permerror (section 4.6)."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypedDict

from emailauth.protocols.spf.domain_spec import DomainSpec, NotATerm, domain_spec, macro_string, shown
from emailauth.protocols.spf.terms import (
    A,
    All,
    Exists,
    Explanation,
    Include,
    Ip4,
    Ip6,
    Mx,
    Ptr,
    Qualifier,
    Redirect,
    UnknownModifier,
    WellFormed,
)

__all__ = ["MECHANISMS", "MODIFIERS", "NotATerm", "read"]


class _Head(TypedDict):
    """What a directive has whatever its mechanism."""

    text: str
    start: int
    qualifier: Qualifier


_Reader: TypeAlias = Callable[[str, _Head], WellFormed]

_HEAD: Final = re.compile(r"(?P<qualifier>[-+?~]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)")
_LENGTHS: Final = re.compile(r"(?P<four>/[0-9]*)?(?P<six>//[0-9]*)?\Z")
_FOUR_NUMBERS: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]*")
_CONTROL_NAMES: Final = {"\t": "a tab", "\n": "a line break", "\r": "a line break", "\x00": "a NUL"}
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")


def read(text: str, start: int = 0) -> WellFormed:
    """Reads one term, qualifier included. Raises `NotATerm`. `start` is where it stands in its record."""
    _check_characters(text)
    head = _HEAD.match(text)
    if head is None:
        raise NotATerm(_no_name(text))
    name, rest = head["name"].lower(), text[head.end() :]
    if rest.startswith("="):
        if head["qualifier"]:
            raise NotATerm(f"a modifier takes no qualifier, and this has {head['qualifier']!r}")
        return _modifier(text, start, name, rest[1:])
    if name in MECHANISMS and (not rest or rest[0] in ":/"):
        qualifier = Qualifier(head["qualifier"] or "+")
        return MECHANISMS[name](rest, {"text": text, "start": start, "qualifier": qualifier})
    if name in MECHANISMS:
        raise NotATerm(f"{rest[0]!r} cannot follow {shown(head['name'])}")
    raise NotATerm(f"{shown(head['name'])} is no mechanism")


def _check_characters(text: str) -> None:
    if _PRINTABLE.fullmatch(text):
        return
    for character in text:
        if not "\x21" <= character <= "\x7e":
            name = _CONTROL_NAMES.get(character, f"U+{ord(character):04X}")
            hint = ": write an internationalised name as its A-labels (xn--...)" if character.isalpha() else ""
            raise NotATerm(f"holds {name}, and terms are made of visible ASCII characters only{hint}")
    raise NotATerm("is empty")


def _no_name(text: str) -> str:
    if text in {"+", "-", "~", "?"}:
        return "a qualifier stands directly before its mechanism, without a space"
    return "neither a mechanism nor a modifier"


def _modifier(text: str, start: int, name: str, value: str) -> WellFormed:
    if name == "redirect":
        return Redirect(text=text, start=start, domain=domain_spec(value))
    if name == "exp":
        return Explanation(text=text, start=start, domain=domain_spec(value))
    macro_string(value)
    return UnknownModifier(text=text, start=start, name=name, value=value)


def _all(rest: str, head: _Head) -> WellFormed:
    if rest:
        raise NotATerm("'all' takes nothing after it")
    return All(**head)


def _include(rest: str, head: _Head) -> WellFormed:
    return Include(**head, domain=_required_domain(rest))


def _exists(rest: str, head: _Head) -> WellFormed:
    return Exists(**head, domain=_required_domain(rest))


def _a(rest: str, head: _Head) -> WellFormed:
    domain, four, six = _domain_and_lengths(rest)
    return A(**head, domain=domain, ip4_length=four, ip6_length=six)


def _mx(rest: str, head: _Head) -> WellFormed:
    domain, four, six = _domain_and_lengths(rest)
    return Mx(**head, domain=domain, ip4_length=four, ip6_length=six)


def _ptr(rest: str, head: _Head) -> WellFormed:
    return Ptr(**head, domain=_required_domain(rest) if rest else None)


def _ip4(rest: str, head: _Head) -> WellFormed:
    address, length = _network(rest, 32)
    return Ip4(**head, address=_ip4_address(address), length=length)


def _ip6(rest: str, head: _Head) -> WellFormed:
    address, length = _network(rest, 128)
    return Ip6(**head, address=_ip6_address(address), length=length)


def _required_domain(rest: str) -> DomainSpec:
    """The domain-spec of a mechanism that takes no CIDR length."""
    if _lengths(rest)[0] != rest:
        raise NotATerm("this mechanism takes no prefix length")
    return domain_spec(_value(rest, "domain"))


def _domain_and_lengths(rest: str) -> tuple[DomainSpec | None, int, int]:
    """`[":" domain-spec] [dual-cidr-length]`. No domain-spec ends in what looks like a length, so the end decides."""
    domain, four, six = _lengths(rest)
    if domain.startswith("/"):
        raise NotATerm("an IPv4 and an IPv6 prefix length are written /24//64")
    return (
        domain_spec(_value(domain, "domain")) if domain else None,
        _length(four.removeprefix("/"), 32) if four else 32,
        _length(six.removeprefix("//"), 128) if six else 128,
    )


def _lengths(text: str) -> tuple[str, str, str]:
    """Takes CIDR lengths, well-formed or not, off the end: what is left, then both with their slashes, empty where missing."""
    match = _LENGTHS.search(text)
    return (text[: match.start()], match["four"] or "", match["six"] or "") if match else (text, "", "")


def _network(rest: str, bits: int) -> tuple[str, int]:
    """The address and the length behind `ip4` or `ip6`."""
    address, slash, length = _value(rest, "address").partition("/")
    return address, _length(length, bits) if slash else bits


def _value(rest: str, what: str) -> str:
    value = rest.removeprefix(":")
    if value == rest or not value:
        raise NotATerm(f"names no {what}")
    return value


def _length(digits: str, bits: int) -> int:
    if not digits.isdigit():
        raise NotATerm("a prefix length is a number behind one slash" if digits else "no number follows the slash")
    if not _NUMBER.fullmatch(digits):
        raise NotATerm("a prefix length has no leading zero")
    if len(digits) > len(str(bits)) or int(digits) > bits:
        raise NotATerm(f"a prefix length here is at most {bits}")
    return int(digits)


def _ip4_address(text: str) -> int:
    try:
        return int(ipaddress.IPv4Address(text))
    except ipaddress.AddressValueError as e:
        raise NotATerm(_why_not_ip4(text)) from e


def _why_not_ip4(text: str) -> str:
    if ":" in text and _is_ip6(text):
        return "an IPv6 address is written with ip6:"
    if _FOUR_NUMBERS.fullmatch(text):
        return "the numbers of an IPv4 address go up to 255 and have no leading zeros"
    return "not an IPv4 address"


def _ip6_address(text: str) -> int:
    try:
        address = ipaddress.IPv6Address(text)
    except ipaddress.AddressValueError as e:
        raise NotATerm("an IPv4 address is written with ip4:" if _is_ip4(text) else "not an IPv6 address") from e
    if address.scope_id is not None:  # RFC 4291 section 2.2 has no zone, as `%eth0`, in an address
        raise NotATerm("not an IPv6 address")
    return int(address)


def _is_ip4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ipaddress.AddressValueError:
        return False
    return True


def _is_ip6(text: str) -> bool:
    """RFC 4291 section 2.2; a zone (`%eth0`) is no part of that."""
    try:
        ipaddress.IPv6Address(text)
    except ipaddress.AddressValueError:
        return False
    return "%" not in text


MECHANISMS: Final[Mapping[str, _Reader]] = {
    "all": _all,
    "include": _include,
    "a": _a,
    "mx": _mx,
    "ptr": _ptr,
    "ip4": _ip4,
    "ip6": _ip6,
    "exists": _exists,
}
"""What reads each mechanism, given what follows its name."""

MODIFIERS: Final = ("redirect", "exp")
"""The modifiers that RFC 7208 defines."""
