"""MTA-STS as senders find it."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.core.question import Answer, Question
from emailauth.lint.rule import MUST, Context, rule
from emailauth.protocols import mta_sts


@rule(MUST, "RFC 8461 section 3.3", covers=["STS-007", "STS-008", "STS-010"])
def mta_sts_policy_unreachable(observation: Observation, context: Context) -> Iterator[Finding]:
    r"""A record says that there is an MTA-STS policy, and it cannot be fetched.

    Senders that know no earlier policy then go on as if there were none, so that the mail is not protected; those that keep one go on with that
    until it has grown too old. The policy must come over HTTPS, with status 200, without a redirect, and with a certificate that is good for the
    policy host.

    Bad:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, mx: [mx1.example.com], max_age: 604800}
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1,
        "answers": [{"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=1;"]}],
        "fetches": [{"url": "https://mta-sts.example.com/.well-known/mta-sts.txt", "problem": "the server answers 404 Not Found"}]}
    Good:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, mx: [mx1.example.com], max_age: 604800}
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1,
        "answers": [{"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=1;"]}],
        "fetches": [{"url": "https://mta-sts.example.com/.well-known/mta-sts.txt",
        "body": "version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 604800\n"}]}
    """
    domain = context.require_domain()
    if not _records(observation, domain.name):
        return
    url = mta_sts.policy_url(domain.name)
    fetched = observation.fetched(url)
    if fetched.body is None and not any(answer.failed for answer in _addresses(observation, url)):
        yield Finding(f"there is a record at _mta-sts.{domain.name}, and no policy: {url}: {fetched.problem}", at=(mta_sts.KIND,))


@rule(MUST, "RFC 8461 section 3.2", covers=["STS-011", "STS-012", "STS-013", "STS-014", "STS-017", "STS-019"])
def mta_sts_published_policy_invalid(observation: Observation, context: Context) -> Iterator[Finding]:
    r"""The MTA-STS policy that is served today is none.

    Senders take a policy that they cannot understand for no policy, so that the mail is not protected.

    Bad:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, mx: [mx1.example.com], max_age: 604800}
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1,
        "answers": [{"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=1;"]}],
        "fetches": [{"url": "https://mta-sts.example.com/.well-known/mta-sts.txt", "body": "version: STSv1\nmode: on\nmax_age: 604800\n"}]}
    Good:
        version: 1
        domains:
          example.com:
            mta_sts: {mode: testing, mx: [mx1.example.com], max_age: 604800}
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1,
        "answers": [{"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=1;"]}],
        "fetches": [{"url": "https://mta-sts.example.com/.well-known/mta-sts.txt",
        "body": "version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 604800\n"}]}
    """
    domain = context.require_domain()
    body = observation.fetched(mta_sts.policy_url(domain.name)).body if _records(observation, domain.name) else None
    if body is not None:
        try:
            mta_sts.parse_policy(body)
        except mta_sts.InvalidTextError as e:
            yield Finding(f"the policy that is served is not written as it must be: {e}", at=(mta_sts.KIND,))


@rule(MUST, "RFC 8461 section 3.1", covers=["STS-001"])
def mta_sts_several_records(observation: Observation, context: Context) -> Iterator[Finding]:
    """A domain has several MTA-STS records in DNS today.

    Senders then take it for a domain without MTA-STS. Keep one.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=1;", "v=STSv1; id=2;"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_mta-sts.example.com", "type": "TXT", "status": "nxdomain"}]}
    """
    name = context.require_domain().name
    records = _records(observation, name)
    if len(records) > 1:
        yield Finding(f"{name} has {len(records)} MTA-STS records in DNS: senders take none of them", at=(mta_sts.KIND,))


@rule(MUST, "RFC 8461 section 3.1", covers=["STS-003", "STS-004"])
def mta_sts_published_record_invalid(observation: Observation, context: Context) -> Iterator[Finding]:
    """The MTA-STS record that is in DNS today is not written as it must be.

    Senders then take the domain for one without MTA-STS.

    Bad:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=2026-11-22;"]}]}
    Good:
        version: 1
        domains:
          example.com:
            mx: [{preference: 10, host: mx1.example.com}]
        --- answers.json
        {"format": 1, "answers": [{"name": "_mta-sts.example.com", "type": "TXT", "values": ["v=STSv1; id=20261122;"]}]}
    """
    for record in _records(observation, context.require_domain().name):
        try:
            mta_sts.parse_record(record)
        except mta_sts.InvalidTextError as e:
            yield Finding(f"the record in DNS is not written as it must be: {e}", at=(mta_sts.KIND,))


def _addresses(observation: Observation, url: str) -> Iterator[Answer]:
    """What is known of the addresses of a URL's host, which were asked for in order to fetch it: if nothing is, that says nothing of the host."""
    questions = (Question(name=url.split("/")[2], type=record_type) for record_type in ("A", "AAAA"))
    return (observation.answers[question] for question in questions if question in observation.answers)


def _records(observation: Observation, name: str) -> list[str]:
    """What is announced; senders discard all other values."""
    return [value for value in observation.answer(f"_mta-sts.{name}", "TXT").values if mta_sts.recognises(value)]
