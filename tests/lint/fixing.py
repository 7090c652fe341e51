"""The same file written in other ways, each with comments wherever one can stand, to fix it in each of them."""

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import yaml

from emailauth.core.document import parse


def data_of(text: str) -> Any:
    """What a text says."""
    return parse("", text).data


def commented(text: str, before: str = "  ") -> str:
    """With a comment behind each line that can have one, and one on a line above."""
    meant, lines = repr(data_of(text)), text.splitlines()
    for number in range(len(lines)):
        for above, behind in ((f"# above {number}\n", ""), ("", f"{before}# behind {number} é😀")):
            more = [*lines[:number], f"{above}{lines[number]}{behind}", *lines[number + 1 :]]
            lines = more if repr(data_of("\n".join(more) + "\n")) == meant else lines
    return "\n".join(lines) + "\n"


def block(text: str) -> str:
    """In block style, with long texts over several lines."""
    return str(yaml.safe_dump(data_of(text), sort_keys=False, allow_unicode=True))


def flow(text: str) -> str:
    """In flow style, on one line."""
    return json.dumps(data_of(text), ensure_ascii=False) + "\n"


def spread(text: str) -> str:
    """In flow style, an item a line."""
    return json.dumps(data_of(text), ensure_ascii=False, indent=2) + "\n"


FORMS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "as it stands": lambda text: text,
        "commented": commented,
        "block": lambda text: commented(block(text)),
        "flow": flow,
        "flow on many lines": lambda text: commented(spread(text)),
        "tabs before comments": lambda text: commented(text, before="\t"),
        "CRLF": lambda text: commented(block(text)).replace("\n", "\r\n"),
        "byte order mark, and no line break at the end": lambda text: "\ufeff" + commented(text).rstrip("\n"),
    }
)


def comments(text: str) -> list[str]:
    """The comments that stand on a line of their own."""
    return re.findall(r"^\s*(#.*?)\r?$", text, re.MULTILINE)
