"""Where DMARC reports go."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding, Fix, Route
from emailauth.lint.rule import ADVICE, MUST, SHOULD, rule
from emailauth.protocols import dmarc

_OLD_LIMIT = 2
"""How many URIs a receiver must serve (RFC 7489 section 6.2)."""


@rule(MUST, "RFC 9989 section 4.6", covers=["DMARC-037"], needs=["odd report"], fixes=True)
def dmarc_report_uri_invalid(section: dmarc.Dmarc) -> Iterator[Finding]:
    """A report destination is not a URI, or a URI that leads nowhere.

    Reports are asked for by URI. Receivers ignore what is none, so the reports never come, and nobody is told. Most
    often `mailto:` was forgotten before the address.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: [dmarc@example.com]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    for at, uri in _destinations(section):
        fault = dmarc.fault(uri)
        if fault is not None:
            better = dmarc.mended(uri)
            fix = Fix(description=f'write "{better}"', at=at, value=better) if better else None
            yield Finding(f"{uri!r} {fault}: receivers send no reports there", at=at, fix=fix)


@rule(MUST, "RFC 9989 section 4.8", covers=["DMARC-039"], needs=["odd report"], fixes=True)
def dmarc_report_uri_unencoded(section: dmarc.Dmarc) -> Iterator[Finding]:
    """A report URI holds a comma, an exclamation mark or a semicolon that is not percent-encoded.

    In the record a comma ends the URI, a semicolon ends the tag, and an exclamation mark once began a limit of size. The
    rest of the URI is lost, or taken for something else.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc!inbox@example.com"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc%21inbox@example.com"]}
    """
    for at, uri in _destinations(section):
        plain = dmarc.without_size(uri)
        if dmarc.fault(uri) is None and (better := dmarc.encoded(plain)) != plain:
            # Behind a comma can stand the next URI, which belongs into an item of its own.
            fix = None if "," in plain else Fix(description=f'write "{better}"', at=at, value=better)
            found = ", ".join(repr(character) for character in ",!;" if character in plain)
            yield Finding(
                f"{uri!r} holds {found} unencoded, which ends the URI: encode it, or write each URI as an item of its own", at=at, fix=fix
            )


@rule(ADVICE, "RFC 9989 section 4.8", covers=["DMARC-042"], needs=["odd report"], fixes=True)
def dmarc_report_size_limit(section: dmarc.Dmarc) -> Iterator[Finding]:
    """A report URI ends in a limit of size, which RFC 9989 made obsolete.

    RFC 7489 let `!10m` say that reports over 10 MiB were not wanted. Receivers now ignore it, and some of those that
    do not send nothing at all when a report is larger.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com!10m"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    for at, uri in _destinations(section):
        plain = dmarc.without_size(uri)
        if dmarc.fault(uri) is None and plain != uri:
            yield Finding(
                f"{uri!r} ends in a limit of size, which is obsolete", at=at, fix=Fix(description=f'write "{plain}"', at=at, value=plain)
            )


@rule(ADVICE, "RFC 9989 section 4.7", covers=["DMARC-038"], needs=["odd report"])
def dmarc_report_uri_not_mailto(section: dmarc.Dmarc) -> Iterator[Finding]:
    """A report URI has another scheme than mailto.

    Any URI is allowed, but mail is the only way of sending reports that receivers must support, and the only one that
    RFC 9990 describes. They ignore URIs with schemes that they do not support.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["https://reports.example.com/dmarc"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    for at, uri in _destinations(section):
        scheme = uri.partition(":")[0].lower()
        if dmarc.fault(uri) is None and scheme != "mailto":
            yield Finding(f"receivers need not support {scheme}: and then ignore {uri!r}", at=at)


@rule(ADVICE, "RFC 9989 section 4.6", covers=["DMARC-041"], needs=["repeated report"], fixes=True)
def dmarc_report_uri_twice(section: dmarc.Dmarc) -> Iterator[Finding]:
    """A report URI is there twice.

    Each URI of the list gets a copy of the report.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com", "mailto:dmarc@example.com"]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    for name, uris in _lists(section):
        seen: set[str] = set()
        for number, uri in enumerate(uris):
            if uri in seen:
                at = (name, number)
                yield Finding(f"{uri!r} is there twice", at=at, fix=Fix(description="remove the second one", at=at, remove=True))
            seen.add(uri)


@rule(ADVICE, "RFC 7489 section 6.2", covers=["DMARC-040"], needs=["many reports"])
def dmarc_report_uris_many(section: dmarc.Dmarc) -> Iterator[Finding]:
    """More than two URIs for one kind of report.

    Receivers of RFC 7489 had to serve two of them and were free to ignore the rest. List the two that matter first, or
    let one mailbox pass the reports on.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc:
              policy: reject
              aggregate_reports: ["mailto:dmarc@example.com", "mailto:security@example.com", "mailto:example@reports.example.net"]
    Good:
        version: 1
        domains:
          example.com:
            dmarc:
              policy: reject
              aggregate_reports: ["mailto:dmarc@example.com", "mailto:example@reports.example.net"]
    """
    for name, uris in _lists(section):
        if len(set(uris)) > _OLD_LIMIT:
            yield Finding(f"{len(set(uris))} URIs, and receivers may ignore all after the second", at=(name, _OLD_LIMIT))


@rule(SHOULD, "RFC 9989 section 5.1.3", covers=["DMARC-036"], needs=["no aggregate_reports"])
def dmarc_no_reports_while_monitoring(section: dmarc.Dmarc) -> Iterator[Finding]:
    """The policy is none, and nobody gets the reports.

    `policy: none` changes nothing about mail: its only use is that receivers report what they see. Without
    `aggregate_reports` they send no reports, and the record does nothing at all.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: none}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: quarantine, aggregate_reports: ["mailto:dmarc@example.com"]}
    """
    applied = section.applied
    if {applied.policy, applied.subdomain, applied.nonexistent} == {"none"} and not section.aggregate_reports:
        yield Finding("the policy comes to none and nobody gets the aggregate reports: the record does nothing", at=("policy",))


def _lists(section: dmarc.Dmarc) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "aggregate_reports", section.aggregate_reports or ()
    yield "failure_reports", section.failure_reports or ()


def _destinations(section: dmarc.Dmarc) -> Iterator[tuple[Route, str]]:
    for name, uris in _lists(section):
        for number, uri in enumerate(uris):
            yield (name, number), uri
