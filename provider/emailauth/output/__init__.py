"""Output formats: one module each, found by its name, which is what `--format` takes.

A format module defines the functions of what it can show; a command offers the formats that have its function:

- `findings(diagnostics, sources, judged) -> str`: what `lint` says; `sources` are the texts of the files by path, `judged` (see
  `core.report`) what was judged, which is those files where it is not said;
- `plan(plan) -> str`: what a plan would do;
- `rules(shown, *, pages) -> str`: the list of rules, or their pages.

A result ends in a newline unless it is empty. Formats do not import each other.
"""

import importlib
import pkgutil
from types import ModuleType


def formats(function: str) -> list[str]:
    """The names of the formats that can show what a function is for; "text", the default, first."""
    found = [name for name in _names() if hasattr(_module(name), function)]
    return sorted(found, key=lambda name: (name != "text", name))


def module(name: str, function: str) -> ModuleType:
    """The module of a format. Raises `LookupError` where it cannot show that."""
    if name not in formats(function):
        raise LookupError(name)
    return _module(name)


def _names() -> list[str]:
    return [info.name for info in pkgutil.iter_modules(__path__)]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")
