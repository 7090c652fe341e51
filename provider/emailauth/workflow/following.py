"""Follows evaluations where not every answer is known: what comes out, what was missing, and whether that could have changed it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from emailauth.core.explanation import Missing
from emailauth.core.question import Answer, Question, Questions, Status, answered
from emailauth.workflow.answering import Lookup

T = TypeVar("T")

_MAX_RUNS: Final = 1000
"""Of one evaluation with guessed answers. Five names that are not known, each with four guesses, come to about as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of DNS."""

    lookup: Lookup
    unknown: str
    """What is said of a question that the look-up does not answer: "not recorded"."""
    hint: str = ""
    """How it can be answered."""

    def missing(self, question: Question) -> Missing | None:
        """What is missing of an answer: that it was not looked up, or that no server gave one. None where nothing is."""
        answer = self.lookup(question)
        if answer is None:
            return Missing(question=question, why=self.unknown, hint=self.hint)
        return Missing(question=question, why=answer.status.value) if answer.failed else None

    def instead(self, question: Question, other: Lookup) -> "Known":
        """The same with another look-up for one question."""

        def lookup(one: Question) -> Answer | None:
            return (other if one == question else self.lookup)(one)

        return replace(self, lookup=lookup)

    def but(self, other: Lookup) -> "Known":
        """The same where another look-up does not answer."""

        def lookup(question: Question) -> Answer | None:
            answer = other(question)
            return self.lookup(question) if answer is None else answer

        return replace(self, lookup=lookup)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Generic[T]):
    """An evaluation that was followed to its end; what was missing counted as timed out."""

    result: T
    asked: tuple[Question, ...]
    """In order."""
    missing: tuple[Missing, ...]
    """In order, each once."""


def follow(evaluation: Questions[T], known: Known) -> Followed[T]:
    """Answers an evaluation, question by question."""
    asked: list[Question] = []
    missing: dict[Missing, None] = {}

    def answer(question: Question) -> Answer:
        asked.append(question)
        if (found := known.missing(question)) is not None:
            missing[found] = None
        return known.lookup(question) or Answer(status=Status.TIMEOUT)

    result = answered(evaluation, answer)
    return Followed(result=result, asked=tuple(asked), missing=tuple(missing))


def outcomes(
    evaluation: Callable[[], Questions[T]], known: Known, guesses: Callable[[Question], Sequence[Answer]]
) -> tuple[tuple[T, ...], tuple[Question, ...]]:
    """All that an evaluation can come to, and the questions whose answers were guessed.

    Each question that is not answered is guessed in all the ways given; first is what comes of the first guesses. Nothing where there
    are too many ways.
    """
    found: list[T] = []
    guessed: dict[Question, None] = {}
    waiting: list[Mapping[Question, Answer]] = [{}]
    runs = 0
    while waiting:
        runs += 1
        if runs > _MAX_RUNS:
            return (), tuple(guessed)
        given = waiting.pop()
        followed = follow(evaluation(), known.but(given.get))
        if followed.missing:
            question = followed.missing[0].question
            guessed[question] = None
            waiting += [{**given, question: answer} for answer in reversed(guesses(question))]
        else:
            found.append(followed.result)
    return tuple(found), tuple(guessed)
