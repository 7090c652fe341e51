"""The hosts that receive a domain's mail."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.question import Answer, Question, Questions
from emailauth.lint.rule import MUST, Context, rule
from emailauth.protocols.mx import Mx


@rule(MUST, "RFC 5321 section 5.1", covers=["MX-004"])
def mx_host_without_address(observation: Observation, context: Context) -> Iterator[Finding]:
    """A mail host has no address.

    Senders cannot reach it; where all hosts are like that, the mail goes back.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "mx1.example.com", "type": "A", "status": "nxdomain"},
        {"name": "mx1.example.com", "type": "AAAA", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "mx1.example.com", "type": "A", "values": ["192.0.2.25"]}]}
    """
    section = context.require_domain().section(Mx)
    for i, host in enumerate(section.hosts if section is not None else ()):
        if observation.follow(_no_address(host.name)):
            yield Finding(f"{host.name} has no address: senders cannot reach it", at=(Mx.KEY, i))


def _no_address(name: str) -> Questions[bool]:
    """Whether it is sure that a host has neither an IPv4 nor an IPv6 address."""
    for record_type in ("A", "AAAA"):
        answer: Answer = yield Question(name=name, type=record_type)
        if not answer.is_void:
            return False
    return True
