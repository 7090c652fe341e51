"""The operations of Route 53 that we need, each sent again where that is safe, and its refusals told in a sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emailauth.dns_hosts.route53.limits import LIMITS
from emailauth.dns_hosts.route53.refusals import refused_batch
from emailauth.vendors.aws.calls import Aws
from emailauth.vendors.aws.errors import Refused

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import (
        ChangeTypeDef,
        HostedZoneTypeDef,
        ListHostedZonesResponseTypeDef,
        ListResourceRecordSetsResponseTypeDef,
        ResourceRecordSetOutputTypeDef,
    )


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


class Api:
    """An account. For threads. All methods raise `CouldNotDoError` and `UsageError`, in words for a person."""

    def __init__(self, aws: Aws) -> None:
        """Makes no call."""
        self._aws = aws

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
        return self._aws.call(
            lambda: self._aws.route53.list_hosted_zones(MaxItems=str(LIMITS.zones_a_page), **marker),
            "list the hosted zones of the account",
            resource="*",
            holds="HostedZones",
        )

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
        most = str(LIMITS.sets_a_page)
        return self._aws.call(
            lambda: self._aws.route53.list_resource_record_sets(HostedZoneId=zone.id, MaxItems=most, **place),
            f"read {zone.place}",
            resource=self._arn(f"hostedzone/{zone.id}"),
            holds="ResourceRecordSets",
        )

    def change(self, zone: HostedZone, changes: "Sequence[ChangeTypeDef]") -> str:
        """Makes all changes or none and returns the id of the change.

        Sends them again only where they were certainly not made. Raises `LostError` where that is not known and `ConflictError` too.
        """
        try:
            answer = self._aws.call(
                lambda: self._aws.route53.change_resource_record_sets(HostedZoneId=zone.id, ChangeBatch={"Changes": changes}),
                f"change {zone.place}",
                expect=("InvalidChangeBatch",),
                resource=self._arn(f"hostedzone/{zone.id}"),
                holds="ChangeInfo",
                safe=False,
            )
        except Refused as e:
            raise refused_batch(zone.place, e.words) from None
        return answer["ChangeInfo"]["Id"]

    def is_in_sync(self, change_id: str) -> bool:
        """Whether all nameservers of Route 53 have a change."""
        answer = self._aws.call(
            lambda: self._aws.route53.get_change(Id=change_id),
            f"see whether the change {change_id.rpartition('/')[2]} is at all nameservers",
            resource=self._arn("change/*"),
            holds="ChangeInfo",
        )
        return answer["ChangeInfo"]["Status"] == "INSYNC"

    def _arn(self, resource: str) -> str:
        return f"arn:{self._aws.partition}:route53:::{resource}"
