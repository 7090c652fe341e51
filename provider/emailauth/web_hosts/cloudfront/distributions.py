"""Distributions: made without host names, given them with their certificate, disabled and deleted with the last of them.

Every change names the version that it was made from (ETag), and is made only where the host names are still those that were read.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.vendors.aws.errors import Refused
from emailauth.web_hosts.cloudfront.reading import Reader
from emailauth.web_hosts.cloudfront.session import REGION, Aws
from emailauth.web_hosts.cloudfront.state import COMMENT, MARK, Distribution, Function, Site

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import DistributionConfigOutputTypeDef, DistributionConfigTypeDef

CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""Managed-CachingDisabled: the function answers before the cache is asked, and files in the bucket shall be new at once."""
_ORIGIN: Final = "origin"
_ANOTHER_VERSION: Final = frozenset({"PreconditionFailed", "InvalidIfMatchVersion"})
_TRIES: Final = 5
_LISTED_EVERY: Final = 3.0
_LISTED_TIMES: Final = 10
_DEPLOYED_EVERY: Final = 15.0
_DEPLOYED_TIMES: Final = 120
"""30 minutes; a distribution is deployed in about 5."""
_METHODS: Final = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
"""All, so that it is the function that refuses the others, with status 405; nothing but GET and HEAD ever reaches the origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a distribution that serves shall be."""

    aliases: frozenset[str]
    certificate: str
    """ARN."""
    bucket: str | None = None
    """The bucket that is its origin; None: the origin stays what it is."""
    origin_access_control: str | None = None
    """The id of how CloudFront signs what it asks of the bucket."""


def create(aws: Aws, reader: Reader, name: str, function: Function, origin: str) -> Distribution:
    """Makes the distribution of a site, without host names; `origin` is never asked for anything.

    Twice makes one. Raises `CouldNotDoError`.
    """
    number = int(name.rpartition("-")[2])
    config: DistributionConfigTypeDef = {
        "CallerReference": f"{name} {function.created.isoformat()}",  # a name can come again when its function was deleted
        "Comment": f"{name}: {COMMENT.removeprefix(MARK + ': ')}",
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IsIPV6Enabled": True,
        "PriceClass": "PriceClass_All",
        "Aliases": {"Quantity": 0},
        "ViewerCertificate": {"CloudFrontDefaultCertificate": True},
        "Origins": {"Quantity": 1, "Items": [_plain_origin(origin)]},
        "DefaultCacheBehavior": _behaviour(function.arn),
    }
    try:
        made = aws.call(
            lambda: aws.cloudfront.create_distribution_with_tags(
                DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": [{"Key": MARK, "Value": name}]}}
            ),
            f"make the distribution {name}",
            {"DistributionAlreadyExists"},
        )["Distribution"]
    except Refused:
        return _listed(aws, reader, number)
    reader.note_distribution(made["ARN"], name)
    return Distribution(
        id=made["Id"],
        arn=made["ARN"],
        domain_name=made["DomainName"].lower(),
        aliases=frozenset(),
        certificate=None,
        enabled=True,
        bucket=None,
    )


def _listed(aws: Aws, reader: Reader, number: int) -> Distribution:
    """One that CloudFront says is there, though the list that was read did not have it."""
    found: list[Distribution] = []

    def is_listed() -> bool:
        found.extend(distribution for at, distribution in reader.distributions().items() if at == number)
        return bool(found)

    if not aws.until(is_listed, every=_LISTED_EVERY, times=_LISTED_TIMES):
        raise CouldNotDoError(
            f"CloudFront says that the distribution emailauth-{number} is there, and does not list it: run again in some minutes"
        )
    return found[0]


def update(aws: Aws, site: Site, shape: Shape) -> bool:
    """Gives a distribution its shape; answers whether there was anything to change. Raises `ConflictError` and `CouldNotDoError`."""

    def shaped(config: "DistributionConfigOutputTypeDef") -> Any:
        new: Any = {
            **config,
            "Aliases": {"Quantity": len(shape.aliases), "Items": sorted(shape.aliases)},
            "ViewerCertificate": {
                "CloudFrontDefaultCertificate": False,
                "ACMCertificateArn": shape.certificate,
                "Certificate": shape.certificate,
                "CertificateSource": "acm",
                "SSLSupportMethod": "sni-only",
                "MinimumProtocolVersion": "TLSv1.2_2021",
            },
        }
        if shape.bucket is not None:
            new["Origins"] = {"Quantity": 1, "Items": [_bucket_origin(config, shape.bucket, str(shape.origin_access_control))]}
        return new

    def is_right(config: "DistributionConfigOutputTypeDef") -> bool:
        origin = config["Origins"]["Items"][0]
        return (
            _aliases(config) == shape.aliases
            and config["ViewerCertificate"].get("ACMCertificateArn") == shape.certificate
            and (
                shape.bucket is None
                or (origin["DomainName"], origin.get("OriginAccessControlId")) == (bucket_host(shape.bucket), shape.origin_access_control)
            )
        )

    return _change(aws, site, shaped, is_right, expected={site.aliases, shape.aliases})


def disable(aws: Aws, site: Site) -> bool:
    """Takes a distribution off all host names, and out of service; answers whether there was anything to change. Raises as `update`."""

    def shaped(config: "DistributionConfigOutputTypeDef") -> Any:
        return {**config, "Enabled": False, "Aliases": {"Quantity": 0}, "ViewerCertificate": _default_certificate()}

    def is_right(config: "DistributionConfigOutputTypeDef") -> bool:
        return not config["Enabled"] and not _aliases(config)

    return _change(aws, site, shaped, is_right, expected={site.aliases, frozenset()})


def delete(aws: Aws, distribution: Distribution) -> None:
    """Deletes one that is disabled and deployed so; twice is no error. Raises `CouldNotDoError`, and `ConflictError` where it changes meanwhile."""
    for _ in range(_TRIES):
        try:
            etag = aws.call(
                lambda: aws.cloudfront.get_distribution_config(Id=distribution.id)["ETag"],
                f"read the distribution {distribution.id}",
                {"NoSuchDistribution"},
            )
            aws.call(
                lambda: aws.cloudfront.delete_distribution(Id=distribution.id, IfMatch=etag),  # noqa: B023 - called at once
                f"delete the distribution {distribution.id}",
                {"NoSuchDistribution", *_ANOTHER_VERSION},
            )
        except Refused as e:
            if e.code == "NoSuchDistribution":
                return
        else:
            return
    raise _changed_meanwhile(distribution.id)


def wait_until_deployed(aws: Aws, reader: Reader, ids: Collection[str]) -> None:
    """Waits until each of them is what it was told to be, everywhere. Raises `CouldNotDoError` where that takes too long."""
    waiting: set[str] = set(ids)

    def deployed() -> bool:
        listed = {summary["Id"]: summary["Status"] for _, summary in reader.summaries()}
        waiting.intersection_update(identity for identity, status in listed.items() if status != "Deployed")
        return not waiting

    if waiting and not aws.until(deployed, every=_DEPLOYED_EVERY, times=_DEPLOYED_TIMES):
        minutes = _DEPLOYED_EVERY * _DEPLOYED_TIMES / 60
        raise CouldNotDoError(
            f"CloudFront has not deployed {', '.join(sorted(waiting))} in {minutes:.0f} minutes: run again later, which goes on from there"
        )


def bucket_host(bucket: str) -> str:
    """The name that CloudFront asks for a bucket's objects."""
    return f"{bucket}.s3.{REGION}.amazonaws.com"


def _change(
    aws: Aws,
    site: Site,
    shaped: "Callable[[DistributionConfigOutputTypeDef], Any]",
    is_right: "Callable[[DistributionConfigOutputTypeDef], bool]",
    expected: Collection[frozenset[str]],
) -> bool:
    """Another version is no conflict by itself: publishing a function makes one too. Other host names are."""
    identity = site.distribution_id
    for _ in range(_TRIES):
        try:
            answer = aws.call(
                lambda: aws.cloudfront.get_distribution_config(Id=identity), f"read the distribution {identity}", {"NoSuchDistribution"}
            )
        except Refused:
            raise _changed_meanwhile(identity) from None
        config = answer["DistributionConfig"]
        if is_right(config):
            return False
        if _aliases(config) not in expected:
            raise _changed_meanwhile(identity)
        try:
            aws.call(
                lambda: aws.cloudfront.update_distribution(Id=identity, IfMatch=answer["ETag"], DistributionConfig=shaped(config)),  # noqa: B023 - called at once
                f"update the distribution {identity} ({', '.join(sorted(_aliases(shaped(config)))) or 'no host names'})",
                {"NoSuchDistribution", *_ANOTHER_VERSION},
            )
        except Refused:
            continue
        return True
    raise _changed_meanwhile(identity)


def _changed_meanwhile(identity: str) -> ConflictError:
    return ConflictError(f"somebody else changes the distribution {identity} at the same time: plan again")


def _aliases(config: Any) -> frozenset[str]:
    return frozenset(alias.lower() for alias in config.get("Aliases", {}).get("Items", ()))


def _default_certificate() -> Any:
    return {
        "CloudFrontDefaultCertificate": True,
        "CertificateSource": "cloudfront",
        "SSLSupportMethod": "vip",
        "MinimumProtocolVersion": "TLSv1",
    }


def _behaviour(function_arn: str) -> Any:
    return {
        "TargetOriginId": _ORIGIN,
        "ViewerProtocolPolicy": "https-only",
        "AllowedMethods": {"Quantity": len(_METHODS), "Items": _METHODS, "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}},
        "Compress": False,
        "CachePolicyId": CACHING_DISABLED,
        "FunctionAssociations": {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": function_arn}]},
    }


def _plain_origin(host: str) -> Any:
    return {
        "Id": _ORIGIN,
        "DomainName": host,
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
        },
    }


def _bucket_origin(config: "DistributionConfigOutputTypeDef", bucket: str, origin_access_control: str) -> Any:
    """The origin that there is, with a bucket in the place of what it was."""
    kept = {key: value for key, value in config["Origins"]["Items"][0].items() if key != "CustomOriginConfig"}
    return {
        **kept,
        "DomainName": bucket_host(bucket),
        "OriginAccessControlId": origin_access_control,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
