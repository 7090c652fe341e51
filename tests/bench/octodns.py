"""Ours beside octoDNS: what a portfolio of 100 zones with 20 records each costs, at the fakes of Route 53 and Cloudflare."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fakes import cloudflare, route53
from tests.fakes.service import Service
from tests.hosts import portfolio
from tools import venvs

COUNT: Final = 100
PROGRAM: Final = Path(__file__).with_name("octodns_program.py")


@dataclass(frozen=True, kw_only=True)
class Host:
    """One place to compare at."""

    title: str
    key: str
    service: Callable[[int], Service]
    environment: Callable[[str], dict[str, str]]
    others: int
    """Sets of others in each zone."""


HOSTS: Final = (
    Host(title="Route 53", key="route53", service=portfolio.at_route53, environment=route53.environment, others=13),
    Host(title="Cloudflare", key="cloudflare", service=portfolio.at_cloudflare, environment=cloudflare.environment, others=14),
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one run."""

    calls: int
    cpu: float
    """Seconds, of the process and the system for it."""
    wall: float
    """Seconds."""


def compare() -> None:
    """Prints the costs. Raises `CannotGetError` where there is no octoDNS."""
    python = str(venvs.get("octodns", os.environ))
    print(
        f"\nApply of {COUNT} zones with 20 records each, beside octoDNS. The fakes take any number of requests a second; Route 53 takes 5, so"
    )
    print(
        "that emailauth sends no more than 4. It asks of each change there whether all name servers have it, and reads back at Cloudflare:"
    )
    print(f"  {'':40} {'calls':>6} {'CPU s':>7} {'wall s':>7}")
    for host in HOSTS:
        for title, reports in (("nothing to change", portfolio.OLD), ("one change in each", portfolio.NEW)):
            for name, command, given in (
                ("octoDNS", [python, "-P", str(PROGRAM), host.key], _zones(host, reports)),
                ("emailauth", OURS, ""),
            ):
                cost = _cost(host, command, given, reports)
                print(f"  {f'{host.title}, {title}, {name}':40} {cost.calls:6} {cost.cpu:7.2f} {cost.wall:7.2f}", flush=True)


OURS: Final = [sys.executable, "-m", "emailauth", "apply", "--yes", "email-auth.yaml"]


def _zones(host: Host, reports: str) -> str:
    """All records of all zones, as they shall be."""
    zones = {
        domain: [
            (name, record_type, portfolio.TTL, [value.replace(portfolio.OLD, reports) for value in values])
            for (name, record_type), values in {**portfolio.ours(domain), **portfolio.others(domain, host.others)}.items()
        ]
        for domain in portfolio.domains(COUNT)
    }
    return json.dumps(zones)


def _cost(host: Host, command: Sequence[str], given: str, reports: str) -> Cost:
    service = host.service(COUNT)
    with service.served() as url, tempfile.TemporaryDirectory(prefix="emailauth-bench-") as folder:
        Path(folder, "email-auth.yaml").write_text(portfolio.file(f"{{{host.key}: {{}}}}", COUNT, reports))
        started, before = time.perf_counter(), _cpu()
        environ = {**os.environ, **host.environment(url)}
        subprocess.run(command, cwd=folder, env=environ, input=given, text=True, check=True, stdout=subprocess.DEVNULL)
        return Cost(calls=service.count(), cpu=_cpu() - before, wall=time.perf_counter() - started)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
