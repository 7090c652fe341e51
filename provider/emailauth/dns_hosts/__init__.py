"""DNS hosts: where record sets live. One module a host, found by its name, which is its key in the file.

A host module defines

- `Settings`: a frozen msgspec struct with docstrings and `Meta`, what stands under `dns_host: {NAME: ...}`;
- `open_host(settings, directory) -> DnsHost`: does no I/O; `directory` is the folder of the file, for relative paths.

It can define `settings_for(settings, domain) -> Settings`: the part of its settings that one domain's records need, for hosts whose settings
name many zones.

Nothing outside of its module knows more of it than the contract below. Hosts do not import each other.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from emailauth.core.record import RRsetChange
from emailauth.core.zone import Zone

__all__ = ["DnsHost", "Zone"]


class DnsHost(Protocol):
    """What every host can do. All names are as `core.names` writes them."""

    def read(self, names: Collection[str]) -> Sequence[Zone]:
        """Reads the zones that hold these owner names, each zone once.

        Raises `UsageError` where no zone of the host holds a name or more than one could, and `CouldNotDoError`
        where the host does not answer.
        """

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> Zone:
        """Makes the changes of one zone and returns the zone as it is then, in as few steps as the host's limits allow (one, nearly always).

        Each step is made whole or not at all, and a record set is never torn apart. What is returned was read back, unless the
        host's answer alone proves it (compare and swap). Raises `ConflictError` where a set is no longer as its change expects it
        (`before`), `CouldNotDoError` where the host refuses or does not answer, and `PartlyDoneError` instead of both once a
        step was made. A change whose `after` is already there is a conflict too: the caller reads again and finds nothing to do.
        Sets that no change names are left alone, whoever wrote them. An answer that is lost is no reason to send the same again: the host
        looks at what is there now.
        """

    def settle(self) -> None:
        """Waits until everything that was applied is served by all of the host's nameservers, as far as the host can tell.

        Raises `CouldNotDoError` where that takes too long. What was applied stays as it is.
        """
