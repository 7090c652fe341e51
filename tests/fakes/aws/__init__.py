"""AWS on loopback: ACM, CloudFront, S3 and STS, for boto3, and what viewers get from CloudFront."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from tests.fakes.aws import sts
from tests.fakes.aws.acm import Acm, Certificate
from tests.fakes.aws.apis import Api, JsonApi, RestXmlApi
from tests.fakes.aws.calls import Call, Refused
from tests.fakes.aws.cloudfront import CloudFront
from tests.fakes.aws.cloudfront.common import NAMESPACE
from tests.fakes.aws.cloudfront.distributions import Distribution
from tests.fakes.aws.cloudfront.functions import Function
from tests.fakes.aws.s3.api import S3Api
from tests.fakes.aws.s3.buckets import Bucket, Buckets
from tests.fakes.aws.s3.objects import Objects
from tests.fakes.aws.viewer import NoConnection, Viewer
from tests.fakes.route53 import ACCESS_KEY, environment
from tests.fakes.service import Request, Response, Service

__all__ = ["Aws", "Bucket", "Certificate", "Distribution", "Function", "NoConnection", "environment"]


class Aws(Service):
    """One account."""

    def __init__(self, *, resolve: Callable[[str, str], Collection[str]] | None = None) -> None:
        """`resolve`: the values of a name and type in DNS; None: those of `dns`."""
        super().__init__()
        self.dns: dict[str, str] = {}
        """CNAMEs by name, both without final dots."""
        self.fails: dict[str, tuple[int, str, str]] = {}
        """Status, code and message that every call of an operation gets."""
        self.quotas = {
            "names per certificate": 10,
            "certificates": 2500,
            "certificates per page": 100,
            "aliases per distribution": 100,
            "distributions": 200,
            "distributions per function": 100,
            "functions": 100,
            "function size": 10_240,
            "origin access controls": 100,
            "CloudFront items per page": 100,
            "buckets": 10_000,
        }
        self.now = datetime(2026, 11, 1, tzinfo=UTC)
        """Each call takes a second of it."""
        self._resolve = resolve or self._in_dns
        self._tokens: dict[str, str] = {}
        self.acm = Acm(self._targets, self.quotas)
        self.cloudfront = CloudFront(self.acm, self.quotas)
        self.s3 = Buckets(self.quotas)
        self.viewer = Viewer(cloudfront=self.cloudfront, acm=self.acm, buckets=self.s3)
        self.handlers = {
            "acm": self.acm.operations(),
            "cloudfront": self.cloudfront.operations(),
            "s3": {**self.s3.operations(), **Objects(self.s3).operations()},
        }
        self.apis: dict[str, Api] = {
            "acm": JsonApi("acm", self.handlers["acm"]),
            "cloudfront": RestXmlApi("cloudfront", self.handlers["cloudfront"], namespace=NAMESPACE),
            "s3": S3Api(self.handlers["s3"]),
        }

    @property
    def certificates(self) -> dict[str, Certificate]:
        """By ARN."""
        return self.acm.certificates

    @property
    def distributions(self) -> dict[str, Distribution]:
        """By id."""
        return self.cloudfront.distributions.distributions

    @property
    def functions(self) -> dict[str, Function]:
        """By name."""
        return self.cloudfront.functions.functions

    @property
    def buckets(self) -> dict[str, Bucket]:
        """By name."""
        return self.s3.buckets

    @property
    def taken_buckets(self) -> set[str]:
        """Names of buckets that other accounts have."""
        return self.s3.taken

    @property
    def validation_delay(self) -> int:
        """How many DescribeCertificate calls a new certificate has no ResourceRecord."""
        return self.acm.validation_delay

    @validation_delay.setter
    def validation_delay(self, calls: int) -> None:
        self.acm.validation_delay = calls

    @property
    def listing_delay(self) -> int:
        """How many ListCertificates calls do not show a new certificate."""
        return self.acm.listing_delay

    @listing_delay.setter
    def listing_delay(self, calls: int) -> None:
        self.acm.listing_delay = calls

    @property
    def deploying(self) -> int:
        """How many readings of a distribution say InProgress after a change."""
        return self.cloudfront.distributions.deploying

    @deploying.setter
    def deploying(self, readings: int) -> None:
        self.cloudfront.distributions.deploying = readings

    @property
    def taken_aliases(self) -> set[str]:
        """Aliases that distributions of other accounts have."""
        return self.cloudfront.distributions.taken_aliases

    def fetch(self, host: str, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """What a viewer gets over HTTPS: status, headers by name in lower case, body. Raises `NoConnection`."""
        with self.lock:
            self.now += timedelta(seconds=1)
            return self.viewer.fetch(host, path, method, self.now)

    def _in_dns(self, name: str, record_type: str) -> Collection[str]:
        return [self.dns[name]] if record_type == "CNAME" and name in self.dns else []

    def _targets(self, name: str) -> list[str]:
        return [value.removesuffix(".").lower() for value in self._resolve(name, "CNAME")]

    @override
    def operation(self, request: Request) -> str:
        service = _scope(request)[2]
        found = sts.operation(request) if service == "sts" else None
        if service in self.apis:
            found = self.apis[service].operation(request)
        return found or "Unknown"

    @override
    def answer(self, operation: str, request: Request) -> Response:
        self.now += timedelta(seconds=1)
        key, region, service = _scope(request)
        api = self.apis.get(service, self.apis["cloudfront"])
        try:
            self._admit(operation, request, api)
            if service == "sts":
                return sts.answer(operation, request, self._tokens, key)
            call = Call(asked=api.parameters(operation, request), region=region, now=self.now)
            return api.response(operation, self.handlers[service][operation](call))
        except Refused as e:
            return api.error(e, request)

    def _admit(self, operation: str, request: Request, api: Api) -> None:
        key, _, _ = _scope(request)
        if not key:
            raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        if key != ACCESS_KEY and self._tokens.get(key, "") != request.headers.get("x-amz-security-token"):
            raise Refused(*api.unknown_key)
        if operation == "Unknown":
            raise Refused("UnknownOperationException", f"There is no {request.method} {request.path} here", 404)
        if operation in self.fails:
            status, code, message = self.fails[operation]
            raise Refused(code, message, status)


def _scope(request: Request) -> tuple[str, str, str]:
    """Access key id, region and service that the request was signed for; empty where it was not."""
    found = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/(\w+)/aws4_request", request.headers.get("authorization", ""))
    return (found[1], found[2], found[3]) if found else ("", "", "")
