"""How long resolvers keep records."""

from collections.abc import Iterator
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.core.posture import Domain
from emailauth.core.text import plural
from emailauth.lint.rule import ADVICE, rule

_SHORT: Final = 300
_LONG: Final = 86_400
"""Seconds: a day."""


@rule(ADVICE, "RFC 1034 section 3.6", covers=["DNS-007"], needs=["ttl"])
def dns_ttl_unusual(domain: Domain) -> Iterator[Finding]:
    """A time to live of less than five minutes, or of more than a day.

    With a short one, receivers ask for the same records again and again, and a server that does not answer for a moment already costs them SPF and DMARC
    results. With a long one, a mistake or a key that must go stays with receivers for days. A short time is good shortly before a change.

    Bad:
        version: 1
        ttl: 172800
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
    Good:
        version: 1
        ttl: 3600
        domains:
          example.com:
            spf: {allow: ["ip4:192.0.2.1"], otherwise: fail}
    """
    if domain.ttl is None:
        return
    if domain.ttl > _LONG:
        yield Finding(f"a mistake stays with receivers for {plural(domain.ttl // 3600, 'hour')} after it is mended", at=("ttl",))
    elif domain.ttl < _SHORT:
        yield Finding(f"receivers have to ask again after {plural(domain.ttl, 'second')}", at=("ttl",))
