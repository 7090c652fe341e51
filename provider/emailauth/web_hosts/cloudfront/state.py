"""What the account has of ours, as AWS lists it: there is no other state.

A site is a function, the one distribution that runs it, and the certificates that were made for that distribution. A site has a name,
`emailauth-NUMBER`, which is the function's name, and stands at the beginning of the distribution's comment and in its tag `emailauth`; that
tag of a certificate is the id of its distribution. What is not marked so is not ours.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from emailauth.web_hosts.cloudfront import function
from emailauth.web_hosts.cloudfront.function import Held

MARK: Final = "emailauth"
"""The key of our tags, and what the comments of our functions begin with."""
COMMENT: Final = "emailauth: MTA-STS policies and BIMI files; not to be changed by hand"
"""Of our functions; of our distributions behind the name of the site."""
NAME: Final = re.compile(r"emailauth-([1-9][0-9]{0,5})")
"""The name of a site."""
_GOOD: Final = frozenset({"ISSUED", "PENDING_VALIDATION"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate of the site, or one that a person has attached to its distribution."""

    arn: str
    names: frozenset[str]
    status: str
    """As ACM says it: PENDING_VALIDATION, ISSUED, FAILED, ..."""
    created: datetime
    is_ending: bool = False
    """Whether it is in the last tenth of its life: ACM renews before that where it can, so it cannot."""
    is_ours: bool = False

    @property
    def is_good(self) -> bool:
        """Whether it is issued, or can be, and will be renewed."""
        return self.status in _GOOD and not self.is_ending

    def covers(self, hosts: Iterable[str]) -> bool:
        """Whether it stands for all of the host names; a wildcard stands for one label (RFC 6125 section 6.4.3)."""
        return all(host in self.names or f"*.{host.partition('.')[2]}" in self.names for host in hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The distribution of a site."""

    id: str
    arn: str
    domain_name: str
    aliases: frozenset[str]
    certificate: str | None
    """The ARN of the one that is attached."""
    enabled: bool
    bucket: str | None
    """The bucket that is its origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """The function of a site."""

    arn: str
    created: datetime
    code: bytes | None
    """Its text in the stage LIVE; None: it was never published."""
    held: Held = field(default_factory=dict)
    """What that text holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One of our sites, as far as it is there."""

    number: int
    function: Function | None = None
    distribution: Distribution | None = None
    certificates: tuple[Certificate, ...] = ()
    """Newest first."""

    @property
    def name(self) -> str:
        """The name of its function, and the mark of all the rest."""
        return f"emailauth-{self.number}"

    @property
    def held(self) -> Held:
        """The files that its function answers with."""
        return self.function.held if self.function else {}

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that it serves files of."""
        return function.hosts_of(self.held)

    @property
    def aliases(self) -> frozenset[str]:
        """The host names that its distribution answers to."""
        return self.distribution.aliases if self.distribution else frozenset()

    @property
    def distribution_id(self) -> str:
        """The id of its distribution; empty where it has none."""
        return self.distribution.id if self.distribution else ""

    @property
    def is_up(self) -> bool:
        """Whether it can serve: not half made, and not about to go."""
        return self.distribution is not None and self.distribution.enabled and self.function is not None and self.function.code is not None

    @property
    def attached(self) -> Certificate | None:
        """The certificate of its distribution."""
        arn = self.distribution.certificate if self.distribution else None
        return next((certificate for certificate in self.certificates if certificate.arn == arn), None)

    @property
    def prepared(self) -> frozenset[str]:
        """The host names that were prepared and have no files yet."""
        named = frozenset(
            name for certificate in self.certificates if certificate.is_good and certificate.is_ours for name in certificate.names
        )
        return named - self.hosts

    def certificate_for(self, host: str) -> Certificate | None:
        """The newest good certificate that names a host."""
        return next((found for found in self.certificates if found.is_good and found.covers([host])), None)

    def is_prepared(self, host: str) -> bool:
        """Whether the records of a host name are known, and nothing of what it serves needs a certificate or an alias that is not there."""
        if not self.is_up or self.certificate_for(host) is None:
            return False
        attached = self.attached
        return host not in self.hosts or (host in self.aliases and attached is not None and attached.is_good and attached.covers([host]))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All sites, in the order of their numbers."""

    sites: tuple[Site, ...]
    taken: frozenset[int]
    """Numbers that no new site can have."""
    leftovers: Mapping[str, str]
    """ARNs of our certificates whose distribution is not listed, with its id."""

    def site_of(self, host: str) -> Site | None:
        """The site that a host name belongs to. One that is about to go has it only where no other does."""
        ranks: Sequence[Callable[[Site], bool]] = (
            lambda site: site.is_up and host in site.aliases,
            lambda site: site.is_up and host in site.hosts,
            lambda site: site.is_up and site.certificate_for(host) is not None,
            lambda site: host in site.hosts,
            lambda site: host in site.aliases,
        )
        return next((site for rank in ranks for site in self.sites if rank(site)), None)
