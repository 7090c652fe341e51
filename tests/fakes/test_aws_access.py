"""The fakes of AWS, asked by the real SDK: keys, faults, and what they have in common."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError

from tests.fakes.aws import Aws, environment
from tests.fakes.aws.sdk import Clients, connected, message, raw, refusal
from tests.fakes.route53 import Route53
from tests.fakes.service import Fault, Lost, Request, Response


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        yield found


def calls(sdk: Clients) -> dict[str, Any]:
    """A call of each service."""
    return {
        "acm": sdk.acm.list_certificates,
        "cloudfront": sdk.cloudfront.list_distributions,
        "s3": lambda: sdk.s3.list_objects_v2(Bucket="none"),
    }


def test_a_process_finds_all_services_by_its_environment(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    dns = Route53()
    dns.add_zone("example.com")
    with aws.served() as url, dns.served() as dns_url:
        for name, value in {**environment(url), "AWS_ENDPOINT_URL_ROUTE_53": dns_url}.items():
            monkeypatch.setenv(name, value)
        session = boto3.Session(region_name="us-east-1")
        assert session.client("acm").list_certificates()["CertificateSummaryList"] == []
        assert session.client("cloudfront").list_distributions()["DistributionList"]["Quantity"] == 0
        assert session.client("sts").get_caller_identity()["Account"] == "111122223333"
        session.client("s3").create_bucket(Bucket="files")
        assert [zone["Name"] for zone in session.client("route53").list_hosted_zones()["HostedZones"]] == ["example.com."]
    assert [operation for operation, _ in aws.calls] == ["ListCertificates", "ListDistributions", "GetCallerIdentity", "CreateBucket"]
    assert list(aws.buckets) == ["files"]


def test_what_tests_can_set(aws: Aws) -> None:
    """As it is at first: certificates and distributions take one look longer than one hopes."""
    assert (aws.validation_delay, aws.listing_delay, aws.deploying) == (1, 0, 1)
    assert {name: aws.quotas[name] for name in ("names per certificate", "aliases per distribution", "distributions", "functions")} == {
        "names per certificate": 10,
        "aliases per distribution": 100,
        "distributions": 200,
        "functions": 100,
    }


UNKNOWN = {
    "acm": ("UnrecognizedClientException", 400),
    "cloudfront": ("InvalidClientTokenId", 403),
    "s3": ("InvalidAccessKeyId", 403),
}


@pytest.mark.parametrize("service", UNKNOWN)
def test_a_key_that_nobody_has_is_refused(sdk: Clients, service: str) -> None:
    assert refusal(calls(Clients(sdk.url, key="AKIDEXAMPLE000000002"))[service]) == UNKNOWN[service]


UNSIGNED = {
    "acm": ("POST", "/", b"{}", b"MissingAuthenticationToken"),
    "cloudfront": ("GET", "/2020-05-31/distribution", b"", b"MissingAuthenticationToken"),
}


@pytest.mark.parametrize("service", UNSIGNED)
def test_a_request_without_a_key_is_refused(aws: Aws, sdk: Clients, service: str) -> None:
    method, path, body, code = UNSIGNED[service]
    status, answer = raw(sdk.url, method, path, service, body=body, authorization="")
    assert status == 403
    assert code in answer
    assert [operation for operation, _ in aws.calls] == ["Unknown"]


def test_keys_of_a_role_are_taken_with_their_token(sdk: Clients) -> None:
    issued = sdk.sts.assume_role(RoleArn="arn:aws:iam::111122223333:role/emailauth", RoleSessionName="emailauth")["Credentials"]
    given = {"key": issued["AccessKeyId"], "secret": issued["SecretAccessKey"]}
    as_role = Clients(sdk.url, **given, token=issued["SessionToken"])
    assert as_role.acm.list_certificates()["CertificateSummaryList"] == []
    assert as_role.sts.get_caller_identity()["Arn"] == "arn:aws:sts::111122223333:assumed-role/example/ASIAEXAMPLE000000001"
    assert refusal(calls(Clients(sdk.url, **given, token="another"))["acm"]) == UNKNOWN["acm"]  # noqa: S106 - the fake's
    assert refusal(sdk.sts.assume_role, RoleArn="emailauth", RoleSessionName="emailauth") == ("ValidationError", 400)


def test_any_operation_can_be_made_to_fail(aws: Aws, sdk: Clients) -> None:
    words = "User: arn:aws:iam::111122223333:user/example is not authorized to perform: it"
    aws.fails = {
        "ListCertificates": (400, "AccessDeniedException", words),
        "ListDistributions": (403, "AccessDenied", words),
        "ListObjectsV2": (403, "AccessDenied", words),
        "AssumeRole": (403, "AccessDenied", words),
    }
    for call in calls(sdk).values():
        assert refusal(call)[0].startswith("AccessDenied")
        assert message(call) == words
    assert refusal(sdk.sts.assume_role, RoleArn="x" * 20, RoleSessionName="ab") == ("AccessDenied", 403)
    sdk.cloudfront.list_functions()


@pytest.mark.parametrize("service", ["acm", "cloudfront", "s3"])
def test_what_there_is_not_here_is_refused(aws: Aws, sdk: Clients, service: str) -> None:
    missing: dict[str, Any] = {
        "acm": sdk.acm.get_account_configuration,
        "cloudfront": sdk.cloudfront.list_cache_policies,
        "s3": sdk.s3.list_buckets,
    }
    assert refusal(missing[service]) == ("UnknownOperationException", 404)
    assert aws.count("Unknown") == 1


def test_queries_that_an_operation_has_not_make_it_another(sdk: Clients) -> None:
    assert raw(sdk.url, "GET", "/2020-05-31/distribution?Marker=a", "cloudfront")[0] == 200
    assert raw(sdk.url, "GET", "/2020-05-31/distribution?After=a", "cloudfront")[0] == 404


def test_a_change_can_be_made_whose_answer_is_lost(aws: Aws, sdk: Clients) -> None:
    def lost(operation: str, _: Request) -> Fault:
        return Lost() if operation == "RequestCertificate" else None

    aws.after = lost
    with pytest.raises(BotoCoreError):
        sdk.acm.request_certificate(DomainName="mta-sts.example.com", IdempotencyToken="a")
    [arn] = aws.certificates
    aws.after = lambda _, __: None
    assert sdk.acm.request_certificate(DomainName="mta-sts.example.com", IdempotencyToken="a")["CertificateArn"] == arn


def test_a_call_can_fail_before_it_is_carried_out(aws: Aws, sdk: Clients) -> None:
    aws.before = lambda _, __: Response(status=503)
    assert refusal(sdk.s3.create_bucket, Bucket="files")[1] == 503
    assert aws.buckets == {}
