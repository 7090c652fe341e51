"""Whose account it is, and in which zone a host name is."""

from typing import Final

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import longest_suffix
from emailauth.vendors.cloudflare.zones import Zone
from emailauth.vendors.cloudflare.zones import Zones as SeenZones
from emailauth.web_hosts.cloudflare_worker.refusals import SETTING

_ADVICE: Final = "the API token needs the permission Zone Read on the zones of the host names"


class Zones:
    """Which of the zones that the token sees can hold a host name. For threads."""

    def __init__(self, seen: SeenZones, account: str | None) -> None:
        """`account` None: the account of the zones, which must be one."""
        self._seen, self._account = seen, account

    def account(self) -> str:
        """The id of the account. Raises `UsageError` where the settings name none and there are several, `CouldNotDoError` where none is seen.

        The API's own list of accounts is not asked: it takes one permission more, and refuses tokens that an account owns.
        """
        if self._account is not None:
            return self._account
        seen = {zone.account.id: zone for zone in self._seen.all()}
        if not seen:
            raise CouldNotDoError(f"the API token sees no zone at Cloudflare, and so no account: {_ADVICE}")
        if len(seen) > 1:
            told = ", ".join(f"{account} ({zone.account.name or zone.name})" for account, zone in sorted(seen.items()))
            raise UsageError(f"the API token sees zones of several accounts, {told}: say which one in {SETTING}: account")
        return next(iter(seen))

    def of(self, host: str) -> Zone:
        """The zone of a host name that shall be a custom domain. Raises `CouldNotDoError` where there is none that can have it."""
        zones = self._seen.by_name()
        found = longest_suffix(host, zones)
        if found is None:
            raise CouldNotDoError(
                f"no zone at Cloudflare that the API token sees in the account {self.account()} holds {host}, and a Worker answers only for "
                f"names in zones there: {_ADVICE}; for a domain whose DNS is elsewhere name another web_host"
            )
        zone = zones[found][-1]
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
