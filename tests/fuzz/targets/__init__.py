"""What is fuzzed: each module has one function, `run`, that takes any octets, and raises for none of them unless a law is broken.

A target is added by a module here and a folder of its name in `corpus`.
"""

import pkgutil
from collections.abc import Callable
from importlib import import_module


def names() -> list[str]:
    """All targets."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def target(name: str) -> Callable[[bytes], None]:
    """The function of a target."""
    found: Callable[[bytes], None] = import_module(f"{__name__}.{name}").run
    return found
