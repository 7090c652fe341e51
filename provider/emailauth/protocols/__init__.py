"""Protocols: one module or package a standard, found by its name, which is its section's key in the file.

A protocol owns its section of the YAML, its record text (strict parser, renderer) and what it claims. It does no
I/O and does not import its siblings. A protocol module defines

- `Shape`: the type of the section in the file, decoded and turned into JSON Schema by msgspec: structs that are
  frozen, keyword-only and refuse unknown fields, with a docstring for each struct and `Annotated[..., msgspec.Meta(
  description=..., examples=[...])]` for each field. `absent` is not part of it: every section can be absent.
- `section(shape) -> Section`: the section (see `core.posture.Section`) that a decoded shape says. A struct can be both.
- `RECOGNISES`: by record type, the function that recognises the protocol's own values by content.
- `absent_claims(domain) -> Iterable[Claim]`: what `KEY: absent` claims, in order to remove it.
- `absent_urls(domain) -> Mapping[str, str]`: the URLs that `KEY: absent` stops to serve, each with its file's kind.
- `PARKED`: the section, `ABSENT`, or None (not our business) that the profile `parked` stands for.
- `INSTEAD`: for keys that people are likely to write and that are none, what to write instead: {"pct": "..."}.
- `DANGERS`: the names that `--allow` takes, each with what it allows; `dangers(transition) -> Iterable[Danger]`.

It can define `across(posture) -> {DOMAIN: [Record]}`, where one domain's section makes a record of another domain of the file be wanted.

It can define `staged(wanted, files, allow, now) -> (Wanted, [Next])`, where what a domain asks for cannot be had in one step: what can be
done of it now, in the light of the files that are served (bodies by URL), of the dangers that are allowed and of the time, and what follows.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol, cast

from emailauth.core.claim import Claim
from emailauth.core.posture import Absent, Section
from emailauth.core.transition import Danger, Transition


class ProtocolModule(Protocol):
    """What this package's docstring says, for the type checker."""

    Shape: Any
    RECOGNISES: Mapping[str, Callable[[str], bool]]
    PARKED: Section | Absent | None
    INSTEAD: Mapping[str, str]
    DANGERS: Mapping[str, str]

    def section(self, shape: Any) -> Section:
        """The section that a decoded shape says."""

    def absent_claims(self, domain: str) -> Iterable[Claim]:
        """What `absent` claims."""

    def absent_urls(self, domain: str) -> Mapping[str, str]:
        """What `absent` stops to serve: URL and kind."""

    def dangers(self, transition: Transition) -> Iterable[Danger]:
        """What is dangerous in a change of this protocol's state at one domain."""


@cache
def modules() -> Mapping[str, ProtocolModule]:
    """All protocols by key, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return MappingProxyType({name: cast("ProtocolModule", importlib.import_module(f"{__name__}.{name}")) for name in names})
