"""What the API refuses, told to a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_UNAUTHORISED: Final = frozenset({401, 403})
_TOKEN_CODES: Final = frozenset({1000, 6003, 9106, 9109, 10000})
"""About the token or its permissions, whatever the HTTP status."""
_BAD_TOKEN: Final = frozenset({1000, 6003, 6111, 9106})
_BAD_TOKEN_TEXT: Final = "Invalid access token"  # noqa: S105 - a message
"""9109 is this, and also "Unauthorized to access requested resource"."""

GONE: Final = frozenset({81044})
"""A record that was to be changed is not there any more."""
IDENTICAL: Final = frozenset({81057, 81058})
"""A record that was to be made is there already."""

_HINTS: Final[Mapping[int, str]] = {
    81045: "remove records that nobody needs, or give the zone a larger plan",
    81053: "remove what stands at the name by hand first",
    81054: "remove the CNAME by hand first",
    81055: "remove what stands at the name by hand first",
    81062: "the name is a custom domain of a Worker or a Pages project: remove it there first (Workers & Pages, Domains)",
    9021: "change ttl in the file",
    9300: "the record that is replaced has more tags than the zone's plan allows, and they are kept: remove them from it",
    9313: "the record that is replaced has a longer comment than the zone's plan allows, and it is kept: shorten it",
    1038: "Cloudflare lets nobody change such a domain by its API: it must be done in the dashboard",
}
"""What to do, by error code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """One error of an answer, with what is behind it (`error_chain`)."""

    code: int
    message: str
    chain: tuple["ApiError", ...] = ()

    def __str__(self) -> str:
        """Code and message, and those behind."""
        behind = f" ({'; '.join(map(str, self.chain))})" if self.chain else ""
        return f"{self.code} {self.message.rstrip('.')}{behind}"

    @property
    def codes(self) -> frozenset[int]:
        """Its code and those behind."""
        return frozenset({self.code}).union(*(error.codes for error in self.chain))


class Lost(Exception):
    """No answer came, or one that does not say whether the call was carried out; `str()` says what happened."""


class Throttled(Exception):
    """The call came too early and was not carried out (HTTP 429); the pace is set."""


class Refused(Exception):
    """The API said no, and nothing was done. `str()` gives its words."""

    def __init__(self, status: int, body: object) -> None:
        """HTTP status, and what came with it: decoded where it was JSON."""
        self.status = status
        self.errors = tuple(_errors(body.get("errors"))) if isinstance(body, dict) else ()
        self.codes = frozenset[int]().union(*(error.codes for error in self.errors))
        super().__init__("; ".join(map(str, self.errors)) or f"HTTP {status} without a reason")

    @property
    def is_about_token(self) -> bool:
        """Whether the token is not accepted, or not for this."""
        return self.status in _UNAUTHORISED or bool(self.codes & _TOKEN_CODES)

    @property
    def is_bad_token(self) -> bool:
        """Whether the token is not accepted for anything."""
        return bool(self.codes & _BAD_TOKEN) or _BAD_TOKEN_TEXT in str(self)

    @property
    def hint(self) -> str:
        """What to do, as the end of a message; empty where only the words can tell."""
        return next((f": {_HINTS[code]}" for code in sorted(self.codes, reverse=True) if code in _HINTS), "")


def _errors(found: Any) -> Iterable[ApiError]:
    for error in found or ():
        chain = tuple(_errors(error.get("error_chain")))
        yield ApiError(code=int(error.get("code") or 0), message=str(error.get("message") or ""), chain=chain)
