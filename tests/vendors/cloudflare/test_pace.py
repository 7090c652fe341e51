"""How long is waited, by what Cloudflare's answers say, and who waits together."""

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.vendors.cloudflare.pace import Pace, pace_of

NOT_SAID = 60.0
URL = "https://api.example.com/client/v4"


class Time:
    """A clock that goes on when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waited: list[float] = []

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("300", 300.0),
        ("0", 1.0),
        ("0.5", 1.0),
        ("2.5", 2.5),
        (" 30 ", 30.0),
        ("Fri, 15 Jan 2027 08:01:30 GMT", NOT_SAID),
        ("soon", NOT_SAID),
        ("nan", NOT_SAID),
        ("-5", NOT_SAID),
        ("", NOT_SAID),
        (None, NOT_SAID),
    ],
)
def test_what_a_retry_after_header_asks_for(header: str | None, seconds: float) -> None:
    time = Time()
    pace = Pace(time.clock, time.pause)
    pace.refused({} if header is None else {"retry-after": header})
    pace.wait()
    pace.wait()
    assert time.waited == [seconds]


@pytest.mark.parametrize("header", ["601", "99999999999999"])
def test_what_asks_for_too_much_is_told_unless_it_makes_no_sense(header: str) -> None:
    time = Time()
    pace = Pace(time.clock, time.pause)
    if len(header) > 6:
        pace.refused({"retry-after": header})
        pace.wait()
        assert time.waited == [NOT_SAID]
    else:
        with pytest.raises(CouldNotDoError, match="for 0 seconds and asks to wait 601 more"):
            pace.refused({"retry-after": header})


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ('"default";r=50;t=30', []),
        ('"default";r=6;t=30', []),
        ('"default";r=5;t=30', [30.0]),
        ('"default"; r=0; t=1', [1.0]),
        ('"default";r=0;t=9999', [300.0]),
        ('"default";r=50;t=30, "burst";r=1;t=7', [7.0]),
        ('"default";r=0', []),
        ("nonsense", []),
        ("", []),
        (None, []),
    ],
)
def test_what_a_ratelimit_header_asks_for(header: str | None, waited: list[float]) -> None:
    time = Time()
    pace = Pace(time.clock, time.pause)
    pace.heed({} if header is None else {"ratelimit": header})
    pace.wait()
    assert time.waited == waited


def test_one_token_has_one_pace() -> None:
    time = Time()
    one = pace_of("ONE_TOKEN", URL, time.clock, time.pause)
    assert pace_of("ONE_TOKEN", URL, time.clock, time.pause) is one
    assert pace_of("OTHER_TOKEN", URL, time.clock, time.pause) is not one
    assert pace_of("ONE_TOKEN", f"{URL}/elsewhere", time.clock, time.pause) is not one


def test_who_has_another_time_has_another_pace() -> None:
    time, other = Time(), Time()
    one = pace_of("ONE_TOKEN", URL, time.clock, time.pause)
    assert pace_of("ONE_TOKEN", URL, other.clock, other.pause) is not one
    assert pace_of("ONE_TOKEN", URL, other.clock, other.pause) is not pace_of("ONE_TOKEN", URL, other.clock, time.pause)
