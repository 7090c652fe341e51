"""A Route 53 on loopback, with the security token service that goes with it: as strict as the real one.

It is checked in three ways: against the real SDK (`test_route53.py`), against MiniStack where that is right
(`test_route53_ministack.py`), and its texts are those that people report of the real service.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote

from typing_extensions import override

from emailauth.core.record import Key
from tests.fakes.nameserver import Sets
from tests.fakes.route53 import batch, changes, listing, names, protections, rdata, sts, xml
from tests.fakes.route53.refusal import Refused, invalid_change_batch, not_in, validation
from tests.fakes.route53.xml import Content, Element
from tests.fakes.route53.zone import Alias, HostedZone, RecordSet
from tests.fakes.service import Request, Response, Service

ACCESS_KEY: Final = "AKIDEXAMPLE000000001"
SECRET_KEY: Final = "SECRET+of/AKIDEXAMPLE+that/nobody/shall/see"  # noqa: S105 - recognisable, so that tests find it in output
NAMESPACE: Final = "https://route53.amazonaws.com/doc/2013-04-01/"

_OPERATIONS: Final = tuple(
    (method, re.compile(rf"/2013-04-01/{path}/?"), operation)
    for method, path, operation in (
        ("GET", "hostedzone", "ListHostedZones"),
        ("GET", "hostedzonesbyname", "ListHostedZonesByName"),
        ("GET", "hostedzone/([^/]+)", "GetHostedZone"),
        ("GET", "hostedzonelimit/([^/]+)/([^/]+)", "GetHostedZoneLimit"),
        ("GET", "hostedzone/([^/]+)/rrset", "ListResourceRecordSets"),
        ("POST", "hostedzone/([^/]+)/rrset", "ChangeResourceRecordSets"),
        ("GET", "hostedzone/([^/]+)/rrsetprotection", "ListResourceRecordSetProtections"),
        ("POST", "hostedzone/([^/]+)/rrsetprotection", "CreateResourceRecordSetProtections"),
        ("POST", "hostedzone/([^/]+)/rrsetprotection/delete", "DeleteResourceRecordSetProtections"),
        ("GET", "change/([^/]+)", "GetChange"),
    )
)
_STS: Final = ("AssumeRole", "GetCallerIdentity")
_SUBMITTED: Final = "2026-11-01T00:00:00Z"


def environment(url: str) -> dict[str, str]:
    """What a process needs in its environment to talk to this service and to nothing else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",  # the one that botocore reads; at an endpoint of one's own it cannot sign without
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


class Route53(Service):
    """The service of one account."""

    def __init__(self) -> None:
        super().__init__()
        self.zones: dict[str, HostedZone] = {}
        """By id, without "/hostedzone/"."""
        self.pending = 0
        """How many times GetChange says PENDING before it says INSYNC, for each change from now on."""
        self.busy = 0
        """How many of the next ChangeResourceRecordSets calls get PriorRequestNotComplete."""
        self.throttled = 0
        """How many of the next calls of any kind get Throttling."""
        self.fails: dict[str, tuple[int, str, str]] = {}
        """Status, code and message that every call of an operation gets."""
        self._changes: dict[str, tuple[int, str]] = {}
        """By id: how many times a change is still PENDING, and its comment."""
        self._tokens: dict[str, str] = {}
        """Session tokens by access key id: what AssumeRole has issued."""

    # ------------------------------------------------------------------ what tests do behind everybody's back

    def add_zone(self, name: str, *, private: bool = False, linked_service: str | None = None) -> str:
        """Adds a hosted zone with its SOA and NS sets; gives its id. Several may have one name."""
        with self.lock:
            zone = HostedZone(id=f"Z{len(self.zones) + 1:013}", name=names.from_core(name), private=private, linked_service=linked_service)
            zone.add_apex()
            self.zones[zone.id] = zone
            return zone.id

    def put(self, zone_id: str, name: str, record_type: str, ttl: int, values: Sequence[str], *, identifier: str | None = None) -> None:
        """Writes a set as another writer: values as ListResourceRecordSets gives them, old forms included (`"a""b"`).

        With an identifier it is a weighted set. Raises `Refused` for what no zone can hold (a CNAME beside others), and
        dnspython's errors for values that are none.
        """
        for value in values:
            rdata.parsed(record_type, value)
        weighted: tuple[Element, ...] = () if identifier is None else (("Weight", "1"),)
        record_set = RecordSet(
            name=names.from_core(name), type=record_type, ttl=ttl, values=tuple(values), identifier=identifier or "", routing=weighted
        )
        self._put(zone_id, record_set)

    def put_alias(self, zone_id: str, name: str, record_type: str, target: str, target_zone: str = batch.CLOUDFRONT) -> None:
        """Writes an alias set as another writer."""
        alias = Alias(zone_id=target_zone, target=names.from_core(target))
        self._put(zone_id, RecordSet(name=names.from_core(name), type=record_type, alias=alias))

    def _put(self, zone_id: str, record_set: RecordSet) -> None:
        with self.lock:
            zone = self.zones[zone_id]
            problems = [*batch.misplaced(zone, record_set.name), *batch.conflicts(zone, zone.sets, record_set)]
            if problems:
                raise invalid_change_batch(problems)
            zone.put(record_set)

    def remove(self, zone_id: str, name: str, record_type: str) -> None:
        """Removes all sets of a name and type as another writer."""
        with self.lock:
            zone = self.zones[zone_id]
            zone.remove([key for key in zone.sets if key[:2] == (names.from_core(name), record_type)])

    def sets(self, zone_id: str) -> dict[Key, tuple[int, tuple[str, ...]]]:
        """TTL and raw values of the sets that are neither aliases nor chosen by a policy."""
        with self.lock:
            found = self.zones[zone_id].sets.values()
        return {(names.to_core(one.name), one.type): (one.ttl, one.values) for one in found if one.ttl is not None and not one.identifier}

    def protect(self, zone_id: str, name: str, record_type: str, comment: str) -> None:
        """Protects the sets of a name and type."""
        with self.lock:
            zone = self.zones[zone_id]
            zone.protections = {**zone.protections, (names.from_core(name), record_type): comment}

    def in_dns(self) -> Mapping[str, Sets]:
        """What the name servers of the public zones answer; of those with one name, those of the first, as if it were delegated to."""
        with self.lock:
            public = [zone for zone in self.zones.values() if not zone.private]
        return {
            names.to_core(zone.name): {
                key: (ttl, [rdata.in_zone_file(key[1], value) for value in values]) for key, (ttl, values) in self.sets(zone.id).items()
            }
            for zone in reversed(public)
        }

    # --------------------------------------------------------------------------------------- what clients see

    @override
    def operation(self, request: Request) -> str:
        if request.path == "/" and request.method == "POST":
            action = dict(parse_qsl(request.body.decode(errors="replace"))).get("Action", "")
            return action if action in _STS else "Unknown"
        return next(
            (name for method, path, name in _OPERATIONS if method == request.method and path.fullmatch(request.path)),
            "Unknown",
        )

    @override
    def answer(self, operation: str, request: Request) -> Response:
        number = f"00000000-0000-0000-0000-{request.number:012}"
        namespace = sts.NAMESPACE if operation in _STS else NAMESPACE
        status = 200
        try:
            caller = self._admitted(operation, request)
            if operation in _STS:
                element = sts.answer(operation, dict(parse_qsl(request.body.decode(errors="replace"))), self._tokens, caller)
            else:
                element = (f"{operation}Response", self._answer(operation, request))
        except Refused as e:
            status = e.status
            error: Element = ("Error", (("Type", "Sender"), ("Code", e.code), ("Message", e.message), *e.details))
            element = ("ErrorResponse", (error, ("RequestId", number)))
        headers = {"Content-Type": "text/xml", "x-amzn-RequestId": number}
        return Response(status=status, headers=headers, body=xml.written(element, namespace))

    def _admitted(self, operation: str, request: Request) -> str:
        """The access key id of a caller who may call. Raises `Refused`."""
        if operation == "Unknown":
            raise Refused("UnknownOperationException", f"There is no {request.method} {request.path}", status=404)
        if self.throttled:
            self.throttled -= 1
            raise Refused("Throttling", "Rate exceeded")
        signed = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/[^/]+/(\w+)/aws4_request", request.headers.get("authorization", ""))
        if signed is None:
            raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", status=403)
        key, service = signed.groups()
        if key != ACCESS_KEY and self._tokens.get(key, "") != request.headers.get("x-amz-security-token"):
            raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", status=403)
        wanted = "sts" if operation in _STS else "route53"
        if service != wanted:
            raise Refused("SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{wanted}'.", status=403)
        if operation in self.fails:
            status, code, message = self.fails[operation]
            raise Refused(code, message, status=status)
        return key

    def _answer(self, operation: str, request: Request) -> Content:
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        match operation:
            case "ListHostedZones":
                return listing.hosted_zones(self.zones.values(), request.query)
            case "ListHostedZonesByName":
                return listing.hosted_zones_by_name(self.zones.values(), request.query)
            case "GetChange":
                return self._change(parts[2])
        zone = self.zones.get(parts[2])
        if zone is None:
            raise Refused("NoSuchHostedZone", f"No hosted zone found with ID: {parts[2]}", status=404)
        return self._answer_of_zone(operation, zone, request, parts[-1])

    def _answer_of_zone(self, operation: str, zone: HostedZone, request: Request, last: str) -> Content:
        match operation:
            case "GetHostedZone":
                return _described(zone)
            case "GetHostedZoneLimit":
                return _limit(zone, last)
            case "ListResourceRecordSets":
                return listing.record_sets(zone, request.query)
            case "ListResourceRecordSetProtections":
                return listing.protections(zone, request.query)
        body = _body(request, f"{operation}Request")
        if zone.linked_service:
            raise Refused(
                "AccessDenied", f"The resource hostedzone/{zone.id} can only be managed through {zone.linked_service}", status=403
            )
        match operation:
            case "CreateResourceRecordSetProtections":
                protections.create(zone, body)
                return ()
            case "DeleteResourceRecordSetProtections":
                protections.delete(zone, body)
                return ()
        return self._changed(zone, body)

    def _changed(self, zone: HostedZone, body: Content) -> Content:
        if self.busy:
            self.busy -= 1
            text = "The request was rejected because Route 53 was still processing a prior request."
            raise Refused("PriorRequestNotComplete", text)
        comment, asked = changes.read(body)
        zone.sets = batch.applied(zone, asked)
        number = f"C{len(self._changes) + 1:013}"
        self._changes[number] = (self.pending, comment)
        return (_change_info(number, "PENDING", comment),)

    def _change(self, number: str) -> Content:
        if number not in self._changes:
            raise Refused("NoSuchChange", f"Could not find resource with ID: {number}", status=404)
        left, comment = self._changes[number]
        self._changes[number] = (max(left - 1, 0), comment)
        return (_change_info(number, "PENDING" if left else "INSYNC", comment),)


def _body(request: Request, expected: str) -> Content:
    try:
        name, content = xml.read(request.body)
    except ET.ParseError as e:
        raise Refused("MalformedInput", f"Unparseable XML: {e}") from e
    if name != expected:
        raise Refused("MalformedInput", f"{name} is not valid, expected {expected}")
    return content


def _change_info(number: str, status: str, comment: str) -> Element:
    content: list[Element] = [("Id", f"/change/{number}"), ("Status", status), ("SubmittedAt", _SUBMITTED)]
    return "ChangeInfo", (*content, *([("Comment", comment)] if comment else []))


def _described(zone: HostedZone) -> Content:
    if zone.private:
        return zone.written(), ("VPCs", (("VPC", (("VPCRegion", "us-east-1"), ("VPCId", "vpc-00000000000000001"))),))
    return zone.written(), ("DelegationSet", (("NameServers", tuple(("NameServer", server) for server in zone.name_servers)),))


def _limit(zone: HostedZone, kind: str) -> Content:
    limits = {"MAX_RRSETS_BY_ZONE": (batch.MAX_SETS, len(zone.sets)), "MAX_VPCS_ASSOCIATED_BY_ZONE": (300, 1)}
    if kind not in limits:
        raise validation(not_in(kind, "type", list(limits)))
    if kind == "MAX_VPCS_ASSOCIATED_BY_ZONE" and not zone.private:
        raise Refused("HostedZoneNotPrivate", f"The hosted zone {zone.id} is public.")
    limit, count = limits[kind]
    return ("Limit", (("Type", kind), ("Value", str(limit)))), ("Count", str(count))
