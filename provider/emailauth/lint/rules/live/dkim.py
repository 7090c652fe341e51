"""DKIM keys of the file and those that verifiers find."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.names import InvalidName, normalise
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.lint.rule import ADVICE, MUST, SHOULD, Context, rule
from emailauth.protocols import dkim
from emailauth.protocols.dkim.verification import REFUSED_BELOW, WEAK_BELOW, refusals


@rule(MUST, "RFC 6376 section 3.6.2", covers=["DKIM-001", "DKIM-027"])
def dkim_key_not_published(observation: Observation, context: Context) -> Iterator[Finding]:
    """A selector of the file has no key record in DNS today.

    Verifiers that find no key count the signature as failed. Let no signer use a selector before its key can be found: apply the file first; where
    a CNAME leads to a provider, the provider must have made the key.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1.dkim.example.net", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]}]}
    """
    domain = context.require_domain()
    for selector, name in _with_key(domain):
        for place, what in _places(selector, name):
            answer = observation.answer(place, "TXT")
            if not answer.failed and not any(map(dkim.is_key_record, answer.values)):
                message = f"there is no key record at {place}{what}: verifiers count signatures with this selector as failed"
                yield Finding(message, at=(dkim.Dkim.KEY, *selector.route))
                break


@rule(MUST, "RFC 6376 section 3.6.2.2", covers=["DKIM-024"])
def dkim_several_records(observation: Observation, context: Context) -> Iterator[Finding]:
    """A selector has several key records in DNS today.

    What verifiers do then is not defined: some take the first, which is another one each time, some none. Keep one.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB", "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]}]}
    """
    domain = context.require_domain()
    for selector, name in _with_key(domain):
        records = [value for value in observation.answer(name, "TXT").values if dkim.is_key_record(value)]
        if len(records) > 1:
            yield Finding(f"there are {len(records)} key records at {name}, and verifiers expect one", at=(dkim.Dkim.KEY, *selector.route))


@rule(MUST, "RFC 6376 section 3.6.1", covers=["DKIM-001", "T-015", "T-023"])
def dkim_published_key_differs(observation: Observation, context: Context) -> Iterator[Finding]:
    """The key that is in DNS today is another one than the file's.

    Signatures that are made with the one fail with the other, and mail in transit fails when a key is changed in place. Publish a new key under
    a new selector, and let the old one stand until its mail has arrived.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}, s2: {cname: s2.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]},
        {"name": "s2._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p="]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}, s2: {cname: s2.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]},
        {"name": "s2._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p="]}]}
    """
    domain = context.require_domain()
    for selector, name in _with_key(domain):
        found = [dkim.parse(value) for value in observation.answer(name, "TXT").values if dkim.is_key_record(value)]
        if selector.record is None or len(found) != 1 or selector.record.octets is None:
            continue
        if (found[0].key_type, found[0].octets) != (selector.record.key_type, selector.record.octets):
            what = "is revoked" if found[0].is_revoked else "is another one than the file's"
            yield Finding(f"the key at {name} {what}: signatures made with the file's key fail", at=(dkim.Dkim.KEY, *selector.route))


@rule(MUST, "RFC 6376 section 6.1.2", covers=["DKIM-006", "DKIM-011", "DKIM-014", "DKIM-015", "DKIM-016", "DKIM-027"])
def dkim_provider_key_refused(observation: Observation, context: Context) -> Iterator[Finding]:
    """The key that a provider publishes behind a CNAME is one that verifiers refuse.

    It is judged as a key in the file is: the syntax of its record, its type, length and numbers, what it is for. Only the provider can
    mend it; until then its signatures fail, or, where the private key can be computed, anybody can make them.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; h=sha1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; h=sha1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]}]}
    """
    for selector, target, record in _provided(observation, context.require_domain()):
        for reason in refusals(record):
            yield Finding(f"verifiers take no signature of the key at {target}: {reason}", at=(dkim.Dkim.KEY, *selector.route))


@rule(SHOULD, "RFC 8301 section 3.2", covers=["DKIM-012"])
def dkim_provider_key_short(observation: Observation, context: Context) -> Iterator[Finding]:
    """The RSA key that a provider publishes behind a CNAME has 1024 bits or more, but less than 2048.

    Signers should use 2048 bits at least. With most providers one can ask for that, or change the key, in the console.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCxmtPwexNa9/YDvMFPY24JKAOxCzLU6omU/CZDP/xwYofFGpzgdgqq6Q5Rjv22O7PjXr1HhGxBo0NK9ZDxx90luS4U6Qyzb43Kpjx2tYstunqvS4nyd0lYeHxdJj+B06QjjS8n25hNCk6NbA5WJomuiS7FiZQnK14exCMRGp4w5wIDAQAB"]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCxmtPwexNa9/YDvMFPY24JKAOxCzLU6omU/CZDP/xwYofFGpzgdgqq6Q5Rjv22O7PjXr1HhGxBo0NK9ZDxx90luS4U6Qyzb43Kpjx2tYstunqvS4nyd0lYeHxdJj+B06QjjS8n25hNCk6NbA5WJomuiS7FiZQnK14exCMRGp4w5wIDAQAB"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]}]}
    """
    for selector, target, record in _provided(observation, context.require_domain()):
        key = dkim.key_of(record)
        if isinstance(key, dkim.PublicKey) and key.type == "rsa" and REFUSED_BELOW <= key.bits < WEAK_BELOW:
            yield Finding(f"the key at {target} is an RSA key of {key.bits} bits", at=(dkim.Dkim.KEY, *selector.route))


@rule(ADVICE, "RFC 6376 section 3.6.1", covers=["DKIM-004", "DKIM-018"])
def dkim_provider_key_inactive(observation: Observation, context: Context) -> Iterator[Finding]:
    """The key that a provider publishes behind a CNAME is revoked, or marked as a test.

    With a revoked key signatures fail, and mail signed with a test key counts as unsigned. A provider that changes between several
    selectors may have revoked the one that rests; if it signs with this one, something is wrong there.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p="]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; p="]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]},
        {"name": "s1.dkim.example.net", "type": "TXT", "values": ["v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"]}]}
    """
    for selector, target, record in _provided(observation, context.require_domain()):
        if record.is_revoked or "y" in record.flags:
            what = "is revoked" if record.is_revoked else "is marked as a test"
            yield Finding(f"the key at {target} {what}", at=(dkim.Dkim.KEY, *selector.route))


def _with_key(domain: Domain) -> Iterator[tuple[dkim.Selector, str]]:
    """The selectors that shall have a key, each with the owner name of its record."""
    section = domain.section(dkim.Dkim)
    names = {record.kind: record.name for record in section.records(domain)} if section is not None else {}
    for selector in section.selectors(domain) if section is not None else ():
        name = names.get(f"{dkim.Dkim.KEY}/{selector.name}")
        if name is not None and not (selector.record is not None and selector.record.is_revoked):
            yield selector, name


def _places(selector: dkim.Selector, name: str) -> Iterator[tuple[str, str]]:
    """Where the key record of a selector must be found, and what stands there to say of it: first that behind its CNAME, if it has one."""
    if (target := _target(selector)) is not None:
        yield target, ", where the CNAME leads"
    yield name, ""


def _provided(observation: Observation, domain: Domain) -> Iterator[tuple[dkim.Selector, str, dkim.Record]]:
    """The selectors that lead to a provider's key record, with its name and the record. Several at one name are told elsewhere."""
    for selector, _ in _with_key(domain):
        if (target := _target(selector)) is not None:
            records = [value for value in observation.answer(target, "TXT").values if dkim.is_key_record(value)]
            if len(records) == 1:
                yield selector, target, dkim.parse(records[0])


def _target(selector: dkim.Selector) -> str | None:
    """The name to which the CNAME of a selector leads; None where it has none, or none that can be."""
    if selector.record is not None or not isinstance(selector.says, dkim.DkimKey) or not isinstance(selector.says.cname, str):
        return None
    try:
        return normalise(selector.says.cname)
    except InvalidName:
        return None
