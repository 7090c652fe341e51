"""Calls of Cloudflare's API with one token, through the official SDK's client.

Answers are taken as the JSON that they are: the SDK's models cost 40 times as much to make and say no more. With `strict` they are made
all the same, so that what does not fit them is an error. The SDK and its resources take 0.8 seconds of CPU to import, and 45 MB of memory:
only when the first call is made.
"""

import re
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.vendors.cloudflare.calls import Caller, Task
from emailauth.vendors.cloudflare.limits import TIMEOUT, WAITS
from emailauth.vendors.cloudflare.pace import pace_of
from emailauth.vendors.cloudflare.refusals import Lost, Refusal, Refused, Throttled, refusal

if TYPE_CHECKING:
    from cloudflare import APIConnectionError, APIStatusError, Cloudflare
    from cloudflare._response import APIResponse, BinaryAPIResponse

_BASE_URL: Final = "https://api.cloudflare.com/client/v4"
_TOKEN: Final = re.compile(r"[!-~]{8,}")
"""Nothing that could end a header, and nothing so short that it stands in other words."""
_TIMED_OUT: Final = 408
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_READINGS: Final = 3
"""How often pages are read that do not fit together."""
_SHOWN: Final = 200

Answer: TypeAlias = Mapping[str, Any]
Raw: TypeAlias = "APIResponse[Any] | BinaryAPIResponse"
Send: TypeAlias = "Callable[[Cloudflare], Raw]"
Page: TypeAlias = "Callable[[int, Cloudflare], Raw]"
T = TypeVar("T")


class Connection:
    """The API with one token. For threads."""

    def __init__(
        self,
        caller: Caller,
        *,
        environ: Mapping[str, str],
        clock: Callable[[], float],
        pause: Callable[[float], None],
        strict: bool,
    ) -> None:
        """`environ` holds the token, which is looked up when the first call is made, and `CLOUDFLARE_BASE_URL` where the API is elsewhere.

        `clock` gives seconds that only ever grow, `pause` waits for some. `strict`: answers must be all that the SDK knows of them.
        """
        self.pause = pause
        self.caller = caller
        self._environ, self._strict = environ, strict
        self._base_url = environ.get("CLOUDFLARE_BASE_URL") or _BASE_URL
        self.pace = pace_of(caller.token_env, self._base_url, clock, pause)
        self._client: Cloudflare | None = None
        self._connecting = threading.Lock()

    def once(self, task: Task, send: Send) -> Answer:
        """Makes one call and returns the JSON. Raises `Lost`, `Throttled`, `Refused`; `UsageError` where there is no token or no SDK."""
        return self._one(task, send, partial(self._decoded, task))

    def change(self, task: Task, send: Send) -> None:
        """Makes one call, again only where it was held back. Raises `Lost`, `Refused`, and `CouldNotDoError` where it waits in vain."""
        while True:
            try:
                return self._one(task, send, _nothing)
            except Throttled:
                continue

    def read(self, task: Task, send: Send) -> Answer:
        """Asks until there is an answer, and returns the JSON. Raises `Refused`, and `CouldNotDoError` where none comes."""
        return self._asked(task, send, partial(self._decoded, task))

    def download(self, task: Task, send: Send) -> tuple[Mapping[str, str], bytes]:
        """As `read`, of an answer that is no JSON: its headers and its body."""
        return self._asked(task, send, lambda answer: (answer.headers, answer.read()))

    def pages(self, task: Task, page: Page) -> Sequence[Answer]:
        """The elements of all pages, of which `page` asks for one by its number from 1. The SDK would ask for one page more than there are."""
        for _ in range(_READINGS):
            found: dict[str, Answer] = {}
            total, number = 1, 0
            while number == 0 or len(found) < total:
                number += 1
                part = understood(self.read(task, partial(page, number)), _Page, task)
                total = len(part.result) if part.result_info is None else part.result_info.total_count
                if not part.result:
                    break
                found |= {str(element.get("id")): element for element in part.result}
            if len(found) == total:
                return list(found.values())
        raise CouldNotDoError(f"cannot {task.doing}: they change while they are read, page by page; run again")

    def _asked(self, task: Task, send: Send, take: "Callable[[Raw], T]") -> T:
        tries = 0
        while True:
            try:
                return self._one(task, send, take)
            except Throttled:
                continue
            except Lost as e:
                tries += 1
                if tries > len(WAITS):
                    raise CouldNotDoError(
                        f"Cloudflare's API gives no answer ({e}, {tries} times) when it is asked to {task.doing}: see that this machine "
                        "reaches it, and www.cloudflarestatus.com; then run again"
                    ) from None
            self.pause(WAITS[tries - 1])

    def _one(self, task: Task, send: Send, take: "Callable[[Raw], T]") -> T:
        answer = self._sent(send)
        if isinstance(answer, Refusal):
            status = self._token_status() if answer.is_about_token else None
            raise Refused(self.caller.refused(answer, task, status), answer)
        return take(answer)

    def _sent(self, send: Send) -> "Raw | Refusal":
        """Makes one call. Raises `Lost`, `Throttled`."""
        client = self._connected()
        import cloudflare  # noqa: PLC0415 - as in `_connect`

        self.pace.wait()
        try:
            answer = send(client)
        except cloudflare.APIStatusError as e:
            failed = e
        except cloudflare.APIConnectionError as e:
            raise Lost(_reason(e, self._without_token(str(e.__cause__ or "")))) from None
        else:
            self.pace.heed(answer.headers)
            return answer
        return self._judged(failed)  # here, so that no error is chained to one that can repeat the token

    def _judged(self, error: "APIStatusError") -> Refusal:
        status, headers = error.status_code, error.response.headers
        if status == _TOO_MANY:
            self.pace.refused(headers)
            raise Throttled
        self.pace.heed(headers)
        if status >= _SERVER_ERROR or status == _TIMED_OUT:
            raise Lost(f"HTTP {status}")
        return refusal(status, error.body, self._without_token)

    def _token_status(self) -> str | None:
        """active, disabled or expired; None where that cannot be told, as of tokens that an account owns."""
        try:
            answer = self._sent(lambda client: client.user.tokens.with_raw_response.verify())
            return None if isinstance(answer, Refusal) else str(_envelope(answer)["result"]["status"])
        except (Lost, Throttled, CouldNotDoError, KeyError, TypeError):
            return None

    def _decoded(self, task: Task, answer: "Raw") -> Answer:
        body = _envelope(answer)
        if self._strict:
            _check(answer, task)
        return body

    def _connected(self) -> "Cloudflare":
        with self._connecting:
            if self._client is None:
                self._client = self._connect()
                weakref.finalize(self, self._client.close)  # the SDK's client is part of a cycle and would leave its sockets to chance
            return self._client

    def _connect(self) -> "Cloudflare":
        """The SDK's client. Raises `UsageError` where the SDK or the token is missing."""
        try:
            from cloudflare import Cloudflare  # noqa: PLC0415 - 0.8 seconds of CPU and 45 MB, for those only who need it
        except ImportError:
            raise UsageError(f"{self.caller.setting} needs the Cloudflare SDK: pip install 'emailauth[cloudflare]'") from None
        url = urlsplit(self._base_url)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise UsageError(f"the environment variable CLOUDFLARE_BASE_URL is not a URL such as {_BASE_URL}")
        client = Cloudflare(
            api_token=self._token(), base_url=self._base_url, max_retries=0, timeout=TIMEOUT, _strict_response_validation=self._strict
        )
        # It takes these from the environment by itself, and would then send them instead of the token.
        client.api_email = client.api_key = client.user_service_key = None
        return client

    def _token(self) -> str:
        token = self._environ.get(self.caller.token_env, "").strip()
        if not token:
            raise UsageError(self.caller.no_token())
        if not _TOKEN.fullmatch(token):
            raise UsageError(
                f"what the environment variable {self.caller.token_env} holds is no Cloudflare API token: letters, digits, - and _ only"
            )
        return token

    def _without_token(self, text: str) -> str:
        """What servers and libraries say can repeat what was sent; before anything is cut off, or a part of it would stay."""
        return text.replace(self._token(), "[the token]")


class _Info(msgspec.Struct, frozen=True, kw_only=True):
    total_count: int


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    result: list[dict[str, Any]]
    result_info: _Info | None = None


def understood(found: object, shape: type[T], task: Task) -> T:
    """JSON as what is needed of it. Raises `CouldNotDoError`."""
    try:
        return msgspec.convert(found, shape)
    except msgspec.ValidationError:
        raise _something_else(task) from None


def _check(answer: "Raw", task: Task) -> None:
    from cloudflare import APIResponseValidationError  # noqa: PLC0415 - as in `_connect`

    try:
        answer.parse()
    except (APIResponseValidationError, AttributeError, TypeError, ValueError):  # as the SDK fails on other JSON
        raise _something_else(task) from None


def _something_else(task: Task) -> CouldNotDoError:
    return CouldNotDoError(f"Cloudflare was asked to {task.doing} and answered something else: update emailauth and its SDK")


def _nothing(answer: "Raw") -> None:
    """An answer that need not say more than that it is one."""


def _envelope(answer: "Raw") -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or "result" not in body:
        raise Lost("what answers is not Cloudflare's API: a proxy may be in between")
    return body


def _reason(error: "APIConnectionError", said: str) -> str:
    import httpx  # noqa: PLC0415 - as in `_connect`

    host, cause = error.request.url.host, error.__cause__
    if isinstance(cause, httpx.TimeoutException):
        return f"{host} does not answer in time"
    why = f" ({text})" if (text := said[:_SHOWN].removesuffix(".")) else ""
    return f"{host} cannot be reached{why}" if isinstance(cause, httpx.ConnectError) else f"{host} breaks the connection off{why}"
