"""The types that decode the file, put together at run time of the shapes that there are."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from emailauth.core.schema import VERSION, Shapes

StructType: TypeAlias = Any
"""A struct class that is made at run time."""

HOSTS: Final = ("dns_host", "web_host")


def file_type(shapes: Shapes) -> StructType:
    """What stands beside the domains. The values of `domains` are left to `domain_type`."""
    partial = {key: _partial(shape) for key, shape in shapes.sections.items()}
    defaults = _struct("Defaults", {key: kind for key, kind in partial.items() if kind is not None})
    return _struct("File", {**_shared(shapes), "defaults": defaults}, {"version": Literal[VERSION], "domains": dict[str, Any]})


def domain_type(shapes: Shapes) -> StructType:
    """What stands under a domain's name; sections that are `absent` are taken out before."""
    return _struct("Domain", {"profile": Literal["parked"], **_shared(shapes), **shapes.sections})


def _shared(shapes: Shapes) -> Mapping[str, Any]:
    """What the file can say for all domains, and each of them for itself."""
    return {"dns_host": host_type(shapes.dns_hosts), "web_host": host_type(shapes.web_hosts), **shapes.settings}


def host_type(settings: Mapping[str, type]) -> StructType:
    """A host by its key; `chosen` says which one it is."""
    return _struct("Host", settings)


def chosen(host: StructType) -> tuple[str, Any] | None:
    """The key and the settings of a host; None for UNSET. Raises `msgspec.ValidationError` where there is not exactly one."""
    if host is UNSET:
        return None
    named = [(key, settings) for key in host.__struct_fields__ if (settings := getattr(host, key)) is not UNSET]
    if len(named) != 1:
        raise msgspec.ValidationError("Expected exactly one host")
    return named[0]


def _struct(
    name: str, optional: Mapping[str, Any], required: Mapping[str, Any] | None = None, rename: Mapping[str, str] | None = None
) -> StructType:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [*(required or {}).items()]
    fields += [(key, Union[kind, UnsetType], UNSET) for key, kind in optional.items()]  # noqa: UP007 - `|` is not defined for all kinds
    return msgspec.defstruct(name, fields, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=rename)


def _partial(shape: Any) -> StructType | None:
    """The mapping that a shape can be, with nothing required; None where it can be none."""
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        fields = msgspec.structs.fields(shape)
        return _struct(shape.__name__, {one.name: one.type for one in fields}, rename={one.name: one.encode_name for one in fields})
    origin = get_origin(shape)
    if origin is dict:
        return shape
    kinds = () if origin is Literal else get_args(shape)[:1] if origin is Annotated else get_args(shape)
    return next((partial for kind in kinds if (partial := _partial(kind)) is not None), None)
