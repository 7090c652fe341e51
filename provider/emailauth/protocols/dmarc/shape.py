"""The section `dmarc` of the file: its settings, the record it asks for, and which live values are its own."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from emailauth.core.claim import Claim
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.posture import Domain
from emailauth.core.record import Record as DnsRecord
from emailauth.core.remembered import remembered
from emailauth.core.tags import Tag, render
from emailauth.protocols.dmarc.parts import parts
from emailauth.protocols.dmarc.policy import Applied, Policy, effective
from emailauth.protocols.dmarc.record import Record, is_dmarc
from emailauth.protocols.dmarc.reports import destination, plain_destination

Alignment: TypeAlias = Literal["relaxed", "strict"]
FailureOption: TypeAlias = Literal["0", "1", "d", "s", 0, 1]
"""As `fo` writes them; unquoted digits are numbers in YAML."""


class Dmarc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The DMARC policy record at _dmarc.<domain> (RFC 9989 section 4.7). A setting that is not said has the standard's default."""

    KEY: ClassVar[str] = "dmarc"

    policy: Annotated[
        Policy,
        Meta(
            description="p: what receivers shall do with mail from this domain that fails DMARC.",
            examples=["none", "quarantine", "reject"],
        ),
    ]
    subdomain_policy: Annotated[
        Policy | UnsetType,
        Meta(
            description="sp: the same for existing domains below this one that have no record of their own. Default: policy.",
            examples=["reject"],
        ),
    ] = UNSET
    nonexistent_subdomain_policy: Annotated[
        Policy | UnsetType,
        Meta(
            description="np: the same for domains below this one that do not exist. Default: subdomain_policy, else policy.",
            examples=["reject"],
        ),
    ] = UNSET
    testing: Annotated[
        bool | UnsetType,
        Meta(
            description="t: asks receivers to apply each policy one level lower (reject as quarantine, quarantine as none). Default: false.",
            examples=[True],
        ),
    ] = UNSET
    dkim_alignment: Annotated[
        Alignment | UnsetType,
        Meta(
            description="adkim: whether the d= of a DKIM signature may be of the same Organizational Domain (relaxed, the default) "
            "or must be the very domain of the From header (strict).",
            examples=["strict"],
        ),
    ] = UNSET
    spf_alignment: Annotated[
        Alignment | UnsetType,
        Meta(
            description="aspf: whether the MAIL FROM domain may be of the same Organizational Domain (relaxed, the default) "
            "or must be the very domain of the From header (strict).",
            examples=["strict"],
        ),
    ] = UNSET
    aggregate_reports: Annotated[
        tuple[str, ...] | UnsetType,
        Meta(description="rua: the URIs that daily aggregate reports shall be sent to.", examples=[["mailto:dmarc@example.com"]]),
    ] = UNSET
    failure_reports: Annotated[
        tuple[str, ...] | UnsetType,
        Meta(
            description="ruf: the URIs that reports about single messages shall be sent to; few receivers send any.",
            examples=[["mailto:dmarc-failures@example.com"]],
        ),
    ] = UNSET
    failure_options: Annotated[
        tuple[FailureOption, ...] | UnsetType,
        Meta(
            description="fo: when to send a failure report: 0 if everything failed (default), 1 if anything failed, "
            "d if a DKIM signature failed, s if SPF failed. Not 0 together with 1.",
            examples=[["1", "d", "s"]],
        ),
    ] = UNSET
    public_suffix_domain: Annotated[
        bool | UnsetType,
        Meta(
            description="psd: true for a domain below which others register theirs (like co.uk), false for an Organizational Domain "
            "below another one's record. Not said: receivers find out by their walk up the tree.",
            examples=[False],
        ),
    ] = UNSET

    @remembered
    def parts(self) -> frozenset[str]:
        """What rules can need (see `parts.parts`)."""
        return parts(self)

    def host(self, uri: str) -> str | None:
        """The host that one of the URIs of its reports leads to (see `reports.destination`)."""
        return destination(uri) if "odd report" in self.parts else plain_destination(uri)

    @property
    def uris(self) -> tuple[str, ...]:
        """Those of its reports of all kinds."""
        return (self.aggregate_reports or ()) + (self.failure_reports or ())

    @remembered
    def requested(self) -> Applied:
        """The policies as they are written, whether or not they are tested."""
        return effective(self.policy, subdomain=self.subdomain_policy or None, nonexistent=self.nonexistent_subdomain_policy or None)

    @remembered
    def applied(self) -> Applied:
        """The policies that receivers apply because of this section."""
        said = self.requested
        return effective(said.policy, subdomain=said.subdomain, nonexistent=said.nonexistent, testing=self.testing is True)

    @property
    def record(self) -> Record:
        """The record with the tags that the file says; p directly after v, where receivers of RFC 7489 look for it."""
        return Record.of((Tag(name="v", value="DMARC1"), *(Tag(name=name, value=value) for name, value in self._tags())))

    @property
    def options(self) -> tuple[str, ...]:
        """`failure_options` as text."""
        return tuple([str(option) for option in self.failure_options]) if self.failure_options else ()

    def _tags(self) -> Iterator[tuple[str, str]]:
        yield "p", self.policy
        if self.subdomain_policy:
            yield "sp", self.subdomain_policy
        if self.nonexistent_subdomain_policy:
            yield "np", self.nonexistent_subdomain_policy
        if self.testing is not UNSET:
            yield "t", "y" if self.testing else "n"
        if self.public_suffix_domain is not UNSET:
            yield "psd", "y" if self.public_suffix_domain else "n"
        if self.dkim_alignment:
            yield "adkim", self.dkim_alignment[0]
        if self.spf_alignment:
            yield "aspf", self.spf_alignment[0]
        if self.aggregate_reports:
            yield "rua", ",".join(self.aggregate_reports)
        if self.failure_reports:
            yield "ruf", ",".join(self.failure_reports)
        if self.options:
            yield "fo", ":".join(self.options)

    def records(self, domain: Domain) -> Iterable[DnsRecord]:
        """The one TXT record."""
        yield DnsRecord(name=_owner(domain.name), type="TXT", value=render(self.record), domain=domain.name, kind=self.KEY)

    def claims(self, domain: str) -> Iterable[Claim]:
        """Every DMARC record at the owner name: several count as none for receivers (RFC 9989 section 4.10)."""
        return absent_claims(domain)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """None."""
        return ()

    def paths(self) -> Iterable[tuple[Route, str]]:
        """None."""
        return ()

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """Nothing but the section itself: each tag is a setting of it."""
        return ()

    def mail_hosts(self) -> tuple[str, ...] | None:
        """Says nothing of hosts."""
        return None


def section(shape: Dmarc) -> Dmarc:
    """The struct is the section."""
    return shape


def absent_claims(domain: str) -> Iterable[Claim]:
    """The DMARC records of the domain."""
    yield Claim(name=_owner(domain), type="TXT", domain=domain, kind=Dmarc.KEY, recognises=is_dmarc)


def absent_urls(domain: str) -> Mapping[str, str]:  # noqa: ARG001 - a protocol module's contract
    """DMARC has no hosted files."""
    return {}


def _owner(domain: str) -> str:
    """Where receivers look (RFC 9989 section 4.5)."""
    return f"_dmarc.{domain}"


PARKED: Final = Dmarc(policy="reject", dkim_alignment="strict", spf_alignment="strict")
"""Nothing is sent from the domain and, by inheritance, from none below it (M3AAWG, parked domains)."""

BELOW: Final = ("subdomain_policy", "nonexistent_subdomain_policy")
"""The settings that only concern names below."""

INSTEAD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "v": "nothing: version DMARC1 is the only one",
        "p": "policy",
        "sp": "subdomain_policy",
        "np": "nonexistent_subdomain_policy",
        "t": "testing: true",
        "adkim": "dkim_alignment: relaxed or strict",
        "aspf": "spf_alignment: relaxed or strict",
        "rua": 'aggregate_reports: ["mailto:..."]',
        "ruf": 'failure_reports: ["mailto:..."]',
        "fo": 'failure_options: ["1", "d", "s"]',
        "psd": "public_suffix_domain: true or false",
        "pct": "nothing, or testing: true in place of a low percentage: RFC 9989 removed pct (appendix A.6)",
        "rf": "nothing: RFC 9989 removed rf, there is only one format of failure reports",
        "ri": "nothing: RFC 9989 removed ri, aggregate reports come once a day",
        "alignment": "dkim_alignment and spf_alignment",
        "reports": "aggregate_reports or failure_reports",
    }
)
