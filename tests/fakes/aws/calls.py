"""What the fakes of AWS's services share: one call, a refusal, what a service offers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from tests.fakes.service import Response

ACCOUNT = "111122223333"
"""The account that all fakes are in: an example of AWS's own documentation."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of an operation, its parameters as boto3 takes them."""

    asked: Mapping[str, Any]
    region: str
    """The region that the request was signed for."""
    now: datetime


class Refused(Exception):
    """The service's answer is an error."""

    def __init__(self, code: str, message: str, status: int = 400, more: Mapping[str, str] | None = None) -> None:
        """`more`: further elements of the error and, in S3, what HEAD can say only in headers."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.more = more or {}


Answer: TypeAlias = Mapping[str, Any] | Response
"""What boto3 gives to its caller; or an answer as it goes over the wire, where the model does not describe it."""
Operations: TypeAlias = Mapping[str, Callable[[Call], Answer]]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some of a list."""

    items: list[Any]
    marker: str | None = field(default=None)
    """Where the next page begins; None at the end."""


def page(items: list[Any], keys: list[str], after: str | None, size: int) -> Page:
    """The items whose keys come after the one named; the keys are in the order of the items."""
    start = keys.index(after) + 1 if after in keys else 0
    chosen = items[start : start + size]
    end = start + len(chosen)
    return Page(items=chosen, marker=keys[end - 1] if chosen and end < len(items) else None)
