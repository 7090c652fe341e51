"""Which operation a request is, and who may call it."""

import functools
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from tests.fakes.cloudflare.envelope import Refused
from tests.fakes.service import Request

TOKEN: Final = "fake-cloudflare-token-0123456789abcdefgh"  # noqa: S105 - opens the fake only
ROOT: Final = "/client/v4"
PERMISSIONS: Final = frozenset({"Zone Read", "DNS Read", "DNS Write", "Workers Scripts Read", "Workers Scripts Write"})
UNKNOWN: Final = "Unknown"

_ZONE_READ: Final = frozenset({"Zone Read"})
_DNS_WRITE: Final = frozenset({"DNS Write"})
_DNS_READ: Final = _DNS_WRITE | {"DNS Read"}
_SCRIPTS_WRITE: Final = frozenset({"Workers Scripts Write"})
_SCRIPTS_READ: Final = _SCRIPTS_WRITE | {"Workers Scripts Read"}

_RECORDS: Final = "/zones/{}/dns_records"
_SCRIPTS: Final = "/accounts/{}/workers/scripts"
_DOMAINS: Final = "/accounts/{}/workers/domains"
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{32}")
_WELL_FORMED: Final = re.compile(r"Bearer [A-Za-z0-9_-]{40,}")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation; `{}` in its path is an identifier."""

    operation: str
    method: str
    path: str
    accepts: frozenset[str] = frozenset()
    """One of these permissions is needed; empty: none."""

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        """The identifiers in the path, None where a request is for something else."""
        pattern = re.escape(ROOT + self.path).replace(r"\{\}", "([^/]+)")
        found = re.fullmatch(pattern, path)
        return found.groups() if found and method == self.method else None


def _routes() -> list[Route]:
    table = [
        ("ListZones", "GET /zones", _ZONE_READ),
        ("GetZone", "GET /zones/{}", _ZONE_READ),
        ("BatchRecords", f"POST {_RECORDS}/batch", _DNS_WRITE),
        ("ListRecords", f"GET {_RECORDS}", _DNS_READ),
        ("CreateRecord", f"POST {_RECORDS}", _DNS_WRITE),
        ("GetRecord", f"GET {_RECORDS}/{{}}", _DNS_READ),
        ("UpdateRecord", f"PUT {_RECORDS}/{{}}", _DNS_WRITE),
        ("EditRecord", f"PATCH {_RECORDS}/{{}}", _DNS_WRITE),
        ("DeleteRecord", f"DELETE {_RECORDS}/{{}}", _DNS_WRITE),
        ("ListScripts", f"GET {_SCRIPTS}", _SCRIPTS_READ),
        ("GetScript", f"GET {_SCRIPTS}/{{}}", _SCRIPTS_READ),
        ("GetScript", f"GET {_SCRIPTS}/{{}}/content/v2", _SCRIPTS_READ),
        ("GetScriptSettings", f"GET {_SCRIPTS}/{{}}/settings", _SCRIPTS_READ),
        ("GetScriptLevelSettings", f"GET {_SCRIPTS}/{{}}/script-settings", _SCRIPTS_READ),
        ("GetSubdomain", f"GET {_SCRIPTS}/{{}}/subdomain", _SCRIPTS_READ),
        ("PutScript", f"PUT {_SCRIPTS}/{{}}", _SCRIPTS_WRITE),
        ("PutScriptContent", f"PUT {_SCRIPTS}/{{}}/content", _SCRIPTS_WRITE),
        ("PutSubdomain", f"POST {_SCRIPTS}/{{}}/subdomain", _SCRIPTS_WRITE),
        ("DeleteScript", f"DELETE {_SCRIPTS}/{{}}", _SCRIPTS_WRITE),
        ("ListDomains", f"GET {_DOMAINS}", _SCRIPTS_READ),
        ("GetDomain", f"GET {_DOMAINS}/{{}}", _SCRIPTS_READ),
        ("PutDomain", f"PUT {_DOMAINS}", _SCRIPTS_WRITE),
        ("DeleteDomain", f"DELETE {_DOMAINS}/{{}}", _SCRIPTS_WRITE),
        ("VerifyToken", "GET /user/tokens/verify", frozenset[str]()),
        ("ListAccounts", "GET /accounts", frozenset[str]()),
    ]
    return [Route(operation=name, method=call.split()[0], path=call.split()[1], accepts=accepts) for name, call, accepts in table]


ROUTES: Final = tuple(_routes())


@functools.lru_cache(maxsize=1024)
def routed(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The operation that a request is, and the identifiers in its path."""
    return next(((route, ids) for route in ROUTES if (ids := route.match(method, path)) is not None), None)


def check_identifier(identifier: str, path: str) -> None:
    if not _IDENTIFIER.fullmatch(identifier):
        message = f"Could not route to {path.removeprefix(ROOT)}, perhaps your object identifier is invalid?"
        raise Refused(status=404, code=7003, message=message)


def authenticate(operation: str, request: Request, token_status: str) -> None:
    """Refuses a call without a token that is good. An expired token is told by `VerifyToken` alone."""
    sent = request.headers.get("authorization")
    if sent is None:
        raise Refused(status=400, code=9106, message="Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    if not _WELL_FORMED.fullmatch(sent):
        chain = ((6111, "Invalid format for Authorization header"),)
        raise Refused(status=400, code=6003, message="Invalid request headers", chain=chain)
    if operation == "VerifyToken":
        if sent != f"Bearer {TOKEN}":
            raise Refused(status=401, code=1000, message="Invalid API Token")
    elif sent != f"Bearer {TOKEN}" or token_status != "active":  # noqa: S105 - no secret
        raise Refused(status=403, code=9109, message="Invalid access token")


def authorise(route: Route, permissions: Collection[str]) -> None:
    """Refuses a call for which the token has no permission."""
    if not route.accepts or route.accepts & set(permissions):
        return
    if route.operation == "ListZones":
        actor = "com.cloudflare.api.token.0123456789abcdef"
        message = f"Actor '{actor}' requires permission 'com.cloudflare.api.account.zone.list' to list zones"
        raise Refused(status=403, code=0, message=message)
    if route.operation == "GetZone":
        raise Refused(status=403, code=9109, message="Unauthorized to access requested resource")
    raise Refused(status=403, code=10000, message="Authentication error")
