"""What the linter says of terms without effect, held against the evaluation of the record with and without them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.observation import Observation
from emailauth.core.posture import Domain, Posture
from emailauth.core.question import Answer, Question
from emailauth.lint.rule import Context
from emailauth.lint.rules import all_rules
from emailauth.protocols.spf import Record, Spf, condition, parse
from emailauth.protocols.spf.space import COUNTED, evaluate
from emailauth.protocols.spf.survey import difference
from emailauth.protocols.spf.terms import All, Directive, Network
from emailauth.protocols.spf.tree import gather

RULE = all_rules()["spf-term-without-effect"]
NAME = "example.com"

terms = st.builds(
    str.__add__,
    st.sampled_from(["", "", "", "", "-", "~", "?"]),
    st.one_of(
        st.builds("ip4:192.0.2.{}/{}".format, st.sampled_from([0, 4, 8, 12]), st.sampled_from([29, 30, 31, 32])),
        st.sampled_from(
            ["include:a.example", "include:b.example", "include:c.example", "a:h.example", "exists:%{i}.example", "a:%{i}.example"]
        ),
    ),
)
records = st.builds(
    "v=spf1 {} {}".format,
    st.lists(terms, min_size=1, max_size=5, unique=True).map(" ".join),
    st.sampled_from(["-all", "-all", "~all", "?all", "", "redirect=b.example"]),
).map(str.strip)
zones = st.fixed_dictionaries({"a.example": records, "b.example": records, "c.example": records})


def observed(zone: dict[str, str], hosts: list[str]) -> Observation:
    answers = {Question(name=name, type="TXT"): Answer(values=(onwards(name, text),)) for name, text in zone.items()}
    answers[Question(name="h.example", type="A")] = Answer(values=tuple(hosts))
    answers[Question(name="h.example", type="AAAA")] = Answer(values=("2001:db8::1",))
    return Observation(answers=answers)


def onwards(name: str, text: str) -> str:
    """A record without what leads back: a leads to b and c, and b to c."""
    return " ".join(term for term in text.split() if not term.endswith(".example") or "%" in term or term[-len(name) :] > name)


def same(one: Record, other: Record, observation: Observation) -> bool:
    before, after = (evaluate(observation.follow(gather(NAME, record)), COUNTED) for record in (one, other))
    return difference(before, after) == ()


def without(record: Record, starts: set[int]) -> Record:
    return Record(text=record.text, terms=tuple(term for term in record.terms if term.start not in starts))


def told_by_itself(term: Directive, record: Record) -> bool:
    """Whether rules about the record alone tell of a term."""
    others = [other for other in record.tested if other.start != term.start]
    return any(
        condition(other) == condition(term)
        or (isinstance(term, Network) and isinstance(other, Network) and other.first <= term.first and term.last <= other.last)
        for other in others
    )


@given(records, zones, st.lists(st.sampled_from(["192.0.2.1", "192.0.2.9", "192.0.2.77"]), min_size=1, unique=True))
@settings(max_examples=60, deadline=None)
def test_silence_means_that_each_term_is_needed_and_what_is_told_is_not(text: str, zone: dict[str, str], hosts: list[str]) -> None:
    observation = observed(zone, hosts)
    section = Spf(allow=tuple(text.split()[1:]))
    domain = Domain(name=NAME, route=("domains", NAME), sections={"spf": section})
    context = Context(posture=Posture(domains=(domain,)), domain=domain)
    record = section.record
    items = {finding.at[2] for finding in RULE.check(observation, context)}
    told = {term.start for i, term in enumerate(record.terms) if i in items}
    assert same(record, without(record, told), observation)
    if not told:
        needed = [term for term in record.tested if not isinstance(term, All) and not told_by_itself(term, record)]
        assert [term.text for term in needed if same(record, without(record, {term.start}), observation)] == []
    assert parse(text) is not None
