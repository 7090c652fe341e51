"""MTA-STS: which hosts receive a domain's mail, and that senders must reach them over TLS (RFC 8461).

Two things say it: the policy, a file on the policy host, and a TXT record whose id tells senders that the policy is
another one than they know. The id is made from the policy's very bytes, so the two cannot drift apart.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

import msgspec

from emailauth.core.claim import Claim
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.names import labels
from emailauth.core.posture import Domain
from emailauth.core.record import Record, Stage
from emailauth.core.tags import Grammar, parse_tags
from emailauth.core.transition import Danger, Transition

KIND: Final = "mta_sts"
MAX_MAX_AGE: Final = 31557600
"""Seconds, a year: the longest life that a policy may have (RFC 8461 section 3.2)."""

_VERSION: Final = "v=STSv1"
_EXTENSION_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"
_RECORD: Final = Grammar(
    tag=re.compile(rf"(?P<name>{_EXTENSION_NAME})=(?P<value>[!-:<>-~]+)"), no_tag=lambda _, part: f"{part!r} is not 'name=value'"
)
_ID: Final = re.compile(r"[A-Za-z0-9]{1,32}")
_POLICY_FIELD: Final = re.compile(
    rf"(?P<name>{_EXTENSION_NAME}):[ \t]*(?P<value>[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?)[ \t]*"
)
_DOMAIN: Final = re.compile(r"(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)*(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_MAX_NAME: Final = 253
"""Characters of a name in text, without the dot at its end (RFC 1035 section 2.3.4)."""
_MODES: Final = ("enforce", "testing", "none")


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

    @property
    def body(self) -> bytes:
        """The file, each line ended by CRLF."""
        lines = ["version: STSv1", f"mode: {self.mode}", *(f"mx: {pattern}" for pattern in self.mx), f"max_age: {self.max_age}"]
        return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "backslashreplace")

    @property
    def id(self) -> str:
        """The first 32 hex digits of the SHA-256 of the body: another body has another id, in 32 characters (section 3.1)."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    def covers(self, host: str) -> bool:
        """Whether a pattern matches an MX host, or covers another pattern whole."""
        return any(Pattern(pattern).covers(host) for pattern in self.mx)


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
    return Policy(mode=first["mode"], mx=_patterns(fields, first["mode"]), max_age=_max_age(first["max_age"]))


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


def render_record(policy_id: str) -> str:
    """The TXT record that announces a policy, in the form of the example of RFC 8461 section 3.1."""
    return f"{_VERSION}; id={policy_id};"


def parse_record(text: str) -> str:
    """The id that a TXT record announces (RFC 8461 section 3.1). Unknown fields are passed over. Raises `InvalidTextError`."""
    if not recognises(text):
        raise InvalidTextError(f"does not begin with '{_VERSION};'")
    fields = parse_tags(text, _RECORD)
    if fields.problems:
        raise InvalidTextError(fields.problems[0].message)
    policy_id = fields.get("id")
    if policy_id is None:
        raise InvalidTextError("no id")
    if _ID.fullmatch(policy_id) is None:
        raise InvalidTextError(f"id {policy_id!r} is not 1 to 32 letters and digits")
    return policy_id


def recognises(value: str) -> bool:
    """Whether senders take a TXT value for an MTA-STS record; they discard all others (RFC 8461 section 3.1, erratum 6285)."""
    return value.startswith(f"{_VERSION};")


def policy_url(domain: str) -> str:
    """Where senders look for the policy (RFC 8461 section 3.2)."""
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"


class MtaSts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MTA-STS (RFC 8461): that senders must use TLS with the domain's mail hosts, and which hosts these are."""

    KEY: ClassVar[str] = "mta_sts"

    mode: Annotated[
        Literal["enforce", "testing", "none"],
        msgspec.Meta(
            description="What senders do with a host that fails: 'enforce' does not deliver to it, 'testing' only reports, "
            "'none' says that there is no policy any more (RFC 8461 section 5).",
            examples=["testing"],
        ),
    ]
    max_age: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            description="Seconds that senders keep the policy: weeks, once it has proved itself; at most 31557600 (RFC 8461 section 3.2).",
            examples=[604800, 1209600],
        ),
    ]
    mx: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="The hosts that may receive the mail; '*.example.net' stands for one more label (RFC 8461 section 4.1).",
            examples=[["mx1.example.com", "*.example.net"]],
        ),
    ] = ()
    from_mx: Annotated[
        bool,
        msgspec.Meta(
            description="Take the hosts from the domain's section `mx`; what is written here stands beside them.", examples=[True]
        ),
    ] = False

    def policy(self, domain: Domain) -> Policy:
        """The policy of a domain: the patterns that are written, then the domain's own MX hosts where `from_mx` says so.

        Both together are what a move of the mail needs: the old host stays in the policy while it leaves the MX (section 8.1).
        """
        hosts = (domain.mail_hosts or ()) if self.from_mx else ()
        return Policy(mode=self.mode, mx=tuple(dict.fromkeys((*self.mx, *hosts))), max_age=self.max_age)

    def records(self, domain: Domain) -> Iterable[Record]:
        """The record that announces the policy, once it is served."""
        value = render_record(self.policy(domain).id)
        yield Record(name=f"_mta-sts.{domain.name}", type="TXT", value=value, domain=domain.name, kind=KIND, stage=Stage.ANNOUNCEMENTS)

    def claims(self, domain: str) -> Iterable[Claim]:
        """All MTA-STS records at the name: more than one means none to senders."""
        return absent_claims(domain)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """The policy file."""
        body = self.policy(domain).body
        yield HostedFile(url=policy_url(domain.name), body=body, content_type="text/plain", domain=domain.name, kind=KIND)

    def paths(self) -> Iterable[tuple[Route, str]]:
        """None."""
        return ()

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """The patterns that are written in the file."""
        return ((Pattern(text), ("mx", i)) for i, text in enumerate(self.mx))

    def mail_hosts(self) -> tuple[str, ...] | None:
        """Not this section's to say."""
        return None


Shape = MtaSts
RECOGNISES: Final = {"TXT": recognises}
PARKED: Final = None
INSTEAD: Final[Mapping[str, str]] = {
    "id": "nothing: the id is made from the policy",
    "version": "nothing: there is only STSv1",
    "policy": "mode, with the mx patterns and max_age beside it",
}
DANGERS: Final[Mapping[str, str]] = {
    "remove-mta-sts": "remove an MTA-STS policy that senders still keep",
    "shrink-mta-sts-policy": "take hosts from a policy that senders enforce",
}


def section(shape: MtaSts) -> MtaSts:
    """The section is its own shape."""
    return shape


def absent_claims(domain: str) -> Iterable[Claim]:
    """Every MTA-STS record of the domain."""
    yield Claim(name=f"_mta-sts.{domain}", type="TXT", domain=domain, kind=KIND, recognises=recognises, stage=Stage.ANNOUNCEMENTS)


def absent_urls(domain: str) -> Mapping[str, str]:
    """The policy file."""
    return {policy_url(domain): KIND}


def dangers(transition: Transition) -> Iterable[Danger]:
    """Judges the policy before against the one after, as senders have it in their caches (RFC 8461 sections 8.1 and 8.3)."""
    before = _served(transition.files_before)
    after = _served(transition.files_after)
    announced = KIND in transition.before
    if (announced and KIND not in transition.after) or (KIND in transition.files_before and KIND not in transition.files_after):
        yield from _removal(transition, before)
    if before and after and before.mode != "none" and after.mode == "enforce":
        gone = [pattern for pattern in before.mx if not after.covers(pattern)]
        if gone:
            yield Danger(name="shrink-mta-sts-policy", domain=transition.domain, message=_shrunk(gone))


def _removal(transition: Transition, before: Policy | None) -> Iterable[Danger]:
    if before is None and KIND in transition.files_before:
        return  # senders cannot have kept what they cannot read
    if before is not None and before.mode == "none":
        return
    known = f"for up to {before.max_age} seconds" if before else "for as long as its max_age says, which is not known here"
    yield Danger(
        name="remove-mta-sts",
        domain=transition.domain,
        message=f"senders keep the policy {known} and hold the mail hosts to it although it is gone: "
        "first publish mode none with a small max_age, and remove it when that time is over",
    )


def _shrunk(gone: Iterable[str]) -> str:
    return (
        f"{', '.join(gone)} leaves a policy that is enforced: senders refuse mail to that host as long as they find it in an MX record. "
        "First take it out of the MX records and keep it under mta_sts: mx; take it out there when the TTL of the MX records is over"
    )


def _served(files: Mapping[str, bytes]) -> Policy | None:
    """The policy as senders understand it; they do not mind blank lines, which its grammar has not."""
    body = files.get(KIND)
    if body is None:
        return None
    try:
        return parse_policy(b"".join(line for line in body.splitlines(keepends=True) if line.strip()))
    except InvalidTextError:
        return None
