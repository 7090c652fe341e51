"""Calls to AWS: which are made again, which must not be, and what is told of each thing that can be wrong."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.vendors.aws.account import Account
from emailauth.vendors.aws.actions import action_of
from emailauth.vendors.aws.calls import Aws
from emailauth.vendors.aws.errors import LostError, Refused

SECRET = "SECRET+that/nobody/shall/see"  # noqa: S105 - recognisable
URL = "https://acm.us-east-1.amazonaws.com/"
PARTITION = "if its account is in AWS China or GovCloud, which are partitions of their own, set AWS_REGION (or the profile's region) to one of there"
LATER = "run again later, which goes on from there (health.aws.amazon.com says whether it is AWS)"
SIGN_IN = "sign in again (aws sso login), or see what the profile says"
ANEW = "the secret access key is not that of the access key id; set both anew"
FOREIGN = "what answers is not AWS: a proxy or the login of this network may be in between; see what a browser shows, or set HTTPS_PROXY"


@dataclass
class Calling:
    """What is called, and how often; every pause is told and none is made."""

    answers: Iterator[Any]
    pauses: list[float] = field(default_factory=list)
    calls: int = 0

    def aws(self, **more: Any) -> Aws:
        account = Account(room="dns_host", host="example", advice={"TooMany": "raise the quota"}, **more)
        return Aws(account, clock=lambda: 0.0, hold=self.pauses.append)

    def send(self) -> Any:
        self.calls += 1
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def always(answer: Any) -> Calling:
    """Gives one answer to all calls."""
    return Calling(iter(lambda: answer, None))


def refusal(
    code: str | None, words: str | None = "Its words.", status: int = 400, operation: str = "ListHostedZones", kind: str = "text/xml"
) -> exceptions.ClientError:
    """What a service refuses with."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {"content-type": kind}}
    response: Any = {"Error": {"Code": code, "Message": words}, "ResponseMetadata": metadata}
    return exceptions.ClientError(response, operation)  # fmt: skip


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account for which no network is needed."""
    settings = {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)  # fmt: skip


TOLD = [
    (refusal("AccessDenied", "User: x is not authorized to perform: acm:ListCertificates because of a permissions boundary.", 403), 'cannot look: the credentials are not allowed to do acm:ListCertificates (of a permissions boundary): allow it in their IAM policy, "Action": "acm:ListCertificates", "Resource": "arn:aws:it"'),
    (refusal("AccessDenied", "Not verified", 403, "HeadBucket"), 'cannot look: the credentials are not allowed to do s3:ListBucket (AWS says: Not verified): allow it in their IAM policy, "Action": "s3:ListBucket", "Resource": "arn:aws:it"'),
    (refusal("403", "", 403, "CreateDistributionWithTags"), 'cannot look: the credentials are not allowed to do cloudfront:CreateDistribution: allow it in their IAM policy, "Action": "cloudfront:CreateDistribution", "Resource": "arn:aws:it"'),
    (refusal("ExpiredToken", SECRET), "cannot look: the AWS session has expired: sign in again (aws sso login, or new keys), then run again; what was done stays"),
    (refusal("InvalidClientTokenId"), f"cannot look: AWS does not know the access key that it was given: see that it is active; {PARTITION}"),
    (refusal("SignatureDoesNotMatch", SECRET), f"cannot look: AWS refused the signature: {ANEW}"),
    (refusal("SignatureDoesNotMatch", "Credential should be scoped to a valid region."), f"cannot look: the region does not belong to the AWS that was asked: {PARTITION}"),
    (refusal("SignatureDoesNotMatch", f"Signature expired: {SECRET}"), "cannot look: AWS refused the signature for its time: the clock of this machine is wrong"),
    (refusal("RequestTimeTooSkewed", SECRET), "cannot look: AWS refused the signature for its time: the clock of this machine is wrong"),
    (refusal("Throttling"), "cannot look: AWS takes no more requests from this account for now (Throttling): see what else calls it, and run again later"),
    (refusal("TooMany"), "cannot look: raise the quota. AWS says: Its words (TooMany)"),
    (refusal("InternalError", status=500), f"cannot look: AWS gives no answer (HTTP 500): {LATER}"),
    (refusal("Odd"), "cannot look: Its words (Odd)"),
    (refusal(None, None, 404), "cannot look: AWS gave no reason (HTTP 404)"),
    (refusal("403", "Forbidden", 403, kind="text/html; charset=utf-8"), f"cannot look: {FOREIGN}"),
    (exceptions.EndpointConnectionError(endpoint_url=URL), "cannot look: no connection to https://acm.us-east-1.amazonaws.com: see that this machine has network, or set HTTPS_PROXY"),
    (exceptions.ConnectTimeoutError(endpoint_url=URL), "cannot look: no connection to https://acm.us-east-1.amazonaws.com: see that this machine has network, or set HTTPS_PROXY"),
    (exceptions.ProxyConnectionError(proxy_url=f"http://user:{SECRET}@proxy.example.com"), "cannot look: no connection to the proxy: correct HTTPS_PROXY, or unset it"),
    (exceptions.SSLError(endpoint_url=URL, error=OSError()), "cannot look: the certificate of https://acm.us-east-1.amazonaws.com is not trusted: is a proxy on the way? Then set AWS_CA_BUNDLE"),
    (exceptions.ReadTimeoutError(endpoint_url=URL), f"cannot look: AWS gives no answer (ReadTimeoutError): {LATER}"),
    (exceptions.HTTPClientError(error=SECRET), f"cannot look: AWS gives no answer (HTTPClientError): {LATER}"),
    (exceptions.HTTPClientError(error=SECRET, response=object()), f"cannot look: AWS gives no answer (HTTPClientError): {LATER}"),
    (ResponseParserError(SECRET), f"cannot look: AWS gives no answer (ResponseParserError): {LATER}"),
    (exceptions.UnauthorizedSSOTokenError(), f"the AWS credentials cannot be had (UnauthorizedSSOTokenError): {SIGN_IN}"),
    (exceptions.TokenRetrievalError(provider="sso", error_msg=SECRET), f"the AWS credentials cannot be had (TokenRetrievalError): {SIGN_IN}"),
    (exceptions.CredentialRetrievalError(provider="x", error_msg=SECRET), f"the AWS credentials cannot be had (CredentialRetrievalError): {SIGN_IN}"),
]  # fmt: skip
WRONG = [
    (exceptions.NoCredentialsError(), "no AWS credentials: set AWS_PROFILE or dns_host, example, profile, or sign in (aws sso login, aws configure)"),
    (exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "half of the AWS credentials: AWS_SECRET_ACCESS_KEY is missing beside what env gives"),
    (exceptions.ProfileNotFound(profile="mail"), "AWS has no profile 'mail': correct dns_host, example, profile (or AWS_PROFILE), or add it to ~/.aws/config"),
    (exceptions.InvalidRegionError(region_name="us east"), "'us east' is no AWS region: correct AWS_REGION or the profile's region"),
    (exceptions.InvalidConfigError(error_msg=SECRET), "cannot look: the AWS SDK does not take the settings that it finds (InvalidConfigError): see ~/.aws/config and AWS_*"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [*((error, CouldNotDoError, message) for error, message in TOLD), *((error, UsageError, message) for error, message in WRONG)],
)
def test_what_goes_wrong_is_told(error: Exception, kind: type[Exception], message: str) -> None:
    calling = always(error)
    with pytest.raises((CouldNotDoError, UsageError)) as caught:
        calling.aws().call(calling.send, "look", resource="arn:aws:it")
    assert (type(caught.value), str(caught.value)) == (kind, message)
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_where_the_settings_do_not_choose_the_partition_nothing_is_said_of_it() -> None:
    calling = always(refusal("InvalidClientTokenId"))
    with pytest.raises(CouldNotDoError, match=r"that it was given: see that it is active$"):
        calling.aws(region="us-east-1").call(calling.send, "look")


def test_the_resource_that_aws_names_is_told() -> None:
    text = "User: x is not authorized to perform: cloudfront:CreateFunction on resource: arn:aws:cloudfront::111122223333:function/f because of y"
    calling = always(refusal("AccessDenied", text, 403))
    with pytest.raises(CouldNotDoError, match=r'"Resource": "arn:aws:cloudfront::111122223333:function/f"$'):
        calling.aws().call(calling.send, "look")


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (refusal("Throttling"), 8),
        (refusal("InternalError", status=500), 8),
        (exceptions.ReadTimeoutError(endpoint_url=URL), 8),
        (exceptions.EndpointConnectionError(endpoint_url=URL), 3),
        (exceptions.SSLError(endpoint_url=URL, error=OSError()), 1),
        (refusal("AccessDenied"), 1),
    ],
)
def test_calls_are_made_again_where_that_can_help(error: Exception, calls: int) -> None:
    calling = always(error)
    with pytest.raises(CouldNotDoError):
        calling.aws().call(calling.send, "look")
    assert calling.calls == calls
    assert calling.pauses == [0.5, 1, 2, 4, 8, 16, 20][: calls - 1]


@pytest.mark.parametrize("error", [refusal("Throttling"), exceptions.ConnectTimeoutError(endpoint_url=URL)])
def test_what_was_not_carried_out_is_sent_again_even_if_it_must_not_come_twice(error: Exception) -> None:
    calling = Calling(iter([error, error, {"It": 1}]))
    assert calling.aws().call(calling.send, "change", holds="It", safe=False) == {"It": 1}


@pytest.mark.parametrize(
    "answer",
    [
        refusal("InternalError", status=500),
        exceptions.ReadTimeoutError(endpoint_url=URL),
        ResponseParserError("x"),
        {"ResponseMetadata": {}},
    ],
)
def test_what_may_have_been_carried_out_is_not_sent_again_if_it_must_not_come_twice(answer: Any) -> None:
    calling = always(answer)
    with pytest.raises(LostError):
        calling.aws().call(calling.send, "change", holds="It", safe=False)
    assert calling.calls == 1


def test_credentials_that_get_no_answer_are_no_lost_change(monkeypatch: pytest.MonkeyPatch) -> None:
    calling = always({"It": 1})
    aws, lost = calling.aws(), [exceptions.ReadTimeoutError(endpoint_url=URL)] * 2
    connect = aws._connect

    def slow() -> Any:
        if lost:
            raise lost.pop()
        return connect()

    monkeypatch.setattr(aws, "_connect", slow)
    assert aws.call(calling.send, "change", safe=False) == {"It": 1}
    assert (calling.calls, calling.pauses) == (1, [0.5, 1])


def test_an_expected_refusal_is_told_with_its_code_and_words() -> None:
    calling = always(refusal("NoSuchThing", "[There is none.]"))
    with pytest.raises(Refused) as caught:
        calling.aws().call(calling.send, "look", ["NoSuchThing"])
    assert (caught.value.code, caught.value.words, str(caught.value)) == (
        "NoSuchThing",
        "There is none",
        "cannot look: There is none (NoSuchThing)",
    )


@pytest.mark.parametrize(
    "answer",
    [{"ResponseMetadata": {"HTTPHeaders": {"content-type": "text/html"}}, "It": 1}, {"ResponseMetadata": {"HTTPHeaders": {}}}],
)
def test_what_is_not_aws_is_told_and_not_asked_again(answer: Mapping[str, Any]) -> None:
    calling = always(answer)
    with pytest.raises(CouldNotDoError) as caught:
        calling.aws().call(calling.send, "look", holds="It")
    assert (str(caught.value), calling.calls) == (f"cannot look: {FOREIGN}", 1)


@pytest.mark.parametrize(
    ("environ", "settings", "region", "partition"),
    [
        ({}, {}, "us-east-1", "aws"),
        ({"AWS_REGION": "eu-west-1"}, {}, "eu-west-1", "aws"),
        ({"AWS_DEFAULT_REGION": "cn-north-1"}, {}, "cn-north-1", "aws-cn"),
        ({"AWS_REGION": "cn-north-1"}, {"region": "us-east-1"}, "us-east-1", "aws"),
    ],
)
def test_the_region_is_that_of_the_host_or_the_environment(
    environ: Mapping[str, str], settings: Mapping[str, str], region: str, partition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    aws = always(None).aws(**settings)
    assert aws.partition == "aws"
    services: list[Callable[[], Any]] = [lambda: aws.acm, lambda: aws.route53, lambda: aws.s3, lambda: aws.cloudfront]
    assert {aws.call(lambda get=get: get().meta.config.retries["total_max_attempts"], "look") for get in services} == {1}  # type: ignore[misc]
    assert aws.acm.meta.region_name == region
    assert aws.partition == partition


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("AssumeRole", "sts:AssumeRole"),
        ("ChangeResourceRecordSets", "route53:ChangeResourceRecordSets"),
        ("RequestCertificate", "acm:RequestCertificate"),
        ("HeadObject", "s3:GetObject"),
        ("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
        ("CreateDistributionWithTags", "cloudfront:CreateDistribution"),
        ("PublishFunction", "cloudfront:PublishFunction"),
    ],
)
def test_actions_are_called_as_iam_does(operation: str, action: str) -> None:
    assert action_of(operation) == action


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidInput", "TooMany"])
def test_a_refusal_that_repeats_the_credentials_is_told_without_them(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "TOKEN+of/a/session==")
    calling = always(refusal(code, f"The request was: token TOKEN+of/a/session== key {SECRET}", 403))
    with pytest.raises(CouldNotDoError, match=r"The request was: token \(secret\) key \(secret\)") as caught:
        calling.aws().call(calling.send, "look")
    assert SECRET not in str(caught.value)
    assert "TOKEN" not in str(caught.value)


def test_where_the_credentials_cannot_be_had_any_more_nothing_of_a_refusal_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    calling = Calling(iter([{"It": 1}, refusal("InvalidInput", f"The request was: {SECRET}")]))
    aws = calling.aws()
    aws.call(calling.send, "look")

    def gone(_: Any) -> Any:
        raise exceptions.UnauthorizedSSOTokenError

    monkeypatch.setattr("botocore.credentials.Credentials.get_frozen_credentials", gone)
    with pytest.raises(CouldNotDoError) as caught:
        aws.call(calling.send, "look")
    assert str(caught.value) == "cannot look: (secret) (InvalidInput)"
