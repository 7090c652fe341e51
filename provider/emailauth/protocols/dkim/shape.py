"""The section `dkim` of the file: selectors and their keys, the records they ask for, and which live values are its own."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from emailauth.core.claim import Claim, every_value
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.names import InvalidName, normalise
from emailauth.core.posture import ABSENT, Absent, Domain
from emailauth.core.record import Record as DnsRecord
from emailauth.core.tags import Tag, render
from emailauth.protocols.dkim.keys import PRIVATE_KEY, Fault, NotAKey, PublicKey, is_inline, is_private_pem, looks_bare, read_pem
from emailauth.protocols.dkim.probes import owner
from emailauth.protocols.dkim.record import Record, is_key_record, key_of, parse
from emailauth.protocols.dkim.weakness import weaknesses

REVOKED_KEY: Final = "revoked"
"""What a selector says to publish that its key is no longer good."""
ABSENT_KEY: Final = "absent"
"""What a selector says to have no record at all."""

Flag: TypeAlias = Literal["testing", "no_subdomains"]
Service: TypeAlias = Literal["*", "email", "tlsrpt"]
_KEYS: Final = ("public_key", "record", "cname")
_FLAGS: Final[Mapping[Flag, str]] = {"testing": "y", "no_subdomains": "s"}


class DkimKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key at one selector: exactly one of public_key, record and cname."""

    public_key: Annotated[
        str | UnsetType,
        Meta(
            description="The public key in PEM, RSA or Ed25519: the path of a file, or the text itself.",
            examples=["keys/s1.pem"],
        ),
    ] = UNSET
    record: Annotated[
        str | UnsetType,
        Meta(description="The text of a ready key record, as a provider gave it, without quotes.", examples=["v=DKIM1; k=rsa; p=MIIB..."]),
    ] = UNSET
    cname: Annotated[
        str | UnsetType,
        Meta(description="The name where a provider keeps the key record.", examples=["s1.domainkey.u123.wl.sendgrid.net"]),
    ] = UNSET
    flags: Annotated[
        tuple[Flag, ...] | UnsetType,
        Meta(
            description="t=, with public_key: testing (y) asks verifiers to treat signed mail as if it were not signed; "
            "no_subdomains (s) asks that i= in signatures be of the very domain of d=.",
            examples=[["no_subdomains"]],
        ),
    ] = UNSET
    services: Annotated[
        tuple[Service, ...] | UnsetType,
        Meta(description="s=, with public_key: what the key is for. Default: everything (*).", examples=[["email"]]),
    ] = UNSET


Says: TypeAlias = DkimKey | Literal["revoked", "absent"]
Shape: TypeAlias = dict[
    Annotated[str, Meta(description="A selector: what signatures say as s=.", examples=["s1"])],
    Annotated[
        Says,
        Meta(
            description="The key at the selector; `revoked`: publish that it is no longer good; `absent`: see that there is no record.",
            examples=[{"public_key": "keys/s1.pem"}, {"cname": "s1.domainkey.u123.wl.sendgrid.net"}, "revoked"],
        ),
    ],
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One selector of a domain, with its key record as far as it could be made."""

    name: str
    says: Says
    record: Record | None
    """The record that it publishes; None for a CNAME, for `absent`, and where `public_key` is none."""
    key: PublicKey | NotAKey | None
    """The record's key, or what is in its place; None where there is none (a CNAME, revoked, or no base64)."""
    parts: tuple[str, ...]
    """Those of public_key, record and cname that it says; rules can need them."""

    @property
    def route(self) -> Route:
        """Where its key stands, relative to the section."""
        return (self.name, *self.parts[:1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """The selectors of a domain, by name as written."""

    KEY: ClassVar[str] = "dkim"

    keys: Mapping[str, Says]
    is_partial: bool = False
    """Whether there can be selectors that nobody knows of, as for a domain that no file describes: nothing follows then from what is not here."""

    _made: list[tuple[Mapping[str, bytes | OSError], tuple[Selector, ...]]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    """The selectors that were made last, with the attachments that they were made of: every rule asks for them."""

    def selectors(self, domain: Domain) -> tuple[Selector, ...]:
        """All selectors with their records, in the order of the file."""
        for attachments, known in self._made:
            if attachments is domain.attachments:
                return known
        found = tuple(_selector(name, says, domain) for name, says in self.keys.items())
        self._made[:] = [(domain.attachments, found)]
        return found

    @property
    def has_key(self) -> bool:
        """Whether any selector asks for a key (a CNAME counts: the provider has one), or may."""
        return self.is_partial or any(
            isinstance(says, DkimKey) and not (isinstance(says.record, str) and parse(says.record).is_revoked)
            for says in self.keys.values()
        )

    def records(self, domain: Domain) -> Iterable[DnsRecord]:
        """One TXT or CNAME record for each selector that has one. A key that cannot be read has none: its finding stops the plan."""
        for selector in self.selectors(domain):
            kind, name = f"{self.KEY}/{selector.name}", owner(selector.name, domain.name)
            if (target := _target(selector.says)) is not None:
                yield DnsRecord(name=name, type="CNAME", value=target, domain=domain.name, kind=kind)
            elif (text := _text(selector)) is not None:
                yield DnsRecord(name=name, type="TXT", value=text, domain=domain.name, kind=kind)

    def claims(self, domain: str) -> Iterable[Claim]:
        """Key records at each selector; CNAMEs only where the file wants one or none at all, else one in the way is told."""
        for selector, says in self.keys.items():
            kind, name = f"{self.KEY}/{selector}", owner(selector, domain)
            yield Claim(name=name, type="TXT", domain=domain, kind=kind, recognises=is_key_record)
            if says == ABSENT_KEY or _target(says) is not None:
                yield Claim(name=name, type="CNAME", domain=domain, kind=kind, recognises=every_value)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """None."""
        return ()

    def paths(self) -> Iterable[tuple[Route, str]]:
        """The PEM files."""
        for selector, says in self.keys.items():
            if isinstance(says, DkimKey) and (path := says.public_key) and not is_inline(path):
                yield (selector, "public_key"), path

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """Each selector, the record that it publishes, its key with the weaknesses of that, or what is none where one should be."""
        for selector in self.selectors(domain):
            yield selector, (selector.name,)
            if selector.record is not None:
                yield selector.record, selector.route
            if isinstance(selector.key, PublicKey):
                yield selector.key, selector.route
                for weakness in weaknesses(selector.key):
                    yield weakness, selector.route
            elif isinstance(selector.key, NotAKey) and (
                selector.key.fault is Fault.PRIVATE or not (selector.record and selector.record.problems)
            ):
                yield selector.key, selector.route  # what follows from a record's broken syntax is not told twice

    def mail_hosts(self) -> tuple[str, ...] | None:
        """Says nothing of hosts."""
        return None


def publishing(key: PublicKey) -> Record:
    """The record that publishes a key, and says nothing more."""
    return _made(DkimKey(), key)


def section(shape: Mapping[str, Says]) -> Dkim:
    """The section of a decoded mapping."""
    return Dkim(keys=MappingProxyType(dict(shape)))


def absent_claims(domain: str) -> Iterable[Claim]:
    """Every key record and every CNAME below `_domainkey`: nothing but keys is ever there (RFC 6376 section 3.6.2.1)."""
    name = f"_domainkey.{domain}"
    yield Claim(name=name, type="TXT", domain=domain, kind=Dkim.KEY, recognises=is_key_record, below=True)
    yield Claim(name=name, type="CNAME", domain=domain, kind=Dkim.KEY, recognises=every_value, below=True)


def absent_urls(domain: str) -> Mapping[str, str]:  # noqa: ARG001 - a protocol module's contract
    """DKIM has no hosted files."""
    return {}


def _target(says: Says) -> str | None:
    """The target of the CNAME in the form of `core.record`, None where none is wanted. Of several settings the first counts."""
    if not isinstance(says, DkimKey) or says.public_key is not UNSET or says.record is not UNSET or says.cname is UNSET:
        return None
    try:
        return f"{normalise(says.cname)}."
    except InvalidName:
        return says.cname


def _text(selector: Selector) -> str | None:
    """The TXT value: a ready record goes out as it was written, a private key never does."""
    if selector.record is None or (isinstance(selector.key, NotAKey) and selector.key.fault is Fault.PRIVATE):
        return None
    ready = _ready(selector.says)
    return render(selector.record) if ready is None else ready


def _ready(says: Says) -> str | None:
    """The text of a ready record; line ends of the YAML are white space. None where the selector has none, or a key besides."""
    if not isinstance(says, DkimKey) or says.public_key is not UNSET or says.record is UNSET:
        return None
    return " ".join(line.strip() for line in says.record.strip().splitlines())


def _selector(name: str, says: Says, domain: Domain) -> Selector:
    record, key = _record(says, domain)
    parts = tuple(setting for setting in _KEYS if getattr(says, setting) is not UNSET) if isinstance(says, DkimKey) else ()
    return Selector(name=name, says=says, record=record, key=key, parts=parts)


def _record(says: Says, domain: Domain) -> tuple[Record | None, PublicKey | NotAKey | None]:
    if says == REVOKED_KEY:
        return Record(tags=(Tag(name="v", value="DKIM1"), Tag(name="p", value=""))), None
    if (text := _ready(says)) is not None:
        record = parse(text)
        return record, PRIVATE_KEY if is_private_pem(text) else key_of(record)
    key = _key(says, domain)
    return (_made(says, key) if isinstance(says, DkimKey) and isinstance(key, PublicKey) else None), key


@lru_cache(maxsize=4096)
def _made(says: DkimKey, key: PublicKey) -> Record:
    return Record(tags=tuple(Tag(name=tag, value=value) for tag, value in _tags(says, key)))


def _tags(says: DkimKey, key: PublicKey) -> Iterator[tuple[str, str]]:
    yield "v", "DKIM1"
    yield "k", key.type
    if says.flags:
        yield "t", ":".join(_FLAGS[flag] for flag in says.flags)
    if says.services:
        yield "s", ":".join(says.services)
    yield "p", base64.b64encode(key.octets).decode("ascii")


def _key(says: Says, domain: Domain) -> PublicKey | NotAKey | None:
    """The key of `public_key`, or what is in its place; None where the selector does not say `public_key`."""
    if not isinstance(says, DkimKey) or says.public_key is UNSET:
        return None
    if is_inline(says.public_key):
        return read_pem(says.public_key.encode())
    content = domain.attachments.get(says.public_key)
    if isinstance(content, bytes):
        return read_pem(content)
    if looks_bare(says.public_key):
        return NotAKey(fault=Fault.UNREADABLE, message="neither a key in PEM, which begins with -----BEGIN, nor the path of a file")
    reason = content.strerror if isinstance(content, OSError) and content.strerror else "it is not there"
    return NotAKey(fault=Fault.UNREADABLE, message=f"{says.public_key!r}, which cannot be read: {reason}")


PARKED: Final[Absent] = ABSENT
"""Nothing is signed in the name of a parked domain."""

INSTEAD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "p": "public_key: the PEM text or the path of its file",
        "k": "nothing: public_key tells its own type",
        "t": "flags: [testing] or [no_subdomains]",
        "s": "services: [email]",
        "v": "nothing: version DKIM1 is the only one",
        "h": "record, with the whole text of the record",
        "n": "record, with the whole text of the record; or a comment in this file",
        "g": "nothing: RFC 6376 removed g",
        "key": "public_key",
        "file": "public_key: PATH",
        "path": "public_key: PATH",
        "private_key": "public_key: the private key stays with the signer and never enters this file",
        "txt": "record",
        "text": "record",
        "value": "record, or cname for a name",
        "target": "cname",
    }
)
