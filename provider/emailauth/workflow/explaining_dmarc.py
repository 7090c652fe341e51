"""Which DMARC record applies to a message, what it asks for, and which domains are aligned (RFC 9989), as far as the answers are known.

Where an answer is missing, all that it could be is tried: what comes out the same whatever it is, is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from emailauth.core.explanation import Alignment, Missing, PolicyFound, Reason
from emailauth.core.question import Answer, Question, Status
from emailauth.core.tags import render
from emailauth.protocols import dmarc
from emailauth.workflow.answering import Lookup
from emailauth.workflow.following import Followed, Known, follow, outcomes
from emailauth.workflow.places import Places

_LABEL: Final = "_dmarc."
_NOTHING: Final = Answer(status=Status.NXDOMAIN)
_OTHERS: Final = tuple(Answer(values=(f"v=DMARC1; p=none; psd={psd}",)) for psd in "uyn")
_TOP: Final = _OTHERS[1]
"""What a top-level domain publishes, if anything: it is a Public Suffix Domain, and nobody's Organizational Domain."""
_DISCOVERY: Final = "RFC 9989 section 4.10.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What was found for an Author Domain."""

    told: PolicyFound
    found: dmarc.Found | None = None
    """The record; None where there is none, or it is not known which."""
    is_applied: bool | None
    """Whether receivers apply DMARC; None: not known."""


def find_policy(author: str, known: Known, existence: Lookup, places: Places) -> Policies:
    """DMARC Policy Discovery. `existence` answers the question for TXT of the Author Domain in place of what is known."""
    known = known.instead(_itself(author), existence)
    followed = follow(dmarc.discover(author), known)
    possible, guessed = outcomes(lambda: dmarc.discover(author), known, _guesses)
    if not possible or any(one.found != possible[0].found for one in possible):
        return Policies(told=_not_found(author, followed, known), is_applied=None)
    first = possible[0]
    tags = {one.tag for one in possible}
    told = _told(first if len(tags) == 1 else replace(first, tag=None), followed, guessed, places)
    if first.found is None or first.policy is None:
        return Policies(told=told, found=first.found, is_applied=False)
    if any(one.policy != first.policy for one in possible):
        reason = Reason(text=_either(author, possible), clause=_DISCOVERY)
        told = replace(told, reasons=(reason,), missing=followed.missing, policy=None)
    return Policies(told=told, found=first.found, is_applied=True)


def align(
    author: str, domain: str, mechanism: dmarc.Mechanism, record: dmarc.Record, known: Known
) -> tuple[Alignment, tuple[Missing, ...]]:
    """Whether a domain is aligned with the Author Domain under a record, and what is missing where that is not known."""
    identifiers = (dmarc.Identifier(mechanism=mechanism, domain=domain),)
    possible, guessed = outcomes(lambda: dmarc.align(author, identifiers, record), known, _guesses)
    results = {one.is_aligned for (one,) in possible}
    mode = dmarc.mode(record, mechanism)
    clause = "RFC 9989 section 4.10.2" if mode == "relaxed" and domain != author else "RFC 9989 section 4.4"
    if len(results) == 1:
        (first,) = possible[0]
        return Alignment(mode=mode, is_aligned=first.is_aligned, reason=Reason(text=_why(first, author, guessed), clause=clause)), ()
    missing = follow(dmarc.align(author, identifiers, record), known).missing
    text = f"not known: {', '.join(map(str, missing))}"
    return Alignment(mode=mode, is_aligned=None, reason=Reason(text=text, clause=clause)), missing


def _itself(author: str) -> Question:
    """What is asked to know whether a domain exists."""
    return Question(name=author, type="TXT")


def _guesses(question: Question) -> Sequence[Answer]:
    """What an answer could be that makes a difference: nothing first."""
    if not question.name.startswith(_LABEL):
        return _NOTHING, Answer(status=Status.NO_DATA)
    return (_NOTHING, _TOP) if _is_top(question) else (_NOTHING, *_OTHERS)


def _is_top(question: Question) -> bool:
    return "." not in question.name.removeprefix(_LABEL)


def _told(discovery: dmarc.Discovery, followed: Followed[dmarc.Discovery], guessed: Sequence[Question], places: Places) -> PolicyFound:
    """What is said of a policy that is known."""
    found = discovery.found
    return PolicyFound(
        asked=_asked(followed),
        reasons=(Reason(text=discovery.why + _whatever(discovery.author, guessed), clause=_DISCOVERY),),
        record=None if found is None else render(found.record),
        domain=None if found is None else found.domain,
        role=None if discovery.role is None else discovery.role.value,
        tag=discovery.tag,
        testing=discovery.testing,
        policy=discovery.policy,
        place=None if found is None else places.dmarc(found.domain, discovery.tag),
    )


def _asked(followed: Followed[dmarc.Discovery]) -> tuple[str, ...]:
    return tuple(question.name for question in followed.asked if question.name.startswith(_LABEL))


def _not_found(author: str, followed: Followed[dmarc.Discovery], known: Known) -> PolicyFound:
    """What is said where it is not known which record applies: what is missing, and what holds if nothing is there."""
    missing = tuple(Reason(text=f"not known: {one}", clause=_DISCOVERY) for one in followed.missing)
    empty = known.but(lambda question: _NOTHING if question.name.startswith(_LABEL) and known.missing(question) else None)
    supposed = follow(dmarc.discover(author), empty)
    then = () if supposed.missing else (Reason(text=f"if there is none, {supposed.result.why}", clause=_DISCOVERY),)
    return PolicyFound(asked=_asked(followed), reasons=(*missing, *then), missing=followed.missing)


def _either(author: str, possible: Sequence[dmarc.Discovery]) -> str:
    """One record says different things of domains that exist and of those that do not."""
    absent = next(one for one in possible if one.tag == "np")
    present = next(one for one in possible if one.tag != "np")
    return f"whether {author} exists is not known: if it does, {present.why}; if not, {absent.why}"


def _whatever(author: str, guessed: Sequence[Question]) -> str:
    """What is said of answers that make no difference."""
    names = [question.name for question in guessed if question.name.startswith(_LABEL)]
    said = f", whatever is at {' and '.join(names)}" if names else ""
    return said + (f"; whether {author} exists is not known, and makes no difference" if _itself(author) in guessed else "")


def _why(found: dmarc.IdentifierAlignment, author: str, guessed: Sequence[Question]) -> str:
    if not guessed:
        return found.why
    same = "the same Organizational Domain" if found.is_aligned else "different Organizational Domains"
    top = " (a top-level domain is no Organizational Domain)" if any(map(_is_top, guessed)) else ""
    return f"{found.identifier.domain} and {author} have {same}{_whatever(author, guessed)}{top}"
