"""Reads the hosts and makes the plan."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from emailauth.core.compose import Plain
from emailauth.core.diagnostic import Route
from emailauth.core.errors import UsageError
from emailauth.core.plan import Existing, Next, Plan, Wanted, diff, transitions, with_dangers
from emailauth.core.posture import Domain
from emailauth.core.record import Record
from emailauth.core.transition import Danger
from emailauth.core.zone import Zone
from emailauth.protocols import modules
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.load import Loaded
from emailauth.workflow.rendering import across, served, wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan with what it was made from, which is all that an apply needs."""

    plan: Plan
    wanted: tuple[Wanted, ...]
    existing: Existing
    hosts: Hosts
    again: Callable[[], "Planned"]
    """Reads the hosts again and plans the same at the same time of day."""


def make_plan(loaded: Loaded, hosts: Hosts, allow: Collection[str] = (), now: datetime | None = None) -> Planned:
    """Plans all domains of a file.

    `allow` names dangers (see `danger_names`), `now` is the time in UTC, the clock's where it is not given. Raises `UsageError` where
    the file names no host for what it wants or `allow` names no danger, and `CouldNotDoError` where a host does not answer.
    """
    check_allowed(allow)
    now = now or datetime.now(UTC)
    more = across(loaded.posture)
    asked = [_asked(loaded, domain, hosts, more.get(domain.name, ())) for domain in loaded.posture.domains]
    web_places = {
        one.web_host: _place(loaded, (*domain.route, "web_host")) for one, domain in zip(asked, loaded.posture.domains, strict=True)
    }
    files = read_files(asked, hosts, web_places)
    staged = [_staged(one, files, allow, now) for one in asked]
    wanted = tuple(_served(one, domain, hosts) for (one, _), domain in zip(staged, loaded.posture.domains, strict=True))
    places = {one.dns_host: _place(loaded, (*domain.route, "dns_host")) for one, domain in zip(wanted, loaded.posture.domains, strict=True)}
    existing = Existing(zones=read_zones(wanted, hosts, places), files=files)
    plan = with_dangers(diff(wanted, existing), _dangers(wanted, existing), allow)
    plan = replace(plan, comments=_comments(loaded), next=tuple(step for _, steps in staged for step in steps))
    return Planned(plan=plan, wanted=wanted, existing=existing, hosts=hosts, again=partial(make_plan, loaded, hosts, tuple(allow), now))


def read_zones(
    asked: Sequence[Wanted], hosts: Hosts, places: Mapping[str | None, str] = MappingProxyType({})
) -> Mapping[str, Sequence[Zone]]:
    """Reads the zones, by DNS host, of all that is asked for; each zone once.

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
    return zones


def read_files(
    asked: Sequence[Wanted], hosts: Hosts, places: Mapping[str | None, str] = MappingProxyType({})
) -> Mapping[str, bytes | None]:
    """Reads what the web hosts keep for all URLs that are asked for, host by host; `places` as for `read_zones`. Raises as hosts do."""
    urls: dict[str, dict[str, None]] = {}
    for one in asked:
        if one.web_host is not None:
            urls.setdefault(one.web_host, {}).update(dict.fromkeys(one.urls))
    files: dict[str, bytes | None] = {}
    for host, found in urls.items():
        if found:
            with _told_at(places.get(host, "")):
                files |= hosts.web_by_id(host).read(tuple(found))
    return files


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


def _asked(loaded: Loaded, domain: Domain, hosts: Hosts, more: Sequence[Record]) -> Wanted:
    with _told_at(_place(loaded, (*domain.route, "dns_host"))):
        if domain.dns_host is not None:
            hosts.dns(domain.dns_host)  # opened here, so that reading and the apply find it by its id
    with _told_at(_place(loaded, (*domain.route, "web_host"))):
        if domain.web_host is not None:
            hosts.web(domain.web_host)
    asked = wanted(domain, more)
    if asked.dns_host is None and (asked.records or asked.claims):
        with _told_at(_place(loaded, domain.route)):
            raise UsageError(f"nothing says where the DNS of {domain.name} is kept: add dns_host to the file")
    if asked.web_host is None and asked.files:
        route = (*domain.route, asked.files[0].kind.split("/")[0])
        with _told_at(_place(loaded, route)):
            raise UsageError(f"nothing says where {asked.files[0].url} is to be served: add web_host to the file")
    return asked


def _staged(one: Wanted, files: Mapping[str, bytes | None], allow: Collection[str], now: datetime) -> tuple[Wanted, tuple[Next, ...]]:
    """What can be done of it now, as each protocol says, and what follows."""
    steps: list[Next] = []
    for module in modules().values():
        if (staged := getattr(module, "staged", None)) is not None:
            one, later = staged(one, files, allow, now)
            steps += later
    return one, tuple(steps)


def _served(one: Wanted, domain: Domain, hosts: Hosts) -> Wanted:
    return one if one.web_host is None else served(one, hosts.web_by_id(one.web_host), domain.ttl)


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
