"""What can go wrong with a call to AWS: kinds, and each told in one message that says what to do.

Nothing of what the SDK or a service says of credentials is repeated: a refused signature comes with the session token.
"""

import re
from collections.abc import Iterable
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import urlsplit

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.vendors.aws.account import Account
from emailauth.vendors.aws.actions import action_of


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


class LostError(Exception):
    """A call that must not come twice was sent, and whether it was carried out is not known."""


class Refused(CouldNotDoError):
    """A refusal that the caller has asked to be told; `code` and `words` are the service's."""

    def __init__(self, message: str, code: str, words: str) -> None:
        """`message` is for a person, as that of every other refusal."""
        super().__init__(message)
        self.code, self.words = code, words


_BUSY: Final = frozenset(
    {
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_DENIED: Final = frozenset({"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_UNKNOWN_KEY: Final = frozenset({"InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException"})
_BAD_SIGNATURE: Final = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "IncompleteSignature",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
_TIME: Final = frozenset({"RequestExpired", "RequestTimeTooSkewed"})
_SERVER_ERROR: Final = 500
_PARTITION: Final = "if its account is in AWS China or GovCloud, which are partitions of their own, set AWS_REGION (or the profile's region) to one of there"
_LATER: Final = "run again later, which goes on from there (health.aws.amazon.com says whether it is AWS)"


def sdk_errors() -> tuple[type[Exception], ...]:
    """Everything that a call of the SDK raises."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - imported where used
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    return (BotoCoreError, ClientError, ResponseParserError)


def code_of(error: Any) -> str:
    """The service's error code; empty for errors that are not the service's."""
    return str(_said(error).get("Code") or "")


def words_of(error: Any) -> str:
    """The service's own words; empty for errors that are not the service's."""
    return str(_said(error).get("Message") or "").strip("[]. \n")


def _said(error: Any) -> dict[str, Any]:
    response = getattr(error, "response", None)  # of errors on the way it is something else, or None
    found: dict[str, Any] = response.get("Error", {}) if isinstance(response, dict) else {}
    return found


def hide(error: Any, secrets: Iterable[str]) -> None:
    """Takes credentials out of the service's words: some repeat the request that they refuse."""
    said = _said(error)
    for secret in secrets:
        said["Message"] = str(said["Message"]).replace(secret, "(secret)")


def kind_of(error: Exception) -> Kind:
    """Tells the errors of the SDK apart."""
    from botocore import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.ClientError):
        if code_of(error) in _BUSY:
            return Kind.BUSY
        return Kind.LOST if _status(error) >= _SERVER_ERROR else Kind.REFUSED
    if isinstance(error, (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError, exceptions.ProxyConnectionError)):
        return Kind.UNREACHED
    is_lost = isinstance(error, exceptions.HTTPClientError) or not isinstance(error, exceptions.BotoCoreError)
    return Kind.LOST if is_lost and not isinstance(error, exceptions.SSLError) else Kind.REFUSED


def is_foreign(answer: Any, holds: str = "") -> bool:
    """Whether a proxy answered, or a network that wants a login: a web page came back, or what does not hold what it must."""
    if not isinstance(answer, dict):
        return False
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get("content-type", "")).startswith("text/html") or (holds != "" and holds not in answer)


def foreign(about: str) -> CouldNotDoError:
    """What is to be raised for such an answer."""
    return CouldNotDoError(
        f"cannot {about}: what answers is not AWS: a proxy or the login of this network may be in between; "
        "see what a browser shows, or set HTTPS_PROXY"
    )


def told(error: Exception, account: Account, about: str, resource: str = "") -> CouldNotDoError | UsageError:
    """What is to be raised instead of an error of the SDK.

    `about`: what cannot be done, behind "cannot"; `resource`: what it was done to, as in the Resource of an IAM policy, where known.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415

    if not isinstance(error, ClientError):
        return _no_answer(error, account, about)
    if is_foreign(error.response) and kind_of(error) is Kind.REFUSED:
        return foreign(about)
    return CouldNotDoError(f"cannot {about}: {_answer(error, account, resource)}")


def _status(error: Any) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def _answer(error: Any, account: Account, resource: str) -> str:
    """The services' own refusals."""
    code = code_of(error)
    words = f"{words_of(error) or 'AWS gave no reason'} ({code or f'HTTP {_status(error)}'})"
    if code in account.advice:
        return f"{account.advice[code]}. AWS says: {words}"
    if code in _DENIED:
        return _denied(error, account, resource)
    if code in _EXPIRED:
        return "the AWS session has expired: sign in again (aws sso login, or new keys), then run again; what was done stays"
    if code in _UNKNOWN_KEY:
        return f"AWS does not know the access key that it was given: see that it is active{_hint(account, ';')}"
    if code in _BAD_SIGNATURE:
        return _bad_signature(code, words, account)
    if code in _BUSY:
        return f"AWS takes no more requests from this account for now ({code}): see what else calls it, and run again later"
    if kind_of(error) is Kind.LOST:
        return f"AWS gives no answer (HTTP {_status(error)}): {_LATER}"
    return words


def _hint(account: Account, mark: str) -> str:
    """Only where the settings choose the partition."""
    return "" if account.region else f"{mark} {_PARTITION}"


def _denied(error: Any, account: Account, resource: str) -> str:
    words = words_of(error)
    said = re.search(r"perform: ([a-z0-9-]+:[A-Za-z]+)", words)
    on = re.search(r"on resource: (arn:\S+?)[.,]?(?:\s|\Z)", words)
    because = re.search(r"\bbecause (.*)\Z", words, re.DOTALL)
    reason = f" ({because[1]})" if because else "" if said or not words else f" (AWS says: {words})"
    action, trust = said[1] if said else action_of(error.operation_name), ""
    if action == "sts:AssumeRole":
        resource, trust = account.role_arn or "", ", and see that the role's trust policy names who calls (and the external_id)"
    resource = resource or (on[1] if on else "")
    to = f', "Resource": "{resource}"' if resource else ""
    return f'the credentials are not allowed to do {action}{reason}: allow it in their IAM policy, "Action": "{action}"{to}{trust}'


def _bad_signature(code: str, words: str, account: Account) -> str:
    if "scoped to a valid region" in words:
        return f"the region does not belong to the AWS that was asked{_hint(account, ':')}"
    if code in _TIME or "expired" in words or "not yet current" in words:
        return "AWS refused the signature for its time: the clock of this machine is wrong"
    return "AWS refused the signature: the secret access key is not that of the access key id; set both anew"


def _no_answer(error: Any, account: Account, about: str) -> CouldNotDoError | UsageError:
    """What went wrong on the way to the service, or before."""
    from botocore import exceptions  # noqa: PLC0415

    details = getattr(error, "kwargs", {})
    setting = f"{account.room}, {account.host}, profile"
    if isinstance(error, exceptions.ProfileNotFound):
        return UsageError(f"AWS has no profile {details['profile']!r}: correct {setting} (or AWS_PROFILE), or add it to ~/.aws/config")
    if isinstance(error, exceptions.NoCredentialsError):
        return UsageError(f"no AWS credentials: set AWS_PROFILE or {setting}, or sign in (aws sso login, aws configure)")
    if isinstance(error, exceptions.PartialCredentialsError):
        return UsageError(f"half of the AWS credentials: {details['cred_var']} is missing beside what {details['provider']} gives")
    if isinstance(error, (exceptions.InvalidRegionError, exceptions.UnknownRegionError)):
        return UsageError(f"{details['region_name']!r} is no AWS region: correct AWS_REGION or the profile's region")
    if isinstance(error, (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.CredentialRetrievalError)):
        how = "sign in again (aws sso login), or see what the profile says"
        return CouldNotDoError(f"the AWS credentials cannot be had ({type(error).__name__}): {how}")
    why = _on_the_way(error, details)
    if why is None:
        why = f"the AWS SDK does not take the settings that it finds ({type(error).__name__}): see ~/.aws/config and AWS_*"
        return UsageError(f"cannot {about}: {why}")
    return CouldNotDoError(f"cannot {about}: {why}")


def _on_the_way(error: Any, details: Any) -> str | None:
    from botocore import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.SSLError):
        return f"the certificate of {_origin(details)} is not trusted: is a proxy on the way? Then set AWS_CA_BUNDLE"
    if isinstance(error, (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError)):
        return f"no connection to {_origin(details)}: see that this machine has network, or set HTTPS_PROXY"
    if isinstance(error, exceptions.ProxyConnectionError):
        return "no connection to the proxy: correct HTTPS_PROXY, or unset it"
    return f"AWS gives no answer ({type(error).__name__}): {_LATER}" if kind_of(error) is Kind.LOST else None


def _origin(details: Any) -> str:
    parts = urlsplit(str(details.get("endpoint_url", "")))
    return f"{parts.scheme}://{parts.netloc}"
