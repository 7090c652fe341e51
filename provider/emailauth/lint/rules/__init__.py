"""The rules, in `rules/<protocol>/<topic>.py`; `rules/portfolio/` judges all domains together.

A new rule is a function in the file of its topic; nothing else needs to know of it. Rule modules do not import each other.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from emailauth.lint import rule
from emailauth.lint.rule import Rule


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by id, sorted. Raises `TypeError` where two have one id."""
    found: dict[str, Rule] = {}
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            one = rule.of(value)
            if one is None or value.__module__ != info.name:
                continue
            if one.id in found:
                msg = f"two rules are called {one.id}"
                raise TypeError(msg)
            found[one.id] = one
    return MappingProxyType(dict(sorted(found.items())))
