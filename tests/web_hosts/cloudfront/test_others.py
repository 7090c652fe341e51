"""What is not marked as ours is never touched, whatever it looks like; and what ours is must stay renewable."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from emailauth.core.errors import CouldNotDoError
from tests.fakes.aws.calls import ACCOUNT
from tests.fakes.aws.cloudfront.distributions import Distribution
from tests.fakes.aws.s3.buckets import Bucket
from tests.web_hosts.cloudfront.account import Account, policy, policy_url

ONE, TWO = policy_url("example.com"), policy_url("example.net")
POLICY, BIG = policy("mx1.example.com"), b"." * 20_000


def copied(account: Account, identity: str, **changed: Any) -> Distribution:
    """Another distribution, like ours but for some things."""
    (ours,) = [one for one in account.aws.distributions.values() if one.tags.get("emailauth") == "emailauth-1"]
    other = copy.copy(ours)
    other.id, other.domain_name, other.tags = identity, f"{identity.lower()}.cloudfront.net", changed.pop("tags", {})
    behaviour = {**ours.config["DefaultCacheBehavior"], "FunctionAssociations": {"Quantity": 0}}
    plain = {"CallerReference": identity, "Aliases": {"Quantity": 0}, "DefaultCacheBehavior": behaviour}
    other.config = {**ours.config, **plain, **changed}
    account.aws.distributions[identity] = other
    return other


def test_a_distribution_with_our_comment_and_without_our_tag_is_somebody_elses(account: Account) -> None:
    account.apply({ONE: POLICY})
    other = copied(account, "EOTHER00000001")
    other.config["Comment"] = "emailauth-2: MTA-STS policies"
    before = copy.deepcopy(other.config)
    account.apply({ONE: POLICY, TWO: POLICY}, account.host(names_per_certificate=1))
    account.apply({ONE: None, TWO: None})
    assert list(account.aws.distributions) == ["EOTHER00000001"]
    assert other.config == before


def test_a_distribution_with_our_tag_and_another_comment_is_somebody_elses(account: Account) -> None:
    account.apply({ONE: POLICY})
    other = copied(account, "EOTHER00000001", tags={"emailauth": "emailauth-1"}, Comment="the shop")
    account.apply({ONE: policy("mx2.example.com")})
    account.apply({ONE: None})
    assert (list(account.aws.distributions), other.config["Enabled"]) == (["EOTHER00000001"], True)


def test_certificates_of_others_for_the_same_names_are_neither_used_nor_deleted(account: Account) -> None:
    host = account.host()
    host.prepare(["mta-sts.example.com"])
    (theirs,) = account.aws.certificates.values()
    theirs.tags, theirs.status = {"team": "web"}, "ISSUED"
    account.apply({ONE: POLICY})
    account.apply({ONE: None})
    assert list(account.aws.certificates) == [theirs.arn]


def test_a_certificate_that_a_person_attached_stays_as_long_as_it_covers_what_is_served(account: Account) -> None:
    account.apply({ONE: POLICY})
    (distribution,), (ours,) = account.aws.distributions.values(), account.aws.certificates.values()
    theirs = copy.copy(ours)
    theirs.arn, theirs.names, theirs.domain_name, theirs.tags = ours.arn[:-4] + "0000", ["*.example.com"], "*.example.com", {}
    account.aws.certificates[theirs.arn] = theirs
    distribution.config["ViewerCertificate"] = {**distribution.config["ViewerCertificate"], "ACMCertificateArn": theirs.arn}
    account.apply({ONE: policy("mx2.example.com")})
    assert distribution.config["ViewerCertificate"]["ACMCertificateArn"] == theirs.arn
    account.apply({ONE: None})
    assert list(account.aws.certificates) == [theirs.arn]


def test_a_bucket_that_is_there_and_not_ours_is_left_alone(account: Account) -> None:
    name = f"emailauth-{ACCOUNT}"
    account.aws.buckets[name] = Bucket(name=name, region="us-east-1", created=account.aws.now, tags={"team": "web"})
    with pytest.raises(CouldNotDoError, match=f"there is a bucket {name} that emailauth did not make, and leaves alone: name another one"):
        account.apply({ONE: BIG})
    assert (account.aws.buckets[name].policy, account.aws.buckets[name].objects) == (None, {})
    account.apply({ONE: BIG}, account.host(bucket="example-email-auth"))
    assert account.seen(ONE)[2] == BIG


def test_a_bucket_elsewhere_is_told(account: Account) -> None:
    name = f"emailauth-{ACCOUNT}"
    account.aws.buckets[name] = Bucket(name=name, region="eu-west-1", created=account.aws.now, tags={"emailauth": name})
    with pytest.raises(CouldNotDoError, match=r"the bucket \S+ is in eu-west-1, and must be in us-east-1: name another one at"):
        account.apply({ONE: BIG})


def test_a_function_whose_mark_somebody_took_away_is_left_alone_and_its_distribution_too(account: Account) -> None:
    account.apply({ONE: POLICY})
    function = account.aws.functions["emailauth-1"]
    function.development = replace(function.development, config={**function.development.config, "Comment": "mine now"})
    assert account.host().read([ONE]) == {ONE: None}
    with pytest.raises(CouldNotDoError, match="the distribution emailauth-1 does not run the function emailauth-1 as emailauth made it"):
        account.host().prepare(["mta-sts.example.com"])
    (distribution,) = account.aws.distributions.values()
    assert distribution.config["Enabled"] is True


def test_what_a_person_has_set_on_our_distribution_stays(account: Account) -> None:
    account.apply({ONE: POLICY})
    (distribution,) = account.aws.distributions.values()
    distribution.config["PriceClass"] = "PriceClass_100"
    distribution.config["WebACLId"] = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/x/1"
    account.apply({ONE: POLICY, TWO: POLICY})
    assert (distribution.config["PriceClass"], distribution.config["WebACLId"][:13]) == ("PriceClass_100", "arn:aws:wafv2")


def test_two_who_took_their_cnames_away_at_the_same_time_do_not_wait_for_each_other(account: Account) -> None:
    account.apply({ONE: POLICY, TWO: POLICY})
    host = account.host()
    for name in ("mta-sts.example.com", "mta-sts.example.net"):
        account.withdraw(host, name)
    account.pauses.clear()
    account.apply({ONE: None}, host)  # the smaller certificate is not issued, and the larger one stays
    (certificate,) = account.aws.certificates.values()
    (distribution,) = account.aws.distributions.values()
    assert sorted(certificate.names) == ["mta-sts.example.com", "mta-sts.example.net"]
    assert distribution.config["Aliases"]["Items"] == ["mta-sts.example.net"]
    assert account.left({ONE: None}) == []
    account.apply({TWO: None})
    assert account.aws.distributions == {}


@pytest.mark.parametrize(("age", "left"), [(178, []), (179, ["mta-sts.example.com"])])
def test_a_certificate_that_was_not_renewed_is_replaced_before_it_ends(account: Account, age: int, left: list[str]) -> None:
    """Ages in days, of 198: ACM renews long before the last tenth, where it can."""
    account.apply({ONE: POLICY})
    (certificate,) = account.aws.certificates.values()
    account.aws.now += timedelta(days=age)
    host = account.host()
    assert sorted(host.to_prepare(["mta-sts.example.com"])) == left
    host.prepare(["mta-sts.example.com"])
    host.prepare(["mta-sts.example.com"])
    (distribution,) = account.aws.distributions.values()
    assert (distribution.config["ViewerCertificate"]["ACMCertificateArn"] != certificate.arn) == bool(left)
    assert account.left({ONE: POLICY}) == []
    account.settle()
    assert account.seen(ONE)[0] == 200


def test_a_function_of_ours_that_somebody_uses_elsewhere_too_is_told_when_it_goes(account: Account) -> None:
    account.apply({ONE: POLICY})
    (ours,) = account.aws.distributions.values()
    other = copied(account, "EOTHER00000001", Comment="the shop", DefaultCacheBehavior=ours.config["DefaultCacheBehavior"])
    with pytest.raises(
        CouldNotDoError, match=r"cannot delete the function emailauth-1: another distribution runs it too: take it off there"
    ):
        account.apply({ONE: None})
    other.config["DefaultCacheBehavior"] = {**other.config["DefaultCacheBehavior"], "FunctionAssociations": {"Quantity": 0}}
    account.apply({ONE: None})
    assert (list(account.aws.distributions), account.aws.functions) == (["EOTHER00000001"], {})
