"""MTA-STS: which hosts receive a domain's mail, and that senders must reach them over TLS (RFC 8461).

Two things say it: the policy, a file on the policy host, and a TXT record whose id tells senders that the policy is
another one than they know. The id is made from the policy's very bytes, so the two cannot drift apart.
"""

from typing import Final

from emailauth.protocols.mta_sts.policy import KIND, MAX_MAX_AGE, InvalidTextError, Pattern, Policy, parse_policy, policy_url
from emailauth.protocols.mta_sts.record import parse_record, recognises, render_record
from emailauth.protocols.mta_sts.shape import INSTEAD, PARKED, MtaSts, absent_claims, absent_urls, section
from emailauth.protocols.mta_sts.transitions import DANGERS, dangers, staged

__all__ = [
    "DANGERS",
    "INSTEAD",
    "KIND",
    "MAX_MAX_AGE",
    "PARKED",
    "RECOGNISES",
    "InvalidTextError",
    "MtaSts",
    "Pattern",
    "Policy",
    "Shape",
    "absent_claims",
    "absent_urls",
    "dangers",
    "parse_policy",
    "parse_record",
    "policy_url",
    "recognises",
    "render_record",
    "section",
    "staged",
]

Shape = MtaSts
RECOGNISES: Final = {"TXT": recognises}
