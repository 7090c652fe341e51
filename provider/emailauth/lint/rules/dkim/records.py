"""The text of key records that were made elsewhere."""

import base64
import re
from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Fix
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols import dkim
from emailauth.protocols.dkim import encoding
from emailauth.protocols.dkim.verification import HASH, SERVICES

_FLAGS = {"y", "s"}
"""IANA, DKIM Selector Flags."""

_STRING = 255
_PACKET = 1232
"""Octets of a string (RFC 1035 section 3.3), and of an answer that arrives in one piece (DNS flag day 2020)."""
_AROUND = 12 + 6 + 12 + 11
"""Header, end of the question, fields of the record, and EDNS."""

_MISPLACED = {
    "g": "g was removed by RFC 6376",
    "a": "a belongs into signatures, not into a key record",
    "c": "c belongs into signatures, not into a key record",
    "d": "d belongs into signatures, not into a key record",
    "q": "q belongs into signatures, not into a key record",
}


@rule(MUST, "RFC 6376 section 3.6.1", covers=["DKIM-002", "DKIM-003", "DKIM-005", "DKIM-023", "DKIM-025"], needs=["record"], fixes=True)
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
        yield Finding(f"not a valid key record: {problems}", at=selector.route, fix=_mended(selector))


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


@rule(ADVICE, "RFC 6376 section 3.6.1", covers=["DKIM-020"], needs=["t"])
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


@rule(MUST, "RFC 8301 section 3.1", covers=["DKIM-015"], needs=["h"])
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
    if record.hash_algorithms and HASH not in record.hash_algorithms:
        yield Finding("h= does not allow sha256, the only hash algorithm in use: no signature can pass")


@rule(MUST, "RFC 6376 section 3.6.1", covers=["DKIM-016", "DKIM-017"], needs=["s"])
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
    if not SERVICES & set(record.services):
        yield Finding("s= names no service that there is (email, tlsrpt or *): verifiers must ignore the key")


@rule(ADVICE, "RFC 6376 section 3.6.1", covers=["DKIM-006"], needs=["record"], fixes=True)
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


@rule(ADVICE, "RFC 6376 section 3.6.1", covers=["DKIM-039"], needs=["n"])
def dkim_record_note(record: dkim.Record) -> Iterator[Finding]:
    """The note of a key record is not quoted-printable.

    `n=` is for people who read the record, and no program looks into it. By the standard it is quoted-printable: an equals sign stands
    only before two digits of a hexadecimal number, in capitals.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; n=key=1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; n=key=3D1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    if re.search(r"=(?![0-9A-F]{2})", record.get("n") or ""):
        yield Finding("the note, n=, is not quoted-printable: write each = as =3D")


@rule(ADVICE, "RFC 6376 section 3.6.2.2", covers=["DKIM-025", "DKIM-038"])
def dkim_record_long(selector: dkim.Selector, context: Context) -> Iterator[Finding]:
    """A key record is so long that its answer does not fit into a UDP packet.

    Each verifier must then ask again by TCP, and for those that cannot there is no key. Every RSA key of 2048 bits needs more than one
    string in its TXT record, which is no trouble: this program cuts and verifiers join them without anything in between.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              s1:
                record: >-
                  v=DKIM1; n=
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record
                  one of many words that nobody has ever read in a DNS record;
                  p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjZaxpyNVW6tFLT0zhoSNWak/YMXpSLTmYFloWOodC0ZKMfPAZ99nHpBW5+xeZMn36Sovfu/gIeWCab70N0NMO06xVVhHXqTpVHVaO0PrWfM3/OT9jyB8mgUC4IHustUmC0vZAQ8dC+fQ/5xVcFYup/QVb8lAJJqDbhHyLI+or1C8LOUho14T7JN+wtoacJey2kPh+BRG2OwuQWyGNLbJDLPjteojYrsiGarR31WPZVyi9thFyKDJwz4rq9jn8uaQjUqlcaFsmFXYZrJ446zVqyUni/wT9liS5rYQ2nVQFTuSkt7syHaitmqTu/9e8PFp6cmQw8i2N6bCAu45OevXRQIDAQAB"}}
    """
    octets = len(dkim.render(selector.record)) if selector.record is not None else 0
    name = f"{selector.name}._domainkey.{context.require_domain().name}"
    answer = octets + octets // _STRING + 1 + len(name) + _AROUND
    if answer > _PACKET:
        yield Finding(
            f"the answer has about {answer} octets, more than the {_PACKET} of a packet: verifiers must ask by TCP", at=selector.route
        )


def _mended(selector: dkim.Selector) -> Fix | None:
    """The fix where a record is only wrong because of how it was copied."""
    if not isinstance(selector.says, dkim.DkimKey) or not isinstance(selector.says.record, str):
        return None
    text = selector.says.record.strip()
    unquoted = _unquoted(text)
    record = dkim.parse(unquoted)
    if unquoted != text and not record.problems and not isinstance(dkim.key_of(record), dkim.NotAKey):
        return Fix(description="write the text without quotes and backslashes", at=selector.route, value=unquoted)
    if (whole := _whole(record)) is not None:
        return Fix(description="write the same key in whole base64", at=selector.route, value=whole)
    return None


def _unquoted(text: str) -> str:
    """A text as it stood in a zone file, joined."""
    strings = re.fullmatch(r'\(?\s*((?:"[^"]*"\s*)+)\)?', text)
    joined = "".join(re.findall(r'"([^"]*)"', strings[1])) if strings else text
    return joined.replace("\\;", ";")


def _whole(record: dkim.Record) -> str | None:
    """The record with its key mended, where nothing but that is wrong and what comes out is a key whose length and numbers are right."""
    keys = [tag for tag in record.tags if tag.name == "p"]
    if [(problem.start, problem.end) for problem in record.problems] != [(tag.start, tag.end) for tag in keys]:
        return None
    mended = {tag: dkim.Tag(name=tag.name, value=encoding.mended(tag.value)) for tag in keys}
    text = dkim.render(dkim.Record(tags=tuple(mended.get(tag, tag) for tag in record.tags)))
    key = dkim.key_of(dkim.parse(text))
    return text if isinstance(key, dkim.PublicKey) and not dkim.weaknesses(key) else None
