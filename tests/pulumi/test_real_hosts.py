"""One stack with 100 domains, at Route 53 and at Cloudflare as their fakes are: zones are listed once, each is read once and written once."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest

from tests.fakes import cloudflare, route53
from tests.fakes.service import Service
from tests.hosts import portfolio
from tests.hosts.flying import flying
from tests.live.authority import Authority
from tests.pulumi.engine import MiniEngine, Resource

pytestmark = pytest.mark.no_cover

COUNT: Final = 100
MAIL: Final = Resource(type="emailauth:index:Posture", name="mail", inputs={"file": "email-auth.yaml"})


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty one, where time flies."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path).ca_file))  # fast to read
    with flying():
        yield


@contextmanager
def served(service: Service, environment: Callable[[str], dict[str, str]]) -> Iterator[None]:
    with service.served() as url, patch.dict(os.environ, environment(url)):
        yield


def spent(service: Service) -> dict[str, int]:
    """The calls by operation since this was asked the last time."""
    operations = [operation for operation, _ in service.calls]
    service.calls.clear()
    return {operation: operations.count(operation) for operation in sorted(set(operations))}


def up(engine: MiniEngine, text: str) -> list[tuple[str, str]]:
    """Brings the stack to what a file says, and tells what was done."""
    Path("email-auth.yaml").write_text(text)
    outcome = engine.up(MAIL)
    assert outcome.errors == {}
    return outcome.ops


def test_at_route53() -> None:
    service, engine = portfolio.at_route53(COUNT), MiniEngine()
    as_it_is, changed = (portfolio.file("{route53: {}}", COUNT, reports) for reports in (portfolio.OLD, portfolio.NEW))
    with served(service, route53.environment):
        assert len(up(engine, as_it_is)) == 5 * COUNT
        assert spent(service) == {"ListHostedZones": 1, "ListResourceRecordSets": COUNT}
        assert sorted(up(engine, changed)) == sorted(("update", f"mail/{domain}/tls_rpt") for domain in portfolio.domains(COUNT))
        calls = spent(service)
        assert calls.pop("GetChange") >= COUNT
        assert calls == {"ListHostedZones": 1, "ListResourceRecordSets": COUNT, "ChangeResourceRecordSets": COUNT}
    assert route53.SECRET_KEY not in json.dumps([asdict(state) for state in engine.state.values()])


def test_at_cloudflare() -> None:
    """It has no compare and swap, so each zone is read back."""
    service, engine = portfolio.at_cloudflare(COUNT), MiniEngine()
    as_it_is, changed = (portfolio.file("{cloudflare: {}}", COUNT, reports) for reports in (portfolio.OLD, portfolio.NEW))
    with served(service, cloudflare.environment):
        assert len(up(engine, as_it_is)) == 5 * COUNT
        assert spent(service) == {"ListZones": 2, "ListRecords": COUNT}
        assert len(up(engine, changed)) == COUNT
        assert spent(service) == {"ListZones": 2, "ListRecords": 2 * COUNT, "BatchRecords": COUNT}
    assert cloudflare.TOKEN not in json.dumps([asdict(state) for state in engine.state.values()])
