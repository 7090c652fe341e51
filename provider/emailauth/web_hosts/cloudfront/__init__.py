"""Amazon CloudFront, by the AWS SDK: a CloudFront Function answers with the files from its own text; nothing is cached, no server is asked.

Host names are gathered on distributions, as many as one certificate may name. Files that a function has no room for are objects
in a bucket that only our distributions can read. Nothing is kept between runs: what there is is what AWS lists, by the mark `emailauth`.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec

from emailauth.core.errors import UsageError
from emailauth.core.names import InvalidName, is_host, normalise
from emailauth.vendors.aws.account import Account
from emailauth.web_hosts import WebHost, read_back
from emailauth.web_hosts.cloudfront.certificates import Certificates
from emailauth.web_hosts.cloudfront.changing import Changing
from emailauth.web_hosts.cloudfront.host import CloudFront
from emailauth.web_hosts.cloudfront.limits import LIMITS
from emailauth.web_hosts.cloudfront.preparing import Preparing
from emailauth.web_hosts.cloudfront.reading import Reader
from emailauth.web_hosts.cloudfront.refusals import ADVICE
from emailauth.web_hosts.cloudfront.session import REGION, Aws

_SETTING: Final = "web_host: cloudfront"
_PATIENCE: Final = 900.0
"""Seconds; a distribution is deployed in about five minutes, and resolvers may still have the name as not there."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Amazon CloudFront. Credentials come from where the AWS tools find them (environment, profile, container or instance role)."""

    profile: Annotated[
        Annotated[str, msgspec.Meta(min_length=1)] | None,
        msgspec.Meta(description="The profile of ~/.aws/config to use. Not said: AWS_PROFILE, or the default.", examples=["web"]),
    ] = None
    role_arn: Annotated[
        Annotated[str, msgspec.Meta(pattern=r"^arn:aws:iam::[0-9]{12}:role/[!-~]+$")] | None,
        msgspec.Meta(
            description="A role to assume for the account that serves the files.",
            examples=["arn:aws:iam::123456789012:role/email-auth"],
        ),
    ] = None
    external_id: Annotated[
        Annotated[str, msgspec.Meta(min_length=2)] | None,
        msgspec.Meta(description="What the trust policy of that role asks for as sts:ExternalId.", examples=["email-auth-web"]),
    ] = None
    bucket: Annotated[
        Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")] | None,
        msgspec.Meta(
            description="The S3 bucket for files that have no room in a CloudFront Function (BIMI logos and certificates, mostly). It is made, in "
            "us-east-1, when the first one comes. Not said: emailauth-ACCOUNT, with the number of the account.",
            examples=["example-email-auth"],
        ),
    ] = None
    origin: Annotated[
        str | None,
        msgspec.Meta(
            description="The origin of new distributions: CloudFront wants one named, and never asks it for anything. Any host name of yours "
            "that has an address will do. Not said: the name above the first host name, such as example.com for mta-sts.example.com.",
            examples=["www.example.com"],
        ),
    ] = None
    names_per_certificate: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=LIMITS.names,
            description="How many host names a certificate, and with it a distribution, gets. ACM's quota is 10 as long as AWS was not asked "
            "for more, and 100 at most.",
            examples=[LIMITS.default_names],
        ),
    ] = LIMITS.default_names
    connect: Annotated[
        str | None,
        msgspec.Meta(
            description="Where to connect to check a file as a sender would, instead of the host name's own address.",
            examples=["127.0.0.1:8443"],
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        msgspec.Meta(
            description="Certificate authorities to trust for that instead of the system's: a PEM file, relative to the file.",
            examples=["ca.pem"],
        ),
    ] = None


def _now() -> datetime:
    return datetime.now(UTC)


def open_host(
    settings: Settings,
    directory: Path,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = _now,
) -> WebHost:
    """The host of these settings; connects with its first call. `clock` and `pause` are in seconds, `now` is the time with its zone.

    Raises `UsageError` where a setting cannot be understood.
    """
    if settings.external_id is not None and settings.role_arn is None:
        raise UsageError(f"{_SETTING}: external_id is said without the role_arn that it is for")
    account = Account(
        room="web_host",
        host="cloudfront",
        profile=settings.profile,
        role_arn=settings.role_arn,
        external_id=settings.external_id,
        region=REGION,
        advice=ADVICE,
    )
    aws = Aws(account, clock=clock, pause=pause)
    reader = Reader(aws, now)
    certificates = Certificates(aws, reader)
    preparing = Preparing(
        aws=aws,
        reader=reader,
        certificates=certificates,
        names_per_certificate=settings.names_per_certificate,
        origin=_origin(settings.origin),
    )
    changing = Changing(aws=aws, reader=reader, certificates=certificates, bucket=settings.bucket)
    return CloudFront(
        reader=reader,
        preparing=preparing,
        changing=changing,
        read_back=read_back(_SETTING, settings, directory, patience=_PATIENCE),
        clock=clock,
    )


def _origin(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        name = normalise(text)
    except InvalidName as e:
        raise UsageError(f"{_SETTING}: origin: {e}") from e
    if not is_host(name):
        raise UsageError(f"{_SETTING}: origin: {text!r} is not a host name")
    return name
