"""Domains that send nothing, as DNS has them."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.question import Question, Questions
from emailauth.lint.rule import ADVICE, Context, rule
from emailauth.lint.without_mail import is_without_mail, is_without_sender
from emailauth.protocols import spf
from emailauth.protocols.mx import Mx

_ADDRESSES: Final = ("A", "AAAA")


@rule(ADVICE, "RFC 7208 section 3.5", covers=["PARK-008"])
def parked_wildcard_without_spf(observation: Observation, context: Context) -> Iterator[Finding]:
    """Every name below a domain without mail has hosts, and none has an SPF record.

    A wildcard of addresses or MX records makes each name below the domain one that could send. The domain's own SPF record does not hold for them:
    a wildcard record `*.example.com` with `v=spf1 -all` does. This file describes no wildcards: publish it beside the other one.

    Bad:
        version: 1
        domains:
          example.com:
            mx: null_mx
            spf: {otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 -all"]},
        {"name": "*.example.com", "type": "TXT", "status": "no data"},
        {"name": "*.example.com", "type": "A", "values": ["192.0.2.80"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: null_mx
            spf: {otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 -all"]},
        {"name": "*.example.com", "type": "TXT", "values": ["v=spf1 -all"]},
        {"name": "*.example.com", "type": "A", "values": ["192.0.2.80"]}]}
    """
    domain = context.require_domain()
    if not is_without_mail(domain) or not observation.has(domain.name):
        return
    name = f"*.{domain.name}"
    texts = observation.answer(name, "TXT")
    if texts.failed or any(map(spf.is_record, texts.values)):
        return
    for record_type in (*_ADDRESSES, "MX"):
        values = [value for value in observation.answer(name, record_type).values if value != "0 ."]
        if values:
            message = f"the wildcard {name} gives every name below the domain {record_type} records ({values[0]}), and no SPF record"
            yield Finding(message, at=(spf.Spf.KEY,))
            return


@rule(ADVICE, "RFC 5321 section 5.1", covers=["PARK-004"])
def mail_goes_to_own_address(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain that sends nothing has no MX record, and an address.

    Senders then try to deliver at the address, which is mostly a web server's, for days before they give up. A null MX (`mx: null_mx`) says that the
    domain receives no mail, either.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "MX", "status": "no data"},
        {"name": "example.com", "type": "A", "values": ["192.0.2.80"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.com", "type": "MX", "values": ["0 ."]}]}
    """
    domain = context.require_domain()
    if Mx.KEY not in domain.sections and is_without_sender(domain):
        address = observation.follow(_address_without_mx(domain.name))
        if address:
            yield Finding(f"the domain lets nobody send, and what is sent to it goes to its own address, {address}, as it has no MX record")


def _address_without_mx(name: str) -> Questions[str]:
    """The address that senders fall back to; empty where there is none, or that is not known."""
    if (yield Question(name=name, type="MX")).is_void:
        for record_type in _ADDRESSES:
            answer = yield Question(name=name, type=record_type)
            if answer.values:
                return answer.values[0]
    return ""
