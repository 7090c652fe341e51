"""DKIM, DMARC, BIMI, MTA-STS and TLS-RPT records: the octets are a TXT value."""

from itertools import pairwise

from emailauth.core.tags import TagList, render
from emailauth.protocols import dkim, dmarc, mta_sts, tls_rpt
from emailauth.protocols.bimi import record as bimi
from emailauth.protocols.dmarc.record import parse_strictly
from emailauth.protocols.dmarc.reports import destination, fault, mended
from emailauth.protocols.mta_sts import record as mta_sts_record
from tests.fuzz.world import text_of


def run(data: bytes) -> None:
    """Tags lie within the text, in order; a list without a problem comes out of its own rendering; the one error is the documented one."""
    text = text_of(data)
    _dkim(text)
    _dmarc(text)
    _bimi(text)
    _mta_sts(text)
    _tls_rpt(text)


def _spans(text: str, read: TagList | dmarc.Record) -> None:
    places = [(tag.start, tag.end) for tag in read.tags]
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert all(one[1] < other[0] for one, other in pairwise(places))
    assert all(text[tag.start :].lower().startswith(tag.name.lower()) for tag in read.tags)
    assert all(text[: tag.end].endswith(tag.value) for tag in read.tags)
    assert all(0 <= problem.start <= problem.end <= max(len(text), 1) and problem.message for problem in read.problems)


def _dkim(text: str) -> None:
    record = dkim.parse(text)
    _spans(text, record)
    if not record.problems:
        assert dkim.is_key_record(text)
        assert dkim.parse(render(record)) == record
    dkim.key_of(record)


def _dmarc(text: str) -> None:
    record = dmarc.parse(text)
    _spans(text, record)
    assert record == parse_strictly(text)
    if not record.problems:
        assert dmarc.is_dmarc(text)
        assert dmarc.parse(render(record)) == record
    for uri in (*record.aggregate_reports, text):
        assert fault(uri) or destination(uri) or not uri.lower().startswith("mailto:")
        meant = mended(uri)
        assert meant is None or (fault(meant) is None and destination(meant))


def _bimi(text: str) -> None:
    try:
        found = bimi.parse(text)
    except bimi.InvalidTextError:
        return
    assert bimi.recognises(text)
    assert bimi.parse(found.text) == found


def _mta_sts(text: str) -> None:
    try:
        found = mta_sts_record.parse_record(text)
    except mta_sts.InvalidTextError:
        return
    assert mta_sts_record.parse_record(mta_sts_record.render_record(found)) == found


def _tls_rpt(text: str) -> None:
    try:
        found = tls_rpt.parse_record(text)
    except tls_rpt.InvalidTextError:
        return
    assert tls_rpt.parse_record(tls_rpt.render_record(found)) == found
