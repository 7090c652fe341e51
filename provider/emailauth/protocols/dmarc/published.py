"""What the records of a file say to the questions of `discovery`, `alignment` and `external`, as if nothing else were published."""

from collections.abc import Callable
from functools import cache

from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status, answered
from emailauth.core.tags import render
from emailauth.protocols.dmarc.discovery import organizational_domain, owner, walk
from emailauth.protocols.dmarc.shape import Dmarc


def answers(posture: Posture) -> Callable[[Question], Answer]:
    """Answers with the DMARC records of the file; its domains exist, and of all other names there are none."""
    records = {owner(domain.name): section for domain in posture.domains if (section := domain.section(Dmarc)) is not None}
    names = {domain.name for domain in posture.domains}

    def answer(question: Question) -> Answer:
        section = records.get(question.name)
        if section is not None:
            return Answer(values=(render(section.record),))
        return Answer(status=Status.NO_DATA if question.name in names else Status.NXDOMAIN)

    return answer


def organizations(posture: Posture) -> Callable[[str], str]:
    """The Organizational Domain of any name, as the records of the file tell it; each name is walked from once."""
    answer = answers(posture)

    @cache
    def organization(name: str) -> str:
        found = organizational_domain(answered(walk(name), answer))
        return found.domain if found is not None else name

    return organization
