"""The calls of Cloudflare's API that this host makes, through the official SDK.

Answers are taken as the JSON that they are: the SDK's models of records cost 40 times as much to make and say no more. With `strict`
they are made all the same, so that what does not fit them is an error.
"""

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.dns_hosts.cloudflare.failures import Lost, Refused, Throttled
from emailauth.dns_hosts.cloudflare.limits import RECORDS_A_PAGE, ZONES_A_PAGE
from emailauth.dns_hosts.cloudflare.pace import Pace

if TYPE_CHECKING:
    from cloudflare import Cloudflare
    from cloudflare._response import APIResponse

TIMEOUT: Final = 30
"""Seconds for one call."""
TRIES: Final = 3
"""How often a call is made that gets no answer."""
_REQUEST_TIMEOUT: Final = 408
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_NOT_FOUND: Final = 404

Answer: TypeAlias = Mapping[str, Any]
Send: TypeAlias = "Callable[[Cloudflare], APIResponse[Any]]"
DASHBOARD: Final = "dash.cloudflare.com, My Profile, API Tokens"
_IN_DASHBOARD: Final = {"Zone Read": "Zone / Zone / Read", "DNS Read": "Zone / DNS / Read", "DNS Write": "Zone / DNS / Edit"}
"""What the dashboard calls a permission."""


class Api:
    """The API with one token. For threads."""

    def __init__(self, *, token_env: str, environ: Mapping[str, str], pace: Pace, pause: Callable[[float], None], strict: bool) -> None:
        """`token_env` names the variable of `environ` that holds the token; it is looked up when the first call is made."""
        self.pace = pace
        self.pause = pause
        self._token_env, self._environ, self._strict = token_env, environ, strict
        self._client: Cloudflare | None = None
        self._connecting = threading.Lock()

    def zones(self, account: str | None) -> Sequence[Answer]:
        """All zones that the token sees, those of one account where one is given. Raises `CouldNotDoError` as `get` does."""
        only: Any = {"account": {"id": account}} if account else {}

        def page(number: int, client: "Cloudflare") -> "APIResponse[Any]":
            return client.zones.with_raw_response.list(page=number, per_page=ZONES_A_PAGE, **only)

        return self._all_pages(page, doing="list the zones", needs="Zone Read")

    def zone(self, zone_id: str) -> Answer | None:
        """One zone; None where there is none that the token sees."""
        try:
            return cast("Answer", self._read(lambda client: client.zones.with_raw_response.get(zone_id=zone_id))["result"])
        except Refused as e:
            if e.status == _NOT_FOUND:
                return None
            raise self.told(e, doing=f"look at zone {zone_id}", needs="Zone Read") from None

    def records(self, zone_id: str, zone: str) -> Sequence[Answer]:
        """All records of a zone. Raises `CouldNotDoError`."""

        def page(number: int, client: "Cloudflare") -> "APIResponse[Any]":
            return client.dns.records.with_raw_response.list(zone_id=zone_id, page=number, per_page=RECORDS_A_PAGE)

        return self._all_pages(page, doing=f"read the records of {zone}", needs="DNS Read")

    def batch(self, zone_id: str, *, deletes: Sequence[Answer], patches: Sequence[Answer], posts: Sequence[Answer]) -> Answer:
        """Changes records, all or none, and returns what the API says of each.

        Raises `Lost`, `Throttled`, `Refused`: what they mean for the zone, only the caller knows.
        """
        parts = {name: part for name, part in (("deletes", deletes), ("patches", patches), ("posts", posts)) if part}
        # As extra_body: the SDK would look through 21 types for each record, 3 ms long, and change nothing.
        body = self._once(lambda client: client.dns.records.with_raw_response.batch(zone_id=zone_id, extra_body=parts))
        return cast("Answer", body["result"])

    def told(self, refused: Refused, *, doing: str, needs: str) -> CouldNotDoError:
        """The error that says why and what to do."""
        if refused.is_about_token:
            return CouldNotDoError(self._about_token(refused, doing=doing, needs=needs))
        return CouldNotDoError(f"Cloudflare refuses to {doing}: {refused}{refused.hint}")

    def _about_token(self, refused: Refused, *, doing: str, needs: str) -> str:
        status = self._token_status()
        if status not in {"active", None}:
            return f"the Cloudflare API token in {self._token_env} is {status} ({refused}): make a new one ({DASHBOARD})"
        if status is None and refused.is_bad_token:
            return (
                f"Cloudflare does not accept the API token in {self._token_env} ({refused}): it is mistyped, or was rolled or deleted, or "
                f"may not be used from this address; make a new one ({DASHBOARD}) with the permissions Zone Read and DNS Write"
            )
        return (
            f"the Cloudflare API token in {self._token_env} may not {doing} ({refused}): give it the permission {needs} "
            f"({_IN_DASHBOARD[needs]}), for this zone or for all of the account ({DASHBOARD})"
        )

    def _token_status(self) -> str | None:
        """active, disabled or expired; None where that cannot be told, as of tokens that an account owns."""
        try:
            return str(self._once(lambda client: client.user.tokens.with_raw_response.verify())["result"]["status"])
        except (Refused, Lost, Throttled):
            return None

    def _all_pages(self, page: "Callable[[int, Cloudflare], APIResponse[Any]]", *, doing: str, needs: str) -> Sequence[Answer]:
        """The elements of all pages. The SDK would ask for one page more than there are."""
        for _ in range(TRIES):
            found: dict[str, Answer] = {}
            total, number = 1, 0
            while number == 0 or len(found) < total:
                number += 1
                try:
                    body = self._read(partial(page, number))
                except Refused as e:
                    raise self.told(e, doing=doing, needs=needs) from None
                total = (body.get("result_info") or {}).get("total_count", len(body["result"]))
                if not body["result"]:
                    break
                found |= {str(element["id"]): element for element in body["result"]}
            if len(found) == total:
                return list(found.values())
        raise CouldNotDoError(f"cannot {doing}: they change while they are read, page by page; run again")

    def _read(self, send: Send) -> Answer:
        """Asks until there is an answer. Raises `Refused`, and `CouldNotDoError` where none comes."""
        tries = 0
        while True:
            try:
                return self._once(send)
            except Throttled:
                continue
            except Lost as e:
                tries += 1
                if tries == TRIES:
                    raise CouldNotDoError(
                        f"Cloudflare's API gives no answer ({e}, {TRIES} times): see that this machine reaches it, and "
                        "www.cloudflarestatus.com; then run again"
                    ) from None
            self.pause(2.0 ** (tries - 1))

    def _once(self, send: Send) -> Answer:
        """Makes one call. Raises `Lost`, `Throttled`, `Refused`."""
        client = self._connected()
        import cloudflare  # noqa: PLC0415 - as in `_connect`

        self.pace.wait()
        try:
            answer = send(client)
        except cloudflare.APIStatusError as e:
            raise self._judged(e.status_code, e.response.headers, e.body) from None
        except cloudflare.APIConnectionError as e:
            raise Lost(_reason(e)) from None
        self.pace.heed(answer.headers)
        body = _decoded(answer)
        if self._strict:
            answer.parse()
        return body

    def _judged(self, status: int, headers: Mapping[str, str], body: object) -> Exception:
        if status == _TOO_MANY:
            self.pace.refused(headers)
            return Throttled()
        self.pace.heed(headers)
        if status >= _SERVER_ERROR or status == _REQUEST_TIMEOUT:
            return Lost(f"HTTP {status}")
        return Refused(status, body)

    def _connected(self) -> "Cloudflare":
        with self._connecting:
            if self._client is None:
                self._client = _connect(self._token_env, self._environ, strict=self._strict)
                weakref.finalize(self, self._client.close)  # the SDK's client is part of a cycle and would leave its sockets to chance
            return self._client


def _connect(token_env: str, environ: Mapping[str, str], *, strict: bool) -> "Cloudflare":
    """The SDK's client. Raises `UsageError` where the SDK or the token is missing."""
    try:
        from cloudflare import Cloudflare  # noqa: PLC0415 - 0.8 seconds of CPU and 45 MB, for those only who need it
    except ImportError as e:
        raise UsageError("the SDK for Cloudflare is not installed: pip install 'emailauth[cloudflare]'") from e
    token = environ.get(token_env, "").strip()
    if not token:
        raise UsageError(
            f"there is no Cloudflare API token: set the environment variable {token_env} to one with the permissions Zone Read and "
            f"DNS Write ({DASHBOARD}); a global API key is not used"
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise UsageError(f"what {token_env} holds is no Cloudflare API token: it has characters that none can have")
    client = Cloudflare(
        api_token=token,
        base_url=environ.get("CLOUDFLARE_BASE_URL"),
        max_retries=0,
        timeout=TIMEOUT,
        _strict_response_validation=strict,
    )
    # It takes these from the environment by itself, and would then send them instead of the token.
    client.api_email = client.api_key = client.user_service_key = None
    return client


def _decoded(answer: "APIResponse[Any]") -> Answer:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or "result" not in body:
        raise Lost("what answers is not Cloudflare's API: a proxy may be in between")
    return body


def _reason(error: Exception) -> str:
    cause = error.__cause__
    return f"{type(cause).__name__}: {cause}".rstrip(": ") if cause else str(error)
