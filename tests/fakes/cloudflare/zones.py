"""Zones: what they are, and how they are listed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from tests.fakes.cloudflare.envelope import Pages, Refused
from tests.fakes.cloudflare.plans import PLANS, Plan
from tests.fakes.cloudflare.record import CloudflareRecord, time_of
from tests.fakes.service import Response

PAGES: Final = Pages(least=5, most=50, default=20)
STATUSES: Final = ("initializing", "pending", "active", "moved")
TYPES: Final = ("full", "partial", "secondary", "internal")


def account_name(account_id: str) -> str:
    return f"Account {account_id[:4]}"


@dataclass(kw_only=True)
class CloudflareZone:
    """One zone, with its records by id. Tests may change what they like."""

    id: str
    name: str
    plan: str
    type: str
    status: str
    account_id: str
    created_on: datetime
    stored: dict[str, CloudflareRecord] = field(default_factory=dict)
    name_servers: tuple[str, ...] = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
    record_quota: int | None = None
    """None: what the plan allows. Free zones made before 2024-09-01 have 1,000."""

    @property
    def allows(self) -> Plan:
        return PLANS[self.plan]

    @property
    def quota(self) -> int:
        return self.allows.records if self.record_quota is None else self.record_quota

    def shown(self) -> dict[str, Any]:
        """As the API answers it."""
        created = time_of(self.created_on)
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "paused": False,
            "type": self.type,
            "development_mode": 0,
            "name_servers": list(self.name_servers),
            "original_name_servers": None,
            "original_registrar": None,
            "original_dnshost": None,
            "modified_on": created,
            "created_on": created,
            "activated_on": created if self.status == "active" else None,
            "meta": {"step": 2, "custom_certificate_quota": 0, "page_rule_quota": 3, "phishing_detected": False},
            "owner": {"id": None, "type": "user", "email": None},
            "account": {"id": self.account_id, "name": account_name(self.account_id)},
            "tenant": {"id": None, "name": None},
            "tenant_unit": {"id": None},
            "permissions": ["#dns_records:edit", "#dns_records:read", "#zone:read"],
            "plan": {
                "id": self.allows.id,
                "name": self.allows.name,
                "price": 0,
                "currency": "USD",
                "frequency": "",
                "is_subscribed": True,
                "can_subscribe": False,
                "legacy_id": self.plan,
                "legacy_discount": False,
                "externally_managed": False,
            },
        }


def list_zones(zones: Sequence[CloudflareZone], query: Mapping[str, str]) -> Response:
    """The zones that every filter holds for (`match=any`: one filter at least)."""
    filters = {name: value for name, value in query.items() if name not in _NO_FILTERS}
    if unknown := set(filters) - set(_FILTERS):
        raise Refused(status=400, code=1004, message=f"Invalid filter: {', '.join(sorted(unknown))}")
    tests = [_FILTERS[name](value) for name, value in filters.items()]
    combine = any if query.get("match") == "any" and tests else all
    wanted = query.get("type", "full,partial,secondary").split(",")
    if unknown := set(wanted) - set(TYPES):
        raise Refused(status=400, code=1004, message=f"Invalid zone type: {', '.join(sorted(unknown))}")
    shown = [zone for zone in zones if zone.type in wanted and combine(test(zone) for test in tests)]
    order = query.get("order", "name")
    if order not in _ORDERS:
        raise Refused(status=400, code=1004, message=f"Invalid order: {order}")
    shown.sort(key=_ORDERS[order], reverse=query.get("direction") == "desc")
    return PAGES.answered([zone.shown() for zone in shown], query)


_Test: TypeAlias = Callable[[CloudflareZone], bool]


def _status(value: str) -> _Test:
    if value not in STATUSES:
        raise Refused(status=400, code=1004, message=f"Invalid status: {value}")
    return lambda zone: zone.status == value


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "equal": lambda text, operand: text == operand,
    "not_equal": lambda text, operand: text != operand,
    "starts_with": lambda text, operand: text.startswith(operand),
    "ends_with": lambda text, operand: text.endswith(operand),
    "contains": lambda text, operand: operand in text,
}


def _matching(value: str, text_of: Callable[[CloudflareZone], str]) -> _Test:
    operator, _, operand = value.rpartition(":")
    compare = _OPERATORS.get(operator or "equal")
    if compare is None:
        raise Refused(status=400, code=1004, message=f"Invalid filter operator: {operator}")
    return lambda zone: compare(text_of(zone).lower(), operand.lower())


_FILTERS: Final[Mapping[str, Callable[[str], _Test]]] = {
    "name": lambda value: _matching(value, lambda zone: zone.name),
    "status": _status,
    "account.id": lambda value: lambda zone: zone.account_id == value,
    "account.name": lambda value: _matching(value, lambda zone: account_name(zone.account_id)),
}
_ORDERS: Final[Mapping[str, Callable[[CloudflareZone], str]]] = {
    "name": lambda zone: zone.name,
    "status": lambda zone: zone.status,
    "account.id": lambda zone: zone.account_id,
    "account.name": lambda zone: account_name(zone.account_id),
    "plan.id": lambda zone: zone.allows.id,
}
_NO_FILTERS: Final = ("type", "page", "per_page", "order", "direction", "match")
