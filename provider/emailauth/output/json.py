"""JSON for machines: the same things as the text says, in keys that stay as they are."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from emailauth.core.diagnostic import Diagnostic, Fix
from emailauth.core.plan import Change, FileChange, Plan, Preparation
from emailauth.core.report import Fixed, Judged
from emailauth.core.text import printable
from emailauth.core.transition import Danger
from emailauth.lint.checks import Check
from emailauth.lint.rule import Example, Rule

FORMAT = 1
"""Rises when a key changes its meaning or goes."""


def findings(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], judged: Judged | None = None) -> str:
    """`{"format": 1, "files": [PATH...], "domains": [NAME...], "findings": [...], "advice_left_out": N, "fixes": [...]}`.

    Lines and columns count from 1, ends are exclusive.
    """
    what = judged or Judged(files=tuple(sources))
    return _dump(
        {
            "format": FORMAT,
            "files": list(what.files),
            "domains": list(what.domains),
            "findings": [_finding(diagnostic) for diagnostic in diagnostics],
            "advice_left_out": what.advice_left_out,
            "fixes": [_fixed(one) for one in what.fixes],
        }
    )


def _fixed(one: Fixed) -> dict[str, Any]:
    """A fix that was applied, or was not for a reason; places are those of the file before it."""
    return {
        "path": one.path,
        "line": one.span.line,
        "column": one.span.column,
        "end_line": one.span.end_line,
        "end_column": one.span.end_column,
        "rule": one.rule,
        "description": one.description,
        "applied": not one.reason,
        "reason": one.reason,
    }


def _finding(diagnostic: Diagnostic) -> dict[str, Any]:
    span = diagnostic.span
    return {
        "path": diagnostic.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "rule": diagnostic.rule,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "clause": diagnostic.clause,
        "domains": list(diagnostic.domains),
        "route": list(diagnostic.route),
        "fix": _fix(diagnostic.fix),
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    change = {"remove": True} if fix.remove else {"value": fix.value}
    return {"description": fix.description, "route": list(fix.at), **change}


def plan(made: Plan) -> str:
    """`{"format": 1, "changes": [...], "next": [...], "conflicts": [...], "dangers": [...], "unchanged": N}`; changes in the order of phases.

    `next` is what cannot be done yet, with the time from when on (RFC 3339, UTC).
    """
    later = [
        {"domain": n.domain, "kind": n.kind, "message": n.message, "not_before": f"{n.not_before:%Y-%m-%dT%H:%M:%SZ}"} for n in made.next
    ]
    conflicts = [{"domain": c.domain, "kind": c.kind, "name": c.name, "message": c.message} for c in made.conflicts]
    dangers = [_danger(found, allowed=False) for found in made.dangers] + [_danger(found, allowed=True) for found in made.allowed]
    return _dump(
        {
            "format": FORMAT,
            "changes": [change_data(change) for change in made.changes],
            "next": later,
            "conflicts": conflicts,
            "dangers": dangers,
            "unchanged": made.unchanged,
        }
    )


def change_data(change: Change) -> dict[str, Any]:
    r"""One change; octets that are no UTF-8 are written as `\\DDD`."""
    common = {"domain": change.domain, "kind": change.kind, "phase": change.phase.name.lower()}
    if isinstance(change, Preparation):
        return {**common, "host": change.host, "message": change.message}
    if isinstance(change, FileChange):
        after = None if change.after is None else change.after.body
        return {**common, "url": change.url, "before": _body(change.before), "after": _body(after)}
    return {
        **common,
        "name": change.name,
        "type": change.type,
        "zone": change.zone,
        "before": [printable(value) for value in change.before],
        "after": [printable(value) for value in change.after],
        "kept": [printable(value) for value in change.kept],
        "ttl_before": change.ttl_before,
        "ttl_after": change.ttl_after,
        "notes": list(change.notes),
    }


def _body(body: bytes | None) -> str | None:
    return None if body is None else body.decode("utf-8", "backslashreplace")


def _danger(danger: Danger, *, allowed: bool) -> dict[str, Any]:
    return {"name": danger.name, "domain": danger.domain, "message": danger.message, "allowed": allowed}


def rules(shown: Sequence[Rule | Check], *, pages: bool) -> str:  # noqa: ARG001 - JSON always holds the pages
    """`{"format": 1, "rules": [...]}` with everything that is known of each rule."""
    return _dump({"format": FORMAT, "rules": [_rule(one) for one in shown]})


def _rule(one: Rule | Check) -> dict[str, Any]:
    common = {
        "id": one.id,
        "strength": one.strength.value,
        "severity": one.strength.severity.value,
        "summary": one.summary,
        "page": one.page,
    }
    if isinstance(one, Check):
        return {**common, "clause": "", "protocol": "file", "covers": [], "fixes": False, "bad": None, "good": None}
    return {
        **common,
        "clause": one.clause,
        "protocol": one.protocol,
        "covers": list(one.covers),
        "fixes": one.fixes,
        "bad": _example(one.bad),
        "good": _example(one.good),
    }


def _example(example: Example) -> dict[str, Any]:
    files = {path: content.decode("utf-8", "replace") for path, content in example.files.items()}
    return {"text": example.text, "files": files}


def _dump(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
