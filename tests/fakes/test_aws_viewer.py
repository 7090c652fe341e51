"""What viewers get from the fake of CloudFront: functions, caches and buckets, through distributions that the real SDK made."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.aws import Aws, NoConnection
from tests.fakes.aws.sdk import (
    HELLO,
    OPTIMISED,
    PASS,
    Clients,
    behaviour,
    bucket_origin,
    config,
    connected,
    distribution,
    issued,
    listed,
    published,
)

NAME = "mta-sts.example.com"
ALL_METHODS = listed("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")


@pytest.fixture
def aws() -> Aws:
    aws = Aws()
    aws.deploying = 0
    return aws


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        yield found


def serving(aws: Aws, sdk: Clients, code: bytes, **more: Any) -> str:
    """The id of a distribution that runs the code for the name."""
    function, certificate = published(sdk.cloudfront, code=code), issued(aws, sdk.acm, NAME)
    sent = config(certificate=certificate, aliases=(NAME,), function=function)
    return distribution(sdk.cloudfront, {**sent, **more})


def changed(sdk: Clients, identity: str, **more: Any) -> None:
    now: Any = sdk.cloudfront.get_distribution_config(Id=identity)
    sent: Any = {**now["DistributionConfig"], **more}
    sdk.cloudfront.update_distribution(Id=identity, IfMatch=now["ETag"], DistributionConfig=sent)


# ---------------------------------------------------------------------------------------------- functions


def test_a_function_answers_for_an_alias(aws: Aws, sdk: Clients) -> None:
    identity = serving(aws, sdk, HELLO)
    status, headers, body = aws.fetch(NAME, "/.well-known/mta-sts.txt")
    assert (status, body) == (200, b"hello")
    assert headers == {
        "server": "CloudFront",
        "x-cache": "FunctionGeneratedResponse from cloudfront",
        "content-type": "text/plain",
        "content-length": "5",
    }
    assert aws.fetch(NAME.upper(), "/")[0] == 200
    assert aws.fetch(aws.distributions[identity].domain_name, "/")[2] == b"hello"


def test_a_function_sees_the_request(aws: Aws, sdk: Clients) -> None:
    identity = serving(aws, sdk, b"function handler(event) { return {statusCode: 200, body: JSON.stringify(event)}; }")
    event = json.loads(aws.fetch(NAME, "/a%20b?x=1&y=")[2])
    assert event["context"] == {
        "distributionDomainName": aws.distributions[identity].domain_name,
        "distributionId": identity,
        "eventType": "viewer-request",
        "requestId": "EXAMPLE-request",
    }
    assert (event["version"], event["viewer"]) == ("1.0", {"ip": "192.0.2.1"})
    assert event["request"] == {
        "method": "GET",
        "uri": "/a%20b",
        "querystring": {"x": {"value": "1"}, "y": {"value": ""}},
        "headers": {"host": {"value": NAME}, "user-agent": {"value": "emailauth-test"}, "accept": {"value": "*/*"}},
        "cookies": {},
    }


METHODS = {
    "GET": (200, b"GET"),
    "HEAD": (200, b""),
    "POST": (405, b"not allowed"),
}
ANSWER_BY_METHOD = b"""
function handler(event) {
  var method = event.request.method;
  return method === 'POST' ? {statusCode: 405, body: 'not allowed'} : {statusCode: 200, body: {encoding: 'text', data: method}};
}
"""


@pytest.mark.parametrize("method", METHODS)
def test_a_function_answers_for_the_methods_that_are_let_in(aws: Aws, sdk: Clients, method: str) -> None:
    identity = serving(aws, sdk, ANSWER_BY_METHOD)
    behaviour_now = aws.distributions[identity].config["DefaultCacheBehavior"]
    changed(sdk, identity, DefaultCacheBehavior={**behaviour_now, "AllowedMethods": ALL_METHODS})
    status, headers, body = aws.fetch(NAME, "/", method)
    assert (status, body) == METHODS[method]
    assert headers["content-length"] == str(len(METHODS[method][1]) if method != "HEAD" else 4)


def test_other_methods_never_come_to_the_function(aws: Aws, sdk: Clients) -> None:
    serving(aws, sdk, ANSWER_BY_METHOD)
    assert aws.fetch(NAME, "/", "POST")[0] == 403


def test_octets_come_through(aws: Aws, sdk: Clients) -> None:
    serving(aws, sdk, b"function handler(event) { return {statusCode: 200, body: {encoding: 'base64', data: 'AP8NCg=='}}; }")
    assert aws.fetch(NAME, "/")[2] == b"\x00\xff\r\n"


FAULTS = {
    "it throws": (b"function handler(event) { return a.b; }", "FunctionExecutionError from cloudfront"),
    "what it returns is not valid": (b"function handler(event) { return {statusCode: '200'}; }", "FunctionValidationError from cloudfront"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_function_that_fails_is_a_503(aws: Aws, sdk: Clients, name: str) -> None:
    code, cache = FAULTS[name]
    serving(aws, sdk, code)
    status, headers, _ = aws.fetch(NAME, "/")
    assert (status, headers["x-cache"], headers["content-type"]) == (503, cache, "text/html")


def test_only_what_is_published_and_deployed_is_served(aws: Aws, sdk: Clients) -> None:
    identity = serving(aws, sdk, HELLO)
    aws.deploying = 2
    etag = sdk.cloudfront.describe_function(Name="answers")["ETag"]
    settings: Any = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    new = HELLO.replace(b"hello", b"changed")
    etag = sdk.cloudfront.update_function(Name="answers", IfMatch=etag, FunctionConfig=settings, FunctionCode=new)["ETag"]
    assert aws.fetch(NAME, "/")[2] == b"hello"
    sdk.cloudfront.publish_function(Name="answers", IfMatch=etag)
    for _ in range(2):
        assert aws.fetch(NAME, "/")[2] == b"hello"
        sdk.cloudfront.get_distribution(Id=identity)
    assert aws.fetch(NAME, "/")[2] == b"changed"


def test_a_distribution_is_served_once_it_is_deployed_and_as_long_as_it_is_enabled(aws: Aws, sdk: Clients) -> None:
    aws.deploying = 1
    identity = serving(aws, sdk, HELLO)
    with pytest.raises(NoConnection, match=NAME):
        aws.fetch(NAME, "/")
    sdk.cloudfront.list_distributions()
    assert aws.fetch(NAME, "/")[0] == 200
    changed(sdk, identity, Enabled=False)
    assert aws.fetch(NAME, "/")[0] == 200
    sdk.cloudfront.get_distribution(Id=identity)
    with pytest.raises(NoConnection, match=NAME):
        aws.fetch(NAME, "/")


def test_nobody_answers_for_other_names(aws: Aws, sdk: Clients) -> None:
    serving(aws, sdk, HELLO)
    for host in ("example.com", "mta-sts.example.net", f"www.{NAME}"):
        with pytest.raises(NoConnection, match=host):
            aws.fetch(host, "/")


def test_without_a_certificate_for_the_name_there_is_no_connection(aws: Aws, sdk: Clients) -> None:
    serving(aws, sdk, HELLO)
    [certificate] = aws.certificates.values()
    certificate.names = ["example.org"]
    with pytest.raises(NoConnection, match=NAME):
        aws.fetch(NAME, "/")


def test_functions_for_responses_are_not_run_here(aws: Aws, sdk: Clients) -> None:
    arn = published(sdk.cloudfront, "other", PASS)
    associations = listed({"EventType": "viewer-response", "FunctionARN": arn})
    serving(aws, sdk, HELLO, DefaultCacheBehavior=behaviour(FunctionAssociations=associations))
    with pytest.raises(NotImplementedError, match="viewer-response"):
        aws.fetch(NAME, "/")


# ---------------------------------------------------------------------------------------------- buckets

BUCKET = "files"
TO_KEY = b"function handler(event) { var request = event.request; request.uri = '/' + request.headers.host.value + request.uri; return request; }"


def control(sdk: Clients, behavior: str = "always") -> str:
    given: Any = {"Name": "files", "SigningProtocol": "sigv4", "SigningBehavior": behavior, "OriginAccessControlOriginType": "s3"}
    return sdk.cloudfront.create_origin_access_control(OriginAccessControlConfig=given)["OriginAccessControl"]["Id"]


def with_bucket(aws: Aws, sdk: Clients, *, policy: str = OPTIMISED, signing: str = "always", **origin: Any) -> str:
    """The id of a distribution whose function leads to the keys of a bucket that lets nobody in yet."""
    sdk.s3.create_bucket(Bucket=BUCKET)
    arn = published(sdk.cloudfront, code=TO_KEY)
    association = listed({"EventType": "viewer-request", "FunctionARN": arn})
    sent = config(
        certificate=issued(aws, sdk.acm, NAME),
        aliases=(NAME,),
        Origins=listed(bucket_origin(control(sdk, signing), **origin)),
        DefaultCacheBehavior=behaviour(CachePolicyId=policy, FunctionAssociations=association),
    )
    return distribution(sdk.cloudfront, sent)


def let_in(aws: Aws, sdk: Clients, identity: str, *actions: str) -> None:
    """Lets the distribution into the bucket."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": ["s3:GetObject", *actions],
        "Resource": [f"arn:aws:s3:::{BUCKET}/*", f"arn:aws:s3:::{BUCKET}"],
        "Condition": {"StringEquals": {"AWS:SourceArn": aws.distributions[identity].arn}},
    }
    sdk.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def put(sdk: Clients, body: bytes, **more: Any) -> None:
    sdk.s3.put_object(Bucket=BUCKET, Key=f"{NAME}/logo é.svg", Body=body, ContentType="image/svg+xml", **more)


PATH = "/logo%20%C3%A9.svg"


def test_an_object_comes_from_the_bucket_that_lets_the_distribution_in(aws: Aws, sdk: Clients) -> None:
    let_in(aws, sdk, with_bucket(aws, sdk))
    put(sdk, b"<svg/>", CacheControl="max-age=60")
    status, headers, body = aws.fetch(NAME, PATH)
    assert (status, body) == (200, b"<svg/>")
    assert (headers["content-type"], headers["cache-control"], headers["x-cache"]) == (
        "image/svg+xml",
        "max-age=60",
        "Miss from cloudfront",
    )
    status, headers, body = aws.fetch(NAME, PATH, "HEAD")
    assert (status, body, headers["content-length"], headers["x-cache"]) == (200, b"", "6", "Hit from cloudfront")


BUCKETS: dict[str, tuple[dict[str, Any], tuple[str, ...] | None, bool, int]] = {
    "there, and let in": ({}, (), True, 200),
    "not let in": ({}, None, True, 403),
    "not there, and lists are not allowed": ({}, (), False, 403),
    "not there, and lists are allowed": ({}, ("s3:ListBucket",), False, 404),
    "not signed": ({"signing": "never"}, (), True, 403),
    "below another path": ({"OriginPath": "/old"}, (), True, 403),
    "no such bucket": ({"DomainName": "none.s3.us-east-1.amazonaws.com"}, (), True, 404),
    "in another region": ({"DomainName": "files.s3.eu-west-1.amazonaws.com"}, (), True, 301),
    "by the name without a region": ({"DomainName": "files.s3.amazonaws.com"}, (), True, 200),
}


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_gives(aws: Aws, sdk: Clients, name: str) -> None:
    origin, actions, there, expected = BUCKETS[name]
    identity = with_bucket(aws, sdk, **{"domain_name" if key == "DomainName" else key: value for key, value in origin.items()})
    if actions is not None:
        let_in(aws, sdk, identity, *actions)
    if there:
        put(sdk, b"<svg/>")
    assert aws.fetch(NAME, PATH)[0] == expected


def test_a_host_behind_cloudfront_does_not_answer(aws: Aws, sdk: Clients) -> None:
    serving(aws, sdk, PASS)
    assert aws.fetch(NAME, "/")[0] == 502


def test_behaviours_are_chosen_by_path(aws: Aws, sdk: Clients) -> None:
    special = {**behaviour(), "PathPattern": "logos/*.svg"}
    serving(aws, sdk, HELLO, CacheBehaviors=listed(special))
    assert [aws.fetch(NAME, path)[0] for path in ("/logos/a.svg", "/logos/a.txt", "/a/logos/a.svg")] == [502, 200, 200]


# ---------------------------------------------------------------------------------------------- the cache

KEPT: dict[str, tuple[str, dict[str, Any], int, bytes]] = {
    "as long as the object says": (OPTIMISED, {"CacheControl": "public, max-age=60"}, 50, b"old"),
    "no longer than the object says": (OPTIMISED, {"CacheControl": "public, max-age=60"}, 70, b"new"),
    "a day, where nothing is said": (OPTIMISED, {}, 86_000, b"old"),
    "no longer than a day": (OPTIMISED, {}, 86_500, b"new"),
    "not at all, where caches are off": ("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", {"CacheControl": "max-age=60"}, 0, b"new"),
}


@pytest.mark.parametrize("name", KEPT)
def test_an_object_is_kept(aws: Aws, sdk: Clients, name: str) -> None:
    policy, headers, seconds, expected = KEPT[name]
    let_in(aws, sdk, with_bucket(aws, sdk, policy=policy))
    put(sdk, b"old", **headers)
    assert aws.fetch(NAME, PATH)[2] == b"old"
    put(sdk, b"new", **headers)
    aws.now += timedelta(seconds=seconds)
    assert aws.fetch(NAME, PATH)[2] == expected


@pytest.mark.parametrize(("seconds", "expected"), [(5, 403), (15, 200)])
def test_an_error_is_kept_for_ten_seconds(aws: Aws, sdk: Clients, seconds: int, expected: int) -> None:
    let_in(aws, sdk, with_bucket(aws, sdk))
    assert aws.fetch(NAME, PATH)[0] == 403
    put(sdk, b"new")
    aws.now += timedelta(seconds=seconds)
    assert aws.fetch(NAME, PATH)[0] == expected


PATHS = {
    "that path": (f"/{NAME}{PATH}", b"new"),
    "all paths": ("/*", b"new"),
    "paths that begin so": (f"/{NAME}/logo*", b"new"),
    "another path": (f"/{NAME}/logo", b"old"),
    "a star within": (f"/{NAME}/*.svg", b"old"),
    "the path that the viewer asked for": (PATH, b"old"),
}


@pytest.mark.parametrize("name", PATHS)
def test_an_invalidation_takes_out_of_the_cache(aws: Aws, sdk: Clients, name: str) -> None:
    path, expected = PATHS[name]
    identity = with_bucket(aws, sdk)
    let_in(aws, sdk, identity)
    put(sdk, b"old")
    assert aws.fetch(NAME, PATH)[2] == b"old"
    put(sdk, b"new")
    assert aws.fetch(NAME, PATH)[2] == b"old"
    aws.deploying = 1
    batch: Any = {"Paths": listed(path), "CallerReference": "1"}
    made = sdk.cloudfront.create_invalidation(DistributionId=identity, InvalidationBatch=batch)["Invalidation"]
    assert aws.fetch(NAME, PATH)[2] == b"old"
    sdk.cloudfront.get_invalidation(DistributionId=identity, Id=made["Id"])
    assert aws.fetch(NAME, PATH)[2] == expected
