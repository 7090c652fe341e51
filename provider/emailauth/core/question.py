"""Questions to DNS and their answers as values: what evaluations without I/O yield, and what they are sent."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, TypeVar

from emailauth.core.record import RecordType

_T = TypeVar("_T")
_A = TypeVar("_A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All records of one type at one name."""

    name: str
    """In the form of `core.names`: lower case, no dot at the end, dnspython's escapes."""
    type: RecordType
    server: str = ""
    """The address of the authoritative server that is asked for what it has itself; empty: the resolver is asked."""

    def __str__(self) -> str:
        """For a person: "TXT of example.com"."""
        return f"{self.type} of {self.name}{f' at {self.server}' if self.server else ''}"


class Status(Enum):
    """How a question went."""

    OK = "ok"
    """There are records."""
    NO_DATA = "no data"
    """The name exists, and has no records of the type."""
    NXDOMAIN = "nxdomain"
    """The name does not exist, and neither does any below it (RFC 8020)."""
    SERVFAIL = "servfail"
    """A server could not answer; also any RCODE that has no status of its own, and a CNAME chain without an end."""
    REFUSED = "refused"
    """A server would not answer."""
    TIMEOUT = "timeout"
    """No server answered in time, which says nothing about the name."""
    LAME = "lame"
    """The one server that was asked has no authority over the name, and no data of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What DNS says to a question, aliases (CNAME, DNAME) followed to their end; to a question for one server what stands at the very name."""

    status: Status = Status.OK
    values: tuple[str, ...] = ()
    """In the form of `core.record`: joined character-strings for TXT, else the presentation form ("10 mx1.example.com.", "192.0.2.1").
    Not empty where the status is OK, else empty."""

    @property
    def is_void(self) -> bool:
        """Whether it says for sure that there is no such record ("void look-up", RFC 7208 section 4.6.4)."""
        return self.status in {Status.NO_DATA, Status.NXDOMAIN}

    @property
    def failed(self) -> bool:
        """Whether nothing is known: neither that there are records nor that there are none."""
        return self.status not in {Status.OK, Status.NO_DATA, Status.NXDOMAIN}


Questions: TypeAlias = Generator[Question, Answer, _T]
"""Yields questions, is sent their answers, returns what follows from them."""


def answered(questions: Generator[Question, _A, _T], answer: Callable[[Question], _A]) -> _T:
    """What follows from the questions with the answers that a function gives, whatever it may give. Raises what the function raises."""
    try:
        question = next(questions)
        while True:
            question = questions.send(answer(question))
    except StopIteration as end:
        result: _T = end.value
        return result
