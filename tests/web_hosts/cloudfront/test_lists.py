"""AWS's lists come in pages, hold what others made, and change while they are read."""

import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.core.file import FileWrite
from tests.fakes.aws.cloudfront.origin_access import OriginAccessControl
from tests.fakes.service import Request
from tests.web_hosts.cloudfront.account import Account, file, policy, policy_url

ONE, TWO, THREE = policy_url("example.com"), policy_url("example.net"), policy_url("example.org")
POLICY, BIG, BIGGER = policy("mx1.example.com"), b"." * 20_000, b"." * 30_000


def test_pages_are_read_to_their_end(account: Account) -> None:
    account.aws.quotas |= {"CloudFront items per page": 1, "certificates per page": 1}
    for n in range(3):
        config = {"Name": f"other-{n}", "SigningProtocol": "sigv4", "SigningBehavior": "never", "OriginAccessControlOriginType": "s3"}
        account.aws.cloudfront.controls.controls[f"E{n}"] = OriginAccessControl(id=f"E{n}", config=config, etag="E0")
    files = {ONE: POLICY, TWO: POLICY, THREE: BIG}
    account.apply(files, account.host(names_per_certificate=1))
    account.apply({**files, ONE: BIG})
    assert account.left({**files, ONE: BIG}) == []
    assert len(account.aws.cloudfront.controls.controls) == 4
    assert len(account.aws.distributions) == 3


def test_certificates_whose_distribution_is_gone_are_deleted(account: Account) -> None:
    account.apply({ONE: POLICY})
    (certificate,) = account.aws.certificates.values()
    account.apply({TWO: POLICY}, account.host(names_per_certificate=1))
    identity = certificate.tags["emailauth"]
    del account.aws.distributions[identity]
    certificate.in_use_by.clear()
    account.apply({TWO: BIG})
    assert certificate.arn not in account.aws.certificates


def test_what_is_deleted_while_it_is_read_is_not_there(account: Account) -> None:
    account.host().prepare(["mta-sts.example.com"])

    def gone(operation: str, _request: Request) -> None:
        if operation == "ListTagsForResource":
            account.aws.distributions.clear()
        if operation == "ListTagsForCertificate":
            account.aws.certificates.clear()

    account.aws.before = gone
    assert set(account.host().to_prepare(["mta-sts.example.com"])) == {"mta-sts.example.com"}


def test_a_certificate_that_somebody_deleted_is_forgotten_by_who_requested_it(account: Account) -> None:
    account.aws.listing_delay = 1_000
    host = account.host()
    host.prepare(["mta-sts.example.com"])
    account.aws.certificates.clear()
    host.prepare(["mta-sts.example.com"])
    assert len(account.aws.certificates) == 1


def test_an_object_that_somebody_changes_at_the_last_moment_is_a_conflict(account: Account) -> None:
    host = account.apply({ONE: BIG})

    def meanwhile(operation: str, _request: Request) -> None:
        if operation == "PutObject" and account.aws.count("PutObject") == 2:
            account.host().change([FileWrite(url=ONE, before=BIG, after=file(ONE, b"theirs"))])

    account.aws.before = meanwhile
    with pytest.raises(ConflictError, match=r"was changed by somebody else at the same time: plan again"):
        host.change([FileWrite(url=ONE, before=BIG, after=file(ONE, BIGGER))])
    assert account.seen(ONE)[2] == b"theirs"


def test_an_object_that_the_function_does_not_name_is_nobodys(account: Account) -> None:
    account.apply({ONE: POLICY})
    account.apply({TWO: BIG})
    (bucket,) = account.aws.buckets.values()
    bucket.objects["mta-sts.example.com/.well-known/mta-sts.txt"] = bucket.objects["mta-sts.example.net/.well-known/mta-sts.txt"]
    account.apply({ONE: BIGGER})
    assert account.seen(ONE)[2] == BIGGER


def test_a_distribution_that_is_there_and_never_listed_is_told(account: Account) -> None:
    host = account.host()

    def hide(operation: str, _request: Request) -> None:
        """Somebody has made it at the same time, and the list does not have it."""
        if operation == "CreateDistributionWithTags" and account.aws.count(operation) == 1:
            account.host().prepare(["mta-sts.example.com"])
            for distribution in account.aws.distributions.values():
                distribution.tags.clear()

    account.aws.before = hide
    with pytest.raises(
        CouldNotDoError, match="says that the distribution emailauth-1 is there, and does not list it: run again in some minutes"
    ):
        host.prepare(["mta-sts.example.com"])


def test_a_function_that_somebody_made_in_the_meantime_is_a_conflict(account: Account) -> None:
    account.apply({ONE: POLICY})
    stolen = account.aws.functions.pop("emailauth-1")
    account.aws.distributions.clear()

    def put(operation: str, _request: Request) -> None:
        if operation == "CreateFunction":
            account.aws.functions["emailauth-1"] = stolen

    account.aws.before = put
    with pytest.raises(ConflictError, match="somebody else has made the function emailauth-1 meanwhile: plan again"):
        account.host().prepare(["mta-sts.example.net"])


def test_acm_calls_a_certificate_in_use_for_some_time_after(account: Account) -> None:
    account.apply({ONE: POLICY, TWO: POLICY})
    (old,) = account.aws.certificates.values()

    def used(operation: str, _request: Request) -> None:
        if operation == "DeleteCertificate":
            old.in_use_by[:] = ["arn:aws:cloudfront::111122223333:distribution/E0"] if account.aws.count(operation) < 4 else []

    account.aws.before = used
    account.apply({ONE: None})
    assert old.arn not in account.aws.certificates
    assert account.aws.count("DeleteCertificate") == 4


def test_a_certificate_that_stays_in_use_is_deleted_by_a_change_after_its_end(account: Account) -> None:
    account.apply({ONE: POLICY, TWO: POLICY})
    (old,) = account.aws.certificates.values()
    account.aws.fails["DeleteCertificate"] = (400, "ResourceInUseException", "Certificate is in use.")
    account.apply({ONE: None})
    assert old.arn in account.aws.certificates
    account.aws.fails.clear()
    old.status = "EXPIRED"
    account.apply({TWO: BIG})
    assert old.arn not in account.aws.certificates
