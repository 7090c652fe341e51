"""What receivers do because of a policy record (RFC 9989 sections 4.7 and 4.10)."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias, cast

from emailauth.protocols.dmarc.record import Record, is_request, parse

Policy: TypeAlias = Literal["none", "quarantine", "reject"]
"""A Domain Owner Assessment Policy, as p, sp and np write it."""

_LEVELS: Final[tuple[Policy, ...]] = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The policies that receivers apply to mail that fails DMARC."""

    policy: Policy
    """To mail from the domain itself."""
    subdomain: Policy
    """To mail from domains below it that exist and have no record of their own."""
    nonexistent: Policy
    """To mail from domains below it that do not exist."""


@lru_cache(256)
def effective(policy: Policy, *, subdomain: Policy | None = None, nonexistent: Policy | None = None, testing: bool = False) -> Applied:
    """What follows from p, sp, np and t: what is not said is inherited, np from sp and sp from p (RFC 9989 section 4.7)."""
    below = subdomain or policy
    level = lowered if testing else _as_said
    return Applied(policy=level(policy), subdomain=level(below), nonexistent=level(nonexistent or below))


def applied(values: Iterable[str]) -> Applied | None:
    """What follows from the TXT values at `_dmarc`; None where receivers apply no DMARC.

    Values that are no DMARC records do not count, and several records count as none (RFC 9989 section 4.10).
    """
    record = the_record(values)
    if record is None:
        return None
    if invalid_requests(record):
        # RFC 9989 section 4.10.1: then the record is good for reports, if it asks for any, and for nothing else.
        return effective("none") if record.aggregate_reports else None
    return effective(
        request(record, "p") or "none",
        subdomain=request(record, "sp"),
        nonexistent=request(record, "np"),
        testing=is_testing(record),
    )


def the_record(values: Iterable[str]) -> Record | None:
    """The policy record among TXT values: what is none does not count, and several count as none (RFC 9989 section 4.10)."""
    records = [record for record in map(parse, values) if record.is_dmarc]
    return records[0] if len(records) == 1 else None


def invalid_requests(record: Record) -> tuple[str, ...]:
    """Those of p, sp and np that keep receivers from applying the record: no p, or an invalid one of the three (RFC 9989 section 4.10.1)."""
    said = {name: record.get(name) for name in ("p", "sp", "np")}
    return tuple(name for name, value in said.items() if (name == "p" if value is None else not is_request(value)))


def request(record: Record, tag: str) -> Policy | None:
    """The valid policy that p, sp or np says; None where the tag is not there or is not valid."""
    value = record.get(tag)
    return cast("Policy", value.lower()) if value is not None and is_request(value) else None


def is_testing(record: Record) -> bool:
    """Whether the record says t=y."""
    return (record.get("t") or "").lower() == "y"


def lowered(policy: Policy) -> Policy:
    """What t=y makes of a policy: one level below; none stays none (RFC 9989 section 4.7, "t")."""
    return _LEVELS[max(_LEVELS.index(policy) - 1, 0)]


def is_weaker(one: Policy, other: Policy) -> bool:
    """Whether a policy asks for less than another."""
    return _LEVELS.index(one) < _LEVELS.index(other)


def weakened(before: Applied, after: Applied) -> tuple[str, ...]:
    """Which of the fields of `Applied` ask for less than before."""
    pairs = zip(Applied.__dataclass_fields__, astuple(before), astuple(after), strict=True)
    return tuple(name for name, old, new in pairs if is_weaker(new, old))


def _as_said(policy: Policy) -> Policy:
    return policy
