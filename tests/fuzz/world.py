"""A DNS of a few lines, for targets whose subject asks questions."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, TypeVar

from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import InvalidName, normalise
from emailauth.core.question import Answer, Question, Questions, Status
from emailauth.core.rdata import to_rdata, to_value

T = TypeVar("T")

World: TypeAlias = Callable[[Question], Answer]

_FAILURES: Mapping[str, Status] = {f"!{status.name}": status for status in Status if status is not Status.OK}


def text_of(octets: bytes) -> str:
    """A text as DNS values are: octets that are no UTF-8 are surrogates."""
    return octets.decode("utf-8", "surrogateescape")


def world(octets: bytes) -> World:
    """Reads lines `NAME TYPE VALUE`; what is no such line is passed over.

    A name that begins with `*.` answers for everything below the rest. A value such as `!TIMEOUT` is a failure.
    """
    found: dict[Question, list[str]] = {}
    failing: dict[Question, Status] = {}
    for question, value in filter(None, map(_read, text_of(octets).split("\n"))):
        if value in _FAILURES:
            failing[question] = _FAILURES[value]
        else:
            found.setdefault(question, []).append(value)
    answers = {question: Answer(values=tuple(values)) for question, values in found.items()}
    answers |= {question: Answer(status=status) for question, status in failing.items()}
    names = {question.name for question in answers}

    def answer(question: Question) -> Answer:
        for name in _candidates(question.name):
            if name in names:
                return answers.get(Question(name=name, type=question.type), Answer(status=Status.NO_DATA))
        return Answer(status=Status.NXDOMAIN)

    return answer


def _read(line: str) -> tuple[Question, str] | None:
    name, _, rest = line.partition(" ")
    record_type, _, value = rest.partition(" ")
    try:
        question = Question(name=normalise(name), type=record_type)
        return question, value if value in _FAILURES else to_value(to_rdata(record_type, value))
    except (CouldNotDoError, InvalidName):
        return None


def _candidates(name: str) -> Iterator[str]:
    yield name
    while name:
        name = name.partition(".")[2]
        yield f"*.{name}" if name else "*"


def driven(evaluation: Questions[T], answers: World, most: int) -> T:
    """What an evaluation comes to; it may ask `most` questions."""
    try:
        question = next(evaluation)
        for _ in range(most):
            question = evaluation.send(answers(question))
    except StopIteration as end:
        result: T = end.value
        return result
    msg = f"more than {most} questions, the last one {question}"
    raise AssertionError(msg)
