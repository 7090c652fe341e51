"""What a verifier makes of the key record that a DKIM signature points at (RFC 6376 section 6.1.2), the signature itself being good."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emailauth.core.explanation import Reason
from emailauth.protocols import dkim

PASS: Final = "pass"  # noqa: S105 - a result, no password
FAIL: Final = "fail"
UNSIGNED: Final = "none"
"""A verifier must treat the message as if it bore no such signature."""
EITHER: Final = "not known"

MIN_BITS: Final = 1024
"""Of an RSA key: signatures by shorter ones must not be taken as valid (RFC 8301 section 3.2)."""
MAX_BITS: Final = 4096
"""Up to which verifiers must be able to verify (RFC 8301 section 3.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyJudgement:
    """What comes of a signature."""

    result: str
    """`PASS`, `FAIL`, `UNSIGNED`, or `EITHER` where verifiers differ."""
    reasons: tuple[Reason, ...]
    key: str | None = None
    """Type and bits of the key."""


def judge(values: Sequence[str]) -> KeyJudgement:
    """What the TXT values at a selector make of a signature with SHA-256 whose i= is of the very domain of its d=."""
    if not values:
        return _judged(FAIL, "there is no key record", "RFC 6376 section 6.1.2")
    found = [_of(value) for value in values]
    if len(found) == 1 or all(one.result == found[0].result for one in found):
        return found[0]
    reason = Reason(
        text=f"there are {len(found)} records, of which verifiers may take any, and not all can be used", clause="RFC 6376 section 6.1.2"
    )
    return KeyJudgement(result=EITHER, reasons=(reason, *(reason for one in found for reason in one.reasons)))


def _of(value: str) -> KeyJudgement:
    record = dkim.parse(value)
    if record.problems:
        return _judged(FAIL, f"the key record cannot be read: {record.problems[0].message}", "RFC 6376 section 6.1.2")
    key = dkim.key_of(record)
    if key is None:  # a p= that is missing or no base64 is a problem
        return _judged(FAIL, "the key is revoked: p= is empty", "RFC 6376 section 3.6.1")
    if isinstance(key, dkim.NotAKey):
        return _judged(FAIL, f"the key cannot be used: it is {key.message}", "RFC 6376 section 6.1.2")
    unusable = _unusable(record, key)
    if unusable is not None:
        return KeyJudgement(result=FAIL, reasons=(unusable,), key=_named(key))
    return _usable(record, key)


def _unusable(record: dkim.Record, key: dkim.PublicKey) -> Reason | None:
    """Why no signature can pass with a key that can be read."""
    if not {"*", "email"} & set(record.services):
        return Reason(text=f"the key is not for mail: s= is {dkim.shown(record.get('s') or '')}", clause="RFC 6376 section 3.6.1")
    if record.hash_algorithms and "sha256" not in record.hash_algorithms:
        return Reason(
            text=f"the key is not for signatures with SHA-256: h= is {dkim.shown(record.get('h') or '')}", clause="RFC 6376 section 3.6.1"
        )
    if key.type == "rsa" and key.bits < MIN_BITS:
        text = f"the RSA key has {key.bits} bits: signatures by keys of less than {MIN_BITS} must not be taken as valid"
        return Reason(text=text, clause="RFC 8301 section 3.2")
    return None


def _usable(record: dkim.Record, key: dkim.PublicKey) -> KeyJudgement:
    name = f"{key.bits}-bit RSA" if key.type == "rsa" else "Ed25519"
    reasons = [
        Reason(
            text=f"the {name} key is there and can be used; that the signature itself verifies is taken for granted",
            clause="RFC 6376 section 6.1",
        )
    ]
    if key.type == "rsa" and key.bits > MAX_BITS:
        reasons.append(Reason(text=f"receivers need not be able to verify with more than {MAX_BITS} bits", clause="RFC 8301 section 3.2"))
    if "s" in record.flags:
        reasons.append(Reason(text="t=s: i= must be of the very domain of d=, which is taken for granted", clause="RFC 6376 section 3.6.1"))
    if "y" in record.flags:
        text = "t=y: the key is a test, so that the message must be treated as if it were unsigned"
        return KeyJudgement(result=UNSIGNED, reasons=(Reason(text=text, clause="RFC 6376 section 3.6.1"), *reasons), key=_named(key))
    return KeyJudgement(result=PASS, reasons=tuple(reasons), key=_named(key))


def _named(key: dkim.PublicKey) -> str:
    return f"{key.type} {key.bits}"


def _judged(result: str, text: str, clause: str) -> KeyJudgement:
    return KeyJudgement(result=result, reasons=(Reason(text=text, clause=clause),))
