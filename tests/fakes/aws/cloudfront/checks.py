"""What CloudFront refuses of a distribution's configuration, in its words."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from tests.fakes.aws.acm import Certificate
from tests.fakes.aws.calls import Refused
from tests.fakes.aws.cloudfront.common import check_quantities

CACHE_POLICIES = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "Managed-CachingOptimized",
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "Managed-CachingDisabled",
}
KEYS = {"RSA_1024", "RSA_2048", "EC_prime256v1"}
"""Key algorithms of certificates that CloudFront takes."""
LONGEST_COMMENT = 128
REQUIREMENTS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements"


def aliases(config: Mapping[str, Any]) -> list[str]:
    """The alternate domain names."""
    return [alias.lower() for alias in config.get("Aliases", {}).get("Items", ())]


def behaviours(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The default one first."""
    return [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", ())]


def function_arns(config: Mapping[str, Any]) -> Iterator[str]:
    """The functions that the behaviours run."""
    for behaviour in behaviours(config):
        for association in behaviour.get("FunctionAssociations", {}).get("Items", ()):
            yield association["FunctionARN"]


def check(
    config: Mapping[str, Any],
    *,
    certificates: Mapping[str, Certificate],
    functions: Collection[str],
    controls: Collection[str],
    quotas: Mapping[str, int],
) -> None:
    """Raises Refused. `functions`: the ARNs of those that are published; `controls`: the ids of the origin access controls."""
    check_quantities(config)
    if len(config["Comment"]) > LONGEST_COMMENT:
        raise Refused("InvalidArgument", "The parameter Comment is too big.")
    if len(aliases(config)) > quotas["aliases per distribution"]:
        raise Refused("TooManyDistributionCNAMEs", "Your request contains more CNAMEs than are allowed per distribution.")
    _check_certificate(config, certificates)
    for origin in config["Origins"]["Items"]:
        _check_origin(origin, controls)
    for behaviour in behaviours(config):
        _check_behaviour(behaviour, {origin["Id"] for origin in config["Origins"]["Items"]})
        _check_functions(behaviour, functions)


def _check_certificate(config: Mapping[str, Any], certificates: Mapping[str, Certificate]) -> None:
    given = config.get("ViewerCertificate", {})
    arn = given.get("ACMCertificateArn")
    if arn is None:
        if aliases(config):
            message = "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name. For more details, see: "
            raise Refused("InvalidViewerCertificate", message + REQUIREMENTS)
        return
    if given.get("CloudFrontDefaultCertificate"):
        raise Refused("InvalidArgument", "The parameter ViewerCertificate is not valid: it names two certificates.")
    if "SSLSupportMethod" not in given:
        raise Refused("InvalidViewerCertificate", "The parameter SSLSupportMethod is required with ACMCertificateArn.")
    certificate = certificates.get(arn)
    if certificate is None or certificate.region != "us-east-1" or certificate.status != "ISSUED":
        message = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain."
        raise Refused("InvalidViewerCertificate", message)
    if certificate.key_algorithm not in KEYS:
        raise Refused("InvalidViewerCertificate", "The specified SSL certificate uses an unsupported key size or algorithm.")
    if not all(certificate.covers(alias) for alias in aliases(config)):
        message = "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add. For more details, see: "
        raise Refused("InvalidViewerCertificate", message + REQUIREMENTS)


def _check_origin(origin: Mapping[str, Any], controls: Collection[str]) -> None:
    control, s3 = origin.get("OriginAccessControlId", ""), origin.get("S3OriginConfig")
    if "." not in origin["DomainName"] or "/" in origin["DomainName"]:
        raise Refused("InvalidArgument", "The parameter origin name must be a domain name.")
    if (s3 is None) == ("CustomOriginConfig" not in origin):
        raise Refused("InvalidOrigin", "The specified origin server does not exist or is not valid.")
    is_bucket = ".s3." in origin["DomainName"] and origin["DomainName"].endswith(".amazonaws.com")
    if s3 is not None and not is_bucket:
        raise Refused("InvalidArgument", "The parameter Origin DomainName does not refer to a valid S3 bucket.")
    if not control:
        return
    if control not in controls:
        raise Refused("InvalidOriginAccessControl", "The origin access control is not valid.")
    if not is_bucket:
        raise Refused(
            "InvalidDomainNameForOriginAccessControl",
            "An origin access control is associated with an origin whose domain name is not supported.",
        )
    if s3 is not None and s3["OriginAccessIdentity"]:
        raise Refused(
            "IllegalOriginAccessConfiguration",
            "An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI).",
        )


def _check_behaviour(behaviour: Mapping[str, Any], origins: Collection[str]) -> None:
    if behaviour["TargetOriginId"] not in origins:
        raise Refused("NoSuchOrigin", "One or more of your origins or origin groups do not exist.", 404)
    policy = behaviour.get("CachePolicyId")
    if policy is None and "ForwardedValues" not in behaviour:
        raise Refused("InvalidArgument", "The parameter ForwardedValues is required.")
    if policy is not None and policy not in CACHE_POLICIES:
        raise Refused("NoSuchCachePolicy", "The specified cache policy does not exist.", 404)
    if policy is not None and behaviour.keys() & {"ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"}:
        raise Refused(
            "InvalidArgument", "The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior."
        )
    methods = set(behaviour.get("AllowedMethods", {}).get("Items", ("GET", "HEAD")))
    if methods not in ({"GET", "HEAD"}, {"GET", "HEAD", "OPTIONS"}, {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}):
        raise Refused("InvalidArgument", "The parameter AllowedMethods is not valid.")


def _check_functions(behaviour: Mapping[str, Any], functions: Collection[str]) -> None:
    associations = behaviour.get("FunctionAssociations", {}).get("Items", ())
    events = [association["EventType"] for association in associations]
    if len(set(events)) != len(events) or set(events) - {"viewer-request", "viewer-response"}:
        raise Refused("InvalidFunctionAssociation", "A CloudFront function association is invalid.")
    for association in associations:
        if association["FunctionARN"] not in functions:
            raise Refused("InvalidFunctionAssociation", f"The function {association['FunctionARN']} does not exist or is not published.")


def check_owner(config: Mapping[str, Any], taken: Callable[[str], bool]) -> None:
    """Refuses aliases that another distribution has."""
    if any(taken(alias) for alias in aliases(config)):
        message = "One or more of the CNAMEs you provided are already associated with a different resource."
        raise Refused("CNAMEAlreadyExists", message, 409)
