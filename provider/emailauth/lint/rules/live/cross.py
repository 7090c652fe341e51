"""What the answers for one protocol mean for another."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.names import InvalidName, normalise
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.core.question import Questions
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.lint.sending import lets_send
from emailauth.protocols import dmarc, mta_sts, spf
from emailauth.protocols.mx import Mx
from emailauth.protocols.spf.check_host import Result, ResultCode, check_host

_NOBODY: Final = (IPv4Address(0), IPv6Address(0))
"""Addresses that no host has, so that an evaluation comes to the end of a record."""


@rule(MUST, "RFC 9989 section 5.1.6", covers=["X-003"])
def dmarc_enforced_with_broken_spf(observation: Observation, context: Context) -> Iterator[Finding]:
    """The DMARC policy is enforced, and the SPF record, which the file leaves to others, is broken.

    Receivers stop with permerror, and SPF proves no message: what no DKIM signature proves is lost. What fails must be mended before a domain
    asks for quarantine or reject. (Where the SPF record is in the file, the rules on it say the same.)

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 ipv4:192.0.2.1 -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.1 -all"]}]}
    """
    domain = context.require_domain()
    if spf.Spf.KEY in domain.sections or sum(map(spf.is_record, observation.answer(domain.name, "TXT").values)) != 1:
        return
    policy = observation.follow(dmarc.discover(domain.name)).policy
    if policy is None or policy == "none":
        return
    for ip in _NOBODY:
        result = observation.follow(_evaluation(domain.name, ip))
        if result.result is ResultCode.PERMERROR:
            message = (
                f"receivers are asked for {policy}, and stop at the SPF record with permerror ({result.problem}): DKIM alone proves mail"
            )
            yield Finding(message, at=(dmarc.Dmarc.KEY, "policy"))
            return


@rule(ADVICE, "RFC 8461 section 2", covers=["X-006"])
def mta_sts_testing_beside_dane(observation: Observation, context: Context) -> Iterator[Finding]:
    """MTA-STS is only tested, while TLSA records are published for the mail hosts.

    Mode testing means that failures are reported and mail comes all the same. Senders that do DANE go by the TLSA records and hold mail back
    where the certificate does not match them, whatever the MTA-STS policy says: the two do not speak of the same trust. Once the
    TLSA records prove right, there is nothing left to test.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
            mta_sts: {mode: testing, mx: [mx1.example.com], max_age: 604800}
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1, "answers": [{"name": "_25._tcp.mx1.example.com", "type": "TLSA", "values":
        ["3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
            mta_sts: {mode: enforce, mx: [mx1.example.com], max_age: 604800}
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1, "answers": [{"name": "_25._tcp.mx1.example.com", "type": "TLSA", "values":
        ["3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}]}
    """
    domain = context.require_domain()
    section = domain.section(mta_sts.MtaSts)
    if section is None or section.mode != "testing":
        return
    hosts = [host for host in _mail_hosts(observation, domain) if _has_tlsa(observation, host)]
    if hosts:
        message = f"{' and '.join(hosts)} have TLSA records: senders that do DANE hold mail back where they do not match, testing or not"
        yield Finding(message if len(hosts) > 1 else message.replace(" have ", " has ", 1), at=(mta_sts.MtaSts.KEY, "mode"))


@rule(ADVICE, "RFC 8461 section 2", covers=["X-012"])
def dane_without_mta_sts(observation: Observation, context: Context) -> Iterator[Finding]:
    """The mail hosts have TLSA records, and the domain has no MTA-STS policy.

    Senders that do DANE protect the mail on its way; those that do only MTA-STS, some of the largest among them, do not. The two can stand side
    by side. (REQUIRETLS of RFC 8689, which needs one of the two, is between mail hosts and nothing of it is in DNS.)

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_mta-sts.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_25._tcp.mx1.example.com", "type": "TLSA", "values":
        ["3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_mta-sts.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "_25._tcp.mx1.example.com", "type": "TLSA", "status": "nxdomain"}]}
    """
    domain = context.require_domain()
    if domain.section(mta_sts.MtaSts) is not None:
        return
    announced = observation.answer(f"_mta-sts.{domain.name}", "TXT")
    if announced.failed or any(map(mta_sts.recognises, announced.values)):
        return
    hosts = _mail_hosts(observation, domain)
    if hosts and all(_has_tlsa(observation, host) for host in hosts):
        yield Finding(f"senders that do no DANE do not protect mail to {domain.name}: it has no MTA-STS policy", at=(Mx.KEY,))


@rule(ADVICE, "M3AAWG Protecting Parked Domains", covers=["X-011"])
def parked_domain_in_use(observation: Observation, context: Context) -> Iterator[Finding]:
    """The file says that a domain is parked, and by DNS it receives or sends mail today.

    One of the two is out of date. Once the file is applied, the mail hosts and the permission to send are gone: see that nobody needs them.

    Bad:
        version: 1
        domains:
          example.com: parked
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "MX", "values": ["10 mx1.example.net."]},
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]}]}
    Good:
        version: 1
        domains:
          example.com: parked
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "MX", "status": "no data"},
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 -all"]}]}
    """
    domain = context.require_domain()
    if not domain.parked:
        return
    records = filter(None, map(spf.parse, observation.answer(domain.name, "TXT").values))
    if hosts := _hosts(observation, domain.name):
        yield Finding(f"{domain.name} receives mail today: its MX records name {' and '.join(hosts)}")
    if any(map(lets_send, records)):
        yield Finding(f"{domain.name} sends mail today: its SPF record lets hosts do so")


def _evaluation(name: str, ip: IPv4Address | IPv6Address) -> Questions[Result]:
    return check_host(ip=ip, domain=name, sender=f"postmaster@{name}")


def _mail_hosts(observation: Observation, domain: Domain) -> tuple[str, ...]:
    """The hosts of the file, else those of DNS."""
    hosts = domain.mail_hosts
    return _hosts(observation, domain.name) if hosts is None else hosts


def _hosts(observation: Observation, name: str) -> tuple[str, ...]:
    """The hosts of the MX records of today, without that of a null MX."""
    names = (value.rpartition(" ")[2].removesuffix(".") for value in observation.answer(name, "MX").values)
    return tuple(dict.fromkeys(host for host in names if host))


def _has_tlsa(observation: Observation, host: str) -> bool:
    try:
        owner = normalise(f"_25._tcp.{host}")
    except InvalidName:
        return False
    return bool(observation.answer(owner, "TLSA").values)
