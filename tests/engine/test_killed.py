"""The engine is killed in the middle of an `up`: `pulumi cancel` and `pulumi up` finish the job without a hand."""

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.locks import held
from tests.engine.programs import posture
from tests.engine.stack import NAME

pytestmark = pytest.mark.engine

FIRST = ["mail/example.com/dmarc", "mail/example.com/spf", "mail/example.com/tls_rpt"]
"""What the first phase makes."""


def test_cancel_and_up_finish_what_a_killed_engine_began(make_stack: MakeStack) -> None:
    stack = make_stack("killed", posture())
    with held(stack.folder / "example.com.zone") as lock:
        up = stack.begin("up")
        lock.wait_for(1, unless=lambda: up.poll() is not None)
        up.kill()
        up.communicate()
    assert stack.pending() == FIRST
    assert stack.left() == []
    assert stack.read("example.com.zone").count("v=spf1") == 1, "the provider ends the write that is under way, and then itself"
    assert "mail/example.com/spf" not in stack.resources()

    stack.run("cancel", "--stack", NAME, "--yes")
    assert [name for name in stack.up().steps("create") if name in FIRST] == FIRST
    assert stack.read("example.com.zone").count("v=spf1") == 1
    assert stack.operate("refresh", "--clear-pending-creates", "--expect-no-changes").changes == {}
    assert stack.pending() == []
