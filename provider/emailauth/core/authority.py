"""Which servers are authoritative for a name, as the delegation and the zone tell resolvers."""

from dataclasses import dataclass

from emailauth.core.names import InvalidName, is_host, labels, normalise
from emailauth.core.question import Answer, Question, Questions, Status

MAX_NAMES = 4
"""Servers of one zone that are asked: those whose names come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """One authoritative server."""

    zone: str
    name: str
    """As the zone's NS records have it, normalised."""
    address: str
    """IPv4 where it has one, else IPv6."""

    def __str__(self) -> str:
        """For a person."""
        return f"{self.name} ({self.address})"


def authorities(name: str) -> Questions[tuple[Authority, ...]]:
    """The servers of the zone that holds a name, sorted by their names; none where that is not known, or there is no such name.

    Zones of one label are not looked for: they are registries', and hold nothing of the name but its delegation.
    """
    there = yield Question(name=name, type="TXT")
    if there.failed or there.status is Status.NXDOMAIN:
        return ()
    parts = labels(name)
    for i in range(len(parts) - 1):
        zone = ".".join(parts[i:])
        answer = yield Question(name=zone, type="NS")
        if answer.failed or answer.status is Status.NXDOMAIN:
            return ()
        if answer.values:
            return (yield from _servers(zone, answer))
    return ()


def _servers(zone: str, answer: Answer) -> Questions[tuple[Authority, ...]]:
    found: list[Authority] = []
    for name in sorted(filter(None, map(_host, answer.values)))[:MAX_NAMES]:
        address = yield from _address(name)
        if address:
            found.append(Authority(zone=zone, name=name, address=address))
    return tuple(found)


def _host(value: str) -> str:
    """The name of an NS value; empty where it is no host's."""
    try:
        name = normalise(value)
    except InvalidName:
        return ""
    return name if is_host(name) else ""


def _address(name: str) -> Questions[str]:
    """An address of a host, the same one each time; empty where none is known."""
    for record_type in ("A", "AAAA"):
        answer = yield Question(name=name, type=record_type)
        if answer.values:
            return answer.values[0]
    return ""
