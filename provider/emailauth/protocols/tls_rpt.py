"""SMTP TLS Reporting: where senders report which of their TLS connections failed (RFC 8460)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import msgspec

from emailauth.core.claim import Claim
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.names import is_host
from emailauth.core.posture import Domain
from emailauth.core.record import Record
from emailauth.core.tags import parts
from emailauth.core.transition import Danger, Transition

KIND: Final = "tls_rpt"
SCHEMES: Final = ("mailto", "https")
"""What a report can be sent by (RFC 8460 section 3)."""
ENCODED: Final[Mapping[str, str]] = {",": "%2C", "!": "%21", ";": "%3B"}
"""What must be percent-encoded in a URI here although RFC 3986 allows it as it is (RFC 8460 section 3)."""

_VERSION: Final = "v=TLSRPTv1"
_FIELD: Final = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]{0,31})=(?P<value>[!-:<>-~]+)")
_URI: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>(?:[A-Za-z0-9._~:/?#\[\]@$&'()*+=-]|%[0-9A-Fa-f]{2})+)")
_AUTHORITY: Final = re.compile(r"//(?:[^/?#@]*@)?(?P<host>[A-Za-z0-9.-]+)(?::[0-9]{1,5})?(?:[/?#].*)?")
_ADDRESS: Final = re.compile(r"[^@?/#\[\]]+@(?P<domain>[A-Za-z0-9.-]+)(?:\?.*)?")


class InvalidTextError(ValueError):
    """A text that is no TLS-RPT record; `str()` says why."""


@dataclass(frozen=True, slots=True)
class ReportUri:
    """Where reports are sent: `mailto:` and an address, or `https:` and a place that takes a POST."""

    text: str

    @property
    def scheme(self) -> str:
        """In lower case; empty where there is none."""
        found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", self.text)
        return found[1].lower() if found else ""

    @property
    def problem(self) -> str | None:
        """What is wrong with a URI of a known scheme (RFC 3986 section 3, RFC 6068 section 2), None for nothing."""
        if raw := [char for char in ENCODED if char in self.text]:
            return f"{' and '.join(map(repr, raw))} must be written as {' and '.join(ENCODED[char] for char in raw)}"
        found = _URI.fullmatch(self.text)
        if found is None:
            return "it is not a URI"
        if self.scheme == "mailto":
            address = _ADDRESS.fullmatch(found["rest"])
            return None if address and is_host(address["domain"].lower()) else "it has no mail address of the form user@example.com"
        authority = _AUTHORITY.fullmatch(found["rest"])
        return None if authority and is_host(authority["host"].lower()) else "it has no host name"


def render_record(uris: Iterable[str]) -> str:
    """The TXT record that asks for reports to these URIs (RFC 8460 section 3)."""
    return f"{_VERSION}; rua={','.join(uris)}"


def parse_record(text: str) -> tuple[str, ...]:
    """The URIs that a record asks for reports to (RFC 8460 section 3). Unknown fields are passed over. Raises `InvalidTextError`."""
    if not recognises(text):
        raise InvalidTextError(f"does not begin with '{_VERSION};'")
    uris: tuple[str, ...] | None = None
    for _, part in parts(text):
        if part.startswith("rua="):
            uris = _uris(part.removeprefix("rua=")) if uris is None else uris
        elif _FIELD.fullmatch(part) is None:
            raise InvalidTextError(f"{part!r} is not 'name=value'")
    if uris is None:
        raise InvalidTextError("no rua")
    return uris


def _uris(text: str) -> tuple[str, ...]:
    uris = tuple(uri.strip(" \t") for uri in text.split(","))
    for uri in uris:
        if ReportUri(uri).scheme not in SCHEMES:
            raise InvalidTextError(f"{uri!r} is neither mailto: nor https:")
        if problem := ReportUri(uri).problem:
            raise InvalidTextError(f"{uri!r}: {problem}")
    return uris


def recognises(value: str) -> bool:
    """Whether senders take a TXT value for a TLS-RPT record; they discard all others (RFC 8460 section 3)."""
    return value.startswith(f"{_VERSION};")


class TlsRpt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SMTP TLS Reporting (RFC 8460): where senders report failures of TLS, MTA-STS and DANE."""

    KEY: ClassVar[str] = "tls_rpt"

    reports: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="Where reports are sent: mailto: or https: URIs. Senders may use any one of several (RFC 8460 section 3).",
            examples=[["mailto:tls@example.com"]],
        ),
    ] = ()

    def records(self, domain: Domain) -> Iterable[Record]:
        """The one record."""
        yield Record(name=f"_smtp._tls.{domain.name}", type="TXT", value=render_record(self.reports), domain=domain.name, kind=KIND)

    def claims(self, domain: str) -> Iterable[Claim]:
        """All TLS-RPT records at the name: more than one means none to senders."""
        return absent_claims(domain)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """None."""
        return ()

    def paths(self) -> Iterable[tuple[Route, str]]:
        """None."""
        return ()

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """Each URI."""
        return ((ReportUri(text), ("reports", i)) for i, text in enumerate(self.reports))

    def mail_hosts(self) -> tuple[str, ...] | None:
        """Not this section's to say."""
        return None


Shape = TlsRpt
RECOGNISES: Final = {"TXT": recognises}
PARKED: Final = None
INSTEAD: Final[Mapping[str, str]] = {"rua": "reports", "aggregate_reports": "reports", "version": "nothing: there is only TLSRPTv1"}
DANGERS: Final[Mapping[str, str]] = {}


def section(shape: TlsRpt) -> TlsRpt:
    """The section is its own shape."""
    return shape


def absent_claims(domain: str) -> Iterable[Claim]:
    """Every TLS-RPT record of the domain."""
    yield Claim(name=f"_smtp._tls.{domain}", type="TXT", domain=domain, kind=KIND, recognises=recognises)


def absent_urls(domain: str) -> Mapping[str, str]:  # noqa: ARG001 - the same for every domain
    """None: nothing is hosted."""
    return {}


def dangers(transition: Transition) -> Iterable[Danger]:  # noqa: ARG001 - the same for every change
    """None: reports that do not come change nothing about the mail."""
    return ()
