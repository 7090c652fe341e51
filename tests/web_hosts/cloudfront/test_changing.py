"""Files come, change and go; senders see them, and nothing is left behind."""

import json
from collections.abc import Mapping

import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.file import FileWrite
from tests.fakes.aws import NoConnection
from tests.fakes.aws.calls import ACCOUNT
from tests.web_hosts.cloudfront.account import Account, Files, file, policy, policy_url

ONE, TWO, THREE = policy_url("example.com"), policy_url("example.net"), policy_url("example.org")
LOGO = "https://bimi.example.com/default/logo-0a1b2c3d.svg"
MARK = "https://bimi.example.com/default/mark-0a1b2c3d.pem"
OLD, NEW = policy("mx1.example.com"), policy("mx1.example.com", "mx2.example.com")
BIG, BIGGER = b"<svg>" + b"." * 20_000 + b"</svg>", b"<svg>" + b"." * 30_000 + b"</svg>"
BUCKET = f"emailauth-{ACCOUNT}"


def write(url: str, before: bytes | None, after: bytes | None) -> FileWrite:
    return FileWrite(url=url, before=before, after=file(url, after))


def test_a_policy_is_served_and_replaced_and_removed(account: Account) -> None:
    account.apply({ONE: OLD})
    assert account.seen(ONE) == (200, "text/plain", OLD)
    account.apply({ONE: NEW})
    assert account.seen(ONE) == (200, "text/plain", NEW)
    account.apply({ONE: None})
    with pytest.raises(NoConnection):
        account.aws.fetch("mta-sts.example.com", "/.well-known/mta-sts.txt")
    assert (account.aws.distributions, account.aws.functions, account.aws.certificates) == ({}, {}, {})


def test_the_distribution_speaks_tls_1_2_and_newer_with_the_certificate_of_its_names(account: Account) -> None:
    account.apply({ONE: OLD, TWO: OLD})
    (distribution,) = account.aws.distributions.values()
    (certificate,) = account.aws.certificates.values()
    viewer = distribution.config["ViewerCertificate"]
    assert (viewer["ACMCertificateArn"], viewer["MinimumProtocolVersion"], viewer["SSLSupportMethod"]) == (
        certificate.arn,
        "TLSv1.2_2021",
        "sni-only",
    )
    assert sorted(distribution.config["Aliases"]["Items"]) == ["mta-sts.example.com", "mta-sts.example.net"]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/.well-known/mta-sts.txt", (200, OLD)),
        ("HEAD", "/.well-known/mta-sts.txt", (200, b"")),
        ("GET", "/.well-known/mta-sts.txt?a=b", (200, OLD)),
        ("GET", "/", (404, b"not found\n")),
        ("GET", "/.well-known/", (404, b"not found\n")),
        ("POST", "/.well-known/mta-sts.txt", (405, b"method not allowed\n")),
        ("DELETE", "/", (405, b"method not allowed\n")),
    ],
)
def test_what_senders_and_others_get(account: Account, method: str, path: str, expected: tuple[int, bytes]) -> None:
    account.apply({ONE: OLD})
    status, headers, body = account.aws.fetch("mta-sts.example.com", path, method)
    assert (status, body) == expected
    assert (headers["content-type"], headers["cache-control"]) == ("text/plain", "max-age=60")
    assert "location" not in headers


def test_a_host_name_answers_only_with_its_own_files(account: Account) -> None:
    account.apply({ONE: OLD, TWO: NEW, LOGO: b"<svg/>"})
    assert (account.seen(ONE)[2], account.seen(TWO)[2], account.seen(LOGO)[2]) == (OLD, NEW, b"<svg/>")
    assert account.aws.fetch("mta-sts.example.com", "/default/logo-0a1b2c3d.svg")[0] == 404


def test_only_what_has_changed_is_changed(account: Account) -> None:
    account.apply({ONE: OLD, TWO: OLD, LOGO: BIG})
    account.aws.calls.clear()
    account.apply({ONE: NEW, TWO: OLD, LOGO: BIG})
    made = [operation for operation, _ in account.aws.calls if not operation.startswith(("List", "Get", "Describe", "Head"))]
    assert made == ["UpdateFunction", "TestFunction", "PublishFunction"]


def test_what_is_there_already_changes_nothing(account: Account) -> None:
    host = account.apply({ONE: OLD, LOGO: BIG})
    account.aws.calls.clear()
    host.change([write(ONE, None, OLD), write(LOGO, b"else", BIG), write(TWO, b"gone", None)])
    assert account.aws.count("UpdateFunction", "PublishFunction", "UpdateDistribution", "PutObject", "RequestCertificate") == 0


def test_another_content_type_is_a_change(account: Account) -> None:
    host = account.apply({ONE: OLD, MARK: BIG})
    for url, body in ((ONE, OLD), (MARK, BIG)):
        one = file(url, body)
        assert one is not None
        host.change([FileWrite(url=url, before=body, after=one.__class__(url=url, body=body, content_type="text/x", domain="d", kind="k"))])
        assert account.seen(url) == (200, "text/x", body)


def test_it_waits_until_the_certificate_is_issued_and_everything_is_deployed(account: Account) -> None:
    host = account.host()
    host.prepare(["mta-sts.example.com"])
    account.pauses.clear()
    account.aws.deploying = 3

    def published(operation: str, _request: object) -> None:
        if operation == "DescribeCertificate" and account.aws.count("DescribeCertificate") == 6:
            account.publish(account.host(), "mta-sts.example.com")

    account.aws.after = published
    host.change([write(ONE, None, OLD)])
    assert account.seen(ONE)[0] == 200
    assert account.pauses[-2:] == [15.0, 15.0]
    assert account.pauses.count(15.0) > 4


def test_a_certificate_that_is_not_issued_says_which_cname_is_missing(account: Account) -> None:
    host = account.host()
    host.prepare(["mta-sts.example.com"])
    _, validation = host.records("mta-sts.example.com", "example.com")
    with pytest.raises(CouldNotDoError) as caught:
        host.change([write(ONE, None, OLD)])
    assert f"ACM does not see the CNAME {validation.name} to {validation.value.removesuffix('.')}" in str(caught.value)
    assert 'CAA 0 issue "amazon.com"' in str(caught.value)
    assert sum(account.pauses) > 2_000
    account.publish(host, "mta-sts.example.com")
    host.change([write(ONE, None, OLD)])
    assert account.seen(ONE)[2] == OLD


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("FAILED", "CAA_ERROR", "was not issued (CAA_ERROR): a CAA record of the name, or of a domain above it, forbids Amazon to issue"),
        ("FAILED", "DOMAIN_NOT_ALLOWED", "was not issued (DOMAIN_NOT_ALLOWED): ACM issues none for this name"),
        ("FAILED", "OTHER", "was not issued (OTHER): see it in the ACM console"),
        ("VALIDATION_TIMED_OUT", None, "timed out, for ACM did not see its CNAMEs within 72 hours: run again, which requests another one"),
    ],
)
def test_a_certificate_that_fails_says_why(account: Account, status: str, reason: str | None, expected: str) -> None:
    host = account.host()
    host.prepare(["mta-sts.example.com"])
    (certificate,) = account.aws.certificates.values()

    def fail(operation: str, _request: object) -> None:
        if operation == "DescribeCertificate":
            certificate.status, certificate.failure_reason = status, reason

    account.aws.before = fail
    with pytest.raises(CouldNotDoError) as caught:
        host.change([write(ONE, None, OLD)])
    assert expected in str(caught.value)
    account.aws.before = lambda _operation, _request: None
    account.apply({ONE: OLD})
    assert account.seen(ONE)[2] == OLD


def test_a_distribution_that_is_not_deployed_in_half_an_hour_is_told(account: Account) -> None:
    account.aws.deploying = 10_000
    with pytest.raises(CouldNotDoError, match=r"CloudFront has not deployed E\w+ in 30 minutes: run again later, which goes on from there"):
        account.apply({ONE: OLD})
    assert account.left({ONE: OLD}) == []


# ----------------------------------------------------------------------------------------------------------- the bucket


def test_a_file_that_has_no_room_in_the_function_is_in_a_bucket_that_only_cloudfront_reads(account: Account) -> None:
    account.apply({ONE: OLD, LOGO: BIG})
    assert account.seen(LOGO) == (200, "image/svg+xml", BIG)
    (distribution,) = account.aws.distributions.values()
    bucket = account.aws.buckets[BUCKET]
    assert list(bucket.objects) == ["bimi.example.com/default/logo-0a1b2c3d.svg"]
    assert [one.cache_control for one in bucket.objects.values()] == ["max-age=60"]
    assert bucket.policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "emailauth",
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{BUCKET}/*",
                "Condition": {"StringEquals": {"AWS:SourceArn": [distribution.arn]}},
            }
        ],
    }
    assert set(bucket.public_access_block.values()) == {True}
    assert bucket.ownership == "BucketOwnerEnforced"
    assert bucket.tags == {"emailauth": BUCKET}
    (control,) = account.aws.cloudfront.controls.controls.values()
    assert (control.config["SigningProtocol"], control.config["SigningBehavior"]) == ("sigv4", "always")
    assert distribution.config["DefaultCacheBehavior"]["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def test_small_files_need_no_bucket(account: Account) -> None:
    account.apply({ONE: OLD, LOGO: b"<svg/>" * 300})
    assert account.aws.buckets == {}


@pytest.mark.parametrize("method", ["HEAD", "GET", "POST", "OPTIONS"])
def test_a_file_in_the_bucket_answers_the_same_methods(account: Account, method: str) -> None:
    account.apply({LOGO: BIG})
    status, headers, body = account.aws.fetch("bimi.example.com", "/default/logo-0a1b2c3d.svg", method)
    expected: Mapping[str, tuple[int, bytes]] = {"GET": (200, BIG), "HEAD": (200, b"")}
    assert (status, body) == expected.get(method, (405, b"method not allowed\n"))
    assert headers["cache-control"] == "max-age=60"


def test_files_in_the_bucket_change_where_they_are_and_go_with_their_host_name(account: Account) -> None:
    account.apply({ONE: OLD, LOGO: BIG})
    account.apply({ONE: OLD, LOGO: BIGGER})
    assert account.seen(LOGO)[2] == BIGGER
    account.apply({ONE: OLD, LOGO: None})
    assert account.aws.buckets[BUCKET].objects == {}
    account.apply({ONE: None})
    assert account.aws.buckets[BUCKET].policy is None
    assert (account.aws.distributions, account.aws.certificates) == ({}, {})


def test_one_of_two_files_of_a_host_name_goes(account: Account) -> None:
    account.apply({LOGO: BIG, MARK: b"-----BEGIN"})
    account.apply({LOGO: None, MARK: b"-----BEGIN"})
    assert account.left({LOGO: None, MARK: b"-----BEGIN"}) == []
    assert (account.seen(LOGO)[0], account.seen(MARK)[0]) == (404, 200)
    assert account.aws.buckets[BUCKET].objects == {}


def test_distributions_share_the_bucket_and_others_statements_stay_in_its_policy(account: Account) -> None:
    other = LOGO.replace("example.com", "example.net")
    account.apply({LOGO: BIG})
    bucket = account.aws.buckets[BUCKET]
    assert bucket.policy is not None
    theirs = {
        "Sid": "theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/theirs/*",
    }
    bucket.policy = {**bucket.policy, "Statement": [theirs, *bucket.policy["Statement"]]}
    bucket.policy_text = json.dumps(bucket.policy)
    account.apply({LOGO: BIG, other: BIG}, account.host(names_per_certificate=1))
    assert (account.seen(LOGO)[0], account.seen(other)[0]) == (200, 200)
    account.apply({LOGO: None, other: BIG})
    assert account.seen(other)[0] == 200
    account.apply({other: None})
    assert bucket.policy == {"Version": "2012-10-17", "Statement": [theirs]}


def test_an_object_that_somebody_deleted_reads_as_empty_and_is_put_again_or_removed(account: Account) -> None:
    account.apply({LOGO: BIG})
    account.aws.buckets[BUCKET].objects.clear()
    assert account.host().read([LOGO]) == {LOGO: b""}
    account.apply({LOGO: BIG})
    assert account.seen(LOGO)[2] == BIG
    account.aws.buckets[BUCKET].objects.clear()
    account.apply({LOGO: None})
    assert account.aws.distributions == {}


def test_the_bucket_can_be_named(account: Account) -> None:
    account.apply({LOGO: BIG}, account.host(bucket="example-email-auth"))
    assert list(account.aws.buckets) == ["example-email-auth"]
    account.apply({LOGO: BIGGER})  # where it is now, whatever the settings say later
    assert (list(account.aws.buckets), account.seen(LOGO)[2]) == (["example-email-auth"], BIGGER)


def test_a_file_that_fits_again_stays_in_the_bucket(account: Account) -> None:
    account.apply({LOGO: BIG})
    account.apply({LOGO: b"<svg/>"})
    assert account.seen(LOGO)[2] == b"<svg/>"
    assert [one.body for one in account.aws.buckets[BUCKET].objects.values()] == [b"<svg/>"]


def test_too_many_files_for_a_function_are_told_and_nothing_is_changed(account: Account) -> None:
    urls = [f"https://bimi.example.com/default/logo-{n:04}{'x' * 50}.svg" for n in range(150)]
    with pytest.raises(CouldNotDoError, match=r"the function emailauth-1 would have \d+ octets, and CloudFront takes 10000"):
        account.apply(dict.fromkeys(urls, BIG))
    assert account.aws.buckets == {}


# -------------------------------------------------------------------------------------------------------------- the rest


def test_a_name_that_goes_leaves_the_certificate_too_for_nobody_could_renew_it(account: Account) -> None:
    account.apply({ONE: OLD, TWO: OLD})
    account.apply({ONE: None, TWO: OLD})
    (certificate,) = account.aws.certificates.values()
    (distribution,) = account.aws.distributions.values()
    assert certificate.names == ["mta-sts.example.net"]
    assert distribution.config["Aliases"]["Items"] == ["mta-sts.example.net"]
    assert account.seen(TWO)[2] == OLD


def test_a_name_can_come_back(account: Account) -> None:
    for files in ({ONE: OLD}, {ONE: None}, {ONE: NEW}):
        account.apply(files)
    assert account.seen(ONE)[2] == NEW
    assert len({*account.aws.distributions}) == 1


def test_files_of_several_distributions_change_together(account: Account) -> None:
    host = account.host(names_per_certificate=1)
    account.apply({ONE: OLD, TWO: OLD, THREE: OLD}, host)
    account.apply({ONE: NEW, TWO: None, THREE: NEW}, host)
    assert (account.seen(ONE)[2], account.seen(THREE)[2]) == (NEW, NEW)
    assert (len(account.aws.distributions), len(account.aws.certificates), len(account.aws.functions)) == (2, 2, 2)


@pytest.mark.parametrize("files", [{ONE: OLD}, {ONE: BIG}], ids=["function", "bucket"])
@pytest.mark.parametrize("before", [None, b"else"])
def test_a_conflict_changes_nothing_at_all(account: Account, files: Files, before: bytes | None) -> None:
    host = account.apply({**files, TWO: OLD})
    account.aws.calls.clear()
    with pytest.raises(
        ConflictError, match=r"https://mta-sts\.example\.com/\S+ (is there already|was changed since it was read) at CloudFront"
    ):
        host.change([write(TWO, OLD, NEW), write(ONE, before, NEW)])
    assert all(operation.startswith(("List", "Get", "Describe")) for operation, _ in account.aws.calls)
    assert account.left({**files, TWO: OLD}) == []


def test_a_host_name_that_is_not_prepared_is_a_conflict(account: Account) -> None:
    account.apply({TWO: OLD})
    with pytest.raises(ConflictError, match=r"mta-sts\.example\.com is not prepared any more: plan again"):
        account.host().change([write(ONE, None, OLD)])


@pytest.mark.parametrize(
    "url",
    [
        "http://mta-sts.example.com/x",
        "https://MTA-STS.example.com/x",
        "https://mta-sts.example.com",
        "https://mta-sts.example.com/",
        "https://mta-sts.example.com/a/../b",
        "https://mta-sts.example.com/%2e",
        "https://mta-sts.example.com/a?b",
        "https://mta-sts.example.com:8443/a",
        "https://example/a",
    ],
)
def test_a_url_that_could_be_written_in_two_ways_is_refused(account: Account, url: str) -> None:
    with pytest.raises(UsageError, match="cannot be served by CloudFront"):
        account.host().read([url])


def test_it_tells_where_a_file_is(account: Account) -> None:
    host = account.host()
    assert host.place(ONE) == "Amazon CloudFront"
    account.apply({ONE: OLD, LOGO: BIG}, host)
    host.read([ONE])
    (identity,) = account.aws.distributions
    assert host.place(ONE) == f"CloudFront distribution {identity}, in its function emailauth-1"
    assert host.place(LOGO) == f"CloudFront distribution {identity}, in its bucket"
