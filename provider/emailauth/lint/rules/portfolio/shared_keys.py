"""Keys that several domains or selectors have in common."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.posture import Domain, Posture
from emailauth.lint.rule import ADVICE, rule
from emailauth.protocols import dkim


@rule(ADVICE, "M3AAWG DKIM Key Rotation Best Common Practices", covers=["DKIM-031"])
def dkim_key_shared(posture: Posture) -> Iterator[Finding]:
    """One DKIM key is published at several selectors or domains.

    Whoever gets hold of the private key can sign for all of them, and a key that is replaced by itself under another
    selector was not replaced. Make one pair for each domain, and a new one for each new selector.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {public_key: keys/s1.pem}}
          example.net:
            dkim: {s1: {public_key: keys/s1.pem}}
        --- keys/s1.pem
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSN
        Wak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NM
        O06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYu
        p/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJ
        DLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zV
        qyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevX
        RQIDAQAB
        -----END PUBLIC KEY-----
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {public_key: keys/s1.pem}}
          example.net:
            dkim: {s1: {cname: s1.dkim.example.org}}
        --- keys/s1.pem
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSN
        Wak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NM
        O06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYu
        p/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJ
        DLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zV
        qyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevX
        RQIDAQAB
        -----END PUBLIC KEY-----
    """
    seen: dict[tuple[str, bytes], str] = {}
    for domain in posture.domains:
        for selector, route, key in _keys(domain):
            name = f"{selector} of {domain.name}"
            first = seen.setdefault((key.type, key.octets), name)
            if first != name:
                yield Finding(f"the same key as at selector {first}: whoever gets the private key can sign for both", at=route)


def _keys(domain: Domain) -> Iterator[tuple[str, Route, dkim.PublicKey]]:
    section = domain.section(dkim.Dkim)
    for selector in section.selectors(domain) if section else ():
        if isinstance(selector.key, dkim.PublicKey):
            yield selector.name, (*domain.route, dkim.Dkim.KEY, *selector.route), selector.key
