"""The operations of Route 53 that we need, each paced, sent again where that is safe, and its refusals told in a sentence."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from emailauth.dns_hosts.route53.limits import LIMITS
from emailauth.dns_hosts.route53.pace import Pace
from emailauth.dns_hosts.route53.sdk import errors
from emailauth.dns_hosts.route53.trouble import Call, Kind, kind_of, told

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.type_defs import (
        ChangeTypeDef,
        HostedZoneTypeDef,
        ListHostedZonesResponseTypeDef,
        ListResourceRecordSetsResponseTypeDef,
        ResourceRecordSetOutputTypeDef,
    )

T = TypeVar("T")

_ATTEMPTS: Final = {Kind.BUSY: 8, Kind.LOST: 8, Kind.UNREACHED: 3, Kind.REFUSED: 1}
"""How often a call is made before it is given up, by what went wrong the last time."""
_FIRST_PAUSE: Final = 0.5
"""Seconds; doubles from one attempt to the next."""
_LONGEST_PAUSE: Final = 20.0
"""Seconds. Eight attempts take a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedZone:
    """A hosted zone of the account, as far as we care."""

    id: str
    name: str
    """As `core.names` writes it."""
    sets: int
    """How many record sets it had when it was listed."""

    @property
    def place(self) -> str:
        """For a person."""
        return f"Route 53 hosted zone {self.id} ({self.name})"

    def call(self, operation: str) -> Call:
        """A call that is about this zone."""
        return Call(operation=operation, where=self.place, resource=f"arn:aws:route53:::hostedzone/{self.id}")


class LostError(Exception):
    """A change was sent, and whether it was made is not known."""


class Api:
    """An account. For threads. All methods raise `CouldNotDoError` and `UsageError`, in words for a person."""

    def __init__(self, connect: "Callable[[], Route53Client]", pace: Pace) -> None:
        """`connect` is called once, with the first call."""
        self._connect, self._pace = connect, pace
        self._connected: Route53Client | None = None
        self._lock = threading.Lock()

    def hosted_zones(self) -> "Iterator[HostedZoneTypeDef]":
        """All hosted zones of the account."""
        marker: dict[str, Any] = {}
        while True:
            page = self._zones_page(marker)
            yield from page["HostedZones"]
            if not page["IsTruncated"]:
                return
            marker = {"Marker": page["NextMarker"]}

    def _zones_page(self, marker: dict[str, Any]) -> "ListHostedZonesResponseTypeDef":
        call = Call(operation="ListHostedZones")
        return self._call(call, lambda client: client.list_hosted_zones(MaxItems=str(LIMITS.zones_a_page), **marker), safe=True)

    def record_sets(self, zone: HostedZone, start: str | None = None) -> "Iterator[ResourceRecordSetOutputTypeDef]":
        """The record sets of a zone in its order, from a name on (as requests say it); pages are asked for as they are needed."""
        place: dict[str, Any] = {} if start is None else {"StartRecordName": start}
        while True:
            page = self._sets_page(zone, place)
            yield from page["ResourceRecordSets"]
            if not page["IsTruncated"]:
                return
            place = {"StartRecordName": page["NextRecordName"], "StartRecordType": page["NextRecordType"]}
            if "NextRecordIdentifier" in page:
                place["StartRecordIdentifier"] = page["NextRecordIdentifier"]

    def _sets_page(self, zone: HostedZone, place: dict[str, Any]) -> "ListResourceRecordSetsResponseTypeDef":
        call, most = zone.call("ListResourceRecordSets"), str(LIMITS.sets_a_page)
        return self._call(call, lambda client: client.list_resource_record_sets(HostedZoneId=zone.id, MaxItems=most, **place), safe=True)

    def change(self, zone: HostedZone, changes: "Sequence[ChangeTypeDef]") -> str:
        """Makes all changes or none and returns the id of the change.

        Sends them again only where they were certainly not made. Raises `LostError` where that is not known and `ConflictError` too.
        """
        call = zone.call("ChangeResourceRecordSets")
        answer = self._call(
            call, lambda client: client.change_resource_record_sets(HostedZoneId=zone.id, ChangeBatch={"Changes": changes}), safe=False
        )
        return answer["ChangeInfo"]["Id"]

    def is_in_sync(self, change_id: str) -> bool:
        """Whether all nameservers of Route 53 have a change."""
        call = Call(operation="GetChange", where=f"the change {change_id.rpartition('/')[2]}", resource="arn:aws:route53:::change/*")
        answer = self._call(call, lambda client: client.get_change(Id=change_id), safe=True)
        return answer["ChangeInfo"]["Status"] == "INSYNC"

    def _call(self, call: Call, send: "Callable[[Route53Client], T]", *, safe: bool) -> T:
        """`safe`: it may be carried out twice, as it only reads."""
        client = self._client()
        attempt = 0
        while True:
            attempt += 1
            self._pace.wait()
            try:
                return send(client)
            except errors() as e:
                kind = kind_of(e)
                if kind is Kind.LOST and not safe:
                    raise LostError from None
                if attempt >= _ATTEMPTS[kind]:
                    raise told(e, call) from None
            self._pace.hold(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)))

    def _client(self) -> "Route53Client":
        with self._lock:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected
