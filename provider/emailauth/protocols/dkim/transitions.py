"""What is dangerous in a change of a domain's DKIM keys."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from emailauth.core.transition import Danger, Transition
from emailauth.protocols.dkim.keys import PublicKey
from emailauth.protocols.dkim.record import is_key_record, key_of, parse

DANGERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "remove-last-dkim-key": "no working DKIM key any more where there is one now",
        "replace-dkim-key": "another key at a selector that has one: signatures in transit fail",
    }
)


def dangers(transition: Transition) -> Iterable[Danger]:
    """Looks at the selectors that the file names (all of them for `dkim: absent`); of others nothing is known."""
    working = sum(map(_works, _values(transition.before)))
    if working and not any(map(_works, _values(transition.after))):
        yield Danger(
            name="remove-last-dkim-key",
            message=f"no DKIM key of {transition.domain} that this file knows would work any more, now {working} would be removed or revoked: "
            "signed mail fails, mail in transit too",
            domain=transition.domain,
        )
    for kind, before in transition.before.items():
        if _is_replaced(before, transition.after.get(kind, ())):
            yield Danger(
                name="replace-dkim-key",
                message=f"the key at selector {kind.partition('/')[2]} would become another one: mail in transit that was signed with the "
                "old one fails. Publish the new key at a new selector, and revoke the old one some days after the last signature",
                domain=transition.domain,
            )


def _values(side: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for values in side.values():
        yield from values


def _works(value: str) -> bool:
    """Whether verifiers can find a key by the value: a TXT with a key that is not revoked, or a CNAME, behind which one is taken to be."""
    return bool(parse(value).octets) if is_key_record(value) else True


def _is_replaced(before: Iterable[str], after: Iterable[str]) -> bool:
    """Whether keys are on both sides, and none that was there stays. What stands behind a CNAME is not known."""
    old, new = set(_keys(before)), set(_keys(after))
    return bool(old and new and not old & new)


def _keys(values: Iterable[str]) -> Iterator[bytes]:
    """The keys that TXT values publish, in a form that compares: RSA keys with their SubjectPublicKeyInfo."""
    for value in values:
        if is_key_record(value) and (octets := (record := parse(value)).octets):
            key = key_of(record)
            yield key.octets if isinstance(key, PublicKey) else octets
