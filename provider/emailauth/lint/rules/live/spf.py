"""SPF records with all that they include."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.names import InvalidName, normalise
from emailauth.core.observation import Observation
from emailauth.core.question import Answer, Question, Questions, Status
from emailauth.lint.rule import ADVICE, MUST, SHOULD, Context, rule
from emailauth.protocols import spf
from emailauth.protocols.spf.check_host import Limits, Result, ResultCode, check_host

_NOBODY: Final = (IPv4Address(0), IPv6Address(0))
"""Addresses that no host has: no term matches them but those that match everyone, so that the evaluation comes to the end."""
_COUNTED: Final = 50
"""Terms up to which they are counted, however many a loop has."""
_UNLIMITED: Final = 1000
_SHOWN: Final = 4
"""Terms on the way to one that are named."""
_MAX_VOIDS: Final = Limits().voids


@rule(MUST, "RFC 7208 section 4.6.4", covers=["SPF-047", "SPF-052", "SPF-053"])
def spf_tree_too_many_lookups(observation: Observation, context: Context) -> Iterator[Finding]:
    """More than 10 terms that query DNS, those of included records counted.

    A receiver that finds no match among the first 10 stops with permerror, and DMARC then counts SPF as failed. Records that include each
    other never end, so they have too many, too.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 include:_spf.example.net -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 -all"]}]}
    """
    section = context.require_domain().section(spf.Spf)
    if section is None or section.record.lookups > spf.MAX_LOOKUPS:  # which the record tells by itself
        return
    for ip in _NOBODY:
        result = _evaluated(observation, context, ip, Limits(voids=_UNLIMITED))
        if result.result is ResultCode.PERMERROR and result.lookups > spf.MAX_LOOKUPS:
            whole = _evaluated(observation, context, ip, Limits(lookups=_COUNTED, voids=_UNLIMITED))
            count = f"{whole.lookups}" if whole.lookups <= _COUNTED else f"more than {_COUNTED}"
            message = f"{count} terms query DNS, those of included records counted, and {spf.MAX_LOOKUPS} are allowed: "
            yield Finding(f"{message}receivers that come to {_way(result)} stop with permerror", at=_place(section, result))
            return


@rule(SHOULD, "RFC 7208 section 4.6.4", covers=["SPF-049", "SPF-058"])
def spf_tree_too_many_voids(observation: Observation, context: Context) -> Iterator[Finding]:
    """More than 2 terms that look for what is not there, those of included records counted.

    Most receivers stop with permerror then, some already at the second such term. Mostly names are left in a record whose hosts are gone. A host
    without an IPv6 address is such a term for clients that come by IPv6.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["a:s1.example.com", "a:s2.example.com", "a:s3.example.com"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1.example.com", "type": "A", "status": "nxdomain"},
        {"name": "s2.example.com", "type": "A", "status": "nxdomain"},
        {"name": "s3.example.com", "type": "A", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["a:s1.example.com"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1.example.com", "type": "A", "values": ["192.0.2.1"]},
        {"name": "s1.example.com", "type": "AAAA", "values": ["2001:db8::1"]}]}
    """
    section = context.require_domain().section(spf.Spf)
    if section is None:
        return
    for ip in _NOBODY:
        result = _evaluated(observation, context, ip, Limits())
        if result.result is ResultCode.PERMERROR and result.voids > _MAX_VOIDS:
            message = f"more than {_MAX_VOIDS} terms look for what is not there for clients with IPv{ip.version}: "
            yield Finding(f"{message}receivers that come to {_way(result)} stop with permerror", at=_place(section, result))
            return


@rule(MUST, "RFC 7208 section 5.2", covers=["SPF-054", "SPF-055", "SPF-057", "SPF-068"])
def spf_include_without_record(observation: Observation, context: Context) -> Iterator[Finding]:
    """A record includes, or redirects to, a domain that has no SPF record, or several.

    Receivers that come to such a term stop with permerror, and DMARC then counts SPF as failed. Where the domain does not exist, whoever
    registers it can let mail in your name pass.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.example.net", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.0/24 -all"]}]}
    """
    domain = context.require_domain()
    section = domain.section(spf.Spf)
    if section is None:
        return
    record = section.record
    for term in record.querying:
        seen = {domain.name}
        for fault in _faults(observation, term, domain.name, seen):
            yield Finding(str(fault), at=(spf.Spf.KEY, *record.place(term)))


@rule(MUST, "RFC 7208 section 3.2", covers=["SPF-002"])
def spf_several_records(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain has several SPF records in DNS today.

    Receivers take none of them and stop with permerror; DMARC then counts SPF as failed. Join them: all terms in one record, one `all` at the end.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.1 -all", "v=spf1 mx -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.1 -all", "MS=ms1"]}]}
    """
    name = context.require_domain().name
    records = [value for value in observation.answer(name, "TXT").values if spf.is_record(value)]
    if len(records) > 1:
        yield Finding(f"{name} has {len(records)} SPF records in DNS: receivers stop with permerror", at=(spf.Spf.KEY,))


@rule(ADVICE, "RFC 7208 section 3", covers=["SPF-001"])
def spf_no_record(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain has no SPF record, neither in the file nor in DNS.

    Receivers cannot tell its own mail from forged mail by SPF. A domain that sends nothing says `v=spf1 -all`.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["MS=ms1"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]}]}
    """
    name = context.require_domain().name
    answer = observation.follow(_ask(name))
    if not answer.failed and answer.status is not Status.NXDOMAIN and not any(map(spf.is_record, answer.values)):
        yield Finding(f"{name} has no SPF record: receivers cannot tell its own mail from forged mail by SPF")


def _evaluated(observation: Observation, context: Context, ip: IPv4Address | IPv6Address, limits: Limits) -> Result:
    name = context.require_domain().name
    return observation.follow(check_host(ip=ip, domain=name, sender=f"postmaster@{name}", limits=limits))


def _way(result: Result) -> str:
    """The term that was too much, and the includes that led to it: of many, the first."""
    inner = result.matches[-1:] if len(result.matches) > _SHOWN else result.matches[:0:-1]
    return ", in ".join(f"{match.term.text!r} of {match.domain}" for match in (*inner, *result.matches[:1]))


def _place(section: spf.Spf, result: Result) -> Route:
    """The term of the domain's own record that led there."""
    return (spf.Spf.KEY, *(section.record.place(result.matches[0].term) if result.matches else ()))


@dataclass(frozen=True, slots=True)
class _Fault:
    """A name without the one record that it needs."""

    name: str
    owner: str
    """Whose record names it."""
    answer: Answer
    records: int

    def __str__(self) -> str:
        """For a person."""
        if self.answer.status is Status.NXDOMAIN:
            what = "does not exist, and whoever registers it can let mail in your name pass"
        else:
            what = f"has {self.records or 'no'} SPF record{'s' if self.records else ''}"
        return f"{self.name}, which the record of {self.owner} names, {what}: receivers that come to it stop with permerror"


def _faults(observation: Observation, term: spf.Term, owner: str, seen: set[str]) -> Iterator[_Fault]:
    """What is wrong where a term leads, and where that leads; each name once. Names that hang on the message are passed over."""
    name = _included(term)
    if name is None or name in seen:
        return
    seen.add(name)
    answer = observation.follow(_ask(name))
    records = [record for record in map(spf.parse, answer.values) if record]
    if len(records) != 1:
        if not answer.failed:
            yield _Fault(name, owner, answer, len(records))
        return
    for inner in records[0].querying:
        yield from _faults(observation, inner, name, seen)


def _included(term: spf.Term) -> str | None:
    if not isinstance(term, spf.Include | spf.Redirect) or term.domain.name is None:
        return None
    try:
        return normalise(term.domain.name)
    except InvalidName:
        return None


def _ask(name: str) -> Questions[Answer]:
    return (yield Question(name=name, type="TXT"))
