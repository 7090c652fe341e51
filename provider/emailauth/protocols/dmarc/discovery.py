"""The DNS Tree Walk: which DMARC record applies to a domain, and what its Organizational Domain is (RFC 9989 section 4.10).

Asks by yielding questions; does no I/O. No answer raises. What is asked twice is yielded twice; who answers may remember.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

from emailauth.core.names import InvalidName, labels, normalise
from emailauth.core.question import Question, Questions, Status
from emailauth.protocols.dmarc.policy import Policy, invalid_requests, is_testing, lowered, request, the_record
from emailauth.protocols.dmarc.record import Record

MAX_QUERIES: Final = 8
"""Of one walk, however many labels the domain has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A DMARC Policy Record, and the domain that it was found for."""

    domain: str
    """Without the label _dmarc."""
    record: Record

    @property
    def psd(self) -> str:
        """y, n or u, which stands for what is not said or not valid (RFC 9989 section 4.7)."""
        value = (self.record.get("psd") or "").lower()
        return value if value in {"y", "n"} else "u"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A question that was not answered: nothing that depends on it is known (RFC 9989 section 5.3.6)."""

    question: Question
    status: Status

    def __str__(self) -> str:
        """For a person."""
        return f"{self.question.type} of {self.question.name} is not known ({self.status.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a walk up from a domain found."""

    start: str
    found: tuple[Found, ...] = ()
    """The records, from the longest name to the shortest."""
    failure: Failure | None = None
    """What ended the walk too early."""
    exists: bool = False
    """Whether an answer shows that the starting domain exists; where none does, it can still exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationalDomain:
    """The Organizational Domain of a domain, and why it is that."""

    domain: str
    why: str
    """For a person; goes on from "NAME is the Organizational Domain: "."""


class Role(Enum):
    """Whose record is applied to an Author Domain, in the order of preference (RFC 9989 section 4.10.1)."""

    AUTHOR_DOMAIN = "Author Domain"
    ORGANIZATIONAL_DOMAIN = "Organizational Domain"
    PUBLIC_SUFFIX_DOMAIN = "Public Suffix Domain"


RequestTag: TypeAlias = Literal["p", "sp", "np"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The policy for mail of one Author Domain that fails DMARC, and where it comes from."""

    author: str
    policy: Policy | None
    """None: receivers apply no DMARC to the mail or, where there is a failure, cannot know."""
    found: Found | None = None
    """The record, of the DMARC Policy Domain; it can be one that says no policy that can be applied."""
    role: Role | None = None
    """Whose record it is; None where there is none."""
    tag: RequestTag | None = None
    """The tag that the policy is taken from; None where no tag says it."""
    testing: bool = False
    """Whether t=y made the policy one level lower than the tag says."""
    failure: Failure | None = None
    why: str
    """For a person, a sentence without its dot."""


def owner(domain: str) -> str | None:
    """Where the record of a domain stands (RFC 9989 section 4.5); None where the name would be too long for DNS."""
    try:
        return normalise(f"_dmarc.{domain}")
    except InvalidName:
        return None


def targets(domain: str) -> tuple[str, ...]:
    """The domains that a walk from a domain asks for, in order: itself, then up, from names of 8 labels and more to their last 7."""
    parts = labels(domain)
    above = parts[1:] if len(parts) < MAX_QUERIES else parts[1 - MAX_QUERIES :]
    return (domain, *(".".join(above[i:]) for i in range(len(above))))


def walk(domain: str) -> Questions[Walk]:
    """The whole walk from a normalised name: at most 8 questions, TXT at `_dmarc.` of each of `targets` (RFC 9989 section 4.10)."""
    return (yield from _climb(domain, targets(domain)))


def organizational_domain(walked: Walk) -> OrganizationalDomain | None:
    """What follows from a walk (RFC 9989 section 4.10.2); None where it failed."""
    if walked.failure is not None:
        return None
    for found in walked.found:
        if found.psd == "n":
            return OrganizationalDomain(domain=found.domain, why="its record says psd=n")
        if found.psd == "y" and found.domain != walked.start:
            below = ".".join(labels(walked.start)[-len(labels(found.domain)) - 1 :])
            return OrganizationalDomain(domain=below, why=f"it is directly below {found.domain}, whose record says psd=y")
    if walked.found:
        return OrganizationalDomain(domain=walked.found[-1].domain, why="it is the highest domain that has a DMARC record")
    return OrganizationalDomain(domain=walked.start, why="no DMARC record was found at it or above")


def discover(author: str) -> Questions[Discovery]:
    """DMARC Policy Discovery for a normalised Author Domain (RFC 9989 section 4.10.1).

    At most 8 questions for records; and TXT at the Author Domain itself, where it depends on whether that exists.
    """
    first, *rest = targets(author)
    own = yield from _climb(author, [first])
    if own.failure is not None:
        return _unknown(author, own.failure)
    if own.found:
        return _applied(author, own.found[0], Role.AUTHOR_DOMAIN, "p")
    above = yield from _climb(author, rest)
    if above.failure is not None:
        return _unknown(author, above.failure)
    chosen = _chosen(above)
    if chosen is None:
        return Discovery(author=author, policy=None, why=_no_record(above))
    found, role = chosen
    if found.record.get("np") is None or own.exists:
        return _applied(author, found, role, _tag_below(found.record, exists=True))
    exists = yield from _existence(author)
    if isinstance(exists, Failure):
        return _unknown(author, exists)
    return _applied(author, found, role, _tag_below(found.record, exists=exists))


def _climb(start: str, names: Sequence[str]) -> Questions[Walk]:
    """The steps of a walk that ask for some names."""
    found: list[Found] = []
    exists = False
    for name in names:
        place = owner(name)
        if place is None:
            continue  # there can be nothing
        question = Question(name=place, type="TXT")
        answer = yield question
        if answer.failed:
            return Walk(start=start, found=tuple(found), failure=Failure(question=question, status=answer.status), exists=exists)
        if name == start and answer.status is not Status.NXDOMAIN:
            exists = True  # a name that has one below it exists (RFC 8020)
        record = the_record(answer.values)
        if record is not None:
            found.append(Found(domain=name, record=record))
            if found[-1].psd != "u":
                break
    return Walk(start=start, found=tuple(found), exists=exists)


def _chosen(above: Walk) -> tuple[Found, Role] | None:
    """The record of the Organizational Domain, else that of the Public Suffix Domain; records in between do not count."""
    organizational = organizational_domain(above)
    for found in above.found:
        if organizational is not None and found.domain == organizational.domain:
            return found, Role.ORGANIZATIONAL_DOMAIN
    last = above.found[-1] if above.found else None
    return (last, Role.PUBLIC_SUFFIX_DOMAIN) if last is not None else None


def _no_record(above: Walk) -> str:
    return f"there is no DMARC record for {above.start} or for a domain above it where receivers look, so they apply no DMARC"


def _existence(domain: str) -> Questions[bool | Failure]:
    """Whether a domain exists: whatever is asked for, NXDOMAIN says that it does not (RFC 9989 section 3.2.13 and appendix A.4)."""
    question = Question(name=domain, type="TXT")
    answer = yield question
    if answer.failed:
        return Failure(question=question, status=answer.status)
    return answer.status is not Status.NXDOMAIN


def _tag_below(record: Record, *, exists: bool) -> RequestTag:
    """The tag for a domain below the one that has the record; of one that does not exist, it is known that the record says np."""
    if not exists:
        return "np"
    return "sp" if record.get("sp") is not None else "p"


def _applied(author: str, found: Found, role: Role, tag: RequestTag) -> Discovery:
    whose = f"the record of {found.domain}, the {role.value}"
    invalid = invalid_requests(found.record)
    if invalid:
        return _invalid(author, found, role, invalid)
    said = request(found.record, tag) or "none"
    testing = is_testing(found.record) and said != "none"
    policy = lowered(said) if testing else said
    lower = f", and t=y makes {policy} of it" if testing else ""
    return Discovery(
        author=author, policy=policy, found=found, role=role, tag=tag, testing=testing, why=f"{whose}, says {tag}={said}{lower}"
    )


def _invalid(author: str, found: Found, role: Role, invalid: Sequence[str]) -> Discovery:
    """What an invalid p, sp or np makes of the whole record (RFC 9989 section 4.10.1)."""
    said = " and ".join("no p" if found.record.get(tag) is None else f"{tag}={found.record.get(tag)}" for tag in invalid)
    whose = f"the record of {found.domain}, the {role.value}, says {said}"
    if found.record.aggregate_reports:
        why = f"{whose}: as it asks for reports at a valid URI, receivers act as if it said p=none and nothing else"
        return Discovery(author=author, policy="none", found=found, role=role, why=why)
    why = f"{whose}: as it asks for no reports at a valid URI, receivers apply no DMARC"
    return Discovery(author=author, policy=None, found=found, role=role, why=why)


def _unknown(author: str, failure: Failure) -> Discovery:
    return Discovery(author=author, policy=None, failure=failure, why=f"{failure}, so neither is the policy")
