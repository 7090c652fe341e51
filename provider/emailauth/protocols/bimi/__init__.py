"""BIMI: the logo that mailbox providers may show beside a domain's mail (draft-brand-indicators-for-message-identification).

Files are hosted under the host name `bimi.<domain>`, in a folder for each selector, with a part of their SHA-256 in
their names. So the record switches from one logo and its certificate to the next in one step, and no cache on
the way shows an old logo under the new one's URL. Files that a record named before stay where they are: the
BIMI-Location header of mail that was delivered still points at them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

import msgspec

from emailauth.core.claim import Claim
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.posture import Domain
from emailauth.core.record import Record, Stage
from emailauth.core.transition import Danger, Transition
from emailauth.protocols.bimi import certificate, svg
from emailauth.protocols.bimi.record import Assertion, recognises

KIND: Final = "bimi"
DEFAULT_SELECTOR: Final = "default"


class Bimi(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """BIMI: the logo that mailbox providers may show beside the domain's mail."""

    KEY: ClassVar[str] = KIND

    logo: Annotated[
        str,
        msgspec.Meta(
            description="The logo: an SVG file (SVG Tiny PS), which is hosted for you, or the https: URL of one that is hosted already.",
            examples=["brand/logo.svg"],
        ),
    ]
    certificate: Annotated[
        str | None,
        msgspec.Meta(
            description="The mark certificate (VMC or CMC) of the logo, the certificate first and its issuers behind it: "
            "a PEM file, or the https: URL of one. Gmail and Apple show no logo without one.",
            examples=["brand/mark.pem"],
        ),
    ] = None
    selector: Annotated[
        str,
        msgspec.Meta(
            description="The selector; mail without a BIMI-Selector header has 'default'.",
            examples=["default"],
        ),
    ] = DEFAULT_SELECTOR
    avatar_preference: Annotated[
        Literal["brand", "personal"],
        msgspec.Meta(
            description="What to show for a sender who has a picture of their own: the logo, or that picture.", examples=["brand"]
        ),
    ] = "brand"

    def records(self, domain: Domain) -> Iterable[Record]:
        """The record that points at the files, once they are served."""
        assertion = Assertion(
            location=self._url(domain, self.logo, "logo.svg"),
            evidence=self._url(domain, self.certificate, "mark.pem") if self.certificate else "",
            avatar_preference=self.avatar_preference,
        )
        yield _record(domain.name, self.selector, assertion)

    def claims(self, domain: str) -> Iterable[Claim]:
        """The BIMI records of the selector; those of other selectors are not this section's business."""
        yield _claim(_owner(self.selector, domain), domain, self.selector)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """The files that are not hosted elsewhere and could be read."""
        for path, name, kind, content_type in (
            (self.logo, "logo.svg", "bimi/logo", "image/svg+xml"),
            (self.certificate, "mark.pem", "bimi/certificate", "application/pem-certificate-chain"),
        ):
            body = domain.attachment(path) if path and not is_url(path) else None
            if path and body is not None:
                url = self._url(domain, path, name)
                yield HostedFile(url=url, body=body, content_type=content_type, domain=domain.name, kind=kind)

    def paths(self) -> Iterable[tuple[Route, str]]:
        """The files, where they are none of other hosts."""
        return [((key,), path) for key, path in self.files() if not is_url(path)]

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """The logo and the certificate as they were read."""
        if (body := domain.attachment(self.logo)) is not None:
            yield svg.read(body), ("logo",)
        if self.certificate and (body := domain.attachment(self.certificate)) is not None:
            yield certificate.read(body), ("certificate",)

    def mail_hosts(self) -> tuple[str, ...] | None:
        """Not this section's to say."""
        return None

    def files(self) -> Iterable[tuple[str, str]]:
        """What is written for the logo and the certificate, each with its key."""
        return [("logo", self.logo), *([("certificate", self.certificate)] if self.certificate else [])]

    def _url(self, domain: Domain, path: str, name: str) -> str:
        """Where a file is served. One that could not be read has the name without the hash: a finding stops the plan."""
        if is_url(path):
            return path
        plain = PurePosixPath(name)
        body = domain.attachment(path)
        digest = "" if body is None else f"-{hashlib.sha256(body).hexdigest()[:8]}"
        return f"https://bimi.{domain.name}/{self.selector}/{plain.stem}{digest}{plain.suffix}"


@dataclass(frozen=True, slots=True)
class Declined:
    """The section `declined`: the domain says that it publishes no logo, also not that of the domain above it (section 4.2.1)."""

    KEY: ClassVar[str] = KIND

    def records(self, domain: Domain) -> Iterable[Record]:
        """The record that declines."""
        yield _record(domain.name, DEFAULT_SELECTOR, Assertion())

    def claims(self, domain: str) -> Iterable[Claim]:
        """The BIMI records of the default selector."""
        yield _claim(_owner(DEFAULT_SELECTOR, domain), domain, DEFAULT_SELECTOR)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """None."""
        return ()

    def paths(self) -> Iterable[tuple[Route, str]]:
        """None."""
        return ()

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """None."""
        return ()

    def mail_hosts(self) -> tuple[str, ...] | None:
        """Not this section's to say."""
        return None


Shape: TypeAlias = Bimi | Literal["declined"]
RECOGNISES: Final = {"TXT": recognises}
PARKED: Final = None
INSTEAD: Final[Mapping[str, str]] = {
    "l": "logo",
    "location": "logo",
    "svg": "logo",
    "a": "certificate",
    "vmc": "certificate",
    "evidence": "certificate",
    "avp": "avatar_preference",
}
DANGERS: Final[Mapping[str, str]] = {}


def section(shape: Shape) -> Bimi | Declined:
    """The section that is written, or the one that declines."""
    return shape if isinstance(shape, Bimi) else Declined()


def absent_claims(domain: str) -> Iterable[Claim]:
    """Every BIMI record of the domain, under any selector."""
    yield Claim(name=f"_bimi.{domain}", type="TXT", domain=domain, kind=KIND, recognises=recognises, stage=Stage.ANNOUNCEMENTS, below=True)


def absent_urls(domain: str) -> Mapping[str, str]:  # noqa: ARG001 - the same for every domain
    """None: files that a record named stay where they are (see above)."""
    return {}


def dangers(transition: Transition) -> Iterable[Danger]:  # noqa: ARG001 - the same for every change
    """None: mail is delivered with a logo or without."""
    return ()


def is_url(path: str) -> bool:
    """Whether a written place is a URL and no path of a file."""
    return "://" in path


def _owner(selector: str, domain: str) -> str:
    return f"{selector.lower()}._bimi.{domain}"


def _record(domain: str, selector: str, assertion: Assertion) -> Record:
    return Record(
        name=_owner(selector, domain),
        type="TXT",
        value=assertion.text,
        domain=domain,
        kind=f"{KIND}/{selector.lower()}",
        stage=Stage.ANNOUNCEMENTS,
    )


def _claim(name: str, domain: str, selector: str) -> Claim:
    return Claim(name=name, type="TXT", domain=domain, kind=f"{KIND}/{selector.lower()}", recognises=recognises, stage=Stage.ANNOUNCEMENTS)
