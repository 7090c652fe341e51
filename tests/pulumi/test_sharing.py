"""Reads of a zone shared, writes to a zone sent together."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from emailauth.core.claim import Claim
from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.record import Record
from emailauth.core.zone import Zone
from emailauth.pulumi.failures import Cancelled, Refused
from emailauth.pulumi.reads import SharedReads
from emailauth.pulumi.writes import Done, Order, Wish, Writes
from tests.fakes.memory import MemoryDns
from tests.pulumi.conftest import zone


def is_ours(value: str) -> bool:
    return value.startswith("v=")


def shared(dns: MemoryDns) -> SharedReads:
    return SharedReads(dns, "memory")


def order(host: SharedReads, name: str, value: str, judge: Callable[[Zone], None] = lambda _: None) -> Order:
    record = Record(name=name, type="TXT", value=value, domain="example.com", kind=value)
    claim = Claim(name=name, type="TXT", domain="example.com", kind=value, recognises=value.__eq__)

    def judged(found: Zone) -> Wish:
        judge(found)
        return Wish(records=(record,), claims=(claim,))

    return Order(host=host, name=name, judge=judged)


def sent(*orders: Order) -> list[Done | BaseException]:
    """All orders sent at once; how each of them ended."""

    async def send() -> list[Done | BaseException]:
        writes = Writes()
        return await asyncio.gather(*map(writes.send, orders), return_exceptions=True)

    return asyncio.run(send())


def _wait_for(happened: Callable[[], bool]) -> None:
    while not happened():
        threading.Event().wait(0.001)


def dns_of(*zones: str) -> MemoryDns:
    return MemoryDns(zones={name: {(name, "SOA"): (1, (".",))} for name in zones})


def test_a_zone_that_is_known_whole_is_read_once() -> None:
    dns = dns_of("example.com", "example.net")
    host = shared(dns)
    for names in (["a.example.com"], ["b.example.com", "example.com"], ["a.example.com", "example.net"]):
        host.read(names)
    assert dns.reads == [{"a.example.com"}, {"example.net"}]


def test_a_name_that_the_zone_hands_on_is_asked_for() -> None:
    dns = dns_of("example.com", "sub.example.com")
    dns.zones["example.com"]["sub.example.com", "NS"] = (1, ("ns1.example.org.",))
    host = shared(dns)
    host.read(["example.com"])
    assert [found.name for found in host.read(["a.sub.example.com"])] == ["sub.example.com"]
    assert host.known("other.example.com") is not None


def test_a_host_that_cannot_list_its_zone_is_asked_for_each_name() -> None:
    dns = dns_of("example.com")
    dns.lists_zones = False
    for name in ("a", "b"):
        dns.zones["example.com"][f"{name}.example.com", "TXT"] = (1, (name,))
    host = shared(dns)
    host.read(["a.example.com"])
    [found] = host.read(["b.example.com"])
    assert {name for name, _ in found.rrsets} == {"a.example.com", "b.example.com"}
    dns.zones["example.com"]["a.example.com", "TXT"] = (1, ("changed",))
    [found] = host.read(["c.example.com"])
    assert set(found.rrsets) == set(), "the zone has changed, so what was known of it is forgotten"
    assert len(dns.reads) == 3


def test_names_asked_for_at_the_same_time_are_read_together() -> None:
    dns = dns_of("example.com", "example.net", "example.org")
    host = shared(dns)
    host._reading.acquire()
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(host.read, [name]) for name in dns.zones]
        _wait_for(lambda: len(host._asked) == 3)
        host._reading.release()
        assert sorted(zone.name for future in asked for zone in future.result()) == sorted(dns.zones)
    assert dns.reads == [set(dns.zones)]


def test_what_others_ask_wrongly_is_not_ones_own_fault() -> None:
    dns = dns_of("example.com")
    host = shared(dns)
    host._asked.add("example.invalid")
    assert [found.name for found in host.read(["example.com"])] == ["example.com"]
    with pytest.raises(UsageError, match=r"no zone holds example\.invalid"):
        host.read(["example.invalid"])


def test_orders_that_come_together_go_out_together() -> None:
    dns = dns_of("example.com", "example.net")
    host = shared(dns)
    names = ["a.example.com", "b.example.com", "c.example.net"]
    ends = sent(*(order(host, name, "v=1") for name in names))
    assert all(isinstance(end, Done) for end in ends)
    assert sorted((zone, len(changes)) for zone, changes in dns.applied) == [("example.com", 2), ("example.net", 1)]


def test_two_kinds_in_one_set_are_one_change_of_the_set() -> None:
    dns = MemoryDns(zones={"example.com": zone()})
    sent(order(shared(dns), "example.com", "v=1"), order(shared(dns), "example.com", "v=2"))
    assert [len(changes) for _, changes in dns.applied] == [1]
    assert dns.values("example.com", "TXT") == ("google-site-verification=abc", "v=1", "v=2")


def test_an_order_that_must_not_be_done_does_not_keep_the_others() -> None:
    dns = dns_of("example.com")

    def refuse(_: Zone) -> None:
        raise Refused("not this")

    refused, done = sent(order(shared(dns), "a.example.com", "v=1", refuse), order(shared(dns), "b.example.com", "v=1"))
    assert str(refused) == "not this"
    assert isinstance(done, Done)


def test_what_the_host_refuses_does_not_keep_the_others() -> None:
    dns = dns_of("example.com")
    host = shared(dns)
    refused, done = sent(order(host, "a.example.com", "refuse me"), order(host, "b.example.com", "v=1"))
    assert isinstance(refused, CouldNotDoError)
    assert isinstance(done, Done)
    assert dns.values("b.example.com", "TXT") == ("v=1",)


def test_what_was_made_and_is_not_known_to_be_served_is_told_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried again one by one, nothing would be left to do, and that would pass for success."""
    dns = dns_of("example.com")

    def unknown(_: MemoryDns) -> None:
        raise CouldNotDoError("the zone is not active yet")

    monkeypatch.setattr(MemoryDns, "settle", unknown)
    host = shared(dns)
    ended = sent(order(host, "example.com", "v=1"), order(host, "www.example.com", "v=2"))
    assert [str(one) for one in ended] == ["the zone is not active yet"] * 2
    assert len(dns.applied) == 1


def test_a_bug_reaches_whoever_waits() -> None:
    dns = dns_of("example.com")

    def break_down() -> None:
        raise ZeroDivisionError

    dns.before_apply = break_down
    assert [type(end) for end in sent(order(shared(dns), "a.example.com", "v=1"))] == [ZeroDivisionError]


def test_a_zone_that_changes_meanwhile_is_read_and_judged_again() -> None:
    dns = MemoryDns(zones={"example.com": zone()})
    seen: list[tuple[str, ...]] = []
    writes = iter(range(2))

    def others_write() -> None:
        if next(writes, None) is not None:
            ttl, values = dns.zones["example.com"]["example.com", "TXT"]
            dns.zones["example.com"]["example.com", "TXT"] = (ttl, (*values, f"other={len(values)}"))

    dns.before_apply = others_write
    [end] = sent(order(shared(dns), "example.com", "v=1", lambda found: seen.append(found.rrsets["example.com", "TXT"].values)))
    assert isinstance(end, Done)
    assert [len(values) for values in seen] == [1, 2, 3]
    assert dns.values("example.com", "TXT") == ("google-site-verification=abc", "other=1", "other=2", "v=1")


def test_a_zone_that_never_rests_is_a_conflict_for_all() -> None:
    dns = dns_of("example.com")

    def conflict() -> None:
        raise ConflictError("somebody else was faster")

    dns.before_apply = conflict
    ends = sent(order(shared(dns), "a.example.com", "v=1"), order(shared(dns), "b.example.com", "v=1"))
    assert [str(end) for end in ends] == ["somebody else was faster"] * 2


def test_nothing_is_begun_after_a_stop_and_what_is_under_way_ends() -> None:
    dns = dns_of("example.com")
    host = shared(dns)
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        go_on.wait(timeout=60)

    dns.before_apply = hold

    async def scenario() -> tuple[Done | BaseException, ...]:
        writes = Writes()
        first = asyncio.create_task(writes.send(order(host, "a.example.com", "v=1")))
        await asyncio.to_thread(begun.wait)
        second = asyncio.create_task(writes.send(order(host, "b.example.com", "v=1")))
        await asyncio.to_thread(_wait_for, lambda: any(lane.waiting for lane in writes._lanes.values()))
        writes.stop()
        third = asyncio.create_task(writes.send(order(host, "c.example.com", "v=1")))
        go_on.set()
        await writes.finish()
        return await asyncio.gather(first, second, third, return_exceptions=True)

    first, second, third = asyncio.run(scenario())
    assert isinstance(first, Done)
    assert isinstance(second, Cancelled)
    assert isinstance(third, Cancelled)
    assert [len(changes) for _, changes in dns.applied] == [1]
