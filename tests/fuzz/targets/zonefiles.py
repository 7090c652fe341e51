"""Zones' master files."""

from pathlib import Path

from emailauth.core.errors import UsageError
from emailauth.dns_hosts.zonefile.reader import ZoneText, read_zone

_PATH = Path("/nonexistent/zone")


def run(data: bytes) -> None:
    """A file is read or refused with its path and a line; each record's octets lie within the file. Nothing is included: that reads files."""
    if b"include" in data.lower():
        return
    zone, reason = None, ""
    try:
        zone = read_zone("example.com", _PATH, data)
    except UsageError as e:
        reason = str(e)
    assert (zone is None) is reason.startswith(f"{_PATH}:")
    if zone is not None:
        _check(zone, data)


def _check(zone: ZoneText, data: bytes) -> None:
    assert zone.generated <= 100_000
    ends = [record.entry.end for record in zone.records]
    assert ends == sorted(ends)
    assert all(0 <= record.entry.start < record.entry.end <= len(data) for record in zone.records)
    assert all(token.start < token.end <= record.entry.end for record in zone.records for token in record.entry.tokens)
