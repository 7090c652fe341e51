"""MX: which hosts receive a domain's mail (RFC 5321 section 5), and the null MX (RFC 7505)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from msgspec import Meta, Struct

from emailauth.core.claim import Claim, every_value
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.names import InvalidName, normalise
from emailauth.core.posture import Domain
from emailauth.core.record import Record, Stage
from emailauth.core.transition import Danger, Transition


class MailHost(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One MX record."""

    preference: Annotated[
        int,
        Meta(ge=0, le=65535, description="Senders try the hosts with the lowest preference first (RFC 1035 section 3.3.9).", examples=[10]),
    ]
    host: Annotated[
        str,
        Meta(min_length=1, description="The host's full name, not an address and not an alias.", examples=["mx1.example.com"]),
    ]

    @property
    def name(self) -> str:
        """The host's normalised name; what cannot be normalised stays as near to the written text as can be."""
        try:
            return normalise(self.host)
        except InvalidName:
            return self.host.lower().removesuffix(".")

    @property
    def value(self) -> str:
        """The record's value in canonical presentation form."""
        return f"{self.preference} {self.name}."


NullMx: TypeAlias = Literal["null_mx"]

Shape: TypeAlias = (
    Annotated[
        tuple[MailHost, ...],
        Meta(
            min_length=1,
            description="The hosts that receive the domain's mail.",
            examples=[[{"preference": 10, "host": "mx1.example.com"}, {"preference": 20, "host": "mx2.example.com"}]],
        ),
    ]
    | Annotated[NullMx, Meta(description="The domain receives no mail at all (RFC 7505).", examples=["null_mx"])]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mx:
    """The MX records of a domain: all of them, so what is live beside them goes."""

    KEY: ClassVar[str] = "mx"

    hosts: tuple[MailHost, ...]
    """As written; empty for a null MX."""

    @property
    def is_null(self) -> bool:
        """Whether the domain says that it receives no mail."""
        return not self.hosts

    def records(self, domain: Domain) -> Iterable[Record]:
        """One record a host, or the null MX (RFC 7505 section 3)."""
        for value in [host.value for host in self.hosts] or [_NULL_MX]:
            yield Record(
                name=domain.name, type="MX", value=value, domain=domain.name, kind=self.KEY, stage=Stage.MAIL_ROUTES, ttl=domain.ttl
            )

    def claims(self, domain: str) -> Iterable[Claim]:
        """The whole set."""
        return absent_claims(domain)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """None."""
        return ()

    def paths(self) -> Iterable[tuple[Route, str]]:
        """None."""
        return ()

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """Each host."""
        return ((host, (i,)) for i, host in enumerate(self.hosts))

    def mail_hosts(self) -> tuple[str, ...] | None:
        """The names of the hosts, each once, in the order of the file; () for a null MX."""
        return tuple(dict.fromkeys(host.name for host in self.hosts))


_NULL_MX: Final = "0 ."

RECOGNISES: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType({"MX": every_value})

PARKED: Final = Mx(hosts=())

INSTEAD: Final[Mapping[str, str]] = {
    "exchange": "host",
    "name": "host",
    "priority": "preference",
    "server": "host",
    "target": "host",
    "value": "preference and host",
}

DANGERS: Final[Mapping[str, str]] = {
    "null-mx": "a null MX in place of hosts that receive mail now",
    "remove-mx": "that hosts which receive a domain's mail now do so no longer",
}


def section(shape: Shape) -> Mx:
    """The hosts, none for `null_mx`."""
    return Mx(hosts=() if isinstance(shape, str) else shape)


def absent_claims(domain: str) -> Iterable[Claim]:
    """The whole MX set of the domain."""
    yield Claim(name=domain, type="MX", domain=domain, kind=Mx.KEY, recognises=every_value, stage=Stage.MAIL_ROUTES)


def absent_urls(domain: str) -> Mapping[str, str]:
    """No file belongs to this protocol."""
    del domain
    return {}


def dangers(transition: Transition) -> Iterable[Danger]:
    """A host that receives mail now will not. Senders use the set they know until its TTL is over."""
    after = transition.after.get(Mx.KEY, ())
    gone = sorted(set(_hosts(transition.before.get(Mx.KEY, ()))) - set(_hosts(after)))
    if not gone:
        return
    if _NULL_MX in after:
        message = f"{transition.domain} will say that it receives no mail, which now goes to {', '.join(gone)}"
        yield Danger(name="null-mx", message=message, domain=transition.domain)
    else:
        message = f"mail for {transition.domain} will no longer go to {', '.join(gone)}"
        yield Danger(name="remove-mx", message=message, domain=transition.domain)


def _hosts(values: Iterable[str]) -> Iterator[str]:
    """The hosts of MX values, in lower case; a null MX has none."""
    for value in values:
        host = value.lower().rpartition(" ")[2].removesuffix(".")
        if host:
            yield host
