"""Keys that several domains or selectors have in common."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Route
from emailauth.core.posture import Domain, Posture
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols import dkim


@rule(ADVICE, "M3AAWG DKIM Key Rotation Best Common Practices", covers=["DKIM-031"], needs=["dkim"])
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
    seen: dict[int | bytes, str] = {}
    for domain in posture.domains:
        for selector, route, key in _keys(domain):
            name = f"{selector} of {domain.name}"
            first = seen.setdefault(key.modulus or key.octets, name)  # with another exponent, too, the primes are the same
            if first != name:
                yield Finding(f"the same key as at selector {first}: whoever gets the private key can sign for both", at=route)


@rule(MUST, "FIPS 186-5 appendix A.1.1", covers=["DKIM-014"], needs=["dkim"])
def dkim_keys_related(posture: Posture) -> Iterator[Finding]:
    """Two different RSA keys have a prime in common.

    Anybody who has seen both finds it in no time, and with it both private keys. It happens where keys are made with too little
    randomness. Make new ones elsewhere and revoke these. Keys that stand near each other in the file are compared, 16 at a time.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoWighDQmK6L3YF5KoUvYreVgRjsKCWyI6vigAeH7LRGWIX3U6obaCpL2Fe4TEfSHqQMb0k6vw4+72tCg510PFz5PMiIs5JkYXzubZjqr6mKbccMmfoQmg8SjFhn6sVdPOh9sxcvZciZ8Dyi4A9phcyffnkUf9+yez56kEGOv2CAQWM/YIMtVhIFX4Xk6WuIaD2Oxh5tJxVhbjClYfmS0ssS6/hIi5IxHO4pqwKfvlcYhgZG8MaQRwb9FIzt4itW0DuW/BRFfCA/Y0iKJPlx2/cIXG4a1KfXy79pCPGsmgGvnWPnjlEJFaeUFjB5APMiw02s9ZJkWQh+1y//QGEHXdwIDAQAB"}}
          example.net:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqvavSJxpZwLu4nLitGg2jZw5kpMFE0fO9vDNlAid9zOpWPYnw4NuhpML3qvoR+491uZct6uJj1Vzw1Bf4bY3xg30HIBEHORONB4hK8HyjfOmSE3O+WpT4O/0nDWRr2rtkGwBqZsrgCVTTIWT/GLk0QfOn7eL/VTTh9MDF3fzY5C332zlP7YSBW28Lc3qwwAb36CtWlTPK5moTq/7DVLvC+CrDb9IrelPbZOntlRfnpeQBvT1z1Jf6SKqSflB72UZWcYHOW1CXsg5+uZ8Cm5tn26cyTFrq5SgM4eSWaOUQhBe56tP8EQFeG4zCTgpxmo6XZikxblEbp/mFPhomww8nwIDAQAB"}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoWighDQmK6L3YF5KoUvYreVgRjsKCWyI6vigAeH7LRGWIX3U6obaCpL2Fe4TEfSHqQMb0k6vw4+72tCg510PFz5PMiIs5JkYXzubZjqr6mKbccMmfoQmg8SjFhn6sVdPOh9sxcvZciZ8Dyi4A9phcyffnkUf9+yez56kEGOv2CAQWM/YIMtVhIFX4Xk6WuIaD2Oxh5tJxVhbjClYfmS0ssS6/hIi5IxHO4pqwKfvlcYhgZG8MaQRwb9FIzt4itW0DuW/BRFfCA/Y0iKJPlx2/cIXG4a1KfXy79pCPGsmgGvnWPnjlEJFaeUFjB5APMiw02s9ZJkWQh+1y//QGEHXdwIDAQAB"}}
          example.net:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    places: dict[int, tuple[str, Route]] = {}
    for domain in posture.domains:
        for selector, route, key in _keys(domain):
            if key.type == "rsa":
                places.setdefault(key.modulus, (f"{selector} of {domain.name}", route))
    for one, other in dkim.common_factors(list(places)):
        name, at = places[other][0], places[one][1]
        yield Finding(f"a prime of this key is one of the key at selector {name}, too: the private keys of both can be computed", at=at)


def _keys(domain: Domain) -> Iterator[tuple[str, Route, dkim.PublicKey]]:
    section = domain.section(dkim.Dkim)
    for selector in section.selectors(domain) if section else ():
        if isinstance(selector.key, dkim.PublicKey):
            yield selector.name, (*domain.route, dkim.Dkim.KEY, *selector.route), selector.key
