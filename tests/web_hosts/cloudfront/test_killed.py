"""The process is killed after each call of an apply: the next run finishes it, then nothing is left to do, and nothing was made twice.

Killed before call n + 1 and killed after call n are the same, for what AWS has is all that there is; and so are killed after a call that
only reads and killed after the one before it. One way is gone with all of its calls, the others with those that change something.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from tests.fakes.aws import Aws
from tests.fakes.service import Request
from tests.web_hosts.cloudfront.account import Account, Files, Front, Killed, copied, killed_after, name_of, policy, policy_url

pytestmark = pytest.mark.no_cover

ONE, TWO, THREE = policy_url("example.com"), policy_url("example.net"), policy_url("example.org")
LOGO = "https://bimi.example.com/default/logo-0a1b2c3d.svg"
OLD, NEW = policy("mx1.example.com"), policy("mx1.example.com", "mx2.example.com")
BIG, BIGGER = b"<svg>" + b"." * 20_000 + b"</svg>", b"<svg>" + b"." * 30_000 + b"</svg>"


@dataclass(frozen=True)
class Way:
    """What is there, and what becomes of it."""

    before: Files
    after: Files
    settings: Mapping[str, int] = field(default_factory=dict)
    every_call: bool = False


READING = ("List", "Get", "Describe", "Head", "Test")
WAYS = {
    "the first policies, on two distributions": Way({}, {ONE: OLD, TWO: OLD, THREE: NEW}, {"names_per_certificate": 2}),
    "a logo in the bucket": Way({ONE: OLD}, {ONE: OLD, LOGO: BIG}),
    "another policy, and a bigger logo": Way({ONE: OLD, LOGO: BIG}, {ONE: NEW, LOGO: BIGGER}),
    "a policy that grows out of the function": Way({ONE: OLD}, {ONE: BIG}),
    "one host name goes": Way({ONE: OLD, TWO: OLD}, {ONE: None, TWO: OLD}),
    "one comes and one goes": Way({ONE: OLD}, {ONE: None, TWO: NEW}, every_call=True),
    "a file in the bucket goes, and its host name": Way({ONE: OLD, LOGO: BIG}, {ONE: OLD, LOGO: None}),
    "everything goes": Way({ONE: OLD, LOGO: BIG}, {ONE: None, LOGO: None}),
}


@dataclass
class Made:
    """Everything that was ever there, by its identity."""

    things: set[str] = field(default_factory=set)

    def look(self, aws: Aws) -> None:
        names = {f"{name} {function.created}" for name, function in aws.functions.items()}
        self.things |= {*aws.certificates, *aws.distributions, *names, *aws.buckets, *aws.cloudfront.controls.controls}


def begun(front: Front, way: Way) -> Aws:
    """An account with what is there before."""
    front.aws = Aws()
    if way.before:
        account = Account(front.aws)
        account.apply(way.before, account.host(**way.settings))
    front.aws.calls.clear()
    return front.aws


def again(front: Front, aws: Aws) -> tuple[Account, Made]:
    """A copy of an account, and what it sees from now on."""
    front.aws = copied(aws)
    account, made = Account(front.aws), Made()

    def look(_operation: str, _request: Request) -> None:
        made.look(account.aws)

    account.aws.after = look
    return account, made


def check(account: Account, files: Files) -> None:
    """Senders get what the file says, and AWS has nothing that is not for that."""
    assert account.left(files) == []
    account.settle()
    served = {url: body for url, body in files.items() if body is not None}
    for url, body in served.items():
        assert (account.seen(url)[0], account.seen(url)[2]) == (200, body)
    hosts = sorted(name_of(url) for url in served)
    aliases = [alias for one in account.aws.distributions.values() for alias in one.config["Aliases"].get("Items", ())]
    named = [name for certificate in account.aws.certificates.values() for name in certificate.names]
    assert sorted(aliases) == sorted(named) == hosts
    assert len(account.aws.functions) == len(account.aws.distributions) == len(account.aws.certificates)
    in_buckets = sorted(key for bucket in account.aws.buckets.values() for key in bucket.objects)
    assert in_buckets == sorted(url.removeprefix("https://") for url, body in served.items() if len(body) > 10_000)


@pytest.mark.parametrize("name", WAYS)
def test_killed_after_each_call(front: Front, name: str) -> None:
    way = WAYS[name]
    beginning = begun(front, way)
    account, made = again(front, beginning)
    with killed_after(10_000):
        account.apply(way.after, account.host(**way.settings))
    calls = [operation for operation, _ in account.aws.calls]
    check(account, way.after)
    numbers = [n for n in range(len(calls)) if n == 0 or way.every_call or not calls[n - 1].startswith(READING)]
    assert len(numbers) > 3
    for n in numbers:
        account, resumed = again(front, beginning)
        with killed_after(n), pytest.raises(Killed):
            account.apply(way.after, account.host(**way.settings))
        assert len(account.aws.calls) == n
        account.apply(way.after, account.host(**way.settings))
        check(account, way.after)
        assert len(resumed.things) == len(made.things), f"killed after call {n}: something was made twice"
