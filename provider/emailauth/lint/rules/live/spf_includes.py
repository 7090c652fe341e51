"""What SPF records lead to: the records that they include or redirect to, and their explanation."""

from collections.abc import Iterator
from dataclasses import replace

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.question import Answer, Status
from emailauth.core.text import printable
from emailauth.lint.rule import ADVICE, MUST, SHOULD, Context, rule
from emailauth.lint.spf_trees import Led, ask, leads, led_to, reach, tree_of
from emailauth.protocols import spf
from emailauth.protocols.spf.check_host import ResultCode
from emailauth.protocols.spf.domain_spec import NotATerm, macro_string
from emailauth.protocols.spf.intervals import everything
from emailauth.protocols.spf.macros import name_to_ask
from emailauth.protocols.spf.space import COUNTED, evaluate
from emailauth.protocols.spf.survey import Families, authorised
from emailauth.protocols.spf.tree import VERSIONS, Branch, Tree


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
    for led in _led(observation, context):
        name = name_to_ask(led.node.domain)
        if led.node.record is None and led.node.problem is not ResultCode.TEMPERROR and name is not None:
            what = _lack(observation.follow(ask(name)))
            message = f"{led.node.domain}, which the record of {led.owner} names, {what}: receivers that come to it stop with permerror"
            yield Finding(message, at=_place(context, led))


@rule(MUST, "RFC 7208 section 5.2", covers=["SPF-056"])
def spf_include_of_bad_record(observation: Observation, context: Context) -> Iterator[Finding]:
    """A record includes, or redirects to, one that is not written as it must be.

    Receivers refuse that record as a whole. Those that come to the term that names it stop with permerror, and DMARC then counts SPF as
    failed. Only its owner can mend it; until then it is better left out.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ipv4:198.51.100.0/24 -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 -all"]}]}
    """
    for led in _led(observation, context):
        if led.node.record is not None and led.node.problem is ResultCode.PERMERROR:
            reason = printable(led.node.reason)
            message = (
                f"receivers refuse the record of {led.node.domain}, which the record of {led.owner} names ({reason}): those that come to it"
            )
            yield Finding(f"{message} stop with permerror", at=_place(context, led))


@rule(SHOULD, "RFC 9989 section 11.1", covers=["SPF-042"])
def spf_include_passes_everyone(observation: Observation, context: Context) -> Iterator[Finding]:
    """A record includes, or redirects to, one that lets every host pass.

    Mail from every host then passes as the domain's own, forged mail included, and DMARC counts it as such.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 +all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 -all"]}]}
    """
    domain = context.require_domain()
    tree = tree_of(observation, domain)
    section = domain.section(spf.Spf)
    if tree is None or section is None:
        return
    reached = reach(tree)
    for branch in tree.root.branches:
        at_most = reached.get(branch.term.start)
        if at_most is not None and leads(branch) and _is_everyone(at_most.addresses) and _passes_everyone(branch, tree):
            message = f"the record of {branch.target} lets mail from every host pass, and by {branch.term.text!r} this one does, too"
            yield Finding(message, at=(spf.Spf.KEY, *section.record.place(branch.term)))


@rule(ADVICE, "RFC 7208 section 6.2", covers=["SPF-059"])
def spf_explanation_not_usable(observation: Observation, context: Context) -> Iterator[Finding]:
    """The text of an explanation is missing, or is none.

    Receivers use it where there is exactly one TXT record at the name, in ASCII, with macros that are written as they must be. Else they tell
    the sender of rejected mail nothing of yours; the result is the same.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail, explanation: why.example.com}
        --- answers.json
        {"format": 1, "answers": [{"name": "why.example.com", "type": "TXT", "values": ["100% of our mail comes from 192.0.2.1"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail, explanation: why.example.com}
        --- answers.json
        {"format": 1, "answers": [{"name": "why.example.com", "type": "TXT", "values": ["100%% of our mail comes from 192.0.2.1"]}]}
    """
    section = context.require_domain().section(spf.Spf)
    for term in section.record.terms if section is not None else ():
        if not isinstance(term, spf.Explanation) or term.domain.name is None:
            continue
        name = name_to_ask(term.domain.name)
        fault = None if name is None else _fault(observation.follow(ask(name)))
        if section is not None and fault:
            yield Finding(f"{fault} at {name}, so receivers give no explanation", at=(spf.Spf.KEY, *section.record.place(term)))


def _led(observation: Observation, context: Context) -> Iterator[Led]:
    tree = tree_of(observation, context.require_domain())
    return led_to(tree) if tree is not None else iter(())


def _place(context: Context, led: Led) -> tuple[str | int, ...]:
    section = context.require_domain().section(spf.Spf)
    return (spf.Spf.KEY, *(section.record.place(led.term) if section is not None else ()))


def _lack(answer: Answer) -> str:
    """What there is instead of one record."""
    if answer.status is Status.NXDOMAIN:
        return "does not exist, and whoever registers it can let mail in your name pass"
    count = sum(map(spf.is_record, answer.values))
    return f"has {count or 'no'} SPF record{'s' if count else ''}"


def _passes_everyone(branch: Branch, tree: Tree) -> bool:
    return _is_everyone(authorised(evaluate(replace(tree, domain=branch.target), COUNTED)).always)


def _is_everyone(addresses: Families) -> bool:
    return any(addresses[version] == everything(version) for version in VERSIONS)


def _fault(answer: Answer) -> str | None:
    """Why a text is not used; None where it is, or where that is not known."""
    if answer.failed:
        return None
    if len(answer.values) != 1:
        return f"there are {len(answer.values)} TXT records" if answer.values else "there is no TXT record"
    if not answer.values[0].isascii():
        return "there is a text that is not in ASCII"
    try:
        macro_string(answer.values[0])
    except NotATerm as e:
        return f"there is a text that is not written as it must be ({printable(str(e))})"
    return None
