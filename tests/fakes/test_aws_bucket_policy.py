"""The fake of S3's bucket policies: what is refused of them, and whom they let in."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.aws import Aws
from tests.fakes.aws.s3.policy import Asked, allows, parsed
from tests.fakes.aws.sdk import Clients, connected, message, refusal

BUCKET = "emailauth-files"
DISTRIBUTION = "arn:aws:cloudfront::111122223333:distribution/E1"
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"
STATEMENT: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": OBJECTS,
    "Condition": {"StringEquals": {"AWS:SourceArn": DISTRIBUTION}},
}


def text(*statements: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def changed(**changes: Any) -> dict[str, Any]:
    """The statement with other members, without those that are None."""
    return {name: value for name, value in {**STATEMENT, **changes}.items() if value is not None}


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        found.s3.create_bucket(Bucket=BUCKET)
        yield found


def test_a_policy_is_kept_as_it_was_written(aws: Aws, sdk: Clients) -> None:
    assert refusal(sdk.s3.get_bucket_policy, Bucket=BUCKET) == ("NoSuchBucketPolicy", 404)
    written = text(STATEMENT, Id="emailauth").replace(", ", ",\n")
    sdk.s3.put_bucket_policy(Bucket=BUCKET, Policy=written)
    assert sdk.s3.get_bucket_policy(Bucket=BUCKET)["Policy"] == written
    policy = aws.buckets[BUCKET].policy
    assert policy is not None
    assert policy["Statement"] == [STATEMENT]
    sdk.s3.delete_bucket_policy(Bucket=BUCKET)
    assert refusal(sdk.s3.get_bucket_policy, Bucket=BUCKET) == ("NoSuchBucketPolicy", 404)


WRONG = {
    "no JSON": ("Version", "Policies must be valid JSON and the first byte must be '{'"),
    "a list": ("[]", "Policies must be valid JSON and the first byte must be '{'"),
    "no version": (json.dumps({"Statement": [STATEMENT]}), "The policy must contain a valid version string"),
    "no statement": (text(), "Missing required field Statement"),
    "no principal": (text(changed(Principal=None)), "Missing required field Principal"),
    "no resource": (text(changed(Resource=None)), "Missing required field Resource"),
    "a member that there is not": (text(changed(Actions="s3:GetObject")), "Invalid policy syntax."),
    "an effect that there is not": (text(changed(Effect="Grant")), "Invalid effect : Grant"),
    "a principal that there is not": (text(changed(Principal={"Service": "cloudfront"})), "Invalid principal in policy"),
    "an action that there is not": (text(changed(Action="s3:Get")), "Policy has invalid action"),
    "another bucket": (text(changed(Resource="arn:aws:s3:::emailauth-files-2/*")), "Policy has invalid resource"),
    "objects of a bucket": (
        text(changed(Resource=f"arn:aws:s3:::{BUCKET}")),
        "Action does not apply to any resource(s) in statement",
    ),
    "a list of objects": (text(changed(Action="s3:ListBucket")), "Action does not apply to any resource(s) in statement"),
    "an operator that there is not": (text(changed(Condition={"Equals": {"AWS:SourceArn": "x"}})), "Invalid Condition type : Equals"),
    "a key that there is not": (text(changed(Condition={"StringEquals": {"AWS:Source": "x"}})), "Policy has an invalid condition key"),
}


@pytest.mark.parametrize("name", WRONG)
def test_s3_refuses(aws: Aws, sdk: Clients, name: str) -> None:
    written, words = WRONG[name]
    assert refusal(sdk.s3.put_bucket_policy, Bucket=BUCKET, Policy=written) == ("MalformedPolicy", 400)
    assert message(sdk.s3.put_bucket_policy, Bucket=BUCKET, Policy=written) == words
    assert aws.buckets[BUCKET].policy is None


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_a_bucket_that_is_blocked_is_not_opened_to_all(aws: Aws, sdk: Clients, principal: Any) -> None:
    written = text(changed(Principal=principal, Condition=None))
    assert refusal(sdk.s3.put_bucket_policy, Bucket=BUCKET, Policy=written) == ("AccessDenied", 403)
    assert message(sdk.s3.put_bucket_policy, Bucket=BUCKET, Policy=written) == (
        "User: arn:aws:iam::111122223333:user/example is not authorized to perform: s3:PutBucketPolicy on resource: "
        '"arn:aws:s3:::emailauth-files" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.'
    )
    assert aws.buckets[BUCKET].policy is None
    sdk.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    sdk.s3.put_bucket_policy(Bucket=BUCKET, Policy=written)


LETS_IN: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "the distribution": ([STATEMENT], True),
    "another distribution": ([changed(Condition={"StringEquals": {"AWS:SourceArn": f"{DISTRIBUTION}2"}})], False),
    "one of two distributions": ([changed(Condition={"StringEquals": {"aws:SourceArn": ["x", DISTRIBUTION]}})], True),
    "a pattern that is not taken for one": ([changed(Condition={"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::*"}})], False),
    "a pattern": ([changed(Condition={"ArnLike": {"AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/*"}})], True),
    "the account": ([changed(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}})], True),
    "all of two conditions": (
        [changed(Condition={"StringEquals": {"aws:SourceAccount": "444455556666", "AWS:SourceArn": DISTRIBUTION}})],
        False,
    ),
    "somebody else": ([changed(Principal={"AWS": "arn:aws:iam::111122223333:root"})], False),
    "another action": ([changed(Action=["s3:PutObject", "s3:DeleteObject"])], False),
    "all actions": ([changed(Action="s3:*")], True),
    "other objects": ([changed(Resource=f"arn:aws:s3:::{BUCKET}/b/*")], False),
    "not what is denied too": ([STATEMENT, changed(Effect="Deny", Resource=f"arn:aws:s3:::{BUCKET}/a/?")], False),
    "what is denied elsewhere": ([STATEMENT, changed(Effect="Deny", Resource=f"arn:aws:s3:::{BUCKET}/b/*")], True),
}


@pytest.mark.parametrize("name", LETS_IN)
def test_a_policy_lets_in(name: str) -> None:
    statements, expected = LETS_IN[name]
    asked = Asked(action="s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/a/b", distribution=DISTRIBUTION)
    assert allows(parsed(text(*statements), BUCKET), asked) is expected


def test_no_policy_lets_nobody_in() -> None:
    assert not allows(None, Asked(action="s3:GetObject", resource=OBJECTS, distribution=DISTRIBUTION))
