"""The fake of CloudFront's origin access controls, asked by the real SDK."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.aws import Aws
from tests.fakes.aws.sdk import Clients, bucket_origin, config, connected, distribution, listed, refusal

GIVEN: Any = {"Name": "files", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        yield found


def test_it_is_kept_and_listed_and_goes(sdk: Clients) -> None:
    described: Any = {**GIVEN, "Description": "of emailauth"}
    made = sdk.cloudfront.create_origin_access_control(OriginAccessControlConfig=described)
    identity = made["OriginAccessControl"]["Id"]
    found = sdk.cloudfront.get_origin_access_control(Id=identity)
    assert found["OriginAccessControl"].get("OriginAccessControlConfig") == described
    assert found["ETag"] == made["ETag"]
    [item] = sdk.cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Items"]
    assert item == {"Id": identity, **described}
    sdk.cloudfront.delete_origin_access_control(Id=identity, IfMatch=made["ETag"])
    assert sdk.cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Quantity"] == 0
    assert refusal(sdk.cloudfront.get_origin_access_control, Id=identity) == ("NoSuchOriginAccessControl", 404)


def test_without_a_description_it_has_an_empty_one(sdk: Clients) -> None:
    made = sdk.cloudfront.create_origin_access_control(OriginAccessControlConfig=GIVEN)["OriginAccessControl"]
    assert made.get("OriginAccessControlConfig") == {**GIVEN, "Description": ""}


def test_it_stays_while_a_distribution_has_it(sdk: Clients) -> None:
    made = sdk.cloudfront.create_origin_access_control(OriginAccessControlConfig=GIVEN)
    identity = made["OriginAccessControl"]["Id"]
    distribution(sdk.cloudfront, config(Origins=listed(bucket_origin(identity))))
    assert refusal(sdk.cloudfront.delete_origin_access_control, Id=identity, IfMatch=made["ETag"]) == ("OriginAccessControlInUse", 409)


REFUSED: dict[str, tuple[str, dict[str, Any], tuple[str, int]]] = {
    "a name that is taken": ("create", {"OriginAccessControlConfig": GIVEN}, ("OriginAccessControlAlreadyExists", 409)),
    "one more than allowed": ("create", {"OriginAccessControlConfig": {**GIVEN, "Name": "more"}}, ("TooManyOriginAccessControls", 400)),
    "a way to sign that there is not": ("create", {"OriginAccessControlConfig": {**GIVEN, "SigningProtocol": "v4"}}, ("MalformedXML", 400)),
    "to delete an older version": ("delete", {"IfMatch": "E00000000000000"}, ("PreconditionFailed", 412)),
    "to delete no version": ("delete", {}, ("InvalidIfMatchVersion", 400)),
    "to delete what there is not": ("delete", {"Id": "E1", "IfMatch": "E1"}, ("NoSuchOriginAccessControl", 404)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_cloudfront_refuses(aws: Aws, sdk: Clients, name: str) -> None:
    aws.quotas["origin access controls"] = 1
    identity = sdk.cloudfront.create_origin_access_control(OriginAccessControlConfig=GIVEN)["OriginAccessControl"]["Id"]
    verb, asked, expected = REFUSED[name]
    own = {"Id": identity} if verb == "delete" else {}
    assert refusal(getattr(sdk.cloudfront, f"{verb}_origin_access_control"), **{**own, **asked}) == expected
    assert list(aws.cloudfront.controls.controls) == [identity]
