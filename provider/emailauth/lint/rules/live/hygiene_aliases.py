"""Aliases (CNAME records) at the names where mail's records stand. For those of DKIM and DMARC there are rules of their own."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.names import InvalidName, normalise
from emailauth.core.observation import Observation
from emailauth.core.posture import ABSENT, Domain
from emailauth.core.question import Question, Questions, Status
from emailauth.core.record import Record
from emailauth.core.text import printable
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols import bimi, mta_sts, tls_rpt
from emailauth.protocols.dkim import Dkim
from emailauth.protocols.dmarc import Dmarc
from emailauth.protocols.mx import Mx
from emailauth.protocols.spf import Spf

_TEXTS: Final = ((mta_sts.KIND, "_mta-sts."), (tls_rpt.KIND, "_smtp._tls."), (bimi.KIND, "default._bimi."))
"""Section, and what stands before the domain in the owner name."""
_MAX_CHAIN: Final = 16
"""Aliases in a row; most resolvers follow fewer."""


@rule(MUST, "RFC 1034 section 3.6.2", covers=["DNS-004"])
def dns_alias_in_the_way(observation: Observation, context: Context) -> Iterator[Finding]:
    """The file asks for a record at a name that is an alias in DNS today.

    No other record can stand beside a CNAME, at the domain itself least of all, where its zone has records. Name servers refuse to take the record, or
    answer with the one or the other. Remove the CNAME first.

    Bad:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1, "answers": [{"name": "_smtp._tls.example.com", "type": "CNAME", "values": ["reports.example.net."]}]}
    Good:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1, "answers": [{"name": "_smtp._tls.example.com", "type": "CNAME", "status": "no data"}]}
    """
    seen: set[str] = set()
    for key, record in _planned(observation, context.require_domain()):
        if record.name in seen:
            continue
        seen.add(record.name)
        for target in observation.answer(record.name, "CNAME").values:
            yield Finding(
                f"{record.name} is an alias of {_shown(target)}, and no record can stand beside it: remove the CNAME first", at=(key,)
            )


@rule(MUST, "RFC 1034 section 3.6.2", covers=["DNS-004"])
def dns_alias_without_end(observation: Observation, context: Context) -> Iterator[Finding]:
    """A name is an alias that leads back to itself, or on and on.

    Receivers get no answer: for them the record is not there, or they try again later.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "_dmarc.example.com", "type": "TXT", "status": "servfail"},
        {"name": "_dmarc.example.com", "type": "CNAME", "values": ["dmarc.example.net."]},
        {"name": "dmarc.example.net", "type": "CNAME", "values": ["_dmarc.example.com."]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    domain = context.require_domain()
    if observation.answer(domain.name, "TXT").failed and observation.answer(domain.name, "CNAME").failed:
        return  # then its servers fail, for all names
    for key, name in _names(domain):
        if observation.answer(name, "TXT").status is Status.SERVFAIL:
            chain = observation.follow(_chain(name))
            if chain[-1] in chain[:-1]:
                yield Finding(f"{' is an alias of '.join(map(_shown, chain))}: receivers get no answer", at=(key,))
            elif len(chain) > _MAX_CHAIN:
                yield Finding(f"{name} leads from alias to alias, more than {_MAX_CHAIN} of them: receivers get no answer", at=(key,))


@rule(ADVICE, "RFC 1912 section 2.4", covers=["DNS-013"])
def dns_alias_of_nothing(observation: Observation, context: Context) -> Iterator[Finding]:
    """A name of MTA-STS, TLS-RPT or BIMI is an alias of a name that does not exist.

    It is mostly left from a service that is used no more. Who gets hold of the name that it leads to, which can be as easy as to register a domain or
    to open an account, can publish a policy for the domain or get its reports. Remove the alias.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "mta-sts.example.com", "type": "CNAME", "values": ["left.example.net."]},
        {"name": "mta-sts.example.com", "type": "A", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "mta-sts.example.com", "type": "CNAME", "values": ["policies.example.net."]},
        {"name": "mta-sts.example.com", "type": "A", "values": ["192.0.2.80"]}]}
    """
    domain = context.require_domain().name
    if not observation.has(domain):
        return
    host = f"mta-sts.{domain}"
    for target in observation.answer(host, "CNAME").values:
        if observation.answer(host, "A").status is Status.NXDOMAIN:
            yield _nothing(mta_sts.KIND, host, target)
    for key, label in _TEXTS:
        name = f"{label}{domain}"
        if Question(name=name, type="TXT") not in observation.planned and observation.answer(name, "TXT").status is Status.NXDOMAIN:
            for target in observation.answer(name, "CNAME").values:
                yield _nothing(key, name, target)


def _nothing(key: str, name: str, target: str) -> Finding:
    message = f"{name} is an alias of {_shown(target)}, which does not exist: who gets hold of that name decides what stands here"
    return Finding(message, at=(key,))


def _planned(observation: Observation, domain: Domain) -> Iterator[tuple[str, Record]]:
    """The records that a file asks for, with their sections; nothing for a domain without a file. Beside SPF, MX needs no word of its own."""
    mail = () if domain.section(Spf) is not None else (Mx.KEY,)
    for key in (*mail, mta_sts.KIND, tls_rpt.KIND, bimi.KIND):
        section = domain.sections.get(key, ABSENT)
        for record in section.records(domain) if section is not ABSENT else ():
            if Question(name=record.name, type=record.type) in observation.planned:
                yield key, record


def _names(domain: Domain) -> Iterator[tuple[str, str]]:
    """Where receivers look for the records of a domain, with the sections."""
    yield Spf.KEY, domain.name
    yield Dmarc.KEY, f"_dmarc.{domain.name}"
    yield from ((key, f"{label}{domain.name}") for key, label in _TEXTS)
    keys = domain.section(Dkim)
    yield from ((Dkim.KEY, record.name) for record in (keys.records(domain) if keys is not None else ()))


def _chain(name: str) -> Questions[list[str]]:
    """The names that a name is an alias of, one after another, itself first; if one comes again, it is the last."""
    chain = [name]
    while len(chain) <= _MAX_CHAIN and chain[-1] not in chain[:-1]:
        answer = yield Question(name=chain[-1], type="CNAME")
        if len(answer.values) != 1:
            break
        try:
            chain.append(normalise(answer.values[0]))
        except InvalidName:
            break
    return chain


def _shown(name: str) -> str:
    return printable(name.removesuffix("."))
