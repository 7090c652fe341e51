"""What every answer of the API looks like, and what a refusal is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from tests.fakes.service import Response

HEADERS: Final = {"content-type": "application/json"}
DNS_VALIDATION_ERROR: Final = 1004


@dataclass(kw_only=True)
class Refused(Exception):
    """The service does not do it: nothing was changed."""

    status: int
    code: int
    message: str
    chain: Sequence[tuple[int, str]] = ()
    """Code and message of what is behind it."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def root(self) -> "Refused":
        """What is behind a DNS validation error, by itself."""
        if self.code != DNS_VALIDATION_ERROR or not self.chain:
            return self
        code, message = self.chain[0]
        return Refused(status=self.status, code=code, message=message, headers=self.headers)

    def response(self) -> Response:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.chain:
            error["error_chain"] = [{"code": code, "message": message} for code, message in self.chain]
        body = {"result": None, "success": False, "errors": [error], "messages": []}
        return Response(status=self.status, headers={**HEADERS, **self.headers}, body=json.dumps(body).encode())


def answered(result: object, result_info: Mapping[str, int] | None = None) -> Response:
    body: dict[str, object] = {"result": result, "success": True, "errors": [], "messages": []}
    if result_info is not None:
        body["result_info"] = result_info
    return Response(headers=HEADERS, body=json.dumps(body).encode())


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The bounds of `per_page`, and what it is where nothing is said."""

    least: int
    most: int
    default: int

    def answered(self, items: Sequence[object], query: Mapping[str, str]) -> Response:
        """One page of a list."""
        page = _number(query, "page", 1, 1, 2**31)
        size = _number(query, "per_page", self.default, self.least, self.most)
        shown = items[(page - 1) * size : page * size]
        total = len(items)
        info = {"page": page, "per_page": size, "count": len(shown), "total_count": total, "total_pages": ceil(total / size)}
        return answered(shown, info)


def _number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise Refused(status=400, code=1004, message=f"Invalid {name}: must be between {least} and {most}.")
    return int(text)


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object that a request carries."""
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Refused(status=400, code=9207, message="Request body is invalid.")
    return data
