"""From a domain of the file to what is wanted at the hosts: records, claims, files."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from emailauth.core.claim import Claim, every_value
from emailauth.core.plan import Wanted
from emailauth.core.posture import ABSENT, Domain
from emailauth.core.record import Record
from emailauth.protocols import modules
from emailauth.web_hosts import WebHost
from emailauth.workflow.hosts import host_id


def wanted(domain: Domain, web_host: WebHost | None) -> Wanted:
    """Everything that a domain asks for. A missing section asks for nothing and claims nothing."""
    files = tuple(file for section in domain.sections.values() if section is not ABSENT for file in section.hosted_files(domain))
    own = [record for section in domain.sections.values() if section is not ABSENT for record in section.records(domain)]
    hosts = dict.fromkeys(file.host for file in files)
    serving = [record for host in hosts for record in (web_host.records(host, domain.name) if web_host else ())]
    claims = [*_claims(domain), *(claim(record.domain, record.kind, record.name, record.type) for record in serving)]
    return Wanted(
        domain=domain.name,
        dns_host=None if domain.dns_host is None else host_id(domain.dns_host),
        web_host=None if domain.web_host is None else host_id(domain.web_host),
        records=tuple(replace(record, ttl=domain.ttl if record.ttl is None else record.ttl) for record in (*own, *serving)),
        claims=tuple(claims),
        files=files,
        gone_urls=dict(_gone_urls(domain)),
    )


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
