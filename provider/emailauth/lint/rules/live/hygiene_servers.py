"""The authoritative servers of a domain, each asked for what it has itself."""

from collections.abc import Callable, Iterator
from typing import Final

from emailauth.core.authority import Authority, authorities
from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.question import Answer, Status
from emailauth.core.text import printable
from emailauth.lint.rule import ADVICE, SHOULD, Context, rule
from emailauth.protocols import dmarc, spf

_RECORDS: Final[tuple[tuple[str, str, Callable[[str], bool]], ...]] = (
    (spf.Spf.KEY, "{}", spf.is_record),
    (dmarc.Dmarc.KEY, "_dmarc.{}", dmarc.RECOGNISES["TXT"]),
)
"""What is compared: its section, its owner name, and which values are its own. Others change without harm to mail."""
_WHY_LAME: Final = {
    Status.LAME: "has no authority over it",
    Status.REFUSED: "refuses to answer for it",
    Status.SERVFAIL: "cannot answer for it (SERVFAIL)",
}
_SHOWN: Final = 60
"""Characters of a value that a message shows."""


@rule(SHOULD, "RFC 1034 section 4.3.5", covers=["DNS-012", "SPF-075"])
def dns_servers_disagree(observation: Observation, context: Context) -> Iterator[Finding]:
    """The authoritative servers of a domain have different SPF or DMARC records.

    Which record receivers find depends on the server that they ask. Just after a change that is so for a while; if it lasts, one server no longer gets
    the zone from the others. Servers that do not answer are not judged.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "NS", "values": ["ns1.example.net.", "ns2.example.net."]},
        {"name": "ns1.example.net", "type": "A", "values": ["192.0.2.53"]},
        {"name": "ns2.example.net", "type": "A", "values": ["198.51.100.53"]},
        {"name": "example.com", "type": "TXT", "server": "192.0.2.53", "values": ["v=spf1 ip4:192.0.2.1 -all"]},
        {"name": "example.com", "type": "TXT", "server": "198.51.100.53", "status": "no data"}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "NS", "values": ["ns1.example.net.", "ns2.example.net."]},
        {"name": "ns1.example.net", "type": "A", "values": ["192.0.2.53"]},
        {"name": "ns2.example.net", "type": "A", "values": ["198.51.100.53"]},
        {"name": "example.com", "type": "TXT", "server": "192.0.2.53", "values": ["v=spf1 ip4:192.0.2.1 -all"]},
        {"name": "example.com", "type": "TXT", "server": "198.51.100.53", "values": ["v=spf1 ip4:192.0.2.1 -all"]}]}
    """
    name = context.require_domain().name
    servers = observation.follow(authorities(name))
    for key, owner, recognises in _RECORDS:
        by_values: dict[tuple[str, ...], list[Authority]] = {}
        for server, answer in _answers(observation, owner.format(name), servers):
            if not answer.failed:
                by_values.setdefault(tuple(filter(recognises, answer.values)), []).append(server)
        if len(by_values) > 1:
            said = "; ".join(f"{_named(found)}: {_shown(values, key)}" for values, found in by_values.items())
            yield Finding(f"what receivers find depends on the server that they ask. {said}", at=(key,))


@rule(ADVICE, "RFC 1912 section 2.8", covers=["DNS-012"])
def dns_server_lame(observation: Observation, context: Context) -> Iterator[Finding]:
    """A server that a domain is delegated to does not serve it.

    Receivers that come to this server first have to ask another, which takes time; where the others do not answer at the moment, SPF and DMARC
    end in temperror, and mail waits. A server counts only where another one of the domain answers as it should.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "NS", "values": ["ns1.example.net.", "ns2.example.net."]},
        {"name": "ns1.example.net", "type": "A", "values": ["192.0.2.53"]},
        {"name": "ns2.example.net", "type": "A", "values": ["198.51.100.53"]},
        {"name": "example.com", "type": "TXT", "server": "192.0.2.53", "values": ["v=spf1 ip4:192.0.2.1 -all"]},
        {"name": "example.com", "type": "TXT", "server": "198.51.100.53", "status": "refused"}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "NS", "values": ["ns1.example.net."]},
        {"name": "ns1.example.net", "type": "A", "values": ["192.0.2.53"]},
        {"name": "example.com", "type": "TXT", "server": "192.0.2.53", "values": ["v=spf1 ip4:192.0.2.1 -all"]}]}
    """
    name = context.require_domain().name
    answers = list(_answers(observation, name, observation.follow(authorities(name))))
    if all(answer.failed for _, answer in answers):  # something on the way may answer in place of all of them
        return
    for server, answer in answers:
        if (why := _WHY_LAME.get(answer.status)) is not None:
            yield Finding(f"{server} is named as a server of {server.zone}, and {why}: receivers that ask it have to ask another")


def _answers(observation: Observation, name: str, servers: tuple[Authority, ...]) -> Iterator[tuple[Authority, Answer]]:
    return ((server, observation.answer(name, "TXT", server.address)) for server in servers)


def _named(servers: list[Authority]) -> str:
    return ", ".join(map(str, servers))


def _shown(values: tuple[str, ...], key: str) -> str:
    whole = " and ".join(repr(value) if len(value) <= _SHOWN else f"{value[:_SHOWN]!r}..." for value in values)
    return printable(whole) or f"no {key.upper()} record"
