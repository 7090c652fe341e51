"""The process is killed at any call of an apply: the next one finishes the job, and the plan after that is empty.

It is really killed, before the host has done what it was asked for, and after it did and before it said so. Whoever comes next knows only
what is there: so what is found in the same state by two of them is done once.
"""

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from emailauth.core.record import Key
from tests.fakes.service import Fault, Lost, Request
from tests.hosts.forks import Forks, Ran
from tests.hosts.places import OTHERS, OURS, MakePlace, Place, State, on_cloudflare, on_cloudfront, on_route53
from tests.live.authority import Authority

PLACES: Final[Mapping[str, MakePlace]] = {"route53": on_route53, "cloudflare": on_cloudflare, "cloudfront": on_cloudfront}
SERVING: Final = {
    "route53": ["public/mta-sts.example.com/.well-known/mta-sts.txt"],
    "cloudflare": ["mta-sts.example.com by emailauth", "emailauth"],
    "cloudfront": ["1 distribution", "1 function", "1 certificate", "0 bucket"],
}
"""What there is to serve the policy, once, when all is as the file says."""


LEAST_STATES: Final = {"route53": 5, "cloudflare": 6, "cloudfront": 15}
"""In which a process can leave a host; less would mean that next to nothing was interrupted."""


@dataclass
class Killer:
    """Kills the process at one of its calls, by the number of the call; a host hears nothing of it after that."""

    program: Forks
    number: int
    came: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, operation: str, request: Request) -> Fault:
        with self.lock:
            self.came += 1
            if self.came == self.number:
                os.kill(self.program.pid, signal.SIGKILL)
            return Lost() if self.came >= self.number else None


def run(program: Forks, place: Place, *arguments: str) -> Ran:
    return program.run(*arguments, "email-auth.yaml", folder=place.folder, environ=place.environ)


def applied(program: Forks, place: Place) -> Ran:
    return run(program, place, "apply", "--yes")


def killed(program: Forks, place: Place, number: int, when: str) -> Ran:
    """An apply that is killed at its call of that number, from 1 on."""
    killer = Killer(program, number)
    for service in place.services:
        setattr(service, when, killer)
    try:
        return applied(program, place)
    finally:
        for service in place.services:
            setattr(service, when, lambda _operation, _request: None)


def in_dns(place: Place) -> dict[Key, frozenset[str]]:
    """All that shall be in DNS: what others had, whole, and ours once."""
    both = {key: OTHERS.get(key, frozenset()) | OURS.get(key, frozenset()) for key in (*OTHERS, *OURS)}
    return both | dict(place.own())


def undisturbed(program: Forks, make: MakePlace, folder: Path, authority: Authority) -> tuple[int, State]:
    """The calls of an apply that nothing happens to, and what is there then."""
    folder.mkdir()
    with make(folder, authority) as place:
        assert applied(program, place).status == 0
        calls, end = place.calls, place.state()
        assert run(program, place, "plan", "--exit-code").status == 0
        return calls, end


def unfinished(program: Forks, place: Place, name: str, end: State) -> Iterator[str]:
    """What does not hold after the next run."""
    again = applied(program, place)
    if again.status:
        yield f"the next run ends with {again.status}: {again.err}"
    if run(program, place, "plan", "--exit-code").status:
        yield "then there is something to do"
    if place.records != in_dns(place):
        yield f"in DNS there is {place.records}"
    if place.serving() != SERVING[name]:
        yield f"to serve files there is {place.serving()}"
    if place.state() != end:
        yield "something is not as after an apply that nothing happens to"


def moments(name: str, calls: int) -> Iterable[tuple[int, str]]:
    """Before and after each call. What a host has done after one it has done before the next: that is told apart only where the process
    changes files of this machine between the two."""
    if name == "route53":
        return itertools.product(range(1, calls + 1), ("before", "after"))
    return (*((number, "before") for number in range(1, calls + 1)), (calls, "after"))


@pytest.mark.parametrize("name", PLACES)
def test_the_next_run_finishes_the_job(name: str, program: Forks, authority: Authority, tmp_path: Path) -> None:
    make, seen, found = PLACES[name], list[State](), list[str]()
    calls, end = undisturbed(program, make, tmp_path / "undisturbed", authority)
    for number, when in moments(name, calls):
        folder = tmp_path / f"{number} {when}"
        folder.mkdir()
        with make(folder, authority) as place:
            ran = killed(program, place, number, when)
            assert (ran.status, "emailauth:" in ran.err) == (-signal.SIGKILL, False), ran
            if place.state() not in seen:
                seen.append(place.state())
                found += [f"killed {when} call {number}: {problem}" for problem in unfinished(program, place, name, end)]
    assert found == []
    assert len(seen) >= LEAST_STATES[name]


def test_the_program_itself(authority: Authority, tmp_path: Path) -> None:
    """As a person starts it, in a time that does not fly."""
    command = [sys.executable, "-m", "emailauth", "apply", "--yes", "email-auth.yaml"]
    with on_route53(tmp_path, authority) as place:
        (service,) = place.services
        environ = {**os.environ, **place.environ}
        with subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:

            def kill(operation: str, _: Request) -> Fault:
                if operation != "ChangeResourceRecordSets":
                    return None
                process.kill()
                return Lost()

            service.after = kill
            assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == -signal.SIGKILL
        service.after = lambda _operation, _request: None
        again = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert (again.returncode, again.stderr) == (0, "")
        assert place.records == in_dns(place)
