"""The text of key records that were made elsewhere."""

import base64
import re
from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, MUST, rule
from emailauth.protocols import dkim

_FLAGS = {"y", "s"}
_SERVICES = {"*", "email", "tlsrpt"}
"""IANA, DKIM Selector Flags and DKIM Service Types."""

_MISPLACED = {
    "g": "g was removed by RFC 6376",
    "a": "a belongs into signatures, not into a key record",
    "c": "c belongs into signatures, not into a key record",
    "d": "d belongs into signatures, not into a key record",
    "q": "q belongs into signatures, not into a key record",
}


@rule(MUST, "RFC 6376 section 3.6.1", covers=["DKIM-002", "DKIM-003", "DKIM-005", "DKIM-023", "DKIM-025"], fixes=True)
def dkim_record_invalid(selector: dkim.Selector) -> Iterator[Finding]:
    r"""The text of a key record breaks the syntax.

    Verifiers that follow the standard then find no key, and every signature of the selector fails. Often the text was
    copied out of a zone file, with its quotes and backslashes.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: 'v=DKIM1\; k=ed25519\; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI='}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
    """
    if selector.record is None:
        return
    if selector.record.problems:
        problems = "; ".join(problem.message for problem in selector.record.problems)
        yield Finding(f"not a valid key record: {problems}", at=selector.route, fix=_unquoted(selector))


@rule(ADVICE, "RFC 6376 section 3.2", covers=["DKIM-021", "DKIM-022"])
def dkim_record_unknown_tag(record: dkim.Record) -> Iterator[Finding]:
    """A key record has a tag that means nothing there.

    Verifiers ignore tags that they do not know.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; a=ed25519-sha256; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
    """
    for tag in record.tags:
        if tag.name not in dkim.TAGS:
            yield Finding(f"verifiers ignore the tag {dkim.shown(tag.name)}: {_MISPLACED.get(tag.name, 'it is not a tag of key records')}")


@rule(ADVICE, "RFC 6376 section 3.6.1", covers=["DKIM-020"])
def dkim_record_unknown_flag(record: dkim.Record) -> Iterator[Finding]:
    """A key record has a flag that means nothing.

    The flags of `t=` are y (testing) and s (no subdomains). Verifiers ignore others.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; t=n; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              s2: {record: "v=DKIM1; k=ed25519; p=8UTkZKFqTZC+ibbimIsvk4FMwICgf7bJCUg6iZOjMmI="}
    """
    for flag in record.flags:
        if flag not in _FLAGS:
            yield Finding(f"verifiers ignore the flag {dkim.shown(flag)}: there are y (testing) and s (no subdomains)")


@rule(MUST, "RFC 8301 section 3.1", covers=["DKIM-015"])
def dkim_record_without_sha256(record: dkim.Record) -> Iterator[Finding]:
    """A key record does not allow SHA-256.

    SHA-256 is the only hash algorithm that signers and verifiers may still use, so that no signature can pass. Leave `h=` out.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; h=sha1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    if record.hash_algorithms and "sha256" not in record.hash_algorithms:
        yield Finding("h= does not allow sha256, the only hash algorithm in use: no signature can pass")


@rule(MUST, "RFC 6376 section 3.6.1", covers=["DKIM-016", "DKIM-017"])
def dkim_record_without_service(record: dkim.Record) -> Iterator[Finding]:
    """A key record is for no service that there is.

    `s=` names what the key is for: `email`, `tlsrpt` (RFC 8460 section 3), or `*` for everything. Verifiers of mail must
    ignore a key for anything else.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; s=mail; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; s=email; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    if not _SERVICES & set(record.services):
        yield Finding("s= names no service that there is (email, tlsrpt or *): verifiers must ignore the key")


@rule(ADVICE, "RFC 6376 section 3.6.1", covers=["DKIM-006"], fixes=True)
def dkim_record_with_bare_key(selector: dkim.Selector) -> Iterator[Finding]:
    """An RSA key is published without its SubjectPublicKeyInfo.

    The standard is of two minds (erratum 3017): its text says RSAPublicKey, its example has SubjectPublicKeyInfo, and the latter
    is what almost everybody publishes. Some verifiers can read no other form.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    if selector.record is None or not isinstance(selector.key, dkim.PublicKey) or not selector.key.is_bare:
        return
    wrapped = base64.b64encode(selector.key.octets).decode("ascii")
    mended = dkim.Record(
        tags=tuple(dkim.Tag(name=tag.name, value=wrapped if tag.name == "p" else tag.value) for tag in selector.record.tags)
    )
    fix = Fix(description="write the same key with its SubjectPublicKeyInfo", at=selector.route, value=dkim.render(mended))
    yield Finding(
        "an RSA key without its SubjectPublicKeyInfo, which some verifiers cannot read",
        at=selector.route,
        fix=None if selector.record.problems else fix,
    )


def _unquoted(selector: dkim.Selector) -> Fix | None:
    """The fix where a record is only wrong because it was copied with the quotes and backslashes of a zone file."""
    if not isinstance(selector.says, dkim.DkimKey) or not isinstance(selector.says.record, str):
        return None
    text = selector.says.record.strip()
    strings = re.fullmatch(r'\(?\s*((?:"[^"]*"\s*)+)\)?', text)
    joined = "".join(re.findall(r'"([^"]*)"', strings[1])) if strings else text
    candidate = joined.replace("\\;", ";")
    record = dkim.parse(candidate)
    if candidate == text or record.problems or isinstance(dkim.key_of(record), dkim.NotAKey):
        return None
    return Fix(description="write the text without quotes and backslashes", at=selector.route, value=candidate)
