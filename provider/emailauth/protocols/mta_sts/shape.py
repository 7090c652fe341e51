"""The section `mta_sts` of the file."""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Final, Literal

import msgspec

from emailauth.core.claim import Claim
from emailauth.core.diagnostic import Route
from emailauth.core.file import HostedFile
from emailauth.core.posture import Domain
from emailauth.core.record import Record, Stage
from emailauth.protocols.mta_sts.policy import KIND, Pattern, Policy, policy_url
from emailauth.protocols.mta_sts.record import recognises, render_record

PARKED: Final = None
INSTEAD: Final[Mapping[str, str]] = {
    "id": "nothing: the id is made from the policy",
    "version": "nothing: there is only STSv1",
    "policy": "mode, with the mx patterns and max_age beside it",
}


class MtaSts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MTA-STS (RFC 8461): that senders must use TLS with the domain's mail hosts, and which hosts these are."""

    KEY: ClassVar[str] = "mta_sts"

    mode: Annotated[
        Literal["enforce", "testing", "none"],
        msgspec.Meta(
            description="What senders do with a host that fails: 'enforce' does not deliver to it, 'testing' only reports, "
            "'none' says that there is no policy any more (RFC 8461 section 5).",
            examples=["testing"],
        ),
    ]
    max_age: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            description="Seconds that senders keep the policy: weeks, once it has proved itself; at most 31557600 (RFC 8461 section 3.2).",
            examples=[604800, 1209600],
        ),
    ]
    mx: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="The hosts that may receive the mail; '*.example.net' stands for one more label (RFC 8461 section 4.1).",
            examples=[["mx1.example.com", "*.example.net"]],
        ),
    ] = ()
    from_mx: Annotated[
        bool,
        msgspec.Meta(
            description="Take the hosts from the domain's section `mx`; what is written here stands beside them.", examples=[True]
        ),
    ] = False

    def policy(self, domain: Domain) -> Policy:
        """The policy of a domain: the patterns that are written, then the domain's own MX hosts where `from_mx` says so.

        Both together are what a move of the mail needs: the old host stays in the policy while it leaves the MX (section 8.1).
        """
        hosts = (domain.mail_hosts or ()) if self.from_mx else ()
        return Policy(mode=self.mode, mx=tuple(dict.fromkeys((*self.mx, *hosts))), max_age=self.max_age)

    def records(self, domain: Domain) -> Iterable[Record]:
        """The record that announces the policy, once it is served."""
        value = render_record(self.policy(domain).id)
        yield Record(name=f"_mta-sts.{domain.name}", type="TXT", value=value, domain=domain.name, kind=KIND, stage=Stage.ANNOUNCEMENTS)

    def claims(self, domain: str) -> Iterable[Claim]:
        """All MTA-STS records at the name: more than one means none to senders."""
        return absent_claims(domain)

    def hosted_files(self, domain: Domain) -> Iterable[HostedFile]:
        """The policy file."""
        body = self.policy(domain).body
        yield HostedFile(url=policy_url(domain.name), body=body, content_type="text/plain", domain=domain.name, kind=KIND)

    def paths(self) -> Iterable[tuple[Route, str]]:
        """None."""
        return ()

    def subjects(self, domain: Domain) -> Iterable[tuple[object, Route]]:
        """The patterns that are written in the file."""
        return ((Pattern(text), ("mx", i)) for i, text in enumerate(self.mx))

    def mail_hosts(self) -> tuple[str, ...] | None:
        """Not this section's to say."""
        return None


def section(shape: MtaSts) -> MtaSts:
    """The section is its own shape."""
    return shape


def absent_claims(domain: str) -> Iterable[Claim]:
    """Every MTA-STS record of the domain."""
    yield Claim(name=f"_mta-sts.{domain}", type="TXT", domain=domain, kind=KIND, recognises=recognises, stage=Stage.ANNOUNCEMENTS)


def absent_urls(domain: str) -> Mapping[str, str]:
    """The policy file."""
    return {policy_url(domain): KIND}
