"""Every web host does what the contract in `emailauth.web_hosts` says; see conformance.py."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import emailauth.web_hosts
import tests.web_hosts.benches
from emailauth.core.errors import ConflictError
from emailauth.core.file import FileWrite
from emailauth.web_hosts import ReadBack
from tests.web_hosts.conformance import BODIES, LOGO_URL, POLICY_URL, Bench, logo, policy, put, read, remove

HOSTS = sorted(module.name for module in pkgutil.iter_modules(emailauth.web_hosts.__path__))
BENCHES = sorted(module.name for module in pkgutil.iter_modules(tests.web_hosts.benches.__path__))
HOST = "mta-sts.example.com"


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with importlib.import_module(f"tests.web_hosts.benches.{request.param}").bench(tmp_path) as bench:
        yield bench


def test_every_web_host_is_tested_here() -> None:
    assert BENCHES == HOSTS


def test_nothing_is_there_at_first(bench: Bench) -> None:
    assert bench.host.read([POLICY_URL, LOGO_URL]) == {POLICY_URL: None, LOGO_URL: None}


@pytest.mark.parametrize("body", BODIES, ids=["empty", "policy", "octets", "long"])
def test_what_was_put_is_read_byte_for_byte(bench: Bench, body: bytes) -> None:
    put(bench.host, policy(body), None)
    assert read(bench.host, POLICY_URL) == body
    assert read(bench.host, LOGO_URL) is None


def test_a_file_is_replaced_and_removed_where_it_is_as_expected(bench: Bench) -> None:
    put(bench.host, policy(b"one"), None)
    put(bench.host, logo(b"<svg/>"), None)
    put(bench.host, policy(b"two"), b"one")
    assert read(bench.host, POLICY_URL) == b"two"
    remove(bench.host, POLICY_URL, b"two")
    assert read(bench.host, POLICY_URL) is None
    assert read(bench.host, LOGO_URL) == b"<svg/>"


@pytest.mark.parametrize("expected", [None, b"one", b"else"])
def test_putting_the_same_twice_is_no_error(bench: Bench, expected: bytes | None) -> None:
    put(bench.host, policy(b"one"), None)
    put(bench.host, policy(b"one"), expected)
    assert read(bench.host, POLICY_URL) == b"one"


def test_removing_what_is_gone_is_no_error(bench: Bench) -> None:
    remove(bench.host, POLICY_URL, b"one")
    put(bench.host, policy(b"one"), None)
    remove(bench.host, POLICY_URL, b"one")
    remove(bench.host, POLICY_URL, b"one")
    assert read(bench.host, POLICY_URL) is None


@pytest.mark.parametrize("expected", [None, b"one", b""])
def test_what_somebody_else_put_there_is_not_overwritten(bench: Bench, expected: bytes | None) -> None:
    bench.overwrite(POLICY_URL, b"theirs")
    with pytest.raises(ConflictError):
        put(bench.host, policy(b"two"), expected)
    assert read(bench.host, POLICY_URL) == b"theirs"


def test_what_somebody_else_removed_is_not_put_there_again(bench: Bench) -> None:
    with pytest.raises(ConflictError):
        put(bench.host, policy(b"two"), b"one")
    assert read(bench.host, POLICY_URL) is None


def test_what_somebody_else_changed_is_not_removed(bench: Bench) -> None:
    put(bench.host, policy(b"one"), None)
    bench.overwrite(POLICY_URL, b"theirs")
    with pytest.raises(ConflictError):
        remove(bench.host, POLICY_URL, b"one")
    assert read(bench.host, POLICY_URL) == b"theirs"


def test_it_tells_where_a_file_is_and_how_to_fetch_it_back(bench: Bench) -> None:
    assert bench.host.place(POLICY_URL)
    assert isinstance(bench.host.read_back, ReadBack)


def test_several_files_are_changed_together(bench: Bench) -> None:
    put(bench.host, policy(b"one"), None)
    bench.host.prepare(["bimi.example.com"])
    bench.host.change(
        [FileWrite(url=POLICY_URL, before=b"one", after=policy(b"two")), FileWrite(url=LOGO_URL, before=None, after=logo(b"<svg/>"))]
    )
    assert bench.host.read([POLICY_URL, LOGO_URL]) == {POLICY_URL: b"two", LOGO_URL: b"<svg/>"}


def test_a_conflict_at_one_file_leaves_the_others_too(bench: Bench) -> None:
    put(bench.host, policy(b"one"), None)
    bench.host.prepare(["bimi.example.com"])
    with pytest.raises(ConflictError):
        bench.host.change(
            [FileWrite(url=LOGO_URL, before=None, after=logo(b"<svg/>")), FileWrite(url=POLICY_URL, before=b"else", after=policy(b"two"))]
        )
    assert bench.host.read([POLICY_URL, LOGO_URL]) == {POLICY_URL: b"one", LOGO_URL: None}


def test_a_host_name_is_prepared_once_where_that_is_needed(bench: Bench) -> None:
    assert set(bench.host.to_prepare([HOST])) == ({HOST} if bench.host.prepares else set())
    bench.host.prepare([HOST])
    bench.host.prepare([HOST])
    assert bench.host.to_prepare([HOST]) == {}


def test_records_belong_to_the_served_host_name(bench: Bench) -> None:
    bench.host.prepare([HOST])
    for record in bench.host.records(HOST, "example.com"):
        assert record.domain == "example.com"
        assert record.name == HOST or record.name.endswith(f".{HOST}")
        assert record.kind == f"web/{HOST}" or record.kind.startswith(f"web/{HOST}/")


def test_the_records_are_known_until_the_last_file_is_gone(bench: Bench) -> None:
    put(bench.host, policy(b"one"), None)
    records = bench.host.records(HOST, "example.com")
    remove(bench.host, POLICY_URL, b"one")
    put(bench.host, policy(b"one"), None)
    assert [record.kind for record in bench.host.records(HOST, "example.com")] == [record.kind for record in records]
