"""Zones written down briefly."""

from collections.abc import Mapping

from tests.protocols.spf.suite import Zone


def zone(records: Mapping[str, str]) -> Zone:
    """By "NAME TYPE": values with " | " between."""
    made: dict[str, dict[str, tuple[str, ...]]] = {}
    for key, values in records.items():
        name, kind = key.split(" ")
        made.setdefault(name, {})[kind] = tuple(values.split(" | ")) if values else ()
    return made
