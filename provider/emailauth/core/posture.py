"""The posture: what a file says, typed. One `Domain` each, made of protocol sections.

The sections themselves belong to `protocols`; here is only what all of them have in common.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, ClassVar, Final, Protocol, TypeVar, runtime_checkable

import msgspec

from emailauth.core.claim import Claim
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.names import labels, longest_suffix
from emailauth.core.record import Record
from emailauth.core.remembered import Kept, remembered


class Absent(Enum):
    """The one value of a section that says `absent`: see that there is none."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
_LONG_NAME: Final = 200
_MOST_HOLDERS: Final = 1024
_NO_FILES: Final[Mapping[str, bytes | OSError]] = MappingProxyType({})


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


class Domain(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One domain of the file, with the defaults and its profile worked in.

    A struct, and so are findings and contexts: they are made by the thousand, and a frozen dataclass takes ten times as long.
    """

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
    receivers: tuple[str, ...] = ()
    """The large receivers whose own demands the domain shall meet, by name."""
    attachments: Mapping[str, bytes | OSError] = _NO_FILES
    """The content of the files that sections name, by path as written; the error where one could not be read."""

    @property
    def parts(self) -> tuple[str, ...]:
        """For rules: the keys of its sections, the receivers that it names, and what few domains are.

        "ttl": it has one of its own; "long name": more than 200 characters; "no mail domain": of one label, or below arpa; "perhaps without mail":
        it is called parked, or says what its mail hosts are.
        """
        found = tuple(self.sections)
        name = self.name
        if self.receivers:
            found += self.receivers
        if self.ttl is not None:
            found += ("ttl",)
        if len(name) > _LONG_NAME:
            found += ("long name",)
        if "." not in name or name.endswith(".arpa"):
            found += ("no mail domain",)
        if self.parked or "mx" in found:
            found += ("perhaps without mail",)
        return found

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


@dataclass(frozen=True, kw_only=True)
class Posture:
    """All domains of a file, in its order."""

    domains: tuple[Domain, ...]

    def domain(self, name: str) -> Domain | None:
        """The domain of a normalised name."""
        return self._by_name.get(name)

    def holder(self, name: str) -> Domain | None:
        """The domain that encloses a normalised name most closely: it, or one above it."""
        return self._holders[name]

    def above(self, name: str) -> list[Domain]:
        """The domains above a normalised name, the nearest first."""
        by_name = self._by_name
        if "\\" in name:
            parts = labels(name)
            return [by_name[other] for i in range(1, len(parts)) if (other := ".".join(parts[i:])) in by_name]
        found: list[Domain] = []
        while name := name.partition(".")[2]:
            if name in by_name:
                found.append(by_name[name])
        return found

    def having(self, kind: type[S]) -> tuple[tuple[Domain, S], ...]:
        """The domains that have a section of a type, with it, in the order of the file."""
        return tuple([(domain, section) for domain in self.domains if (section := domain.section(kind)) is not None])

    @remembered
    def _holders(self) -> Kept[str, Domain | None]:
        """By name; kept, for reports on all domains of a file mostly go to one or two hosts."""
        by_name = self._by_name

        def holder(name: str) -> Domain | None:
            found = longest_suffix(name, by_name)
            return None if found is None else by_name[found]

        return Kept(holder, _MOST_HOLDERS)

    @remembered
    def _by_name(self) -> Mapping[str, Domain]:
        """The first where several have one name."""
        return {domain.name: domain for domain in reversed(self.domains)}
