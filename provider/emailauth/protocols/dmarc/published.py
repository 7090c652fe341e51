"""What the records of a file say to the questions of `discovery`, `alignment` and `external`, as if nothing else were published."""

from collections.abc import Callable
from functools import cache
from typing import Final

from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status, answered
from emailauth.core.tags import render
from emailauth.protocols.dmarc.discovery import organizational_domain, walk
from emailauth.protocols.dmarc.shape import Dmarc

_LABEL: Final = "_dmarc."


def answers(posture: Posture) -> Callable[[Question], Answer]:
    """Answers with the DMARC records of the file; its domains exist, and of all other names there are none."""

    def answer(question: Question) -> Answer:
        asked = posture.domain(question.name.removeprefix(_LABEL)) if question.name.startswith(_LABEL) else None
        section = asked.section(Dmarc) if asked is not None else None
        if section is not None:
            return Answer(values=(render(section.record),))
        return Answer(status=Status.NXDOMAIN if posture.domain(question.name) is None else Status.NO_DATA)

    return answer


def organizations(posture: Posture) -> Callable[[str], str]:
    """The Organizational Domain of any name, as the records of the file tell it; each name is walked from once."""
    answer = answers(posture)

    @cache
    def organization(name: str) -> str:
        found = organizational_domain(answered(walk(name), answer))
        return found.domain if found is not None else name

    return organization
