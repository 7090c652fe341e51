"""What a receiver that follows the standards makes of one message, with its reasons: a value to be shown.

All texts are for a person, and can hold what DNS said: who shows them makes them printable.
"""

from dataclasses import dataclass
from enum import Enum

from emailauth.core.diagnostic import Span
from emailauth.core.question import Question

NOT_KNOWN = "not known"
"""The result of a mechanism where an answer is missing that it depends on."""
NOT_EVALUATED = "not evaluated"
"""The result of SPF where the client's address is not given."""


class Verdict(Enum):
    """What DMARC says of a message (RFC 9989 sections 5.3.2 and 5.3.5)."""

    PASS = "pass"  # noqa: S105 - a result, no password
    FAIL = "fail"
    NOT_APPLIED = "does not apply"
    """There is no DMARC record that receivers apply."""
    NOT_KNOWN = "not known"
    """Answers are missing, and what is known does not decide without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in the file."""

    path: str
    span: Span

    def __str__(self) -> str:
        """As findings tell it: path, line, column."""
        return f"{self.path}:{self.span.line}:{self.span.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something is as it is."""

    text: str
    """A phrase without its dot."""
    clause: str = ""
    """Of the standard; empty where it is about the call, not about mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An answer that could have changed something, and is not there."""

    question: Question
    why: str
    """ "not looked up", "timeout"."""
    hint: str = ""
    """How to know it, for a person."""

    def __str__(self) -> str:
        """For a person."""
        return f"{self.question.type} of {self.question.name} ({', '.join(filter(None, (self.why, self.hint)))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Whether a domain that was proved, or could have been, belongs to the Author Domain."""

    mode: str
    """relaxed or strict."""
    is_aligned: bool | None
    """None: not known."""
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An SPF term on the way to the result."""

    text: str
    domain: str
    """Whose record it stands in."""
    place: Place | None
    """None where that record is not the file's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfResult:
    """What SPF says of the domain of MAIL FROM, or of the name in HELO where MAIL FROM is empty."""

    domain: str
    result: str
    """One of RFC 7208 section 2.6, or `NOT_KNOWN`, or `NOT_EVALUATED`."""
    reasons: tuple[Reason, ...]
    terms: tuple[Term, ...] = ()
    """Those that decided, from the domain's own record inwards; where the result is an error or not known, those on the way to it."""
    lookups: int = 0
    voids: int = 0
    explanation: str | None = None
    """What the sender of a message that fails is told."""
    missing: tuple[Missing, ...] = ()
    alignment: Alignment | None = None
    """None where no DMARC record says how to compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What DKIM says of a signature, if that itself verifies."""

    domain: str
    """The signature's d=."""
    selector: str
    """Its s=."""
    result: str
    """pass, fail, none (as if unsigned), or `NOT_KNOWN`."""
    reasons: tuple[Reason, ...]
    key: str | None = None
    """Type and size: "rsa 2048"; None where there is none to read."""
    place: Place | None = None
    missing: tuple[Missing, ...] = ()
    alignment: Alignment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFound:
    """The DMARC record that applies to the Author Domain, and what it asks for."""

    asked: tuple[str, ...]
    """The owner names that receivers look at, in order; where an answer is missing, as far as it is known."""
    reasons: tuple[Reason, ...]
    record: str | None = None
    """Its text; None where there is none, or it is not known which."""
    domain: str | None = None
    """Whose it is."""
    role: str | None = None
    """What that domain is to the Author Domain: "Organizational Domain"."""
    tag: str | None = None
    """The tag that the policy is taken from: p, sp or np."""
    testing: bool = False
    """Whether t=y made the policy one level lower."""
    policy: str | None = None
    """none, quarantine or reject; None where receivers apply no DMARC, or it is not known."""
    place: Place | None = None
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All of it."""

    verdict: Verdict
    summary: str
    """In a sentence without its dot; goes on from the verdict."""
    reason: Reason
    """Why the verdict is this one."""
    author: str
    """The address in From, its domain normalised."""
    mail_from: str
    """The domain of MAIL FROM; where that is empty, the name in HELO (RFC 7208 section 2.4)."""
    is_mail_from_given: bool
    """Where not, it is taken from the address in From."""
    is_null: bool
    """Whether MAIL FROM is empty."""
    helo: str | None
    """The name in HELO; None: not given, and taken from MAIL FROM."""
    ip: str | None
    spf: SpfResult
    signatures: tuple[Signature, ...]
    dmarc: PolicyFound
    disposition: str | None
    """What the Domain Owner asks receivers to do with this message; None where it asks nothing of them, or it is not known."""
