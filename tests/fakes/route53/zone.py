"""What the service keeps: hosted zones and their resource record sets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from tests.fakes.route53 import names
from tests.fakes.route53.names import Labels
from tests.fakes.route53.xml import Content, Element

SetKey: TypeAlias = tuple[Labels, str, str]
"""Name, type, and SetIdentifier ("" where there is none)."""

ROUTING: Final[Mapping[str, str]] = {
    "Weight": "weighted",
    "Region": "latency",
    "GeoLocation": "geolocation",
    "Failover": "failover",
    "MultiValueAnswer": "multivalue answer",
    "GeoProximityLocation": "geoproximity",
    "CidrRoutingConfig": "cidr",
}
"""The element that says by which policy the sets of a name and type are chosen, and what the service calls it."""


@dataclass(frozen=True, kw_only=True)
class Alias:
    """What an alias set points at."""

    zone_id: str
    target: Labels
    evaluate_health: bool = False

    def written(self) -> Element:
        """As ListResourceRecordSets has it."""
        health = str(self.evaluate_health).lower()
        return "AliasTarget", (("HostedZoneId", self.zone_id), ("DNSName", names.written(self.target)), ("EvaluateTargetHealth", health))


@dataclass(frozen=True, kw_only=True)
class RecordSet:
    """One resource record set."""

    name: Labels
    type: str
    identifier: str = ""
    routing: tuple[Element, ...] = ()
    """The policy and the health check as they came, by the names of their elements."""
    ttl: int | None = None
    values: tuple[str, ...] = ()
    alias: Alias | None = None

    @property
    def key(self) -> SetKey:
        return (self.name, self.type, self.identifier)

    @property
    def policy(self) -> str | None:
        """By which policy it is chosen; None: it is simple."""
        return next((ROUTING[name] for name, _ in self.routing if name in ROUTING), None)

    def same_as(self, other: "RecordSet") -> bool:
        """Whether a DELETE of `other` means this one: everything equal, but for the order of values."""
        unordered = replace(self, values=tuple(sorted(self.values)))
        return unordered == replace(other, values=tuple(sorted(other.values)))

    def written(self) -> Element:
        """As ListResourceRecordSets has it."""
        content: list[Element] = [("Name", names.written(self.name)), ("Type", self.type)]
        if self.identifier:
            content.append(("SetIdentifier", self.identifier))
        content += self.routing
        if self.alias is None:
            records: tuple[Element, ...] = tuple(("ResourceRecord", (("Value", value),)) for value in self.values)
            content += [("TTL", str(self.ttl)), ("ResourceRecords", records)]
        else:
            content.append(self.alias.written())
        return "ResourceRecordSet", tuple(content)


@dataclass(kw_only=True)
class HostedZone:
    """One hosted zone."""

    id: str
    name: Labels
    private: bool = False
    linked_service: str | None = None
    """The principal of the service that made it."""
    sets: Mapping[SetKey, RecordSet] = field(default_factory=dict)
    """Replaced as a whole by every change."""
    protections: Mapping[tuple[Labels, str], str] = field(default_factory=dict)
    """The comment by name and type."""

    def holds(self, name: Labels) -> bool:
        """Whether a name is the zone's or below it."""
        return name[-len(self.name) :] == self.name

    def put(self, record_set: RecordSet) -> None:
        """Without any check."""
        self.sets = {**self.sets, record_set.key: record_set}

    def remove(self, keys: Iterable[SetKey]) -> None:
        """Sets that are there."""
        gone = set(keys)
        self.sets = {key: record_set for key, record_set in self.sets.items() if key not in gone}

    @property
    def name_servers(self) -> tuple[str, ...]:
        """Its delegation set: no two zones have the same."""
        number = int(self.id[1:])
        return tuple(f"ns-{number}.awsdns-{place:02}.{domain}" for place, domain in enumerate(("com", "net", "org", "co.uk")))

    def add_apex(self) -> None:
        """The sets that every zone has from its first moment on."""
        servers = tuple(f"{server}." for server in self.name_servers)
        self.put(RecordSet(name=self.name, type="NS", ttl=172800, values=servers))
        soa = f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
        self.put(RecordSet(name=self.name, type="SOA", ttl=900, values=(soa,)))

    def written(self) -> Element:
        """As ListHostedZones has it."""
        config: Content = (("PrivateZone", str(self.private).lower()),)
        content: list[Element] = [
            ("Id", f"/hostedzone/{self.id}"),
            ("Name", names.written(self.name)),
            ("CallerReference", f"reference-{self.id}"),
            ("Config", config),
            ("ResourceRecordSetCount", str(len(self.sets))),
        ]
        if self.linked_service:
            content.append(("LinkedService", (("ServicePrincipal", self.linked_service), ("Description", "not yours to change"))))
        return "HostedZone", tuple(content)
