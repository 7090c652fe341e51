"""Which site has room for which host names, and which files have room in a site's function."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emailauth.core.errors import CouldNotDoError
from emailauth.web_hosts.cloudfront.function import IN_BUCKET, Entry, Held, hosts_of, source
from emailauth.web_hosts.cloudfront.limits import LIMITS
from emailauth.web_hosts.cloudfront.state import Site, State

POLICY_SIZE: Final = 400
"""Octets of a function's text that are kept free for each host name that has no files yet: a policy with ten mail hosts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Host names that one certificate is requested for, beside those that the site has already."""

    site: Site | None
    """None: a new one."""
    hosts: tuple[str, ...]


def assign(state: State, hosts: Iterable[str], names_per_certificate: int) -> list[Group]:
    """Finds a site with room for each host name; one that belongs to a site stays there."""
    groups: dict[int, tuple[Site, list[str]]] = {}
    homeless: list[str] = []
    for host in sorted(hosts):
        site = state.site_of(host)
        if site is not None and site.is_up:
            groups.setdefault(site.number, (site, []))[1].append(host)
        else:
            homeless.append(host)
    for site in state.sites:
        if homeless and site.is_up and (room := _room(site, names_per_certificate)) > 0:
            groups.setdefault(site.number, (site, []))[1].extend(homeless[:room])
            homeless = homeless[room:]
    found = [Group(site=site, hosts=tuple(members)) for site, members in groups.values()]
    size = min(names_per_certificate, LIMITS.aliases, (LIMITS.function_size - len(source({}))) // POLICY_SIZE)
    return [*found, *(Group(site=None, hosts=tuple(homeless[i : i + size])) for i in range(0, len(homeless), size))]


def names_for(site: Site, hosts: Collection[str], asked: Collection[str]) -> frozenset[str]:
    """The names of the next certificate of a site: what it serves, and what is prepared of those that are asked for.

    Names that somebody else has prepared are not among them: a certificate is issued for all of its names or for none. Whose file is
    ready later has another one requested.
    """
    return site.aliases | site.hosts | (site.prepared & frozenset(asked)) | frozenset(hosts)


def _room(site: Site, names_per_certificate: int) -> int:
    """How many host names more a site can take."""
    names = site.aliases | site.hosts | site.prepared
    in_function = (LIMITS.function_size - len(source(site.held))) // POLICY_SIZE - len(names - site.hosts)
    return min(names_per_certificate - len(names), LIMITS.aliases - len(names), in_function)


def place(site: Site, kept: Held, new: Mapping[tuple[str, str], Entry]) -> Held:
    """What the function of a site shall hold: `kept` and, of the new files, those that fit, the smallest first; the bucket has the others.

    Room is left for the policies of host names that have no files yet. A file that is in the bucket stays there.
    Raises `CouldNotDoError` where not even the names fit.
    """
    held = {**kept, **dict.fromkeys(new, IN_BUCKET)}
    waiting = len(site.prepared - hosts_of(held))
    for at, entry in _smallest_first(new):
        if site.held.get(at) == IN_BUCKET:
            continue
        if len(source({**held, at: entry})) <= LIMITS.function_size - waiting * POLICY_SIZE:
            held[at] = entry
    if (size := len(source(held))) > LIMITS.function_size:
        raise CouldNotDoError(
            f"the function {site.name} would have {size} octets, and CloudFront takes {LIMITS.function_size}: it serves too many files; "
            "serve some of them from another web_host"
        )
    return held


def _smallest_first(new: Mapping[tuple[str, str], Entry]) -> Sequence[tuple[tuple[str, str], Entry]]:
    return sorted(new.items(), key=lambda item: (len(item[1].body or b""), item[0]))
