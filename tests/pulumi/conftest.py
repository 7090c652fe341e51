"""Hosts in memory, and a stack on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.memory import Memory, MemoryDns, MemoryWeb, Sets, installed
from tests.pulumi.engine import MiniEngine

FOREIGN = "google-site-verification=abc"


def zone() -> Sets:
    return {
        ("example.com", "SOA"): (3600, ("ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 3600",)),
        ("example.com", "NS"): (3600, ("ns1.example.org.",)),
        ("example.com", "TXT"): (900, (FOREIGN,)),
    }


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Hosts in memory; the project's folder is an empty one."""
    monkeypatch.chdir(tmp_path)
    memory = Memory(dns={"main": MemoryDns(zones={"example.com": zone()})}, web={"main": MemoryWeb()})
    with installed(memory):
        yield memory


@pytest.fixture
def dns(memory: Memory) -> MemoryDns:
    return memory.dns["main"]


@pytest.fixture
def web(memory: Memory) -> MemoryWeb:
    return memory.web["main"]


@pytest.fixture
def engine(memory: Memory) -> MiniEngine:  # noqa: ARG001 - the hosts must be there
    """Its provider knows hosts for what names none, as an import needs it."""
    return MiniEngine({"dnsHost": {"memory": {}}, "webHost": {"memory": {}}}, imports=True)
