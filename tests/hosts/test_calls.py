"""How many calls a portfolio costs, counted by the services: a page of zones for each hundred, each zone read once and changed once."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest

from emailauth.workflow.applying import apply
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.load import load
from emailauth.workflow.planning import Planned, make_plan
from tests.fakes import cloudflare, route53
from tests.fakes.service import Service
from tests.hosts import portfolio
from tests.hosts.flying import Time, flying
from tests.live.authority import Authority

pytestmark = pytest.mark.no_cover

COUNT: Final = 100


@pytest.fixture(autouse=True)
def time(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Time]:
    """Time flies, and the client of Cloudflare does not read all authorities of the system, which takes it a tenth of a second."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    with flying() as made:
        yield made


def planned(folder: Path, text: str) -> Planned:
    """What a new process plans."""
    (folder / "email-auth.yaml").write_text(text)
    return make_plan(load(folder / "email-auth.yaml"), Hosts(folder))


def ignore(_: object) -> None:
    """Nobody is told."""


def spent(service: Service) -> dict[str, int]:
    """The calls by operation since this was asked the last time."""
    operations = [operation for operation, _ in service.calls]
    service.calls.clear()
    return {operation: operations.count(operation) for operation in sorted(set(operations))}


@contextmanager
def served(service: Service, environment: Callable[[str], dict[str, str]]) -> Iterator[None]:
    with service.served() as url, patch.dict(os.environ, environment(url)):
        yield


def test_100_zones_at_route53(tmp_path: Path) -> None:
    service = portfolio.at_route53(COUNT)
    as_it_is, changed = (portfolio.file("{route53: {}}", COUNT, reports) for reports in (portfolio.OLD, portfolio.NEW))
    with served(service, route53.environment):
        assert planned(tmp_path, as_it_is).plan.is_empty
        assert spent(service) == {"ListHostedZones": 1, "ListResourceRecordSets": 100}
        assert len(apply(planned(tmp_path, changed), ignore)) == COUNT
        assert spent(service) == {
            "ListHostedZones": 1,
            "ListResourceRecordSets": 100,
            "ChangeResourceRecordSets": 100,
            "GetChange": 100,  # as often as the change is still pending, and once
        }
        assert planned(tmp_path, changed).plan.is_empty


def test_100_zones_at_cloudflare(tmp_path: Path) -> None:
    """It has no compare and swap, so each zone is read back."""
    service = portfolio.at_cloudflare(COUNT)
    as_it_is, changed = (portfolio.file("{cloudflare: {}}", COUNT, reports) for reports in (portfolio.OLD, portfolio.NEW))
    with served(service, cloudflare.environment):
        assert planned(tmp_path, as_it_is).plan.is_empty
        assert spent(service) == {"ListZones": 2, "ListRecords": 100}
        assert len(apply(planned(tmp_path, changed), ignore)) == COUNT
        assert spent(service) == {"ListZones": 2, "ListRecords": 200, "BatchRecords": 100}
        assert planned(tmp_path, changed).plan.is_empty


@pytest.mark.parametrize(
    ("mx", "seconds", "calls"),
    [
        (False, 0, {"ListZones": 1, "ListRecords": 20, "BatchRecords": 10}),
        (False, 9, {"ListZones": 1, "ListRecords": 20, "BatchRecords": 10}),
        (False, 11, {"ListZones": 1, "ListRecords": 30, "BatchRecords": 10}),
        (True, 0, {"ListZones": 1, "ListRecords": 30, "BatchRecords": 20}),
    ],
    ids=["31 calls", "31 calls, in time", "what was read is too old", "MX records come in a step of their own"],
)
def test_10_new_zones_at_cloudflare(mx: bool, seconds: int, calls: dict[str, int], time: Time, tmp_path: Path) -> None:
    """A zone is written by what was read ten seconds ago at most."""
    service = portfolio.at_cloudflare(10, new=True)
    wanted = portfolio.file("{cloudflare: {}}", 10, mx=mx)
    with served(service, cloudflare.environment):
        plan = planned(tmp_path, wanted)
        time.pause(seconds)
        assert len(apply(plan, ignore)) == (50 if mx else 40)
        assert spent(service) == dict(sorted(calls.items()))
        assert planned(tmp_path, wanted).plan.is_empty
