"""Identifier Alignment: whether what SPF or DKIM proved belongs to the Author Domain (RFC 9989 sections 4.4 and 4.10.2).

Asks by yielding questions, as `discovery` does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from emailauth.core.question import Questions
from emailauth.protocols.dmarc.discovery import OrganizationalDomain, Walk, organizational_domain, walk
from emailauth.protocols.dmarc.record import Record

Mechanism: TypeAlias = Literal["SPF", "DKIM"]
Mode: TypeAlias = Literal["relaxed", "strict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A domain that an authentication mechanism can prove the use of."""

    mechanism: Mechanism
    domain: str
    """Normalised: for SPF the domain of the MAIL FROM identity, which is HELO's name where MAIL FROM is empty; for DKIM the d= of a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierAlignment:
    """Whether an identifier is aligned with the Author Domain, if its mechanism passes."""

    identifier: Identifier
    mode: Mode
    is_aligned: bool | None
    """None: not known, as a question was not answered."""
    why: str
    """For a person, a sentence without its dot."""


def mode(record: Record, mechanism: Mechanism) -> Mode:
    """What `aspf` or `adkim` asks for; relaxed where it is not said or not valid (RFC 9989 section 4.7)."""
    value = record.get("aspf" if mechanism == "SPF" else "adkim")
    return "strict" if value is not None and value.lower() == "s" else "relaxed"


def align(author: str, identifiers: Iterable[Identifier], record: Record) -> Questions[tuple[IdentifierAlignment, ...]]:
    """Compares each identifier with a normalised Author Domain under the record that is applied to it, in the order given.

    Asks only where names differ and the mode is relaxed: one walk for the Author Domain, and one for each identifier.
    """
    authors_walk: Walk | None = None
    results: list[IdentifierAlignment] = []
    for identifier in identifiers:
        wanted = mode(record, identifier.mechanism)
        if identifier.domain == author:
            results.append(_result(identifier, wanted, aligned=True, why=f"{author} is the Author Domain itself"))
        elif wanted == "strict":
            results.append(_result(identifier, wanted, aligned=False, why=f"{identifier.domain} is not the Author Domain {author} itself"))
        else:
            authors_walk = authors_walk or (yield from walk(author))
            results.append(_relaxed(identifier, authors_walk, (yield from walk(identifier.domain))))
    return tuple(results)


def _relaxed(identifier: Identifier, author: Walk, other: Walk) -> IdentifierAlignment:
    one, two = organizational_domain(author), organizational_domain(other)
    if one is None or two is None:
        return _result(identifier, "relaxed", aligned=None, why=f"{author.failure or other.failure}, so neither is the alignment")
    if one.domain == two.domain:
        why = f"{identifier.domain} and {author.start} have the same Organizational Domain, {one.domain}: {one.why}"
        return _result(identifier, "relaxed", aligned=True, why=why)
    why = f"{_whose(other, two)}, and {_whose(author, one)}"
    return _result(identifier, "relaxed", aligned=False, why=why)


def _whose(walked: Walk, organizational: OrganizationalDomain) -> str:
    return f"the Organizational Domain of {walked.start} is {organizational.domain} ({organizational.why})"


def _result(identifier: Identifier, wanted: Mode, *, aligned: bool | None, why: str) -> IdentifierAlignment:
    return IdentifierAlignment(identifier=identifier, mode=wanted, is_aligned=aligned, why=why)
