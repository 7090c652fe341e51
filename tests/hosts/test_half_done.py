"""Whatever stops an apply, at whichever call: it says what was done and what was not, and that is true. (That the next run does the rest is in `test_killed`.)"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from tests.fakes import route53
from tests.fakes.route53 import Route53
from tests.fakes.service import Fault, Lost, Request, Response, Service
from tests.hosts import portfolio
from tests.hosts.forks import Forks, Ran
from tests.hosts.places import OURS, POLICY, POLICY_URL, MakePlace, Place, on_cloudflare, on_cloudfront, on_route53
from tests.live.authority import Authority

PLACES: Final[Mapping[str, MakePlace]] = {"route53": on_route53, "cloudflare": on_cloudflare, "cloudfront": on_cloudfront}
WANTED: Final = {f"{name} {record_type}" for name, record_type in OURS}
UNKNOWN: Final = ("is not known", "cannot be seen")
"""How a host says that it does not know what it did: then something may be there that is told as not done."""

Hook: TypeAlias = Callable[[str, Request], Fault]


def refused_from(services: Sequence[Service], number: int) -> None:
    """From the call of that number on, the credentials are good for nothing."""
    came = itertools.count(1)

    def hook(service: Any) -> Hook:
        def before(operation: str, _: Request) -> Fault:
            if next(came) >= number:
                code: Any = 10000 if hasattr(service, "scripts") else "AccessDenied"
                service.fails[operation] = (403, code, "Authentication error")
            return None

        return before

    for service in services:
        service.before = hook(service)


def cut_off_from(services: Sequence[Service], number: int) -> None:
    """The answer to the call of that number is lost on its way, and nothing gets through after it."""
    came, went = itertools.count(1), itertools.count(1)
    for service in services:
        service.before = lambda _operation, _request: Lost() if next(came) > number else None
        service.after = lambda _operation, _request: Lost() if next(went) >= number else None


def told(ran: Ran, what: str) -> set[str]:
    """What was done, or what was not, of what the file wants."""
    return {line.removeprefix(f"{what}: ").partition(" ")[2] for line in ran.out.splitlines() if line.startswith(f"{what}: ")}


def live(place: Place) -> set[str]:
    """What of it is in DNS."""
    there = place.records
    return {
        f"{name} {record_type}" for (name, record_type), values in OURS.items() if values <= there.get((name, record_type), frozenset())
    }


def lies(place: Place, ran: Ran) -> Iterator[str]:
    done, not_done = told(ran, "done"), told(ran, "not done")
    if POLICY_URL in done and place.fetch() != POLICY:
        yield "the policy is not served"
    yield from (f"{what} is not there" for what in done & WANTED - live(place))
    if not any(words in ran.err for words in UNKNOWN):
        yield from (f"{what} is there" for what in not_done & live(place))
    if len(re.findall("^emailauth: ", ran.err, re.MULTILINE)) != (1 if ran.status else 0):
        yield f"this is not one message: {ran.err}"
    if "defect" in ran.err:
        yield ran.err
    if live(place) and not done | not_done:
        yield "nothing is told of what was done"


@pytest.mark.parametrize("stop", [refused_from, cut_off_from])
@pytest.mark.parametrize("name", PLACES)
def test_what_was_done_is_told(
    name: str, stop: Callable[[Sequence[Service], int], None], program: Forks, authority: Authority, tmp_path: Path
) -> None:
    found, number, stopped = list[str](), 0, True
    while stopped:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        with PLACES[name](folder, authority) as place:
            stop(place.services, number)
            ran = program.run("apply", "--yes", "email-auth.yaml", folder=folder, environ=place.environ)
            stopped = place.calls >= number
            assert (ran.status == 3) is stopped, ran
            found += [f"at call {number}: {problem}" for problem in lies(place, ran)]
    assert found == []
    assert number > 10


def refused_after(calls: int) -> Hook:
    """So many changes are made, and then no more."""
    came = itertools.count()

    def before(operation: str, _: Request) -> Fault:
        if operation != "ChangeResourceRecordSets" or next(came) < calls:
            return None
        error = "<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>The organization forbids it</Message></Error>"
        return Response(status=403, body=f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode())

    return before


def run_there(service: Route53, program: Forks, folder: Path, text: str) -> Ran:
    (folder / "email-auth.yaml").write_text(text)
    with service.served() as url:
        return program.run("apply", "--yes", "email-auth.yaml", folder=folder, environ=route53.environment(url))


def test_a_fault_between_two_zones(program: Forks, tmp_path: Path) -> None:
    service = portfolio.at_route53(2)
    service.before = refused_after(1)
    ran = run_there(service, program, tmp_path, portfolio.file("{route53: {}}", 2, portfolio.NEW))
    assert (ran.status, told(ran, "done"), told(ran, "not done")) == (3, {"_smtp._tls.d0.example TXT"}, {"_smtp._tls.d1.example TXT"})
    live = [service.sets(zone)[f"_smtp._tls.d{number}.example", "TXT"][1] for number, zone in enumerate(service.zones)]
    assert live == [('"v=TLSRPTv1; rua=mailto:tls@example.org"',), ('"v=TLSRPTv1; rua=mailto:tls@example.net"',)]
    assert ran.err == (
        "emailauth: cannot change Route 53 hosted zone Z0000000000002 (d1.example): the credentials are not allowed to do "
        "route53:ChangeResourceRecordSets (AWS says: The organization forbids it): allow it in their IAM policy, "
        '"Action": "route53:ChangeResourceRecordSets", "Resource": "arn:aws:route53:::hostedzone/Z0000000000002"\n'
    )


def test_a_fault_between_two_batches_of_a_zone(program: Forks, tmp_path: Path) -> None:
    service = Route53()
    zone = service.add_zone("example")
    service.before = refused_after(1)
    ran = run_there(service, program, tmp_path, portfolio.file("{route53: {}}", 200))
    made = {f"{name} {record_type}" for name, record_type in service.sets(zone) if record_type not in {"SOA", "NS"}}
    assert ran.status == 3
    assert told(ran, "done") == made
    assert len(made) + len(told(ran, "not done")) == 1000
    assert re.match(
        rf"emailauth: {len(made)} of 800 record sets of Route 53 hosted zone {zone} \(example\) were changed, and then no more: cannot change Route 53 ",
        ran.err,
    )
