"""Everything that there is to say about a file, with places."""

from collections.abc import Iterable
from dataclasses import replace

from msgspec import structs

from emailauth.core.diagnostic import Diagnostic, Route
from emailauth.core.document import Document
from emailauth.core.observation import Observation
from emailauth.lint.engine import Raised, run
from emailauth.lint.ignores import without_ignored
from emailauth.lint.rules import all_rules
from emailauth.workflow.load import Loaded


def lint(loaded: Loaded, observation: Observation | None = None) -> tuple[Diagnostic, ...]:
    """What keeps the file from being understood, and what the rules find in the part that was, sorted by place.

    With an observation, the rules over it judge, too.
    """
    rules = all_rules()
    found = _shared(_placed(raised, loaded) for raised in run(loaded.posture, rules, observation))
    kept = without_ignored(found, loaded.document, rules.keys())
    if not loaded.is_understood:  # what is left out was not judged, so a comment there may well have its use
        kept = [diagnostic for diagnostic in kept if diagnostic.rule != "ignore-unused"]
    return tuple(sorted([*loaded.diagnostics, *kept], key=lambda diagnostic: diagnostic.order))


def _placed(raised: Raised, loaded: Loaded) -> Diagnostic:
    route = loaded.document.resolve(raised.at)
    return Diagnostic(
        path=loaded.document.path,
        span=loaded.document.span(route),
        rule=raised.rule.id,
        severity=raised.rule.strength.severity,
        message=raised.message,
        clause=raised.rule.clause,
        domains=() if raised.domain is None else (raised.domain,),
        route=route,
        fix=raised.fix and structs.replace(raised.fix, at=_place(loaded.document, raised.fix.at)),
        secret=raised.rule.secret,
    )


def _place(document: Document, route: Route) -> Route:
    """Where a value really stands, or would stand if it is a key that is missing; the route itself where there is no place for it."""
    for known in (route, route[:-1]):
        place = document.resolve(known)
        if place in {known, ("defaults", *known[2:]), known[2:]}:
            return (*place, *route[len(known) :])
    return route


def _shared(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What several domains have from the same place of `defaults` is told once, for all of them."""
    found: dict[tuple[object, ...], Diagnostic] = {}
    domains: dict[tuple[object, ...], list[str]] = {}
    for diagnostic in diagnostics:
        key = (diagnostic.span, diagnostic.rule, diagnostic.message, diagnostic.route)
        found.setdefault(key, diagnostic)
        domains.setdefault(key, []).extend(diagnostic.domains)
    return [replace(one, domains=tuple(dict.fromkeys(domains[key]))) for key, one in found.items()]
