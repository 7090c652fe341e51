"""Keys that are too short, too long, or of a form or type that not every verifier reads."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, MUST, SHOULD, Context, rule
from emailauth.protocols import dkim
from emailauth.protocols.dkim.verification import REFUSED_BELOW, SUPPORTED_TO, WEAK_BELOW


@rule(MUST, "RFC 8301 section 3.2", covers=["DKIM-011"], needs=["rsa"])
def dkim_rsa_key_refused(key: dkim.PublicKey) -> Iterator[Finding]:
    """An RSA key has less than 1024 bits.

    Verifiers must not accept its signatures: they count as failed. Such keys are broken within hours.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {public_key: keys/s1.pem}}
        --- keys/s1.pem
        -----BEGIN PUBLIC KEY-----
        MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAM4Uwg08QE0R7/4wZrecp8DRI2Dxzre6
        t9NwaehB+EXzwLx3n4dXdmAkB/OlG/5yd0v2xWzzwjsuK5PnkfnwN+UCAwEAAQ==
        -----END PUBLIC KEY-----
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
    if key.bits < REFUSED_BELOW:
        yield Finding(f"an RSA key of {key.bits} bits: verifiers refuse all below {REFUSED_BELOW}")


@rule(SHOULD, "RFC 8301 section 3.2", covers=["DKIM-012"], needs=["rsa"])
def dkim_rsa_key_short(key: dkim.PublicKey) -> Iterator[Finding]:
    """An RSA key has 1024 bits or more, but less than 2048.

    Signers should use 2048 bits at least. The large receivers still take 1024.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {public_key: keys/s1.pem}}
        --- keys/s1.pem
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCxmtPwexNa9/YDvMFPY24JKAOx
        CzLU6omU/CZDP/xwYofFGpzgdgqq6Q5Rjv22O7PjXr1HhGxBo0NK9ZDxx90luS4U
        6Qyzb43Kpjx2tYstunqvS4nyd0lYeHxdJj+B06QjjS8n25hNCk6NbA5WJomuiS7F
        iZQnK14exCMRGp4w5wIDAQAB
        -----END PUBLIC KEY-----
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
    if REFUSED_BELOW <= key.bits < WEAK_BELOW:
        yield Finding(f"an RSA key of {key.bits} bits: make one of {WEAK_BELOW} at a new selector")


@rule(ADVICE, "RFC 8301 section 3.2", covers=["DKIM-013"], needs=["rsa"])
def dkim_rsa_key_long(key: dkim.PublicKey) -> Iterator[Finding]:
    """An RSA key has more than 4096 bits.

    Verifiers must support keys up to 4096 bits, and need not support longer ones. For them the signature fails.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {public_key: keys/s1.pem}}
        --- keys/s1.pem
        -----BEGIN PUBLIC KEY-----
        MIICIzANBgkqhkiG9w0BAQEFAAOCAhAAMIICCwKCAgIAuT4GOUxJfTUCCiL+j5Nb
        hQ0OE0F5IgYRK2mEy33zYgLPSFk5rZj7phq95JweWJz4sTktJRT+jcjOACeEdO99
        Qvkyx0yNrfZYSF4RbnekVFgGz4wmUFM4NRoTgPjn9dvcZ9P9xAOn4QGhmee0l+80
        NTcxLb+Oc3QxagwgxIZdrS+kNgX354g7YpfysjEt/oUp/hjLLHv9Ck+ucTW2srjp
        M3wSRcK3xoNoQ8AhbQiOYSIXU3D6O6VJBlSboTstWUr1ujRykgJsnAyJu/OWcmfD
        fxXPwoZPpQR0fFpO39RxMEU583ajON36KGSelggC92eoODy60YhI42R2DRHNNQcb
        MbNaBI2oWIBnB5oFurO2PaEuYFyC4/Tz900npsnArvu4qIoQiGDBwqnsD6zxrqfV
        +wAmz/EUAQ4lltMNFdpzBEepQTa3nwkNecdqy0myoUzKL/rfAdWiY7rmycbdeb2d
        iBtKXraGrtFD6Xk0A0+5XN/mg36qwTnj/uupMfgzTW7ImrAJpa5hfpaZFrGb8NPc
        FaXji/PLrBRquoWeZIsP1itZjxX1ZROw52mijmaaaiW3TtKiHFKZ1GgyeiifMBpy
        tCWweM8+0C0M6W/i9nATjnBaJTqhIsccHicT4qt1nXo4FI3a5aKgJj63aEnZXkLy
        qkKmLVRKVBEFDaTxFsCWGhMpAgMBAAE=
        -----END PUBLIC KEY-----
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
    if key.bits > SUPPORTED_TO:
        yield Finding(f"an RSA key of {key.bits} bits: verifiers need not support more than {SUPPORTED_TO}")


@rule(ADVICE, "RFC 8463 section 1", covers=["DKIM-034"])
def dkim_only_ed25519(section: dkim.Dkim, context: Context) -> Iterator[Finding]:
    """All keys of the domain are Ed25519.

    Several large receivers cannot verify Ed25519 yet and take mail that has no other signature for unsigned. Sign with
    RSA as well, at a selector of its own.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {record: "v=DKIM1; k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
              s2: {public_key: keys/s2.pem}
        --- keys/s2.pem
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
    selectors = [selector for selector in section.selectors(context.require_domain()) if isinstance(selector.says, dkim.DkimKey)]
    working = [selector for selector in selectors if selector.record is None or not selector.record.is_revoked]
    if (
        working
        and not section.is_partial
        and all(isinstance(selector.key, dkim.PublicKey) and selector.key.type == "ed25519" for selector in working)
    ):
        yield Finding("every key is Ed25519, which not all receivers can verify: publish an RSA key, too", at=working[0].route)
