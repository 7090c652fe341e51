"""Check: whether inputs have the right types, and their normal forms. Unknown values pass, secret ones stay secret."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from emailauth.core.names import InvalidName, normalise
from emailauth.pulumi.properties import UNKNOWN, Properties, Property, Secret


class Wrong(ValueError):
    """A value that is not what its property takes; `at` leads to it from the property, as `[0]` does."""

    def __init__(self, reason: str, at: str = "") -> None:
        super().__init__(reason)
        self.at = at


Normal = Callable[[Property], Property]
"""Takes a known, plain value to its normal form. Raises `Wrong`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input property."""

    normal: Normal
    required: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an input is refused."""

    path: str
    reason: str


def check(news: Properties, fields: Mapping[str, Field]) -> tuple[Properties, list[Failure]]:
    """The inputs in their normal form, and what is wrong with them. Keys of the engine's own (`__defaults`) are passed over."""
    checked: Properties = {}
    failures: list[Failure] = []
    for key, value in news.items():
        if value is None or key.startswith("__"):
            continue
        if key not in fields:
            failures.append(Failure(key, f"there is no such property{_meant(key, fields)}"))
            continue
        try:
            checked[key] = _through(value, fields[key].normal)
        except Wrong as e:
            failures.append(Failure(key + e.at, str(e)))
    failures += [Failure(key, "is required") for key, field in fields.items() if field.required and news.get(key) is None]
    return checked, failures


def _meant(key: str, fields: Mapping[str, Field]) -> str:
    near = difflib.get_close_matches(key, fields, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(fields)}"


def _through(value: Property, normal: Normal) -> Property:
    if value is UNKNOWN:
        return value
    if isinstance(value, Secret):
        return Secret(_through(value.value, normal))
    return normal(value)


def text(value: Property) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise Wrong(f"must be text, not {_kind(value)}")
    return value


def flag(value: Property) -> bool:
    """A boolean; SDKs send those of a provider as JSON, which is decoded before."""
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {_kind(value)}")
    return value


def seconds(value: Property) -> int:
    """A TTL (RFC 2181 section 8)."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"must be a number of seconds, not {_kind(value)}")
    if not 0 <= value <= _MAX_TTL:
        raise Wrong(f"must be between 0 and {_MAX_TTL} seconds")
    return value


_MAX_TTL: Final = 2**31 - 1


def name(value: Property) -> str:
    """A domain name, in the form of `core.names`."""
    try:
        return normalise(text(value))
    except InvalidName as e:
        raise Wrong(str(e)) from e


def texts(value: Property) -> list[Property]:
    """A list of texts, each of which may be unknown or secret."""
    if not isinstance(value, list):
        raise Wrong(f"must be a list, not {_kind(value)}")
    return list(_items(value, text))


def _items(values: list[Property], normal: Normal) -> Iterator[Property]:
    for i, item in enumerate(values):
        try:
            yield _through(item, normal)
        except Wrong as e:
            raise Wrong(str(e), f"[{i}]{e.at}") from e


def record_values(record_type: str, values: Property) -> list[Property]:
    """Values in the form of `core.record`: TXT as it is, others canonical. A value that is there twice is there once."""
    items = texts(values) if record_type == "TXT" else list(_items(texts(values), lambda value: _canonical(record_type, value)))
    seen: list[Property] = []
    for item in items:
        if item is UNKNOWN or item not in seen:
            seen.append(item)
    return seen


@lru_cache(maxsize=4096)
def _canonical(record_type: str, value: str) -> str:
    """RFC 4034 section 6.2: lower case, names fully qualified."""
    try:
        rdtype = dns.rdatatype.from_text(record_type)
        wire = dns.rdata.from_text(dns.rdataclass.IN, rdtype, value, dns.name.root, relativize=False).to_digestable()
        return dns.rdata.from_wire(dns.rdataclass.IN, rdtype, wire, 0, len(wire)).to_text()
    except (dns.exception.DNSException, ValueError) as e:
        raise Wrong(f"is no {record_type} value: {e}") from e


def _kind(value: Property) -> str:
    return _KINDS.get(type(value), "an object")


_KINDS: Final = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list"}
