"""From YAML text to plain data and, beside it, a tree of nodes that knows where everything stands.

PyYAML's parser (libyaml's where it is there) delivers events; what is made of them is YAML 1.2's, not PyYAML's: core
schema scalars, keys as they are written, duplicate keys refused, no merge keys. One pass, no recursion, little work a node.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

import yaml

from emailauth.core.diagnostic import Span
from emailauth.core.scalar import TAG_PREFIX, plain, tagged

MAX_DEPTH: Final = 100
"""Collections within each other, those that aliases stand for included; the file's own shape needs fewer than ten."""
MAX_EXPANSION: Final = 100_000
"""Nodes that aliases may stand for, all together (a "billion laughs" file has more)."""

Event: TypeAlias = Any
"""An event of PyYAML's with its marks: PyYAML's own stubs say too little of it."""

Mark: TypeAlias = Any
"""A place, as either parser says it: `line` and `column` from 0, `index`."""

Plain: TypeAlias = Any
"""Plain data: dict, list, str, int, float, bool, None."""


class EventSource(Protocol):
    """A parser of PyYAML's."""

    def get_event(self) -> Event | None:
        """The next event, None at the end. Raises `yaml.YAMLError`."""


class PythonParser:
    """PyYAML's own parser, for where it was built without libyaml."""

    def __init__(self, text: str) -> None:
        self._parser = yaml.SafeLoader(text)

    def get_event(self) -> Event | None:
        """The next event; refuses escapes of what is no character, as libyaml does."""
        try:
            event: Event = self._parser.get_event()  # type: ignore[no-untyped-call]
            if type(event) is yaml.ScalarEvent:
                event.value.encode()
        except ValueError as e:
            mark = self._parser.get_mark()
            raise yaml.MarkedYAMLError(problem="found invalid Unicode character escape code", problem_mark=mark) from e
        return event


DEFAULT_SOURCE: Final[Callable[[str], EventSource]] = yaml.CSafeLoader if yaml.__with_libyaml__ else PythonParser
"""libyaml's parser where PyYAML has it: ten times as fast."""
_NO_KEY: Final = "A list or a mapping cannot be a key: write the key as text"


@dataclass(slots=True, eq=False)
class Collection:
    """A mapping or a sequence: its data, and the nodes of what it holds under the same keys and indices."""

    event: Event
    """Its start."""
    first: int
    """How many nodes there were before it."""
    data: Plain
    children: Any
    """dict or list of nodes, as `data` is."""
    keys: dict[str, Event] = field(default_factory=dict)
    """The events of a mapping's keys."""
    end: Event = None
    """The event that ends it."""
    height: int = 1
    """Levels of collections, itself included; grows while it is read."""
    wants_key: bool = True
    key: str | None = None
    """Of the value that comes next; None: it is dropped, for its key was refused."""


@dataclass(slots=True, eq=False)
class Alias:
    """A place that says `*name`: it stands where it stands, what is below it stands at the anchor."""

    event: Event
    target: Any


Node: TypeAlias = Any
"""A `Collection`, an `Alias`, or the `yaml.ScalarEvent` itself: a class of ours for each scalar would cost a third of the time."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text, before it has a path."""

    span: Span
    rule: str
    message: str


class Stop(Exception):
    """A problem behind which nothing can be understood."""


def span_of(start: Mark, end: Mark) -> Span:
    """The span between two marks, which count from 0."""
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _is_plain(event: Event) -> bool:
    """Whether a scalar has neither quotes nor a tag (libyaml says "implicit" of quoted text behind the tag `!`)."""
    return event.implicit[0] and not event.style


class Composer:
    """Reads one text; afterwards `root`, `data`, `scalars` and `problems` say what was found. Raises `Stop` and `yaml.YAMLError`."""

    def __init__(self, parser: EventSource) -> None:
        self.root: Node = None
        self.data: Plain = None
        self.scalars: list[Event] = []
        self.problems: list[Problem] = []
        self._next_event = parser.get_event
        self._stack: list[Collection] = []
        self._top: Collection | None = None
        self._anchors: dict[str, tuple[Node, Plain, int]] = {}
        self._count = 0
        self._expanded = 0

    def compose(self) -> None:
        """Reads to the end."""
        handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceEndEvent: self._close,
            yaml.MappingEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        while (event := self._next_event()) is not None:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)

    def _document(self, event: Event) -> None:
        if self.root is not None:
            self._stop(event, "yaml-documents", "A second document begins here: write one file for each, and one document in it")

    def _scalar(self, event: Event) -> None:
        self._count += 1
        self.scalars.append(event)
        if self._top is not None and self._top.wants_key:
            self._key(event, event.value, is_plain=_is_plain(event))
            value = None if event.anchor is event.tag is None else self._value(event)
        else:
            value = self._value(event)
            self._add(event, value)
        if event.anchor is not None:
            self._anchors[event.anchor] = (event, value, 1)

    def _value(self, event: Event) -> Plain:
        text = event.value
        try:
            if _is_plain(event):
                return plain(text)
            return text if event.tag is None else tagged(event.tag, text)
        except ValueError:
            if event.tag is None:
                self._tell(event, "yaml-number", "This number is too long: put it in quotes if it is text")
            else:
                self._tell(event, "yaml-tag", f"{text!r} is no {event.tag.removeprefix(TAG_PREFIX)}, as its tag says: leave the tag out")
        except LookupError:
            self._tell_tag(event)
        return text

    def _open(self, event: Event) -> None:
        is_map = type(event) is yaml.MappingStartEvent
        if event.tag is not None and event.tag not in {"!", TAG_PREFIX + ("map" if is_map else "seq")}:
            self._tell_tag(event)
        if len(self._stack) == MAX_DEPTH:
            self._stop_at_depth(event)
        if self._top is not None:
            if self._top.wants_key:
                self._tell(event, "yaml-key", _NO_KEY)
            self._stack.append(self._top)
        self._top = Collection(event, self._count, {}, {}) if is_map else Collection(event, self._count, [], [], wants_key=False)
        self._count += 1
        if event.anchor is not None:
            self._anchors[event.anchor] = (self._top, self._top.data, 0)

    def _close(self, event: Event) -> None:
        node = self._top
        if node is None:  # pragma: no cover - a parser that ends what it did not begin
            raise AssertionError
        node.end = event
        if node.event.anchor is not None:
            self._anchors[node.event.anchor] = (node, node.data, self._count - node.first)
        self._top = self._stack.pop() if self._stack else None
        self._grow(node.height)
        self._add(node, node.data)

    def _grow(self, height: int) -> None:
        """Something of a height goes into what is being read."""
        if self._top is not None and self._top.height <= height:
            self._top.height = height + 1

    def _alias(self, event: Event) -> None:
        node, value, size = self._anchors.get(event.anchor, (None, None, 1))
        self._count += size
        self._expanded += size
        if node is None:
            self._tell(event, "yaml-alias", f"Nothing above is anchored as &{event.anchor}: quote the text if it shall begin with *")
        elif not size:
            self._stop(event, "yaml-alias", f"*{event.anchor} stands within what it stands for: write it out")
        elif self._expanded > MAX_EXPANSION:
            self._stop(
                event,
                "yaml-alias",
                f"The aliases stand for more than {MAX_EXPANSION:,} values: write out what is needed, or use `defaults:`",
            )
        elif self._top is not None and self._top.wants_key:
            if type(node) is yaml.ScalarEvent:
                self._key(event, node.value, is_plain=False)
                return
            self._tell(event, "yaml-key", _NO_KEY)
        if type(node) is Collection:
            if len(self._stack) + node.height > MAX_DEPTH:
                self._stop_at_depth(event)
            self._grow(node.height)
        self._add(Alias(event, node), value)

    def _add(self, node: Node, value: Plain) -> None:
        """Puts a value where it belongs: at the root, into a list, under the key before it, or nowhere if that was refused."""
        top = self._top
        if top is None:
            self.root, self.data = node, value
        elif type(top.data) is list:
            top.data.append(value)
            top.children.append(node)
        elif top.wants_key:
            top.wants_key, top.key = False, None
        else:
            top.wants_key = True
            if top.key is not None:
                top.data[top.key] = value
                top.children[top.key] = node

    def _key(self, event: Event, text: str, *, is_plain: bool) -> None:
        top = self._top
        if top is None:  # pragma: no cover - who calls has looked
            raise AssertionError
        top.wants_key, top.key = False, text
        if text == "<<" and is_plain:
            self._tell(event, "yaml-merge-key", "Merge keys are not part of YAML 1.2: put what domains share under `defaults:`")
            top.key = None
        elif (earlier := top.keys.get(text)) is not None:
            line = earlier.start_mark.line + 1
            self._tell(event, "duplicate-key", f"{text!r} is already set on line {line}: keep one of the two")
            top.key = None
        else:
            top.keys[text] = event

    def _tell_tag(self, event: Event) -> None:
        tag = event.tag.removeprefix(TAG_PREFIX)
        name = tag if tag.startswith("!") else f"!!{tag}"
        self._tell(event, "yaml-tag", f"The tag {name} is not known here: leave it out")

    def _tell(self, event: Event, rule: str, message: str) -> None:
        self.problems.append(Problem(span_of(event.start_mark, event.end_mark), rule, message))

    def _stop_at_depth(self, event: Event) -> None:
        self._stop(event, "yaml-depth", f"More than {MAX_DEPTH} levels within each other: nothing in this file needs that")

    def _stop(self, event: Event, rule: str, message: str) -> None:
        self._tell(event, rule, message)
        raise Stop
