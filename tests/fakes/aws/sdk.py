"""The real SDK, for tests of the fake: clients that ask once and give the answer as it is; and what is often asked."""

import atexit
import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.fakes.aws import Aws
from tests.fakes.route53 import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from mypy_boto3_acm.client import ACMClient
    from mypy_boto3_cloudfront.client import CloudFrontClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sts.client import STSClient

DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
OPTIMISED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
HELLO = b"function handler(event) { return { statusCode: 200, headers: { 'content-type': { value: 'text/plain' } }, body: 'hello' }; }"
PASS = b"function handler(event) { return event.request; }"


@cache
def _session() -> boto3.Session:
    return boto3.Session()


class Clients:
    """Clients of one region with one key, that check nothing by themselves."""

    def __init__(
        self, url: str, *, region: str = "us-east-1", key: str = ACCESS_KEY, secret: str = SECRET_KEY, token: str | None = None
    ) -> None:
        self.url = url
        client = partial(_client, url=url, region=region, key=key, secret=secret, token=token)
        self._client: Callable[[str], Any] = client

    @property
    def acm(self) -> "ACMClient":
        found: ACMClient = self._client("acm")
        return found

    @property
    def cloudfront(self) -> "CloudFrontClient":
        found: CloudFrontClient = self._client("cloudfront")
        return found

    @property
    def s3(self) -> "S3Client":
        found: S3Client = self._client("s3")
        return found

    @property
    def sts(self) -> "STSClient":
        found: STSClient = self._client("sts")
        return found


@cache
def _client(service: str, *, url: str, region: str, key: str, secret: str, token: str | None) -> Any:
    make: Callable[..., Any] = _session().client
    return make(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


@cache
def _door() -> tuple[Aws, str]:
    door, opened = Aws(), ExitStack()
    atexit.register(opened.close)
    return door, opened.enter_context(door.served())


@contextmanager
def connected(aws: Aws) -> Iterator[Clients]:
    """Clients of a fake; of one at a time, for all are at one address: clients take longer to make than a test takes."""
    door, url = _door()
    door.before = lambda _, request: aws.handle(request)
    yield Clients(url)


def refusal(call: Callable[..., Any], **asked: Any) -> tuple[str, int]:
    """Error code and HTTP status of a call that must fail."""
    try:
        answer = call(**asked)
    except ClientError as e:
        return e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError(f"it was not refused, and gave {answer}")


def message(call: Callable[..., Any], **asked: Any) -> str:
    """The service's words to a call that must fail."""
    try:
        answer = call(**asked)
    except ClientError as e:
        return e.response["Error"]["Message"]
    raise AssertionError(f"it was not refused, and gave {answer}")


def raw(url: str, method: str, path: str, service: str, *, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Status and body of a request that the SDK would not make; `_` in names of headers is `-`."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    signed = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20261101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    given = {"authorization": signed, **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def issued(aws: Aws, acm: "ACMClient", *names: str, **more: Any) -> str:
    """The ARN of a new certificate whose CNAMEs are in DNS."""
    asked: dict[str, Any] = {"DomainName": names[0], "ValidationMethod": "DNS", **more}
    if names[1:]:
        asked["SubjectAlternativeNames"] = names[1:]
    arn = acm.request_certificate(**asked)["CertificateArn"]
    for _ in range(aws.validation_delay):
        acm.describe_certificate(CertificateArn=arn)
    for option in acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]:
        record = option["ResourceRecord"]
        aws.dns[record["Name"].removesuffix(".")] = record["Value"].removesuffix(".")
    return arn


def created(cloudfront: "CloudFrontClient", name: str = "answers", code: bytes = HELLO) -> str:
    """The ETag of a new function."""
    return cloudfront.create_function(Name=name, FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"}, FunctionCode=code)["ETag"]


def published(cloudfront: "CloudFrontClient", name: str = "answers", code: bytes = HELLO) -> str:
    """The ARN of a new function that is LIVE."""
    summary = cloudfront.publish_function(Name=name, IfMatch=created(cloudfront, name, code))["FunctionSummary"]
    return summary["FunctionMetadata"]["FunctionARN"]


def config(
    reference: str = "one", *, certificate: str = "", aliases: tuple[str, ...] = (), function: str = "", **more: Any
) -> dict[str, Any]:
    """The least configuration of a distribution; `more`: further or other members."""
    associations = [{"EventType": "viewer-request", "FunctionARN": function}] if function else []
    acm = {"ACMCertificateArn": certificate, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"}
    return {
        "CallerReference": reference,
        "Comment": "",
        "Enabled": True,
        "Aliases": listed(*aliases),
        "Origins": listed(CUSTOM_ORIGIN),
        "DefaultCacheBehavior": behaviour(FunctionAssociations=listed(*associations)),
        **({"ViewerCertificate": acm} if certificate else {}),
        **more,
    }


CUSTOM_ORIGIN: Mapping[str, Any] = {
    "Id": "origin",
    "DomainName": "origin.example.net",
    "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
}


def bucket_origin(control: str, domain_name: str = "files.s3.us-east-1.amazonaws.com", **more: Any) -> dict[str, Any]:
    """The origin for a bucket."""
    origin = {"Id": "origin", "DomainName": domain_name, "OriginAccessControlId": control}
    return {**origin, "S3OriginConfig": {"OriginAccessIdentity": ""}, **more}


def behaviour(**more: Any) -> dict[str, Any]:
    """A cache behaviour without a cache."""
    return {"TargetOriginId": "origin", "ViewerProtocolPolicy": "https-only", "CachePolicyId": DISABLED, **more}


def listed(*items: Any) -> dict[str, Any]:
    """Items in CloudFront's own manner."""
    return {"Quantity": len(items), "Items": list(items)} if items else {"Quantity": 0}


def distribution(cloudfront: "CloudFrontClient", given: dict[str, Any]) -> str:
    """The id of a new distribution."""
    # The type is any configuration, for tests of what is refused.
    made: Any = cloudfront.create_distribution(DistributionConfig=given)  # type: ignore[arg-type]
    return str(made["Distribution"]["Id"])
