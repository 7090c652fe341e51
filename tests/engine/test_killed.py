"""The engine is killed in the middle of an `up`: `pulumi cancel` and `pulumi up` finish the job without a hand."""

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.locks import held
from tests.engine.programs import ZONE, added, posture
from tests.engine.stack import NAME
from tests.servers.program import wait_until

pytestmark = pytest.mark.engine

FIRST = {
    "mail/example.com/dmarc": '_dmarc TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"',
    "mail/example.com/spf": '@ TXT "v=spf1 mx -all"',
    "mail/example.com/tls_rpt": '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@example.com"',
}
"""What the first phase makes, by resource. Which of them go out in the write that comes first is a matter of moments."""


def test_cancel_and_up_finish_what_a_killed_engine_began(make_stack: MakeStack) -> None:
    stack = make_stack("killed", posture())
    with held(stack.folder / "example.com.zone") as lock:
        up = stack.begin("up")
        lock.wait_for(1, unless=lambda: up.poll() is not None)
        wait_until(lambda: stack.pending() == list(FIRST))
        up.kill()
        up.communicate()
    assert stack.pending() == list(FIRST)
    assert stack.left() == []
    written = added(ZONE, stack.read("example.com.zone"))
    assert written, "the provider ends the write that is under way, and then itself"
    assert {*written} <= {*FIRST.values()}
    assert not {*FIRST} & {*stack.resources()}

    stack.run("cancel", "--stack", NAME, "--yes")
    assert [name for name in stack.up().steps("create") if name in FIRST] == list(FIRST)
    lines = added(ZONE, stack.read("example.com.zone"))
    assert [lines.count(line) for line in FIRST.values()] == [1, 1, 1]
    assert stack.operate("refresh", "--clear-pending-creates", "--expect-no-changes").changes == {}
    assert stack.pending() == []
