"""What a domain's own name says in DNS: one SPF record, none, several, or something that only looks like one."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.question import Status
from emailauth.core.text import printable
from emailauth.lint.rule import ADVICE, MUST, SHOULD, Context, rule
from emailauth.lint.spf_trees import ask
from emailauth.protocols import spf
from emailauth.protocols.spf.near_miss import is_near_miss, is_sender_id

_MAX_ANSWER: Final = 512
_MAX_UDP: Final = 1232
"""Octets of an answer that resolvers take over UDP (DNS flag day 2020)."""
_CHARACTER_STRING: Final = 255
_MAX_SHOWN: Final = 64


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
    answer = observation.follow(ask(name))
    if answer.failed or answer.status is Status.NXDOMAIN:
        return
    if not any(spf.is_record(value) or is_near_miss(value) for value in answer.values):
        yield Finding(f"{name} has no SPF record: receivers cannot tell its own mail from forged mail by SPF")


@rule(MUST, "RFC 7208 section 4.5", covers=["SPF-003"])
def spf_record_passed_over(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain's only SPF record does not begin with `v=spf1` and a space.

    Receivers pass over it, as if the domain had none: nothing else may stand in the version, no quotation mark or space before it, no
    semicolon behind it.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1; mx -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]}]}
    """
    values = observation.follow(ask(context.require_domain().name)).values
    if not any(map(spf.is_record, values)):
        for value in filter(is_near_miss, values):
            yield Finding(f"{_cut(value)} does not begin with v=spf1 and a space, so receivers pass over it: there is no SPF record")


@rule(ADVICE, "RFC 7208 section 4.5", covers=["SPF-003", "SPF-005"])
def spf_useless_record(observation: Observation, context: Context) -> Iterator[Finding]:
    """Beside the SPF record stands another one that receivers pass over.

    It may be of Sender ID (`spf2.0/`), which nobody evaluates any more, or a second SPF record whose version is misspelt: then the hosts
    that it names do not pass. It takes room in each answer; take it out, or its terms over.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.1 -all", "spf2.0/pra ip4:192.0.2.1 -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.1 -all"]}]}
    """
    name = context.require_domain().name
    has_record = any(map(spf.is_record, observation.follow(ask(name)).values))
    for value in observation.answer(name, "TXT").values:
        if is_sender_id(value):
            yield Finding(f"{_cut(value)} is a record of Sender ID, which receivers pass over", at=(spf.Spf.KEY,))
        elif has_record and is_near_miss(value):
            yield Finding(f"{_cut(value)} does not begin with v=spf1 and a space, so receivers pass over it", at=(spf.Spf.KEY,))


@rule(MUST, "RFC 7208 section 3.1", covers=["SPF-004"])
def spf_record_of_old_type(observation: Observation, context: Context) -> Iterator[Finding]:
    r"""A domain has a record of the old type SPF (99).

    SPF records must be TXT records only; the type was for a trial that is over. Receivers do not ask for it, and what it says grows old.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "SPF", "values": ["\"v=spf1 ip4:192.0.2.1 -all\""]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "SPF", "status": "no data"}]}
    """
    name = context.require_domain().name
    if observation.answer(name, "SPF").values:
        yield Finding(f"{name} has a record of the type SPF, which receivers do not ask for: it must be TXT only", at=(spf.Spf.KEY,))


@rule(SHOULD, "RFC 7208 section 3.4", covers=["SPF-074"])
def spf_txt_set_too_long(observation: Observation, context: Context) -> Iterator[Finding]:
    """The TXT records at a domain's name do not fit into one answer of 512 octets.

    Whoever asks for the SPF record gets all TXT records at the name. Longer answers need EDNS, and from 1,232 octets on mostly TCP, which some
    firewalls do not let through; SPF then ends in temperror. Records of services that have checked the domain long ago can mostly go.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": [
        "first-service-verification=6ec8b7a29a56ca13e2a5d3ea2e4bbd0a83ae85a2a2a6b3c0f3d90e4d8e7cb3f7d7fb2a0c45b6bd1d0ba8e21e0c55d8a6",
        "second-service-verification=6ec8b7a29a56ca13e2a5d3ea2e4bbd0a83ae85a2a2a6b3c0f3d90e4d8e7cb3f7d7fb2a0c45b6bd1d0ba8e21e0c55d8a6",
        "third-service-verification=6ec8b7a29a56ca13e2a5d3ea2e4bbd0a83ae85a2a2a6b3c0f3d90e4d8e7cb3f7d7fb2a0c45b6bd1d0ba8e21e0c55d8a6",
        "fourth-service-verification=6ec8b7a29a56ca13e2a5d3ea2e4bbd0a83ae85a2a2a6b3c0f3d90e4d8e7cb3f7d7fb2a0c45b6bd1d0ba8e21e0c55d8a6"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.1 -all"]}]}
    """
    name = context.require_domain().name
    own = [value for value in observation.follow(ask(name)).values if spf.is_record(value)]
    others = [value for value in observation.answer(name, "TXT").values if not spf.is_record(value)]
    if not own or not others or _answer_size(name, own) > _MAX_ANSWER:  # which the record tells by itself
        return
    size = _answer_size(name, own + others)
    if size > _MAX_ANSWER:
        more = ", and above 1232 mostly TCP" if size > _MAX_UDP else ""
        message = f"the {len(own + others)} TXT records at {name} make an answer of {size} octets: above {_MAX_ANSWER} it needs EDNS{more}"
        yield Finding(message, at=(spf.Spf.KEY,))


@rule(ADVICE, "RFC 7208 section 3.5", covers=["SPF-079"])
def spf_wildcard_record(observation: Observation, context: Context) -> Iterator[Finding]:
    """A wildcard gives every name below a domain an SPF record that lets hosts send.

    Whatever name a forger makes up below the domain has that record. The standard discourages wildcards for SPF; one that allows nobody
    does no harm, and is not remarked.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "*.example.com", "type": "TXT", "values": ["v=spf1 include:_spf.example.net ~all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "*.example.com", "type": "TXT", "status": "nxdomain"}]}
    """
    name = context.require_domain().name
    for record in map(spf.parse, observation.answer(f"*.{name}", "TXT").values):
        if record is not None and (record.redirect or any(term.passes for term in record.tested)):
            yield Finding(
                f"names below {name} that do not exist have an SPF record that lets hosts send: {_cut(record.text)}", at=(spf.Spf.KEY,)
            )


def _answer_size(name: str, values: list[str]) -> int:
    """Octets of the smallest answer: header, question, and the TXT records, whose names are compressed (RFC 1035 section 4.1)."""
    octets = [len(value.encode(errors="surrogateescape")) for value in values]
    return 12 + (len(name) + 2 + 4) + sum(2 + 10 + one + max(1, -(-one // _CHARACTER_STRING)) for one in octets)


def _cut(text: str) -> str:
    """A text fit to be shown in a message, in quotes."""
    return repr(printable(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."))
