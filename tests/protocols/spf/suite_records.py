"""The records of the public test suite of RFC 7208, sorted by what a linter must say of them, and what our rules do say.

Three groups, each with a count that a test holds: the records with a syntax error (63), the cases whose only result is permerror, for
whichever reason (74), and the good records: all others in the zones of the suite (105). Who counts 107 counts three texts more, of which
two are no SPF record at all ("v=spf10", and "v=spf1mx" in two strings) or one has 11 terms that query DNS, which is permerror.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from emailauth.core.diagnostic import Severity
from emailauth.core.observation import Observation
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.lint.engine import Raised, run, unanswered
from emailauth.lint.rule import Rule
from emailauth.lint.rules import all_rules
from emailauth.protocols.spf import is_record
from emailauth.workflow.published import published
from tests.protocols.spf.suite import Case, Zone, answer, cases

NOT_BY_SYNTAX: Final = frozenset(
    {
        "multitxt1",
        "multitxt2",
        "include-permerror",
        "include-none",
        "redirect-none",
        "redirect-loop",
        "include-loop",
        "mx-limit",
        "mech-over-limit",
        "include-over-limit",
        "void-over-limit",
    }
)
"""The cases that are permerror for more than a syntax error of the record: several records, other records, too many look-ups."""

TOO_MANY_TERMS: Final = "mech-over-limit"
"""Of them, the one that no DNS is needed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRecord:
    """A record of the suite and a name that it stands at."""

    text: str
    domain: str


@cache
def all_cases() -> tuple[Case, ...]:
    """`cases`, read once."""
    return tuple(cases())


def permerrors() -> tuple[Case, ...]:
    """The cases whose only result is permerror. Raises `CannotGetError`, as all here do."""
    return tuple(case for case in all_cases() if case.results == ("permerror",))


def bad_records() -> tuple[SuiteRecord, ...]:
    """The records with a syntax error, each once."""
    return _records({_text(case): case.domain.lower() for case in permerrors() if case.name not in NOT_BY_SYNTAX})


def good_records() -> tuple[SuiteRecord, ...]:
    """All other records of the suite's zones, each once; those of the old type SPF, too. What they lead to is another matter."""
    bad = {_text(case) for case in permerrors() if case.name not in NOT_BY_SYNTAX or case.name == TOO_MANY_TERMS}
    found: dict[str, str] = {}
    for zone in {id(case.zone): case.zone for case in all_cases()}.values():
        for name, rrsets in zone.items():
            for text in (*rrsets.get("TXT", ()), *rrsets.get("SPF", ())):
                if is_record(text) and text not in bad:
                    found.setdefault(text, name)
    return _records(found)


def _text(case: Case) -> str:
    (text,) = (value for value in case.zone[case.domain.lower()]["TXT"] if is_record(value))
    return text


def _records(found: Mapping[str, str]) -> tuple[SuiteRecord, ...]:
    return tuple(SuiteRecord(text=text, domain=name) for text, name in found.items())


def judged_by_text(record: SuiteRecord) -> list[Raised]:
    """What our rules say of a record alone."""
    question = Question(name=record.domain, type="TXT")
    domain = published(record.domain, Observation(answers={question: Answer(values=(record.text,))})).domain
    return list(run(Posture(domains=(domain,)), _rules()))


def judged_in_its_zone(domain: str, zone: Zone) -> list[Raised]:
    """What our rules say of a domain in the DNS of its case."""
    observation = Observation(
        answers=(answers := dict(_asked(zone, {Question(name=domain, type="TXT"), Question(name=domain, type="MX")})))
    )
    posture = Posture(domains=(published(domain, observation).domain,))
    rules = _rules()
    while missing := unanswered(posture, posture.domains[0], rules.values(), observation):
        answers.update(_asked(zone, {wanted for wanted in missing if isinstance(wanted, Question)}))
    return list(run(posture, rules, observation))


def has_error(found: list[Raised]) -> bool:
    """Whether one of the findings is an error."""
    return any(raised.rule.strength.severity is Severity.ERROR for raised in found)


def _rules() -> Mapping[str, Rule]:
    """Those about SPF: the zones of the suite say nothing of DMARC and the rest."""
    return {name: rule for name, rule in all_rules().items() if any(row.startswith("SPF-") for row in rule.covers)}


def _asked(zone: Zone, questions: set[Question]) -> Iterator[tuple[Question, Answer]]:
    """The suite writes SPF for records that stand for both types, so that it says nothing of who has records of the old type."""
    none = Answer(status=Status.NO_DATA)
    return ((question, none if question.type == "SPF" else answer(zone, question)) for question in questions)
