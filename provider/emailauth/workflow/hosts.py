"""The DNS and web hosts that the file names, opened once each."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, cast

import msgspec

import emailauth.dns_hosts
import emailauth.web_hosts
from emailauth.dns_hosts import DnsHost
from emailauth.web_hosts import WebHost


class _Module(Protocol):
    Settings: type[msgspec.Struct]

    def open_host(self, settings: Any, directory: Path) -> Any:
        """A host as its package's docstring says."""


@cache
def dns_modules() -> Mapping[str, _Module]:
    """The modules of all DNS hosts by key."""
    return _found(emailauth.dns_hosts.__path__, emailauth.dns_hosts.__name__)


@cache
def web_modules() -> Mapping[str, _Module]:
    """The modules of all web hosts by key."""
    return _found(emailauth.web_hosts.__path__, emailauth.web_hosts.__name__)


def _found(path: Any, package: str) -> Mapping[str, _Module]:
    names = sorted(module.name for module in pkgutil.iter_modules(path))
    return MappingProxyType({name: cast("_Module", importlib.import_module(f"{package}.{name}")) for name in names})


def host_id(choice: tuple[str, Any]) -> str:
    """A text that is equal for equal settings of the same host."""
    key, settings = choice
    return f"{key}:{msgspec.json.encode(settings, order='deterministic').decode()}"


class Hosts:
    """Opens hosts as they are asked for and keeps them, so that what one host caches is cached once."""

    def __init__(self, directory: Path) -> None:
        """`directory` is the folder of the file: relative paths in settings start there."""
        self.directory = directory
        self._dns: dict[str, DnsHost] = {}
        self._web: dict[str, WebHost] = {}

    def dns(self, choice: tuple[str, Any]) -> DnsHost:
        """The DNS host of a key and its settings."""
        identity = host_id(choice)
        if identity not in self._dns:
            self._dns[identity] = dns_modules()[choice[0]].open_host(choice[1], self.directory)
        return self._dns[identity]

    def dns_by_id(self, identity: str) -> DnsHost:
        """A DNS host that was opened before, by the id that a plan carries."""
        return self._dns[identity]

    def web(self, choice: tuple[str, Any]) -> WebHost:
        """The web host of a key and its settings."""
        identity = host_id(choice)
        if identity not in self._web:
            self._web[identity] = web_modules()[choice[0]].open_host(choice[1], self.directory)
        return self._web[identity]

    def web_by_id(self, identity: str) -> WebHost:
        """A web host that was opened before, by the id that a plan carries."""
        return self._web[identity]
