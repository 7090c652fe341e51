"""Scalars of YAML 1.2's core schema (YAML 1.2.2 section 10.3.2); what 1.1 adds (`on`, `1:30`, dates) is text."""

import re
from typing import Final, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

TAG_PREFIX: Final = "tag:yaml.org,2002:"

_NAMED: Final[dict[str, bool | float | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_MAX_LENGTH: Final = 1000
"""Of an integer as text. Python takes quadratic time to write longer ones in decimal, and refuses some."""
_NUMERIC_STARTS: Final = frozenset("+-.0123456789")


def plain(text: str) -> Scalar:
    """What a plain (unquoted, untagged) scalar means. Raises `ValueError` for an integer of more than a thousand digits."""
    if text in _NAMED:
        return _NAMED[text]
    if text[0] not in _NUMERIC_STARTS:
        return text
    is_decimal = _INTEGER.fullmatch(text)
    if not is_decimal and not _OTHER_BASE.fullmatch(text):
        return float(text) if _FLOAT.fullmatch(text) else text
    if len(text) > _MAX_LENGTH:
        raise ValueError(text)
    return int(text) if is_decimal else int(text[2:], 8 if text[1] == "o" else 16)


def tagged(tag: str, text: str) -> Scalar:
    """What a scalar with an explicit tag means; raises `ValueError` where the text is none of that type, `LookupError` for other tags."""
    name = tag.removeprefix(TAG_PREFIX)
    if tag == "!" or (name == "str" and name != tag):
        return text
    if name == tag or name not in _TYPES:
        raise LookupError(tag)
    value = plain(text)
    if name == "float" and type(value) is int:
        return float(str(value))  # infinite where it is too large, as 1e999 is
    if type(value) is not _TYPES[name]:
        raise ValueError(text)
    return value


_TYPES: Final[dict[str, type]] = {"null": type(None), "bool": bool, "int": int, "float": float}
