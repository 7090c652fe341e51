"""Plain values as YAML, written so that this program reads them as what they are."""

import json
import re
from collections.abc import Iterator
from typing import Final

from emailauth.core.compose import Plain
from emailauth.core.document import parse

_TO_ESCAPE: Final = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What cannot stand in a file, and what one would not see in it; JSON escapes a part of that only."""
_TWO_DIGITS: Final = 0x100
_FOUR_DIGITS: Final = 0x10000


class UnwritableError(Exception):
    """A value that no YAML text stands for, such as half of a surrogate pair."""


def inline(value: Plain, *, style: str = "", in_flow: bool) -> str:
    """A value on one line: collections in flow style, texts in a style of quotes (`'`, `"`, none) if they can be written in it.

    Raises `UnwritableError`.
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key(name)}: {inline(one, in_flow=True)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(one, in_flow=True) for one in value) + "]"
    for written in _ways(value, style):
        if _reads_as(written, value, in_flow=in_flow):
            return written
    raise UnwritableError(repr(value))


def key(name: str) -> str:
    """A key of a mapping, which is text whatever it looks like. Raises `UnwritableError`."""
    for written in _ways(name, ""):
        if _reads(f"{{{written}: x}}", {name: "x"}) and _reads(f"{written}: x\n", {name: "x"}):
            return written
    raise UnwritableError(repr(name))


def block(value: Plain) -> list[str]:
    """A list or a mapping that is not empty, an item a line, without indentation. Raises `UnwritableError`."""
    if isinstance(value, dict):
        return [f"{key(name)}: {inline(one, in_flow=False)}" for name, one in value.items()]
    return [f"- {inline(one, in_flow=False)}" for one in value]


def _ways(value: Plain, style: str) -> Iterator[str]:
    """How a scalar can be written, the best way first."""
    if isinstance(value, str):
        if style == "'" and not _TO_ESCAPE.search(value):
            yield "'" + value.replace("'", "''") + "'"
        if not style:
            yield value
        yield _TO_ESCAPE.sub(_escape, json.dumps(value, ensure_ascii=False))
    elif isinstance(value, float):
        yield {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
    else:
        yield json.dumps(value)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < _TWO_DIGITS else f"\\u{code:04x}" if code < _FOUR_DIGITS else f"\\U{code:08x}"


def _reads_as(written: str, value: Plain, *, in_flow: bool) -> bool:
    """Whether it is read as the value wherever a value can stand. Compared as text: 1 is not True then, and NaN is itself."""
    text = f"[{{k: {written}}}, {written}, \n  {written}\n]" if in_flow else f"k: {written}\n"
    return _reads(text, [{"k": value}, value, value] if in_flow else {"k": value})


def _reads(text: str, meant: Plain) -> bool:
    found = parse("", text)
    return not found.diagnostics and repr(found.data) == repr(meant)
