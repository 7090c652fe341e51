"""The bucket for files that are too big for a function. Nobody but our distributions can read it, and they only by signed requests."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.vendors.aws.errors import Refused
from emailauth.web_hosts.cloudfront.session import REGION, Aws
from emailauth.web_hosts.cloudfront.state import MARK

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import OriginAccessControlListTypeDef

_CONTROL: Final = "emailauth"
"""The name of our origin access control; an account needs one."""
_STATEMENT: Final = "emailauth"
"""Of the bucket's policy, which is ours; others stay."""
_NOT_THERE: Final = frozenset({"404", "NoSuchBucket", "NoSuchKey"})
_NOT_AS_EXPECTED: Final = frozenset({"412", "PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """One file as the bucket has it."""

    body: bytes
    content_type: str
    etag: str


class Bucket:
    """One bucket of the account. For threads."""

    def __init__(self, aws: Aws, name: str, owner: str) -> None:
        """`owner` is the account's id: a bucket of that name that another account has is never used."""
        self._aws, self.name, self._owner = aws, name, owner

    def ensure(self) -> None:
        """Makes the bucket and all that keeps it closed, and the origin access control, as far as they are not there.

        Raises `CouldNotDoError` where a bucket of the name is there that is not ours, or not in us-east-1.
        """
        if not self._is_there():
            self._create()
        about = f"close the bucket {self.name}"
        closed: Any = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
        owned: Any = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        self._aws.call(
            lambda: self._aws.s3.put_public_access_block(
                Bucket=self.name, ExpectedBucketOwner=self._owner, PublicAccessBlockConfiguration=closed
            ),
            about,
        )
        self._aws.call(
            lambda: self._aws.s3.put_bucket_ownership_controls(Bucket=self.name, ExpectedBucketOwner=self._owner, OwnershipControls=owned),
            about,
        )
        self.origin_access_control()

    def _is_there(self) -> bool:
        """Raises `CouldNotDoError` where it is there and not ours."""
        try:
            head = self._aws.call(
                lambda: self._aws.s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=self._owner),
                f"look at the bucket {self.name}",
                {*_NOT_THERE, "403"},
            )
        except Refused as e:
            if e.code != "403":
                return False
            raise CouldNotDoError(
                f"the bucket {self.name} is another account's, or the credentials are not allowed to do s3:ListBucket: allow it in their "
                "IAM policy, or name another bucket at web_host, cloudfront, bucket"
            ) from None
        if (region := head.get("BucketRegion", REGION)) != REGION:
            raise CouldNotDoError(
                f"the bucket {self.name} is in {region}, and must be in {REGION}: name another one at web_host, cloudfront, bucket"
            )
        try:
            tags = self._aws.call(
                lambda: self._aws.s3.get_bucket_tagging(Bucket=self.name, ExpectedBucketOwner=self._owner),
                f"read the tags of the bucket {self.name}",
                {"NoSuchTagSet"},
            )["TagSet"]
        except Refused:
            tags = []
        if MARK not in {tag["Key"] for tag in tags}:
            raise CouldNotDoError(
                f"there is a bucket {self.name} that emailauth did not make, and leaves alone: name another one at web_host, cloudfront, bucket"
            )
        return True

    def _create(self) -> None:
        """Its mark comes with it, so that a bucket without one is never ours."""
        tags: Any = {"Tags": [{"Key": MARK, "Value": self.name}]}
        try:
            self._aws.call(
                lambda: self._aws.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration=tags, ObjectOwnership="BucketOwnerEnforced"),
                f"make the bucket {self.name}",
                {"BucketAlreadyOwnedByYou"},
            )
        except Refused:
            self._is_there()

    def origin_access_control(self) -> str:
        """The id of ours, which is made where it is not there."""
        if (found := self._find_control()) is not None:
            return found
        config: Any = {
            "Name": _CONTROL,
            "Description": "emailauth",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
        try:
            return self._aws.call(
                lambda: self._aws.cloudfront.create_origin_access_control(OriginAccessControlConfig=config),
                "make the origin access control emailauth",
                {"OriginAccessControlAlreadyExists"},
            )["OriginAccessControl"]["Id"]
        except Refused as e:
            if (found := self._find_control()) is None:
                raise CouldNotDoError(f"{e}; it is not listed: run again later") from None
            return found

    def _find_control(self) -> str | None:
        place: dict[str, Any] = {}
        while True:
            page: OriginAccessControlListTypeDef = self._aws.call(
                lambda: self._aws.cloudfront.list_origin_access_controls(**place),  # noqa: B023 - called at once
                "list the origin access controls",
            )["OriginAccessControlList"]
            for control in page.get("Items", ()):
                if control["Name"] == _CONTROL:
                    return control["Id"]
            if not page["IsTruncated"]:
                return None
            place = {"Marker": page["NextMarker"]}

    def admit(self, come: Collection[str], go: Collection[str] = ()) -> None:
        """Lets distributions (ARNs) read the bucket, and others no longer. Raises `CouldNotDoError`."""
        policy = self._policy()
        others = [statement for statement in policy["Statement"] if statement.get("Sid") != _STATEMENT]
        ours: Any = next((statement for statement in policy["Statement"] if statement.get("Sid") == _STATEMENT), {})
        before = _arns(ours)
        after = (before | set(come)) - set(go)
        if after == before:
            return
        statements = [*others, *([_statement(self.name, after)] if after else [])]
        about = f"set the policy of the bucket {self.name}"
        if statements:
            text = json.dumps({**policy, "Statement": statements})
            self._aws.call(lambda: self._aws.s3.put_bucket_policy(Bucket=self.name, ExpectedBucketOwner=self._owner, Policy=text), about)
        else:
            self._aws.call(lambda: self._aws.s3.delete_bucket_policy(Bucket=self.name, ExpectedBucketOwner=self._owner), about)

    def _policy(self) -> Any:
        try:
            return json.loads(
                self._aws.call(
                    lambda: self._aws.s3.get_bucket_policy(Bucket=self.name, ExpectedBucketOwner=self._owner),
                    f"read the policy of the bucket {self.name}",
                    {"NoSuchBucketPolicy", *_NOT_THERE},
                )["Policy"]
            )
        except Refused:
            return {"Version": "2012-10-17", "Statement": []}

    def get(self, key: str) -> Object | None:
        """A file; None where there is none. Raises `CouldNotDoError`."""

        def read() -> Object:
            answer = self._aws.s3.get_object(Bucket=self.name, Key=key, ExpectedBucketOwner=self._owner)
            return Object(body=answer["Body"].read(), content_type=answer["ContentType"], etag=answer["ETag"])

        try:
            return self._aws.call(read, f"read {key} in the bucket {self.name}", _NOT_THERE)
        except Refused:
            return None

    def put(self, key: str, new: Object, before: Object | None) -> None:
        """Puts a file in the place of what was there. Raises `ConflictError` where something else is there now, and `CouldNotDoError`."""
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if before is None else {"IfMatch": before.etag}
        try:
            self._aws.call(
                lambda: self._aws.s3.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=new.body,
                    ContentType=new.content_type,
                    CacheControl="max-age=60",
                    ExpectedBucketOwner=self._owner,
                    **condition,
                ),
                f"put {key} into the bucket {self.name}",
                {*_NOT_AS_EXPECTED, "NoSuchKey"},
            )
        except Refused:  # by this very call too, where its answer was lost
            found = self.get(key)
            if found is None or (found.body, found.content_type) != (new.body, new.content_type):
                raise ConflictError(f"{key} in the bucket {self.name} was changed by somebody else at the same time: plan again") from None

    def delete(self, key: str) -> None:
        """Deletes a file; twice is no error. Raises `CouldNotDoError`."""
        self._aws.call(
            lambda: self._aws.s3.delete_object(Bucket=self.name, Key=key, ExpectedBucketOwner=self._owner),
            f"delete {key} in the bucket {self.name}",
        )


def _statement(bucket: str, arns: Collection[str]) -> Any:
    return {
        "Sid": _STATEMENT,
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": sorted(arns)}},
    }


def _arns(statement: Any) -> set[str]:
    """AWS gives a list of one as that one."""
    found = statement.get("Condition", {}).get("StringEquals", {}).get("AWS:SourceArn", [])
    return {found} if isinstance(found, str) else set(found)
