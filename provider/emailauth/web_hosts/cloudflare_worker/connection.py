"""The official SDK's client: with an API token only, within the limits of the API, and each failure told in words."""

import re
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol, TypeVar
from urllib.parse import urlsplit

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.web_hosts.cloudflare_worker.errors import SETTING, TOKEN_ADVICE, LostError, RefusedError, Task, refusal
from emailauth.web_hosts.cloudflare_worker.limits import LONGEST_WAIT, WAITS, seconds_held_back, seconds_refused

if TYPE_CHECKING:
    from cloudflare import APIConnectionError, APIStatusError, Cloudflare

_BASE_URL: Final = "https://api.cloudflare.com/client/v4"
_TOKEN: Final = re.compile(r"[!-~]{8,}")
"""Nothing that could end a header."""
_TIMED_OUT: Final = 408
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_SHOWN: Final = 200


class _Answer(Protocol):
    @property
    def headers(self) -> Mapping[str, str]: ...


A = TypeVar("A", bound=_Answer)


class Connection:
    """One client for all calls; several threads may use it at a time."""

    def __init__(
        self,
        *,
        token_env: str,
        environ: Mapping[str, str],
        clock: Callable[[], float],
        pause: Callable[[float], None],
        strict: bool,
    ) -> None:
        """`clock` gives seconds of the Unix time; `strict`: answers must be all that the SDK knows of them."""
        self.pause = pause
        self._token_env = token_env
        self._environ = environ
        self._clock = clock
        self._strict = strict
        self._lock = threading.Lock()
        self._client: Cloudflare | None = None
        self._held_back_until = 0.0

    def call(self, task: Task, make: "Callable[[Cloudflare], A]", *, changes: bool = False) -> A:
        """Makes one call and returns its raw answer.

        One that only reads is repeated where no answer comes; one that changes something raises `LostError` then. Either is repeated
        when Cloudflare held it back. Raises `CouldNotDoError`, and `UsageError` where there is no token or no SDK.
        """
        client = self._opened()
        held_back, waits = 0.0, iter(WAITS)
        while True:
            found = self._attempt(client, make, task)
            if not isinstance(found, _Failed):
                return found
            if found.retry_after is not None:
                held_back += found.retry_after
                if held_back > LONGEST_WAIT:
                    raise CouldNotDoError(_busy(task, found.retry_after))
                self.pause(found.retry_after)
            elif changes:
                raise LostError(found.reason)
            elif (wait := next(waits, None)) is not None:
                self.pause(wait)
            else:
                raise CouldNotDoError(f"Cloudflare did not {task.doing}: {found.reason}, {len(WAITS) + 1} times. Run again later")

    def _attempt(self, client: "Cloudflare", make: "Callable[[Cloudflare], A]", task: Task) -> "A | _Failed":
        from cloudflare import APIConnectionError, APIStatusError  # noqa: PLC0415 - the SDK is heavy

        self._keep_pace()
        try:
            answer = make(client)
        except APIStatusError as e:
            self._note(e.response.headers)
            if e.status_code == _TOO_MANY:
                return _Failed("", retry_after=seconds_refused(e.response.headers.get("retry-after"), self._clock()))
            if e.status_code == _TIMED_OUT or e.status_code >= _SERVER_ERROR:
                return _Failed(f"it answered HTTP {e.status_code}")
            raise self._refusal(e, task) from None
        except APIConnectionError as e:
            return _Failed(self._without_token(_reason(e)))
        self._note(answer.headers)
        return answer

    def _refusal(self, error: "APIStatusError", task: Task) -> RefusedError:
        told = refusal(error.status_code, error.body, task, self._token_env)
        return RefusedError(self._without_token(str(told)), status=told.status, codes=told.codes)

    def _opened(self) -> "Cloudflare":
        with self._lock:
            if self._client is None:
                self._client = self._open()
            return self._client

    def _open(self) -> "Cloudflare":
        try:
            from cloudflare import Cloudflare  # noqa: PLC0415 - the SDK is heavy
        except ImportError:
            raise UsageError(f"{SETTING} needs the Cloudflare SDK: pip install 'emailauth[cloudflare]'") from None
        base_url = self._environ.get("CLOUDFLARE_BASE_URL") or _BASE_URL
        if urlsplit(base_url).scheme not in {"http", "https"} or not urlsplit(base_url).hostname:
            raise UsageError(f"the environment variable CLOUDFLARE_BASE_URL is not a URL such as {_BASE_URL}")
        client = Cloudflare(api_token=self._token(), base_url=base_url, max_retries=0, _strict_response_validation=self._strict)
        # The SDK would send these of the environment instead of the token.
        client.api_key = client.api_email = client.user_service_key = None
        weakref.finalize(self, client.close)
        return client

    def _token(self) -> str:
        token = self._environ.get(self._token_env, "")
        if not token:
            raise UsageError(
                f"the environment variable {self._token_env} must hold a Cloudflare API token: {TOKEN_ADVICE} "
                f"(another variable is named by {SETTING}: token_env)"
            )
        if not _TOKEN.fullmatch(token):
            raise UsageError(
                f"what the environment variable {self._token_env} holds is no Cloudflare API token: letters, digits, - and _ only"
            )
        return token

    def _without_token(self, text: str) -> str:
        """What servers and libraries say can repeat what was sent."""
        return text.replace(self._token(), "[the token]")

    def _keep_pace(self) -> None:
        with self._lock:
            wait = self._held_back_until - self._clock()
        if wait > 0:
            self.pause(wait)

    def _note(self, headers: Mapping[str, str]) -> None:
        wait = seconds_held_back(headers.get("ratelimit"))
        if wait:
            with self._lock:
                self._held_back_until = max(self._held_back_until, self._clock() + wait)


class _Failed:
    """A call without an answer that counts."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        """`retry_after`: seconds, where it was held back and not carried out."""
        self.reason = reason
        self.retry_after = retry_after


def _busy(task: Task, seconds: float) -> str:
    return f"Cloudflare's API has had too many calls and will {task.doing} in {seconds:g} seconds at the earliest: run again then"


def _reason(error: "APIConnectionError") -> str:
    from cloudflare import APITimeoutError  # noqa: PLC0415 - the SDK is heavy

    if isinstance(error, APITimeoutError):
        return "it did not answer in time"
    cause = str(error.__cause__ or "")[:_SHOWN].removesuffix(".")
    host = error.request.url.host
    return f"{host} cannot be reached ({cause})" if cause else f"{host} cannot be reached"
