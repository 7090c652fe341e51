"""The fake of CloudFront's distributions, asked by the real SDK: what is refused, and in which words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

from tests.fakes.aws import Aws
from tests.fakes.aws.apis import model
from tests.fakes.aws.sdk import (
    CUSTOM_ORIGIN,
    Clients,
    behaviour,
    bucket_origin,
    config,
    connected,
    created,
    distribution,
    issued,
    listed,
    message,
    published,
    raw,
    refusal,
)

NAME = "mta-sts.example.com"
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
STALE = "E00000000000000"


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        yield found


# ---------------------------------------------------------------------------------------------- to create

Make: TypeAlias = Callable[[Aws, Clients], dict[str, Any]]


def with_certificate(**changes: Any) -> Make:
    """A certificate for the name, with another state; and the name as alias."""

    def make(aws: Aws, sdk: Clients) -> dict[str, Any]:
        arn = issued(aws, sdk.acm, NAME)
        for name, value in changes.items():
            setattr(aws.certificates[arn], name, value)
        return config(certificate=arn, aliases=(NAME,))

    return make


def with_origin(**changes: Any) -> Make:
    return lambda _, __: config(Origins=listed({**CUSTOM_ORIGIN, **changes}))


def with_bucket(**changes: Any) -> Make:
    def make(_: Aws, sdk: Clients) -> dict[str, Any]:
        return config(Origins=listed({**bucket_origin(control(sdk)), **changes}))

    return make


def control(sdk: Clients, name: str = "files") -> str:
    given: Any = {"Name": name, "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}
    return sdk.cloudfront.create_origin_access_control(OriginAccessControlConfig=given)["OriginAccessControl"]["Id"]


def with_behaviour(**changes: Any) -> Make:
    return lambda _, __: config(DefaultCacheBehavior=behaviour(**changes))


def at(event: str, arn: str = "arn:aws:cloudfront::111122223333:function/answers") -> dict[str, str]:
    return {"EventType": event, "FunctionARN": arn}


def in_another_region(aws: Aws, sdk: Clients) -> dict[str, Any]:
    elsewhere = Clients(sdk.url, region="eu-west-1")
    return config(certificate=issued(aws, elsewhere.acm, NAME), aliases=(NAME,))


def unpublished(_: Aws, sdk: Clients) -> dict[str, Any]:
    created(sdk.cloudfront)
    return config(function="arn:aws:cloudfront::111122223333:function/answers")


def twice(_: Aws, sdk: Clients) -> dict[str, Any]:
    arn = published(sdk.cloudfront)
    return config(DefaultCacheBehavior=behaviour(FunctionAssociations=listed(at("viewer-request", arn), at("viewer-request", arn))))


def taken(aws: Aws, sdk: Clients) -> dict[str, Any]:
    aws.taken_aliases.add(NAME)
    return with_certificate()(aws, sdk)


def over_the_quota(aws: Aws, sdk: Clients) -> dict[str, Any]:
    aws.quotas["distributions"] = 1
    distribution(sdk.cloudfront, config("another"))
    return config()


def too_many_aliases(aws: Aws, sdk: Clients) -> dict[str, Any]:
    names = [f"{number}.example.com" for number in range(101)]
    return config(certificate=issued(aws, sdk.acm, "*.example.com"), aliases=tuple(names))


def too_many_with_the_function(aws: Aws, sdk: Clients) -> dict[str, Any]:
    aws.quotas["distributions per function"] = 1
    arn = published(sdk.cloudfront)
    distribution(sdk.cloudfront, config("another", function=arn))
    return config(function=arn)


def same_reference(_: Aws, sdk: Clients) -> dict[str, Any]:
    distribution(sdk.cloudfront, config(Comment="another"))
    return config()


@dataclass(frozen=True)
class Case:
    make: Make
    code: str
    status: int = 400


def plain(**more: Any) -> Make:
    return lambda _, __: config(**more)


SENT = {
    "an alias and no certificate": Case(plain(aliases=(NAME,)), "InvalidViewerCertificate"),
    "a certificate that there is not": Case(plain(certificate=ARN, aliases=(NAME,)), "InvalidViewerCertificate"),
    "a certificate that is pending": Case(
        with_certificate(status="PENDING_VALIDATION", names=[NAME, "x.example.org"]), "InvalidViewerCertificate"
    ),
    "a certificate that failed": Case(with_certificate(status="FAILED"), "InvalidViewerCertificate"),
    "a certificate of another region": Case(in_another_region, "InvalidViewerCertificate"),
    "a certificate for another name": Case(with_certificate(names=["mta-sts.example.net"]), "InvalidViewerCertificate"),
    "a certificate for names two labels below": Case(with_certificate(names=["*.com"]), "InvalidViewerCertificate"),
    "a certificate with a long key": Case(with_certificate(key_algorithm="EC_secp384r1"), "InvalidViewerCertificate"),
    "a certificate and no way to serve it": Case(plain(ViewerCertificate={"ACMCertificateArn": ARN}), "InvalidViewerCertificate"),
    "two certificates": Case(
        plain(ViewerCertificate={"ACMCertificateArn": ARN, "CloudFrontDefaultCertificate": True, "SSLSupportMethod": "sni-only"}),
        "InvalidArgument",
    ),
    "an alias of another account": Case(taken, "CNAMEAlreadyExists", 409),
    "101 aliases": Case(too_many_aliases, "TooManyDistributionCNAMEs"),
    "one distribution more than allowed": Case(over_the_quota, "TooManyDistributions"),
    "one distribution more with the function": Case(too_many_with_the_function, "TooManyDistributionsWithSingleFunctionARN"),
    "a reference that was used": Case(same_reference, "DistributionAlreadyExists", 409),
    "an origin that is no domain name": Case(with_origin(DomainName="origin"), "InvalidArgument"),
    "an origin that is a URL": Case(with_origin(DomainName="https://example.com/"), "InvalidArgument"),
    "an origin of no kind": Case(plain(Origins=listed({"Id": "origin", "DomainName": "example.com"})), "InvalidOrigin"),
    "an origin of two kinds": Case(with_origin(S3OriginConfig={"OriginAccessIdentity": ""}), "InvalidOrigin"),
    "a bucket that is none": Case(with_bucket(DomainName="files.example.com"), "InvalidArgument"),
    "an origin access control that there is not": Case(with_bucket(OriginAccessControlId=STALE), "InvalidOriginAccessControl"),
    "an origin access control for a host": Case(
        lambda _, sdk: config(Origins=listed({**CUSTOM_ORIGIN, "OriginAccessControlId": control(sdk)})),
        "InvalidDomainNameForOriginAccessControl",
    ),
    "two ways to sign": Case(
        with_bucket(S3OriginConfig={"OriginAccessIdentity": "origin-access-identity/cloudfront/E1"}),
        "IllegalOriginAccessConfiguration",
    ),
    "no origins": Case(plain(Origins={"Quantity": 0, "Items": []}), "MalformedXML"),
    "another origin's name": Case(with_behaviour(TargetOriginId="other"), "NoSuchOrigin", 404),
    "no cache policy": Case(
        plain(DefaultCacheBehavior={"TargetOriginId": "origin", "ViewerProtocolPolicy": "https-only"}), "InvalidArgument"
    ),
    "a cache policy that there is not": Case(
        with_behaviour(CachePolicyId="00000000-0000-0000-0000-000000000000"), "NoSuchCachePolicy", 404
    ),
    "a cache policy and times beside": Case(with_behaviour(MinTTL=0), "InvalidArgument"),
    "only GET": Case(with_behaviour(AllowedMethods=listed("GET")), "InvalidArgument"),
    "a protocol policy that there is not": Case(with_behaviour(ViewerProtocolPolicy="https"), "MalformedXML"),
    "a function that there is not": Case(with_behaviour(FunctionAssociations=listed(at("viewer-request"))), "InvalidFunctionAssociation"),
    "a function that is not published": Case(unpublished, "InvalidFunctionAssociation"),
    "two functions for one event": Case(twice, "InvalidFunctionAssociation"),
    "a function at the origin": Case(with_behaviour(FunctionAssociations=listed(at("origin-request"))), "InvalidFunctionAssociation"),
    "a function of another account": Case(
        with_behaviour(FunctionAssociations=listed(at("viewer-request", "arn:aws:cloudfront::444455556666:function/answers"))),
        "InvalidFunctionAssociation",
    ),
    "a quantity that is another": Case(plain(CacheBehaviors={"Quantity": 1}), "InconsistentQuantities"),
    "a quantity inside that is another": Case(
        with_behaviour(AllowedMethods={**listed("GET", "HEAD"), "Quantity": 3}), "InconsistentQuantities"
    ),
    "a comment of 129 characters": Case(plain(Comment="x" * 129), "InvalidArgument"),
    "no reference": Case(lambda _, __: {name: value for name, value in config().items() if name != "CallerReference"}, "MalformedXML"),
    "a TLS version that there is not": Case(
        plain(ViewerCertificate={"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1.2"}), "MalformedXML"
    ),
}


@pytest.mark.parametrize("name", SENT)
def test_cloudfront_does_not_create(aws: Aws, sdk: Clients, name: str) -> None:
    case = SENT[name]
    sent = case.make(aws, sdk)
    before = list(aws.distributions)
    assert refusal(sdk.cloudfront.create_distribution, DistributionConfig=sent) == (case.code, case.status)
    assert list(aws.distributions) == before


@pytest.mark.parametrize("operation", ["CreateDistribution", "CreateDistributionWithTags"])
def test_codes_are_those_that_the_model_has(operation: str) -> None:
    known = {error.name for error in model("cloudfront").operation_model(operation).error_shapes} | {"MalformedXML"}
    assert {case.code for case in SENT.values()} - known == set()


# ---------------------------------------------------------------------------------------------- to update and delete


@pytest.fixture
def there(aws: Aws, sdk: Clients) -> str:
    """The id of a distribution with an alias and two origins."""
    certificate = issued(aws, sdk.acm, NAME)
    second = {**CUSTOM_ORIGIN, "Id": "second"}
    return distribution(sdk.cloudfront, config(certificate=certificate, aliases=(NAME,), Origins=listed(CUSTOM_ORIGIN, second)))


def without(path: str, config: Any) -> Any:
    """The configuration without one member; "0" is the first of a list."""
    name, _, rest = path.partition("/")
    if name == "0":
        return [without(rest, config[0]), *config[1:]]
    if not rest:
        return {key: value for key, value in config.items() if key != name}
    return {**config, name: without(rest, config[name])}


NEEDED = [
    "Aliases",
    "DefaultRootObject",
    "CacheBehaviors",
    "Logging",
    "WebACLId",
    "DefaultCacheBehavior/FieldLevelEncryptionId",
    "DefaultCacheBehavior/FunctionAssociations",
    "DefaultCacheBehavior/Compress",
    "Origins/Items/0/CustomOriginConfig/OriginReadTimeout",
    "Origins/Items/0/ConnectionAttempts",
]


@pytest.mark.parametrize("path", NEEDED)
def test_an_update_says_everything_again(aws: Aws, sdk: Clients, there: str, path: str) -> None:
    now: Any = sdk.cloudfront.get_distribution_config(Id=there)
    asked = {"Id": there, "IfMatch": now["ETag"], "DistributionConfig": without(path, now["DistributionConfig"])}
    assert refusal(sdk.cloudfront.update_distribution, **asked) == ("IllegalUpdate", 400)
    assert message(sdk.cloudfront.update_distribution, **asked) == f"{path.rpartition('/')[2]} is required for updates."
    assert aws.distributions[there].etag == now["ETag"]


UPDATES: dict[str, tuple[dict[str, Any], tuple[str, int]]] = {
    "of an older version": ({"IfMatch": STALE}, ("PreconditionFailed", 412)),
    "of no version": ({"IfMatch": ""}, ("InvalidIfMatchVersion", 400)),
    "of what there is not": ({"Id": "E1"}, ("NoSuchDistribution", 404)),
    "of the reference": ({"CallerReference": "two"}, ("IllegalUpdate", 400)),
    "without the certificate": ({"ViewerCertificate": {"CloudFrontDefaultCertificate": True}}, ("InvalidViewerCertificate", 400)),
    "to another name": ({"Aliases": listed("mta-sts.example.net")}, ("InvalidViewerCertificate", 400)),
    "to no enabled state": ({"Enabled": None}, ("MalformedXML", 400)),
}


@pytest.mark.parametrize("name", UPDATES)
def test_cloudfront_does_not_update(aws: Aws, sdk: Clients, there: str, name: str) -> None:
    changes, expected = UPDATES[name]
    now: Any = sdk.cloudfront.get_distribution_config(Id=there)
    sent = {**now["DistributionConfig"], **{key: value for key, value in changes.items() if key not in {"Id", "IfMatch"}}}
    asked = {"Id": there, "IfMatch": now["ETag"], **{key: value for key, value in changes.items() if key in {"Id", "IfMatch"}}}
    kept = {key: value for key, value in sent.items() if value is not None}
    assert refusal(sdk.cloudfront.update_distribution, **asked, DistributionConfig=kept) == expected
    assert (aws.distributions[there].etag, aws.distributions[there].config) == (now["ETag"], now["DistributionConfig"])


DELETES: dict[str, tuple[dict[str, Any], tuple[str, int]]] = {
    "an older version": ({"IfMatch": STALE}, ("PreconditionFailed", 412)),
    "no version": ({}, ("InvalidIfMatchVersion", 400)),
    "what there is not": ({"Id": "E1", "IfMatch": STALE}, ("NoSuchDistribution", 404)),
}


@pytest.mark.parametrize("name", DELETES)
def test_cloudfront_does_not_delete(aws: Aws, sdk: Clients, there: str, name: str) -> None:
    asked, expected = DELETES[name]
    assert refusal(sdk.cloudfront.delete_distribution, **{"Id": there, **asked}) == expected
    assert list(aws.distributions) == [there]


# ---------------------------------------------------------------------------------------------- what goes with it

OTHERS: dict[str, tuple[str, dict[str, Any], tuple[str, int]]] = {
    "tags of what there is not": (
        "list_tags_for_resource",
        {"Resource": "arn:aws:cloudfront::111122223333:distribution/E1"},
        ("NoSuchResource", 404),
    ),
    "tags of no ARN": ("list_tags_for_resource", {"Resource": "E1"}, ("MalformedXML", 400)),
    "a tag of AWS": ("tag_resource", {"Tags": {"Items": [{"Key": "aws:a", "Value": "b"}]}}, ("InvalidTagging", 400)),
    "51 tags": ("tag_resource", {"Tags": {"Items": [{"Key": str(number)} for number in range(51)]}}, ("InvalidTagging", 400)),
    "an invalidation of nothing": (
        "create_invalidation",
        {"InvalidationBatch": {"Paths": listed(), "CallerReference": "1"}},
        ("InvalidArgument", 400),
    ),
    "an invalidation without a slash": (
        "create_invalidation",
        {"InvalidationBatch": {"Paths": listed("a"), "CallerReference": "1"}},
        ("InvalidArgument", 400),
    ),
    "an invalidation with another quantity": (
        "create_invalidation",
        {"InvalidationBatch": {"Paths": {"Quantity": 2, "Items": ["/a"]}, "CallerReference": "1"}},
        ("InconsistentQuantities", 400),
    ),
    "an invalidation of what there is not": (
        "create_invalidation",
        {"DistributionId": "E1", "InvalidationBatch": {"Paths": listed("/a"), "CallerReference": "1"}},
        ("NoSuchDistribution", 404),
    ),
    "to see an invalidation that there is not": ("get_invalidation", {"Id": "I1"}, ("NoSuchInvalidation", 404)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_cloudfront_refuses(aws: Aws, sdk: Clients, there: str, name: str) -> None:
    operation, asked, expected = OTHERS[name]
    common = {"DistributionId": there} if "invalidation" in operation else {"Resource": aws.distributions[there].arn}
    assert refusal(getattr(sdk.cloudfront, operation), **{**common, **asked}) == expected
    assert aws.distributions[there].tags == {}


# ---------------------------------------------------------------------------------------------- the words


def test_the_words_are_those_of_the_service(aws: Aws, sdk: Clients) -> None:
    create = sdk.cloudfront.create_distribution
    requirements = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements"
    assert message(create, DistributionConfig=config(aliases=(NAME,))) == (
        "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your "
        f"authorization to use the domain name. For more details, see: {requirements}"
    )
    sent = config(DefaultCacheBehavior=behaviour(FunctionAssociations=listed(at("viewer"))))
    assert message(create, DistributionConfig=sent) == (
        "1 validation error detected: Value 'viewer' at 'distributionConfig.defaultCacheBehavior.functionAssociations.items.1.member.eventType' "
        "failed to satisfy constraint: Member must satisfy enum value set: [viewer-request, viewer-response, origin-request, origin-response]"
    )
    identity = distribution(sdk.cloudfront, config())
    assert message(create, DistributionConfig=config()) == (
        f"The caller reference that you are using to create a distribution is associated with another distribution. Already exists: {identity}"
    )
    assert aws.distributions.keys() == {identity}


BODIES = {
    "no XML": b"<DistributionConfig>",
    "an unknown element": b"<DistributionConfig><Reference>one</Reference></DistributionConfig>",
    "an element twice": b"<DistributionConfig><Comment>a</Comment><Comment>b</Comment></DistributionConfig>",
    "no boolean": b"<DistributionConfig><Enabled>yes</Enabled></DistributionConfig>",
    "no number": b"<DistributionConfig><Aliases><Quantity>many</Quantity></Aliases></DistributionConfig>",
}


@pytest.mark.parametrize("name", BODIES)
def test_what_the_sdk_would_not_send_is_refused_too(sdk: Clients, name: str) -> None:
    status, body = raw(sdk.url, "POST", "/2020-05-31/distribution", "cloudfront", body=BODIES[name])
    assert status == 400
    assert b"<Code>MalformedInput</Code>" in body
