"""Where DMARC records stand in DNS, and who else has a say in the names around them."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.names import is_within, labels
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain, Posture
from emailauth.core.question import Answer, Question, Questions
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols import dmarc

_AT: Final = (dmarc.Dmarc.KEY,)
_REGISTRIES: Final = frozenset({"ac", "co", "com", "edu", "gob", "gov", "go", "govt", "ne", "net", "nom", "or", "org"})
"""What the second level of a country's domain is called where names are registered below it."""
_COUNTRY: Final = 2
"""Letters of a country's top-level domain."""


@rule(MUST, "RFC 9989 section 8", covers=["DMARC-003"])
def dmarc_record_elsewhere(observation: Observation, context: Context) -> Iterator[Finding]:
    """A DMARC record is in DNS, and not where receivers look for it.

    They look at `_dmarc.example.com` and nowhere else: with the record at `example.com` or `dmarc.example.com` the domain has none.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "status": "nxdomain"},
        {"name": "example.com", "type": "TXT", "values": ["v=spf1 mx -all"]},
        {"name": "dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]},
        {"name": "dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    name = context.require_domain().name
    owner = dmarc.owner(name)
    answer = observation.follow(_ask(owner)) if owner else Answer()
    if answer.failed or any(map(dmarc.is_dmarc, answer.values)):
        return
    for place in _wrong_owners(name):
        if any(map(dmarc.is_dmarc, observation.answer(place, "TXT").values)):
            yield Finding(f"the DMARC record stands at {place}, and receivers only look at {owner}", at=_AT)


@rule(MUST, "RFC 9989 section 8", covers=["DMARC-009"])
def dmarc_alias_without_record(observation: Observation, context: Context) -> Iterator[Finding]:
    """The name of the DMARC record is an alias, and where it leads there is no record.

    Domains give the record away to a DMARC service by a CNAME. Where the service is left and the alias stays, the domain has no policy, and who
    gets hold of the name that it leads to decides on one.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "CNAME", "values": ["example.com.dmarc.example.net."]},
        {"name": "_dmarc.example.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_dmarc.example.com", "type": "CNAME", "values": ["example.com.dmarc.example.net."]},
        {"name": "_dmarc.example.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    """
    owner = dmarc.owner(context.require_domain().name)
    if owner is None or _is_planned(observation, owner):
        return
    answer = observation.answer(owner, "TXT")
    if not answer.is_void:
        return
    for target in observation.answer(owner, "CNAME").values:
        yield Finding(f"{owner} is an alias of {target.removesuffix('.')}, where there is no DMARC record", at=_AT)


@rule(MUST, "RFC 1034 section 3.6.2", covers=["DMARC-008"])
def dmarc_alias_in_the_way(observation: Observation, context: Context) -> Iterator[Finding]:
    """The file asks for a DMARC record at a name that is an alias in DNS today.

    No other record can stand beside a CNAME. Name servers refuse to take the record, or answer with the one or the other.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "CNAME", "values": ["example.com.dmarc.example.net."]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.example.com", "type": "CNAME", "status": "no data"}]}
    """
    owner = dmarc.owner(context.require_domain().name)
    if owner is None or not _is_planned(observation, owner):
        return
    for target in observation.answer(owner, "CNAME").values:
        message = f"{owner} is an alias of {target.removesuffix('.')}, and no record can stand beside it: remove the CNAME first"
        yield Finding(message, at=_AT)


@rule(ADVICE, "RFC 9989 section 11.8", covers=["DMARC-052"])
def dmarc_public_suffix_above(observation: Observation, context: Context) -> Iterator[Finding]:
    """A public suffix above the domain has a DMARC record that does not say that it is one.

    Receivers then take the suffix for the Organizational Domain of all that is registered below it: with relaxed alignment everyone there can
    prove mail of the domain. `public_suffix_domain: false` in the domain's own record ends their walk there.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.com", "type": "TXT", "values": ["v=DMARC1; p=reject"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "_dmarc.com", "type": "TXT", "values": ["v=DMARC1; p=reject; psd=y"]}]}
    """
    domain = context.require_domain()
    organizational = dmarc.organizational_domain(observation.follow(dmarc.walk(domain.name)))
    if organizational is None or organizational.domain == domain.name or not _is_registry(organizational.domain):
        return
    message = (
        f"receivers take {organizational.domain} for the Organizational Domain of {domain.name}, as its DMARC record does not say psd=y: "
        "say psd=n (public_suffix_domain: false)"
    )
    yield Finding(message, at=_AT)


@rule(ADVICE, "RFC 9989 section 11.8", covers=["DMARC-056"])
def dmarc_delegated_subdomain(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain is in the hands of others, and one above it has relaxed alignment.

    Who controls the DNS of `news.example.com` can publish an SPF record and keys there, and so prove mail from `example.com`. That is so where the
    domain is delegated to other name servers, or is an alias of a name elsewhere. Strict alignment above, or `public_suffix_domain: false` in
    the domain's own record, keeps the two apart. Known are the domains above that are judged in the same run.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
          news.example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "NS", "values": ["ns1.example.com."]},
        {"name": "news.example.com", "type": "CNAME", "status": "no data"},
        {"name": "news.example.com", "type": "NS", "values": ["ns1.example.net.", "ns2.example.net."]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
          news.example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "NS", "values": ["ns1.example.com."]},
        {"name": "news.example.com", "type": "CNAME", "status": "no data"},
        {"name": "news.example.com", "type": "NS", "status": "no data"}]}
    """
    domain = context.require_domain()
    own = domain.section(dmarc.Dmarc)
    above = _relaxed_above(domain, context.posture)
    if above is None or (own is not None and own.public_suffix_domain is False):
        return
    holder = _holder(observation, above, domain.name)
    if holder is not None:
        yield Finding(f"{domain.name} is in the hands of {holder}: who is there can prove mail from {above} by relaxed alignment")


def _ask(name: str) -> Questions[Answer]:
    return (yield Question(name=name, type="TXT"))


def _wrong_owners(name: str) -> Iterator[str]:
    """Where people put the record by mistake. That a name stands twice in it is told of all records together."""
    yield name
    yield f"dmarc.{name}"


def _is_planned(observation: Observation, owner: str) -> bool:
    """Whether a file asks for the record: that of a domain without a file may well come by an alias."""
    return Question(name=owner, type="TXT") in observation.planned


def _is_registry(name: str) -> bool:
    """Whether names are registered directly below a name, as far as that can be known without a list: `com`, `co.uk`."""
    parts = labels(name)
    return len(parts) == 1 or (len(parts) == _COUNTRY and len(parts[1]) == _COUNTRY and parts[0] in _REGISTRIES)


def _relaxed_above(domain: Domain, posture: Posture) -> str | None:
    """The nearest domain above with a DMARC record, if what is proved by names below it counts as its own."""
    parts = labels(domain.name)
    above = filter(None, (posture.domain(".".join(parts[i:])) for i in range(1, len(parts))))
    found = next(((other.name, section) for other in above if (section := other.section(dmarc.Dmarc)) is not None), None)
    if found is None or found[1].dkim_alignment == found[1].spf_alignment == "strict":
        return None
    return found[0]


def _holder(observation: Observation, domain: str, below: str) -> str | None:
    """Whose servers decide what is at a name below a domain; None where they are the domain's own, or nothing is known."""
    targets = [value.removesuffix(".") for value in observation.answer(below, "CNAME").values]
    aliases = [target for target in targets if not is_within(target, domain)]
    if aliases:
        return aliases[0]
    own, theirs = observation.answer(domain, "NS"), observation.answer(below, "NS")
    if own.values and theirs.values and not set(own.values) & set(theirs.values):
        return theirs.values[0].removesuffix(".")
    return None
