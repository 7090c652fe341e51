"""Nothing breaks a parser's laws (see `tests.fuzz.targets`): not any octets, and not what is nearly right."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.targets import names, target
from tests.property.mutations import anything

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"
SLOW = {"published": 15, "files": 40, "spf_evaluation": 40}
"""Examples of those that take longer; `make fuzz` tries more of all."""
GOOD = {name: [path.read_bytes() for path in sorted((CORPUS / name).iterdir())] for name in names()}


@pytest.mark.parametrize("name", names())
def test_a_target_takes_whatever_it_is_given(name: str) -> None:
    run = target(name)

    @settings(max_examples=SLOW.get(name, 150), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(anything(GOOD[name]))
    def takes(data: bytes) -> None:
        run(data)

    takes()
