"""The policy file (RFC 8461 section 3.2)."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from emailauth.core.names import labels

KIND: Final = "mta_sts"
MAX_MAX_AGE: Final = 31557600
"""Seconds, a year: the longest life that a policy may have (RFC 8461 section 3.2)."""

EXTENSION_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"
_POLICY_FIELD: Final = re.compile(
    rf"(?P<name>{EXTENSION_NAME}):[ \t]*(?P<value>[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?)[ \t]*"
)
_DOMAIN: Final = re.compile(r"(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)*(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_MAX_NAME: Final = 253
"""Characters of a name in text, without the dot at its end (RFC 1035 section 2.3.4)."""
_MODES: Final = ("enforce", "testing", "none")
_CACHED_UNTIL: Final = "cached_until"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class InvalidTextError(ValueError):
    """A text that is no MTA-STS record or policy; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One `mx` of a policy: a host name, or "*." and the rest of one."""

    text: str

    @property
    def host(self) -> str:
        """The pattern without its wildcard label, lower case."""
        return self.text.lower().removeprefix("*.")

    @property
    def is_wildcard(self) -> bool:
        """Whether its first label stands for any one label."""
        return self.text.startswith("*.")

    @property
    def is_valid(self) -> bool:
        """Whether it has the form `["*."] Domain` (RFC 8461 section 3.2, RFC 5321 section 4.1.2)."""
        return _DOMAIN.fullmatch(self.text.removeprefix("*.")) is not None and len(self.host) <= _MAX_NAME

    def covers(self, name: str) -> bool:
        """Whether an MX host, or everything that another pattern stands for, matches (RFC 8461 section 4.1)."""
        name = name.lower()
        if not self.is_wildcard:
            return name == self.host
        return name == self.text.lower() or (not name.startswith("*.") and ".".join(labels(name)[1:]) == self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the policy file says (RFC 8461 section 3.2)."""

    mode: str
    mx: tuple[str, ...]
    max_age: int
    """Seconds that senders keep it."""
    cached_until: datetime | None = None
    """Until when, in UTC and whole seconds, senders can still have an earlier policy that lives longer than this one.

    It is an extension field (section 3.2), which senders pass over: the one place where this is known without a state of our own.
    """

    @property
    def body(self) -> bytes:
        """The file, each line ended by CRLF."""
        lines = ["version: STSv1", f"mode: {self.mode}", *(f"mx: {pattern}" for pattern in self.mx), f"max_age: {self.max_age}"]
        if self.cached_until is not None:
            # Not by _TIME: the %Y of some systems writes the year 391 in three digits, and then it is not read again.
            lines.append(f"{_CACHED_UNTIL}: {self.cached_until.replace(tzinfo=None).isoformat(timespec='seconds')}Z")
        return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "backslashreplace")

    @property
    def id(self) -> str:
        """The first 32 hex digits of the SHA-256 of the body: another body has another id, in 32 characters (section 3.1)."""
        return id_of(self.body)

    def covers(self, host: str) -> bool:
        """Whether a pattern matches an MX host, or covers another pattern whole."""
        return any(Pattern(pattern).covers(host) for pattern in self.mx)


def id_of(body: bytes) -> str:
    """The id of a policy file."""
    return hashlib.sha256(body).hexdigest()[:32]


def parse_policy(body: bytes) -> Policy:
    """Reads a policy file as its grammar says (RFC 8461 section 3.2), lines ended by CRLF or LF (erratum 6253).

    Unknown fields are passed over, and all but the first of a repeated one. Raises `InvalidTextError`.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as e:
        raise InvalidTextError(f"not UTF-8 at byte {e.start}") from e
    fields = [_policy_field(number, line) for number, line in enumerate(re.split(r"\r?\n", re.sub(r"\r?\n\Z", "", text)), 1)]
    first = dict(reversed(fields))
    for name in ("version", "mode", "max_age"):
        if name not in first:
            raise InvalidTextError(f"no {name}")
    if first["version"] != "STSv1":
        raise InvalidTextError(f"version {first['version']!r} is not 'STSv1'")
    if first["mode"] not in _MODES:
        raise InvalidTextError(f"mode {first['mode']!r} is none of {', '.join(_MODES)}")
    return Policy(
        mode=first["mode"],
        mx=_patterns(fields, first["mode"]),
        max_age=_max_age(first["max_age"]),
        cached_until=_cached_until(first),
    )


def _cached_until(fields: Mapping[str, str]) -> datetime | None:
    try:
        return datetime.strptime(fields[_CACHED_UNTIL], _TIME).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None  # somebody else's field of this name means nothing to us


def _policy_field(number: int, line: str) -> tuple[str, str]:
    found = _POLICY_FIELD.fullmatch(line)
    if found is None:
        raise InvalidTextError(f"line {number} is not 'key: value': {line!r}")
    return found["name"], found["value"]


def _patterns(fields: Iterable[tuple[str, str]], mode: str) -> tuple[str, ...]:
    patterns = tuple(value for name, value in fields if name == "mx")
    for pattern in patterns:
        if not Pattern(pattern).is_valid:
            raise InvalidTextError(f"mx {pattern!r} is no host name and no '*.' with one")
    if not patterns and mode != "none":
        raise InvalidTextError(f"no mx, which mode {mode} needs")
    return patterns


def _max_age(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,10}", text) is None or int(text) > MAX_MAX_AGE:
        raise InvalidTextError(f"max_age {text!r} is no number of seconds up to {MAX_MAX_AGE}")
    return int(text)


def understood(body: bytes | None) -> Policy | None:
    """The policy as senders understand it; they do not mind blank lines, which its grammar has not. None: no policy to them."""
    if body is None:
        return None
    try:
        return parse_policy(b"".join(line for line in body.splitlines(keepends=True) if line.strip()))
    except InvalidTextError:
        return None


def policy_url(domain: str) -> str:
    """Where senders look for the policy (RFC 8461 section 3.2)."""
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
