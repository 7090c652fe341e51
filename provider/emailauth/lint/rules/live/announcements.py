"""The records of TLS-RPT and BIMI that are in DNS today."""

from collections.abc import Callable, Iterator, Sequence

from emailauth.core.diagnostic import Finding
from emailauth.core.observation import Observation
from emailauth.lint.rule import MUST, Context, rule
from emailauth.protocols import bimi, tls_rpt
from emailauth.protocols.bimi import record as bimi_record


@rule(MUST, "RFC 8460 section 3", covers=["RPT-001", "RPT-003", "RPT-004", "RPT-005"])
def tls_rpt_published_record_invalid(observation: Observation, context: Context) -> Iterator[Finding]:
    """The TLS-RPT record that is in DNS today is not written as it must be, or is there several times.

    Senders then send no reports.

    Bad:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1, "answers": [{"name": "_smtp._tls.example.com", "type": "TXT", "values": ["v=TLSRPTv1; rua=tls@example.com"]}]}
    Good:
        version: 1
        domains:
          example.com:
            tls_rpt: {reports: ["mailto:tls@example.com"]}
        --- answers.json
        {"format": 1, "answers": [{"name": "_smtp._tls.example.com", "type": "TXT", "values": ["v=TLSRPTv1; rua=mailto:tls@example.com"]}]}
    """
    answer = observation.answer(f"_smtp._tls.{context.require_domain().name}", "TXT")
    records = [value for value in answer.values if tls_rpt.recognises(value)]
    for problem in _problems(records, tls_rpt.parse_record, "senders of reports take none of them"):
        yield Finding(problem, at=(tls_rpt.KIND,))


@rule(
    MUST,
    "draft-brand-indicators-for-message-identification section 4.2",
    covers=["BIMI-002", "BIMI-005", "BIMI-007", "BIMI-008"],
)
def bimi_published_record_invalid(observation: Observation, context: Context) -> Iterator[Finding]:
    """The BIMI record that is in DNS today is not written as it must be, or is there several times.

    Receivers then show no logo. The record of the selector `default` is judged.

    Bad:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "default._bimi.example.com", "type": "TXT", "values": ["v=BIMI1; l=http://example.com/logo.svg"]}]}
    Good:
        version: 1
        domains:
          example.com:
            dmarc: {policy: reject}
        --- answers.json
        {"format": 1, "answers": [{"name": "default._bimi.example.com", "type": "TXT", "values": ["v=BIMI1; l=https://example.com/logo.svg"]}]}
    """
    answer = observation.answer(f"{bimi.DEFAULT_SELECTOR}._bimi.{context.require_domain().name}", "TXT")
    records = [value for value in answer.values if bimi_record.recognises(value)]
    for problem in _problems(records, bimi_record.parse, "receivers take none of them"):
        yield Finding(problem, at=(bimi.KIND,))


def _problems(records: Sequence[str], parse: Callable[[str], object], several: str) -> Iterator[str]:
    if len(records) > 1:
        yield f"there are {len(records)} records in DNS: {several}"
    for record in records:
        try:
            parse(record)
        except (tls_rpt.InvalidTextError, bimi_record.InvalidTextError) as e:
            yield f"the record in DNS is not written as it must be: {e}"
