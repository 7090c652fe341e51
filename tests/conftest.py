"""For all tests: no socket of this process leaves loopback, not by UDP and not by asking a resolver either.

pytest-socket guards `connect`; the hook guards what else there is. Servers and programs that a test starts listen on
loopback and are told addresses of loopback.
"""

import ipaddress
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.fakes import botocore_data

# How fast the machine is at the moment says nothing about the code; `make bench` measures.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


HERE = Path(__file__).parent


class LeavesLoopbackError(RuntimeError):
    """A test reached for the network."""


def _is_local(host: object) -> bool:
    if host in {None, "", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1] if len(arguments) > 1 else None
        if isinstance(address, tuple) and not _is_local(address[0]):
            message = f"{event} to {address}: tests stay on loopback"
            raise LeavesLoopbackError(message)
    elif event == "socket.getaddrinfo" and not _is_local(arguments[0]):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")  # what a machine without network answers


sys.addaudithook(_guard)


LONG = ("engine", "hosts", "web_hosts", "dns_hosts", "pulumi", "property")
"""Folders whose files take long: they come first, so that at the end no worker has a long one before it while the others have nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage measures no laws (nor other tests that go through the same lines some hundred times, and say so by the marker `no_cover`).

    It would double their time, and examples have to reach every line anyhow.
    """
    items.sort(key=lambda item: LONG.index(folder) if (folder := _folder(item)) in LONG else len(LONG))
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.function):
            item.add_marker("no_cover")


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests have `told` by `record_property`, wherever they ran: figures that people want to see of a run that is green."""
    reports = [report for kind in terminalreporter.stats.values() for report in kind if isinstance(report, pytest.TestReport)]
    told = sorted(str(value) for report in reports if report.when == "call" for key, value in report.user_properties if key == "told")
    if told:
        terminalreporter.section("told by tests")
        for line in told:
            terminalreporter.line(line)


@pytest.fixture(autouse=True)
def _quick_botocore() -> None:
    """Where it is imported already, and nothing imports it because of this."""
    if "botocore" in sys.modules:
        botocore_data.parse_once()


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the person at this machine has set changes what a test sees."""
    monkeypatch.delenv("EMAILAUTH_TRACEBACK", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
