"""What a receiver makes of a message, to the eye and as JSON. No format by itself: `explain --format` takes `FORMATS`."""

import json as json_module
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final

from emailauth.core.explanation import Alignment, Explanation, Missing, Place, PolicyFound, Reason, Signature, SpfResult, Verdict
from emailauth.core.text import printable

FORMATS: Final = ("text", "json")
FORMAT: Final = 1
"""Rises when a key changes its meaning or goes."""
_WIDTH: Final = 110
"""Characters of a line. What has no space in it can be longer."""
_UNBROKEN: Final = "\0"
"""Stands for a space within a clause, which is not broken; printable texts have no such character."""
_NO_POLICY: Final = {Verdict.NOT_APPLIED: "none applies"}
_ALIGNED: Final = {True: "aligned", False: "not aligned", None: "not known"}


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    word: str
    reasons: Sequence[Reason]


def text(explanation: Explanation) -> str:
    """One page: the verdict, the message, then SPF, DKIM and DMARC with their reasons, each with its clause."""
    rows = list(_rows(explanation))
    labels = max(len(row.label) for row in rows)
    words = max(len(row.word) for row in rows)
    lines = [printable(f"{explanation.verdict.value}: {explanation.summary}"), ""]
    for line in _message(explanation):
        lines += [printable(line)]
    lines.append("")
    for row in rows:
        lines += _lines(row, labels, words)
    return "".join(f"{line}\n" for line in lines)


def _message(explanation: Explanation) -> Iterator[str]:
    yield f"From       {explanation.author}"
    taken = "" if explanation.is_mail_from_given else " (no --mail-from: the domain of From is taken)"
    yield f"MAIL FROM  {'<>' if explanation.is_null else explanation.mail_from}{taken}"
    if explanation.helo is not None:
        yield f"HELO       {explanation.helo}"
    yield f"client     {explanation.ip or 'not given'}"


def _lines(row: _Row, labels: int, words: int) -> Iterator[str]:
    """The reasons beside the label and the word, each from a line of its own."""
    head = f"{row.label:<{labels}}  {row.word:<{words}}  "
    for reason in row.reasons:
        clause = f"[{reason.clause}]".replace(" ", _UNBROKEN) if reason.clause else ""
        told = f"{printable(reason.text)} {clause}"
        for piece in wrap(told, _WIDTH - len(head), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False):
            yield f"{head}{piece}".replace(_UNBROKEN, " ")
            head = " " * len(head)


def _rows(explanation: Explanation) -> Iterator[_Row]:
    yield _Row("SPF", explanation.spf.result, explanation.spf.reasons)
    yield from _alignment(explanation.spf.alignment)
    for signature in explanation.signatures:
        yield _Row("DKIM", signature.result, list(_of_signature(signature)))
        yield from _alignment(signature.alignment)
    if not explanation.signatures:
        yield _Row("DKIM", "none", [Reason(text="no --dkim is given, so the message bears no signature")])
    yield _Row("DMARC", explanation.verdict.value, [explanation.reason])
    yield _Row("policy", explanation.dmarc.policy or _NO_POLICY.get(explanation.verdict, "not known"), list(_of_policy(explanation.dmarc)))


def _alignment(alignment: Alignment | None) -> Iterator[_Row]:
    if alignment is not None:
        reason = Reason(text=f"{alignment.mode}: {alignment.reason.text}", clause=alignment.reason.clause)
        yield _Row("", _ALIGNED[alignment.is_aligned], [reason])


def _of_signature(signature: Signature) -> Iterator[Reason]:
    place = f" ({signature.place})" if signature.place else ""
    first, *others = signature.reasons
    yield Reason(text=f"{signature.domain}/{signature.selector}{place}: {first.text}", clause=first.clause)
    yield from others


def _of_policy(found: PolicyFound) -> Iterator[Reason]:
    yield from found.reasons
    if found.record is not None:
        place = f" ({found.place})" if found.place else ""
        yield Reason(text=f"_dmarc.{found.domain}: {found.record}{place}", clause="RFC 9989 section 4.7")
    yield Reason(text=f"receivers look at {', '.join(found.asked)}", clause="RFC 9989 section 4.10")


def json(explanation: Explanation) -> str:
    """`{"format": 1, "verdict": ..., "spf": {...}, "dkim": [...], "dmarc": {...}}`. What is not known, or is not there, is null."""
    told = {
        "format": FORMAT,
        "verdict": explanation.verdict.value,
        "summary": explanation.summary,
        "reason": _reason_data(explanation.reason),
        "disposition": explanation.disposition,
        "message": {
            "from": explanation.author,
            "mail_from": None if explanation.is_null else explanation.mail_from,
            "mail_from_given": explanation.is_mail_from_given,
            "helo": explanation.helo,
            "ip": explanation.ip,
        },
        "spf": _spf_data(explanation.spf),
        "dkim": [_signature_data(signature) for signature in explanation.signatures],
        "dmarc": _policy_data(explanation.dmarc),
    }
    return json_module.dumps(_printable(told), indent=2, ensure_ascii=False) + "\n"


def _spf_data(result: SpfResult) -> dict[str, Any]:
    return {
        "domain": result.domain,
        "result": result.result,
        "terms": [{"term": term.text, "record_of": term.domain, "place": _place_data(term.place)} for term in result.terms],
        "lookups": result.lookups,
        "voids": result.voids,
        "explanation": result.explanation,
        "alignment": _alignment_data(result.alignment),
        **_why_data(result.reasons, result.missing),
    }


def _signature_data(signature: Signature) -> dict[str, Any]:
    return {
        "domain": signature.domain,
        "selector": signature.selector,
        "result": signature.result,
        "key": signature.key,
        "place": _place_data(signature.place),
        "alignment": _alignment_data(signature.alignment),
        **_why_data(signature.reasons, signature.missing),
    }


def _policy_data(found: PolicyFound) -> dict[str, Any]:
    return {
        "record": found.record,
        "domain": found.domain,
        "role": found.role,
        "tag": found.tag,
        "testing": found.testing,
        "policy": found.policy,
        "place": _place_data(found.place),
        "tree_walk": list(found.asked),
        **_why_data(found.reasons, found.missing),
    }


def _alignment_data(alignment: Alignment | None) -> dict[str, Any] | None:
    if alignment is None:
        return None
    return {"mode": alignment.mode, "aligned": alignment.is_aligned, **_reason_data(alignment.reason)}


def _why_data(reasons: Sequence[Reason], missing: Sequence[Missing]) -> dict[str, Any]:
    return {
        "reasons": [_reason_data(reason) for reason in reasons],
        "missing": [{"name": one.question.name, "type": one.question.type, "why": one.why} for one in missing],
    }


def _reason_data(reason: Reason) -> dict[str, Any]:
    return {"reason": reason.text, "clause": reason.clause or None}


def _place_data(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"path": place.path, "line": place.span.line, "column": place.span.column}


def _printable(data: Any) -> Any:
    """The same with all texts printable."""
    if isinstance(data, dict):
        return {key: _printable(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_printable(value) for value in data]
    return printable(data) if isinstance(data, str) else data
