"""Calls are kept apart, so that the service need not refuse them."""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.dns_hosts.route53.limits import LIMITS
from emailauth.dns_hosts.route53.pace import Pace, shared
from tests.dns_hosts.route53.account import Time


def made(pace: Pace, time: Time, work: Callable[[int], float], count: int) -> list[float]:
    """When so many calls were made, each of which takes as long as `work` says."""
    when = []
    for i in range(count):
        pace.wait()
        when.append(time.now - 1000.0)
        time.now += work(i)
    return when


@pytest.mark.parametrize(
    ("burst", "work", "when"),
    [
        pytest.param(1, 0.0, [0, 0.25, 0.5, 0.75, 1.0], id="evenly"),
        pytest.param(2, 0.0, [0, 0, 0.25, 0.5, 0.75], id="two at once to begin with"),
        pytest.param(2, 0.125, [0, 0.125, 0.25, 0.5, 0.75], id="time that the calls take counts"),
        pytest.param(2, 1.0, [0, 1, 2, 3, 4], id="slow calls never wait"),
    ],
)
def test_when_calls_are_made(burst: int, work: float, when: list[float]) -> None:
    time = Time()
    assert made(Pace(4, burst, time.clock, time.pause), time, lambda _: work, 5) == when


@settings(deadline=None)
@given(st.lists(st.floats(0, 3), min_size=40, max_size=40))
def test_the_service_s_five_a_second_are_kept(work: list[float]) -> None:
    time = Time()
    when = made(Pace(LIMITS.rate, LIMITS.burst, time.clock, time.pause), time, work.__getitem__, 40)
    assert all(sixth - first >= 1 - 1e-6 for first, sixth in zip(when, when[5:], strict=False))
    assert all(later >= earlier for earlier, later in pairwise(when))


def test_after_a_refusal_nobody_calls_for_a_while() -> None:
    time = Time()
    pace = Pace(4, 2, time.clock, time.pause)
    pace.hold(3.0)
    pace.wait()
    pace.hold(0.1)
    pace.wait()
    assert time.pauses == [3.0, 0.25]


def test_hosts_of_one_account_share_its_pace() -> None:
    one, other = Time(), Time()
    assert shared("a", 4, 2, one.clock, one.pause) is shared("a", 4, 2, one.clock, one.pause)
    assert shared("a", 4, 2, one.clock, one.pause) is not shared("b", 4, 2, one.clock, one.pause)
    assert shared("a", 4, 2, one.clock, one.pause) is not shared("a", 4, 2, other.clock, other.pause)
    assert shared("a", 4, 2, time.monotonic, time.sleep) is shared("a", 4, 2, time.monotonic, time.sleep)
