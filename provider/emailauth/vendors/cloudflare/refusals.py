"""What the API says no with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from emailauth.core.errors import CouldNotDoError

_UNAUTHORISED: Final = frozenset({401, 403})
_NOT_FOUND: Final = 404
_TOKEN_CODES: Final = frozenset({1000, 6003, 6111, 9106, 9109, 10000, 10023})
"""About the token or its permissions, whatever the HTTP status."""
_BAD_TOKEN: Final = frozenset({1000, 6003, 6111, 9106})
_BAD_TOKEN_TEXT: Final = "Invalid access token"  # noqa: S105 - a message
"""9109 is this, and also "Unauthorized to access requested resource"."""
NO_ROUTE: Final = frozenset({7000, 7003})
"""What stands in the path is nothing that the API knows: an account or zone that is none."""
_SHOWN: Final = 500
"""Characters of what Cloudflare says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """One error of an answer, with what is behind it (`error_chain`)."""

    code: int
    message: str
    chain: tuple["ApiError", ...] = ()

    def __str__(self) -> str:
        """Code and message, and those behind."""
        behind = f" ({'; '.join(map(str, self.chain))})" if self.chain else ""
        return f"{self.code} {self.message.rstrip('.')}".rstrip() + behind

    @property
    def codes(self) -> frozenset[int]:
        """Its code and those behind."""
        return frozenset({self.code}).union(*(error.codes for error in self.chain))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer of HTTP status 400 to 499: nothing was done."""

    status: int
    errors: tuple[ApiError, ...]

    def __str__(self) -> str:
        """The API's words."""
        return "; ".join(dict.fromkeys(map(str, self.errors)))[:_SHOWN] or f"HTTP {self.status} without a reason"

    @property
    def codes(self) -> frozenset[int]:
        """Of all errors."""
        return frozenset[int]().union(*(error.codes for error in self.errors))

    @property
    def is_about_token(self) -> bool:
        """Whether the token is not accepted, or not for this."""
        return self.status in _UNAUTHORISED or bool(self.codes & _TOKEN_CODES)

    @property
    def is_bad_token(self) -> bool:
        """Whether the token is not accepted for anything."""
        return bool(self.codes & _BAD_TOKEN) or _BAD_TOKEN_TEXT in str(self)

    @property
    def is_missing(self) -> bool:
        """Whether what the call was about is not there, and the API says so rather than something in between."""
        return self.status == _NOT_FOUND and bool(self.codes) and not self.codes & NO_ROUTE


class Refused(CouldNotDoError):
    """The API said no, and nothing was done."""

    def __init__(self, message: str, refusal: Refusal) -> None:
        """`message` says what to do."""
        super().__init__(message)
        self.refusal = refusal


class Lost(Exception):
    """No answer came, or one that does not say whether the call was carried out; `str()` says what happened."""


class Throttled(Exception):
    """The call came too early and was not carried out (HTTP 429); the pace is set."""


def refusal(status: int, body: object, without_token: Callable[[str], str]) -> Refusal:
    """Of an HTTP status and the JSON that came with it; anything else as `body` is passed over. `without_token` cleans a text."""
    return Refusal(status=status, errors=tuple(_errors(body, "errors", without_token)))


def _errors(body: object, key: str, without_token: Callable[[str], str]) -> Iterator[ApiError]:
    found = body.get(key) if isinstance(body, dict) else None
    for error in found if isinstance(found, list) else ():
        if isinstance(error, dict) and isinstance(code := error.get("code"), int):
            message = error.get("message")
            yield ApiError(
                code=code,
                message=without_token(message) if isinstance(message, str) else "",
                chain=tuple(_errors(error, "error_chain", without_token)),
            )
