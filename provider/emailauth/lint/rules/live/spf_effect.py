"""What the terms of SPF records come to: whom they let send, and which do nothing."""

from collections.abc import Iterator, Sequence
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.lint.providers import PROXIES
from emailauth.lint.rule import ADVICE, Context, rule
from emailauth.lint.spf_trees import leads, reach, tree_of
from emailauth.protocols import spf
from emailauth.protocols.spf.intervals import Ranges, count, everything, union
from emailauth.protocols.spf.space import COUNTED, evaluate, worst_case
from emailauth.protocols.spf.survey import Use, authorised, uses, without
from emailauth.protocols.spf.tree import VERSIONS, Branch, Tree

_MANY: Final = 1 << 20
"""IPv4 addresses that are remarked: the mail of Google and Microsoft together comes from fewer."""
_MAX_SIZE: Final = 20_000
"""Of a tree whose terms are tried without, by `_size`: say, 25 terms of its own, and 800 in all."""
_MAX_VOIDS: Final = 2
_HOSTS: Final = (spf.A, spf.Mx, spf.Exists)


@rule(ADVICE, "RFC 7208 section 4.6.4", covers=["SPF-060", "SPF-061", "SPF-066"])
def spf_term_without_effect(observation: Observation, context: Context) -> Iterator[Finding]:
    """A term without which every message would get the same result.

    Others decide for all clients that it matches, or they give them the same. Mostly an include contains another one, or the addresses of a host
    are named twice. What holds for today's answers of DNS can change with them; but the look-ups that the term takes are for nothing.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:a.example.net", "include:b.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "a.example.net", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.0/24 include:b.example.net -all"]},
        {"name": "b.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:a.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "a.example.net", "type": "TXT", "values": ["v=spf1 ip4:192.0.2.0/24 include:b.example.net -all"]},
        {"name": "b.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 -all"]}]}
    """
    domain = context.require_domain()
    tree = tree_of(observation, domain)
    section = domain.section(spf.Spf)
    if tree is None or section is None:
        return
    for use in _without_effect(tree):
        if use.unreachable:
            what = "never decides: terms before it do for all clients that it matches"
        else:
            what = "changes nothing: without it every message gets the same result"
        yield Finding(f"{use.term.text!r} {what}", at=(spf.Spf.KEY, *section.record.place(use.term)))


@rule(ADVICE, "RFC 7208 section 4.6.4", covers=["SPF-058"])
def spf_host_without_address(observation: Observation, context: Context) -> Iterator[Finding]:
    """A host that a record names has no address.

    The term lets nobody send. It counts as a void look-up, of which receivers allow 2, and some only 1: one more, and they stop with permerror.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "a:gone.example.com"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "gone.example.com", "type": "A", "status": "nxdomain"}, {"name": "gone.example.com", "type": "AAAA", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1", "a:mail.example.com"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "mail.example.com", "type": "A", "values": ["192.0.2.2"]}, {"name": "mail.example.com", "type": "AAAA", "status": "no data"}]}
    """
    domain = context.require_domain()
    tree = tree_of(observation, domain)
    section = domain.section(spf.Spf)
    if tree is None or section is None:
        return
    void = list(filter(_is_void, tree.root.branches))
    if void and worst_case(tree)[1] <= _MAX_VOIDS:  # of more another rule tells
        for branch in void:
            message = f"{branch.term.text!r} looks for what is not there: it lets nobody send, and takes a void look-up of the {_MAX_VOIDS} allowed"
            yield Finding(message, at=(spf.Spf.KEY, *section.record.place(branch.term)))


@rule(ADVICE, "RFC 9989 section 11.1", covers=["SPF-067"])
def spf_many_addresses(observation: Observation, context: Context) -> Iterator[Finding]:
    """More than a million IPv4 addresses may send in a domain's name.

    Whoever can send from one of them, as any customer of a service with shared hosts can, gets a pass for the domain, unless the service sees to
    it that customers use their own domains only. An include for the hosts that are really used, or DKIM alone, is narrower.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.32.0.0/11 -all"]}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [{"name": "_spf.example.net", "type": "TXT", "values": ["v=spf1 ip4:198.51.100.0/24 -all"]}]}
    """
    tree = tree_of(observation, context.require_domain())
    if tree is None:
        return
    if sum(count(at_most.addresses[VERSIONS[0]]) for at_most in reach(tree).values()) <= _MANY:
        return
    passes = authorised(evaluate(tree, COUNTED)).always[VERSIONS[0]]
    if count(passes) > _MANY and passes != everything(VERSIONS[0]):
        yield Finding(f"{count(passes):,} IPv4 addresses may send in the domain's name", at=(spf.Spf.KEY,))


@rule(ADVICE, "RFC 7208 section 5.3", covers=["SPF-045"])
def spf_host_is_web_proxy(observation: Observation, context: Context) -> Iterator[Finding]:
    """The mechanism a names a host whose addresses are those of a web proxy.

    Cloudflare and Fastly take web traffic for the host; the mail that the host sends comes from its own address, which DNS does not show. So the
    term lets none of it pass. Name the address with ip4 or ip6. The proxies' ranges are those of November 2026.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: [a], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "example.com", "type": "A", "values": ["104.16.0.1", "104.16.1.1"]}, {"name": "example.com", "type": "AAAA", "status": "no data"}]}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
        --- answers.json
        {"format": 1, "answers": []}
    """
    domain = context.require_domain()
    tree = tree_of(observation, domain)
    section = domain.section(spf.Spf)
    if tree is None or section is None:
        return
    for branch in tree.root.branches:
        if isinstance(branch.term, spf.A) and branch.term.passes and (proxy := _proxy(branch)):
            message = (
                f"the addresses of {branch.target} are {proxy}'s, from which no mail comes: {branch.term.text!r} lets none of yours pass"
            )
            yield Finding(message, at=(spf.Spf.KEY, *section.record.place(branch.term)))


def _without_effect(tree: Tree) -> Iterator[Use]:
    """Terms that can all go at once. Those that the record tells by itself, and those that match nobody, are left out."""
    if any(node.problem for node in tree.nodes.values()) or any(map(_fails, tree.root.branches)):
        return  # an error decides for those who come to it, and other rules tell of that
    if _are_apart(tree) or _size(tree) > _MAX_SIZE:
        return
    found = uses(tree)
    if not any(use.unreachable or _is_redundant(use) for use in found):
        return
    told = _told_by_the_record([use.term for use in found])
    for use in found:
        if use.unreachable and not isinstance(use.term, spf.All) and use.term.start not in told:
            tree = without(tree, use.term)
            yield use
    while further := next((use for use in uses(tree) if _is_redundant(use) and use.term.start not in told), None):
        tree = without(tree, further.term)
        yield further


def _size(tree: Tree) -> int:
    """The domain's own terms, times all terms."""
    sizes = [len(node.record.terms) for node in tree.nodes.values() if node.record is not None]
    own = tree.root.record
    return sum(sizes) * (len(own.terms) if own is not None else 0)


def _are_apart(tree: Tree) -> bool:
    """Whether it is plain that each term lets others pass, who would not without it: so it is with most records."""
    record = tree.root.record
    if record is None or record.redirect or any(term.kind == "all" for term in record.terms[:-1]):
        return False
    directives = [term for node in tree.nodes.values() if node.record is not None for term in node.record.tested]
    branches = [branch for node in tree.nodes.values() for branch in node.branches]
    asked = [branch.condition or branch.target.lower() for branch in branches if branch.condition or leads(branch)]
    if any(term.passes is isinstance(term, spf.All) for term in directives) or len(set(asked)) < len(asked):
        return False
    reached = reach(tree).values()
    if not all(at_most.is_open or any(at_most.addresses.values()) for at_most in reached):
        return False
    found = {version: [at for at_most in reached for at in at_most.addresses[version]] for version in VERSIONS}
    return all(count(union(ranges)) == count(ranges) for ranges in found.values())


def _is_redundant(use: Use) -> bool:
    """But for hosts that are not there."""
    return use.redundant and (isinstance(use.term, spf.Include) or any(use.own.values()))


def _fails(branch: Branch) -> bool:
    return any(step.problem for steps in branch.steps.values() for step in steps)


def _told_by_the_record(terms: Sequence[spf.Directive]) -> frozenset[int]:
    """The starts of terms behind `all`, and of those that repeat or lie within others: rules about the record alone tell of them."""
    behind = next((i for i, term in enumerate(terms) if isinstance(term, spf.All)), len(terms)) + 1
    found = {term.start for term in terms[behind:]}
    for i, term in enumerate(terms):
        for other in (*terms[:i], *terms[i + 1 :]):
            if spf.condition(term) == spf.condition(other) or _within(term, other):
                found.add(term.start)
    return frozenset(found)


def _within(term: spf.Directive, other: spf.Directive) -> bool:
    if not isinstance(term, spf.Network) or not isinstance(other, spf.Network) or type(term) is not type(other):
        return False
    return other.first <= term.first and term.last <= other.last


def _is_void(branch: Branch) -> bool:
    """Whether nobody matches, for what is asked for is not there."""
    steps = [step for found in branch.steps.values() for step in found]
    return (
        isinstance(branch.term, _HOSTS) and any(step.is_void for step in steps) and not any(step.ranges or step.problem for step in steps)
    )


def _proxy(branch: Branch) -> str | None:
    """The proxy that all addresses of a name belong to."""
    addresses: dict[int, Ranges] = {version: union(at for step in steps for at in step.ranges) for version, steps in branch.steps.items()}
    if not any(addresses.values()):
        return None
    for proxy, ranges in PROXIES.items():
        if all(
            any(version == one and first <= start and end <= last for one, first, last in ranges)
            for version, found in addresses.items()
            for start, end in found
        ):
            return proxy
    return None
