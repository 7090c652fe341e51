"""Reports that go to somebody else's domain: whether its owner agreed (RFC 9990 section 4).

A Report Consumer says yes by a TXT record at `<policy domain>._report._dmarc.<destination host>` that begins with
v=DMARC1. Where both domains are in one file, `report_authorisations` tells the records that the destination needs.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from emailauth.core.names import InvalidName, normalise
from emailauth.core.posture import Domain, Posture
from emailauth.core.question import Question, Questions
from emailauth.core.record import Record as DnsRecord
from emailauth.protocols.dmarc.discovery import Failure, organizational_domain, walk
from emailauth.protocols.dmarc.published import organizations
from emailauth.protocols.dmarc.record import Record, parse, uris
from emailauth.protocols.dmarc.reports import destination, is_uri, without_size
from emailauth.protocols.dmarc.shape import Dmarc

ReportTag: TypeAlias = Literal["rua", "ruf"]

AUTHORISATION: Final = "v=DMARC1"
"""The whole of a record that says yes and nothing more."""
MAX_HOSTS: Final = 50
"""Destination hosts of one tag that are looked into. Receivers send to a few; a record of 64 KB can name thousands, at 17 questions each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where reports on a domain go by one of its URIs."""

    uri: str
    """As the domain's record says it, without a limit of size."""
    host: str | None
    """Its destination host; None: reports cannot arrive there at all."""
    name: str | None = None
    """Where the destination's owner must say yes; None: nobody needs to, or the name would be too long for DNS."""
    is_authorised: bool | None
    """Whether reports are sent; None: not known, as a question was not answered."""
    sent_to: tuple[str, ...] = ()
    """The URIs that reports are sent to: the own one, or those that the destination's owner put in its place."""
    why: str
    """For a person, a sentence without its dot."""


def authorisation_name(domain: str, host: str) -> str | None:
    """Where a destination host says yes to the reports on a domain; None where the name would be too long (RFC 9990 section 4, step 4)."""
    try:
        return normalise(f"{domain}._report._dmarc.{host}")
    except InvalidName:
        return None


def verify(domain: str, said: Iterable[str], tag: ReportTag) -> Questions[tuple[Destination, ...]]:
    """Checks the URIs of `rua` or `ruf` of the record that was found at a domain, as receivers must before they send a report.

    Asks for two walks and one TXT record for each host that is not the domain itself; of more than `MAX_HOSTS` the others are not known.
    """
    results: list[Destination] = []
    hosts: set[str] = set()
    for uri in map(without_size, said):
        host = destination(uri)
        if host is None:
            results.append(_nowhere(uri))
        elif len(hosts | {host}) > MAX_HOSTS:
            results.append(
                Destination(uri=uri, host=host, is_authorised=None, why=f"only {MAX_HOSTS} hosts are looked up, and it is behind them")
            )
        else:
            hosts.add(host)
            results.append((yield from _verified(domain, uri, host, tag)))
    return tuple(results)


def is_external(domain: str, host: str) -> Questions[bool | Failure]:
    """Whether a host is of another Organizational Domain than the domain of a policy, as walks up the tree say; no list decides it."""
    if domain == host:
        return False
    one, two = (yield from walk(domain)), (yield from walk(host))
    failure = one.failure or two.failure
    if failure is not None:
        return failure
    here, there = organizational_domain(one), organizational_domain(two)
    return here is not None and there is not None and here.domain != there.domain


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRoute:
    """Reports on one domain of a file that go to another domain of the file, of another Organizational Domain."""

    domain: Domain
    host: str
    """The destination host."""
    holder: Domain
    """The domain of the file that encloses the host most closely."""
    name: str
    """Where the host says yes."""


def report_authorisations(posture: Posture) -> Mapping[str, tuple[DnsRecord, ...]]:
    """The records that domains of a file need to be sent the reports on its other domains, by the domain that needs them.

    Only domains that have a section `dmarc` are given any: of others the file does not say that their DMARC records are its business.
    """
    found: dict[str, list[DnsRecord]] = {}
    having = posture.having(Dmarc)
    for route in _external_routes(posture, having, {domain.name for domain, _ in having}):
        kind = f"{Dmarc.KEY}/report/{route.domain.name}/{route.host}"
        record = DnsRecord(name=route.name, type="TXT", value=AUTHORISATION, domain=route.holder.name, kind=kind)
        found.setdefault(route.holder.name, []).append(record)
    return {name: tuple(records) for name, records in found.items()}


def unplanned_authorisations(posture: Posture) -> Iterator[ReportRoute]:
    """The routes of reports within a file that need a yes from a domain that has no section `dmarc` there."""
    having = posture.having(Dmarc)
    without = {domain.name for domain in posture.domains}.difference([domain.name for domain, _ in having])
    return _external_routes(posture, having, without) if without else iter(())


def _external_routes(posture: Posture, having: Iterable[tuple[Domain, Dmarc]], holders: Collection[str]) -> Iterator[ReportRoute]:
    """The routes to some domains that need a yes as far as the file's own records tell, each once, in the file's order."""
    organization = organizations(posture)
    shortest = min(map(len, holders), default=0)
    ends = {name[-shortest:] for name in holders}
    for domain, section in having:
        uris: Iterable[str] = section.uris
        if "odd report" not in section.parts:  # they end in their hosts: a short look is enough for nearly all of them
            uris = [uri for uri in uris if uri[-shortest:].lower() in ends]
        for host in dict.fromkeys(map(section.host, uris)):
            holder = posture.holder(host) if host is not None else None
            if host is None or holder is None or holder.name == domain.name or holder.name not in holders:
                continue
            name = authorisation_name(domain.name, host)
            if name is not None and organization(domain.name) != organization(host):
                yield ReportRoute(domain=domain, host=host, holder=holder, name=name)


def _verified(domain: str, uri: str, host: str, tag: ReportTag) -> Questions[Destination]:
    external = yield from is_external(domain, host)
    if isinstance(external, Failure):
        return Destination(uri=uri, host=host, is_authorised=None, why=str(external))
    if not external:
        why = f"{host} is of the same Organizational Domain as {domain}"
        return Destination(uri=uri, host=host, is_authorised=True, sent_to=(uri,), why=why)
    name = authorisation_name(domain, host)
    if name is None:
        return Destination(uri=uri, host=host, is_authorised=False, why=f"the name where {host} would have to agree is too long for DNS")
    question = Question(name=name, type="TXT")
    answer = yield question
    if answer.failed:
        failure = Failure(question=question, status=answer.status)
        return Destination(uri=uri, host=host, name=name, is_authorised=None, why=str(failure))
    records = [record for record in map(parse, answer.values) if record.is_dmarc]
    if not records:
        why = f"{host} does not say that it takes reports on {domain}: there is no record at {name} that begins with {AUTHORISATION}"
        return Destination(uri=uri, host=host, name=name, is_authorised=False, why=why)
    return _authorised(uri, host, name, _override(records, tag))


def _override(records: Iterable[Record], tag: ReportTag) -> tuple[str, ...]:
    """The URIs that the destination's owner wants instead; none where the records say nothing of it."""
    said = next((value for record in records if (value := record.get(tag)) is not None), None)
    return tuple(uri for uri in uris(said or "") if is_uri(uri))


def _authorised(uri: str, host: str, name: str, override: tuple[str, ...]) -> Destination:
    """What follows from a record that says yes (RFC 9990 section 4, steps 8 and 9)."""
    away = [other for other in override if destination(other) != host]
    if away:
        why = f"the record at {name} sends the reports on to {away[0]}, which is not of {host}: then nobody gets them"
        return Destination(uri=uri, host=host, name=name, is_authorised=False, why=why)
    if override:
        why = f"the record at {name} says where reports shall go instead"
        return Destination(uri=uri, host=host, name=name, is_authorised=True, sent_to=override, why=why)
    return Destination(uri=uri, host=host, name=name, is_authorised=True, sent_to=(uri,), why=f"the record at {name} says yes")


def _nowhere(uri: str) -> Destination:
    return Destination(uri=uri, host=None, is_authorised=False, why="no report can arrive there")
