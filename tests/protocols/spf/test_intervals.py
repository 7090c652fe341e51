"""Ranges of addresses, held to what sets of numbers say."""

import ipaddress
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.protocols.spf.intervals import cidrs, common, count, everything, first_match, split, union

RANGE = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
RANGES = st.lists(RANGE, max_size=8)


def numbers(ranges: object) -> set[int]:
    assert isinstance(ranges, tuple | list)
    return {number for first, last, *_ in ranges for number in range(first, last + 1)}


@settings(deadline=None)
@given(RANGES)
def test_a_union_has_the_same_addresses_sorted_and_apart(ranges: list[tuple[int, int]]) -> None:
    merged = union(ranges)
    assert numbers(merged) == numbers(ranges)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(merged))
    assert count(merged) == len(numbers(ranges))


@settings(deadline=None)
@given(RANGES)
def test_the_first_range_that_holds_an_address_gives_its_label(ranges: list[tuple[int, int]]) -> None:
    labelled = [(first, last, label) for label, (first, last) in enumerate(ranges)]
    pieces = first_match(labelled)
    found = {number: label for first, last, label in pieces for number in range(first, last + 1)}
    assert len(found) == count((first, last) for first, last, _ in pieces)
    assert found == {number: next(label for first, last, label in labelled if first <= number <= last) for number in numbers(ranges)}


@settings(deadline=None)
@given(RANGES, RANGES)
def test_splitting_takes_apart_and_loses_nothing(space: list[tuple[int, int]], ranges: list[tuple[int, int]]) -> None:
    pieces = first_match([(*one, label) for label, one in enumerate(ranges)])
    inside, outside = split(union(space), pieces)
    labels = {number: label for first, last, label in pieces for number in range(first, last + 1)}
    assert all(labels[number] == label for first, last, label in inside for number in range(first, last + 1))
    assert (numbers(inside), numbers(outside)) == (numbers(space) & numbers(ranges), numbers(space) - numbers(ranges))
    assert numbers(common(union(space), union(ranges))) == numbers(inside)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**20)), max_size=4))
def test_cidrs_are_those_of_the_standard_library(pairs: list[tuple[int, int]]) -> None:
    ranges = union((first, min(first + length, 2**32 - 1)) for first, length in pairs)
    expected = [
        (int(network.network_address), network.prefixlen)
        for first, last in ranges
        for network in ipaddress.summarize_address_range(ipaddress.IPv4Address(first), ipaddress.IPv4Address(last))
    ]
    assert list(cidrs(ranges, 4)) == expected


def test_everything_is_one_prefix() -> None:
    assert [list(cidrs(everything(version), version)) for version in (4, 6)] == [[(0, 0)], [(0, 0)]]
