"""The real SDK, for tests of the fake: a client that asks once and gives the answer as it is."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
import botocore.config
from botocore.exceptions import ClientError

from tests.fakes.route53 import ACCESS_KEY, SECRET_KEY
from tests.fakes.route53.batch import CLOUDFRONT

if TYPE_CHECKING:
    from mypy_boto3_route53.client import Route53Client
    from mypy_boto3_route53.type_defs import ChangeTypeDef, ResourceRecordSetTypeDef, ResourceRecordSetUnionTypeDef
    from mypy_boto3_sts.client import STSClient


@cache
def _session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


def _config() -> botocore.config.Config:
    return botocore.config.Config(retries={"total_max_attempts": 1})


def route53(url: str, key: str = ACCESS_KEY, secret: str = SECRET_KEY, token: str | None = None) -> "Route53Client":
    """A client of Route 53."""
    return _session().client(
        "route53",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=_config(),
    )


def sts(url: str, key: str = ACCESS_KEY, token: str | None = None) -> "STSClient":
    """A client of the security token service."""
    return _session().client(
        "sts",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=SECRET_KEY,
        aws_session_token=token,
        config=_config(),
    )


def rrset(name: str, record_type: str, *values: str, ttl: int = 300) -> "ResourceRecordSetTypeDef":
    """A plain set, as the SDK takes it."""
    # The type is any text, for tests of what is refused.
    return {"Name": name, "Type": record_type, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}  # type: ignore[typeddict-item]


def create(record_set: "ResourceRecordSetUnionTypeDef") -> "ChangeTypeDef":
    return {"Action": "CREATE", "ResourceRecordSet": record_set}


def delete(record_set: "ResourceRecordSetUnionTypeDef") -> "ChangeTypeDef":
    return {"Action": "DELETE", "ResourceRecordSet": record_set}


def upsert(record_set: "ResourceRecordSetUnionTypeDef") -> "ChangeTypeDef":
    return {"Action": "UPSERT", "ResourceRecordSet": record_set}


def change(client: "Route53Client", zone: str, *changes: "ChangeTypeDef") -> str:
    """The status of a change; or code and message of the refusal."""
    try:
        answer = client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    except ClientError as e:
        return told(e)
    return answer["ChangeInfo"]["Status"]


def told(error: ClientError) -> str:
    """Code and message of a refusal."""
    return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"


def weighted(name: str, identifier: str, value: str = "192.0.2.1", *, ttl: int = 300, weight: int = 1) -> "ResourceRecordSetTypeDef":
    return {**rrset(name, "A", value, ttl=ttl), "SetIdentifier": identifier, "Weight": weight}


def alias(name: str, target: str, zone: str = CLOUDFRONT, *, health: bool = False) -> "ResourceRecordSetTypeDef":
    return {"Name": name, "Type": "A", "AliasTarget": {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": health}}
