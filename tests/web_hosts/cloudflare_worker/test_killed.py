"""A run that is killed before or after any of its calls: the next one finishes the job, and then nothing is left to do.

Killed is simulated: the call is (or is not) carried out, its answer does not come, and the pause that follows never ends.
"""

import itertools
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from emailauth.core.file import FileWrite
from emailauth.web_hosts import WebHost
from emailauth.web_hosts.cloudflare_worker import Settings, open_host
from emailauth.web_hosts.cloudflare_worker.script import Served, render
from emailauth.web_hosts.cloudflare_worker.state import hosts_of
from tests.fakes.cloudflare import environment
from tests.fakes.service import Fault, Lost, Request
from tests.web_hosts.benches.cloudflare_worker import NAME, WorkerBench, account, file

pytestmark = pytest.mark.no_cover

A, B, C = (f"https://mta-sts.{name}/.well-known/mta-sts.txt" for name in ("example.com", "example.net", "mail.example.com"))
Wanted = Mapping[str, bytes | None]

SCENARIOS: Final[Mapping[str, tuple[Wanted, Wanted]]] = {
    "first": ({}, {A: b"one", B: b"two"}),
    "more": ({A: b"one"}, {A: b"one", B: b"two", C: b"three"}),
    "bodies": ({A: b"one", B: b"two"}, {A: b"three", B: b"two"}),
    "fewer": ({A: b"one", B: b"two"}, {A: b"one", B: None}),
    "others": ({A: b"one", B: b"two"}, {A: b"four", B: None, C: b"three"}),
    "none": ({A: b"one", B: b"two"}, {A: None, B: None}),
}
"""What was served before and what is wanted."""


class Killed(BaseException):
    """The end of a process."""


def killed(_seconds: float) -> None:
    raise Killed


def run(host: WebHost, wanted: Wanted) -> bool:
    """What a plan and an apply do; gives whether there was anything to do."""
    kept = host.read(wanted)
    writes = [
        FileWrite(url=url, before=kept[url], after=None if body is None else file(url, body))
        for url, body in wanted.items()
        if kept[url] != body
    ]
    host.change(writes)
    return bool(writes)


def started(there: WorkerBench, before: Wanted) -> None:
    run(there.host, before)
    there.service.calls.clear()


def lose(there: WorkerBench, number: int, when: str) -> None:
    """The answer of one of the next calls does not come."""
    end = len(there.service.calls) + number

    def hook(_: str, request: Request) -> Fault:
        return Lost() if request.number == end else None

    there.service.before, there.service.after = (hook, no_fault) if when == "before" else (no_fault, hook)


def no_fault(_: str, __: Request) -> Fault:
    return None


def mend(there: WorkerBench) -> None:
    there.service.before = there.service.after = no_fault


def dying(there: WorkerBench) -> WebHost:
    return open_host(Settings(), Path(), environ=environment(there.url), clock=there.time, pause=killed, strict=True)


def killed_at(there: WorkerBench, wanted: Wanted, number: int, when: str) -> bool:
    """Runs up to the end or the kill; gives whether it was killed."""
    lose(there, number, when)
    try:
        run(dying(there), wanted)
    except Killed:
        return True
    finally:
        mend(there)
    return False


def assert_finished(there: WorkerBench, wanted: Wanted) -> None:
    """Exactly what is wanted, and a run finds nothing to do."""
    files = {url: Served(body=body, content_type="text/plain") for url, body in wanted.items() if body is not None}
    texts = {name: script.text for name, script in there.service.scripts.items()}
    assert texts == ({NAME: render(files)} if files else {})
    assert {host: domain.service for host, domain in there.service.domains.items()} == dict.fromkeys(hosts_of(files), NAME)
    records = [record["name"] for zone_id in there.zones.values() for record in there.service.records(zone_id)]
    assert sorted(records) == sorted(hosts_of(files))
    there.service.calls.clear()
    assert not run(there.another(), wanted)
    assert set(there.operations()) == {"ListZones", "ListDomains", "GetScript"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_next_run_finishes_what_was_killed(tmp_path: Path, scenario: str, when: str) -> None:
    before, wanted = SCENARIOS[scenario]
    for number in itertools.count():
        with account(tmp_path) as there:
            started(there, before)
            was_killed = killed_at(there, wanted, number, when)
            run(there.another(), wanted)
            assert_finished(there, wanted)
            if not was_killed:
                break
    assert number > 5


@pytest.mark.parametrize("scenario", ["others", "none"])
def test_the_run_after_two_that_were_killed_finishes(tmp_path: Path, scenario: str) -> None:
    before, wanted = SCENARIOS[scenario]
    for first, second in itertools.product(range(5, 14, 3), range(3, 12, 3)):
        with account(tmp_path) as there:
            started(there, before)
            killed_at(there, wanted, first, "after")
            killed_at(there, wanted, second, "after")
            run(there.another(), wanted)
            assert_finished(there, wanted)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_person_may_want_the_files_back_after_a_kill(tmp_path: Path, scenario: str) -> None:
    before, wanted = SCENARIOS[scenario]
    back = {**dict.fromkeys(wanted), **before}
    for number in range(5, 14):
        with account(tmp_path) as there:
            started(there, before)
            killed_at(there, wanted, number, "after")
            run(there.another(), back)
            assert {url: body for url, body in there.host.read(back).items() if body} == before


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_run_that_goes_on_is_not_disturbed_by_an_answer_that_does_not_come(tmp_path: Path, scenario: str, when: str) -> None:
    before, wanted = SCENARIOS[scenario]
    for number in range(1, 12):
        with account(tmp_path) as there:
            started(there, before)
            lose(there, number, when)
            run(there.another(), wanted)
            mend(there)
            assert_finished(there, wanted)


def test_a_process_that_the_system_kills(tmp_path: Path) -> None:
    program = f"""
        from pathlib import Path
        from emailauth.core.file import FileWrite, HostedFile
        from emailauth.web_hosts.cloudflare_worker import Settings, open_host
        file = HostedFile(url={A!r}, body=b"one", content_type="text/plain", domain="example.com", kind="mta_sts")
        open_host(Settings(), Path()).change([FileWrite(url={A!r}, before=None, after=file)])
    """
    with account(tmp_path) as there:
        command = [sys.executable, "-c", textwrap.dedent(program)]
        with subprocess.Popen(command, env={**os.environ, **environment(there.url)}) as process:

            def kill(operation: str, _: Request) -> Fault:
                if operation == "PutScript":
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                return None

            there.service.after = kill
            assert process.wait() == -signal.SIGKILL
        mend(there)
        assert there.host.read([A]) == {A: None}
        run(there.host, {A: b"one"})
        assert_finished(there, {A: b"one"})
