"""What can go wrong with a call, each told in one sentence that says what to do.

Nothing of what the SDK or the service says is repeated where it can hold a credential (a refused signature comes with the session token).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import urlsplit

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError


class Kind(Enum):
    """What is known of a call that went wrong, and so what may be done next."""

    BUSY = auto()
    """It was not carried out, and can be later."""
    UNREACHED = auto()
    """It never came to the service."""
    LOST = auto()
    """It may have been carried out or not."""
    REFUSED = auto()
    """It was not carried out, and will not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was asked for, for a person."""

    operation: str
    """As in the API reference: ListHostedZones."""
    where: str = "the account"
    resource: str = "*"
    """As in the Resource of an IAM policy."""
    service: str = "route53"

    @property
    def action(self) -> str:
        """As in the Action of an IAM policy."""
        return f"{self.service}:{self.operation}"


_BUSY: Final = frozenset(
    {"PriorRequestNotComplete", "RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"}
)
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_UNKNOWN_KEY: Final = frozenset({"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"})
_BAD_SIGNATURE: Final = frozenset({"IncompleteSignature", "InvalidSignatureException", "RequestExpired", "SignatureDoesNotMatch"})
_CONFLICT: Final = re.compile(
    r"but it already exists|but it was not found|do(?:es)? not match|conflicting RRSet|conflicts with other records|other RRSets exist|set exists with the"
)
"""What a batch is refused with when a set is not as it was read (facts, section 1.2)."""
_SERVER_ERROR: Final = 500


def kind_of(error: Exception) -> Kind:
    """Tells the errors of the SDK apart."""
    from botocore import exceptions  # noqa: PLC0415 - imported where used

    if isinstance(error, exceptions.ClientError):
        if _code(error) in _BUSY:
            return Kind.BUSY
        return Kind.LOST if error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR else Kind.REFUSED
    if isinstance(error, (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError, exceptions.ProxyConnectionError)):
        return Kind.UNREACHED
    if isinstance(error, exceptions.SSLError):
        return Kind.REFUSED
    return Kind.LOST if isinstance(error, exceptions.HTTPClientError) or not isinstance(error, exceptions.BotoCoreError) else Kind.REFUSED


def told(error: Exception, call: Call) -> CouldNotDoError | UsageError:
    """What is to be raised instead of an error of the SDK."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    return _answer(error, call) if isinstance(error, ClientError) else _no_answer(error, call)


def _code(error: Any) -> str:
    """The error code; the HTTP status where the answer is not one of the service's."""
    return error.response.get("Error", {}).get("Code") or f"HTTP {error.response['ResponseMetadata']['HTTPStatusCode']}"


def _answer(error: Any, call: Call) -> CouldNotDoError | UsageError:
    """The service's own refusals."""
    code, message = _code(error), (error.response.get("Error", {}).get("Message") or "").strip("[]. ")
    if code == "InvalidChangeBatch":
        return _refused_batch(message, call)
    if code in _DENIED:
        return CouldNotDoError(_denied(message, call))
    if code in _EXPIRED:
        return CouldNotDoError("the AWS session has expired: sign in again (aws sso login, or new keys), then run again")
    if code in _UNKNOWN_KEY:
        return CouldNotDoError(f"AWS does not know the access key that it was given: see that it is active; {_PARTITION}")
    if code in _BAD_SIGNATURE:
        return CouldNotDoError(_bad_signature(message))
    if code == "NoSuchHostedZone":
        return CouldNotDoError(f"{call.where} is not in this account any more: see that the credentials are those of its account")
    if code in _BUSY:
        return CouldNotDoError(_busy(code, call))
    return CouldNotDoError(f"AWS refused {call.action} for {call.where}: {message or 'it gave no reason'} ({code})")


_PARTITION: Final = "if its account is in AWS China or GovCloud, which are partitions of their own, set AWS_REGION (or the profile's region) to one of there"


_RUN_AGAIN: Final = "Run again, to plan from what is there now"


def _refused_batch(message: str, call: Call) -> CouldNotDoError:
    if _CONFLICT.search(message):
        told = f"{call.where} is not as it was read, and refused the change as a whole: {message}"
        return ConflictError(f"{told}. {_RUN_AGAIN}")
    hint = (
        ". Remove the protection first, if that is meant (aws route53 delete-resource-record-set-protections)"
        if "protect" in message
        else ""
    )
    return CouldNotDoError(f"{call.where} refused the change as a whole: {message}{hint}")


def _denied(message: str, call: Call) -> str:
    because = re.search(r"\bbecause (.*?)\.?\Z", message, re.DOTALL)
    reason = f" ({because[1]})" if because else ""
    trust = ", and see that the role's trust policy names who calls (and the external_id)" if call.service == "sts" else ""
    allow = f'allow it in the IAM policy, "Action": "{call.action}", "Resource": "{call.resource}"'
    return f"not allowed to do {call.action} on {call.where}{reason}: {allow}{trust}"


def _bad_signature(message: str) -> str:
    if "scoped to a valid region" in message:
        return f"the region does not belong to the AWS that was asked: {_PARTITION}"
    if "expired" in message or "not yet current" in message:
        return "AWS refused the signature for its time: the clock of this machine is wrong"
    return "AWS refused the signature: the secret access key is not that of the access key id; set both anew"


def _busy(code: str, call: Call) -> str:
    if code == "PriorRequestNotComplete":
        return f"{call.where} is still at work on earlier changes, and took no new ones for a minute: run again later"
    return f"Route 53 takes no more requests ({code}; 5 a second for all who use the account): see what else calls it, and run again later"


def _no_answer(error: Any, call: Call) -> CouldNotDoError | UsageError:
    """What went wrong on the way to the service, or before."""
    from botocore import exceptions  # noqa: PLC0415

    details: Mapping[str, Any] = getattr(error, "kwargs", {})
    if isinstance(error, exceptions.ProfileNotFound):
        return UsageError(
            f"AWS has no profile {details['profile']!r}: correct dns_host, route53, profile (or AWS_PROFILE), or add it to ~/.aws/config"
        )
    if isinstance(error, exceptions.NoCredentialsError):
        return UsageError("no AWS credentials: set AWS_PROFILE or dns_host, route53, profile, or sign in (aws sso login, aws configure)")
    if isinstance(error, exceptions.PartialCredentialsError):
        return UsageError(f"half of the AWS credentials: {details['cred_var']} is missing beside what {details['provider']} gives")
    if isinstance(error, (exceptions.InvalidRegionError, exceptions.UnknownRegionError)):
        return UsageError(f"{details['region_name']!r} is no AWS region: correct AWS_REGION or the profile's region")
    if isinstance(error, (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.CredentialRetrievalError)):
        return CouldNotDoError(
            f"the AWS credentials cannot be had ({type(error).__name__}): sign in again (aws sso login), or see what the profile says"
        )
    if isinstance(error, exceptions.SSLError):
        return CouldNotDoError(
            f"the certificate of {_origin(details['endpoint_url'])} is not trusted: is a proxy on the way? Then set AWS_CA_BUNDLE"
        )
    if isinstance(error, (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError)):
        return CouldNotDoError(
            f"cannot connect to {_origin(details['endpoint_url'])}: see that this machine has network, or set HTTPS_PROXY"
        )
    if isinstance(error, exceptions.ProxyConnectionError):
        return CouldNotDoError("cannot connect to the proxy: correct HTTPS_PROXY, or unset it")
    if kind_of(error) is Kind.LOST:
        return CouldNotDoError(f"AWS gives no answer to {call.action} ({type(error).__name__}): run again later")
    return UsageError(
        f"the AWS SDK cannot do {call.action} with the settings that it finds ({type(error).__name__}): see ~/.aws/config and AWS_*"
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
