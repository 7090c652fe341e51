"""What can go wrong with AWS: one message each, that says what and what to do, and never a credential."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions
from botocore.httpsession import URLLib3Session

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.file import FileWrite
from emailauth.web_hosts.cloudfront import Settings, open_host
from tests.fakes.aws.calls import ACCOUNT
from tests.fakes.route53 import ACCESS_KEY, SECRET_KEY
from tests.fakes.service import Fault, Lost, Request, Response
from tests.web_hosts.cloudfront.account import Account, file, policy, policy_url

ONE, TWO = policy_url("example.com"), policy_url("example.net")
LOGO = "https://bimi.example.com/default/logo-0a1b2c3d.svg"
POLICY, BIG = policy("mx1.example.com"), b"." * 20_000
TOKEN = "SESSION+TOKEN/that+nobody/shall/see"  # noqa: S105 - recognisable


def told(account: Account, body: bytes = POLICY, url: str = ONE) -> str:
    """What an apply says."""
    with pytest.raises((CouldNotDoError, UsageError)) as caught:
        account.apply({url: body})
    message = str(caught.value)
    assert "\n" not in message
    assert SECRET_KEY not in message
    assert TOKEN not in message
    printed: BaseException | None = caught.value
    while printed is not None:  # with what would be printed behind it
        assert not isinstance(printed, (exceptions.ClientError, exceptions.BotoCoreError))
        printed = printed.__cause__ or (None if printed.__suppress_context__ else printed.__context__)
    return message


@pytest.mark.parametrize(
    ("operation", "status", "code", "message", "expected"),
    [
        (
            "ListCertificates",
            400,
            "AccessDeniedException",
            f"User: arn:aws:iam::{ACCOUNT}:user/mail is not authorized to perform: acm:ListCertificates because no identity-based policy allows the acm:ListCertificates action",
            "cannot list the certificates: the credentials are not allowed to do acm:ListCertificates (no identity-based policy allows the acm:ListCertificates action): allow it in their IAM policy",
        ),
        (
            "CreateFunction",
            403,
            "AccessDenied",
            f"User: arn:aws:iam::{ACCOUNT}:user/mail is not authorized to perform: cloudfront:CreateFunction on resource: arn:aws:cloudfront::{ACCOUNT}:function/emailauth-1",
            "cannot make the function emailauth-1: the credentials are not allowed to do cloudfront:CreateFunction: allow it in their IAM policy",
        ),
        (
            "CreateDistributionWithTags",
            403,
            "AccessDenied",
            f"User: arn:aws:iam::{ACCOUNT}:user/mail is not authorized to perform: cloudfront:TagResource on resource: arn:aws:cloudfront::{ACCOUNT}:distribution/*",
            "the credentials are not allowed to do cloudfront:TagResource: allow it in their IAM policy",
        ),
        (
            "CreateDistributionWithTags",
            403,
            "AccessDenied",
            "Your account must be verified before you can add new CloudFront resources.",
            "the credentials are not allowed to do cloudfront:CreateDistribution (AWS says: Your account must be verified before you can add new CloudFront resources): allow it",
        ),
        ("RequestCertificate", 400, "AccessDeniedException", "", "are not allowed to do acm:RequestCertificate: allow it in their IAM policy"),
        ("CreateBucket", 403, "AccessDenied", "Access Denied", "are not allowed to do s3:CreateBucket (AWS says: Access Denied): allow it"),
        ("PutPublicAccessBlock", 403, "AccessDenied", "Access Denied", "are not allowed to do s3:PutBucketPublicAccessBlock"),
        ("PutObject", 403, "AccessDenied", "Access Denied", "are not allowed to do s3:PutObject"),
        (
            "HeadBucket",
            403,
            "AccessDenied",
            "",
            f"the bucket emailauth-{ACCOUNT} is another account's, or the credentials are not allowed to do s3:ListBucket",
        ),
        ("ListDistributions", 403, "ExpiredToken", "The security token included in the request is expired", "the AWS session has expired: sign in again (aws sso login, or new keys), then run again; what was done stays"),
        ("ListCertificates", 400, "ExpiredTokenException", "The security token included in the request is expired", "the AWS session has expired"),
        ("ListDistributions", 403, "InvalidClientTokenId", f"The security token {TOKEN} is invalid", "AWS does not know the access key that it was given: see that it is active"),
        ("ListCertificates", 400, "UnrecognizedClientException", "The security token included in the request is invalid.", "AWS does not know the access key"),
        (
            "ListCertificates",
            400,
            "InvalidSignatureException",
            f"The Canonical String for this request should have been 'POST / x-amz-security-token:{TOKEN}'",
            "AWS refused the signature: the secret access key is not that of the access key id; set both anew",
        ),
        (
            "CreateDistributionWithTags",
            400,
            "TooManyDistributions",
            "Processing your request would cause you to exceed the maximum number of distributions allowed.",
            "the account has as many distributions as it may have: ask AWS for more (Service Quotas, us-east-1), or raise web_host, cloudfront, names_per_certificate",
        ),
        ("CreateFunction", 400, "TooManyFunctions", "You have reached the maximum number.", "the account has as many functions as it may have"),
        (
            "RequestCertificate",
            400,
            "LimitExceededException",
            "Certificate has too many domains.",
            "cannot request a certificate for mta-sts.example.com: ACM issues no such certificate as long as its quota is what it is: ask AWS for more (Service Quotas, us-east-1), or lower web_host, cloudfront, names_per_certificate. AWS says: Certificate has too many domains (LimitExceededException)",
        ),
        ("CreateDistributionWithTags", 400, "InvalidOrigin", "The specified origin server does not exist or is not valid.", "CloudFront does not take the origin: name a host of yours at web_host, cloudfront, origin"),
        ("UpdateFunction", 413, "FunctionSizeLimitExceeded", "The function is too large.", "the function has more text than CloudFront takes"),
        ("ListFunctions", 400, "Throttling", "Rate exceeded", "cannot list the functions: AWS takes no more requests from this account for now (Throttling): see what else calls it, and run again later"),
        ("ListCertificates", 400, "ThrottlingException", "Rate exceeded", "AWS takes no more requests from this account for now"),
        ("PublishFunction", 400, "Unheard", "Of it.", "cannot publish the function emailauth-1: Of it (Unheard)"),
        ("PublishFunction", 400, "", "", "cannot publish the function emailauth-1: AWS gave no reason"),
        ("UpdateDistribution", 500, "InternalError", "We encountered an internal error.", "AWS gives no answer (HTTP 500): run again later, which goes on from there (health.aws.amazon.com says whether it is AWS)"),
    ],
)  # fmt: skip
def test_a_refusal_is_told(account: Account, operation: str, status: int, code: str, message: str, expected: str) -> None:
    account.aws.fails[operation] = (status, code, message)
    body = BIG if operation in {"CreateBucket", "PutPublicAccessBlock", "PutObject", "HeadBucket"} else POLICY
    assert expected in told(account, body)
    del account.aws.fails[operation]
    account.apply({ONE: body})
    assert account.seen(ONE)[2] == body


def test_a_host_name_that_somebody_else_has_is_told(account: Account) -> None:
    account.aws.taken_aliases.add("mta-sts.example.com")
    assert re.fullmatch(
        r"cannot update the distribution E\w+ \(mta-sts\.example\.com\): another distribution, here or in another account, has one of these host "
        r"names: remove it there \(alternate domain names\), then run again\. AWS says: .+ \(CNAMEAlreadyExists\)",
        told(account),
    )


@pytest.mark.parametrize(
    ("name", "quota", "expected"),
    [
        ("distributions", 0, "TooManyDistributions"),
        ("functions", 0, "TooManyFunctions"),
        ("certificates", 0, "LimitExceededException"),
        ("buckets", 0, "TooManyBuckets"),
        ("origin access controls", 0, "TooManyOriginAccessControls"),
    ],
)
def test_a_quota_that_is_reached_is_told(account: Account, name: str, quota: int, expected: str) -> None:
    account.aws.quotas[name] = quota
    assert expected in told(account, BIG)


def test_a_bucket_of_somebody_else_is_told(account: Account) -> None:
    account.aws.taken_buckets.add(f"emailauth-{ACCOUNT}")
    assert f"the bucket emailauth-{ACCOUNT} is another account's" in told(account, BIG)


def test_calls_are_made_again_when_aws_is_busy(account: Account) -> None:
    def busy(operation: str, request: Request) -> None:
        """Every third call."""
        account.aws.fails = {operation: (400, "ThrottlingException", "Rate exceeded")} if request.number % 3 == 0 else {}

    account.aws.before = busy
    account.apply({ONE: POLICY, LOGO: BIG})
    account.aws.fails = {}
    assert (account.seen(ONE)[2], account.seen(LOGO)[2]) == (POLICY, BIG)
    assert account.pauses.count(0.5) > 10


def test_a_lost_answer_is_no_matter_at_any_call(account: Account) -> None:
    lost: set[str] = set()

    def lose(operation: str, _request: Request) -> Fault:
        """Of every operation the first answer is lost, and the call was carried out."""
        if operation in lost:
            return None
        lost.add(operation)
        return Lost()

    account.aws.after = lose
    account.apply({ONE: POLICY, LOGO: BIG})
    account.apply({ONE: BIG, LOGO: b"<svg/>"})
    account.apply({ONE: None, LOGO: None})
    assert lost >= {
        "CreateFunction",
        "CreateDistributionWithTags",
        "PublishFunction",
        "UpdateDistribution",
        "PutObject",
        "DeleteDistribution",
    }
    assert (account.aws.distributions, account.aws.functions, account.aws.certificates) == ({}, {}, {})


@pytest.mark.parametrize("number", range(0, 60, 4))
def test_a_service_that_stops_answering_is_told_and_the_next_run_goes_on(account: Account, number: int) -> None:
    def lose(_operation: str, request: Request) -> Fault:
        return Lost() if request.number >= number else None

    account.aws.after = lose
    if number < 40:
        assert "AWS gives no answer (ConnectionClosedError): run again later, which goes on from there" in told(account, BIG)
    account.aws.after = lambda _operation, _request: None
    account.apply({ONE: BIG})
    assert account.seen(ONE)[2] == BIG
    assert (len(account.aws.distributions), len(account.aws.certificates), len(account.aws.functions)) == (1, 1, 1)


def _raises(error: Exception) -> Callable[..., Any]:
    def raising(*_: object, **__: object) -> Any:
        raise error

    return raising


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (exceptions.EndpointConnectionError(endpoint_url="https://acm.us-east-1.amazonaws.com/"), "cannot list the certificates: no connection to https://acm.us-east-1.amazonaws.com: see that this machine has network, or set HTTPS_PROXY"),
        (exceptions.ConnectTimeoutError(endpoint_url="https://acm.us-east-1.amazonaws.com/"), "no connection to https://acm.us-east-1.amazonaws.com: see"),
        (exceptions.ReadTimeoutError(endpoint_url="https://acm.us-east-1.amazonaws.com/"), "AWS gives no answer (ReadTimeoutError): run again later"),
        (exceptions.ProxyConnectionError(proxy_url=f"http://user:{SECRET_KEY}@proxy.example.com"), "no connection to the proxy: correct HTTPS_PROXY"),
        (exceptions.SSLError(endpoint_url="https://acm.us-east-1.amazonaws.com/", error=OSError("self-signed")), "the certificate of https://acm.us-east-1.amazonaws.com is not trusted: is a proxy on the way? Then set AWS_CA_BUNDLE"),
        (exceptions.NoCredentialsError(), "no AWS credentials: set AWS_PROFILE or web_host, cloudfront, profile, or sign in (aws sso login, aws configure)"),
        (exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "half of the AWS credentials: AWS_SECRET_ACCESS_KEY is missing beside what env gives"),
        (exceptions.UnauthorizedSSOTokenError(), "the AWS credentials cannot be had (UnauthorizedSSOTokenError): sign in again (aws sso login)"),
        (exceptions.TokenRetrievalError(provider="sso", error_msg=SECRET_KEY), "the AWS credentials cannot be had (TokenRetrievalError)"),
        (exceptions.InvalidConfigError(error_msg="source_profile"), "cannot list the certificates: the AWS SDK does not take the settings that it finds (InvalidConfigError): see ~/.aws/config and AWS_*"),
    ],
)  # fmt: skip
def test_what_goes_wrong_on_the_way_is_told(account: Account, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: str) -> None:
    monkeypatch.setattr(URLLib3Session, "send", _raises(error))
    assert expected in told(account)


def test_a_profile_that_is_not_there_is_told(account: Account) -> None:
    with pytest.raises(UsageError, match=r"AWS has no profile 'nobody': correct web_host, cloudfront, profile \(or AWS_PROFILE\)"):
        account.host(profile="nobody").read([ONE])


def test_a_missing_sdk_is_told(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3.session", None)
    with pytest.raises(UsageError, match=r"web_host cloudfront needs the AWS SDK: pip install 'emailauth\[aws\]'"):
        account.host(profile="another").read([ONE])


def test_a_role_is_assumed_and_again_before_it_ends(account: Account) -> None:
    time = [0.0]
    role = f"arn:aws:iam::{ACCOUNT}:role/email-auth"
    host = open_host(Settings(role_arn=role, external_id="email-auth-web"), Path(), clock=lambda: time[0], pause=account.pauses.append)
    assert host.read([ONE]) == {ONE: None}
    time[0] = 2_600.0
    host.read([ONE])
    assert account.aws.count("AssumeRole") == 1
    time[0] = 2_800.0
    host.read([ONE])
    (_, first) = next(call for call in account.aws.calls if call[0] == "AssumeRole")
    assert b"email-auth-web" in first.body


def test_a_role_that_may_not_be_assumed_is_told(account: Account) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/other"
    account.aws.fails["AssumeRole"] = (403, "AccessDenied", f"User: x is not authorized to perform: sts:AssumeRole on resource: {role}")
    with pytest.raises(CouldNotDoError, match="the credentials are not allowed to do sts:AssumeRole: allow it in their IAM policy"):
        account.host(role_arn=role).read([ONE])


def test_a_function_that_does_not_answer_as_it_shall_is_not_published(account: Account) -> None:
    account.apply({ONE: POLICY})

    def broken(operation: str, _request: Request) -> Fault:
        if operation != "TestFunction":
            return None
        body = b"<TestResult><FunctionErrorMessage>SyntaxError</FunctionErrorMessage><FunctionOutput>oh</FunctionOutput></TestResult>"
        return Response(headers={"content-type": "text/xml"}, body=body)

    account.aws.after = broken
    message = told(account, b"another")
    assert message == f"the function emailauth-1 was not published, for its test with {ONE} failed: SyntaxError"
    assert account.seen(ONE)[2] == POLICY


def test_a_function_that_was_written_by_hand_is_told_and_left_alone(account: Account) -> None:
    account.apply({ONE: POLICY})
    function = account.aws.functions["emailauth-1"]
    assert function.live is not None
    function.live = function.live.__class__(code=b"// mine", config=function.live.config, etag="E1", modified=function.live.modified)
    message = told(account, b"another")
    assert message.startswith("the CloudFront function emailauth-1 is not as emailauth wrote it (no table), so what it serves is not known")
    assert function.live.code == b"// mine"


def test_a_conflict_is_no_credential_either(account: Account) -> None:
    host = account.apply({ONE: POLICY})
    with pytest.raises(ConflictError) as caught:
        host.change([FileWrite(url=ONE, before=None, after=file(ONE, b"else"))])
    assert ACCESS_KEY not in str(caught.value)
