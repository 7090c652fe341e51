"""What CloudFront adds to a distribution's configuration: who reads it back finds more than was sent."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.fakes.aws.cloudfront.common import listed

_NONE: dict[str, Any] = {"Quantity": 0}
_TOP: Mapping[str, Any] = {
    "Aliases": _NONE,
    "DefaultRootObject": "",
    "OriginGroups": _NONE,
    "CacheBehaviors": _NONE,
    "CustomErrorResponses": _NONE,
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "PriceClass": "PriceClass_All",
    "ViewerCertificate": {"CloudFrontDefaultCertificate": True},
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "WebACLId": "",
    "HttpVersion": "http2",
    "IsIPV6Enabled": True,
    "ContinuousDeploymentPolicyId": "",
    "Staging": False,
}
_BEHAVIOUR: Mapping[str, Any] = {
    "TrustedSigners": {"Enabled": False, "Quantity": 0},
    "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
    "AllowedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]},
    "SmoothStreaming": False,
    "Compress": False,
    "LambdaFunctionAssociations": _NONE,
    "FunctionAssociations": _NONE,
    "FieldLevelEncryptionId": "",
    "GrpcConfig": {"Enabled": False},
}
_ORIGIN: Mapping[str, Any] = {
    "OriginPath": "",
    "CustomHeaders": _NONE,
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "OriginShield": {"Enabled": False},
    "OriginAccessControlId": "",
}
_CUSTOM: Mapping[str, Any] = {
    "OriginSslProtocols": {"Quantity": 4, "Items": ["TLSv1", "SSLv3", "TLSv1.1", "TLSv1.2"]},
    "OriginReadTimeout": 30,
    "OriginKeepaliveTimeout": 5,
}
OPTIONAL_IN_UPDATES = {"OriginGroups", "ContinuousDeploymentPolicyId", "Staging", "GrpcConfig", "TrustedKeyGroups", "CachedMethods"}
"""Younger than the rule that an update must say everything."""


def filled(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as CloudFront keeps it, its lists in an order of its own."""
    found = {**_TOP, **config}
    found["DefaultCacheBehavior"] = _behaviour(found["DefaultCacheBehavior"])
    found["CacheBehaviors"] = listed(_behaviour(one) for one in found["CacheBehaviors"].get("Items", ()))
    found["Origins"] = listed(_origin(one) for one in found["Origins"]["Items"])
    found["Aliases"] = listed(sorted((alias.lower() for alias in found["Aliases"].get("Items", ())), key=lambda alias: alias[::-1]))
    found["ViewerCertificate"] = _certificate(found["ViewerCertificate"])
    return found


def _behaviour(given: Mapping[str, Any]) -> dict[str, Any]:
    found = {**_BEHAVIOUR, **given}
    methods = found["AllowedMethods"]
    cached = methods.get("CachedMethods", {"Items": ["HEAD", "GET"]})
    found["AllowedMethods"] = {**listed(_methods(methods)), "CachedMethods": listed(_methods(cached))}
    return found


def _methods(given: Mapping[str, Any]) -> list[str]:
    order = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"]
    return sorted(given["Items"], key=order.index)


def _origin(given: Mapping[str, Any]) -> dict[str, Any]:
    found = {**_ORIGIN, **given}
    if "CustomOriginConfig" in found:
        found["CustomOriginConfig"] = {**_CUSTOM, **found["CustomOriginConfig"]}
    return found


def _certificate(given: Mapping[str, Any]) -> dict[str, Any]:
    if "ACMCertificateArn" not in given:
        return {
            "CloudFrontDefaultCertificate": True,
            "SSLSupportMethod": "vip",
            "MinimumProtocolVersion": "TLSv1",
            "CertificateSource": "cloudfront",
        }
    old = {"Certificate": given["ACMCertificateArn"], "CertificateSource": "acm"}
    return {"CloudFrontDefaultCertificate": False, "MinimumProtocolVersion": "TLSv1", **given, **old}


def left_out(given: Any, whole: Any) -> Iterator[str]:
    """The members that CloudFront would add by itself: in an update they must be there."""
    if isinstance(whole, Mapping) and isinstance(given, Mapping):
        for name, value in whole.items():
            if name not in given:
                yield name
            else:
                yield from left_out(given[name], value)
    elif isinstance(whole, list) and isinstance(given, list):
        for one, other in zip(given, whole, strict=True):
            yield from left_out(one, other)
