"""What the provider is told: the hosts for resources that name none, or the file that names them, and the hosts that are open."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from emailauth.core.errors import UsageError
from emailauth.core.names import is_within, labels
from emailauth.core.posture import Domain, Posture
from emailauth.pulumi.inputs import Field, Wrong, text
from emailauth.pulumi.properties import Properties, Property, Secret, from_json, is_known, plain
from emailauth.workflow.hosts import dns_modules, web_modules
from emailauth.workflow.load import FILE_NAME, load

Choice: TypeAlias = tuple[str, Any]
"""Key and settings of a host, as `core.posture` has them."""


@lru_cache(maxsize=4096)
def _converted(web: bool, key: str, settings: bytes) -> Choice:
    module = (web_modules() if web else dns_modules())[key]
    return key, msgspec.json.decode(settings, type=module.Settings)


def _choice(value: Property, *, web: bool) -> Choice:
    """The host that `{KEY: SETTINGS}` says. Raises `Wrong`; its text holds no setting, for one could be a credential."""
    known = web_modules() if web else dns_modules()
    if not isinstance(value, dict) or len(value) != 1:
        raise Wrong(f"must be an object with one key, which names the host: {', '.join(known)}")
    ((key, settings),) = value.items()
    if key not in known:
        raise Wrong(f"there is no host {key!r}; there are {', '.join(known)}", f".{key}")
    try:
        return _converted(web, key, msgspec.json.encode({} if settings is None else settings))
    except msgspec.ValidationError as e:
        raise Wrong(f"is not as {key} takes it: {e}", f".{key}") from e


def dns_choice(value: Property) -> Choice:
    """The DNS host that an input `dnsHost` says."""
    return _choice(plain(value), web=False)


def web_choice(value: Property) -> Choice:
    """The web host that an input `webHost` says."""
    return _choice(plain(value), web=True)


def dns_host(value: Property) -> Property:
    """Check of `dnsHost`; the value stays as it is written."""
    if is_known(value):
        dns_choice(value)
    return value


def web_host(value: Property) -> Property:
    """Check of `webHost`; the value stays as it is written."""
    if is_known(value):
        web_choice(value)
    return value


def written(choice: Choice) -> dict[str, Any]:
    """A choice as an input: only what differs from the defaults, so that a new setting of a later release is no change."""
    key, settings = choice
    return {key: _said(settings)}


def _said(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        told = {field.encode_name: getattr(value, field.name) for field in msgspec.structs.fields(value) if _is_said(value, field)}
        return {name: _said(inner) for name, inner in told.items()}
    if isinstance(value, Mapping):
        return {key: _said(inner) for key, inner in value.items()}
    return [_said(item) for item in value] if isinstance(value, list | tuple) else msgspec.to_builtins(value)


def _is_said(value: msgspec.Struct, field: msgspec.structs.FieldInfo) -> bool:
    default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
    return bool(getattr(value, field.name) != default)


def narrowed(choice: Choice, domain: str) -> Choice:
    """The part of a DNS host's settings that one domain needs, where its module can tell (`settings_for`): each record carries it."""
    key, settings = choice
    settings_for = getattr(dns_modules()[key], "settings_for", None)
    return choice if settings_for is None else (key, settings_for(settings, domain))


def relative(directory: Path) -> str:
    """A folder relative to the project's, in which the engine starts us: the same in every checkout."""
    return Path(os.path.relpath(directory)).as_posix()


FIELDS: Final[Mapping[str, Field]] = {
    "file": Field(normal=text),
    "dnsHost": Field(normal=dns_host),
    "webHost": Field(normal=web_host),
}
"""What the provider takes."""


def unpacked(properties: Properties) -> Properties:
    """The provider's inputs as they were meant: SDKs send all that is no text as JSON. `version` is the engine's own."""
    return {key: _unpacked(value) for key, value in properties.items() if key not in _ENGINE_KEYS}


_ENGINE_KEYS: Final = {"version", "pluginDownloadURL"}


def _unpacked(value: Property) -> Property:
    if isinstance(value, Secret):
        return Secret(_unpacked(value.value))
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return from_json(value)
        except ValueError:
            return value
    return value


@dataclass(frozen=True, kw_only=True)
class Config:
    """The provider's settings, secrets still wrapped."""

    inputs: Properties

    @property
    def file(self) -> Path:
        """The file that is meant where nothing else is said; relative to the project's folder."""
        said = self.inputs.get("file")
        return Path(plain(said)) if said else Path(FILE_NAME)

    @cached_property
    def posture(self) -> Posture | None:
        """What the file says; None where there is none and the settings name none. Raises `UsageError`."""
        if "file" not in self.inputs and not self.file.exists():
            return None
        loaded = load(self.file)
        if not loaded.is_understood and not loaded.posture.domains:
            raise UsageError(f"{self.file} cannot be understood: `emailauth lint {self.file}` says why")
        return loaded.posture

    def domain_of(self, name: str) -> Domain | None:
        """The domain of the file that a name belongs to: the one that encloses it most closely."""
        enclosing = [domain for domain in (self.posture.domains if self.posture else ()) if is_within(name, domain.name)]
        return max(enclosing, key=lambda domain: len(labels(domain.name)), default=None)

    def host_inputs(self, name: str, *, web: bool) -> Properties:
        """The inputs that say where a name's records (files) are kept, for a resource that does not say so itself; else empty.

        What the settings say comes first, then what the file says for the domain that the name belongs to; for a name that belongs to
        none, what it says for all of them, if that is one and the same.
        """
        key = "webHost" if web else "dnsHost"
        if key in self.inputs:
            return {key: self.inputs[key]}
        domain = self.domain_of(name)
        domains = [domain] if domain else self.posture.domains if self.posture else ()
        choices = [one.web_host if web else one.dns_host for one in domains]
        choice = choices[0] if choices else None
        if choice is None or any(one != choice for one in choices):
            return {}
        return host_inputs(choice if web else narrowed(choice, domain.name if domain else name), self.file.parent, web=web)


def host_inputs(choice: Choice, directory: Path, *, web: bool) -> Properties:
    """A host as inputs of a resource: `directory` is the folder of the file, left out where it is the project's."""
    place = relative(directory)
    return {"webHost" if web else "dnsHost": written(choice), **({} if place == "." else {"directory": place})}
