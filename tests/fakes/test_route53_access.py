"""The Route 53 fake, asked by the real SDK: who may call, what goes wrong on demand, and how a change spreads."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.fakes.route53 import ACCESS_KEY, SECRET_KEY, Route53, environment
from tests.fakes.route53.sdk import change, create, route53, rrset, sts, told
from tests.fakes.service import Fault, Lost, Request, Response

if TYPE_CHECKING:
    from mypy_boto3_route53.client import Route53Client

ZONE = "Z0000000000001"
SPF = create(rrset("example.com", "TXT", '"v=spf1 -all"'))


@pytest.fixture
def fake() -> Route53:
    fake = Route53()
    fake.add_zone("example.com")
    return fake


@pytest.fixture
def url(fake: Route53) -> Iterator[str]:
    with fake.served() as url:
        yield url


@pytest.fixture
def client(url: str) -> "Route53Client":
    return route53(url)


def refusal(client: "Route53Client") -> tuple[int, str]:
    with pytest.raises(ClientError) as refused:
        client.list_hosted_zones()
    return refused.value.response["ResponseMetadata"]["HTTPStatusCode"], told(refused.value)


# ------------------------------------------------------------------------------------------------------ keys


def test_an_unknown_key_is_refused(url: str) -> None:
    invalid = (403, "InvalidClientTokenId: The security token included in the request is invalid.")
    assert refusal(route53(url, key="AKIDEXAMPLE000000002")) == invalid
    assert refusal(route53(url, key="ASIAEXAMPLE000000001", token="no such token")) == invalid  # noqa: S106 - a token that is none
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        sts(url, key="AKIDEXAMPLE000000002").get_caller_identity()


def test_a_role_is_assumed(fake: Route53, url: str) -> None:
    credentials = sts(url).assume_role(RoleArn="arn:aws:iam::111122223333:role/dns", RoleSessionName="emailauth")["Credentials"]
    key, secret, token = credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]

    assert change(route53(url, key, secret, token), ZONE, SPF) == "PENDING"
    assert refusal(route53(url, key, secret, "another"))[0] == 403
    assert refusal(route53(url, key, secret))[0] == 403
    assert sts(url).get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/example"
    assert sts(url, key, token).get_caller_identity()["Arn"] == f"arn:aws:sts::111122223333:assumed-role/example/{key}"
    assert fake.count("AssumeRole") == 1


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("arn:aws:iam::111122223333:user/dns", "ValidationError: arn:aws:iam::111122223333:user/dns is invalid"),
        ("arn:aws:iam::111122223333:role/dns", "AccessDenied: User: x is not authorized to perform: sts:AssumeRole"),
    ],
)
def test_a_role_is_not_assumed(fake: Route53, url: str, role: str, says: str) -> None:
    if says.startswith("AccessDenied"):
        fake.fails["AssumeRole"] = (403, "AccessDenied", "User: x is not authorized to perform: sts:AssumeRole")
    with pytest.raises(ClientError) as refused:
        sts(url).assume_role(RoleArn=role, RoleSessionName="emailauth")
    assert told(refused.value) == says


def test_the_environment_leads_a_process_here_and_nowhere_else(url: str) -> None:
    program = "import boto3; print(boto3.client('route53').list_hosted_zones()['HostedZones'][0]['Name'])"
    path = {"PATH": os.environ["PATH"]}

    done = subprocess.run([sys.executable, "-c", program], env={**path, **environment(url)}, capture_output=True, text=True, check=True)

    assert done.stdout == "example.com.\n"
    assert environment(url)["AWS_ACCESS_KEY_ID"] == ACCESS_KEY
    assert environment(url)["AWS_SECRET_ACCESS_KEY"] == SECRET_KEY


# ---------------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (403, "AccessDenied", "User: x is not authorized to perform: route53:ListHostedZones"),
        (403, "ExpiredToken", "The security token included in the request is expired"),
        (503, "ServiceUnavailable", "Service Unavailable"),
    ],
)
def test_an_operation_fails_until_it_no_longer_does(fake: Route53, client: "Route53Client", status: int, code: str, text: str) -> None:
    fake.fails["ListHostedZones"] = (status, code, text)
    assert refusal(client) == (status, f"{code}: {text}")
    assert refusal(client) == (status, f"{code}: {text}")
    assert client.get_hosted_zone(Id=ZONE)["HostedZone"]["Name"] == "example.com."
    fake.fails.clear()
    assert len(client.list_hosted_zones()["HostedZones"]) == 1


def test_calls_are_throttled(fake: Route53, client: "Route53Client") -> None:
    fake.throttled = 2
    assert refusal(client) == (400, "Throttling: Rate exceeded")
    assert change(client, ZONE, SPF) == "Throttling: Rate exceeded"
    assert change(client, ZONE, SPF) == "PENDING"


def test_a_zone_is_busy(fake: Route53, client: "Route53Client") -> None:
    fake.busy = 1
    assert change(client, ZONE, SPF) == (
        "PriorRequestNotComplete: The request was rejected because Route 53 was still processing a prior request."
    )
    assert ("example.com", "TXT") not in fake.sets(ZONE)
    assert change(client, ZONE, SPF) == "PENDING"


@pytest.mark.parametrize("pending", [0, 2])
def test_a_change_is_pending_and_then_in_sync(fake: Route53, client: "Route53Client", pending: int) -> None:
    fake.pending = pending
    made = client.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Comment": "emailauth", "Changes": [SPF]})["ChangeInfo"]
    fake.pending = 0

    said = [client.get_change(Id=made["Id"])["ChangeInfo"] for _ in range(pending + 2)]

    assert (made["Status"], made["Comment"]) == ("PENDING", "emailauth")
    assert [one["Status"] for one in said] == ["PENDING"] * pending + ["INSYNC"] * 2
    assert {(one["Id"], one["Comment"], one["SubmittedAt"]) for one in said} == {(made["Id"], "emailauth", made["SubmittedAt"])}
    listed = client.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="example.com", StartRecordType="TXT")
    assert listed["ResourceRecordSets"][0]["Type"] == "TXT"


def test_a_comment_has_256_characters(client: "Route53Client") -> None:
    with pytest.raises(ClientError, match="less than or equal to 256"):
        client.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Comment": "x" * 257, "Changes": [SPF]})


def test_an_answer_is_lost_before_or_after(fake: Route53, client: "Route53Client") -> None:
    def lost(operation: str, _: Request) -> Fault:
        return Lost() if operation == "ChangeResourceRecordSets" else None

    fake.before = lost
    with pytest.raises(ConnectionClosedError):
        change(client, ZONE, SPF)
    assert ("example.com", "TXT") not in fake.sets(ZONE)
    fake.before, fake.after = fake.after, lost
    with pytest.raises(ConnectionClosedError):
        change(client, ZONE, SPF)
    assert fake.sets(ZONE)["example.com", "TXT"] == (300, ('"v=spf1 -all"',))
    assert [operation for operation, _ in fake.calls] == ["ChangeResourceRecordSets"] * 2


# ----------------------------------------------------------------------- what no SDK sends, and a client by hand might

SIGNED = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20261101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=x"
RRSETS = f"/2013-04-01/hostedzone/{ZONE}/rrset/"
PROTECTIONS = f"/2013-04-01/hostedzone/{ZONE}/rrsetprotection"
BY_HAND: Mapping[str, tuple[str, str, bytes, str, int, str]] = {
    "no signature": ("GET", "/2013-04-01/hostedzone", b"", "", 403, "MissingAuthenticationToken"),
    "signed for another service": (
        "GET",
        "/2013-04-01/hostedzone",
        b"",
        SIGNED.replace("/route53/", "/s3/"),
        403,
        "SignatureDoesNotMatch",
    ),
    "no operation": ("GET", "/2013-04-01/healthcheck", b"", SIGNED, 404, "UnknownOperationException"),
    "no operation of the security token service": ("POST", "/", b"Action=GetSessionToken", SIGNED, 404, "UnknownOperationException"),
    "no XML": ("POST", RRSETS, b"{}", SIGNED, 400, "MalformedInput"),
    "another document": ("POST", RRSETS, b"<ChangeBatch/>", SIGNED, 400, "MalformedInput"),
    "no changes": ("POST", RRSETS, b"<ChangeResourceRecordSetsRequest/>", SIGNED, 400, "InvalidInput"),
    "an empty change": (
        "POST",
        RRSETS,
        b"<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change/></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>",
        SIGNED,
        400,
        "InvalidInput",
    ),
    "no protections": ("POST", PROTECTIONS, b"<CreateResourceRecordSetProtectionsRequest/>", SIGNED, 400, "InvalidInput"),
    "an unknown limit": ("GET", f"/2013-04-01/hostedzonelimit/{ZONE}/MAX", b"", SIGNED, 400, "InvalidInput"),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_whatever_comes_is_answered(url: str, name: str) -> None:
    method, path, body, authorization, status, code = BY_HAND[name]
    connection = http.client.HTTPConnection(urlsplit(url).netloc)

    connection.request(method, path, body, {"Authorization": authorization})
    answer = connection.getresponse()

    assert (answer.status, f"<Code>{code}</Code>" in answer.read().decode()) == (status, True)
    connection.close()


def test_another_answer_may_be_put_in_its_place(fake: Route53, client: "Route53Client") -> None:
    fake.before = lambda _operation, _request: Response(status=500, body=b"<html>")
    assert refusal(client)[0] == 500
