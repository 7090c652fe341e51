"""Two programs, each with a provider of its own, at the same time."""

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.locks import held
from tests.engine.programs import POSTURE, ZONE, added, program, without_serial

pytestmark = pytest.mark.engine

SPF = '@ TXT "v=spf1 mx -all"'
TLS_RPT = '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'
OTHER_ZONE = ZONE.replace("example.com", "example.net")


def test_both_make_their_own_zone_and_share_another_and_nothing_is_lost(make_stack: MakeStack) -> None:
    shared = "dns_host: {zonefile: {zones: {example.com: ../example.com.zone, example.net: example.net.zone}}}"
    parts = {
        "spf": "spf: {allow: [mx], otherwise: fail}",
        "tls": 'tls_rpt: {reports: ["mailto:tls@example.com"]}',
    }
    stacks = [
        make_stack(
            name,
            {
                "Pulumi.yaml": program(POSTURE),
                "../example.com.zone": ZONE,
                "example.net.zone": OTHER_ZONE,
                "email-auth.yaml": f"version: 1\n{shared}\ndomains:\n  example.com: {{{part}}}\n  example.net: {{{part}}}\n",
            },
        )
        for name, part in parts.items()
    ]
    shared_zone = stacks[0].folder.parent / "example.com.zone"
    with held(shared_zone) as lock:
        ups = [stack.begin("up") for stack in stacks]
        lock.wait_for(2, unless=lambda: any(up.poll() is not None for up in ups))
    assert [stack.finish(up).changes for stack, up in zip(stacks, ups, strict=True)] == [{"create": 4}, {"create": 4}]
    assert added(ZONE, shared_zone.read_text()) == [SPF, TLS_RPT]
    own = [without_serial(stack.read("example.net.zone")) for stack in stacks]
    assert own == [f"{without_serial(OTHER_ZONE)}{SPF}\n", f"{without_serial(OTHER_ZONE)}{TLS_RPT}\n"]
