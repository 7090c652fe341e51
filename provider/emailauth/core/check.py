"""From plain data to typed shapes, with everything told that is wrong.

What is right, which is nearly always all of it, is decoded by msgspec alone; only what it refuses goes through the JSON
Schema, which tells all errors at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec
from msgspec import UNSET

from emailauth.core.diagnostic import Diagnostic, Route
from emailauth.core.document import Document
from emailauth.core.file_types import HOSTS, StructType, chosen, domain_type, file_type
from emailauth.core.names import InvalidName, is_host, normalise
from emailauth.core.posture import ABSENT, Absent, Section
from emailauth.core.schema import PARKED, Shapes, domain_piece, file_piece
from emailauth.core.violation import Explainer, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedDomain:
    """One domain of the file, typed, with the defaults and the profile worked in."""

    name: str
    """Normalised; as it is written where it is no name."""
    route: Route
    """("domains", KEY AS WRITTEN)."""
    shapes: Mapping[str, Any]
    """The sections that the file describes, by key in the order of `Shapes.sections`: a decoded shape, or ABSENT."""
    profile_sections: Mapping[str, Section | Absent]
    """The sections that come from the profile, which are sections already."""
    parked: bool = False
    ttl: int | None = None
    """Seconds."""
    dns_host: tuple[str, Any] | None = None
    """Key and settings; None: the file names none (or none that can be understood)."""
    web_host: tuple[str, Any] | None = None
    receivers: tuple[str, ...] = ()
    has_errors: bool = False
    """Whether a diagnostic is about it: nothing of it was decoded then, and no rule should judge it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A file as far as it could be understood."""

    domains: tuple[DecodedDomain, ...]
    """In the order of the file."""
    diagnostics: tuple[Diagnostic, ...]
    """Of the document (its YAML) and of the shapes, sorted by place. All are errors."""


def check(document: Document, shapes: Shapes) -> Decoded:
    """Decodes a document. Nothing that is in it raises."""
    if document.data is None:
        return Decoded(domains=(), diagnostics=document.diagnostics)
    return _Check(document, shapes).decoded()


class _Check:
    """The check of one document."""

    def __init__(self, document: Document, shapes: Shapes) -> None:
        self._document = document
        self._shapes = shapes
        self._file_type = file_type(shapes)
        self._domain_type = domain_type(shapes)
        self._setting_names = tuple(shapes.settings)
        self._found: list[Diagnostic] = []
        self._first_keys: dict[str, str] = {}
        data = document.data if isinstance(document.data, dict) else {}
        self._domains = data["domains"] if isinstance(data.get("domains"), dict) else {}
        defaults = data["defaults"] if isinstance(data.get("defaults"), dict) else {}
        self._defaults = {key: value for key, value in defaults.items() if key in shapes.sections and isinstance(value, dict)}

    @cached_property
    def _of_file(self) -> Explainer:
        return Explainer(file_piece(self._shapes), self._instead_in_file)

    @cached_property
    def _of_domain(self) -> Explainer:
        return Explainer(domain_piece(self._shapes), self._instead)

    def _instead_in_file(self, route: Route) -> str | None:
        if route[0] != "defaults":
            return None
        if len(route) == len(("defaults", "section")) and route[1] in self._shapes.sections:
            return "the section in each domain, for it is no mapping that could have defaults"
        return self._instead(route[1:])

    def _instead(self, route: Route) -> str | None:
        """What to write instead of an unknown key; the route begins with the section."""
        return self._shapes.instead.get(str(route[0]), {}).get(str(route[-1])) if len(route) > 1 else None

    def decoded(self) -> Decoded:
        """All of it."""
        shared = self._shared()
        domains = tuple(self._domain(key, value, shared) for key, value in self._domains.items())
        found = sorted(_merged([*self._document.diagnostics, *self._found]), key=lambda diagnostic: diagnostic.order)
        return Decoded(domains=domains, diagnostics=tuple(found))

    def _shared(self) -> Mapping[str, Any]:
        """What the file says for every domain that does not say it itself; nothing where that cannot be understood."""
        data = self._document.data
        if isinstance(data, dict) and self._domains:
            data = {**data, "domains": {}}
        try:
            return self._settings(msgspec.convert(data, self._file_type))
        except msgspec.ValidationError as e:
            self._tell(self._of_file, data, (), e)
            return {}

    def _domain(self, key: str, value: object, shared: Mapping[str, Any]) -> DecodedDomain:
        route = ("domains", key)
        before = len(self._found)
        name = self._name(key, route)
        meant = self._with_defaults(value)
        settings: dict[str, Any] = {}
        try:
            settings = self._decode(meant)
        except msgspec.ValidationError as e:
            self._tell(self._of_domain, meant, route, e, name)
        if len(self._found) > before:
            return DecodedDomain(name=name, route=route, shapes={}, profile_sections={}, has_errors=True)
        return DecodedDomain(name=name, route=route, **{**shared, **settings})

    def _with_defaults(self, value: object) -> object:
        """A domain as it is meant: the profile written out, the defaults merged into the sections that are mappings."""
        if value == PARKED:
            return {"profile": PARKED}
        if not isinstance(value, dict):
            return value
        return {
            key: {**self._defaults[key], **one} if key in self._defaults and isinstance(one, dict) else one for key, one in value.items()
        }

    def _decode(self, meant: object) -> dict[str, Any]:
        """The fields of a decoded domain that say something. Raises `msgspec.ValidationError`."""
        absent: set[str] = set()
        if isinstance(meant, dict):
            absent = {key for key in self._shapes.sections if meant.get(key) == "absent"}
            meant = {key: value for key, value in meant.items() if key not in absent}
        struct: StructType = msgspec.convert(meant, self._domain_type)
        shapes = {key: ABSENT if key in absent else getattr(struct, key) for key in self._shapes.sections}
        shapes = {key: shape for key, shape in shapes.items() if shape is not UNSET}
        parked = struct.profile is not UNSET
        profile = {key: one for key, one in self._shapes.parked.items() if parked and one is not None and key not in shapes}
        return {**self._settings(struct), "shapes": shapes, "profile_sections": profile, "parked": parked}

    def _settings(self, struct: StructType) -> dict[str, Any]:
        """What is said of that which can be said for all domains. Raises `msgspec.ValidationError`."""
        hosts = {key: chosen(getattr(struct, key)) for key in HOSTS}
        said = {name: value for name in self._setting_names if (value := getattr(struct, name)) is not UNSET}
        return {**said, **{key: host for key, host in hosts.items() if host is not None}}

    def _name(self, key: str, route: Route) -> str:
        """The domain's name; tells where it is none, or stands there already."""
        try:
            name = normalise(key)
        except InvalidName as e:
            self._tell_key(route, "domain-name", str(e), key)
            return key
        first = self._first_keys.setdefault(name, key)
        if key in self._shapes.sections:
            self._tell_key(route, "domain-name", f"{key!r} is a section: put it under the name of a domain", name)
        elif not is_host(f"a.{name}"):
            self._tell_key(route, "domain-name", f"{key!r} is no mail domain: its labels are letters, digits and hyphens", name)
        elif first != key:
            line = self._document.key_span(("domains", first)).line
            self._tell_key(route, "duplicate-domain", f"{key!r} is the same domain as {first!r} on line {line}: keep one of the two", name)
        return name

    def _tell_key(self, route: Route, rule: str, message: str, name: str) -> None:
        self._found.append(replace(self._document.diagnostic(route, rule, message, at_key=True), domains=(name,)))

    def _tell(self, explainer: Explainer, value: object, base: Route, error: msgspec.ValidationError, *domains: str) -> None:
        """Tells all that the schema says of a value; if it says nothing, what msgspec said."""
        for one in explainer.violations(value) or [_violation(error)]:
            route = self._document.resolve((*base, *one.route))
            self._found.append(replace(self._document.diagnostic(route, one.rule, one.message, at_key=one.at_key), domains=domains))


def _violation(error: msgspec.ValidationError) -> Violation:
    """What msgspec, or a shape's own check, refuses although the schema allows it."""
    said = re.fullmatch(r"(?P<message>.*?)(?: - at `\$(?P<path>[^`]*)`)?", str(error), re.DOTALL)
    message, path = (said["message"], said["path"] or "") if said else (str(error), "")
    return Violation(_route_of(path), "wrong-value", message)


def _route_of(path: str) -> Route:
    """The route of msgspec's path, ".a[0].b", as far as it goes: "[...]" stands for a key that it does not tell."""
    known = path.partition("[...]")[0]
    return tuple(name or int(index) for name, index in re.findall(r"\.([^.\[]+)|\[([0-9]+)\]", known))


def _merged(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Each thing once: what stands under `defaults` is found in every domain that has it."""
    together: dict[tuple[object, ...], Diagnostic] = {}
    for one in diagnostics:
        known = together.get(one.order)
        domains = tuple(dict.fromkeys((*(known.domains if known else ()), *one.domains)))
        together[one.order] = replace(one, domains=domains)
    yield from together.values()
