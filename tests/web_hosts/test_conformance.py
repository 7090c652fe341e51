"""Every web host does what the contract in `emailauth.web_hosts` says; see conformance.py."""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import emailauth.web_hosts
from emailauth.core.errors import ConflictError
from emailauth.web_hosts import ReadBack, WebHost
from emailauth.web_hosts.directory import Settings, open_host
from tests.web_hosts.conformance import BODIES, LOGO_URL, POLICY_URL, Bench, logo, policy


@dataclass
class DirectoryBench:
    """A directory; whoever may write there can change it behind our back."""

    host: WebHost
    root: Path

    def overwrite(self, url: str, body: bytes) -> None:
        parts = urlsplit(url)
        path = self.root / parts.netloc / parts.path.removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def directory(folder: Path) -> Bench:
    return DirectoryBench(open_host(Settings(root="www"), folder), folder / "www")


BENCHES: Mapping[str, Callable[[Path], Bench]] = {"directory": directory}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return BENCHES[request.param](tmp_path)


def test_every_web_host_is_tested_here() -> None:
    assert sorted(BENCHES) == sorted(module.name for module in pkgutil.iter_modules(emailauth.web_hosts.__path__))


def test_nothing_is_there_at_first(bench: Bench) -> None:
    assert bench.host.read(POLICY_URL) is None


@pytest.mark.parametrize("body", BODIES, ids=["empty", "policy", "octets", "long"])
def test_what_was_put_is_read_byte_for_byte(bench: Bench, body: bytes) -> None:
    bench.host.put(policy(body), None)
    assert bench.host.read(POLICY_URL) == body
    assert bench.host.read(LOGO_URL) is None


def test_a_file_is_replaced_and_removed_where_it_is_as_expected(bench: Bench) -> None:
    bench.host.put(policy(b"one"), None)
    bench.host.put(logo(b"<svg/>"), None)
    bench.host.put(policy(b"two"), b"one")
    assert bench.host.read(POLICY_URL) == b"two"
    bench.host.remove(POLICY_URL, b"two")
    assert bench.host.read(POLICY_URL) is None
    assert bench.host.read(LOGO_URL) == b"<svg/>"


@pytest.mark.parametrize("expected", [None, b"one", b"else"])
def test_putting_the_same_twice_is_no_error(bench: Bench, expected: bytes | None) -> None:
    bench.host.put(policy(b"one"), None)
    bench.host.put(policy(b"one"), expected)
    assert bench.host.read(POLICY_URL) == b"one"


def test_removing_what_is_gone_is_no_error(bench: Bench) -> None:
    bench.host.remove(POLICY_URL, b"one")
    bench.host.put(policy(b"one"), None)
    bench.host.remove(POLICY_URL, b"one")
    bench.host.remove(POLICY_URL, b"one")
    assert bench.host.read(POLICY_URL) is None


@pytest.mark.parametrize("expected", [None, b"one", b""])
def test_what_somebody_else_put_there_is_not_overwritten(bench: Bench, expected: bytes | None) -> None:
    bench.overwrite(POLICY_URL, b"theirs")
    with pytest.raises(ConflictError):
        bench.host.put(policy(b"two"), expected)
    assert bench.host.read(POLICY_URL) == b"theirs"


def test_what_somebody_else_removed_is_not_put_there_again(bench: Bench) -> None:
    with pytest.raises(ConflictError):
        bench.host.put(policy(b"two"), b"one")
    assert bench.host.read(POLICY_URL) is None


def test_what_somebody_else_changed_is_not_removed(bench: Bench) -> None:
    bench.host.put(policy(b"one"), None)
    bench.overwrite(POLICY_URL, b"theirs")
    with pytest.raises(ConflictError):
        bench.host.remove(POLICY_URL, b"one")
    assert bench.host.read(POLICY_URL) == b"theirs"


def test_it_tells_where_a_file_is_and_how_to_fetch_it_back(bench: Bench) -> None:
    assert bench.host.place(POLICY_URL)
    assert isinstance(bench.host.read_back, ReadBack)


def test_records_belong_to_the_served_host_name(bench: Bench) -> None:
    for record in bench.host.records("mta-sts.example.com", "example.com"):
        assert (record.name, record.domain, record.kind) == ("mta-sts.example.com", "example.com", "web/mta-sts.example.com")
