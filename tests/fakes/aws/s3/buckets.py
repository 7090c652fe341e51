"""Buckets: names, owners, regions and their settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.aws.calls import ACCOUNT, Answer, Call, Operations, Refused
from tests.fakes.aws.s3 import policy
from tests.fakes.service import Response

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
FIRST = "us-east-1"
"""The region that has no LocationConstraint."""
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True, kw_only=True)
class Object:
    """One object."""

    body: bytes
    content_type: str
    cache_control: str | None
    metadata: Mapping[str, str]
    etag: str
    """With its quotes."""
    modified: datetime


@dataclass(kw_only=True)
class Bucket:
    """One bucket."""

    name: str
    region: str
    created: datetime
    objects: dict[str, Object] = field(default_factory=dict)
    policy: Mapping[str, Any] | None = None
    policy_text: str = ""
    public_access_block: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(_BLOCKS, True))
    ownership: str = "BucketOwnerEnforced"
    tags: dict[str, str] = field(default_factory=dict)


class Buckets:
    """Buckets by name."""

    def __init__(self, quotas: Mapping[str, int]) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.taken: set[str] = set()
        """Names of buckets of other accounts."""
        self._quotas = quotas

    def operations(self) -> Operations:
        return {
            "CreateBucket": self.create,
            "HeadBucket": self.head,
            "GetBucketLocation": self.location,
            "DeleteBucket": self.delete,
            "PutPublicAccessBlock": self.put_public_access_block,
            "GetPublicAccessBlock": self.public_access_block,
            "PutBucketOwnershipControls": self.put_ownership,
            "GetBucketOwnershipControls": self.ownership,
            "PutBucketTagging": self.put_tags,
            "GetBucketTagging": self.tags,
            "PutBucketPolicy": self.put_policy,
            "GetBucketPolicy": self.policy,
            "DeleteBucketPolicy": self.delete_policy,
        }

    def named(self, call: Call) -> Bucket:
        """The bucket that a call is about. Raises Refused."""
        name = call.asked["Bucket"]
        if name in self.taken:
            raise Refused("AccessDenied", "Access Denied", 403)
        bucket = self.buckets.get(name)
        if bucket is None:
            raise Refused("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": name})
        if bucket.region != call.region:
            message = f"The authorization header is malformed; the region '{call.region}' is wrong; expecting '{bucket.region}'"
            raise Refused("AuthorizationHeaderMalformed", message, 400, {"Region": bucket.region})
        if call.asked.get("ExpectedBucketOwner", ACCOUNT) != ACCOUNT:
            raise Refused("AccessDenied", "Access Denied", 403)
        return bucket

    def create(self, call: Call) -> Answer:
        name, config = call.asked["Bucket"], call.asked.get("CreateBucketConfiguration", {})
        region = config.get("LocationConstraint", FIRST)
        self._check_name(name)
        if region != call.region:
            asked = f"{region} location" if "LocationConstraint" in config else "unspecified location"
            message = f"The {asked} constraint is incompatible for the region specific endpoint this request was sent to."
            raise Refused("IllegalLocationConstraintException", message)
        if name in self.buckets and (region, self.buckets[name].region) != (FIRST, FIRST):
            message = "Your previous request to create the named bucket succeeded and you already own it."
            raise Refused("BucketAlreadyOwnedByYou", message, 409, {"BucketName": name})
        if name not in self.buckets and len(self.buckets) >= self._quotas["buckets"]:
            raise Refused("TooManyBuckets", "You have attempted to create more buckets than allowed")
        tags = {tag["Key"]: tag["Value"] for tag in config.get("Tags", ())}
        ownership = call.asked.get("ObjectOwnership", "BucketOwnerEnforced")
        self.buckets.setdefault(name, Bucket(name=name, region=region, created=call.now, tags=tags, ownership=ownership))
        return {"Location": f"/{name}", "BucketArn": f"arn:aws:s3:::{name}"}

    def _check_name(self, name: str) -> None:
        is_address = re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name)
        if (
            not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name)
            or ".." in name
            or is_address
            or name.startswith(("xn--", "sthree-"))
        ):
            raise Refused("InvalidBucketName", "The specified bucket is not valid.", 400, {"BucketName": name})
        if name in self.taken:
            message = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."
            raise Refused("BucketAlreadyExists", message, 409, {"BucketName": name})

    def head(self, call: Call) -> Answer:
        bucket = self.named(call)
        return {"BucketRegion": bucket.region, "BucketArn": f"arn:aws:s3:::{bucket.name}"}

    def location(self, call: Call) -> Answer:
        region = self.named(call).region
        text = "" if region == FIRST else region
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="{NAMESPACE}">{text}</LocationConstraint>'
        return Response(headers={"Content-Type": "application/xml"}, body=body.encode())

    def delete(self, call: Call) -> Answer:
        bucket = self.named(call)
        if bucket.objects:
            raise Refused("BucketNotEmpty", "The bucket you tried to delete is not empty", 409, {"BucketName": bucket.name})
        del self.buckets[bucket.name]
        return {}

    def put_public_access_block(self, call: Call) -> Answer:
        given = call.asked["PublicAccessBlockConfiguration"]
        self.named(call).public_access_block = {name: given.get(name, False) for name in _BLOCKS}
        return {}

    def public_access_block(self, call: Call) -> Answer:
        return {"PublicAccessBlockConfiguration": self.named(call).public_access_block}

    def put_ownership(self, call: Call) -> Answer:
        rules = call.asked["OwnershipControls"]["Rules"]
        self.named(call).ownership = rules[0]["ObjectOwnership"]
        return {}

    def ownership(self, call: Call) -> Answer:
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": self.named(call).ownership}]}}

    def put_tags(self, call: Call) -> Answer:
        given = call.asked["Tagging"]["TagSet"]
        tags = {tag["Key"]: tag["Value"] for tag in given}
        if len(tags) < len(given):
            raise Refused("InvalidTag", "Cannot provide multiple Tags with the same key")
        self.named(call).tags = tags
        return {}

    def tags(self, call: Call) -> Answer:
        bucket = self.named(call)
        if not bucket.tags:
            raise Refused("NoSuchTagSet", "The TagSet does not exist", 404, {"BucketName": bucket.name})
        return {"TagSet": [{"Key": key, "Value": value} for key, value in bucket.tags.items()]}

    def put_policy(self, call: Call) -> Answer:
        bucket = self.named(call)
        found = policy.parsed(call.asked["Policy"], bucket.name)
        if bucket.public_access_block["BlockPublicPolicy"] and policy.public(found):
            message = f'User: arn:aws:iam::{ACCOUNT}:user/example is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::{bucket.name}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.'
            raise Refused("AccessDenied", message, 403)
        bucket.policy, bucket.policy_text = found, call.asked["Policy"]
        return Response(status=204)

    def policy(self, call: Call) -> Answer:
        bucket = self.named(call)
        if bucket.policy is None:
            raise Refused("NoSuchBucketPolicy", "The bucket policy does not exist", 404, {"BucketName": bucket.name})
        return {"Policy": bucket.policy_text}

    def delete_policy(self, call: Call) -> Answer:
        self.named(call).policy = None
        return {}
