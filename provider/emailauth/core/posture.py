"""The posture: what a file says, typed. One `Domain` each, made of protocol sections.

The sections themselves belong to `protocols`; here is only what all of them have in common.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Final, Protocol, TypeVar, runtime_checkable

from emailauth.core.claim import Claim
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.record import Record


class Absent(Enum):
    """The one value of a section that says `absent`: see that there is none."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@runtime_checkable
class Section(Protocol):
    """One protocol's section of one domain, checked for shape but not yet judged.

    A section can hold texts that its standard forbids (rules say so): no method here may raise for them.
    What cannot be rendered renders as near to the written text as can be; errors stop a plan before it is used.
    """

    KEY: ClassVar[str]

    def records(self, domain: "Domain") -> Iterable[Record]:
        """The DNS records that it asks for."""

    def claims(self, domain: str) -> Iterable[Claim]:
        """Which live values are this section's, present or to be removed."""

    def hosted_files(self, domain: "Domain") -> Iterable[HostedFile]:
        """The files that it asks for."""

    def paths(self) -> Iterable[tuple[Route, str]]:
        """The files that it names, to be read: route relative to the section, path as written."""

    def subjects(self, domain: "Domain") -> Iterable[tuple[object, Route]]:
        """What rules can judge besides the section itself (a record, each term), with the route relative to the section."""

    def mail_hosts(self) -> tuple[str, ...] | None:
        """The hosts that receive mail, normalised, if this is the section that knows them; () for a null MX; else None."""


S = TypeVar("S", bound=Section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One domain of the file, with the defaults and its profile worked in."""

    name: str
    """Normalised (`core.names`)."""
    route: Route
    """Where the domain stands in the document: ("domains", KEY AS WRITTEN)."""
    sections: Mapping[str, Section | Absent]
    """By key. A section that is missing is not our business."""
    parked: bool = False
    ttl: int | None = None
    """Seconds, for new sets; None: the DNS host's default."""
    dns_host: tuple[str, Any] | None = None
    """Key and settings of the DNS host."""
    web_host: tuple[str, Any] | None = None
    """Key and settings of the web host."""
    attachments: Mapping[str, bytes | OSError] = field(default_factory=dict)
    """The content of the files that sections name, by path as written; the error where one could not be read."""

    def section(self, kind: type[S]) -> S | None:
        """The section of a type, None where it is missing or `absent`."""
        found = self.sections.get(kind.KEY)
        return found if isinstance(found, kind) else None

    def is_absent(self, kind: type[S]) -> bool:
        """Whether the file says `absent` for the section."""
        return self.sections.get(kind.KEY) is ABSENT

    @property
    def mail_hosts(self) -> tuple[str, ...] | None:
        """The hosts of the MX records that the file asks for, () for a null MX, None where the file does not say."""
        for section in self.sections.values():
            if section is not ABSENT and (hosts := section.mail_hosts()) is not None:
                return hosts
        return None

    def attachment(self, path: str) -> bytes | None:
        """The content of a file that a section names, None where it could not be read."""
        content = self.attachments.get(path)
        return content if isinstance(content, bytes) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """All domains of a file, in its order."""

    domains: tuple[Domain, ...]

    def domain(self, name: str) -> Domain | None:
        """The domain of a normalised name."""
        return next((domain for domain in self.domains if domain.name == name), None)
