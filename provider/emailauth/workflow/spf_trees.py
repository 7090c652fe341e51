"""SPF trees of domains: asks for all that a record leads to, by whatever can answer."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.protocols.spf import Spf
from emailauth.protocols.spf.outline import Outline, outline
from emailauth.protocols.spf.tree import Tree, gather

Lookup: TypeAlias = Callable[[Question], Answer | None]
"""Answers a question; None: it was not looked up."""


def tree(domain: str, lookup: Lookup) -> Tree:
    """The tree of a domain, with the answers of a look-up."""
    questions = gather(domain)
    try:
        question = next(questions)
        while True:
            question = questions.send(lookup(question))
    except StopIteration as e:
        found: Tree = e.value
        return found


def outlines(posture: Posture) -> Iterator[Outline]:
    """The trees of all domains of a file that have an SPF record, as far as the file tells them."""
    lookup = from_file(posture)
    for domain in posture.domains:
        if domain.section(Spf):
            yield outline(tree(domain.name, lookup))


def from_file(posture: Posture) -> Lookup:
    """Answers with what a file says will be in DNS: SPF records and MX records. All else is not looked up."""

    def lookup(question: Question) -> Answer | None:
        domain = posture.domain(question.name)
        if domain is None:
            return None
        if question.type == "TXT":
            section = domain.section(Spf)
            absent = Answer(status=Status.NO_DATA) if domain.is_absent(Spf) else None
            return Answer(values=(section.record.text,)) if section else absent
        if question.type == "MX" and domain.mail_hosts is not None:
            return Answer(values=tuple(f"0 {host}." for host in domain.mail_hosts) or ("0 .",))
        return None

    return lookup
