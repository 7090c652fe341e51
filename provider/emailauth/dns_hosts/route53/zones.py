"""Which hosted zone holds a name: the public one with the longest suffix, never one of two that could be meant."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from emailauth.core.errors import UsageError
from emailauth.core.names import longest_suffix
from emailauth.dns_hosts.route53.api import Api, HostedZone
from emailauth.dns_hosts.route53.codec import name_of

_SHOWN = 10
"""Zones that a message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """The hosted zones of an account."""

    public: Mapping[str, tuple[HostedZone, ...]]
    """By name."""
    unused: Mapping[str, str]
    """Why not, by the ids of the others."""
    unused_names: Mapping[str, str]
    """The same by their names."""


class HostedZones:
    """The hosted zones of an account, listed once. For threads."""

    def __init__(self, api: Api, chosen: Mapping[str, str]) -> None:
        """`chosen`: ids by zone name, where the settings say which one is meant."""
        self._api, self._chosen = api, chosen
        self._account: _Account | None = None
        self._lock = threading.Lock()

    def holding(self, names: Collection[str]) -> dict[HostedZone, list[str]]:
        """The names by the zones that hold them. Raises `UsageError` for a name that no zone holds, or that two could."""
        account = self._listed()
        found: dict[HostedZone, list[str]] = {}
        for name in names:
            zone = longest_suffix(name, account.public)
            if zone is None:
                raise UsageError(_unheld(name, account))
            found.setdefault(self.named(zone), []).append(name)
        return found

    def named(self, name: str) -> HostedZone:
        """The zone of a name. Raises `UsageError` where none has it, or two have and nothing says which one is meant."""
        account = self._listed()
        there = {zone.id: zone for zone in account.public.get(name, ())}
        if not there:
            raise UsageError(_unheld(name, account))
        if (chosen := self._chosen.get(name)) is not None:
            if chosen not in there:
                raise UsageError(f"dns_host route53, zones: {_not_chosen(name, chosen, account)}")
            return there[chosen]
        if len(there) != 1:
            ids = " and ".join(sorted(there))
            one = min(there)
            raise UsageError(
                f"there are {len(there)} public hosted zones {name}, {ids}: say in dns_host, route53 which one is meant, zones: {{{name}: {one}}}"
            )
        return next(iter(there.values()))

    def _listed(self) -> _Account:
        with self._lock:
            if self._account is None:
                self._account = self._list()
            return self._account

    def _list(self) -> _Account:
        public: dict[str, tuple[HostedZone, ...]] = {}
        unused: dict[str, str] = {}
        unused_names: dict[str, str] = {}
        for one in self._api.hosted_zones():
            name, id_ = name_of(one["Name"]), one["Id"].removeprefix("/hostedzone/")
            if one.get("Config", {}).get("PrivateZone"):
                unused[id_] = unused_names[name] = "is private, so that nobody who sends mail sees it"
            elif service := one.get("LinkedService", {}).get("ServicePrincipal"):
                unused[id_] = unused_names[name] = f"belongs to {service}, which alone may change it"
            else:
                public[name] = (*public.get(name, ()), HostedZone(id=id_, name=name, sets=one.get("ResourceRecordSetCount", 0)))
        return _Account(public=public, unused=unused, unused_names=unused_names)


def _not_chosen(name: str, chosen: str, account: _Account) -> str:
    if chosen in account.unused:
        return f"{chosen} {account.unused[chosen]}; give the public zone {name}"
    other = next((zone.name for zones in account.public.values() for zone in zones if zone.id == chosen), None)
    if other is not None:
        return f"{chosen} is the zone {other}, not {name}"
    return f"there is no hosted zone {chosen} in this account; {name} is {' or '.join(zone.id for zone in account.public[name])}"


def _unheld(name: str, account: _Account) -> str:
    names = sorted(account.public)
    there = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    unused = longest_suffix(name, account.unused_names)
    hint = f" ({unused} {account.unused_names[unused]})" if unused else ""
    return (
        f"no public hosted zone of this AWS account holds {name}{hint}: "
        f"see that the credentials are those of its account, or create the zone; there {f'are {there}' if names else 'is none'}"
    )
