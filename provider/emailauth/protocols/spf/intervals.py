"""Sets of addresses as sorted ranges of plain integers, both ends inclusive: what whole-space evaluation reckons with."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias, TypeVar

_T = TypeVar("_T")

Range: TypeAlias = tuple[int, int]
"""First and last address."""
Ranges: TypeAlias = tuple[Range, ...]
"""Sorted, and no two of them overlap or touch."""

BITS: Final = {4: 32, 6: 128}
"""Length of an address by version."""


def everything(version: int) -> Ranges:
    """All addresses of a family."""
    return ((0, (1 << BITS[version]) - 1),)


def union(ranges: Iterable[Range]) -> Ranges:
    """Ranges of any order and overlap as a set."""
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def first_match(ranges: Sequence[tuple[int, int, _T]]) -> list[tuple[int, int, _T]]:
    """Cuts labelled ranges so that each address has one label: that of the first range, in the order given, which holds it."""
    order = sorted(range(len(ranges)), key=lambda i: ranges[i][0])
    points = sorted({point for first, last, _ in ranges for point in (first, last + 1)})
    pieces: list[tuple[int, int, _T]] = []
    holding: list[int] = []
    came = 0
    for start, end in pairwise(points):
        while came < len(order) and ranges[order[came]][0] <= start:
            heapq.heappush(holding, order[came])
            came += 1
        while holding and ranges[holding[0]][1] < start:
            heapq.heappop(holding)
        if holding:
            pieces.append((start, end - 1, ranges[holding[0]][2]))
    return pieces


def split(space: Iterable[Range], pieces: Sequence[tuple[int, int, _T]]) -> tuple[list[tuple[int, int, _T]], list[Range]]:
    """What of a set lies in labelled pieces (sorted and disjoint), with the label, and what does not."""
    inside: list[tuple[int, int, _T]] = []
    outside: list[Range] = []
    i = 0
    for first, last in space:
        while i < len(pieces) and pieces[i][1] < first:
            i += 1
        at = first
        k = i
        while k < len(pieces) and pieces[k][0] <= last:
            start, end, label = pieces[k]
            if start > at:
                outside.append((at, start - 1))
            inside.append((max(start, at), min(end, last), label))
            at = min(end, last) + 1
            k += 1
        if at <= last:
            outside.append((at, last))
    return inside, outside


def common(one: Iterable[Range], other: Iterable[Range]) -> Ranges:
    """What is in both sets."""
    return union((first, last) for first, last, _ in split(one, [(*piece, None) for piece in other])[0])


def count(ranges: Iterable[Range]) -> int:
    """How many addresses a set has."""
    return sum(last - first + 1 for first, last in ranges)


def cidrs(ranges: Iterable[Range], version: int) -> Iterator[tuple[int, int]]:
    """The fewest prefixes that make up a set: address and length of each."""
    bits = BITS[version]
    for first, last in ranges:
        at = first
        while at <= last:
            # The largest block that begins here and does not end behind the range.
            size = min(at & -at or 1 << bits, 1 << (last - at + 1).bit_length() - 1)
            yield at, bits - (size.bit_length() - 1)
            at += size
