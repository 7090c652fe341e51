"""Which zone holds a name: the server's own answers tell (RFC 1034 section 4.3.2)."""

from collections.abc import Collection, Sequence

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataset
import dns.rdatatype

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import is_within, labels, normalise
from emailauth.core.record import Key
from emailauth.dns_hosts.rfc2136.server import Answer, Server


def zones_of(server: Server, names: Collection[str]) -> dict[str, str]:
    """The zone of each name. Raises `UsageError` where the server holds none, or has handed the name on."""
    zones: dict[str, str] = {}
    asked = {name: name for name in names}
    """By name: it, or the ancestor of it that is asked for."""
    while asked:
        questions = sorted(set(asked.values()))
        answers = ask(server, [(name, "SOA") for name in questions])
        found = {name: _zone(server, name, message) for name, message in zip(questions, answers, strict=True)}
        zones |= {name: zone for name, at in asked.items() if (zone := found[at]) is not None}
        asked = {name: _parent(server, at) for name, at in asked.items() if found[at] is None}
    return zones


def ask(server: Server, questions: Sequence[Key]) -> list[dns.message.Message]:
    """Answers with authority to questions of name and type. Raises `UsageError` and `CouldNotDoError` where there is none."""
    answers = server.ask([(dns.name.from_text(name), dns.rdatatype.from_text(record_type)) for name, record_type in questions])
    return [authoritative(server, name, answer) for (name, _), answer in zip(questions, answers, strict=True)]


def sets(server: Server, keys: Sequence[Key]) -> dict[Key, dns.rdataset.Rdataset]:
    """The sets that the server answers with for owner names and types, those of aliases' targets left out. Raises as `ask` does."""
    found: dict[Key, dns.rdataset.Rdataset] = {}
    for key, message in zip(keys, ask(server, keys), strict=True):
        owner, record_type = dns.name.from_text(key[0]), dns.rdatatype.from_text(key[1])
        for rrset in message.answer:
            if (rrset.name, rrset.rdtype) == (owner, record_type):
                found[key] = rrset.to_rdataset()
    return found


def authoritative(server: Server, name: str, answer: Answer) -> dns.message.Message:
    """The answer, if it has authority over the name and nothing above the name redirects it."""
    message, code = answer.message, dns.rcode.to_text(answer.rcode)
    if message is None and answer.rcode == dns.rcode.NOTAUTH:  # PowerDNS says no more than this
        raise CouldNotDoError(
            f"{server.place} does not accept {server.signer} (NOTAUTH, unsigned): compare its name, algorithm and secret with the server's"
        )
    if message is None or answer.rcode in {dns.rcode.REFUSED, dns.rcode.NOTAUTH}:
        raise UsageError(
            f"{server.place} has no zone that holds {name}, or does not let {server.signer} ask for it ({code}): "
            "correct dns_host rfc2136, server, or give the DNS host that has the zone"
        )
    if answer.rcode not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        raise CouldNotDoError(f"{server.place} cannot answer for {name} ({code}): its log says why")
    if not message.flags & dns.flags.AA:
        cuts = [normalise(rrset.name.to_text()) for rrset in message.authority if rrset.rdtype == dns.rdatatype.NS and len(rrset.name) > 1]
        where = f"has handed it on at {cuts[0]}" if cuts else "has no zone that holds it"
        raise UsageError(f"{server.place} does not answer for {name} itself: it {where}; give the DNS host that has the zone")
    for rrset in message.answer:
        owner = rrset.name.to_text(omit_final_dot=True).lower()
        if rrset.rdtype == dns.rdatatype.DNAME and owner != name and is_within(name, owner):
            raise UsageError(f"{server.place}: {name} is redirected by the DNAME of {owner}, so that no record of it would be answered")
    return message


def _zone(server: Server, name: str, message: dns.message.Message) -> str | None:
    """The zone that an answer to the question for a name's SOA tells; None: the name is an alias, and so no zone's apex."""
    owners = {rrset.rdtype: rrset.name.to_text(omit_final_dot=True).lower() for rrset in (*message.authority, *message.answer)}
    if dns.rdatatype.CNAME in owners:
        return None
    zone = owners.get(dns.rdatatype.SOA)
    if zone is None or not is_within(name, zone):
        raise CouldNotDoError(f"{server.place} does not say which zone holds {name}: name it in dns_host rfc2136, zones")
    return zone


def _parent(server: Server, name: str) -> str:
    parts = labels(name)
    if len(parts) == 1:
        raise CouldNotDoError(f"{server.place} does not say which zone holds {name}: name it in dns_host rfc2136, zones")
    return ".".join(parts[1:])
