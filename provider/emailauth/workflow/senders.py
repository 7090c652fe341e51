"""Who may send, before and after a change of a file: by the whole address space, as far as the file tells it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from emailauth.core.diagnostic import Fix, Route
from emailauth.core.document import Document
from emailauth.core.edits import changed
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question
from emailauth.protocols.mx import Mx
from emailauth.protocols.spf import Ip4, Ip6, Spf, network_text
from emailauth.protocols.spf.check_host import ResultCode
from emailauth.protocols.spf.intervals import cidrs
from emailauth.protocols.spf.space import Space, evaluate
from emailauth.protocols.spf.survey import Choice, Difference, Value, described, difference
from emailauth.protocols.spf.tree import Tree
from emailauth.workflow.answering import FileAnswers
from emailauth.workflow.load import Loaded, load_document
from emailauth.workflow.spf_trees import tree

_SECTIONS: Final = (Spf.KEY, Mx.KEY)
"""What SPF is made of: the mechanism `mx` leads to the hosts that the file names."""
_SHOWN: Final = 3
"""Ranges, and terms, that are named of many."""
_WHOLE: Final = "/32//128"
"""How a condition says that whole addresses are compared, which a term leaves out."""
_KINDS: Final = {4: Ip4, 6: Ip6}


@dataclass(frozen=True, kw_only=True)  # no slots, for what is worked out once
class _Sends:
    """Who may send as one domain."""

    tree: Tree
    asked: frozenset[str]
    """The domains that its record leads to, its own among them."""
    mail_hosts: Mapping[str, frozenset[str]]
    """Of those whose MX hosts pass."""

    @cached_property
    def space(self) -> Space:
        """For every address."""
        return evaluate(self.tree)


class Senders:
    """Tells what fixes of one file would change."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    @cached_property
    def _names(self) -> Mapping[str | int, str]:
        """The domains' names by the key under which they stand."""
        return {domain.route[1]: domain.name for domain in self._loaded.posture.domains}

    @cached_property
    def _before(self) -> Mapping[str, _Sends]:
        """Who may send as each domain with an SPF record."""
        return _all(self._loaded.posture)

    @cached_property
    def _order(self) -> Mapping[str, int]:
        """Of the same domains, as they stand in the file."""
        return {name: i for i, name in enumerate(self._before)}

    @cached_property
    def _asking(self) -> Mapping[str, set[str]]:
        """By name, the domains whose records lead to it."""
        found: dict[str, set[str]] = {}
        for name, sends in self._before.items():
            for one in sends.asked:
                found.setdefault(one, set()).add(name)
        return found

    def changes(self, groups: Sequence[Sequence[Fix]]) -> list[str]:
        """What each group of fixes changes in who may send: a clause without a dot. Empty: nothing. Raises `NoEditError`.

        They are looked at all at once, for it is the reading of a file that costs time: groups must not concern each other.
        """
        after = self._after([fix for fixes in groups for fix in fixes])
        return ["; ".join(self._clauses(self.affected(fixes), after)) for fixes in groups]

    def _clauses(self, names: Collection[str], after: Mapping[str, _Sends]) -> Iterator[str]:
        for name in sorted(names, key=self._order.__getitem__):
            yield from _clauses(name, self._before[name], after.get(name))

    def concerned(self, groups: Sequence[Sequence[Fix]]) -> list[frozenset[str]]:
        """For each group of fixes domains that it concerns: groups without a common one do not concern each other. Raises `NoEditError`.

        A record that leads nowhere now, for it is malformed, can come to lead to a domain that another group is about.
        """
        after = self._after([fix for fixes in groups for fix in fixes])
        touched = [self._touched(fixes) or frozenset() for fixes in groups]
        every = frozenset[str]().union(*touched)
        affected = map(self.affected, groups)
        return [names.union(own, _asked(after, names) & every) for names, own in zip(affected, touched, strict=True)]

    def affected(self, fixes: Sequence[Fix]) -> frozenset[str]:
        """The domains whose senders fixes could change."""
        touched = self._touched(fixes)
        return frozenset(self._before if touched is None else (name for one in touched for name in self._asking.get(one, ())))

    def _touched(self, fixes: Iterable[Fix]) -> frozenset[str] | None:
        """The domains that fixes lead into, if they could concern senders; None: all of them."""
        found = set()
        for fix in fixes:
            if not _concerns(fix.at):
                continue
            if fix.at[:1] != ("domains",) or fix.at[1:2] == ():
                return None
            found.add(self._names.get(fix.at[1], str(fix.at[1])))
        return frozenset(found)

    def _after(self, fixes: Sequence[Fix]) -> Mapping[str, _Sends]:
        """Who may send when fixes are made, as each domain that they affect at least: all others would cost time."""
        names, touched = self.affected(fixes), self._touched(fixes)
        if not names:
            return {}
        if touched is None:
            return _all(self._with(fixes, None))
        needed = touched.union(names, _asked(self._before, names))
        while True:
            after = _all(self._with(fixes, needed))
            more = _asked(after, names).intersection(self._names.values()) - needed
            if not more:
                return after
            needed |= more

    def _with(self, fixes: Sequence[Fix], names: Collection[str] | None) -> Posture:
        """Some of the domains, or all of them, with fixes applied."""
        after = changed(self._loaded.document.data, fixes)
        domains = {key: one for key, one in after.get("domains", {}).items() if names is None or self._names.get(key) in names}
        document = Document(path=self._loaded.document.path, text="", data={**after, "domains": domains})
        return load_document(document, self._loaded.directory).posture


def _concerns(route: Route) -> bool:
    """Whether a change at a route could change who may send."""
    section = route[2:3] if route[:1] == ("domains",) else route[1:2] if route[:1] == ("defaults",) else ()
    return section == () or section[0] in _SECTIONS


def _asked(sends: Mapping[str, _Sends], names: Iterable[str]) -> frozenset[str]:
    """What the records of domains lead to."""
    return frozenset[str]().union(*(sends[name].asked for name in names if name in sends))


def _all(posture: Posture) -> dict[str, _Sends]:
    lookup = FileAnswers(posture)

    def sends(name: str) -> _Sends:
        answers: dict[Question, Answer | None] = {}

        def ask(question: Question) -> Answer | None:
            answers[question] = lookup(question)
            return answers[question]

        found = tree(name, ask)
        hosts = {question.name: _hosts(answer) for question, answer in answers.items() if question.type == "MX" and answer}
        return _Sends(tree=found, asked=frozenset((name, *(question.name for question in answers))), mail_hosts=hosts)

    return {domain.name: sends(domain.name) for domain in posture.domains if domain.section(Spf)}


def _hosts(answer: Answer) -> frozenset[str]:
    """The hosts of MX records; the root stands for none (RFC 7505)."""
    return frozenset(value.rpartition(" ")[2] for value in answer.values) - {"."}


def _clauses(name: str, before: _Sends, after: _Sends | None) -> Iterator[str]:
    if after is None:
        yield f"{name} would have no SPF record that can be understood"
        return
    if before == after:
        return
    for one in difference(before.space, after.space):
        if _passing(one.before) != _passing(one.after):
            yield f"{_addresses(one)} would {_said(one, name)}"
    for host in sorted(before.mail_hosts.keys() & after.mail_hosts.keys()):
        if before.mail_hosts[host] != after.mail_hosts[host]:
            yield f"mx:{host} would be other hosts for {name}"


def _passing(value: Value) -> Value:
    """What matters of a value here: pass, or not."""
    if isinstance(value, ResultCode):
        return value if value is ResultCode.PASS else ResultCode.FAIL
    if not isinstance(value, Choice):
        return value
    matched, void, unmatched = _passing(value.matched), _passing(value.void), _passing(value.unmatched)
    return matched if matched == void == unmatched else Choice(value.condition, matched, void, unmatched)


def _said(one: Difference, name: str) -> str:
    """What changes; the terms that are not known from the file are named, and not how they hang together."""
    before, after = _passing(one.before), _passing(one.after)
    if isinstance(after, ResultCode):
        if isinstance(one.before, ResultCode):
            return f"get {described(one.after)} as {name}, not {described(one.before)}"
        return f"get pass as {name} in every case" if after is ResultCode.PASS else f"never get pass as {name}"
    terms = list(dict.fromkeys(_terms(after)))
    shown = ", ".join(terms[:_SHOWN]) + (f" or {len(terms) - _SHOWN} more" if len(terms) > _SHOWN else "")
    if isinstance(before, ResultCode):
        return f"get pass as {name} only by {shown}" if before is ResultCode.PASS else f"get pass as {name} by {shown}"
    return f"get pass as {name} in other cases than now, by {shown}"


def _terms(value: Value) -> Iterator[str]:
    if isinstance(value, ResultCode):
        return
    yield value.condition.text.removesuffix(_WHOLE)
    if isinstance(value, Choice):
        for one in (value.matched, value.void, value.unmatched):
            yield from _terms(one)


def _addresses(one: Difference) -> str:
    if one.is_default:
        return "all others"
    shown = [network_text(_KINDS[version], *prefix) for version, ranges in one.addresses.items() for prefix in cidrs(ranges, version)]
    return ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more ranges" if len(shown) > _SHOWN else "")
