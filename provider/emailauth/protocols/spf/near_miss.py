"""Texts that were meant as SPF records and that receivers pass over."""

import re
from typing import Final

from emailauth.protocols.spf.record import is_record

_VERSION: Final = re.compile(r"[\W_]*v\s*=\W*spf", re.IGNORECASE)
_TERMS: Final = re.compile(r"[\W_]*(?:v\W*)?s(?:pf|fp)\W?1?[\s\W].*(?:\binclude:|\bip[46]:|[-~?]all\b)", re.IGNORECASE | re.DOTALL)
_SENDER_ID: Final = re.compile(r"spf2\.0/", re.IGNORECASE)
_LOOKED_AT: Final = 4096
"""Characters that are looked at of a stranger's text."""


def is_near_miss(text: str) -> bool:
    """Whether a TXT value is no SPF record, and was surely meant as one: "v=spf10 mx", "v=spf1;mx", a record in quotes, "spf1 mx -all"."""
    start = text[:_LOOKED_AT]
    return not is_record(text) and bool(_VERSION.match(start) or (_TERMS.match(start) and not is_sender_id(start)))


def is_sender_id(text: str) -> bool:
    """Whether a TXT value is a Sender ID record (RFC 4406 section 3.1)."""
    return _SENDER_ID.match(text) is not None
