"""What receivers put up with: the look-ups of SPF records, of those that they include, too."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.observation import Observation
from emailauth.lint.rule import ADVICE, MUST, SHOULD, Context, rule
from emailauth.lint.spf_trees import leads, led_to, tree_of
from emailauth.protocols import spf
from emailauth.protocols.mx import Mx
from emailauth.protocols.spf.check_host import Limits, Result, ResultCode, check_host
from emailauth.protocols.spf.space import worst_case
from emailauth.protocols.spf.tree import Branch, Tree

_NOBODY: Final = (IPv4Address(0), IPv6Address(0))
"""Addresses that no host has: no term matches them but those that match everyone, so that the evaluation comes to the end."""
_COUNTED: Final = 50
"""Terms up to which they are counted, however many a loop has."""
_UNLIMITED: Final = 1000
_SHOWN: Final = 4
"""Terms on the way to one that are named."""
_LIMITS: Final = Limits()
_NEAR: Final = 8
"""Look-ups from which on one more service, or one that changes its record, can be too much."""


@rule(MUST, "RFC 7208 section 4.6.4", covers=["SPF-047", "SPF-052", "SPF-053", "SPF-062"])
def spf_tree_too_many_lookups(observation: Observation, context: Context) -> Iterator[Finding]:
    """More than 10 terms that query DNS, those of included records counted.

    A receiver that finds no match among the first 10 stops with permerror, and DMARC then counts SPF as failed. Records that include each
    other never end, so they have too many, too; and as each include is a look-up, no receiver follows a chain of more than 10.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 include:_spf.example.net -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 -all"]}]}
    """
    section = context.require_domain().section(spf.Spf)
    if section is None or section.record.lookups > spf.MAX_LOOKUPS:  # which the record tells by itself
        return
    for ip in _NOBODY:
        result = _evaluated(observation, context, ip, Limits(voids=_UNLIMITED))
        if result.result is ResultCode.PERMERROR and result.lookups > spf.MAX_LOOKUPS:
            whole = _evaluated(observation, context, ip, Limits(lookups=_COUNTED, voids=_UNLIMITED))
            count = f"{whole.lookups}" if whole.lookups <= _COUNTED else f"more than {_COUNTED}"
            message = f"{count} terms query DNS, those of included records counted, and {spf.MAX_LOOKUPS} are allowed: "
            yield Finding(f"{message}receivers that come to {_way(result)} stop with permerror", at=_place(section, result))
            return


@rule(ADVICE, "RFC 7208 section 4.6.4", covers=["SPF-048"])
def spf_near_lookup_limit(observation: Observation, context: Context) -> Iterator[Finding]:
    """8 to 10 terms that query DNS, those of included records counted.

    10 are allowed. One more service, or one that takes more look-ups than it does today, makes it too many, and then receivers stop with
    permerror. The message says which terms take how many.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:a.example.net", "include:b.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "a.example.net", "type": "TXT", "values": ["v=spf1 a:s1.example.net a:s2.example.net a:s3.example.net -all"]},
        {"name": "b.example.net", "type": "TXT", "values": ["v=spf1 a:s4.example.net a:s5.example.net a:s6.example.net -all"]},
        {"name": "s1.example.net", "type": "A", "values": ["192.0.2.1"]}, {"name": "s1.example.net", "type": "AAAA", "values": ["2001:db8::1"]},
        {"name": "s2.example.net", "type": "A", "values": ["192.0.2.2"]}, {"name": "s2.example.net", "type": "AAAA", "values": ["2001:db8::2"]},
        {"name": "s3.example.net", "type": "A", "values": ["192.0.2.3"]}, {"name": "s3.example.net", "type": "AAAA", "values": ["2001:db8::3"]},
        {"name": "s4.example.net", "type": "A", "values": ["192.0.2.4"]}, {"name": "s4.example.net", "type": "AAAA", "values": ["2001:db8::4"]},
        {"name": "s5.example.net", "type": "A", "values": ["192.0.2.5"]}, {"name": "s5.example.net", "type": "AAAA", "values": ["2001:db8::5"]},
        {"name": "s6.example.net", "type": "A", "values": ["192.0.2.6"]}, {"name": "s6.example.net", "type": "AAAA", "values": ["2001:db8::6"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:a.example.net", "include:b.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "a.example.net", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.0/24 -all"]},
        {"name": "b.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 -all"]}]}
    """
    tree = tree_of(observation, context.require_domain())
    if tree is None or not _may_take(_NEAR, tree):
        return
    lookups = worst_case(tree)[0]
    if _NEAR <= lookups <= spf.MAX_LOOKUPS:
        costs = sorted(((_cost(branch, tree), branch.term.text) for branch in tree.root.branches), key=lambda one: -one[0])
        by_term = ", ".join(f"{cost} by {text}" for cost, text in costs)
        yield Finding(f"{lookups} of the {spf.MAX_LOOKUPS} look-ups that receivers make are taken: {by_term}", at=(spf.Spf.KEY,))


@rule(MUST, "RFC 7208 section 4.6.4", covers=["SPF-049"])
def spf_tree_too_many_voids(observation: Observation, context: Context) -> Iterator[Finding]:
    """More than 2 terms that look for what is not there, those of included records counted.

    Receivers stop with permerror then, some already at the second such term. Mostly names are left in a record whose hosts are gone.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["a:s1.example.com", "a:s2.example.com", "a:s3.example.com"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1.example.com", "type": "A", "status": "nxdomain"}, {"name": "s1.example.com", "type": "AAAA", "status": "nxdomain"},
        {"name": "s2.example.com", "type": "A", "status": "nxdomain"}, {"name": "s2.example.com", "type": "AAAA", "status": "nxdomain"},
        {"name": "s3.example.com", "type": "A", "status": "nxdomain"}, {"name": "s3.example.com", "type": "AAAA", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["a:s1.example.com"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1.example.com", "type": "A", "values": ["192.0.2.1"]},
        {"name": "s1.example.com", "type": "AAAA", "values": ["2001:db8::1"]}]}
    """
    yield from _voids(observation, context, _NOBODY[0])


@rule(SHOULD, "RFC 7208 section 4.6.4", covers=["SPF-049"])
def spf_tree_too_many_ipv6_voids(observation: Observation, context: Context) -> Iterator[Finding]:
    """More than 2 terms that have nothing for clients with IPv6, those of included records counted.

    A host without an IPv6 address is such a term for clients that come by IPv6. Receivers stop with permerror then: mail from the domain's own
    IPv6 addresses behind these terms does not pass, and DMARC counts SPF as failed.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["a:s1.example.com", "a:s2.example.com", "a:s3.example.com"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1.example.com", "type": "A", "values": ["192.0.2.1"]}, {"name": "s1.example.com", "type": "AAAA", "status": "no data"},
        {"name": "s2.example.com", "type": "A", "values": ["192.0.2.2"]}, {"name": "s2.example.com", "type": "AAAA", "status": "no data"},
        {"name": "s3.example.com", "type": "A", "values": ["192.0.2.3"]}, {"name": "s3.example.com", "type": "AAAA", "status": "no data"}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "ip4:192.0.2.2", "ip4:192.0.2.3"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": []}
    """
    if not any(_voids(observation, context, _NOBODY[0])):
        yield from _voids(observation, context, _NOBODY[1])


@rule(MUST, "RFC 7208 section 4.6.4", covers=["SPF-050"])
def spf_tree_mx_too_many_hosts(observation: Observation, context: Context) -> Iterator[Finding]:
    """The mechanism mx of a domain that has more than 10 mail hosts.

    Receivers look up the addresses of 10 hosts at most; where there are more, they stop with permerror, and DMARC then counts SPF as failed.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["mx:example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.net", "type": "MX", "values": [
        "1 mx1.example.net.", "1 mx2.example.net.", "1 mx3.example.net.", "1 mx4.example.net.", "1 mx5.example.net.", "1 mx6.example.net.",
        "1 mx7.example.net.", "1 mx8.example.net.", "1 mx9.example.net.", "1 mx10.example.net.", "1 mx11.example.net."]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["mx:example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "example.net", "type": "MX", "values": ["1 mx1.example.net."]},
        {"name": "mx1.example.net", "type": "A", "values": ["192.0.2.25"]},
        {"name": "mx1.example.net", "type": "AAAA", "values": ["2001:db8::25"]}]}
    """
    domain = context.require_domain()
    tree = tree_of(observation, domain)
    section = domain.section(spf.Spf)
    if tree is None or section is None:
        return
    own = [(branch.term, branch, domain.name) for branch in tree.root.branches]
    others = [(led.term, branch, led.node.domain) for led in led_to(tree) for branch in led.node.branches]
    for term, branch, owner in (*own, *others):
        if not isinstance(branch.term, spf.Mx) or (branch.target == domain.name and domain.section(Mx)):  # which the file tells by itself
            continue
        if any(step.problem is ResultCode.PERMERROR for steps in branch.steps.values() for step in steps):
            message = f"{branch.target} has more than {_LIMITS.names} mail hosts: receivers that come to {branch.term.text!r} of {owner} stop with"
            yield Finding(f"{message} permerror", at=(spf.Spf.KEY, *section.record.place(term)))


def _may_take(lookups: int, tree: Tree) -> bool:
    """Whether the tree has as many terms that query DNS, where each record counts as often as it is named."""
    waiting = list(tree.root.branches)
    for branch in waiting:
        if len(waiting) >= lookups:
            return True
        if leads(branch):
            waiting += tree.nodes[branch.target.lower()].branches
    return len(waiting) >= lookups


def _cost(branch: Branch, tree: Tree) -> int:
    return 1 + (worst_case(replace(tree, domain=branch.target))[0] if leads(branch) else 0)


def _voids(observation: Observation, context: Context, ip: IPv4Address | IPv6Address) -> Iterator[Finding]:
    section = context.require_domain().section(spf.Spf)
    if section is None:
        return
    result = _evaluated(observation, context, ip, _LIMITS)
    if result.result is ResultCode.PERMERROR and result.voids > _LIMITS.voids:
        message = f"more than {_LIMITS.voids} terms look for what is not there for clients with IPv{ip.version}: "
        yield Finding(f"{message}receivers that come to {_way(result)} stop with permerror", at=_place(section, result))


def _evaluated(observation: Observation, context: Context, ip: IPv4Address | IPv6Address, limits: Limits) -> Result:
    name = context.require_domain().name
    return observation.follow(check_host(ip=ip, domain=name, sender=f"postmaster@{name}", limits=limits))


def _way(result: Result) -> str:
    """The term that was too much, and the includes that led to it: of many, the first."""
    inner = result.matches[-1:] if len(result.matches) > _SHOWN else result.matches[:0:-1]
    return ", in ".join(f"{match.term.text!r} of {match.domain}" for match in (*inner, *result.matches[:1]))


def _place(section: spf.Spf, result: Result) -> Route:
    """The term of the domain's own record that led there."""
    return (spf.Spf.KEY, *(section.record.place(result.matches[0].term) if result.matches else ()))
