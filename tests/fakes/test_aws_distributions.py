"""The fake of CloudFront's distributions, asked by the real SDK: their life, and what uses what."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.aws import Aws
from tests.fakes.aws.sdk import PASS, Clients, config, connected, distribution, issued, listed, published, refusal

ONE, TWO = "mta-sts.example.com", "mta-sts.example.net"


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sdk(aws: Aws) -> Iterator[Clients]:
    with connected(aws) as found:
        yield found


def status(sdk: Clients, identity: str) -> str:
    return sdk.cloudfront.get_distribution(Id=identity)["Distribution"]["Status"]


def changed(sdk: Clients, identity: str, **more: Any) -> str:
    """The ETag after an update of some members."""
    now: Any = sdk.cloudfront.get_distribution_config(Id=identity)
    sent: Any = {**now["DistributionConfig"], **more}
    return sdk.cloudfront.update_distribution(Id=identity, IfMatch=now["ETag"], DistributionConfig=sent)["ETag"]


def test_a_new_distribution_is_what_was_sent_and_what_cloudfront_adds(aws: Aws, sdk: Clients) -> None:
    certificate, function = issued(aws, sdk.acm, ONE), published(sdk.cloudfront)
    sent: Any = config(certificate=certificate, aliases=(ONE,), function=function)
    tags: Any = {"Items": [{"Key": "emailauth", "Value": "policy"}]}
    made: Any = sdk.cloudfront.create_distribution_with_tags(DistributionConfigWithTags={"DistributionConfig": sent, "Tags": tags})
    found = made["Distribution"]
    identity = found["Id"]
    assert found["ARN"] == f"arn:aws:cloudfront::111122223333:distribution/{identity}"
    assert made["Location"] == f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{identity}"
    assert (found["Status"], found["InProgressInvalidationBatches"]) == ("InProgress", 0)
    assert found["DomainName"].endswith(".cloudfront.net")
    kept = found["DistributionConfig"]
    assert kept == aws.distributions[identity].config == sdk.cloudfront.get_distribution_config(Id=identity)["DistributionConfig"]
    assert {name: kept[name] for name in ("CallerReference", "Comment", "Enabled", "Aliases")} == {
        "CallerReference": "one",
        "Comment": "",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": [ONE]},
    }
    assert {name: kept[name] for name in ("CacheBehaviors", "PriceClass", "HttpVersion", "DefaultRootObject")} == {
        "CacheBehaviors": {"Quantity": 0},
        "PriceClass": "PriceClass_All",
        "HttpVersion": "http2",
        "DefaultRootObject": "",
    }
    assert kept["ViewerCertificate"] == {
        "CloudFrontDefaultCertificate": False,
        "ACMCertificateArn": certificate,
        "SSLSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "Certificate": certificate,
        "CertificateSource": "acm",
    }
    assert kept["DefaultCacheBehavior"]["AllowedMethods"] == {
        "Quantity": 2,
        "Items": ["HEAD", "GET"],
        "CachedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]},
    }
    assert kept["DefaultCacheBehavior"]["FunctionAssociations"] == {
        "Quantity": 1,
        "Items": [{"FunctionARN": function, "EventType": "viewer-request"}],
    }
    [origin] = kept["Origins"]["Items"]
    assert (origin["OriginPath"], origin["CustomOriginConfig"]["OriginReadTimeout"]) == ("", 30)
    assert sdk.cloudfront.list_tags_for_resource(Resource=found["ARN"])["Tags"] == tags
    assert aws.distributions[identity].tags == {"emailauth": "policy"}


def test_without_aliases_there_is_the_certificate_of_cloudfront(sdk: Clients) -> None:
    identity = distribution(sdk.cloudfront, config())
    kept: Any = sdk.cloudfront.get_distribution_config(Id=identity)["DistributionConfig"]
    assert kept["ViewerCertificate"]["CloudFrontDefaultCertificate"] is True
    assert kept["Aliases"] == {"Quantity": 0}


def test_aliases_come_back_in_an_order_of_their_own(aws: Aws, sdk: Clients) -> None:
    names = ("b.example.com", "a.example.com", "c.example.org")
    identity = distribution(sdk.cloudfront, config(certificate=issued(aws, sdk.acm, *names), aliases=names))
    kept: Any = sdk.cloudfront.get_distribution_config(Id=identity)["DistributionConfig"]
    assert kept["Aliases"] == {"Quantity": 3, "Items": ["c.example.org", "a.example.com", "b.example.com"]}


@pytest.mark.parametrize("readings", [0, 1, 3])
def test_it_takes_some_readings_until_a_change_is_deployed(aws: Aws, sdk: Clients, readings: int) -> None:
    aws.deploying = readings
    identity = distribution(sdk.cloudfront, config())
    assert [status(sdk, identity) for _ in range(readings + 1)] == ["InProgress"] * readings + ["Deployed"]
    etag = sdk.cloudfront.get_distribution(Id=identity)["ETag"]
    assert changed(sdk, identity, Comment="changed") != etag
    [item] = sdk.cloudfront.list_distributions()["DistributionList"]["Items"]
    assert (item["Status"], item["Comment"]) == ("InProgress" if readings else "Deployed", "changed")
    assert aws.distributions[identity].deploying == max(0, readings - 1)


def test_publishing_a_function_deploys_the_distributions_that_run_it(aws: Aws, sdk: Clients) -> None:
    function = published(sdk.cloudfront)
    with_it, without = (distribution(sdk.cloudfront, sent) for sent in (config(function=function), config("two")))
    assert [status(sdk, identity) for identity in (with_it, without) for _ in range(2)] == ["InProgress", "Deployed"] * 2
    before = {identity: aws.distributions[identity].etag for identity in (with_it, without)}
    etag = aws.functions["answers"].development.etag
    settings: Any = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    etag = sdk.cloudfront.update_function(Name="answers", IfMatch=etag, FunctionConfig=settings, FunctionCode=PASS)["ETag"]
    assert [aws.distributions[identity].etag for identity in before] == list(before.values())
    sdk.cloudfront.publish_function(Name="answers", IfMatch=etag)
    assert [aws.distributions[identity].etag == before[identity] for identity in before] == [False, True]
    assert [status(sdk, identity) for identity in (with_it, without)] == ["InProgress", "Deployed"]


def test_life_of_a_distribution_and_of_what_it_uses(aws: Aws, sdk: Clients) -> None:
    certificate, function = issued(aws, sdk.acm, ONE), published(sdk.cloudfront)
    identity = distribution(sdk.cloudfront, config(certificate=certificate, aliases=(ONE,), function=function))
    arn = aws.distributions[identity].arn
    assert (
        sdk.acm.describe_certificate(CertificateArn=certificate)["Certificate"]["InUseBy"]
        == [arn]
        == aws.certificates[certificate].in_use_by
    )
    assert refusal(sdk.acm.delete_certificate, CertificateArn=certificate) == ("ResourceInUseException", 400)

    etag = sdk.cloudfront.get_distribution(Id=identity)["ETag"]
    assert refusal(sdk.cloudfront.delete_distribution, Id=identity, IfMatch=etag) == ("DistributionNotDisabled", 409)
    etag = changed(sdk, identity, Enabled=False)
    assert refusal(sdk.cloudfront.delete_distribution, Id=identity, IfMatch=etag) == ("DistributionNotDisabled", 409)
    assert [status(sdk, identity) for _ in range(2)] == ["InProgress", "Deployed"]
    sdk.cloudfront.delete_distribution(Id=identity, IfMatch=etag)

    assert aws.distributions == {}
    assert refusal(sdk.cloudfront.get_distribution, Id=identity) == ("NoSuchDistribution", 404)
    assert sdk.cloudfront.list_distributions()["DistributionList"]["Quantity"] == 0
    sdk.cloudfront.delete_function(Name="answers", IfMatch=aws.functions["answers"].development.etag)
    sdk.acm.delete_certificate(CertificateArn=certificate)
    assert aws.certificates == {}


def test_another_certificate_frees_the_one_before(aws: Aws, sdk: Clients) -> None:
    one, both = issued(aws, sdk.acm, ONE), issued(aws, sdk.acm, ONE, TWO)
    aws.certificates[one].in_use_by.append("arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/mail/1")
    identity = distribution(sdk.cloudfront, config(certificate=one, aliases=(ONE,)))
    now: Any = sdk.cloudfront.get_distribution_config(Id=identity)["DistributionConfig"]
    changed(sdk, identity, Aliases=listed(ONE, TWO), ViewerCertificate={**now["ViewerCertificate"], "ACMCertificateArn": both})
    assert [len(aws.certificates[arn].in_use_by) for arn in (one, both)] == [1, 1]
    assert aws.certificates[both].in_use_by == [aws.distributions[identity].arn]


def test_an_alias_can_move_once_it_is_free(aws: Aws, sdk: Clients) -> None:
    certificate = issued(aws, sdk.acm, ONE)
    first = distribution(sdk.cloudfront, config("one", certificate=certificate, aliases=(ONE,)))
    second = distribution(sdk.cloudfront, config("two", certificate=certificate))
    now: Any = sdk.cloudfront.get_distribution_config(Id=second)
    sent = {**now["DistributionConfig"], "Aliases": listed(ONE)}
    asked: Any = {"Id": second, "IfMatch": now["ETag"], "DistributionConfig": sent}
    assert refusal(sdk.cloudfront.update_distribution, **asked) == ("CNAMEAlreadyExists", 409)
    changed(sdk, first, Aliases=listed())
    sdk.cloudfront.update_distribution(**asked)
    assert aws.distributions[second].has(ONE)


def test_lists_have_pages(aws: Aws, sdk: Clients) -> None:
    made = [distribution(sdk.cloudfront, config(str(number))) for number in range(3)]
    pages = list(sdk.cloudfront.get_paginator("list_distributions").paginate(PaginationConfig={"PageSize": 2}))
    assert [[item["Id"] for item in page["DistributionList"]["Items"]] for page in pages] == [made[:2], made[2:]]
    assert [page["DistributionList"]["IsTruncated"] for page in pages] == [True, False]
    aws.quotas["CloudFront items per page"] = 1
    assert sdk.cloudfront.list_distributions(MaxItems="3")["DistributionList"]["Quantity"] == 1


def test_a_list_says_what_tells_distributions_apart(aws: Aws, sdk: Clients) -> None:
    identity = distribution(sdk.cloudfront, config(Comment="emailauth"))
    [item] = sdk.cloudfront.list_distributions()["DistributionList"]["Items"]
    found = aws.distributions[identity]
    assert (item["Id"], item["ARN"], item.get("ETag"), item["DomainName"]) == (identity, found.arn, found.etag, found.domain_name)
    assert (item["Comment"], item["Enabled"], item["Aliases"]) == ("emailauth", True, {"Quantity": 0})


# ------------------------------------------------------------------------------------------ tags and invalidations


def test_tags_change(aws: Aws, sdk: Clients) -> None:
    arn = aws.distributions[distribution(sdk.cloudfront, config())].arn
    sdk.cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": "a", "Value": "1"}, {"Key": "b"}]})
    sdk.cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": "a", "Value": "2"}]})
    sdk.cloudfront.untag_resource(Resource=arn, TagKeys={"Items": ["b", "c"]})
    assert sdk.cloudfront.list_tags_for_resource(Resource=arn)["Tags"] == {"Items": [{"Key": "a", "Value": "2"}]}


def test_an_invalidation_takes_its_time_and_is_one_for_its_reference(aws: Aws, sdk: Clients) -> None:
    aws.deploying = 2
    identity = distribution(sdk.cloudfront, config())
    batch: Any = {"Paths": listed("/a", "/b/*"), "CallerReference": "1"}
    made = sdk.cloudfront.create_invalidation(DistributionId=identity, InvalidationBatch=batch)["Invalidation"]
    assert (made["Status"], made["InvalidationBatch"]) == ("InProgress", batch)
    again = sdk.cloudfront.create_invalidation(DistributionId=identity, InvalidationBatch=batch)["Invalidation"]
    assert again["Id"] == made["Id"]
    asked = {"DistributionId": identity, "Id": made["Id"]}
    assert [sdk.cloudfront.get_invalidation(**asked)["Invalidation"]["Status"] for _ in range(3)] == [
        "InProgress",
        "InProgress",
        "Completed",
    ]
    other = distribution(sdk.cloudfront, config("two"))
    assert refusal(sdk.cloudfront.get_invalidation, DistributionId=other, Id=made["Id"]) == ("NoSuchInvalidation", 404)
    batch = {"Paths": listed("/c"), "CallerReference": "1"}
    assert refusal(sdk.cloudfront.create_invalidation, DistributionId=identity, InvalidationBatch=batch) == ("InvalidArgument", 400)
    sdk.cloudfront.create_invalidation(DistributionId=other, InvalidationBatch=batch)
