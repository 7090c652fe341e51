"""The limits of the API are kept, and a call that it held back or did not answer is made again as it may be."""

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.core.file import FileWrite
from tests.fakes.service import Fault, Request, Response
from tests.web_hosts.benches.cloudflare_worker import WorkerBench, file

POLICY = "https://mta-sts.example.com/.well-known/mta-sts.txt"
WRITE = FileWrite(url=POLICY, before=None, after=file(POLICY, b"one"))


def test_a_call_that_was_held_back_is_made_again_when_cloudflare_says(there: WorkerBench) -> None:
    there.service.throttled = [2, 0, 300, 61.5]
    there.host.change([WRITE])
    assert there.time.waited == [2.0, 1.0, 300.0, 61.5]
    assert there.host.read([POLICY]) == {POLICY: b"one"}


@pytest.mark.parametrize("operation", ["ListZones", "ListDomains", "GetScript", "PutScript", "PutDomain", "DeleteDomain", "DeleteScript"])
def test_each_call_may_be_held_back(there: WorkerBench, operation: str) -> None:
    left = [30.0]

    def hook(called: str, _: Request) -> Fault:
        if called == operation and left:
            there.service.throttled.append(left.pop())
        return None

    there.service.before = hook
    there.host.change([WRITE])
    there.host.change([FileWrite(url=POLICY, before=b"one", after=None)])
    assert there.time.waited == [30.0]
    assert (there.service.scripts, there.service.domains) == ({}, {})


def test_who_is_held_back_for_too_long_is_told(there: WorkerBench) -> None:
    there.service.throttled = [600, 1]
    with pytest.raises(CouldNotDoError) as error:
        there.host.read([POLICY])
    assert str(error.value) == (
        "Cloudflare has refused all calls with this token for 600 seconds and asks to wait 1 more (1,200 calls in 5 minutes are allowed, the "
        "dashboard's and other tools' included): run again later"
    )
    assert there.time.waited == [600.0]


def test_the_last_calls_of_a_window_are_left_to_others(there: WorkerBench) -> None:
    there.host.read([POLICY])
    assert there.time.waited == []
    there.service.remaining = 4
    there.service.window = 17
    there.host.read([POLICY])
    assert there.time.waited == [17.0]
    there.service.remaining = 1000
    there.host.read([POLICY])
    assert there.time.waited == [17.0, 17.0]
    there.host.read([POLICY])
    assert there.time.waited == [17.0, 17.0]


def test_time_that_passes_anyway_is_not_waited_for(there: WorkerBench) -> None:
    there.host.read([POLICY])
    there.service.remaining = 0
    there.service.window = 17
    there.host.change([])
    there.host.read([POLICY])
    there.time.waited.clear()
    there.service.remaining = None
    there.time.now += 16
    there.host.read([POLICY])
    assert there.time.waited == [1.0]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 522])
def test_reads_that_fail_for_a_moment_are_made_again(there: WorkerBench, status: int) -> None:
    answers = iter([Response(status=status)] * 4)
    there.service.before = lambda operation, _: next(answers, None) if operation == "GetScript" else None
    assert there.host.read([POLICY]) == {POLICY: None}
    assert there.time.waited == [1.0, 2.0, 4.0, 8.0]


def test_reads_that_fail_again_and_again_are_told(there: WorkerBench) -> None:
    there.service.before = lambda operation, _: Response(status=503) if operation == "GetScript" else None
    with pytest.raises(CouldNotDoError) as error:
        there.host.read([POLICY])
    assert str(error.value) == (
        "Cloudflare's API gives no answer (HTTP 503, 5 times) when it is asked to read the Worker emailauth: see that this machine reaches it, "
        "and www.cloudflarestatus.com; then run again"
    )


@pytest.mark.parametrize(
    ("operation", "doing", "held"),
    [("PutScript", "upload the Worker emailauth", {}), ("PutDomain", "attach mta-sts.example.com to the Worker", {"emailauth"})],
)
def test_changes_that_are_never_answered_are_told(there: WorkerBench, operation: str, doing: str, held: set[str]) -> None:
    there.service.before = lambda called, _: Response(status=502) if called == operation else None
    with pytest.raises(CouldNotDoError) as error:
        there.host.change([WRITE])
    assert str(error.value) == (f"could not {doing} at Cloudflare: HTTP 502, 4 times. Run again later, which goes on from here")
    assert set(there.service.scripts) == set(held)
    assert there.service.count(operation) == 4


def test_a_change_that_was_made_and_not_answered_is_not_made_again(there: WorkerBench) -> None:
    there.service.after = lambda called, _: Response(status=504) if called in {"PutScript", "PutDomain"} else None
    there.host.change([WRITE])
    assert (there.service.count("PutScript"), there.service.count("PutDomain")) == (1, 1)
    assert there.host.read([POLICY]) == {POLICY: b"one"}


def test_a_server_that_is_slow_is_told(there: WorkerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    def slow(*_: object, **__: object) -> None:
        raise httpx.ReadTimeout("")

    monkeypatch.setattr(httpx.Client, "send", slow)
    with pytest.raises(CouldNotDoError) as error:
        there.host.read([POLICY])
    assert str(error.value) == (
        "Cloudflare's API gives no answer (127.0.0.1 does not answer in time, 5 times) when it is asked to list the zones: see that this "
        "machine reaches it, and www.cloudflarestatus.com; then run again"
    )
