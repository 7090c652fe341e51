"""Answers questions about DMARC from a table, and keeps what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from emailauth.core.question import Answer, Question, Questions, Status, answered

T = TypeVar("T")

Table = Mapping[str, str | list[str] | Status]
"""TXT values by name, or how the question goes; what is not there does not exist."""


@dataclass
class Dns:
    """Answers that only know a table."""

    table: Table
    asked: list[str] = field(default_factory=list)

    def __call__(self, question: Question) -> Answer:
        assert question.type == "TXT"
        self.asked.append(question.name)
        found = self.table.get(question.name, Status.NXDOMAIN)
        if isinstance(found, Status):
            return Answer(status=found)
        return Answer(values=(found,) if isinstance(found, str) else tuple(found))


def ask(questions: Questions[T], table: Table) -> T:
    """What follows from the questions."""
    return answered(questions, Dns(table))


def asked(questions: Questions[T], table: Table) -> list[str]:
    """The names that are asked for."""
    dns = Dns(table)
    answered(questions, dns)
    return dns.asked
