"""The zones that a token sees."""

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import dns.exception
import dns.name
import msgspec

from emailauth.core.names import InvalidName, normalise
from emailauth.vendors.cloudflare.calls import ZONE_READ, Task
from emailauth.vendors.cloudflare.connection import Connection, understood
from emailauth.vendors.cloudflare.limits import ZONES_A_PAGE
from emailauth.vendors.cloudflare.refusals import Refused

if TYPE_CHECKING:
    from cloudflare import Cloudflare
    from cloudflare._response import APIResponse

_LIST: Final = Task(doing="list the zones", needs=ZONE_READ)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a zone is."""

    id: str
    name: str | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid for a zone."""

    legacy_id: str | None = None
    """free, pro, business or enterprise."""


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone, as the API describes it."""

    id: str
    name: str
    """Normalised."""
    account: Account
    type: str | None = None
    """full, partial, secondary or internal."""
    status: str | None = None
    """active where the domain's delegation names Cloudflare's nameservers."""
    name_servers: tuple[str, ...] | None = None
    plan: Plan | None = None


class Zones:
    """All zones that the token sees, asked for once. For threads."""

    def __init__(self, connection: Connection, account: str | None) -> None:
        """`account` is the id of the one account to look into."""
        self._connection, self._account = connection, account
        self._listed: Mapping[str, Sequence[Zone]] | None = None
        self._asked: dict[str, Zone] = {}
        self._lock = threading.Lock()

    def by_name(self) -> Mapping[str, Sequence[Zone]]:
        """Those of the account, where one is given, by name: several accounts can have one of the same. Raises `CouldNotDoError`."""
        with self._lock:
            if self._listed is None:
                listed: dict[str, list[Zone]] = {}
                for found in self._connection.pages(_LIST, self._page):
                    zone = _zone(found, _LIST)
                    listed.setdefault(zone.name, []).append(zone)
                self._listed = listed
            return self._listed

    def all(self) -> Sequence[Zone]:
        """The same, one after the other."""
        return [zone for zones in self.by_name().values() for zone in zones]

    def by_id(self, zone_id: str) -> Zone | None:
        """The zone of an id, asked for where the list does not have it; None where the token sees none."""
        known = next((zone for zone in self.all() if zone.id == zone_id), None)
        if known is not None:
            return known
        with self._lock:
            if zone_id not in self._asked:
                task = Task(doing=f"look at zone {zone_id}", needs=ZONE_READ)
                try:
                    answer = self._connection.read(task, partial(_get, zone_id))
                except Refused as e:
                    if e.refusal.status == HTTPStatus.NOT_FOUND:
                        return None
                    raise
                self._asked[zone_id] = _zone(answer["result"], task)
            return self._asked[zone_id]

    def _page(self, number: int, client: "Cloudflare") -> "APIResponse[Any]":
        only: Any = {"account": {"id": self._account}} if self._account else {}
        return client.zones.with_raw_response.list(page=number, per_page=ZONES_A_PAGE, **only)


def _get(zone_id: str, client: "Cloudflare") -> "APIResponse[Any]":
    return client.zones.with_raw_response.get(zone_id=zone_id)


def _zone(found: object, task: Task) -> Zone:
    zone = understood(found, Zone, task)
    return msgspec.structs.replace(zone, name=_ascii(zone.name))


def _ascii(name: str) -> str:
    """Zones may be called by their U-labels, records never are."""
    try:
        return normalise(dns.name.from_text(name).to_text())
    except (dns.exception.DNSException, UnicodeError, InvalidName):
        return name
