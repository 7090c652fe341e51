"""Judges sections by the rules of one protocol, without a file around them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from emailauth.core.diagnostic import Fix, Route
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.lint.engine import run
from emailauth.lint.rules import all_rules
from emailauth.protocols import modules

BASE = ("domains", "example.com")


def domain(sections: Mapping[str, Any], attachments: Mapping[str, bytes | OSError] | None = None) -> Domain:
    """The domain example.com with sections as the file would have them."""
    found = {
        key: ABSENT if plain == "absent" else modules()[key].section(msgspec.convert(plain, modules()[key].Shape))
        for key, plain in sections.items()
    }
    return Domain(name="example.com", route=BASE, sections=found, attachments=attachments or {})


def findings(
    protocol: str, sections: Mapping[str, Any], attachments: Mapping[str, bytes | OSError] | None = None
) -> list[tuple[str, str, Route, Fix | None]]:
    """Rule, message, route within the domain, and fix of all findings of one protocol's rules."""
    rules = {key: rule for key, rule in all_rules().items() if rule.protocol == protocol}
    raised = run(Posture(domains=(domain(sections, attachments),)), rules)
    return [(one.rule.id, one.message, one.at[len(BASE) :], one.fix) for one in raised]


def messages(protocol: str, sections: Mapping[str, Any], attachments: Mapping[str, bytes | OSError] | None = None) -> list[tuple[str, str]]:
    """Rule and message of all findings."""
    return [(rule, message) for rule, message, _, _ in findings(protocol, sections, attachments)]
