"""MTA-STS policy files."""

from emailauth.protocols import mta_sts
from emailauth.protocols.mta_sts.policy import understood


def run(data: bytes) -> None:
    """A policy comes out of its own file; what its grammar allows, senders understand."""
    understood(data)
    try:
        policy = mta_sts.parse_policy(data)
    except mta_sts.InvalidTextError:
        return
    assert mta_sts.parse_policy(policy.body) == policy
    assert understood(data) == policy
    assert len(policy.id) == 32
