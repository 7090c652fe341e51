"""The SDK, imported where used: clients with the credentials that the settings and the environment give."""

import os
from typing import TYPE_CHECKING, Any, Final

from emailauth.core.errors import UsageError
from emailauth.dns_hosts.route53.trouble import Call, told

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_route53 import Route53Client

_REGIONS: Final = {"aws": "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}
"""One of each partition, where nothing names a region."""
_CONNECT_TIMEOUT: Final = 10.0
"""Seconds."""


def errors() -> tuple[type[Exception], ...]:
    """Everything that a call of the SDK raises."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - imported where used
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    return (BotoCoreError, ClientError, ResponseParserError)


def client(*, profile: str | None, role_arn: str | None, external_id: str | None, timeout: float) -> "Route53Client":
    """A client that never sends a request twice by itself. Raises `UsageError` and `CouldNotDoError`.

    With a role, calls sts:AssumeRole; what that gives is good for an hour. `timeout`: seconds until an answer counts as lost.
    """
    try:
        from boto3.session import Session  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415
    except ImportError:
        raise UsageError("dns_host route53 needs the AWS SDK: pip install 'emailauth[aws]'") from None
    call = Call(operation="ListHostedZones")
    if role_arn is not None:
        call = Call(operation="AssumeRole", where=f"the role {role_arn}", resource=role_arn, service="sts")
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=_CONNECT_TIMEOUT, read_timeout=timeout)
    try:
        session = Session(profile_name=profile)
        if role_arn is not None:
            session = _assumed(session, role_arn, external_id)
        return session.client("route53", region_name=_region(session, "aws"), config=config)
    except errors() as e:
        raise told(e, call) from None


def _region(session: "Session", partition: str) -> str:
    """Route 53 has one place in each partition, and the region says which partition. boto3 itself does not look at AWS_REGION."""
    return os.environ.get("AWS_REGION") or session.region_name or _REGIONS.get(partition, _REGIONS["aws"])


def _assumed(session: "Session", role_arn: str, external_id: str | None) -> "Session":
    from boto3.session import Session  # noqa: PLC0415

    partition = role_arn.split(":")[1]
    region = _region(session, partition)
    if session.get_partition_for_region(region) != partition:
        raise UsageError(
            f"the region {region} is not in {partition}, where the role {role_arn} is: set AWS_REGION (or the profile's region) to one of there"
        )
    sts = session.client("sts", region_name=region)
    said: dict[str, Any] = {} if external_id is None else {"ExternalId": external_id}
    given = sts.assume_role(RoleArn=role_arn, RoleSessionName="emailauth", **said)["Credentials"]
    return Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=region,
        profile_name=session.profile_name if session.profile_name != "default" else None,
    )
