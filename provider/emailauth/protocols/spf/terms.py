"""The terms of an SPF record as values (RFC 7208 sections 4.6.1, 5 and 6)."""

import ipaddress
from enum import Enum
from typing import ClassVar, TypeAlias

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
        return self.qualifier is Qualifier.PASS


class All(Directive, frozen=True, kw_only=True, gc=False):
    """Matches always (section 5.1)."""


class Include(Directive, frozen=True, kw_only=True, gc=False):
    """Matches where the other domain's record passes (section 5.2)."""

    queries_dns: ClassVar[bool] = True
    domain: DomainSpec


class A(Directive, frozen=True, kw_only=True, gc=False):
    """Matches the addresses of a name (section 5.3)."""

    queries_dns: ClassVar[bool] = True
    domain: DomainSpec | None
    """None: the domain whose record it is."""
    ip4_length: int = 32
    ip6_length: int = 128


class Mx(Directive, frozen=True, kw_only=True, gc=False):
    """Matches the addresses of a domain's MX hosts (section 5.4)."""

    queries_dns: ClassVar[bool] = True
    domain: DomainSpec | None
    """None: the domain whose record it is."""
    ip4_length: int = 32
    ip6_length: int = 128


class Ptr(Directive, frozen=True, kw_only=True, gc=False):
    """Matches by the reverse mapping of the client's address (section 5.5)."""

    queries_dns: ClassVar[bool] = True
    domain: DomainSpec | None
    """None: the domain whose record it is."""


class Network(Directive, frozen=True, kw_only=True, gc=False):
    """Matches a range of addresses (section 5.6)."""

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

    queries_dns: ClassVar[bool] = True
    domain: DomainSpec


class Redirect(Term, frozen=True, kw_only=True, gc=False):
    """The record that decides where no mechanism matches (section 6.1)."""

    queries_dns: ClassVar[bool] = True
    domain: DomainSpec


class Explanation(Term, frozen=True, kw_only=True, gc=False):
    """`exp=`: where the text is that receivers show on fail (section 6.2)."""

    domain: DomainSpec


class UnknownModifier(Term, frozen=True, kw_only=True, gc=False):
    """A modifier that receivers ignore (section 6)."""

    name: str
    value: str


WellFormed: TypeAlias = All | Include | A | Mx | Ptr | Ip4 | Ip6 | Exists | Redirect | Explanation | UnknownModifier
"""A term that the grammar allows."""


def domain_spec_of(term: Term) -> DomainSpec | None:
    """The domain-spec that a term names, if it names one."""
    return term.domain if isinstance(term, Include | A | Mx | Ptr | Exists | Redirect | Explanation) else None


def condition(term: Directive) -> tuple[object, ...]:
    """What a directive tests: equal for two that match the same clients, however they are spelt and qualified."""
    domain = domain_spec_of(term)
    name = domain.folded if domain else None
    if isinstance(term, Network):
        return type(term), term.first, term.length
    if isinstance(term, A | Mx):
        return type(term), name, term.ip4_length, term.ip6_length
    return type(term), name


def passes_everyone(term: Term) -> bool:
    """Whether a term lets all of IPv4 or all of IPv6 pass."""
    if not isinstance(term, Directive) or not term.passes:
        return False
    if isinstance(term, Network):
        return term.length == 0
    if isinstance(term, A | Mx):
        return 0 in {term.ip4_length, term.ip6_length}
    return isinstance(term, All)


def network_text(kind: type[Network], first: int, length: int) -> str:
    """An address range as it is written after `ip4:` and `ip6:`; a single address without its length."""
    address = ipaddress.IPv4Address(first) if kind is Ip4 else ipaddress.IPv6Address(first)
    return str(address) if length == kind.bits else f"{address}/{length}"
