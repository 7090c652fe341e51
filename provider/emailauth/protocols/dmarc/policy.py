"""What receivers do because of a policy record (RFC 9989 sections 4.7 and 4.10)."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Final, Literal, TypeAlias, cast

from emailauth.protocols.dmarc.record import is_request, parse

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


def effective(policy: Policy, *, subdomain: Policy | None = None, nonexistent: Policy | None = None, testing: bool = False) -> Applied:
    """What follows from p, sp, np and t: what is not said is inherited, np from sp and sp from p (RFC 9989 section 4.7)."""
    below = subdomain or policy
    level = _one_below if testing else _as_said
    return Applied(policy=level(policy), subdomain=level(below), nonexistent=level(nonexistent or below))


def applied(values: Iterable[str]) -> Applied | None:
    """What follows from the TXT values at `_dmarc`; None where receivers apply no DMARC.

    Values that are no DMARC records do not count, and several records count as none (RFC 9989 section 4.10).
    """
    records = [record for record in map(parse, values) if record.is_dmarc]
    if len(records) != 1:
        return None
    record = records[0]
    said = {name: value for name in ("p", "sp", "np") if (value := record.get(name)) is not None}
    if "p" not in said or not all(map(is_request, said.values())):
        # RFC 9989 section 4.10.1: then the record is good for reports, if it asks for any, and for nothing else.
        return effective("none") if record.aggregate_reports else None
    return effective(
        _policy(said["p"]),
        subdomain=_policy(said["sp"]) if "sp" in said else None,
        nonexistent=_policy(said["np"]) if "np" in said else None,
        testing=(record.get("t") or "").lower() == "y",
    )


def is_weaker(one: Policy, other: Policy) -> bool:
    """Whether a policy asks for less than another."""
    return _LEVELS.index(one) < _LEVELS.index(other)


def weakened(before: Applied, after: Applied) -> tuple[str, ...]:
    """Which of the fields of `Applied` ask for less than before."""
    pairs = zip(Applied.__dataclass_fields__, astuple(before), astuple(after), strict=True)
    return tuple(name for name, old, new in pairs if is_weaker(new, old))


def _as_said(policy: Policy) -> Policy:
    return policy


def _one_below(policy: Policy) -> Policy:
    """What t=y makes of a policy; none stays none (RFC 9989 section 4.7, "t")."""
    return _LEVELS[max(_LEVELS.index(policy) - 1, 0)]


def _policy(value: str) -> Policy:
    return cast("Policy", value.lower())
