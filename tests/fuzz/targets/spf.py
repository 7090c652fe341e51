"""SPF records: the octets are a TXT value."""

from itertools import pairwise

from emailauth.protocols import spf
from emailauth.protocols.spf.check_host import faults
from emailauth.protocols.spf.domain_spec import Macro
from tests.fuzz.world import text_of


def run(data: bytes) -> None:
    """Terms cover the text but for the spaces between them; putting them together gives the same record; faults name the term."""
    text = text_of(data)
    record = spf.parse(text)
    assert (record is not None) is spf.is_record(text)
    for value in text.split(" "):
        assert spf.parse_term(value).text == value
    if record is not None:
        _check(record)


def _check(record: spf.Record) -> None:
    text = record.text
    spans = [term.span for term in record.terms]
    assert [text[start:end] for start, end in spans] == [term.text for term in record.terms]
    edges = [(0, len(spf.VERSION)), *spans, (len(text), len(text))]
    assert all(set(text[one[1] : other[0]]) <= {" "} and one[1] <= other[0] for one, other in pairwise(edges))
    again = spf.parse(spf.render(term.text for term in record.terms))
    assert again is not None
    assert again.terms == record.terms
    for bad in record.malformed:
        assert bad.reason
        assert bad.suggestion is None or not any(isinstance(spf.parse_term(one), spf.Malformed) for one in bad.suggestion.split(" "))
    assert [fault for fault, bad in zip(faults(record), record.malformed, strict=False) if repr(bad.text) not in fault] == []
    assert record.lookups <= len(record.terms)
    assert record.passes_everyone in {True, False}
    for term in record.terms:
        _check_domain(spf.domain_spec_of(term))


def _check_domain(domain: spf.DomainSpec | None) -> None:
    """The parts of a domain-spec that are written as they are meant make up its text."""
    if domain is not None and not any(escape in domain.text for escape in ("%%", "%_", "%-")):
        assert "".join(part.text if isinstance(part, Macro) else part for part in domain.parts) == domain.text
