"""The AWS SDK, imported where used: clients for us-east-1, and calls that are made again where that does no harm."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.web_hosts.cloudfront.errors import ATTEMPTS, code_of, kind_of, sdk_errors, told

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

REGION: Final = "us-east-1"
"""Where CloudFront is configured, where it takes certificates from, and where the bucket is: the region of the settings does not matter."""
_CONNECT_TIMEOUT: Final = 10.0
_READ_TIMEOUT: Final = 60.0
_ROLE_LASTS: Final = 2700.0
"""Seconds for which an assumed role is used; AWS lets it be used for an hour."""
_FIRST_PAUSE: Final = 0.5
"""Seconds; doubles from one attempt to the next."""
_LONGEST_PAUSE: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose credentials are used."""

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None


class Refused(CouldNotDoError):
    """A refusal that the caller has asked to be told; `code` is the service's."""

    def __init__(self, message: str, code: str) -> None:
        """`message` is for a person, as that of every other refusal."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clients:
    cloudfront: "CloudFrontClient"
    acm: "ACMClient"
    s3: "S3Client"
    since: float


class Aws:
    """An account. For threads. Connects with its first call."""

    def __init__(self, account: Account, *, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        """`clock` and `pause` are in seconds."""
        self.pause = pause
        self._account, self._clock = account, clock
        self._clients: _Clients | None = None
        self._lock = threading.Lock()

    @property
    def cloudfront(self) -> "CloudFrontClient":
        """For use within `call`."""
        return self._connected().cloudfront

    @property
    def acm(self) -> "ACMClient":
        """For use within `call`."""
        return self._connected().acm

    @property
    def s3(self) -> "S3Client":
        """For use within `call`."""
        return self._connected().s3

    def call(self, send: Callable[[], T], about: str, expect: Collection[str] = ()) -> T:
        """Makes one call, and again where AWS was busy or no answer came.

        So every call must be one that can come twice: where the first was carried out, the second meets what it made, and is refused
        (the caller expects that and looks), or does nothing. `about`: what is done, for a person, to stand behind "cannot".
        Raises `Refused` for the error codes that are expected, and otherwise `CouldNotDoError` and `UsageError`.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return send()
            except sdk_errors() as e:
                if code_of(e) in expect:
                    raise Refused(str(told(e, about)), code_of(e)) from None
                if attempt >= ATTEMPTS[kind_of(e)]:
                    raise told(e, about) from None
            self.pause(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)))

    def until(self, done: Callable[[], bool], *, every: float, times: int) -> bool:
        """Looks until something is done, `times` times at most, with pauses of `every` seconds; answers whether it is."""
        for look in range(times):
            if look:
                self.pause(every)
            if done():
                return True
        return False

    def _connected(self) -> _Clients:
        with self._lock:
            clients = self._clients
            if clients is None or (self._account.role_arn is not None and self._clock() - clients.since > _ROLE_LASTS):
                clients = self._clients = self._connect()
            return clients

    def _connect(self) -> _Clients:
        try:
            from boto3.session import Session  # noqa: PLC0415 - imported where used
            from botocore.config import Config  # noqa: PLC0415
        except ImportError:
            raise UsageError("web_host cloudfront needs the AWS SDK: pip install 'emailauth[aws]'") from None
        once: Any = {"mode": "standard", "total_max_attempts": 1}
        config = Config(retries=once, connect_timeout=_CONNECT_TIMEOUT, read_timeout=_READ_TIMEOUT)
        since = self._clock()
        session = Session(profile_name=self._account.profile, region_name=REGION)
        if self._account.role_arn is not None:
            session = self._assumed(session, self._account.role_arn, config)
        return _Clients(
            cloudfront=session.client("cloudfront", config=config),
            acm=session.client("acm", config=config),
            s3=session.client("s3", config=config),
            since=since,
        )

    def _assumed(self, session: "Session", role_arn: str, config: Any) -> "Session":
        from boto3.session import Session  # noqa: PLC0415

        said: dict[str, Any] = {} if self._account.external_id is None else {"ExternalId": self._account.external_id}
        sts = session.client("sts", config=config)
        given = sts.assume_role(RoleArn=role_arn, RoleSessionName="emailauth", **said)["Credentials"]
        return Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=REGION,
        )
