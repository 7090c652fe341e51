"""SVG logos, and what the rules find in one."""

from emailauth.core.posture import Domain, Posture
from emailauth.lint.engine import run as judged
from emailauth.lint.rules import all_rules
from emailauth.protocols import bimi
from emailauth.protocols.bimi import svg


def run(data: bytes) -> None:
    """Whatever it is, it is read or told what it is; no rule raises."""
    found = svg.read(data)
    if isinstance(found, svg.NoSvg):
        assert found.reason
    else:
        assert len(found.elements) <= len(data)
        assert found.view_box is None or len(found.view_box) == 4
    domain = Domain(
        name="example.com", route=("domains", "example.com"), sections={"bimi": bimi.Bimi(logo="logo.svg")}, attachments={"logo.svg": data}
    )
    assert all(raised.message for raised in judged(Posture(domains=(domain,)), all_rules()))
