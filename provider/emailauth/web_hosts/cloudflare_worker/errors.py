"""What Cloudflare's API can answer instead of what was asked for, each in one sentence that says what to do."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from emailauth.core.errors import CouldNotDoError

SETTING: Final = "web_host: cloudflare_worker"
NO_SUCH_WORKER: Final = 10007
OTHER_WORKER: Final = 100116
"""The host name is a custom domain of another Worker."""
OTHER_RECORDS: Final = 100117
"""Address or CNAME records stand at the host name."""

_BAD_TOKEN: Final = frozenset({1000, 6003, 6111, 9106})
_NOT_ALLOWED: Final = frozenset({9109, 10000, 10023})
_NO_ACCOUNT: Final = frozenset({7000, 7003})
_TOO_LARGE: Final = frozenset({10027})
_NO_SUBDOMAIN: Final = frozenset({10063})
_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_SHOWN: Final = 500
"""Characters of what Cloudflare says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a call is for."""

    doing: str
    """For a person: "read the Worker emailauth"."""
    permission: str
    """What the token needs, as Cloudflare calls it."""


READING: Final = "Workers Scripts Read"
WRITING: Final = "Workers Scripts Write"
ZONES: Final = Task(doing="list the zones", permission="Zone Read")
TOKEN_ADVICE: Final = f"a token needs {WRITING} on the account and Zone Read on the zones of the host names"


class LostError(Exception):
    """No answer came to a call that changes something, so it may have been carried out; `str()` says what came instead."""


class RefusedError(CouldNotDoError):
    """Cloudflare refused a call; `codes` are its reasons."""

    def __init__(self, message: str, *, status: int, codes: Collection[int]) -> None:
        """`message` says what to do."""
        super().__init__(message)
        self.status = status
        self.codes = frozenset(codes)

    @property
    def is_missing(self) -> bool:
        """Whether what the call was about is not there, and the API says so rather than something in between."""
        return self.status == _NOT_FOUND and bool(self.codes) and not self.codes & _NO_ACCOUNT


def refusal(status: int, body: object, task: Task, token_env: str) -> RefusedError:
    """The error for an HTTP status of 400 to 499 with the JSON that came with it; anything else as `body` is passed over."""
    reasons = list(_reasons(body))
    codes = {code for code, _ in reasons}
    said = "; ".join(dict.fromkeys(text for _, text in reasons if text))[:_SHOWN] or "it does not say why"
    details = ", ".join((f"HTTP {status}", *(f"code {code}" for code in sorted(codes))))
    return RefusedError(f"{_told(status, codes, said, task, token_env)} ({details})", status=status, codes=codes)


def _told(status: int, codes: Collection[int], said: str, task: Task, token_env: str) -> str:
    refused = f"Cloudflare refused to {task.doing}: {said.removesuffix('.')}"
    if status == _UNAUTHORISED or _BAD_TOKEN & set(codes) or "access token" in said:
        return (
            f"Cloudflare does not know the API token in {token_env}: it is not whole, has expired or was revoked. "
            f"Make another one at dash.cloudflare.com/profile/api-tokens; {TOKEN_ADVICE}"
        )
    if _NO_ACCOUNT & set(codes):
        return f"{refused}. Correct {SETTING}: account, which is the 32 hex digits behind dash.cloudflare.com/"
    if status == _FORBIDDEN or _NOT_ALLOWED & set(codes):
        return (
            f"Cloudflare does not let the API token in {token_env} {task.doing}: {said.removesuffix('.')}. It has not the permission "
            f"{task.permission}, or has it for another account than {SETTING}: account; {TOKEN_ADVICE}"
        )
    if _TOO_LARGE & set(codes):
        return f"{refused}. The files are too large for one Worker: serve logos and certificates elsewhere, or take a larger Workers plan"
    if _NO_SUBDOMAIN & set(codes):
        return f"{refused}. Open Workers & Pages of the account at dash.cloudflare.com once, which makes it"
    return refused


def _reasons(body: object) -> Iterator[tuple[int, str]]:
    """Codes and messages of an envelope, what is behind each after it."""
    for error in _list(body, "errors"):
        yield from _reason(error)


def _reason(error: Any) -> Iterator[tuple[int, str]]:
    code, message = error.get("code"), error.get("message")
    if isinstance(code, int):
        yield code, message if isinstance(message, str) else ""
    for inner in _list(error, "error_chain"):
        yield from _reason(inner)


def _list(body: object, key: str) -> list[dict[str, object]]:
    found = body.get(key) if isinstance(body, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
