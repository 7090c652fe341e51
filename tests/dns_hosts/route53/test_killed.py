"""A process that is gone before or after any of its calls: the next one finishes the job, and the plan after that is empty.

Gone is one that never comes back from a call, as far as the service can tell: it is a thread that is left hanging in it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from emailauth.core.claim import Claim
from emailauth.core.errors import CouldNotDoError
from emailauth.core.plan import Existing, Plan, Wanted, diff
from emailauth.core.record import Record
from emailauth.dns_hosts import DnsHost
from tests.dns_hosts.route53.account import Account
from tests.fakes.service import Fault, Lost, Request

SETS = 40
"""With 1,000 characters each: two batches."""
FOREIGN = ('"of others"',)


def is_ours(value: str) -> bool:
    return value.startswith("ours")


def wanted() -> Wanted:
    names = [f"n{i}.example.com" for i in range(SETS)]
    return Wanted(
        domain="example.com",
        dns_host="host",
        records=tuple(Record(name=name, type="TXT", value="ours " + "x" * 990, domain="example.com", kind="x", ttl=300) for name in names),
        claims=tuple(Claim(name=name, type="TXT", domain="example.com", kind="x", recognises=is_ours) for name in names),
    )


def plan_of(host: DnsHost) -> Plan:
    return diff([wanted()], Existing(zones={"host": host.read(sorted(wanted().names))}))


def run(host: DnsHost) -> None:
    """What an apply does."""
    (zone,) = host.read(sorted(wanted().names))
    plan = diff([wanted()], Existing(zones={"host": [zone]}))
    for changes in plan.rrsets.values():
        zone = host.apply(zone, changes)
    host.settle()
    assert plan_of(host).is_empty


CALLS = ["ListHostedZones", "ListResourceRecordSets", "ChangeResourceRecordSets", "ChangeResourceRecordSets", "GetChange", "GetChange", "ListResourceRecordSets"]  # fmt: skip
"""Of an apply that nobody disturbs."""


@contextmanager
def gone(aws: Account, number: int, *, carried_out: bool) -> Iterator[None]:
    """A run that is gone at its call of that number, and hangs until the end."""
    at_it, over = threading.Event(), threading.Event()

    def hang(_: str, request: Request) -> Fault:
        if request.number < number:
            return None
        at_it.set()
        over.wait(60)
        return Lost()

    if carried_out:
        aws.service.after = hang
    else:
        aws.service.before = hang

    def process() -> None:
        with pytest.raises(CouldNotDoError):
            run(aws.open())

    thread = threading.Thread(target=process)
    thread.start()
    assert at_it.wait(60)
    aws.service.before = aws.service.after = lambda _operation, _request: None
    try:
        yield
    finally:
        aws.service.before = lambda _operation, _request: Lost()
        over.set()
        thread.join()


def test_the_calls_of_an_apply(aws: Account) -> None:
    run(aws.host)
    assert aws.calls() == CALLS


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(len(CALLS)), ids=[f"{i} {operation}" for i, operation in enumerate(CALLS)])
def test_the_next_run_finishes_the_job(number: int, carried_out: bool, aws: Account) -> None:
    for i in range(SETS):
        aws.service.put(aws.zone_id, f"n{i}.example.com", "TXT", 300, FOREIGN)
    with gone(aws, number, carried_out=carried_out):
        run(aws.open())
        assert plan_of(aws.open()).is_empty
        sets = aws.sets()
        for i in range(SETS):
            ttl, values = sets[f"n{i}.example.com", "TXT"]
            assert (ttl, sorted(values)) == (300, ["of others", "ours " + "x" * 990])
