"""What can go wrong with a call to AWS, each told in one message that says what to do.

Nothing of what the SDK or a service says of credentials is repeated: a refused signature comes with the session token.
"""

import re
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import urlsplit

from emailauth.core.errors import CouldNotDoError, UsageError


class Kind(Enum):
    """What is known of a call that went wrong."""

    BUSY = auto()
    """It was not carried out, and can be later."""
    UNREACHED = auto()
    """It never came to the service."""
    LOST = auto()
    """It may have been carried out or not."""
    REFUSED = auto()
    """It was not carried out, and will not be."""


ATTEMPTS: Final = {Kind.BUSY: 8, Kind.LOST: 4, Kind.UNREACHED: 3, Kind.REFUSED: 1}
"""How often a call is made before it is given up, by what went wrong the last time."""

_BUSY: Final = frozenset({"RequestLimitExceeded", "RequestThrottled", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"})  # fmt: skip
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_DENIED: Final = frozenset({"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_UNKNOWN_KEY: Final = frozenset({"InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException"})
_BAD_SIGNATURE: Final = frozenset({"AuthorizationHeaderMalformed", "IncompleteSignature", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"})  # fmt: skip
_SERVER_ERROR: Final = 500

_QUOTA: Final = "ask AWS for more (Service Quotas, us-east-1)"
_ADVICE: Final = {
    "CNAMEAlreadyExists": "another distribution, here or in another account, has one of these host names: remove it there (alternate domain names), then run again",
    "TooManyDistributions": f"the account has as many distributions as it may have: {_QUOTA}, or raise web_host, cloudfront, names_per_certificate",
    "TooManyFunctions": f"the account has as many functions as it may have: {_QUOTA}, or raise web_host, cloudfront, names_per_certificate",
    "TooManyDistributionCNAMEs": f"the distribution has as many alternate domain names as it may have: {_QUOTA}, or lower web_host, cloudfront, names_per_certificate",
    "LimitExceededException": f"ACM issues no such certificate as long as its quota is what it is: {_QUOTA}, or lower web_host, cloudfront, names_per_certificate",
    "FunctionInUse": "another distribution runs it too: take it off there, then run again",
    "FunctionSizeLimitExceeded": "the function has more text than CloudFront takes: lower web_host, cloudfront, names_per_certificate",
    "InvalidOrigin": "CloudFront does not take the origin: name a host of yours at web_host, cloudfront, origin",
    "BucketAlreadyExists": "another account has a bucket of that name: choose one at web_host, cloudfront, bucket",
    "TooManyBuckets": f"the account has as many buckets as it may have: {_QUOTA}",
}
"""What to do, by the service's error code; put before the service's own words."""
_ACTIONS: Final = {
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "CreateDistributionWithTags": "CreateDistribution",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""IAM's names of operations where they are others (Service Authorization Reference)."""


def sdk_errors() -> tuple[type[Exception], ...]:
    """Everything that a call of the SDK raises."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - imported where used
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    return (BotoCoreError, ClientError, ResponseParserError)


def code_of(error: Any) -> str:
    """The service's error code; empty for errors that are not the service's."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    return str(error.response.get("Error", {}).get("Code") or "") if isinstance(error, ClientError) else ""


def kind_of(error: Exception) -> Kind:
    """Tells the errors of the SDK apart."""
    from botocore import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.ClientError):
        if code_of(error) in _BUSY:
            return Kind.BUSY
        return Kind.LOST if error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR else Kind.REFUSED
    if isinstance(error, (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError, exceptions.ProxyConnectionError)):
        return Kind.UNREACHED
    is_lost = isinstance(error, exceptions.HTTPClientError) or not isinstance(error, exceptions.BotoCoreError)
    return Kind.LOST if is_lost and not isinstance(error, exceptions.SSLError) else Kind.REFUSED


def told(error: Exception, about: str) -> CouldNotDoError | UsageError:
    """What is to be raised instead of an error of the SDK; `about`: what cannot be done, behind "cannot"."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    if isinstance(error, ClientError):
        return CouldNotDoError(f"cannot {about}: {_answer(error)}")
    return _no_answer(error, about)


def _answer(error: Any) -> str:
    """The services' own refusals."""
    code, message = code_of(error), str(error.response.get("Error", {}).get("Message") or "").rstrip(". ")
    if code in _DENIED:
        return _denied(error, message)
    if code in _EXPIRED:
        return "the AWS session has expired: sign in again (aws sso login, or new keys), then run again; what was done stays"
    if code in _UNKNOWN_KEY:
        return "AWS does not know the access key that it was given: see that it is active"
    if code in _BAD_SIGNATURE:
        return "AWS refused the signature: the secret access key is not that of the access key id, or the clock of this machine is wrong"
    if code in _BUSY:
        return "AWS takes no more requests from this account for now: see what else calls it, and run again later"
    words = f"{message or 'AWS gave no reason'} ({code or 'no error code'})"
    return f"{_ADVICE[code]}. AWS says: {words}" if code in _ADVICE else words


def _denied(error: Any, message: str) -> str:
    said = re.search(r"perform: ([a-z0-9-]+:[A-Za-z]+)", message)
    because = re.search(r"\bbecause (.*)\Z", message, re.DOTALL)
    reason = f" ({because[1]})" if because else "" if said or not message else f" (AWS says: {message})"
    return (
        f"the credentials are not allowed to do {said[1] if said else _action(error.operation_name)}{reason}: allow it in their IAM policy"
    )


def _action(operation: str) -> str:
    """As in the Action of an IAM policy."""
    is_s3 = re.search(r"Bucket|Object|PublicAccessBlock", operation)
    return f"{_SERVICES.get(operation, 's3' if is_s3 else 'cloudfront')}:{_ACTIONS.get(operation, operation)}"


_SERVICES: Final = {
    "AssumeRole": "sts",
    "DeleteCertificate": "acm",
    "DescribeCertificate": "acm",
    "ListCertificates": "acm",
    "ListTagsForCertificate": "acm",
    "RequestCertificate": "acm",
}
"""The services of the operations whose names do not say it."""


def _no_answer(error: Any, about: str) -> CouldNotDoError | UsageError:
    """What went wrong on the way to the service, or before."""
    from botocore import exceptions  # noqa: PLC0415

    details = getattr(error, "kwargs", {})
    if isinstance(error, exceptions.ProfileNotFound):
        return UsageError(
            f"AWS has no profile {details['profile']!r}: correct web_host, cloudfront, profile (or AWS_PROFILE), or add it to ~/.aws/config"
        )
    if isinstance(error, exceptions.NoCredentialsError):
        return UsageError("no AWS credentials: set AWS_PROFILE or web_host, cloudfront, profile, or sign in (aws sso login, aws configure)")
    if isinstance(error, exceptions.PartialCredentialsError):
        return UsageError(f"half of the AWS credentials: {details['cred_var']} is missing beside what {details['provider']} gives")
    if isinstance(error, (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.CredentialRetrievalError)):
        return CouldNotDoError(
            f"the AWS credentials cannot be had ({type(error).__name__}): sign in again (aws sso login), or see what the profile says"
        )
    if isinstance(error, exceptions.SSLError):
        return CouldNotDoError(
            f"cannot {about}: the certificate of {_origin(details)} is not trusted: is a proxy on the way? Then set AWS_CA_BUNDLE"
        )
    if isinstance(error, (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError)):
        return CouldNotDoError(
            f"cannot {about}: no connection to {_origin(details)}: see that this machine has network, or set HTTPS_PROXY"
        )
    if isinstance(error, exceptions.ProxyConnectionError):
        return CouldNotDoError(f"cannot {about}: no connection to the proxy: correct HTTPS_PROXY, or unset it")
    if kind_of(error) is Kind.LOST:
        return CouldNotDoError(f"cannot {about}: AWS gives no answer ({type(error).__name__}): run again later, which goes on from there")
    return UsageError(
        f"cannot {about}: the AWS SDK does not take the settings that it finds ({type(error).__name__}): see ~/.aws/config and AWS_*"
    )


def _origin(details: Any) -> str:
    parts = urlsplit(str(details.get("endpoint_url", "")))
    return f"{parts.scheme}://{parts.netloc}"
