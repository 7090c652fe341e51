"""What verifiers make of a key record, whoever published it."""

from collections.abc import Iterator
from typing import Final

from emailauth.protocols.dkim.keys import Fault, PublicKey
from emailauth.protocols.dkim.record import Record, key_of
from emailauth.protocols.dkim.weakness import Kind, weaknesses

REFUSED_BELOW: Final = 1024
WEAK_BELOW: Final = 2048
SUPPORTED_TO: Final = 4096
"""Bits of an RSA modulus (RFC 8301 section 3.2)."""

HASH: Final = "sha256"
"""The one hash algorithm in use (RFC 8301 section 3.1)."""
SERVICES: Final = frozenset({"*", "email", "tlsrpt"})
"""IANA, DKIM Service Types."""


def refusals(record: Record) -> Iterator[str]:
    """Why no signature of the record's key passes, or anybody can make one that does; for a person, and never the key itself.

    A revoked key is refused by intention, and told elsewhere.
    """
    if record.problems:
        yield "the record is not valid: " + "; ".join(problem.message for problem in record.problems)
        return
    key = key_of(record)
    if isinstance(key, PublicKey):
        if key.type == "rsa" and key.bits < REFUSED_BELOW:
            yield f"the RSA key has {key.bits} bits, and verifiers refuse all below {REFUSED_BELOW}"
        yield from (f"the key is of no use: {one.message}" for one in weaknesses(key) if one.kind is not Kind.UNUSUAL)
    elif key is not None:
        yield "the key is a PRIVATE key: take it for stolen" if key.fault is Fault.PRIVATE else f"the key is {key.message}"
    if record.hash_algorithms and HASH not in record.hash_algorithms:
        yield f"h= does not allow {HASH}, the only hash algorithm in use"
    if not SERVICES & set(record.services):
        yield "s= names no service that there is"
