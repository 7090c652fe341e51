"""The terms of an SPF record as values (RFC 7208 sections 4.6.1, 5 and 6)."""

import ipaddress
from enum import Enum
from typing import ClassVar, Final, TypeAlias

import msgspec

from emailauth.protocols.spf.domain_spec import DomainSpec

Span: TypeAlias = tuple[int, int]
"""Offsets in the text of a record, in characters from 0; the end is exclusive."""


class Qualifier(Enum):
    """What a directive that matches gives as the result (RFC 7208 section 4.6.2)."""

    PASS = "+"
    FAIL = "-"
    SOFTFAIL = "~"
    NEUTRAL = "?"


_PASS: Final = Qualifier.PASS


class Term(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all terms have. Two terms are equal where their texts are, wherever they stand.

    Terms are structs because msgspec makes one in a tenth of the time that a frozen dataclass takes; records are made of terms.
    """

    text: str
    """As written; never holds a space."""
    start: int = 0
    """Offset of the term in the text of its record; does not count when terms are compared."""
    queries_dns: ClassVar[bool] = False
    """Whether it counts towards the limit of DNS look-ups (RFC 7208 section 4.6.4)."""
    kind: ClassVar[str]
    """What it is, in a word."""

    @property
    def span(self) -> Span:
        """Where it stands in the text of its record."""
        return self.start, self.start + len(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and type(self) is type(other) and _but_start(self) == _but_start(other)

    def __hash__(self) -> int:
        return hash(self.text)


def _but_start(term: Term) -> list[object]:
    return [getattr(term, name) for name in term.__struct_fields__ if name != "start"]


class Directive(Term, frozen=True, kw_only=True, gc=False):
    """A mechanism with its qualifier."""

    qualifier: Qualifier

    @property
    def passes(self) -> bool:
        """Whether a match lets the mail pass."""
        return self.qualifier is _PASS


class All(Directive, frozen=True, kw_only=True, gc=False):
    """Matches always (section 5.1)."""

    kind: ClassVar[str] = "all"


class Include(Directive, frozen=True, kw_only=True, gc=False):
    """Matches where the other domain's record passes (section 5.2)."""

    kind: ClassVar[str] = "include"
    queries_dns: ClassVar[bool] = True
    domain: DomainSpec


class A(Directive, frozen=True, kw_only=True, gc=False):
    """Matches the addresses of a name (section 5.3)."""

    kind: ClassVar[str] = "a"
    queries_dns: ClassVar[bool] = True
    domain: DomainSpec | None = None
    """None: the domain whose record it is."""
    ip4_length: int = 32
    ip6_length: int = 128


class Mx(Directive, frozen=True, kw_only=True, gc=False):
    """Matches the addresses of a domain's MX hosts (section 5.4)."""

    kind: ClassVar[str] = "mx"
    queries_dns: ClassVar[bool] = True
    domain: DomainSpec | None = None
    """None: the domain whose record it is."""
    ip4_length: int = 32
    ip6_length: int = 128


class Ptr(Directive, frozen=True, kw_only=True, gc=False):
    """Matches by the reverse mapping of the client's address (section 5.5)."""

    kind: ClassVar[str] = "ptr"
    queries_dns: ClassVar[bool] = True
    domain: DomainSpec | None = None
    """None: the domain whose record it is."""


class Network(Directive, frozen=True, kw_only=True, gc=False):
    """Matches a range of addresses (section 5.6)."""

    kind: ClassVar[str] = "network"
    bits: ClassVar[int]
    """Length of an address."""
    address: int
    """As written, so it can have bits set that the length leaves out."""
    length: int
    """The CIDR prefix length."""

    @property
    def first(self) -> int:
        """The first address of the range."""
        shift = self.bits - self.length
        return self.address >> shift << shift

    @property
    def last(self) -> int:
        """The last address of the range."""
        return self.first + (1 << (self.bits - self.length)) - 1


class Ip4(Network, frozen=True, kw_only=True, gc=False):
    """Matches IPv4 addresses."""

    bits: ClassVar[int] = 32


class Ip6(Network, frozen=True, kw_only=True, gc=False):
    """Matches IPv6 addresses."""

    bits: ClassVar[int] = 128


class Exists(Directive, frozen=True, kw_only=True, gc=False):
    """Matches where a name made from the message has an A record (section 5.7)."""

    kind: ClassVar[str] = "exists"
    queries_dns: ClassVar[bool] = True
    domain: DomainSpec


class Redirect(Term, frozen=True, kw_only=True, gc=False):
    """The record that decides where no mechanism matches (section 6.1)."""

    kind: ClassVar[str] = "redirect"
    queries_dns: ClassVar[bool] = True
    domain: DomainSpec


class Explanation(Term, frozen=True, kw_only=True, gc=False):
    """`exp=`: where the text is that receivers show on fail (section 6.2)."""

    kind: ClassVar[str] = "explanation"
    domain: DomainSpec


class UnknownModifier(Term, frozen=True, kw_only=True, gc=False):
    """A modifier that receivers ignore (section 6)."""

    kind: ClassVar[str] = "unknown modifier"
    name: str
    value: str


WellFormed: TypeAlias = All | Include | A | Mx | Ptr | Ip4 | Ip6 | Exists | Redirect | Explanation | UnknownModifier
"""A term that the grammar allows."""
WithDomain: TypeAlias = Include | A | Mx | Ptr | Exists | Redirect | Explanation
"""A term that names a domain; A, Mx and Ptr can leave it out."""
_HOSTS: Final = (A, Mx)


def domain_spec_of(term: Term) -> DomainSpec | None:
    """The domain-spec that a term names, if it names one."""
    domain: DomainSpec | None = getattr(term, "domain", None)  # to look for the types that have one takes ten times as long
    return domain


def condition(term: Directive) -> tuple[object, ...]:
    """What a directive tests: equal for two that match the same clients, however they are spelt and qualified."""
    if isinstance(term, Network):
        return type(term), term.first, term.length
    domain: DomainSpec | None = getattr(term, "domain", None)
    name = domain.folded if domain else None
    if isinstance(term, _HOSTS):
        return type(term), name, term.ip4_length, term.ip6_length
    return type(term), name


def prefixes(term: Term) -> tuple[tuple[int, int], ...]:
    """The bits of an address and the prefix length of each range that a term has."""
    if isinstance(term, Network):
        return ((term.bits, term.length),)
    return ((Ip4.bits, term.ip4_length), (Ip6.bits, term.ip6_length)) if isinstance(term, _HOSTS) else ()


def passes_everyone(term: Term) -> bool:
    """Whether a term lets all of IPv4 or all of IPv6 pass."""
    if isinstance(term, Network):
        return term.length == 0 and term.passes
    if isinstance(term, _HOSTS):
        return (term.ip4_length == 0 or term.ip6_length == 0) and term.passes
    return isinstance(term, All) and term.passes


def network_text(kind: type[Network], first: int, length: int) -> str:
    """An address range as it is written after `ip4:` and `ip6:`; a single address without its length."""
    address = ".".join([str(octet) for octet in first.to_bytes(4, "big")]) if kind is Ip4 else str(ipaddress.IPv6Address(first))
    return address if length == kind.bits else f"{address}/{length}"
