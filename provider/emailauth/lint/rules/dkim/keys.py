"""What stands in the place of a public key."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import MUST, rule
from emailauth.protocols import dkim


@rule(MUST, "RFC 6376 section 3.6.1", covers=["DKIM-007"], secret=True)
def dkim_private_key(found: dkim.NotAKey) -> Iterator[Finding]:
    """A private key stands where the public key belongs.

    Whoever has the private key can sign mail in the name of the domain. It stays with the signer; what is published, and what
    belongs into this file, is the public key. If the private key was ever committed or sent to anybody, take it for stolen: make
    a new pair at a new selector, and revoke the old one.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {public_key: keys/s1.pem}}
        --- keys/s1.pem
        -----BEGIN RSA PRIVATE KEY-----
        (the secret)
        -----END RSA PRIVATE KEY-----
    Good:
        version: 1
        domains:
          example.com:
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
    """
    if found.fault is dkim.Fault.PRIVATE:
        yield Finding(
            "this is a PRIVATE key: take it out at once, and take it for stolen if it was ever committed; the public key belongs here"
        )


@rule(MUST, "RFC 6376 section 3.6.1", covers=["DKIM-001"])
def dkim_key_unreadable(found: dkim.NotAKey) -> Iterator[Finding]:
    """The file of a public key cannot be read.

    `public_key` is the PEM text itself, or the path of a file, relative to this one.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {public_key: keys/s1.pem}}
    Good:
        version: 1
        domains:
          example.com:
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
    """
    if found.fault is dkim.Fault.UNREADABLE:
        yield Finding(f"the public key is {found.message}")


@rule(MUST, "RFC 6376 section 3.6.1", covers=["DKIM-006", "DKIM-008", "DKIM-009", "DKIM-010"], fixes=True)
def dkim_key_not_usable(selector: dkim.Selector) -> Iterator[Finding]:
    """What stands in the place of a public key is none that a verifier could use.

    A key is RSA, as SubjectPublicKeyInfo, or Ed25519, as its 32 octets alone; `k=` must say which. With anything else
    every signature fails. From a PEM public key this program makes the right form itself.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEA8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
    """
    found = selector.key
    if isinstance(found, dkim.NotAKey) and found.fault is dkim.Fault.OTHER and not (selector.record and selector.record.problems):
        yield Finding(f"the key is {found.message}", at=selector.route, fix=_fix(selector, found.meant))


def _fix(selector: dkim.Selector, key: dkim.PublicKey | None) -> Fix | None:
    """The same key in the form of its own type, everything else in the record as it is."""
    if key is None or selector.record is None:
        return None
    right = {tag.name: tag for tag in dkim.publishing(key).tags}
    kept = [right.get(tag.name, tag) if tag.name in {"k", "p"} else tag for tag in selector.record.tags]
    if selector.record.get("k") is None:
        kept.insert(1 if kept[0].name == "v" else 0, right["k"])
    text = dkim.render(dkim.Record(tags=tuple(kept)))
    return Fix(description=f"write the same key as k={key.type} has it", at=selector.route, value=text)
