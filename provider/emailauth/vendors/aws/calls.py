"""The AWS SDK, imported where used: clients that never send a request twice by themselves, and calls that are made again where that does no harm."""

import os
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from emailauth.core.errors import UsageError
from emailauth.vendors.aws.account import Account
from emailauth.vendors.aws.errors import Kind, LostError, Refused, code_of, foreign, hide, is_foreign, kind_of, sdk_errors, told, words_of

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

_REGIONS: Final = {"aws": "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}
"""One of each partition, where nothing names a region."""
_CONNECT_TIMEOUT: Final = 10.0
_ROLE_LASTS: Final = 2700.0
"""Seconds for which an assumed role is used; AWS lets it be used for an hour."""
_ATTEMPTS: Final = {Kind.BUSY: 8, Kind.LOST: 8, Kind.UNREACHED: 3, Kind.REFUSED: 1}
"""How often a call is made before it is given up, by what went wrong the last time."""
_FIRST_PAUSE: Final = 0.5
"""Seconds; doubles from one attempt to the next."""
_LONGEST_PAUSE: Final = 20.0
"""Seconds. Eight attempts take a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Connected:
    session: "Session"
    region: str
    config: Any
    since: float
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: Any) -> Any:
        if service not in self.clients:
            self.clients[service] = self.session.client(service, region_name=self.region, config=self.config)
        return self.clients[service]


def _at_once() -> None:
    """No pace."""


class Aws:
    """An account. For threads. Connects with its first call."""

    def __init__(
        self,
        account: Account,
        *,
        clock: Callable[[], float],
        hold: Callable[[float], None],
        wait: Callable[[], None] = _at_once,
        timeout: float = 60.0,
    ) -> None:
        """`wait` comes before every call, `hold` before one that is made again; all times are in seconds.

        `timeout`: after which an answer counts as lost.
        """
        self._account, self._clock, self._hold, self._wait, self._timeout = account, clock, hold, wait, timeout
        self._connection: _Connected | None = None
        self._sessions: list[Session] = []
        """Those whose credentials were sent."""
        self._lock = threading.RLock()

    @property
    def acm(self) -> "ACMClient":
        """For use within `call`."""
        client: ACMClient = self._client("acm")
        return client

    @property
    def cloudfront(self) -> "CloudFrontClient":
        """For use within `call`."""
        client: CloudFrontClient = self._client("cloudfront")
        return client

    @property
    def route53(self) -> "Route53Client":
        """For use within `call`."""
        client: Route53Client = self._client("route53")
        return client

    @property
    def s3(self) -> "S3Client":
        """For use within `call`."""
        client: S3Client = self._client("s3")
        return client

    @property
    def partition(self) -> str:
        """Which AWS it is, as ARNs say it: aws, aws-cn, aws-us-gov. Of an account that was never called: aws."""
        with self._lock:
            found = self._connection
        return found.session.get_partition_for_region(found.region) if found else "aws"

    def call(
        self,
        send: Callable[[], T],
        about: str,
        expect: Collection[str] = (),
        *,
        resource: str = "",
        holds: str = "",
        safe: bool = True,
    ) -> T:
        """Makes one call, and again where AWS was busy or no answer came.

        So every call must be one that can come twice: where the first was carried out, the second meets what it made, and is refused
        (the caller expects that and looks), or does nothing. For one that must not, say so by `safe`: `LostError` is raised where
        it is not known whether it was carried out. `about`: what is done, for a person, to stand behind "cannot"; `resource`: to what, as
        in the Resource of an IAM policy; `holds`: the member that every answer has. Raises `Refused` for the error codes that are
        expected, and otherwise `CouldNotDoError` and `UsageError`.
        """
        attempt = 0
        while True:
            attempt += 1
            self._wait()
            kind = Kind.REFUSED
            try:
                self._connected()
                kind = Kind.LOST
                answer = send()
            except UsageError:  # first, for without the SDK the next line cannot say what its errors are
                raise
            except sdk_errors() as e:
                if words_of(e):
                    self._hide_secrets(e)
                was_sent, kind = kind is Kind.LOST, kind_of(e)
                if kind is Kind.LOST and was_sent and not safe:
                    raise LostError from None
                if code_of(e) in expect:
                    raise Refused(str(told(e, self._account, about, resource)), code_of(e), words_of(e)) from None
                if attempt >= _ATTEMPTS[kind]:
                    raise told(e, self._account, about, resource) from None
            else:
                if not is_foreign(answer, holds):
                    return answer
                raise foreign(about) if safe else LostError
            self._hold(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)))

    def _hide_secrets(self, error: Exception) -> None:
        """Takes the credentials that were sent out of what a service says of them; all of it where they cannot be had any more."""
        with self._lock:
            sessions = list(self._sessions)
        try:
            given = [found.get_frozen_credentials() for session in sessions if (found := session.get_credentials()) is not None]
        except sdk_errors():
            hide(error, [words_of(error)])
        else:
            hide(error, [secret for one in given for secret in (one.secret_key, one.token) if secret])

    def _client(self, service: str) -> Any:
        with self._lock:
            return self._connected().client(service)

    def _connected(self) -> _Connected:
        with self._lock:
            found = self._connection
            if found is None or (self._account.role_arn is not None and self._clock() - found.since > _ROLE_LASTS):
                found = self._connection = self._connect()
            return found

    def _connect(self) -> _Connected:
        account = self._account
        try:
            from boto3.session import Session  # noqa: PLC0415 - imported where used
            from botocore.config import Config  # noqa: PLC0415
        except ImportError:
            raise UsageError(f"{account.room} {account.host} needs the AWS SDK: pip install 'emailauth[aws]'") from None
        once: Any = {"mode": "standard", "total_max_attempts": 1}
        config = Config(retries=once, connect_timeout=_CONNECT_TIMEOUT, read_timeout=self._timeout)
        since, session = self._clock(), Session(profile_name=account.profile)
        self._sessions = [session]
        region = _region(session, account)
        if account.role_arn is not None:
            session = _assumed(session, account, account.role_arn, region, config)
            self._sessions.append(session)
        return _Connected(session=session, region=region, config=config, since=since)


def _region(session: "Session", account: Account) -> str:
    """Where nothing says it, one of the role's partition. boto3 itself does not look at AWS_REGION."""
    partition = account.role_arn.split(":")[1] if account.role_arn else "aws"
    return account.region or os.environ.get("AWS_REGION") or session.region_name or _REGIONS.get(partition, _REGIONS["aws"])


def _assumed(session: "Session", account: Account, role_arn: str, region: str, config: Any) -> "Session":
    from boto3.session import Session  # noqa: PLC0415

    partition = role_arn.split(":")[1]
    if session.get_partition_for_region(region) != partition:
        raise UsageError(
            f"the region {region} is not in {partition}, where the role {role_arn} is: set AWS_REGION (or the profile's region) to one of there"
        )
    sts = session.client("sts", region_name=region, config=config)
    said: dict[str, Any] = {} if account.external_id is None else {"ExternalId": account.external_id}
    given = sts.assume_role(RoleArn=role_arn, RoleSessionName="emailauth", **said)["Credentials"]
    return Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=region,
        profile_name=session.profile_name if session.profile_name != "default" else None,
    )
