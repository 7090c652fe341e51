"""Who answers work that asks DNS: a file, what was recorded, or the network, round by round.

Work is any function of a `Lookup`. It is run again with each round of answers, so it must do the same for the same answers.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

from emailauth.core.names import labels
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.workflow.rendering import across, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emailauth.live.resolver import Patience
    from emailauth.live.resolver_servers import Server

Lookup: TypeAlias = Callable[[Question], Answer | None]
"""Answers a question; None: it was not looked up."""
Told: TypeAlias = Callable[[int, int], None]
"""Is told how many questions are answered, and how many were asked so far."""

_MAX_ALIASES: Final = 8
"""Of one chain that a file makes. Resolvers give up after about as many."""


class FileAnswers:
    """What DNS will say once a file is applied, as far as the file says it.

    It says all of the record sets that its sections claim; where they want nothing there, there is no such record. Of all else it says
    nothing. Values at a claimed name that are not the file's to write, a site verification beside an SPF record, are left out: no
    evaluation looks at them.
    """

    def __init__(self, posture: Posture) -> None:
        self._values: dict[Question, list[str]] = {}
        more = across(posture)
        asked_for = [wanted(domain, more.get(domain.name, ())) for domain in posture.domains]
        for record in (record for one in asked_for for record in one.records):
            self._values.setdefault(Question(name=record.name, type=record.type), []).append(record.value)
        claims = [claim for one in asked_for for claim in one.claims]
        self._claimed = {Question(name=claim.name, type=claim.type) for claim in claims if not claim.below}
        self._claimed_below = tuple(claim for claim in claims if claim.below)
        self._names = {above for question in self._values for above in _with_ancestors(question.name)}

    def __call__(self, question: Question) -> Answer | None:
        """The answer, aliases followed; None where the file does not say."""
        question = self.target(question)
        if question in self._values:
            return Answer(values=tuple(self._values[question]))
        if question in self._claimed or any(claim.covers(question.name, question.type) for claim in self._claimed_below):
            return Answer(status=Status.NO_DATA if self.exists(question.name) else Status.NXDOMAIN)
        return None

    def target(self, question: Question) -> Question:
        """The question that stands at the end of the file's aliases; the first one again where they have no end."""
        found = question
        for _ in range(_MAX_ALIASES):
            alias = self._values.get(Question(name=found.name, type="CNAME"))
            if alias is None or question.type == "CNAME":
                return found
            found = Question(name=alias[0].removesuffix("."), type=question.type)
        return question

    def before(self, other: Lookup) -> Lookup:
        """Answers with the file and, where that says nothing, with another look-up, at the end of the file's aliases."""

        def lookup(question: Question) -> Answer | None:
            answer = self(question)
            return other(self.target(question)) if answer is None else answer

        return lookup

    def exists(self, name: str) -> bool:
        """Whether the file shows that a name exists: it wants a record at it or below it. Where not, it can still exist."""
        return name in self._names


def _with_ancestors(name: str) -> Iterable[str]:
    return accumulate(reversed(labels(name)), lambda above, label: f"{label}.{above}")


class Noted:
    """A look-up in answers that notes what it was asked for."""

    def __init__(self, answers: Mapping[Question, Answer]) -> None:
        self._answers = answers
        self._asked: dict[Question, Answer | None] = {}

    def __call__(self, question: Question) -> Answer | None:
        """The answer; None where there is none."""
        return self._asked.setdefault(question, self._answers.get(question))

    @property
    def missing(self) -> tuple[Question, ...]:
        """What the answers did not hold, in the order in which it was asked for."""
        return tuple(question for question, answer in self._asked.items() if answer is None)

    @property
    def failures(self) -> tuple[tuple[Question, Status], ...]:
        """What no server answered, in that order."""
        return tuple((question, answer.status) for question, answer in self._asked.items() if answer is not None and answer.failed)


def ask(
    work: Callable[[Lookup], object], servers: "Sequence[Server]", *, told: Told | None = None, patience: "Patience | None" = None
) -> Mapping[Question, Answer]:
    """Answers of DNS to all that work looks up: what it misses is asked for at once, until it misses nothing. No failure raises."""
    return asyncio.run(_asked(work, servers, told or (lambda _, __: None), patience))


async def _asked(
    work: Callable[[Lookup], object], servers: "Sequence[Server]", told: Told, patience: "Patience | None"
) -> Mapping[Question, Answer]:
    from emailauth.live.resolver import Resolver  # noqa: PLC0415 - dnspython's part that asks is needed for nothing else

    resolver = Resolver(servers, patience)
    answers: dict[Question, Answer] = {}

    async def one(question: Question) -> None:
        answers[question] = await resolver.ask(question)
        told(len(answers), asked)

    while missing := _missing(work, answers):
        asked = len(answers) + len(missing)
        told(len(answers), asked)
        await asyncio.gather(*map(one, missing))
    return answers


def _missing(work: Callable[[Lookup], object], answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
    noted = Noted(answers)
    work(noted)
    return noted.missing
