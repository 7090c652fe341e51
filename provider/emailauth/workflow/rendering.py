"""From a domain of the file to what is wanted at the hosts: records, claims, files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from emailauth.core.claim import Claim, OneOf, every_value
from emailauth.core.plan import Wanted
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.core.record import Record, Stage
from emailauth.protocols import modules
from emailauth.web_hosts import WebHost
from emailauth.workflow.hosts import host_id


def across(posture: Posture) -> Mapping[str, Sequence[Record]]:
    """The records of each domain that other domains of the file make be wanted."""
    found: dict[str, list[Record]] = {}
    for module in modules().values():
        if (asks := getattr(module, "across", None)) is not None:
            for domain, records in asks(posture).items():
                found.setdefault(domain, []).extend(records)
    return found


def wanted(domain: Domain, more: Sequence[Record] = ()) -> Wanted:
    """What the sections of a domain ask for, and `more` of what `across` says. A missing section asks for nothing and claims nothing."""
    sections = [section for section in domain.sections.values() if section is not ABSENT]
    records = (*(record for section in sections for record in section.records(domain)), *more)
    return Wanted(
        domain=domain.name,
        dns_host=None if domain.dns_host is None else host_id(domain.dns_host),
        web_host=None if domain.web_host is None else host_id(domain.web_host),
        records=tuple(_with_ttl(record, domain.ttl) for record in records),
        claims=(*_claims(domain), *(claim(record.domain, record.kind, record.name, record.type) for record in more)),
        files=tuple(file for section in sections for file in section.hosted_files(domain)),
        gone_urls=dict(_gone_urls(domain)),
    )


def served(one: Wanted, web_host: WebHost, ttl: int | None) -> Wanted:
    """Adds what the host names need that serve the files: their DNS records, and what is made before these are known.

    The records of a host name whose files all go are claimed, so that they go too.
    """
    hosts = tuple(dict.fromkeys(file.host for file in one.files))
    gone = dict.fromkeys(host for url in one.gone_urls if (host := urlsplit(url).hostname or "") not in hosts)
    preparing = web_host.to_prepare(hosts)  # first: what becomes known between the two calls would be in neither
    serving = [record for host in hosts for record in web_host.records(host, one.domain)]
    leaving = [record for host in gone for record in web_host.records(host, one.domain)]
    return replace(
        one,
        records=(*one.records, *(_with_ttl(record, ttl) for record in serving)),
        claims=(
            *one.claims,
            *(claim(record.domain, record.kind, record.name, record.type) for record in serving),
            *(_last_claim(record) for record in leaving),
        ),
        preparing=preparing,
    )


def _with_ttl(record: Record, ttl: int | None) -> Record:
    return replace(record, ttl=ttl if record.ttl is None else record.ttl)


def _last_claim(record: Record) -> Claim:
    """Claims exactly what the web host tells: at a name that is not asked for, anything else is somebody's own."""
    found = claim(record.domain, record.kind, record.name, record.type)
    return replace(found, recognises=OneOf(frozenset({record.value})), stage=Stage.REMOVALS)


def _claims(domain: Domain) -> Iterable[Claim]:
    for key, section in domain.sections.items():
        yield from modules()[key].absent_claims(domain.name) if section is ABSENT else section.claims(domain.name)


def _gone_urls(domain: Domain) -> Iterable[tuple[str, str]]:
    for key, section in domain.sections.items():
        if section is ABSENT:
            yield from modules()[key].absent_urls(domain.name).items()


def claim(domain: str, kind: str, name: str, record_type: str) -> Claim:
    """The claim of one kind on one RRset, from the kind alone, as the Pulumi provider knows it.

    Raises `LookupError` where no protocol has such a kind or recognises no values of such a type.
    """
    protocol = kind.partition("/")[0]
    recognises = _SERVING if protocol == "web" else modules()[protocol].RECOGNISES
    return Claim(name=name, type=record_type, domain=domain, kind=kind, recognises=recognises[record_type])


_SERVING = {"CNAME": every_value, "A": every_value, "AAAA": every_value}
"""The records of a policy host stand at a name of their own, wholly ours."""


def records_by_kind(records: Iterable[Record]) -> Mapping[tuple[str, str, str], tuple[Record, ...]]:
    """Records grouped by name, type and kind: what Pulumi makes one resource of."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((record.name, record.type, record.kind), []).append(record)
    return {key: tuple(group) for key, group in groups.items()}
