"""Keys whose numbers are no key, or give the private half away."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols import dkim


@rule(MUST, "RFC 8017 section 3.1", covers=["DKIM-014"], needs=["rsa", "invalid"])
def dkim_rsa_key_invalid(weakness: dkim.Weakness) -> Iterator[Finding]:
    """An RSA key has a modulus or an exponent that no RSA key can have.

    The modulus is a product of different odd primes; the exponent is odd, 3 at least, and smaller than the modulus. Libraries refuse
    other keys, so that no signature passes; with an exponent of 1, everybody can make signatures that do.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAoWighDQmK6L3YF5KoUvYreVgRjsKCWyI6vigAeH7LRGWIX3U6obaCpL2Fe4TEfSHqQMb0k6vw4+72tCg510PFz5PMiIs5JkYXzubZjqr6mKbccMmfoQmg8SjFhn6sVdPOh9sxcvZciZ8Dyi4A9phcyffnkUf9+yez56kEGOv2CAQWM/YIMtVhIFX4Xk6WuIaD2Oxh5tJxVhbjClYfmS0ssS6/hIi5IxHO4pqwKfvlcYhgZG8MaQRwb9FIzt4itW0DuW/BRFfCA/Y0iKJPlx2/cIXG4a1KfXy79pCPGsmgGvnWPnjlEJFaeUFjB5APMiw02s9ZJkWQh+1y//QGEHXdwIBAQ=="}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    yield Finding(f"the key is of no use: {weakness.message}")


@rule(MUST, "FIPS 186-5 appendix A.1.1", covers=["DKIM-014"], needs=["rsa", "breakable"])
def dkim_rsa_key_breakable(weakness: dkim.Weakness) -> Iterator[Finding]:
    """The private key of an RSA key can be computed from the public one.

    Anybody can then sign in the name of the domain. This rule finds moduli with a small factor (mostly of keys that lost or changed a
    character on their way, so that no signature passes either), with two primes close to each other, and those of the generator of
    CVE-2017-15361 (ROCA). Make a new pair at a new selector and revoke this one.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvIE8e58ADYgbLfwao8XW3ov457dJyvdP5BaG7o4feK72orgMtQKL9n2jFcfRCleSYtyG9II3Il09I54mmCwnjX6/J0vx0ZM6/lFRXNQGovukx2H2RRdMLjQ9Fnu4Z3mvU16+3/Xag43aImYwyjV/wZVuOoPqq5+fwT1VH7xNcv+dm5m2U3L0crJWt6Hfjlb3dFnpGZXoygsTtYqqthl0iDaEM89zytOvEa+HWNiIWosClgdHn05av4LNUqp53xZE9gsqLdItHc/RbTo9OOQce5mdatmJnnjvS1mncRG2+HN1CPLjq/R3yC0Eum0CBhWzGVEqQMWVMjRp4wiSpz+0eQIDAQAB"}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    yield Finding(f"the key: {weakness.message}")


@rule(ADVICE, "FIPS 186-5 section 5.4", covers=["DKIM-014"], needs=["rsa", "unusual"])
def dkim_rsa_key_unusual(weakness: dkim.Weakness) -> Iterator[Finding]:
    """An RSA key has a public exponent or a length that is not usual.

    Signatures with a small exponent can be forged where a verifier is careless with what it decrypts (CVE-2006-4339), and libraries
    refuse very large ones. A length that is no whole number of octets is a sign of a generator that is not one of the usual.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAoWighDQmK6L3YF5KoUvYreVgRjsKCWyI6vigAeH7LRGWIX3U6obaCpL2Fe4TEfSHqQMb0k6vw4+72tCg510PFz5PMiIs5JkYXzubZjqr6mKbccMmfoQmg8SjFhn6sVdPOh9sxcvZciZ8Dyi4A9phcyffnkUf9+yez56kEGOv2CAQWM/YIMtVhIFX4Xk6WuIaD2Oxh5tJxVhbjClYfmS0ssS6/hIi5IxHO4pqwKfvlcYhgZG8MaQRwb9FIzt4itW0DuW/BRFfCA/Y0iKJPlx2/cIXG4a1KfXy79pCPGsmgGvnWPnjlEJFaeUFjB5APMiw02s9ZJkWQh+1y//QGEHXdwIBAw=="}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    yield Finding(f"the key: {weakness.message}")


@rule(MUST, "RFC 8032 section 5.1.3", covers=["DKIM-010", "DKIM-014"], needs=["ed25519", "invalid"])
def dkim_ed25519_key_invalid(weakness: dkim.Weakness) -> Iterator[Finding]:
    """The 32 octets of an Ed25519 key are no key.

    Half of all texts of that length decode to no point of the curve, and verifiers refuse those. For eight points, of small order,
    everybody can make signatures: no key pair ever has one of them.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMm4="}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
    """
    yield Finding(f"the key is of no use: {weakness.message}")
