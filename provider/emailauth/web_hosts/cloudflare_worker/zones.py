"""The zones that the token sees: whose account it is, and in which zone a host name is."""

import threading
from typing import Final

import msgspec

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import longest_suffix
from emailauth.web_hosts.cloudflare_worker.connection import Connection
from emailauth.web_hosts.cloudflare_worker.errors import SETTING, ZONES
from emailauth.web_hosts.cloudflare_worker.limits import ZONES_A_PAGE
from emailauth.web_hosts.cloudflare_worker.worker import understood

_ADVICE: Final = "the API token needs the permission Zone Read on the zones of the host names"


class _Account(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str | None = None


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """One zone, as the list has it."""

    id: str
    name: str
    account: _Account
    status: str | None = None
    type: str | None = None


class _Zones(msgspec.Struct, frozen=True, kw_only=True):
    result: list[Zone]


class Zones:
    """They are listed once, when they are needed."""

    def __init__(self, connection: Connection, account: str | None) -> None:
        """`account` None: the account of the zones, which must be one."""
        self._connection = connection
        self._account = account
        self._lock = threading.Lock()
        self._listed: list[Zone] | None = None

    def account(self) -> str:
        """The id of the account. Raises `UsageError` where the settings name none and there are several, `CouldNotDoError` where none is seen.

        The API's own list of accounts is not asked: it takes one permission more, and refuses tokens that an account owns.
        """
        if self._account is not None:
            return self._account
        seen = {zone.account.id: zone for zone in self._all()}
        if not seen:
            raise CouldNotDoError(f"the API token sees no zone at Cloudflare, and so no account: {_ADVICE}")
        if len(seen) > 1:
            told = ", ".join(f"{account} ({zone.account.name or zone.name})" for account, zone in sorted(seen.items()))
            raise UsageError(f"the API token sees zones of several accounts, {told}: say which one in {SETTING}: account")
        return next(iter(seen))

    def of(self, host: str) -> Zone:
        """The zone of a host name that shall be a custom domain. Raises `CouldNotDoError` where there is none that can have it."""
        zones = {zone.name: zone for zone in self._all()}
        found = longest_suffix(host, zones)
        if found is None:
            raise CouldNotDoError(
                f"no zone at Cloudflare that the API token sees in the account {self.account()} holds {host}, and a Worker answers only for "
                f"names in zones there: {_ADVICE}; for a domain whose DNS is elsewhere name another web_host"
            )
        zone = zones[found]
        if zone.status != "active":
            raise CouldNotDoError(
                f"the zone {zone.name} of {host} is {zone.status} at Cloudflare, not active: let its parent zone delegate to Cloudflare first"
            )
        if zone.type != "full":
            raise CouldNotDoError(
                f"the zone {zone.name} of {host} is of the type {zone.type} at Cloudflare, so its DNS is elsewhere and {host} would not lead to "
                "the Worker: name another web_host"
            )
        return zone

    def _all(self) -> list[Zone]:
        with self._lock:
            if self._listed is None:
                self._listed = _listed(self._connection, self._account)
            return self._listed


def _listed(connection: Connection, account: str | None) -> list[Zone]:
    found: list[Zone] = []
    while len(found) % ZONES_A_PAGE == 0:
        page = _page(connection, account, len(found) // ZONES_A_PAGE + 1)
        if not page:
            break
        found += page
    return found


def _page(connection: Connection, account: str | None, number: int) -> list[Zone]:
    answer = connection.call(
        ZONES,
        lambda client: client.zones.with_raw_response.list(account={"id": account} if account else {}, page=number, per_page=ZONES_A_PAGE),
    )
    return understood(answer.parse, _Zones, ZONES).result
