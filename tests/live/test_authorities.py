"""One authoritative server is asked for what it has itself; who is silent is asked nothing more, and never costs a run its time."""

import asyncio
from collections.abc import Sequence

import dns.flags
import dns.message
import dns.update
import pytest

from emailauth.core.question import Answer, Question, Status
from emailauth.live.resolver import Patience, Resolver
from emailauth.live.resolver_answer import read_own
from emailauth.live.resolver_servers import Server
from tests.live.scripted import Reply, Script, Scripted, answer, scripted, truncated

NAME = "example.com"
HERE = "127.0.0.1"
SOA = f"{NAME}. SOA ns.{NAME}. root.{NAME}. 1 2 3 4 5"
TXT = f'{NAME}. TXT "v=spf1 " "-all"'
VALUES = Answer(values=("v=spf1 -all",))
CALM = Patience(server=20.0)
QUICK = Patience(server=0.5, silent_servers=2)


def own(*rrsets: str, rcode: str = "NOERROR", authority: Sequence[str] = ()) -> Script:
    return lambda query, _: [answer(query, *rrsets, rcode=rcode, authority=authority, authoritative=True)]


def silent(_: dns.message.Message, __: str) -> Sequence[Reply]:
    return []


def ask(script: Script, questions: Sequence[Question], patience: Patience = CALM) -> tuple[list[Answer], Scripted]:
    """One after another, of a server that is no resolver."""

    async def run() -> tuple[list[Answer], Scripted]:
        async with scripted(script) as there:
            asking = Resolver([Server("127.0.0.1", 1)], patience, authority_port=there.server.port)
            return [await asking.ask(question) for question in questions], there

    return asyncio.run(run())


def at(server: str = HERE, name: str = NAME) -> Question:
    return Question(name=name, type="TXT", server=server)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(own(TXT), VALUES, id="records"),
        pytest.param(own(authority=[SOA]), Answer(status=Status.NO_DATA), id="no data"),
        pytest.param(own(authority=[SOA], rcode="NXDOMAIN"), Answer(status=Status.NXDOMAIN), id="no such name"),
        pytest.param(own(f"{NAME}. CNAME a.{NAME}.", f'a.{NAME}. TXT "x"'), Answer(status=Status.NO_DATA), id="an alias is not followed"),
        pytest.param(own(f"{NAME}. CNAME a.{NAME}.", rcode="NXDOMAIN"), Answer(status=Status.NO_DATA), id="an alias of nothing is there"),
        pytest.param(lambda q, _: [answer(q, TXT)], Answer(status=Status.LAME), id="says what it has from others: a resolver"),
        pytest.param(
            lambda q, _: [answer(q, authority=["com. NS a.gtld-servers.example."])], Answer(status=Status.LAME), id="names other servers"
        ),
        pytest.param(own(rcode="NOTAUTH"), Answer(status=Status.LAME), id="says that it has no authority"),
        pytest.param(own(rcode="REFUSED"), Answer(status=Status.REFUSED), id="refuses"),
        pytest.param(own(rcode="SERVFAIL"), Answer(status=Status.SERVFAIL), id="has the zone, and cannot read it"),
        pytest.param(lambda q, by: own(TXT)(q, by) if by == "tcp" else [truncated(q)], VALUES, id="truncated: by TCP"),
        pytest.param(lambda q, by: [answer(q, rcode="FORMERR")] if q.edns >= 0 else own(TXT)(q, by), VALUES, id="does not know EDNS"),
    ],
)
def test_what_a_server_says(script: Script, expected: Answer) -> None:
    assert ask(script, [at()])[0] == [expected]


def test_it_is_not_asked_to_ask_others() -> None:
    flags: list[bool] = []

    def noting(query: dns.message.Message, by: str) -> Sequence[Reply]:
        flags.append(bool(query.flags & dns.flags.RD))
        return own(TXT)(query, by)

    ask(noting, [at()])
    assert flags == [False]


def test_a_message_that_is_no_answer_to_a_question_says_nothing() -> None:
    update = dns.update.UpdateMessage(NAME)
    assert read_own(dns.message.make_response(update)) == Answer(status=Status.SERVFAIL)


def test_a_name_that_is_too_long_for_dns_is_not_asked_for() -> None:
    found, there = ask(own(TXT), [at(name=f"{'a' * 64}.{NAME}")])
    assert (found, there.asked) == ([Answer(status=Status.NXDOMAIN)], [])


def test_a_server_that_is_silent_is_asked_once_and_nothing_more() -> None:
    found, there = ask(silent, [at(), at(name=f"_dmarc.{NAME}"), at(name="example.net")], QUICK)
    assert found == [Answer(status=Status.TIMEOUT)] * 3
    assert there.asked == [(NAME, "TXT", "udp")]


def test_a_server_that_has_answered_before_is_asked_on() -> None:
    def forgetful(query: dns.message.Message, by: str) -> Sequence[Reply]:
        return [] if query.question[0].name.to_text().startswith("lost.") else own(TXT)(query, by)

    names = [NAME, f"lost.{NAME}", f"next.{NAME}"]
    found, there = ask(forgetful, [at(name=name) for name in names], Patience(server=2.0))
    assert [answer.status for answer in found] == [Status.OK, Status.TIMEOUT, Status.NO_DATA]
    assert len(there.asked) == 3


@pytest.mark.parametrize(("script", "asked"), [(silent, 1), (own(TXT), 20)])
def test_of_many_questions_at_once_one_is_put_to_a_server_first(script: Script, asked: int) -> None:
    """So that a silent one is waited for once, and not by all of them."""

    async def run() -> int:
        async with scripted(script) as there:
            asking = Resolver([Server("127.0.0.1", 1)], QUICK if script is silent else CALM, authority_port=there.server.port)
            await asyncio.gather(*(asking.ask(at(name=f"n{i}.{NAME}")) for i in range(20)))
            return len(there.asked)

    assert asyncio.run(run()) == asked


@pytest.mark.parametrize(
    ("heard", "asked"),
    [
        pytest.param([], ["192.0.2.1", "192.0.2.2"], id="none answers: no way leads there, and no other is asked"),
        pytest.param(["192.0.2.1"], ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"], id="one answers: all are asked"),
    ],
)
def test_where_all_are_silent_no_further_server_is_asked(monkeypatch: pytest.MonkeyPatch, heard: list[str], asked: list[str]) -> None:
    there: list[str] = []

    async def said(server: Server, *_: object) -> Answer:
        there.append(server.address)
        return VALUES if server.address in heard else Answer(status=Status.TIMEOUT)

    async def run() -> list[Answer]:
        asking = Resolver([Server("127.0.0.1", 1)], QUICK)
        return [await asking.ask(at(f"192.0.2.{i}")) for i in (1, 2, 3, 4)]

    monkeypatch.setattr("emailauth.live.resolver._from", said)
    assert [answer.status for answer in asyncio.run(run())] == [
        Status.OK if f"192.0.2.{i}" in heard else Status.TIMEOUT for i in (1, 2, 3, 4)
    ]
    assert there == asked


def test_what_the_resolver_is_asked_and_what_a_server_is_are_two_questions() -> None:
    async def run() -> list[Answer]:
        async with scripted(lambda q, _: [answer(q, f'{NAME}. TXT "as of yesterday"')]) as resolver, scripted(own(TXT)) as authority:
            asking = Resolver([resolver.server], CALM, authority_port=authority.server.port)
            return [await asking.ask(Question(name=NAME, type="TXT")), await asking.ask(at())]

    assert asyncio.run(run()) == [Answer(values=("as of yesterday",)), VALUES]


def test_only_so_many_questions_to_servers_are_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is answered before 3 wait; were there no bound, all would have come by then, for coming takes no turn of the loop."""
    waiting: list[int] = []

    async def run() -> set[Answer]:
        enough = asyncio.Event()
        now = 0

        async def said(*_: object) -> Answer:
            nonlocal now
            now += 1
            waiting.append(now)
            if now == 3:
                enough.set()
            await enough.wait()
            await asyncio.sleep(0)
            now -= 1
            return VALUES

        monkeypatch.setattr("emailauth.live.resolver._from", said)
        asking = Resolver([Server("127.0.0.1", 1)], Patience(in_flight_to_servers=3))
        return set(await asyncio.gather(*(asking.ask(at(f"192.0.2.{i}")) for i in range(30))))

    assert asyncio.run(run()) == {VALUES}
    assert (max(waiting), len(waiting)) == (3, 30)
