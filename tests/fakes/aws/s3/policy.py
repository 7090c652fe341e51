"""Bucket policies: what S3 refuses of them, and whether they let CloudFront in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.aws.calls import ACCOUNT, Refused

CLOUDFRONT = "cloudfront.amazonaws.com"
_STATEMENT = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
_OPERATORS = {"StringEquals": False, "StringLike": True, "ArnEquals": True, "ArnLike": True}
"""Whether the operator takes * and ? for wildcards."""
_KEYS = {"aws:sourcearn", "aws:sourceaccount"}
_OBJECTS = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
_BUCKETS = {"s3:ListBucket", "s3:GetBucketLocation"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What CloudFront asks of a bucket."""

    action: str
    resource: str
    distribution: str
    """ARN."""


def parsed(text: str, bucket: str) -> Mapping[str, Any]:
    """The policy. Raises Refused."""
    try:
        policy = json.loads(text)
    except ValueError:
        raise _malformed("Policies must be valid JSON and the first byte must be '{'") from None
    if not isinstance(policy, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if policy.keys() - {"Version", "Id", "Statement"} or policy.get("Version") not in {"2012-10-17", "2008-10-17"}:
        raise _malformed("The policy must contain a valid version string")
    statements = many(policy.get("Statement"))
    if not statements:
        raise _malformed("Missing required field Statement")
    for statement in statements:
        _check_statement(statement, bucket)
    return policy


def _malformed(message: str) -> Refused:
    return Refused("MalformedPolicy", message)


def many(value: Any) -> list[Any]:
    """One or many, as policies write them."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _check_statement(statement: Any, bucket: str) -> None:
    if not isinstance(statement, dict) or statement.keys() - _STATEMENT:
        raise _malformed("Invalid policy syntax.")
    for name in ("Effect", "Principal", "Action", "Resource"):
        if name not in statement:
            raise _malformed(f"Missing required field {name}")
    if statement["Effect"] not in {"Allow", "Deny"}:
        raise _malformed(f"Invalid effect : {statement['Effect']}")
    _check_principal(statement["Principal"])
    actions, resources = many(statement["Action"]), many(statement["Resource"])
    if set(actions) - _OBJECTS - _BUCKETS - {"s3:*"}:
        raise _malformed("Policy has invalid action")
    if not all(re.match(rf"arn:aws:s3:::{re.escape(bucket)}(/|$)", resource) for resource in resources):
        raise _malformed("Policy has invalid resource")
    paths = [resource for resource in resources if "/" in resource]
    if not all(_applies(action, bool(paths), len(paths) < len(resources)) for action in actions):
        raise _malformed("Action does not apply to any resource(s) in statement")
    for operator, wanted in statement.get("Condition", {}).items():
        _check_condition(operator, wanted)


def _check_condition(operator: str, wanted: Mapping[str, Any]) -> None:
    if operator not in _OPERATORS:
        raise _malformed(f"Invalid Condition type : {operator}")
    if any(key.lower() not in _KEYS for key in wanted):
        raise _malformed("Policy has an invalid condition key")


def _applies(action: str, to_objects: bool, to_bucket: bool) -> bool:
    return action == "s3:*" or (to_objects if action in _OBJECTS else to_bucket)


def _check_principal(principal: Any) -> None:
    services = many(principal.get("Service")) if isinstance(principal, dict) else []
    known = principal == "*" or (isinstance(principal, dict) and principal.keys() <= {"AWS", "Service"} and set(services) <= {CLOUDFRONT})
    if not known:
        raise _malformed("Invalid principal in policy")


def public(policy: Mapping[str, Any]) -> bool:
    """Whether it lets everybody in."""
    return any(
        statement["Effect"] == "Allow"
        and (statement["Principal"] == "*" or "*" in many(statement["Principal"].get("AWS")))
        and "Condition" not in statement
        for statement in many(policy["Statement"])
    )


def allows(policy: Mapping[str, Any] | None, asked: Asked) -> bool:
    """Whether CloudFront may do it for a distribution."""
    effects = {statement["Effect"] for statement in many((policy or {}).get("Statement")) if _matches(statement, asked)}
    return effects == {"Allow"}


def _matches(statement: Mapping[str, Any], asked: Asked) -> bool:
    principal = statement["Principal"]
    named = principal == "*" or "*" in many(principal.get("AWS")) or CLOUDFRONT in many(principal.get("Service"))
    return (
        named
        and any(_like(asked.action, action) for action in many(statement["Action"]))
        and any(_like(asked.resource, resource) for resource in many(statement["Resource"]))
        and all(_holds(operator, wanted, asked) for operator, wanted in statement.get("Condition", {}).items())
    )


def _holds(operator: str, wanted: Mapping[str, Any], asked: Asked) -> bool:
    values = {"aws:sourcearn": asked.distribution, "aws:sourceaccount": ACCOUNT}
    return all(
        any(_like(values[key.lower()], text) if _OPERATORS[operator] else values[key.lower()] == text for text in many(texts))
        for key, texts in wanted.items()
    )


def _like(value: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None
