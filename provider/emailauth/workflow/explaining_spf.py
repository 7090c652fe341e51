"""What SPF says of one message, and why (RFC 7208), as far as the answers are known."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from emailauth.core.explanation import NOT_EVALUATED, NOT_KNOWN, Missing, Reason, SpfResult, Term
from emailauth.protocols import spf
from emailauth.protocols.spf.check_host import Limits, Result, ResultCode, check_host
from emailauth.protocols.spf.macros import Address
from emailauth.workflow.following import Followed, Known, follow
from emailauth.workflow.places import Places

_LIMITS: Final = Limits()
_CLAUSES: Final[Mapping[type[spf.Term], str]] = {
    spf.All: "RFC 7208 section 5.1",
    spf.Include: "RFC 7208 section 5.2",
    spf.A: "RFC 7208 section 5.3",
    spf.Mx: "RFC 7208 section 5.4",
    spf.Ptr: "RFC 7208 section 5.5",
    spf.Ip4: "RFC 7208 section 5.6",
    spf.Ip6: "RFC 7208 section 5.6",
    spf.Exists: "RFC 7208 section 5.7",
    spf.Redirect: "RFC 7208 section 6.1",
}
_PROBLEMS: Final[Mapping[ResultCode, str]] = {
    ResultCode.NONE: "RFC 7208 section 2.6.1",
    ResultCode.TEMPERROR: "RFC 7208 section 2.6.6",
    ResultCode.PERMERROR: "RFC 7208 section 2.6.7",
}
_CLIENT_NAME: Final = re.compile(r"%\{p|(?:\A|:)ptr(?![a-z0-9])", re.IGNORECASE)
_HELO: Final = re.compile(r"%\{h", re.IGNORECASE)


def explain_spf(domain: str, local_part: str, ip: Address | None, known: Known, places: Places, *, helo: str | None = None) -> SpfResult:
    """The result for the domain of MAIL FROM; its name stands for that of HELO, too, if that is not given."""
    if ip is None:
        return SpfResult(domain=domain, result=NOT_EVALUATED, reasons=(Reason(text="no --ip is given, so SPF counts for nothing here"),))
    followed = follow(check_host(ip=ip, domain=domain, sender=f"{local_part}@{domain}", helo=helo or domain), known)
    result = followed.result
    terms = tuple(_terms(result, places))
    records = tuple(_records(followed, known))
    if followed.missing and _hangs_on_missing(followed, records):
        terms = terms if result.result is ResultCode.TEMPERROR else ()  # else it went on without the client's name
        reasons = (*_way(result, terms, "has to be tested"), *(Reason(text=f"not known: {one}") for one in followed.missing))
        return SpfResult(domain=domain, result=NOT_KNOWN, reasons=reasons, terms=terms, missing=followed.missing)
    return SpfResult(
        domain=domain,
        result=result.result.value,
        reasons=(*_reasons(result, terms), *_told(result, followed.missing), *(() if helo else _taken(records, domain))),
        terms=terms,
        lookups=result.lookups,
        voids=result.voids,
        explanation=result.explanation,
    )


def _records(followed: Followed[Result], known: Known) -> Iterator[spf.Record]:
    """The records that the evaluation came to."""
    for question in followed.asked:
        answer = known.lookup(question) if question.type == "TXT" else None
        yield from (record for value in (answer.values if answer else ()) if (record := spf.parse(value)))


def _hangs_on_missing(followed: Followed[Result], records: tuple[spf.Record, ...]) -> bool:
    """Whether the result depends on what is missing, and not only the text that explains a fail."""
    if followed.result.result is ResultCode.TEMPERROR:
        return True
    if [one.question for one in followed.missing] == [followed.asked[-1]] and followed.asked[-1].type == "TXT":
        return False  # all other questions for TXT are for records, without which there is a temperror
    tested = (term for record in records for term in (*record.tested, record.redirect) if term)
    return any(_CLIENT_NAME.search(term.text.lstrip("+-~?")) for term in tested)


def _terms(result: Result, places: Places) -> Iterator[Term]:
    for match in result.matches:
        owner = match.domain.lower()
        yield Term(text=match.term.text, domain=owner, place=places.spf_term(owner, match.term))


def _reasons(result: Result, terms: tuple[Term, ...]) -> Iterator[Reason]:
    decided = result.result not in _PROBLEMS
    yield from _way(result, terms, "matches" if decided else "is tested")
    if not decided:
        yield Reason(text=result.problem, clause=_PROBLEMS[result.result])
    elif not result.matches or isinstance(result.matches[-1].term, spf.Redirect):
        yield Reason(text="no term of the record matches, and it has no redirect", clause="RFC 7208 section 4.7")
    if result.result is not ResultCode.NONE:
        text = f"{result.lookups} of {_LIMITS.lookups} look-ups, {result.voids} of {_LIMITS.voids} voids"
        yield Reason(text=text, clause="RFC 7208 section 4.6.4")


def _way(result: Result, terms: tuple[Term, ...], does: str) -> Iterator[Reason]:
    for match, term in zip(result.matches, terms, strict=False):
        text = f"{term.text} of {term.domain} {'is followed' if isinstance(match.term, spf.Redirect) else does}"
        yield Reason(text=text + (f" ({term.place})" if term.place else ""), clause=_CLAUSES[type(match.term)])


def _told(result: Result, missing: tuple[Missing, ...]) -> Iterator[Reason]:
    """What the sender of a message that fails is told."""
    if result.explanation is not None:
        yield Reason(text=f'the sender is told: "{result.explanation}"', clause="RFC 7208 section 6.2")
    elif missing:
        yield Reason(text=f"what the sender is told is not known: {', '.join(map(str, missing))}", clause="RFC 7208 section 6.2")


def _taken(records: tuple[spf.Record, ...], domain: str) -> Iterator[Reason]:
    if any(_HELO.search(record.text) for record in records):
        yield Reason(text=f"the client is taken to say HELO {domain}", clause="RFC 7208 section 7.2")
