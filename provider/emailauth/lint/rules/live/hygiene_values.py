"""What the values of record sets look like on the wire, whatever they say."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.core.question import Question, Questions
from emailauth.core.text import plural, printable
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols import bimi, dkim, dmarc, mta_sts, tls_rpt
from emailauth.protocols.bimi import record as bimi_record

_TEXTS: Final[tuple[tuple[str, str, Callable[[str], bool]], ...]] = (
    (mta_sts.KIND, "_mta-sts.", mta_sts.recognises),
    (tls_rpt.KIND, "_smtp._tls.", tls_rpt.recognises),
    (bimi.KIND, "default._bimi.", bimi_record.recognises),
)
"""Section, what stands before the domain in the owner name, and which values are its records. Those of SPF, DKIM and DMARC are judged there."""
_CLUTTER: Final = re.compile(r'^[\s"\'\u201c-\u201f]+|(?<![\s"\'\u201c-\u201f])[\s"\'\u201c-\u201f]+$|"\s*"|\\(?=[;"\\])')
"""Quotation marks and escapes of zone files, and typographic ones of text editors, with the space around them."""
_SHOWN: Final = 60
"""Characters of a value that a message shows."""
_UDP: Final = 1232
"""Octets of an answer that resolvers let come by UDP (DNS flag day 2020)."""
_FRAME: Final = 12 + 4 + 11
"""Octets of an answer's header, of the question without its name, and of the OPT record."""
_RECORD: Final = 2 + 10
"""Octets of a record beside its data, its name compressed."""
_STRING: Final = 255


@rule(MUST, "RFC 8461 section 3.1, RFC 8460 section 3", covers=["DNS-002"])
def dns_value_in_quotes(observation: Observation, context: Context) -> Iterator[Finding]:
    r"""A record of MTA-STS, TLS-RPT or BIMI holds the quotation marks or backslashes of a zone file.

    In a zone file a text stands in quotation marks, with `\;` for a semicolon here and there. A console that takes the text as it is
    makes them part of the record. Its first characters are not those of such a record then, so that senders and receivers discard it.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_smtp._tls.example.com", "type": "TXT", "values": ["\"v=TLSRPTv1; rua=mailto:tls@example.com\""]},
        {"name": "_mta-sts.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "default._bimi.example.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_smtp._tls.example.com", "type": "TXT", "values": ["v=TLSRPTv1; rua=mailto:tls@example.com"]},
        {"name": "_mta-sts.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "default._bimi.example.com", "type": "TXT", "status": "nxdomain"}]}
    """
    domain = context.require_domain().name
    for key, label, recognises in _TEXTS:
        values = observation.follow(_texts(f"{label}{domain}"))
        if any(map(recognises, values)):
            continue
        for value in values:
            if recognises(_CLUTTER.sub("", value)):
                yield Finding(
                    f"the text at {label}{domain} is no record, as its quotes and escapes are part of it: {_shown(value)}", at=(key,)
                )


@rule(ADVICE, "RFC 6891 section 6.2.5", covers=["DNS-010"])
def dns_answer_long(observation: Observation, context: Context) -> Iterator[Finding]:
    """What DNS answers for a key, a policy or the mail hosts does not fit into one UDP packet.

    Resolvers let 1232 octets come by UDP, as longer packets are cut to pieces on their way and get lost. They have to ask again by TCP, which takes time
    and which some firewalls do not let through. (The texts at the domain itself are judged with its SPF record.)

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]},
        {"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=1;",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 1.",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 2.",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 3.",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 4.",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 5.",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 6.",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 7.",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 8.",
        "A text of another service, which is nothing to MTA-STS, and one of many that somebody has put at this name without need: 9."]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]},
        {"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=1;"]}]}
    """
    for key, name in _names(context.require_domain()):
        values = observation.answer(name, "TXT").values
        octets = _FRAME + len(name) + 2 + sum(map(_octets, values))
        if octets > _UDP:
            message = (
                f"the answer for {name} has {octets} octets in {plural(len(values), 'value')}: over {_UDP}, receivers ask again by TCP"
            )
            yield Finding(message, at=(key,))


def _names(domain: Domain) -> Iterator[tuple[str, str]]:
    """Where receivers look for texts, but for the domain itself, with the sections."""
    yield dmarc.Dmarc.KEY, f"_dmarc.{domain.name}"
    yield from ((key, f"{label}{domain.name}") for key, label, _ in _TEXTS)
    keys = domain.section(dkim.Dkim)
    yield from ((dkim.Dkim.KEY, record.name) for record in (keys.records(domain) if keys is not None else ()))


def _octets(value: str) -> int:
    """The octets that a TXT record takes, with the length before each of its strings (RFC 1035 section 3.3.14)."""
    length = len(value.encode("utf-8", "surrogateescape"))
    return _RECORD + length + max(1, -(-length // _STRING))


def _texts(name: str) -> Questions[tuple[str, ...]]:
    return (yield Question(name=name, type="TXT")).values


def _shown(value: str) -> str:
    return printable(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}...")
