"""The corpus of `make bench` is what it says: the same each time, no two texts alike, with the shares that were measured."""

import pytest

from emailauth.protocols import dmarc, spf
from tests.bench.corpus import corpus, shares

DRAWN = corpus(4000)


def test_it_is_the_same_each_time() -> None:
    assert corpus(50) == corpus(50)
    assert DRAWN.spf[:50] == corpus(50).spf


def test_no_two_texts_are_alike() -> None:
    assert len(set(DRAWN.spf)) == len(set(DRAWN.dmarc)) == 4000


@pytest.mark.parametrize(
    ("what", "least", "most"),
    # Measured on records of domains, and those of services in brackets, which are an eighth of all.
    [
        ("mx or a", 50, 60),  # 55.5 (14), more where the plainest are here once
        ("~all", 45, 50),  # 47.7
        ("-all", 44, 49),  # 46.5
        ("ip6", 3.5, 6),  # 2.0 (19.5)
        ("over 255 octets", 2.5, 6),  # 2.5
        ("over 450", 0.7, 2),  # 0.4 (8.1)
        ("ptr", 1, 2.2),  # 1.6
        ("redirect", 1, 2.2),  # 1.5
        ("macros", 0.5, 1.6),  # 0.75 (1.6)
    ],
)
def test_spf_has_the_shares_that_were_measured(what: str, least: float, most: float) -> None:
    assert least <= shares(DRAWN.spf)[what] <= most


def test_few_records_have_mistakes() -> None:
    broken = sum(record is None or bool(record.malformed) for record in map(spf.parse, DRAWN.spf))
    assert 0.002 < broken / 4000 < 0.01
    assert 0.005 < sum(bool(dmarc.parse(text).problems) for text in DRAWN.dmarc) / 4000 < 0.03
