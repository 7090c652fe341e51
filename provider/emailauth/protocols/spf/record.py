"""SPF records: recognise, take apart, put together (RFC 7208 sections 3 to 6)."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Final

import msgspec

from emailauth.core.diagnostic import Route
from emailauth.core.remembered import remembered
from emailauth.protocols.spf import usual
from emailauth.protocols.spf.domain_spec import NotATerm
from emailauth.protocols.spf.grammar import read
from emailauth.protocols.spf.malformed import AnyTerm, Malformed
from emailauth.protocols.spf.parts import parts
from emailauth.protocols.spf.terms import All, Directive, Include, Redirect, Term, passes_everyone

VERSION: Final = "v=spf1"
MAX_LOOKUPS: Final = 10
"""Terms that query DNS, in the whole evaluation of a record (RFC 7208 section 4.6.4)."""

_START: Final = attrgetter("start")
_USUALLY: Final = f"{VERSION} "
_VERSION: Final = re.compile(r"v=spf1(?: |\Z)", re.IGNORECASE | re.ASCII)


class Record(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One record's text and its terms in order, malformed ones included.

    What can be told of a record alone is here. What its includes and its redirect lead to stands in the DNS of others,
    so every count and every answer below is about this text only.
    """

    text: str
    terms: tuple[AnyTerm, ...]
    gist: usual.Gist | None = None
    """Of a record in its usual form, of usual terms. Does not count when records are compared, and neither do the places."""
    places: Callable[[int], Route] | None = None
    """Where a term, by number from 0, stands in the section that says the record; None for a record that none says."""

    @property
    def parts(self) -> frozenset[str]:
        """What rules can need (see `parts.parts`)."""
        return parts(self.text, self.terms, self.gist)

    @remembered
    def tested(self) -> tuple[Directive, ...]:
        """The directives that a receiver can come to: up to the first `all`, which is included (section 5.1)."""
        found: list[Directive] = []
        for term in self.terms:
            if isinstance(term, Directive):
                found.append(term)
            if isinstance(term, All):
                break
        return tuple(found)

    @remembered
    def all(self) -> All | None:
        """The directive that decides for all whom no other matches."""
        for term in self.terms:
            if type(term) is All:
                return term
        return None

    @remembered
    def redirect(self) -> Redirect | None:
        """The redirect that receivers follow: none where there is an `all` (section 6.1)."""
        return None if self.all else next((term for term in self.terms if isinstance(term, Redirect)), None)

    @property
    def includes(self) -> tuple[Include, ...]:
        """The includes, those behind an `all` as well."""
        return tuple([term for term in self.terms if type(term) is Include])  # to ask isinstance would cost most where it says no

    @property
    def malformed(self) -> tuple[Malformed, ...]:
        """What is no term."""
        return tuple(term for term in self.terms if isinstance(term, Malformed))

    @property
    def querying(self) -> tuple[Directive | Redirect, ...]:
        """The terms of this record that query DNS when no earlier one matches, in the order of evaluation (section 4.6.4)."""
        directives = tuple(term for term in self.tested if term.queries_dns)
        return (*directives, self.redirect) if self.redirect else directives

    @property
    def lookups(self) -> int:
        """How many look-ups of the ten allowed this record uses by itself; those inside of its includes come on top."""
        return len(self.querying)

    @property
    def passes_everyone(self) -> bool:
        """Whether all of IPv4 or of IPv6 passes by a term of this very record. Earlier exceptions are not set against it."""
        return any(passes_everyone(term) for term in self.tested)

    def place(self, term: Term) -> Route:
        """Where a term of this record stands in the section, () where that is not known."""
        return self.places(self._index(term)) if self.places else ()

    def item(self, term: Term) -> Route | None:
        """The place of the list item that is this term and nothing else, which a fix may change; None where there is none."""
        if not self.places:
            return None
        i = self._index(term)
        place = self.places(i)
        neighbours = [self.places(number) for number in (i - 1, i + 1) if 0 <= number < len(self.terms)]
        return place if len(place) > 1 and place not in neighbours else None

    def _index(self, term: Term) -> int:
        return bisect_left(self.terms, term.start, key=_START)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and (self.text, self.terms) == (other.text, other.terms)

    def __hash__(self) -> int:
        return hash(self.text)


def is_record(text: str) -> bool:
    """Whether a TXT value is an SPF record of version 1 (RFC 7208 section 4.5)."""
    return _VERSION.match(text) is not None


def parse(text: str, places: Callable[[int], Route] | None = None) -> Record | None:
    """Takes a TXT value apart; None where it is no SPF record. Whatever the text holds, no error is raised.

    `places` are those of the record's terms in a section that says it.
    """
    is_usual = text[: len(_USUALLY)] == _USUALLY
    if not is_usual and not is_record(text):
        return None
    terms, gist = usual.read(text, len(_USUALLY), parse_term)
    return Record(text=text, terms=tuple(terms), gist=gist if is_usual else None, places=places)


def parse_term(text: str, start: int = 0) -> AnyTerm:
    """Reads one term that stands at an offset of its record."""
    try:
        return read(text, start)
    except NotATerm as e:
        return Malformed(text=text, start=start, reason=str(e))


def render(terms: Iterable[str]) -> str:
    """Puts a record together from the texts of its terms, as they are. `parse` gives the same terms back."""
    return " ".join((VERSION, *terms))
