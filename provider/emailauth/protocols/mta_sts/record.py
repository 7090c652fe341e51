"""The TXT record that announces the policy (RFC 8461 section 3.1)."""

import re
from typing import Final

from emailauth.core.tags import Grammar, parse_tags
from emailauth.protocols.mta_sts.policy import EXTENSION_NAME, InvalidTextError

_VERSION: Final = "v=STSv1"
_RECORD: Final = Grammar(
    tag=re.compile(rf"(?P<name>{EXTENSION_NAME})=(?P<value>[!-:<>-~]+)"), no_tag=lambda _, part: f"{part!r} is not 'name=value'"
)
_ID: Final = re.compile(r"[A-Za-z0-9]{1,32}")


def render_record(policy_id: str) -> str:
    """The TXT record that announces a policy, in the form of the example of RFC 8461 section 3.1."""
    return f"{_VERSION}; id={policy_id};"


def parse_record(text: str) -> str:
    """The id that a TXT record announces (RFC 8461 section 3.1). Unknown fields are passed over. Raises `InvalidTextError`."""
    if not recognises(text):
        raise InvalidTextError(f"does not begin with '{_VERSION};'")
    fields = parse_tags(text, _RECORD)
    if fields.problems:
        raise InvalidTextError(fields.problems[0].message)
    policy_id = fields.get("id")
    if policy_id is None:
        raise InvalidTextError("no id")
    if _ID.fullmatch(policy_id) is None:
        raise InvalidTextError(f"id {policy_id!r} is not 1 to 32 letters and digits")
    return policy_id


def recognises(value: str) -> bool:
    """Whether senders take a TXT value for an MTA-STS record; they discard all others (RFC 8461 section 3.1, erratum 6285)."""
    return value.startswith(f"{_VERSION};")
