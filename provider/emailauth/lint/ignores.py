"""Comments that switch findings off: `# emailauth: ignore[rule-id] reason`.

A comment at the end of a line covers that line, one on a line of its own covers the next; and with a line all
that begins there, so that a comment above a section covers the section.
"""

import difflib
from collections.abc import Collection, Iterator, Sequence

from emailauth.core.diagnostic import Diagnostic, Severity, Span
from emailauth.core.document import Document, Ignore


def without_ignored(diagnostics: Sequence[Diagnostic], document: Document, known: Collection[str]) -> list[Diagnostic]:
    """What is left, and what there is to say about the comments themselves.

    `known` are the ids that a comment may name: the rules, and none of the checks that say a file cannot be understood.
    """
    kept: list[Diagnostic] = []
    by_rule: dict[str, dict[int, list[Ignore]]] = {}
    for ignore in document.ignores:
        for rule in ignore.ids:
            by_rule.setdefault(rule, {}).setdefault(ignore.target_line, []).append(ignore)
    used: dict[Span, set[str]] = {ignore.span: set() for ignore in document.ignores}
    for diagnostic in diagnostics:
        by_line = by_rule.get(diagnostic.rule, {}) if diagnostic.rule in known else {}
        covering = [ignore for line in document.lines(diagnostic.route) for ignore in by_line.get(line, ())] if by_line else []
        for ignore in covering:
            used[ignore.span].add(diagnostic.rule)
        if not covering:
            kept.append(diagnostic)
    for ignore in document.ignores:
        kept += _about(ignore, used[ignore.span], document.path, known)
    return kept


def _about(ignore: Ignore, used: Collection[str], path: str, known: Collection[str]) -> Iterator[Diagnostic]:
    def tell(rule: str, message: str) -> Diagnostic:
        return Diagnostic(path=path, span=ignore.span, rule=rule, severity=Severity.WARNING, message=message)

    for rule in ignore.ids:
        if rule not in known:
            near = difflib.get_close_matches(rule, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else "; `emailauth rules` lists them"
            yield tell("ignore-unknown-rule", f"there is no rule {rule!r} that could be ignored{meant}")
        elif rule not in used:
            yield tell("ignore-unused", f"nothing here is found by {rule}: take it out of the comment")
    if not ignore.reason:
        yield tell("ignore-without-reason", "say behind the bracket why this is ignored")
