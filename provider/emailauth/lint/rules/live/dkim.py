"""DKIM keys of the file and those that verifiers find."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.posture import Domain
from emailauth.lint.rule import MUST, Context, rule
from emailauth.protocols import dkim


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
        {"format": 1, "answers": [{"name": "s1._domainkey.example.com", "type": "TXT", "status": "nxdomain"}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [{"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIB"]}]}
    """
    domain = context.require_domain()
    for selector, name in _with_key(domain):
        answer = observation.answer(name, "TXT")
        if not answer.failed and not any(map(dkim.is_key_record, answer.values)):
            message = f"there is no key record at {name}: verifiers count signatures with this selector as failed"
            yield Finding(message, at=(dkim.Dkim.KEY, *selector.route))


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
        {"format": 1, "answers": [{"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIB", "v=DKIM1; p=MIIC"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {cname: s1.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [{"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIB"]}]}
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
        {"name": "s2._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIB"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dkim: {s1: {record: "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}, s2: {cname: s2.dkim.example.net}}
        --- answers.json
        {"format": 1, "answers": [
        {"name": "s1._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]},
        {"name": "s2._domainkey.example.com", "type": "TXT", "values": ["v=DKIM1; p=MIIB"]}]}
    """
    domain = context.require_domain()
    for selector, name in _with_key(domain):
        found = [dkim.parse(value) for value in observation.answer(name, "TXT").values if dkim.is_key_record(value)]
        if selector.record is None or len(found) != 1 or selector.record.octets is None:
            continue
        if (found[0].key_type, found[0].octets) != (selector.record.key_type, selector.record.octets):
            what = "is revoked" if found[0].is_revoked else "is another one than the file's"
            yield Finding(f"the key at {name} {what}: signatures made with the file's key fail", at=(dkim.Dkim.KEY, *selector.route))


def _with_key(domain: Domain) -> Iterator[tuple[dkim.Selector, str]]:
    """The selectors that shall have a key, each with the owner name of its record."""
    section = domain.section(dkim.Dkim)
    names = {record.kind: record.name for record in section.records(domain)} if section is not None else {}
    for selector in section.selectors(domain) if section is not None else ():
        name = names.get(f"{dkim.Dkim.KEY}/{selector.name}")
        if name is not None and not (selector.record is not None and selector.record.is_revoked):
            yield selector, name
