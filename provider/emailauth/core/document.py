"""A YAML file as data that knows its places: the span of every key and value, its comments, and what is wrong with it.

Reading never raises for what a person wrote: problems are diagnostics, and all of them are told that YAML lets one find.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

from emailauth.core.comment import Comments, Ignore
from emailauth.core.compose import DEFAULT_SOURCE, Alias, Collection, Composer, Event, EventSource, Node, Plain, Problem, Stop, span_of
from emailauth.core.diagnostic import Diagnostic, Route, Severity, Span
from emailauth.core.lines import Lines
from emailauth.core.syntax import syntax_problem

__all__ = ["Document", "Ignore", "decode", "parse"]

_DOMAIN: Final = 2
"""Steps to a domain; to its section it is one more."""
_SECTION: Final = 3
_NOWHERE: Final = Span(1, 1, 1, 1)
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2.2 section 5.1 does not let stand in a file, and what YAML 1.1 takes for line breaks and 1.2 does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read. Routes lead through `data`; every place is worked out when it is asked for."""

    path: str
    """As the user named the file."""
    text: str
    """Without a byte order mark."""
    data: Plain = None
    """dict, list, str, int, float, bool, None. Keys are text, as they are written. None where nothing can be understood."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """What is wrong with it as YAML; all are errors."""
    ignores: tuple[Ignore, ...] = ()
    root: Node = field(default=None, repr=False, compare=False)
    """The tree of nodes; None for data that no text stands behind."""
    comments: Comments | None = field(default=None, repr=False, compare=False)

    def has(self, route: Route) -> bool:
        """Whether a value stands at the route."""
        return len(self._nearest(route)) == len(route)

    def span(self, route: Route) -> Span:
        """Where the value stands, or the nearest value around it that exists."""
        *_, (_, node) = self._steps(route)
        return _node_span(node, self.text) if node is not None else _NOWHERE

    def key_span(self, route: Route) -> Span:
        """Where the key of the value stands, or of the nearest value that exists; the value where it has no key, the beginning for the root."""
        *_, (key, node) = self._steps(route)
        if key is not None:
            return span_of(key.start_mark, key.end_mark)
        span = self.span(route)
        return span if node is not self.root else Span(span.line, span.column, span.line, span.column)

    def lines(self, route: Route) -> frozenset[int]:
        """The lines on which the value, its key, or anything around them but the root begins."""
        _, *steps = self._steps(route)
        return frozenset(line for step in steps for line in _lines(*step))

    def comment(self, route: Route) -> str:
        """The comment on the line where the key or the item begins (else the value), without its `#`; empty where there is none."""
        if self.comments is None or not route or not self.has(route):
            return ""
        *_, last = self._steps(route)
        return next(filter(None, map(self.comments.on_line, _lines(*last))), "")

    def resolve(self, route: Route) -> Route:
        """Where a value really stands that a domain has: there, under `defaults`, or for the whole file; else the nearest that exists.

        Defaults are merged into the sections of domains key by key, and `dns_host`, `web_host` and `ttl` of the file are those of
        all domains that name no other.
        """
        if route[:1] != ("domains",) or self.has(route):
            return self._nearest(route)
        there = len(self._nearest(route))
        if there == _SECTION and self.has(("defaults", *route[2:4])):
            return self._nearest(("defaults", *route[2:]))
        if there == _DOMAIN and self.has(route[2:3]):
            return self._nearest(route[2:])
        return self._nearest(route)

    def diagnostic(self, route: Route, rule: str, message: str, *, at_key: bool = False) -> Diagnostic:
        """An error at a value (at its key), with the route to the nearest value that exists."""
        span = self.key_span(route) if at_key else self.span(route)
        return Diagnostic(path=self.path, span=span, rule=rule, severity=Severity.ERROR, message=message, route=self._nearest(route))

    def _nearest(self, route: Route) -> Route:
        """As much of the route as leads through `data`."""
        value = self.data
        for i, step in enumerate(route):
            if not _holds(value, step):
                return route[:i]
            value = value[step]
        return route

    def _steps(self, route: Route) -> Iterator[tuple[Event, Node]]:
        """The key (None: it has none) and the node of the root and of each value on the way, as far as they exist."""
        node = self.root
        yield None, node
        for step in route:
            inside = node.target if type(node) is Alias else node
            if type(inside) is not Collection or not _holds(inside.children, step):
                return
            node = inside.children[step]
            yield inside.keys.get(str(step)), node


def parse(path: str, text: str, source: Callable[[str], EventSource] = DEFAULT_SOURCE) -> Document:
    """Reads a YAML 1.2 text. What is wrong stands in the document's `diagnostics`; nothing that is in the text raises."""
    text = text.removeprefix("\ufeff")
    lines = Lines(text)
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        message = f"The character U+{ord(forbidden[0]):04X} cannot stand in the file: remove it, or write it as an escape in double quotes"
        problem = Problem(lines.span(forbidden.start(), forbidden.end()), "yaml-characters", message)
        return Document(path=path, text=text, diagnostics=(_diagnostic(path, problem),))
    composer = Composer(source(text))
    fatal = True
    try:
        composer.compose()
        fatal = False
    except Stop:
        pass
    except yaml.YAMLError as e:
        composer.problems.append(syntax_problem(e, text))
    return _document(path, text, lines, composer, fatal=fatal)


def decode(path: str, content: bytes) -> str | Diagnostic:
    """The text of a file, or what is wrong with its encoding. A byte order mark is taken off."""
    content = content.removeprefix(codecs.BOM_UTF8)  # the codec utf-8-sig tells offsets behind the mark
    try:
        return content.decode()
    except UnicodeDecodeError as e:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return _diagnostic(path, Problem(_NOWHERE, "file-encoding", "The file is in UTF-16: save it as UTF-8"))
        before = content[: e.start].decode()
        message = f"The file is not in UTF-8 (octet 0x{content[e.start]:02X}): save it as UTF-8"
        return _diagnostic(path, Problem(Lines(before).span(len(before), len(before)), "file-encoding", message))


def _document(path: str, text: str, lines: Lines, composer: Composer, *, fatal: bool) -> Document:
    problems = composer.problems
    comments = Comments(text, lines, composer.scalars)
    ignores = [] if fatal else list(comments.ignores())
    misread = (
        "A comment for this program is `# emailauth: ignore[rule-id] reason`, with the ids of one or more rules: this one does nothing"
    )
    problems += [Problem(span, "ignore-syntax", misread) for span in ignores if isinstance(span, Span)]
    if not fatal and composer.data is None and not problems:
        problems.append(Problem(_NOWHERE, "yaml-empty", "The file is empty: begin with `version: 1` and `domains:`"))
    return Document(
        path=path,
        text=text,
        data=None if fatal else composer.data,
        diagnostics=tuple(sorted((_diagnostic(path, problem) for problem in problems), key=lambda diagnostic: diagnostic.order)),
        ignores=tuple(ignore for ignore in ignores if isinstance(ignore, Ignore)),
        root=None if fatal else composer.root,
        comments=comments,
    )


def _diagnostic(path: str, problem: Problem) -> Diagnostic:
    return Diagnostic(path=path, span=problem.span, rule=problem.rule, severity=Severity.ERROR, message=problem.message)


def _holds(value: Plain, step: str | int) -> bool:
    """Whether one can take the step into a value."""
    if isinstance(step, str):
        return type(value) is dict and step in value
    return type(value) is list and 0 <= step < len(value)


def _lines(key: Event, node: Node) -> list[int]:
    """The lines that a value's key and the value begin on. A block below its key begins with the key: its first line is its first item's."""
    event = node.event if type(node) in {Collection, Alias} else node
    is_block = type(node) is Collection and not event.flow_style
    events = [event] if key is None else [key] if is_block else [key, event]
    return [one.start_mark.line + 1 for one in events]


def _node_span(node: Node, text: str) -> Span:
    """Where a node stands: a flow collection from bracket to bracket, a block from its first to its last character."""
    event = node.event if type(node) in {Collection, Alias} else node
    if type(node) is not Collection:
        return _scalar_span(event, text)
    if event.flow_style:
        return span_of(event.start_mark, node.end.end_mark)
    children = node.children
    last = (children[-1] if type(children) is list else children[next(reversed(children))]) if children else None
    start = span_of(event.start_mark, event.start_mark)
    end = _node_span(last, text) if last is not None else start
    return Span(start.line, start.column, end.end_line, end.end_column)


def _scalar_span(event: Event, text: str) -> Span:
    """A block scalar's event ends where the next thing begins: blank lines behind it are not part of what one reads."""
    if event.start_mark.index >= len(text):  # nothing, at the end: libyaml takes that for a line of its own where the last has no end
        return Lines(text).span(len(text), len(text))
    span = span_of(event.start_mark, event.end_mark)
    if getattr(event, "style", None) not in {"|", ">"}:
        return span
    inside = text[event.start_mark.index : event.end_mark.index].rstrip()
    lines = Lines(inside)
    end = lines.span(len(inside), len(inside))
    column = end.column + (event.start_mark.column if end.line == 1 else 0)
    return Span(span.line, span.column, event.start_mark.line + end.line, column)
