"""Whole files: read, judged, told, planned."""

import json
from pathlib import Path

from emailauth.core.diagnostic import Severity
from emailauth.core.plan import Existing, diff
from emailauth.core.zone import Zone
from emailauth.output import json as as_json
from emailauth.output import text as as_text
from emailauth.workflow.linting import lint
from emailauth.workflow.load import Loaded, load_bytes
from emailauth.workflow.observing import planned
from emailauth.workflow.rendering import across, wanted

_NOWHERE = Path("/nonexistent")


def run(data: bytes) -> None:
    """No file raises; the findings are told; what is right and has a DNS host is planned."""
    loaded = load_bytes(data, "f.yaml", _NOWHERE)
    found = lint(loaded)
    sources = {loaded.document.path: loaded.document.text}
    as_text.findings(found, sources).encode()
    json.loads(as_json.findings(found, sources))
    planned(loaded.posture)
    if not any(one.severity is Severity.ERROR for one in found):
        _plan(loaded)


def _plan(loaded: Loaded) -> None:
    more = across(loaded.posture)
    asked = [wanted(domain, more.get(domain.name, ())) for domain in loaded.posture.domains if domain.dns_host]
    zones: dict[str, list[Zone]] = {one.dns_host or "": [] for one in asked}
    for one in asked:
        zones[one.dns_host or ""].append(Zone(name=one.domain, rrsets={}, version="1", place="here"))
    plan = diff(asked, Existing(zones=zones))
    as_text.plan(plan).encode()
    json.loads(as_json.plan(plan))
