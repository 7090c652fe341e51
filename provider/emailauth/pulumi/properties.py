"""Property values on the wire (`sdk/go/common/resource/plugin/rpc.go` in pulumi/pulumi).

A decoded value is None, bool, int, float, str, list, dict, `UNKNOWN`, or a `Secret` around any of these. The SDK's
own codec is not used: it loses secrets within lists, unknown numbers and unknown secrets.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

from google.protobuf.struct_pb2 import ListValue, Struct, Value

from emailauth.core.text import printable


class Unknown(Enum):
    """The one value that is not known yet: it comes of a resource that a preview does not make."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

Property: TypeAlias = Any
"""A decoded value, as said above."""
Properties: TypeAlias = dict[str, Property]


class Secret:
    """A value that is encrypted in the state and masked on the screen, and here in tracebacks."""

    __slots__ = ("value",)

    def __init__(self, value: Property) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.value == other.value

    def __hash__(self) -> int:
        return hash((Secret, str(self.value)))


_UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The sentinel of an unknown string, which is what we send for all that is unknown."""
_UNKNOWN_TEXTS: Final = frozenset(
    {
        _UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that makes an object a value of a special kind."""
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the kind, not a secret
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_BYTES: Final = "803fd3297a5875dc03ca845dda5d2a98"
"""A string that is no UTF-8; here its octets stand as surrogates, as in `core.record`."""


def decode(struct: Struct) -> Properties:
    """The properties of a request."""
    return {key: _decoded(value) for key, value in struct.fields.items()}


def _decoded(value: Value) -> Property:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in _UNKNOWN_TEXTS else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decoded(item) for item in value.list_value.values]
    if kind == "struct_value":
        inner = decode(value.struct_value)
        return _special(inner) if _SIGNATURE in inner else inner
    return None


def from_json(text: str) -> Property:
    """A value that an SDK sent as JSON, with whatever special values stand in it. Raises `ValueError` for other text."""
    return _revived(json.loads(text))


def _revived(value: Any) -> Property:
    if isinstance(value, dict):
        inner = {key: _revived(item) for key, item in value.items()}
        return _special(inner) if _SIGNATURE in inner else inner
    if isinstance(value, list):
        return [_revived(item) for item in value]
    return UNKNOWN if isinstance(value, str) and value in _UNKNOWN_TEXTS else value


def _special(inner: Properties) -> Property:
    kind = inner[_SIGNATURE]
    if kind == _SECRET:
        return _secret(inner.get("value"))
    if kind == _OUTPUT:
        known = inner.get("value", UNKNOWN)
        return _secret(known) if inner.get("secret") else known
    if kind == _RESOURCE:
        return inner.get("id", inner.get("urn"))
    if kind == _BYTES:
        return base64.b64decode(str(inner.get("value", ""))).decode("utf-8", "surrogateescape")
    return inner


def _secret(value: Property) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)


def encode(properties: Mapping[str, Property], *, octets: bool = True) -> Struct:
    """The properties of an answer; None is left out.

    `octets`: whether the engine takes strings that are no UTF-8; else their odd octets are written as escapes.
    """
    return Struct(fields={key: _encoded(value, octets) for key, value in properties.items() if value is not None})


def _encoded(value: Property, octets: bool) -> Value:
    if isinstance(value, str):
        return _text(value, octets)
    if isinstance(value, bool):
        return Value(bool_value=value)
    if isinstance(value, int | float):
        return Value(number_value=value)
    if isinstance(value, list | tuple):
        return Value(list_value=ListValue(values=[_encoded(item, octets) for item in value]))
    if isinstance(value, Mapping):
        return Value(struct_value=encode(value, octets=octets))
    if isinstance(value, Secret):
        return _signed(_SECRET, _encoded(value.value, octets))
    if value is UNKNOWN:
        return Value(string_value=_UNKNOWN_TEXT)
    return Value(null_value=0)  # type: ignore[arg-type]  # the stub wants the enumeration's name


def _text(text: str, octets: bool) -> Value:
    try:
        text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape")
        if octets:
            return _signed(_BYTES, Value(string_value=base64.b64encode(raw).decode("ascii")))
        return Value(string_value=printable(text))
    return Value(string_value=text)


def _signed(kind: str, value: Value) -> Value:
    return Value(struct_value=Struct(fields={_SIGNATURE: Value(string_value=kind), "value": value}))


def told(text: str) -> str:
    """A text of several lines, fit to be sent and shown."""
    return "\n".join(printable(line) for line in text.split("\n"))


def plain(value: Property) -> Property:
    """The value without the wrappers of secrets."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def is_known(value: Property) -> bool:
    """Whether nothing in the value is unknown."""
    return not _any(value, lambda leaf: leaf is UNKNOWN)


def has_secret(value: Property) -> bool:
    """Whether anything in the value is secret."""
    return _any(value, lambda leaf: isinstance(leaf, Secret))


def _any(value: Property, found: Any) -> bool:
    if found(value):
        return True
    return any(_any(item, found) for item in _children(value))


def _children(value: Property) -> Iterable[Property]:
    if isinstance(value, Secret):
        return (value.value,)
    if isinstance(value, list):
        return value
    return value.values() if isinstance(value, dict) else ()


def like(original: Property, value: Property) -> Property:
    """The value, secret if anything in the original is: what is derived from a secret is one."""
    return Secret(value) if has_secret(original) else value
