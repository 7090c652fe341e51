"""The public test suite of RFC 7208, every case of it."""

from functools import partial
from ipaddress import ip_address

import pytest

from emailauth.core.question import answered
from emailauth.protocols.spf.check_host import check_host
from tests.protocols.spf.suite import Case, answer, cases
from tools.get_pulumi import CannotGetError

try:
    CASES = list(cases())
except CannotGetError:  # told by the test that counts them
    CASES = []


def test_there_are_203_cases() -> None:
    assert len(list(cases())) == 203
    assert sum(case.explanation is not None for case in CASES) == 22


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_result_and_explanation_are_those_of_the_suite(case: Case) -> None:
    questions = check_host(ip=ip_address(case.ip), domain=case.domain, sender=case.sender, helo=case.helo, now=1_800_000_000)
    result = answered(questions, partial(answer, case.zone))
    assert result.result.value in case.results
    if case.explanation is not None:
        assert (result.explanation or "DEFAULT") == case.explanation
