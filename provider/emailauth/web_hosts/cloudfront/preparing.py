"""What must be there before the DNS records of a host name are known: a function, a distribution, and the request for a certificate."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from emailauth.web_hosts.cloudfront import distributions, publishing, removing
from emailauth.web_hosts.cloudfront.certificates import Certificates
from emailauth.web_hosts.cloudfront.distributions import Shape
from emailauth.web_hosts.cloudfront.reading import Reader
from emailauth.web_hosts.cloudfront.rooms import Group, assign, names_for
from emailauth.web_hosts.cloudfront.session import Aws
from emailauth.web_hosts.cloudfront.state import Function, Site, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparing:
    """How host names are prepared."""

    aws: Aws
    reader: Reader
    certificates: Certificates
    names_per_certificate: int
    origin: str | None

    def groups(self, state: State, hosts: Collection[str]) -> Sequence[Group]:
        """What is to be made for those host names that are not prepared."""
        return assign(state, [host for host in hosts if not self._is_prepared(state, host)], self.names_per_certificate)

    def _is_prepared(self, state: State, host: str) -> bool:
        site = state.site_of(host)
        certificate = site.certificate_for(host) if site else None
        if site is None or certificate is None or not site.is_prepared(host):
            return False
        return certificate.status == "ISSUED" or self.certificates.record(certificate.arn, host) is not None

    def prepare(self, hosts: Collection[str], asked: Collection[str]) -> None:
        """Makes it, and waits until all records are known; `asked`: all host names of the file that are known. Raises `CouldNotDoError`."""
        state = self.reader.read()
        removing.sweep(self.aws, self.certificates, state)
        unfinished = {site.number: site for host in hosts if (site := state.site_of(host)) is not None and not site.is_up}
        if unfinished:
            removing.remove(self.aws, self.reader, self.certificates, unfinished.values())
            state = self.reader.read()
        requested: list[str] = []
        for group in self.groups(state, hosts):
            if group.site is None:
                site, state = self._new_site(state, group.hosts[0])
            else:
                site = group.site
            requested += self._certified(site, group.hosts, asked)
        for arn in requested:
            self.certificates.wait_for_records(arn)

    def _new_site(self, state: State, host: str) -> tuple[Site, State]:
        """A site without host names, and the state with it. One that was half made before is made whole."""
        half = next((site for site in state.sites if site.distribution is None and site.function is not None and not site.hosts), None)
        number = half.number if half else next(number for number in range(1, len(state.taken) + 2) if number not in state.taken)
        site = half or Site(number=number)
        function = self._function(site)
        distribution = distributions.create(self.aws, self.reader, site.name, function, self.origin or host.partition(".")[2])
        site = replace(site, function=function, distribution=distribution)
        sites = sorted((*(other for other in state.sites if other.number != number), site), key=lambda one: one.number)
        return site, replace(state, sites=tuple(sites), taken=state.taken | {number})

    def _function(self, site: Site) -> Function:
        if site.function is None:
            return publishing.create(self.aws, site.name)
        return site.function if site.function.code is not None else publishing.publish_empty(self.aws, site.name)

    def _certified(self, site: Site, hosts: Collection[str], asked: Collection[str]) -> list[str]:
        """Requests a certificate for a site with more names, or gives it one that it lost; returns the ARN of what was requested."""
        serving = site.hosts | site.aliases
        found = next((one for one in site.certificates if one.is_good and one.covers(serving.union(hosts))), None)
        if found is None:
            return [self.certificates.request(site, names_for(site, hosts, asked))]
        if found.status == "ISSUED":
            distributions.update(self.aws, site, Shape(aliases=serving, certificate=found.arn))
            distributions.wait_until_deployed(self.aws, self.reader, [site.distribution_id])
        return [found.arn]
