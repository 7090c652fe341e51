"""The serial of the SOA record (RFC 1035 section 3.3.13), which has to rise for secondaries to notice a change."""

import datetime as dt

_BITS = 32
_FIRST_YEAR = 1970
"""Dates before it are hardly meant as dates; and no day of this era is 2**31 or more ahead of it, which RFC 1982 calls the past."""


def next_serial(current: int, today: dt.date) -> int:
    """The serial that follows: of today (`YYYYMMDD00`) if `current` is of an earlier day, else one more.

    One more is meant modulo 2**32 as in RFC 1982 section 3.1, so that 0 follows 4294967295: a secondary takes 0
    for the greater of the two, as it would any other sum, and no serial is left out.
    """
    ahead = today.year * 1000000 + today.month * 10000 + today.day * 100
    return max(ahead, current + 1) if _is_dated(current) else (current + 1) % 2**_BITS


def _is_dated(serial: int) -> bool:
    """Whether it reads as a day and a count of two digits."""
    year, month, day = serial // 1000000, serial // 10000 % 100, serial // 100 % 100
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return year >= _FIRST_YEAR
