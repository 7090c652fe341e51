"""Answers that are lost, calls that come too early, and a service that is ill: nothing is done twice, and nothing is guessed."""

from pathlib import Path

import pytest

from emailauth.core.claim import Claim
from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError
from emailauth.core.plan import Existing, Wanted, diff
from emailauth.core.record import Key, Record, RRsetChange
from emailauth.dns_hosts import DnsHost, Zone
from emailauth.dns_hosts.cloudflare import Settings, open_host
from tests.dns_hosts.benches.cloudflare import CloudflareBench, opened
from tests.dns_hosts.conformance import APEX, DMARC
from tests.fakes.cloudflare import environment
from tests.fakes.service import Fault, Lost, Request, Response

NEW: Key = ("new.example.com", "TXT")
OURS, FOREIGN = "v=DMARC1; p=reject", "theirs"
ILL = Response(status=502, headers={"content-type": "text/html"}, body=b"<html>Bad Gateway</html>")
PROXY = Response(status=200, headers={"content-type": "text/html"}, body=b"<html>Log in</html>")


def read(there: CloudflareBench) -> Zone:
    (zone,) = there.host.read(["example.com"])
    return zone


def change(zone: Zone, key: Key, *after: str, ttl: int = 300) -> RRsetChange:
    return RRsetChange(name=key[0], type=key[1], before=zone.rrsets.get(key), after=after, ttl=ttl)


def values(there: CloudflareBench, key: Key) -> list[str]:
    return sorted(record["content"] for record in there.records(key))


def disturb(there: CloudflareBench, operation: str, faults: list[Fault], *, done: bool) -> None:
    """What happens to the next calls of an operation, one after the other; `done`: they are carried out."""

    def hook(called: str, _request: Request) -> Fault:
        return faults.pop(0) if called == operation and faults else None

    if done:
        there.service.after = hook
    else:
        there.service.before = hook


FAULTS = [Lost(), ILL, PROXY, Response(status=408), Response(status=504)]
NAMES = ["connection closed", "502", "a proxy's page", "408", "504"]


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_an_answer_that_is_lost_after_the_change_was_made_is_found_by_reading(fault: Fault, there: CloudflareBench) -> None:
    zone = read(there)
    disturb(there, "BatchRecords", [fault], done=True)
    told = there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert told.rrsets[DMARC].values == (OURS,)
    assert there.service.count("BatchRecords") == 1


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_a_change_that_was_never_made_is_sent_again_after_reading(fault: Fault, there: CloudflareBench) -> None:
    zone = read(there)
    disturb(there, "BatchRecords", [fault, fault], done=False)
    there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert values(there, DMARC) == [f'"{OURS}"']
    assert [operation for operation, _ in there.service.calls][2:] == ["BatchRecords", "ListRecords"] * 3
    assert there.time.waited == [1, 2]


def test_it_is_not_sent_for_ever(there: CloudflareBench) -> None:
    zone = read(there)
    disturb(there, "BatchRecords", [Lost()] * 9, done=False)
    with pytest.raises(
        CouldNotDoError,
        match=r"the zone example\.com at Cloudflare was not changed, in 3 attempts \(127\.0\.0\.1 breaks the connection off \(Server disconnected .*run again",
    ):
        there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert there.service.count("BatchRecords") == 3


def test_a_change_that_was_lost_is_not_sent_again_to_a_set_that_others_changed(there: CloudflareBench) -> None:
    there.put({DMARC: (300, ("v=DMARC1; p=none",))})
    zone = read(there)

    def before(called: str, _request: Request) -> Fault:
        if called != "BatchRecords":
            return None
        there.put_set(DMARC, 300, (FOREIGN,))
        return Lost()

    there.service.before = before
    with pytest.raises(ConflictError):
        there.host.apply(zone, [change(zone, APEX, "x"), change(zone, NEW), change(zone, DMARC, OURS)])
    assert there.service.count("BatchRecords") == 1
    assert values(there, DMARC) == [f'"{FOREIGN}"']


def test_what_others_added_while_the_answer_was_lost_is_told(there: CloudflareBench) -> None:
    zone = read(there)

    def after(called: str, _request: Request) -> Fault:
        if called != "BatchRecords":
            return None
        there.service.put(there.zone_id, *DMARC, '"v=DMARC1; p=none"')
        return Lost()

    there.service.after = after
    with pytest.raises(PartlyDoneError, match=r"'v=DMARC1; p=none' is there too .*accept one record"):
        there.host.apply(zone, [change(zone, DMARC, OURS)])


def test_a_change_that_arrives_after_it_was_given_up_is_not_made_twice(there: CloudflareBench) -> None:
    """The first is on its way for longer than we wait, and arrives between our reading and our second."""
    there.put({APEX: (900, (FOREIGN, "v=spf1 -all"))})
    zone = read(there)
    late: list[Request] = []

    def before(called: str, request: Request) -> Fault:
        if called == "BatchRecords" and not late:
            late.append(request)
            return Lost()
        if called == "BatchRecords" and len(late) == 1:
            late.append(request)
            there.service.answer("BatchRecords", late[0])
        return None

    there.service.before = before
    told = there.host.apply(zone, [change(zone, APEX, FOREIGN, "v=spf1 mx -all", ttl=900), change(zone, DMARC, OURS)])
    assert values(there, APEX) == [f'"{FOREIGN}"', '"v=spf1 mx -all"']
    assert values(there, DMARC) == [f'"{OURS}"']
    assert told.rrsets[DMARC].values == (OURS,)
    assert there.service.count("BatchRecords") == 2


def test_the_very_value_that_we_write_written_by_another_is_a_conflict(there: CloudflareBench) -> None:
    zone = read(there)
    there.before_next("BatchRecords", lambda: there.service.put(there.zone_id, *DMARC, f'"{OURS}"'))
    with pytest.raises(ConflictError, match=r"was expected to be \[\] and is \['v=DMARC1; p=reject'\]"):
        there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert values(there, DMARC) == [f'"{OURS}"']


@pytest.mark.parametrize("operation", ["ListZones", "ListRecords"])
@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_a_read_is_made_again(fault: Fault, operation: str, there: CloudflareBench) -> None:
    disturb(there, operation, [fault, fault], done=False)
    assert read(there).name == "example.com"
    assert there.time.waited == [1, 2]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Lost(), r"127\.0\.0\.1 breaks the connection off \(Server disconnected"),
        (ILL, "HTTP 502"),
        (PROXY, "what answers is not Cloudflare's API: a proxy"),
    ],
)
def test_a_service_that_does_not_answer_is_told(fault: Fault, reason: str, there: CloudflareBench) -> None:
    disturb(there, "ListZones", [fault] * 9, done=False)
    with pytest.raises(
        CouldNotDoError,
        match=rf"Cloudflare's API gives no answer \({reason}.*, 5 times\) when it is asked to list the zones: see that this machine reaches it",
    ):
        read(there)
    assert there.service.count() == 5


def test_an_unreachable_server_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as there:
        read(there)
        url = f"http://{there.service.calls[0][1].headers['host']}"
    host = open_host(Settings(), tmp_path, environ=environment(url), clock=there.time, pause=there.time.pause)
    with pytest.raises(CouldNotDoError, match=r"gives no answer \(127\.0\.0\.1 cannot be reached \(.*Connection refused\), 5 times\)"):
        host.read(["example.com"])


def test_a_change_that_cannot_be_read_back_is_told_as_done(there: CloudflareBench) -> None:
    zone = read(there)
    disturb(there, "ListRecords", [Lost()] * 9, done=False)
    with pytest.raises(
        PartlyDoneError, match=r"the zone example\.com was changed and could not be read back: Cloudflare's API gives no"
    ) as told:
        there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert told.value.done == {DMARC}
    assert values(there, DMARC) == [f'"{OURS}"']


def test_what_nobody_can_know_is_told_as_such(there: CloudflareBench) -> None:
    zone = read(there)
    there.service.after = lambda _called, _request: Lost()
    with pytest.raises(
        CouldNotDoError, match=r"whether the zone example\.com was changed is not known, and running again finds out: Cloudflare's"
    ):
        there.host.apply(zone, [change(zone, DMARC, OURS)])


# The pace


@pytest.mark.parametrize("after", [1, 30, 61, 300, 600])
@pytest.mark.parametrize("operations", [1, 2, 3])
def test_a_call_that_came_too_early_is_made_again_after_any_time(after: float, operations: int, there: CloudflareBench) -> None:
    there.service.throttled = [after]
    if operations > 1:
        there.service.throttled = []
        there.before_next("ListRecords" if operations == 2 else "BatchRecords", lambda: there.service.throttled.append(after))
    zone = read(there)
    there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert values(there, DMARC) == [f'"{OURS}"']
    assert there.time.waited == [after]


def test_a_reading_that_grew_old_while_a_batch_waited_is_made_again(there: CloudflareBench) -> None:
    there.put({DMARC: (300, ("v=DMARC1; p=none",))})
    zone = read(there)

    def throttle() -> None:
        there.service.throttled.append(61)
        there.put_set(DMARC, 300, (FOREIGN,))

    there.before_next("BatchRecords", throttle)
    with pytest.raises(ConflictError, match="is \\['theirs'\\]"):
        there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert values(there, DMARC) == [f'"{FOREIGN}"']


def test_waiting_ends_with_a_clear_word(there: CloudflareBench) -> None:
    there.service.throttled = [300, 250, 60]
    with pytest.raises(
        CouldNotDoError, match=r"refused all calls with this token for 550 seconds and asks to wait 60 more .*run again later"
    ):
        read(there)
    assert there.time.waited == [300, 250]


def test_a_call_that_is_taken_ends_the_wait(there: CloudflareBench) -> None:
    there.service.throttled = [400]
    zone = read(there)
    there.service.throttled = [400]
    there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert there.time.waited == [400, 400]


def test_a_refusal_that_says_to_come_again_at_once_is_not_taken_at_its_word(there: CloudflareBench) -> None:
    there.service.throttled = [0] * 1000
    with pytest.raises(CouldNotDoError, match="for 600 seconds and asks to wait 1 more"):
        read(there)
    assert there.time.waited == [1] * 600


def test_a_refusal_that_does_not_say_how_long_waits_a_minute(there: CloudflareBench) -> None:
    disturb(
        there,
        "ListZones",
        [Response(status=429), Response(status=429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"})],
        done=False,
    )
    read(there)
    assert there.time.waited == [60, 60]


@pytest.mark.parametrize(("left", "waited"), [(1199, []), (6, []), (5, [30, 30]), (0, [30, 30])])
def test_when_hardly_a_call_is_left_the_next_waits_for_the_window(left: int, waited: list[float], there: CloudflareBench) -> None:
    there.service.remaining = left
    zone = read(there)
    assert there.time.waited == waited[:1]
    there.service.remaining = None
    there.host.apply(zone, [change(zone, DMARC, OURS)])
    assert there.time.waited == waited


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ('"default";r=0;t=7', [7]),
        ('"burst";r=99;t=2, "default";r=1;t=120', [120]),
        ('"default";q=1200;r=0;t=99999', [300]),
        ('"default";r=0', []),
        ("nonsense", []),
    ],
)
def test_the_headers_of_any_shape_are_heeded(header: str, waited: list[float], there: CloudflareBench) -> None:
    def after(called: str, request: Request) -> Fault:
        if called != "ListZones":
            return None
        answer = there.service.answer(called, request)
        return Response(status=answer.status, headers={**answer.headers, "ratelimit": header}, body=answer.body)

    there.service.after = after
    read(there)
    assert there.time.waited == waited


# Killed at any call


def wanted() -> Wanted:
    records = [Record(name=name, type="TXT", value=value, domain="example.com", kind=kind) for name, value, kind in WANTED]
    claims = [Claim(name=one.name, type="TXT", domain="example.com", kind=one.kind, recognises=is_ours) for one in records]
    return Wanted(domain="example.com", dns_host="host", records=tuple(records), claims=tuple(claims))


WANTED = [("example.com", "v=spf1 mx -all", "spf"), ("_dmarc.example.com", OURS, "dmarc"), ("new.example.com", "v=spf1 -all", "helo")]


def is_ours(value: str) -> bool:
    return value.startswith(("v=spf1", "v=DMARC1"))


def make_it_so(host: DnsHost) -> bool:
    """Plans and applies; whether there was anything to do."""
    zones = host.read(sorted(wanted().names))
    plan = diff([wanted()], Existing(zones={"host": zones}))
    for changes in plan.rrsets.values():
        host.apply(zones[0], changes)
    return not plan.is_empty


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 5))
def test_killed_at_any_call_the_next_run_finishes_and_the_plan_after_is_empty(
    call: int, carried_out: bool, there: CloudflareBench, tmp_path: Path
) -> None:
    there.put({APEX: (900, (FOREIGN, "v=spf1 -all")), DMARC: (300, ("v=DMARC1; p=none",))})

    def gone(_called: str, _request: Request) -> Fault:
        return Lost() if there.service.count() > call - (not carried_out) else None

    def not_told(_called: str, _request: Request) -> Fault:
        return Lost() if there.service.count() == call else None

    there.service.before, there.service.after = gone, not_told
    with pytest.raises(CouldNotDoError):
        make_it_so(there.host)
    url = f"http://{there.service.calls[0][1].headers['host']}"
    there.service.before = there.service.after = lambda _called, _request: None
    written = bool(values(there, NEW))
    assert written == (call > 3 or (call == 3 and carried_out))
    next_run = open_host(Settings(), tmp_path, environ=environment(url), clock=there.time, pause=there.time.pause, strict=True)
    assert make_it_so(next_run) != written
    assert not make_it_so(next_run)
    assert values(there, APEX) == [f'"{FOREIGN}"', '"v=spf1 mx -all"']
