"""Answers that a wildcard made (RFC 4592): where a zone is not copied, they look like the name's own sets, and can be in no prerequisite."""

from collections.abc import Mapping

import dns.name
import dns.rcode
import dns.rdataset
import dns.update

from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import is_within, labels
from emailauth.core.record import Key
from emailauth.dns_hosts.rfc2136 import discovery
from emailauth.dns_hosts.rfc2136.connection import LostError
from emailauth.dns_hosts.rfc2136.server import Server


def without_synthesised(server: Server, zone: str, sets: Mapping[Key, dns.rdataset.Rdataset]) -> dict[Key, dns.rdataset.Rdataset]:
    """The sets that their names own. Where a wildcard has an equal one, the server is asked. Raises `CouldNotDoError`."""
    above = {key: [(wildcard, key[1]) for wildcard in _wildcards(key[0], zone)] for key in sets}
    theirs = discovery.sets(server, sorted({key for keys in above.values() for key in keys}))
    return {key: own for key, own in sets.items() if all(theirs.get(k) != own for k in above[key]) or _owns(server, zone, key)}


def _wildcards(name: str, zone: str) -> list[str]:
    """Those that could answer for a name of the zone."""
    parts = labels(name)
    ancestors = [".".join(parts[i:]) for i in range(1, len(parts))]
    return [f"*.{ancestor}" for ancestor in ancestors if is_within(ancestor, zone)]


def _owns(server: Server, zone: str, key: Key) -> bool:
    """Asks by an update that has a prerequisite and changes nothing (RFC 2136 section 2.4.1): wildcards do not count there."""
    question = dns.update.UpdateMessage(dns.name.from_text(zone))
    question.present(dns.name.from_text(key[0]), key[1])
    try:
        rcode = server.update(question).rcode
    except LostError as e:
        raise CouldNotDoError(f"{server.place} {e}") from e
    if rcode not in {dns.rcode.NOERROR, dns.rcode.NXRRSET}:
        raise CouldNotDoError(
            f"{server.place}: {key[1]} of {key[0]} may come from a wildcard, and {server.signer} may not find out by an update "
            f"({dns.rcode.to_text(rcode)}): allow it to update the zone, or say `read: axfr`"
        )
    return rcode == dns.rcode.NOERROR
