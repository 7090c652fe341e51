"""The section that a record says, and where in its text each setting stands."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from emailauth.core.diagnostic import Route
from emailauth.core.remembered import Kept, union
from emailauth.core.tags import Tag
from emailauth.protocols.dmarc.parts import LONG, of_list
from emailauth.protocols.dmarc.record import MAX_OUTLINES, Outline, Record
from emailauth.protocols.dmarc.shape import Dmarc

_SETTINGS: Final[Mapping[str, tuple[str, Mapping[str, Any] | str]]] = {
    "p": ("policy", {}),
    "sp": ("subdomain_policy", {}),
    "np": ("nonexistent_subdomain_policy", {}),
    "t": ("testing", {"y": True, "n": False}),
    "psd": ("public_suffix_domain", {"y": True, "n": False}),
    "adkim": ("dkim_alignment", {"r": "relaxed", "s": "strict"}),
    "aspf": ("spf_alignment", {"r": "relaxed", "s": "strict"}),
    "rua": ("aggregate_reports", ","),
    "ruf": ("failure_reports", ","),
    "fo": ("failure_options", ":"),
}
"""The setting of each tag, and what its value means there: by word, or what separates the items of its list."""
_ADDRESS: Final = "mailto:dmarc@example.com"


def of_record(record: Record) -> Dmarc | None:
    """The section whose record receivers would take as they take this one; None where they do not take it as it stands."""
    plan = _PLANS[record.outline]
    if plan is None or not plan.blanks:
        return None if plan is None else plan.section
    # What rules ask for is known, too, for all URIs of such lists are plain: to look at each would take as long as all the rest.
    parts, room = plan.section.parts, plan.room
    values: dict[str, tuple[str, ...]] = {}
    for number, value in enumerate(record.lists):
        items: tuple[str, ...] = (value,)
        if "," in value:
            items = _split(value, ",")
            if more := of_list(items):
                parts = union(parts, more)
        values[plan.blanks[number]] = items
        room -= len(value)
    section = msgspec.structs.replace(plan.section, **values)
    if room >= 0:
        section.__dict__["parts"] = parts
    return section


def places(record: Record) -> Mapping[Route, tuple[int, int]]:
    """Where the settings that a record says stand in its text, and where each item of a list, by route in the section: start and end."""
    found: dict[Route, tuple[int, int]] = {}
    for tag, setting, meaning in _settings(record.tags):
        found[setting,] = tag.start, tag.end
        if isinstance(meaning, str):
            first = tag.end - len(tag.value)
            found |= {(setting, i): (first + at, first + at + len(item)) for i, (item, at) in enumerate(_items(tag.value, meaning))}
    return found


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the records of one outline say."""

    section: Dmarc
    """With `_ADDRESS` where a record has a list of its own."""
    blanks: tuple[str, ...]
    """The settings that these lists are."""
    room: int
    """How many characters such lists can have before they are remarkable."""


def _plan(outline: Outline) -> _Plan | None:
    """None where receivers do not take such records."""
    if not Record(outline).is_dmarc:
        return None
    blanks = tuple(_SETTINGS[outline.tags[number].name][0] for number in sorted(outline.blanks))
    plain: dict[str, Any] = {}
    for tag, setting, meaning in _settings(outline.tags):
        if isinstance(meaning, str):
            plain[setting] = (_ADDRESS,) if setting in blanks else _split(tag.value, meaning)
        else:
            value = tag.value.lower()
            plain[setting] = meaning.get(value, value)
    try:
        section = msgspec.convert(plain, Dmarc)
    except msgspec.ValidationError:
        return None
    return _Plan(section=section, blanks=blanks, room=LONG - len("".join(section.options)))


_PLANS: Final = Kept(_plan, MAX_OUTLINES)


def _settings(tags: tuple[Tag, ...]) -> Iterator[tuple[Tag, str, Mapping[str, Any] | str]]:
    """The tags that are settings, each with its setting and what values mean there."""
    for tag in tags:
        known = _SETTINGS.get(tag.name)
        if known is not None and tag.value not in {"u", "U"}:  # psd=u says what is said by nothing
            yield tag, *known


def _split(value: str, separator: str) -> tuple[str, ...]:
    items = value.split(separator)
    return tuple([item.strip() for item in items] if " " in value else items)


def _items(value: str, separator: str) -> Iterator[tuple[str, int]]:
    """The items of a list, without white space around them, with their offsets in it."""
    at = 0
    for piece in value.split(separator):
        yield piece.strip(), at + len(piece) - len(piece.lstrip())
        at += len(piece) + 1
