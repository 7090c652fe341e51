"""YAML files as documents: data, places, comments."""

from collections.abc import Iterator

from emailauth.core.compose import DEFAULT_SOURCE, MAX_DEPTH, MAX_EXPANSION, Plain, PythonParser
from emailauth.core.diagnostic import Diagnostic, Route, Span
from emailauth.core.document import Document, decode, parse

_MOST_PLACES = 200


def run(data: bytes) -> None:
    """Both parsers read it or say what is wrong, every place lies within the text, and the data is no larger or deeper than promised."""
    text = decode("f.yaml", data)
    if isinstance(text, Diagnostic):
        return
    for source in (DEFAULT_SOURCE, PythonParser):
        _check(parse("f.yaml", text, source))


def _check(document: Document) -> None:
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert (document.data is None) <= bool(document.diagnostics)
    for diagnostic in document.diagnostics:
        assert diagnostic.message
        _within(diagnostic.span, lines)
    for ignore in document.ignores:
        _within(ignore.span, lines)
        assert 0 <= ignore.target_line <= len(lines)
    routes = [route for route, _ in zip(_routes(document.data, ()), range(len(document.text) + MAX_EXPANSION), strict=False)]
    assert all(len(route) <= MAX_DEPTH for route in routes)
    for route in routes[:_MOST_PLACES]:
        _within(document.span(route), lines)
        _within(document.key_span(route), lines)
        document.comment(route)
        assert document.has(document.resolve(route))


def _within(span: Span, lines: list[str]) -> None:
    for line, column in ((span.line, span.column), (span.end_line, span.end_column)):
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
    assert (span.line, span.column) <= (span.end_line, span.end_column)


def _routes(value: Plain, route: Route) -> Iterator[Route]:
    yield route
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield from _routes(one, (*route, step))
