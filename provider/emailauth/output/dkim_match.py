"""Which selectors publish a key, to the eye and as JSON. No format by itself: `text` and `json` here are what `dkim match --format` takes."""

import json as json_module
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from emailauth.core.text import printable
from emailauth.protocols import dkim
from emailauth.protocols.dkim.pairs import Match, Verdict

FORMATS: Final = ("text", "json")
FORMAT: Final = 1
"""Rises when a key changes its meaning or goes."""

_SAID: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.MATCHES: "publishes this key",
        Verdict.TESTING: "publishes this key, marked as a test: verifiers treat mail that it signs as if it were not signed",
        Verdict.OTHER_KEY: "publishes another key of this type",
        Verdict.OTHER_TYPE: "publishes a key of another type",
        Verdict.REVOKED: "is revoked: verifiers count its signatures as failed",
        Verdict.NO_KEY: "has a record without a key that can be read",
    }
)


def text(key: dkim.PublicKey, matches: Sequence[Match], record: str) -> str:
    """What kind of key it is, a line for each selector, and, where none publishes it, the record that would."""
    kind = f"RSA, {key.bits} bits" if key.type == "rsa" else "Ed25519"
    lines = [f"the key: {kind}"]
    lines += [f"{one.selector} of {one.domain}: {_SAID[one.verdict] if one.verdict else one.note}" for one in matches]
    if not any(one.is_match for one in matches):
        lines += ["no selector publishes this key; the record that would:", f"  {record}"]
    return "".join(f"{printable(line)}\n" for line in lines)


def json(key: dkim.PublicKey, matches: Sequence[Match], record: str) -> str:
    """`{"format": 1, "key": {...}, "selectors": [...]}`; the verdict of a selector is null where there is a `note` instead."""
    found = [
        {
            "domain": one.domain,
            "selector": one.selector,
            "matches": one.is_match,
            "verdict": one.verdict.value if one.verdict else None,
            "note": printable(one.note),
        }
        for one in matches
    ]
    data = {"format": FORMAT, "key": {"type": key.type, "bits": key.bits, "record": record}, "selectors": found}
    return json_module.dumps(data, indent=2, ensure_ascii=False) + "\n"
