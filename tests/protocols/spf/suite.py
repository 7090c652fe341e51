"""The public test suite of RFC 7208 as cases and zones, and what drives an evaluation with the answers of a zone."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import dns.name
import yaml

from emailauth.core.question import Answer, Question, Status
from tools.get_spf_suite import get

T = TypeVar("T")
Zone = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Values by type by name; a type TIMEOUT makes each question for a type that is not there time out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    zone: Zone
    ip: str
    helo: str
    sender: str
    results: tuple[str, ...]
    explanation: str | None
    """DEFAULT: none by the domain; None: the suite does not say."""

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2] or self.helo


def cases() -> Iterator[Case]:
    """All cases, in order. Raises `CannotGetError`."""
    for scenario in yaml.safe_load_all(get(os.environ).read_text()):
        zone = {_name(name): _rrsets(entries) for name, entries in scenario["zonedata"].items()}
        for name, test in scenario["tests"].items():
            results = test["result"]
            yield Case(
                name=name,
                zone=zone,
                ip=test["host"],
                helo=test["helo"],
                sender=test["mailfrom"] or test["helo"],
                results=tuple(results if isinstance(results, list) else [results]),
                explanation=test.get("explanation"),
            )


def _name(text: str) -> str:
    labels = [label.encode("latin-1") for label in text.removesuffix(".").split(".") if label]
    return dns.name.Name([*labels, b""]).to_text(omit_final_dot=True).lower()


def _rrsets(entries: list[Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        for kind, value in [("TIMEOUT", "")] if entry == "TIMEOUT" else entry.items():
            found[kind] = (*found.get(kind, ()), *([] if value == "NONE" else [_value(kind, value)]))
    found.setdefault("TXT", found.get("SPF", ()))  # as the suite's head says
    return found


def _value(kind: str, value: Any) -> str:
    if kind in {"TXT", "SPF"}:
        text = value if isinstance(value, str) else "".join(value)
        return text.encode("latin-1").decode("utf-8", "surrogateescape")
    if kind == "MX":
        return f"{value[0]} {_name(value[1])}."
    return f"{_name(value)}." if kind in {"PTR", "CNAME"} else str(value)


def answer(zone: Zone, question: Question) -> Answer:
    """What DNS says to one question, aliases followed."""
    name, seen = question.name, set[str]()
    while alias := zone.get(name, {}).get("CNAME"):
        if name in seen:
            return Answer(status=Status.SERVFAIL)
        seen.add(name)
        name = alias[0].removesuffix(".")
    rrsets = zone.get(name)
    if rrsets is None:
        return Answer(status=Status.NXDOMAIN)
    if values := rrsets.get(question.type):
        return Answer(values=values)
    return Answer(status=Status.TIMEOUT if "TIMEOUT" in rrsets else Status.NO_DATA)
