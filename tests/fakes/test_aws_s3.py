"""The fake of S3, asked by the real SDK: buckets and objects."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.aws import Aws
from tests.fakes.aws.sdk import Clients, connected, message, raw, refusal

BUCKET = "emailauth-files"
NO_ETAG = '"00000000000000000000000000000000"'
ALL_BLOCKED: Any = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        yield found


@pytest.fixture
def bucket(sdk: Clients) -> str:
    sdk.s3.create_bucket(Bucket=BUCKET)
    return BUCKET


def region(sdk: Clients, bucket: str) -> Any:
    return sdk.s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]


def in_europe(sdk: Clients, bucket: str = "in-europe") -> Clients:
    elsewhere = Clients(sdk.url, region="eu-west-1")
    elsewhere.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return elsewhere


# ---------------------------------------------------------------------------------------------- buckets


def test_a_new_bucket_is_closed(aws: Aws, sdk: Clients) -> None:
    assert sdk.s3.create_bucket(Bucket=BUCKET)["Location"] == f"/{BUCKET}"
    assert sdk.s3.head_bucket(Bucket=BUCKET)["BucketRegion"] == "us-east-1"
    assert region(sdk, BUCKET) is None
    assert sdk.s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"] == ALL_BLOCKED
    assert sdk.s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"] == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
    }
    assert aws.buckets[BUCKET].objects == {}


def test_buckets_of_other_regions_say_so(aws: Aws, sdk: Clients) -> None:
    elsewhere = in_europe(sdk, "found-in-europe")
    assert region(elsewhere, "found-in-europe") == "eu-west-1"
    assert elsewhere.s3.head_bucket(Bucket="found-in-europe")["BucketRegion"] == "eu-west-1"
    # The SDK learns the region from the refusal, asks again for that region, and remembers it.
    before = aws.count()
    assert region(sdk, "found-in-europe") == "eu-west-1"
    assert aws.count() == before + 2


def test_a_bucket_made_twice_is_one_in_us_east_1_and_an_error_elsewhere(aws: Aws, sdk: Clients, bucket: str) -> None:
    sdk.s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    sdk.s3.create_bucket(Bucket=bucket)
    assert list(aws.buckets[bucket].objects) == ["a"]
    elsewhere = in_europe(sdk)
    asked = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    assert refusal(elsewhere.s3.create_bucket, Bucket="in-europe", **asked) == ("BucketAlreadyOwnedByYou", 409)
    assert refusal(elsewhere.s3.create_bucket, Bucket=bucket, **asked) == ("BucketAlreadyOwnedByYou", 409)
    assert refusal(sdk.s3.create_bucket, Bucket="in-europe") == ("BucketAlreadyOwnedByYou", 409)


def test_settings_are_kept(aws: Aws, sdk: Clients, bucket: str) -> None:
    sdk.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    assert sdk.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    sdk.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert sdk.s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    assert refusal(sdk.s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)
    sdk.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "emailauth", "Value": "files"}]})
    assert sdk.s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "emailauth", "Value": "files"}]
    assert aws.buckets[bucket].tags == {"emailauth": "files"}


def test_a_bucket_can_be_tagged_as_it_is_made(aws: Aws, sdk: Clients) -> None:
    sdk.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "b"}]}, ObjectOwnership="ObjectWriter")
    assert (aws.buckets[BUCKET].tags, aws.buckets[BUCKET].ownership) == ({"a": "b"}, "ObjectWriter")


def test_only_an_empty_bucket_goes(aws: Aws, sdk: Clients, bucket: str) -> None:
    sdk.s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    assert refusal(sdk.s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)
    sdk.s3.delete_object(Bucket=bucket, Key="a")
    sdk.s3.delete_bucket(Bucket=bucket)
    assert aws.buckets == {}


BUCKETS: dict[str, tuple[str, dict[str, Any], tuple[str, int]]] = {
    "a name in upper case": ("create_bucket", {"Bucket": "Files"}, ("InvalidBucketName", 400)),
    "a name of two letters": ("create_bucket", {"Bucket": "ab"}, ("InvalidBucketName", 400)),
    "a name of 64 letters": ("create_bucket", {"Bucket": "a" * 64}, ("InvalidBucketName", 400)),
    "an address for a name": ("create_bucket", {"Bucket": "192.0.2.1"}, ("InvalidBucketName", 400)),
    "two dots": ("create_bucket", {"Bucket": "a..b"}, ("InvalidBucketName", 400)),
    "a name that another account has": ("create_bucket", {"Bucket": "taken"}, ("BucketAlreadyExists", 409)),
    "the region that has no name": (
        "create_bucket",
        {"Bucket": "more", "CreateBucketConfiguration": {"LocationConstraint": "us-east-1"}},
        ("InvalidArgument", 400),
    ),
    "another region": (
        "create_bucket",
        {"Bucket": "more", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
        ("IllegalLocationConstraintException", 400),
    ),
    "one bucket more than allowed": ("create_bucket", {"Bucket": "more"}, ("TooManyBuckets", 400)),
    "the bucket of another account": ("head_bucket", {"Bucket": "taken"}, ("403", 403)),
    "no bucket": ("head_bucket", {"Bucket": "none"}, ("404", 404)),
    "a list of no bucket": ("list_objects_v2", {"Bucket": "none"}, ("NoSuchBucket", 404)),
    "an object of no bucket": ("put_object", {"Bucket": "none", "Key": "a"}, ("NoSuchBucket", 404)),
    "to delete no bucket": ("delete_bucket", {"Bucket": "none"}, ("NoSuchBucket", 404)),
    "another owner": ("get_bucket_location", {"Bucket": BUCKET, "ExpectedBucketOwner": "444455556666"}, ("AccessDenied", 403)),
    "a tag twice": (
        "put_bucket_tagging",
        {"Bucket": BUCKET, "Tagging": {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}},
        ("InvalidTag", 400),
    ),
    "an ownership that there is not": (
        "put_bucket_ownership_controls",
        {"Bucket": BUCKET, "OwnershipControls": {"Rules": [{"ObjectOwnership": "Mine"}]}},
        ("InvalidArgument", 400),
    ),
}


@pytest.mark.parametrize("name", BUCKETS)
def test_s3_refuses_of_buckets(aws: Aws, sdk: Clients, bucket: str, name: str) -> None:
    aws.taken_buckets.add("taken")
    aws.quotas["buckets"] = 1
    operation, asked, expected = BUCKETS[name]
    assert refusal(getattr(sdk.s3, operation), **asked) == expected
    assert list(aws.buckets) == [bucket]
    assert aws.buckets[bucket].tags == {}


def test_without_a_region_a_bucket_is_not_made_elsewhere(aws: Aws, sdk: Clients) -> None:
    elsewhere = Clients(sdk.url, region="eu-west-1")
    asked: Any = {"Bucket": "more"}
    assert refusal(elsewhere.s3.create_bucket, **asked) == ("IllegalLocationConstraintException", 400)
    assert message(elsewhere.s3.create_bucket, **asked) == (
        "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
    )
    assert aws.buckets == {}


# ---------------------------------------------------------------------------------------------- objects

KEYS = ["a", "a b/ü+%2F?.svg", "mta-sts.example.com/.well-known/mta-sts.txt", "x" * 1024]


@pytest.mark.parametrize("key", KEYS)
def test_an_object_is_read_as_it_was_put(aws: Aws, sdk: Clients, bucket: str, key: str) -> None:
    body = b"\x00\xff\r\n\x1a<svg/>"
    put = sdk.s3.put_object(
        Bucket=bucket, Key=key, Body=body, ContentType="image/svg+xml", CacheControl="max-age=60", Metadata={"by": "emailauth"}
    )
    got = sdk.s3.get_object(Bucket=bucket, Key=key)
    assert got["Body"].read() == body
    assert got["ETag"] == put["ETag"] == '"02618f22985a43c02dd58e70ddc050c9"'
    assert (got["ContentType"], got["CacheControl"], got["Metadata"]) == ("image/svg+xml", "max-age=60", {"by": "emailauth"})
    head = sdk.s3.head_object(Bucket=bucket, Key=key)
    assert (head["ContentLength"], head["ETag"], head["ContentType"]) == (len(body), put["ETag"], "image/svg+xml")
    [item] = sdk.s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert (item["Key"], item["Size"], item["ETag"]) == (key, len(body), put["ETag"])
    assert aws.buckets[bucket].objects[key].body == body


def test_without_a_type_an_object_is_octets(sdk: Clients, bucket: str) -> None:
    sdk.s3.put_object(Bucket=bucket, Key="a")
    got = sdk.s3.get_object(Bucket=bucket, Key="a")
    assert (got["ContentType"], got["Body"].read(), "CacheControl" in got) == ("binary/octet-stream", b"", False)


CONDITIONS: dict[str, tuple[bool, dict[str, str], tuple[str, int] | None]] = {
    "none, where there is one": (True, {}, None),
    "none, where there is none": (False, {}, None),
    "only where there is none, and there is none": (False, {"IfNoneMatch": "*"}, None),
    "only where there is none, and there is one": (True, {"IfNoneMatch": "*"}, ("PreconditionFailed", 412)),
    "only the one that was read": (True, {"IfMatch": "current"}, None),
    "only another than the one there": (True, {"IfMatch": NO_ETAG}, ("PreconditionFailed", 412)),
    "only the one that was read, and it is gone": (False, {"IfMatch": NO_ETAG}, ("NoSuchKey", 404)),
    "only where there is another": (True, {"IfNoneMatch": NO_ETAG}, ("NotImplemented", 501)),
    "two conditions": (True, {"IfMatch": NO_ETAG, "IfNoneMatch": "*"}, ("NotImplemented", 501)),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_writes_can_have_conditions(aws: Aws, sdk: Clients, bucket: str, name: str) -> None:
    there, conditions, expected = CONDITIONS[name]
    etag = sdk.s3.put_object(Bucket=bucket, Key="a", Body=b"before")["ETag"] if there else ""
    asked: Any = {key: etag if value == "current" else value for key, value in conditions.items()}
    before = dict(aws.buckets[bucket].objects)
    if expected is None:
        sdk.s3.put_object(Bucket=bucket, Key="a", Body=b"after", **asked)
        assert aws.buckets[bucket].objects["a"].body == b"after"
    else:
        assert refusal(sdk.s3.put_object, Bucket=bucket, Key="a", Body=b"after", **asked) == expected
        assert aws.buckets[bucket].objects == before


DELETES: dict[str, tuple[dict[str, str], tuple[str, int] | None]] = {
    "what is there": ({"Key": "a"}, None),
    "what is not": ({"Key": "b"}, None),
    "what was read": ({"Key": "a", "IfMatch": "current"}, None),
    "whatever is there": ({"Key": "a", "IfMatch": "*"}, None),
    "another than what is there": ({"Key": "a", "IfMatch": NO_ETAG}, ("PreconditionFailed", 412)),
    "what was read and is gone": ({"Key": "b", "IfMatch": NO_ETAG}, ("NoSuchKey", 404)),
}


@pytest.mark.parametrize("name", DELETES)
def test_deletes_can_have_a_condition(aws: Aws, sdk: Clients, bucket: str, name: str) -> None:
    conditions, expected = DELETES[name]
    etag = sdk.s3.put_object(Bucket=bucket, Key="a", Body=b"1")["ETag"]
    asked: Any = {key: etag if value == "current" else value for key, value in conditions.items()}
    if expected is None:
        sdk.s3.delete_object(Bucket=bucket, **asked)
        assert ("a" in aws.buckets[bucket].objects) == (asked["Key"] != "a")
    else:
        assert refusal(sdk.s3.delete_object, Bucket=bucket, **asked) == expected
        assert list(aws.buckets[bucket].objects) == ["a"]


OBJECTS: dict[str, tuple[str, dict[str, Any], tuple[str, int]]] = {
    "to read what there is not": ("get_object", {"Key": "b"}, ("NoSuchKey", 404)),
    "to look at what there is not": ("head_object", {"Key": "b"}, ("404", 404)),
    "to read another version": ("get_object", {"Key": "a", "IfMatch": NO_ETAG}, ("PreconditionFailed", 412)),
    "to read a version that one has": ("get_object", {"Key": "a", "IfNoneMatch": "*"}, ("304", 304)),
    "to open an object to all": ("put_object", {"Key": "b", "ACL": "public-read"}, ("AccessControlListNotSupported", 400)),
    "what this fake does not know": ("put_object", {"Key": "b", "WebsiteRedirectLocation": "/a"}, ("NotImplemented", 501)),
    "a part of an object": ("get_object", {"Key": "a", "Range": "bytes=0-1"}, ("NotImplemented", 501)),
    "a key of 1,025 octets": ("put_object", {"Key": "x" * 1025}, ("KeyTooLongError", 400)),
    "a sum that is not that of the body": (
        "put_object",
        {"Key": "b", "Body": b"1", "ChecksumSHA256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        ("BadDigest", 400),
    ),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_s3_refuses_of_objects(aws: Aws, sdk: Clients, bucket: str, name: str) -> None:
    sdk.s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    operation, asked, expected = OBJECTS[name]
    assert refusal(getattr(sdk.s3, operation), Bucket=bucket, **asked) == expected
    assert list(aws.buckets[bucket].objects) == ["a"]


def test_lists_have_pages_and_prefixes_and_are_sorted_by_octets(sdk: Clients, bucket: str) -> None:
    for key in ("b", "a/2", "ü", "a/1", "B"):
        sdk.s3.put_object(Bucket=bucket, Key=key, Body=b"1")

    def listed(**asked: Any) -> list[str]:
        pages = sdk.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}, **asked)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    assert listed() == ["B", "a/1", "a/2", "b", "ü"]
    assert listed(Prefix="a/") == ["a/1", "a/2"]
    assert listed(StartAfter="a/2") == ["b", "ü"]
    assert listed(Prefix="none") == []
    page = sdk.s3.list_objects_v2(Bucket=bucket, MaxKeys=4)
    assert (page["KeyCount"], page["IsTruncated"]) == (4, True)


# ---------------------------------------------------------------------------------------------- the wire


@pytest.mark.parametrize(
    "host", ["emailauth-files.s3.amazonaws.com", "emailauth-files.s3.us-east-1.amazonaws.com:443", "emailauth-files.localhost:8000"]
)
def test_the_bucket_can_be_in_the_host_name(aws: Aws, sdk: Clients, bucket: str, host: str) -> None:
    assert raw(sdk.url, "PUT", "/a/b", "s3", body=b"1", host=host)[0] == 200
    assert list(aws.buckets[bucket].objects) == ["a/b"]
    status, body = raw(sdk.url, "GET", "/?list-type=2", "s3", host=host)
    assert status == 200
    assert b"<Key>a/b</Key>" in body


WIRE: dict[str, tuple[str, str, bytes, dict[str, str], bytes]] = {
    "a policy without a sum": ("PUT", "/emailauth-files?policy", b"{}", {}, b"InvalidRequest"),
    "a sum of a kind that is not known here": ("PUT", "/emailauth-files/a", b"1", {"x_amz_checksum_crc32c": "AAAAAA=="}, b"NotImplemented"),
    "a wrong sum": ("PUT", "/emailauth-files/a", b"1", {"content_md5": "AAAAAAAAAAAAAAAAAAAAAA=="}, b"BadDigest"),
    "no XML": (
        "PUT",
        "/emailauth-files?publicAccessBlock",
        b"{}",
        {"content_md5": "mZFLkyvTelC5g8XnyQrpOw=="},
        b"MalformedXML",
    ),
    "a number that is none": ("GET", "/emailauth-files?list-type=2&max-keys=many", b"", {}, b"MalformedXML"),
}


@pytest.mark.parametrize("name", WIRE)
def test_what_the_sdk_would_not_send_is_refused_too(aws: Aws, sdk: Clients, bucket: str, name: str) -> None:
    method, path, body, headers, code = WIRE[name]
    status, answer = raw(sdk.url, method, path, "s3", body=body, **headers)
    assert status >= 400
    assert b"<Code>" + code + b"</Code>" in answer
    assert aws.buckets[bucket].objects == {}
