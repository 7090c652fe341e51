"""Reads the hosts and makes the plan."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

from emailauth.core.compose import Plain
from emailauth.core.diagnostic import Route
from emailauth.core.errors import UsageError
from emailauth.core.plan import Existing, Plan, Wanted, diff, transitions, with_dangers
from emailauth.core.posture import Domain
from emailauth.core.transition import Danger
from emailauth.core.zone import Zone
from emailauth.protocols import modules
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.load import Loaded
from emailauth.workflow.rendering import wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan with what it was made from, which is all that an apply needs."""

    plan: Plan
    wanted: tuple[Wanted, ...]
    existing: Existing
    hosts: Hosts


def make_plan(loaded: Loaded, hosts: Hosts, allow: Collection[str] = ()) -> Planned:
    """Plans all domains of a file.

    `allow` names dangers (see `danger_names`). Raises `UsageError` where the file names no host for what it wants or
    `allow` names no danger, and `CouldNotDoError` where a host does not answer.
    """
    check_allowed(allow)
    asked = tuple(_wanted(loaded, domain, hosts) for domain in loaded.posture.domains)
    places = {one.dns_host: _place(loaded, (*domain.route, "dns_host")) for one, domain in zip(asked, loaded.posture.domains, strict=True)}
    existing = read(asked, hosts, places)
    plan = with_dangers(diff(asked, existing), _dangers(asked, existing), allow)
    plan = replace(plan, comments=_comments(loaded))
    return Planned(plan=plan, wanted=asked, existing=existing, hosts=hosts)


def read(asked: Sequence[Wanted], hosts: Hosts, places: Mapping[str | None, str] = MappingProxyType({})) -> Existing:
    """Reads what is live of everything that is asked for; each zone and each file once.

    `places` say where the file names each DNS host, for the messages. Raises `UsageError` and `CouldNotDoError` as hosts do.
    """
    names: dict[str, set[str]] = {}
    for one in asked:
        if one.dns_host is not None:
            names.setdefault(one.dns_host, set()).update(one.names)
    zones: dict[str, Sequence[Zone]] = {}
    for host, found in names.items():
        with _told_at(places.get(host, "")):
            zones[host] = hosts.dns_by_id(host).read(sorted(found))
    files: dict[str, bytes | None] = {}
    for one in asked:
        if one.web_host is not None:
            web_host = hosts.web_by_id(one.web_host)
            files |= {url: web_host.read(url) for url in (*(file.url for file in one.files), *one.gone_urls)}
    return Existing(zones=zones, files=files)


def danger_names() -> dict[str, str]:
    """Every danger that can be allowed by name, with what allowing it means."""
    return {name: text for module in modules().values() for name, text in sorted(module.DANGERS.items())}


def check_allowed(allow: Collection[str]) -> None:
    """Raises `UsageError` for a name that is no danger's."""
    known = danger_names()
    for name in allow:
        if name not in known:
            msg = f"there is no danger called {name!r}; those that can be allowed are {', '.join(sorted(known))}"
            raise UsageError(msg)


def _wanted(loaded: Loaded, domain: Domain, hosts: Hosts) -> Wanted:
    with _told_at(_place(loaded, (*domain.route, "dns_host"))):
        if domain.dns_host is not None:
            hosts.dns(domain.dns_host)  # opened here, so that `read` and the apply find it by its id
    with _told_at(_place(loaded, (*domain.route, "web_host"))):
        web_host = None if domain.web_host is None else hosts.web(domain.web_host)
    asked = wanted(domain, web_host)
    if asked.dns_host is None and (asked.records or asked.claims):
        with _told_at(_place(loaded, domain.route)):
            raise UsageError(f"nothing says where the DNS of {domain.name} is kept: add dns_host to the file")
    if asked.web_host is None and asked.files:
        route = (*domain.route, asked.files[0].kind.split("/")[0])
        with _told_at(_place(loaded, route)):
            raise UsageError(f"nothing says where {asked.files[0].url} is to be served: add web_host to the file")
    return asked


def _comments(loaded: Loaded) -> dict[tuple[str, str], dict[str, str]]:
    """The comments behind the texts of each section's lists: what people write beside SPF terms."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for domain in loaded.posture.domains:
        for key in domain.sections:
            route = loaded.document.resolve((*domain.route, key))
            texts = {text: loaded.document.comment(at) for text, at in _texts(_value(loaded.document.data, route), route)}
            if told := {text: comment for text, comment in texts.items() if comment}:
                found[domain.name, key] = told
    return found


def _value(data: Plain, route: Route) -> Plain:
    for step in route:
        data = data[step]
    return data


def _texts(value: Plain, route: Route) -> Iterable[tuple[str, Route]]:
    """The texts of all lists in a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*route, key))
    elif isinstance(value, list):
        yield from ((item, (*route, i)) for i, item in enumerate(value) if isinstance(item, str))


def _place(loaded: Loaded, route: Route) -> str:
    span = loaded.document.span(loaded.document.resolve(route))
    return f"{loaded.document.path}:{span.line}:{span.column}: "


@contextmanager
def _told_at(place: str) -> Iterator[None]:
    """What is wrong with a setting is told with its place in the file."""
    try:
        yield
    except UsageError as e:
        raise UsageError(f"{place}{e}") from e


def _dangers(asked: Sequence[Wanted], existing: Existing) -> Iterable[Danger]:
    for key, one in transitions(asked, existing):
        if key in modules() and (one.before, one.files_before) != (one.after, one.files_after):
            yield from modules()[key].dangers(one)
