"""DKIM (RFC 6376): signatures on messages, and the public keys in DNS that prove them.

A signer puts `d=example.com; s=s1` into each signature; a verifier then looks for the key record at
`s1._domainkey.example.com`. A selector is only a name: several let keys of several senders, or the old and the
new key of one, stand side by side, which is how keys are replaced without a message in transit losing its proof.
A record with an empty `p=` says that the key is revoked. Key types are RSA (RFC 6376, sizes in RFC 8301) and
Ed25519 (RFC 8463). Where a provider signs, the name is often a CNAME to a record that the provider keeps.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from emailauth.core.claim import every_value
from emailauth.core.tags import Problem, Tag, render
from emailauth.protocols.dkim.keys import Fault, NotAKey, PublicKey, read_octets, read_pem, shown
from emailauth.protocols.dkim.probes import PROBED, owner, wildcard
from emailauth.protocols.dkim.record import TAGS, Record, is_key_record, key_of, parse
from emailauth.protocols.dkim.shape import (
    ABSENT_KEY,
    INSTEAD,
    PARKED,
    REVOKED_KEY,
    Dkim,
    DkimKey,
    Says,
    Selector,
    Shape,
    absent_claims,
    absent_urls,
    publishing,
    section,
)
from emailauth.protocols.dkim.transitions import DANGERS, dangers
from emailauth.protocols.dkim.weakness import Kind, Weakness, common_factors, weaknesses

__all__ = [
    "ABSENT_KEY",
    "DANGERS",
    "INSTEAD",
    "PARKED",
    "PROBED",
    "RECOGNISES",
    "REVOKED_KEY",
    "TAGS",
    "Dkim",
    "DkimKey",
    "Fault",
    "Kind",
    "NotAKey",
    "Problem",
    "PublicKey",
    "Record",
    "Says",
    "Selector",
    "Shape",
    "Tag",
    "Weakness",
    "absent_claims",
    "absent_urls",
    "common_factors",
    "dangers",
    "is_key_record",
    "key_of",
    "owner",
    "parse",
    "publishing",
    "read_octets",
    "read_pem",
    "render",
    "section",
    "shown",
    "weaknesses",
    "wildcard",
]

RECOGNISES: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType({"TXT": is_key_record, "CNAME": every_value})
"""A CNAME below `_domainkey` hands the key over to a provider; a claim on one is only made where the file says so."""
