"""SPF: which hosts may use a domain as the sender of mail (RFC 7208).

`record.Record` and the terms are what rules judge; `Spf` is the section of the file.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from emailauth.core.claim import Claim
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.posture import Domain
from emailauth.core.record import Record as DnsRecord
from emailauth.core.remembered import remembered
from emailauth.core.transition import Danger, Transition
from emailauth.protocols.spf.domain_spec import DomainSpec, Macro
from emailauth.protocols.spf.malformed import AnyTerm, Malformed
from emailauth.protocols.spf.parts import WIDEST
from emailauth.protocols.spf.ranges import special_use
from emailauth.protocols.spf.record import MAX_LOOKUPS, VERSION, Record, is_record, parse, parse_term, render
from emailauth.protocols.spf.terms import (
    A,
    All,
    Directive,
    Exists,
    Explanation,
    Include,
    Ip4,
    Ip6,
    Mx,
    Network,
    Ptr,
    Qualifier,
    Redirect,
    Span,
    Term,
    UnknownModifier,
    WithDomain,
    condition,
    domain_spec_of,
    network_text,
    passes_everyone,
    prefixes,
)

__all__ = [
    "DANGERS",
    "INSTEAD",
    "MAX_LOOKUPS",
    "PARKED",
    "RECOGNISES",
    "VERSION",
    "WIDEST",
    "A",
    "All",
    "AnyTerm",
    "Directive",
    "DomainSpec",
    "Exists",
    "Explanation",
    "Include",
    "Ip4",
    "Ip6",
    "Macro",
    "Malformed",
    "Mx",
    "Network",
    "Ptr",
    "Qualifier",
    "Record",
    "Redirect",
    "Shape",
    "Span",
    "Spf",
    "Term",
    "UnknownModifier",
    "WithDomain",
    "absent_claims",
    "absent_urls",
    "condition",
    "dangers",
    "domain_spec_of",
    "in_allow",
    "is_record",
    "network_text",
    "of_record",
    "parse",
    "parse_term",
    "passes_everyone",
    "prefixes",
    "render",
    "section",
    "special_use",
]

_Term = Annotated[str, Meta(min_length=1, examples=["mx", "ip4:192.0.2.0/24", "include:_spf.example.net"])]
_ALL: Final = {"fail": "-all", "softfail": "~all", "neutral": "?all"}


class Spf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Which hosts may use the domain as the sender of mail (RFC 7208)."""

    KEY: ClassVar[str] = "spf"

    allow: Annotated[
        tuple[_Term, ...],
        Meta(
            description="The terms of the record in the order in which receivers test them, one an item, as RFC 7208 section 5 writes them. "
            "A term lets mail pass; one that begins with -, ~ or ? gives fail, softfail or neutral instead.",
            examples=[["mx", "ip4:192.0.2.0/24", "include:_spf.example.net"]],
        ),
    ] = ()
    otherwise: (
        Annotated[
            Literal["fail", "softfail", "neutral"],
            Meta(
                description="The result for all other hosts: fail is `-all`, softfail is `~all`, neutral is `?all`.", examples=["softfail"]
            ),
        ]
        | UnsetType
    ) = UNSET
    redirect: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="The domain whose record decides for all other hosts; not together with `otherwise`.",
                examples=["_spf.example.com"],
            ),
        ]
        | UnsetType
    ) = UNSET
    explanation: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="`exp=`: the name whose TXT record holds what receivers may tell a sender that fails.",
                examples=["explain._spf.example.com"],
            ),
        ]
        | UnsetType
    ) = UNSET

    @remembered
    def parts(self) -> tuple[str, ...]:
        """For rules: "spaces" where an item of `allow` holds one."""
        return ("spaces",) if " " in "".join(self.allow) else ()

    @remembered
    def record(self) -> Record:
        """The record that it asks for, each term with its place in the section."""
        pieces = tuple(self._pieces())
        text = render(piece for piece, _ in pieces)
        parsed = parse(text) or Record(text=text, terms=())
        return Record(text=text, terms=parsed.terms, gist=parsed.gist, places=tuple(_places(parsed.terms, pieces)).__getitem__)

    def records(self, domain: Domain) -> Iterable[DnsRecord]:
        """One TXT record at the domain's own name (RFC 7208 section 3)."""
        yield DnsRecord(name=domain.name, type="TXT", value=self.record.text, domain=domain.name, kind=self.KEY, ttl=domain.ttl)

    def claims(self, domain: str) -> Iterable[Claim]:
        """The SPF records among the TXT values of the domain."""
        return absent_claims(domain)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """None."""
        return ()

    def paths(self) -> Iterable[tuple[Route, str]]:
        """None."""
        return ()

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """The record. Its terms are judged with it: there are many of them, and what is to be said of one mostly depends on others."""
        return ((self.record, ()),)

    def mail_hosts(self) -> tuple[str, ...] | None:
        """None: SPF does not know them."""
        return None

    def _pieces(self) -> Iterator[tuple[str, Route]]:
        """What the record is put together from; `redirect` comes last (RFC 7208 section 6.1)."""
        for i, term in enumerate(self.allow):
            yield term, ("allow", i)
        if self.otherwise is not UNSET:
            yield _ALL[self.otherwise], ("otherwise",)
        if self.explanation is not UNSET:
            yield f"exp={self.explanation}", ("explanation",)
        if self.redirect is not UNSET:
            yield f"redirect={self.redirect}", ("redirect",)


Shape: Any = Spf

RECOGNISES: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType({"TXT": is_record})

PARKED: Final = Spf(otherwise="fail")

INSTEAD: Final[Mapping[str, str]] = {
    "all": "otherwise: fail for -all, softfail for ~all, neutral for ?all",
    "default": "otherwise",
    "exp": "explanation",
    "include": "include:DOMAIN as an item of allow",
    "includes": "include:DOMAIN for each, as items of allow",
    "ip4": "ip4:NETWORK as an item of allow",
    "ip6": "ip6:NETWORK as an item of allow",
    "mechanisms": "allow",
    "record": "allow, with each term as an item, and otherwise",
    "terms": "allow",
}

DANGERS: Final[Mapping[str, str]] = {
    "allow-everyone": "an SPF record that lets mail from every host pass",
    "remove-spf": "the removal of a domain's SPF record",
}


def section(shape: Spf) -> Spf:
    """The shape is the section."""
    return shape


def in_allow(number: int) -> Route:
    """The place of a term in the section that `of_record` makes."""
    return "allow", number


def of_record(record: Record) -> Spf:
    """The section that says a record whose places are `in_allow`: each term is an item of `allow`, so that every one keeps its place."""
    texts = record.gist.texts if record.gist is not None else [term.text for term in record.terms]
    said = Spf(allow=tuple(texts))
    if record.gist is not None or record.text == render(texts):
        # The section's own record is the same: it is not taken apart again, which would be a third of the time of all rules.
        made = said.__dict__
        made["record"] = record
        made["parts"] = ()  # no term holds a space
    return said


def absent_claims(domain: str) -> Iterable[Claim]:
    """The SPF records among the TXT values of the domain."""
    yield Claim(name=domain, type="TXT", domain=domain, kind=Spf.KEY, recognises=is_record)


def absent_urls(domain: str) -> Mapping[str, str]:
    """No file belongs to this protocol."""
    del domain
    return {}


def dangers(transition: Transition) -> Iterable[Danger]:
    """The record goes, or begins to let everyone pass."""
    before = transition.before.get(Spf.KEY, ())
    after = transition.after.get(Spf.KEY, ())
    if before and not after:
        yield Danger(
            name="remove-spf",
            message=f"{transition.domain} will have no SPF record: receivers no longer tell its own mail from forged mail by SPF",
            domain=transition.domain,
        )
    if _pass_everyone(after) and not _pass_everyone(before):
        yield Danger(
            name="allow-everyone",
            message=f"the SPF record of {transition.domain} will let mail from every host pass, forged mail included",
            domain=transition.domain,
        )


def _pass_everyone(values: Iterable[str]) -> bool:
    return any(record.passes_everyone for value in values if (record := parse(value)))


def _places(terms: Iterable[AnyTerm], pieces: Iterable[tuple[str, Route]]) -> Iterator[Route]:
    """The place of each term; an item of the file that holds spaces is the place of several."""
    starts: list[int] = []
    routes: list[Route] = []
    end = len(VERSION)
    for text, route in pieces:
        starts.append(end + 1)
        routes.append(route)
        end += 1 + len(text)
    for term in terms:
        yield routes[bisect_right(starts, term.start) - 1]
