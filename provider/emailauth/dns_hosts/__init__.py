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

    def apply(self, zone: Zone, changes: Sequence[RRsetChange]) -> None:
        """Makes all changes of one zone at once, or none of them.

        Raises `ConflictError` where a set is no longer as its change expects it (`before`), `CouldNotDoError` where
        the host refuses or does not answer. A change whose `after` is already there is a conflict too: the
        caller reads again and finds nothing to do. Sets that no change names are left alone, whoever wrote them.
        """
