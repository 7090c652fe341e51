"""Selectors, and what the file says of them."""

import re
from collections.abc import Iterator

from msgspec import UNSET

from emailauth.core.diagnostic import Finding
from emailauth.core.names import InvalidName, labels, normalise
from emailauth.lint.rule import ADVICE, MUST, Context, rule
from emailauth.protocols import dkim

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
"""RFC 5321's sub-domain, with the underscores that verifiers take and some providers use."""

_MAX_NAME = 253
"""Characters of an owner name without its dot at the end."""


@rule(MUST, "RFC 6376 section 3.1", covers=["DKIM-026", "DKIM-037"])
def dkim_selector_invalid(selector: dkim.Selector, context: Context) -> Iterator[Finding]:
    """A selector is not valid.

    A selector is what signatures name as `s=`: letters, digits and hyphens, or several such parts with dots between them.
    `_domainkey` and the domain do not belong to it.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1._domainkey: {cname: s1.dkim.example.net}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    name, domain = selector.name, context.require_domain().name
    parts = name.lower().split(".")
    if "_domainkey" in parts:
        yield Finding(f"only the selector belongs here: {name.lower().partition('._domainkey')[0]!r} without _domainkey", at=(name,))
    elif "*" in parts:
        yield Finding("a wildcard is no selector: it would answer for every selector there is", at=(name,))
    elif not all(map(_LABEL.fullmatch, parts)):
        yield Finding(f"{name!r} is not a selector: letters, digits and hyphens, with dots between parts", at=(name,))
    elif len(f"{name}._domainkey.{domain}") > _MAX_NAME:
        yield Finding(f"the selector makes a name of more than {_MAX_NAME} characters, which DNS does not have", at=(name,))


@rule(MUST, "RFC 6376 section 3.6.2.2", covers=["DKIM-024"])
def dkim_selector_twice(section: dkim.Dkim) -> Iterator[Finding]:
    """Two selectors differ in nothing but case.

    Names in DNS do: both are the same name, which would get two records, and then verifiers may take either.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              S1: {cname: s1.dkim.example.net}
              s1: {cname: s1.dkim.example.net}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
    """
    seen: dict[str, str] = {}
    for name in section.keys:
        first = seen.setdefault(name.lower(), name)
        if first != name:
            yield Finding(f"the same selector as {first!r}: names in DNS do not differ in case", at=(name,))


@rule(MUST, "RFC 6376 section 3.6.2", covers=["DKIM-001", "DKIM-028"])
def dkim_key_ambiguous(selector: dkim.Selector) -> Iterator[Finding]:
    """A selector says not exactly one of public_key, record and cname.

    One selector has one key. `flags` and `services` go into the record that is made from `public_key`; a ready record
    and a provider's record have their own.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {services: [email], cname: s1.dkim.example.net}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    says = selector.says
    if not isinstance(says, dkim.DkimKey):
        return
    keys = [name for name in ("public_key", "record", "cname") if getattr(says, name) is not UNSET]
    if not keys:
        yield Finding("no key: say one of public_key, record and cname", at=(selector.name,))
    for name in keys[1:]:
        yield Finding(f"{keys[0]} and {name} are both there: a selector has one key", at=(selector.name, name))
    for name in ("flags", "services"):
        if getattr(says, name) is not UNSET and keys and keys[0] != "public_key":
            yield Finding(f"{name} only goes with public_key: it changes nothing about a {keys[0]}", at=(selector.name, name))


@rule(MUST, "RFC 1034 section 3.6.2", covers=["DKIM-027"], needs=["cname"])
def dkim_cname_invalid(selector: dkim.Selector, context: Context) -> Iterator[Finding]:
    """The target of a selector's CNAME is no name at which a key record could be.

    A CNAME leads to the full name where the provider keeps the key record: not to a URL, not to an address, not to a name
    of one part, and not to itself.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: "https://s1.dkim.example.net/"}}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
    """
    if not isinstance(selector.says, dkim.DkimKey) or selector.says.cname is UNSET:
        return
    fault = _cname_fault(selector.says.cname, f"{selector.name.lower()}._domainkey.{context.require_domain().name}")
    if fault is not None:
        yield Finding(f"verifiers find no key: {fault}", at=(selector.name, "cname"))


@rule(ADVICE, "RFC 6376 section 3.6.1", covers=["DKIM-018"])
def dkim_testing(selector: dkim.Selector) -> Iterator[Finding]:
    """A key is marked as a test.

    Verifiers must then not treat signed mail better than unsigned mail, so the key protects nothing. It is meant for the first
    days of a new signer.

    Bad:
        version: 1
        domains:
          example.com:
            dkim: {s1: {public_key: keys/s1.pem, flags: [testing]}}
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
    if selector.record is not None and "y" in selector.record.flags:
        is_said = isinstance(selector.says, dkim.DkimKey) and bool(selector.says.flags)
        at = (selector.name, "flags") if is_said else selector.route
        yield Finding("the key is marked as a test: verifiers treat mail that it signs as if it were not signed", at=at)


@rule(ADVICE, "RFC 6376 section 3.6.1", covers=["DKIM-004"], needs=["record"])
def dkim_key_revoked(selector: dkim.Selector) -> Iterator[Finding]:
    """The text of a key record revokes its key.

    With an empty `p=`, verifiers count every signature of the selector as failed. Where that is meant, `revoked` says so to those who
    read the file, too; where a key was meant, it got lost.

    Bad:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              "2023": {record: "v=DKIM1; p="}
    Good:
        version: 1
        domains:
          example.com:
            dkim:
              s1: {cname: s1.dkim.example.net}
              "2023": revoked
    """
    if isinstance(selector.says, dkim.DkimKey) and selector.record is not None and selector.record.is_revoked:
        yield Finding("p= is empty, and that revokes the key: write `revoked` if that is meant, and the key if not", at=selector.route)


def _cname_fault(target: str, owner: str) -> str | None:
    try:
        name = normalise(target)
    except InvalidName as e:
        return str(e)
    parts = labels(name)
    if not all(map(_LABEL.fullmatch, parts)):
        return f"{target!r} is not the name of a host or record"
    if len(parts) == 1 or parts[-1].isdigit():
        return f"{target!r} is not a full name"
    return "the CNAME leads to itself" if name == owner else None
