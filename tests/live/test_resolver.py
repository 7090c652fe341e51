"""Many questions at once, each asked once; every way in which servers fail is told apart, and none is read as "no record"."""

import asyncio
from collections.abc import Iterator, Sequence

import dns.message
import dns.update
import pytest

from emailauth.core.question import Answer, Question, Status
from emailauth.live import resolver
from emailauth.live.resolver import Patience, Resolver
from emailauth.live.resolver_answer import read
from emailauth.live.resolver_servers import Server
from tests.live.scripted import Reply, Script, Scripted, answer, scripted, truncated
from tests.servers.bind9 import bind9
from tests.servers.program import RECORDS, Served

NAME = "example.com"
QUICK = Patience(tries=(0.5, 0.5), question=30, run=60)
"""For servers that never answer; the others answer at once."""
CALM = Patience(tries=(20.0,), question=20, run=60)
TWICE = Patience(tries=(20.0, 20.0), question=60, run=60)
VALUES = Answer(values=("v=spf1 -all",))


def txt(query: dns.message.Message, _: str) -> Sequence[Reply]:
    return [answer(query, f'{NAME}. TXT "v=spf1 -all"')]


def silent(_: dns.message.Message, __: str) -> Sequence[Reply]:
    return []


def saying(rcode: str) -> Script:
    return lambda query, _: [answer(query, rcode=rcode)]


async def _ask(scripts: Sequence[Script], patience: Patience, record_type: str) -> tuple[Answer, list[Scripted]]:
    servers = [scripted(script) for script in scripts]
    theirs = [await server.__aenter__() for server in servers]
    try:
        asking = Resolver([there.server for there in theirs], patience)
        return await asking.ask(Question(name=NAME, type=record_type)), theirs
    finally:
        for server in servers:
            await server.__aexit__()


def ask(*scripts: Script, patience: Patience = CALM, record_type: str = "TXT") -> tuple[Answer, list[Scripted]]:
    return asyncio.run(_ask(scripts, patience, record_type))


def broken_chain(query: dns.message.Message, _: str) -> Sequence[Reply]:
    return [answer(query, f"{NAME}. CNAME a.example.com.", f"a.example.com. CNAME {NAME}.")]


def unknowing_of_edns(query: dns.message.Message, by: str) -> Sequence[Reply]:
    return [answer(query, rcode="FORMERR")] if query.edns >= 0 else txt(query, by)


SOA = f"{NAME}. SOA ns.{NAME}. root.{NAME}. 1 2 3 4 5"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(txt, VALUES, id="records"),
        pytest.param(
            lambda q, _: [answer(q, f'{NAME}. TXT "v=spf1 " "-all"')],
            Answer(values=("v=spf1 -all",)),
            id="strings are joined without a space",
        ),
        pytest.param(lambda q, _: [answer(q, f'{NAME}. TXT "\\233"')], Answer(values=("\udce9",)), id="octets that are no UTF-8"),
        pytest.param(lambda q, _: [answer(q)], Answer(status=Status.NO_DATA), id="nothing at all"),
        pytest.param(lambda q, _: [answer(q, authority=[SOA])], Answer(status=Status.NO_DATA), id="no data"),
        pytest.param(lambda q, _: [answer(q, rcode="NXDOMAIN")], Answer(status=Status.NXDOMAIN), id="nxdomain"),
        pytest.param(saying("SERVFAIL"), Answer(status=Status.SERVFAIL), id="servfail"),
        pytest.param(saying("REFUSED"), Answer(status=Status.REFUSED), id="refused"),
        pytest.param(saying("NOTAUTH"), Answer(status=Status.SERVFAIL), id="a code without a status"),
        pytest.param(
            lambda q, _: [answer(q, authority=["com. NS a.gtld-servers.example."])],
            Answer(status=Status.SERVFAIL),
            id="lame: knows only who else may know",
        ),
        pytest.param(
            lambda q, _: [answer(q, f"{NAME}. CNAME Other.Example.", 'other.example. TXT "v=spf1 -all"')], VALUES, id="an alias is followed"
        ),
        pytest.param(
            lambda q, _: [answer(q, f"{NAME}. CNAME other.example.", rcode="NXDOMAIN")],
            Answer(status=Status.NXDOMAIN),
            id="an alias of nothing",
        ),
        pytest.param(
            lambda q, _: [answer(q, f"{NAME}. CNAME other.example.")], Answer(status=Status.NO_DATA), id="an alias of a name without data"
        ),
        pytest.param(broken_chain, Answer(status=Status.SERVFAIL), id="an alias without an end"),
        pytest.param(
            lambda q, _: [answer(q, f'{NAME}. TXT "x"', rcode="NXDOMAIN")], Answer(status=Status.SERVFAIL), id="contradicts itself"
        ),
        pytest.param(unknowing_of_edns, VALUES, id="does not know EDNS"),
        pytest.param(lambda q, by: [b"\x00" * 5, b"", *txt(q, by)], VALUES, id="rubbish before the answer"),
        pytest.param(
            lambda q, by: [answer(dns.message.make_query("other.example", "TXT")), *txt(q, by)],
            VALUES,
            id="a forged answer before the true one",
        ),
        pytest.param(lambda q, by: txt(q, by) if by == "tcp" else [truncated(q)], VALUES, id="truncated: by TCP"),
    ],
)
def test_what_a_server_says(script: Script, expected: Answer) -> None:
    assert ask(script)[0] == expected


@pytest.mark.parametrize(
    ("script", "status"),
    [
        pytest.param(silent, Status.TIMEOUT, id="silence"),
        pytest.param(lambda _, __: [b"\x00" * 40], Status.TIMEOUT, id="only rubbish"),
        pytest.param(lambda q, by: [truncated(q)] if by == "udp" else [], Status.TIMEOUT, id="truncated, and TCP is closed at once"),
        pytest.param(lambda q, by: [truncated(q)] if by == "udp" else [b"rubbish"], Status.TIMEOUT, id="truncated, and TCP is broken"),
    ],
)
def test_what_is_no_answer_is_a_time_out_and_never_no_record(script: Script, status: Status) -> None:
    found, _ = ask(script, patience=QUICK)
    assert found == Answer(status=status)
    assert not found.is_void


@pytest.mark.parametrize(
    ("scripts", "expected", "asked"),
    [
        pytest.param([txt, saying("SERVFAIL")], VALUES, [1, 0], id="the first knows"),
        pytest.param([saying("SERVFAIL"), txt], VALUES, [1, 1], id="the second knows"),
        pytest.param([silent, txt], VALUES, [1, 1], id="the first is dead"),
        pytest.param([saying("NXDOMAIN"), txt], Answer(status=Status.NXDOMAIN), [1, 0], id="that a name does not exist is an answer"),
        pytest.param([saying("REFUSED"), saying("SERVFAIL")], Answer(status=Status.SERVFAIL), [1, 2], id="who refuses is asked once"),
        pytest.param([saying("REFUSED"), silent], Answer(status=Status.REFUSED), [1, 2], id="a refusal tells more than silence"),
        pytest.param([silent, silent], Answer(status=Status.TIMEOUT), [2, 2], id="nobody"),
    ],
)
def test_servers_are_asked_in_turn(scripts: Sequence[Script], expected: Answer, asked: Sequence[int]) -> None:
    found, theirs = ask(*scripts, patience=QUICK if silent in scripts else TWICE)
    assert found == expected
    assert [len(there.asked) for there in theirs] == asked


def test_a_slow_server_is_asked_again_and_its_late_answer_is_not_taken_for_that_to_another_question() -> None:
    late: list[bytes] = []

    def slow(query: dns.message.Message, by: str) -> Sequence[Reply]:
        late.extend(reply for reply in txt(query, by) if reply)
        return late if len(late) > 1 else []

    found, [there] = ask(slow, patience=QUICK)
    assert found == VALUES
    assert len(there.asked) == 2


def test_servers_that_all_refuse_are_asked_once_each() -> None:
    found, theirs = ask(saying("REFUSED"), saying("REFUSED"), patience=TWICE)
    assert found == Answer(status=Status.REFUSED)
    assert [len(there.asked) for there in theirs] == [1, 1]


def test_a_message_that_is_no_answer_to_a_question_says_nothing() -> None:
    update = dns.update.UpdateMessage("example.com")
    assert read(dns.message.make_response(update)) == Answer(status=Status.SERVFAIL)


def test_a_server_that_is_not_there_is_passed_over() -> None:
    async def run() -> Answer:
        async with scripted(txt) as there:
            gone = Server("127.0.0.1", 1)
            return await Resolver([gone, there.server], Patience(tries=(0.5, 20.0), question=60)).ask(Question(name=NAME, type="TXT"))

    assert asyncio.run(run()) == VALUES


@pytest.mark.parametrize(
    ("record_type", "rrset", "value"),
    [
        ("MX", f"{NAME}. MX 10 MX1.Example.COM.", "10 mx1.example.com."),
        ("A", f"{NAME}. A 192.0.2.1", "192.0.2.1"),
        ("AAAA", f"{NAME}. AAAA 2001:DB8::0:1", "2001:db8::1"),
        ("CNAME", f"{NAME}. CNAME S1.Example.NET.", "s1.example.net."),
    ],
)
def test_values_have_the_form_of_records(record_type: str, rrset: str, value: str) -> None:
    assert ask(lambda q, _: [answer(q, rrset)], record_type=record_type)[0] == Answer(values=(value,))


def test_a_name_that_is_too_long_for_dns_is_not_asked_for() -> None:
    async def run() -> tuple[Answer, int]:
        async with scripted(txt) as there:
            found = await Resolver([there.server]).ask(Question(name="a" * 64 + ".example.com", type="TXT"))
            return found, len(there.asked)

    assert asyncio.run(run()) == (Answer(status=Status.NXDOMAIN), 0)


def test_a_question_is_asked_once_however_often_and_failures_are_remembered_too() -> None:
    async def run() -> tuple[list[Answer], int]:
        async with scripted(saying("REFUSED")) as there:
            asking = Resolver([there.server], CALM)
            question = Question(name=NAME, type="TXT")
            at_once = await asyncio.gather(*(asking.ask(question) for _ in range(20)))
            return [*at_once, await asking.ask(question)], len(there.asked)

    assert asyncio.run(run()) == ([Answer(status=Status.REFUSED)] * 21, 1)


def test_only_so_many_questions_are_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is answered before 7 wait; were there no bound, all would have come by then, for coming takes no turn of the loop."""
    waiting: list[int] = []

    async def run() -> set[Answer]:
        enough = asyncio.Event()
        now = 0

        async def exchange(_: Server, query: dns.message.Message) -> dns.message.Message:
            nonlocal now
            now += 1
            waiting.append(now)
            if now == 7:
                enough.set()
            await enough.wait()
            await asyncio.sleep(0)
            now -= 1
            return dns.message.from_wire(answer(query, rcode="NXDOMAIN"))

        monkeypatch.setattr(resolver, "_exchange", exchange)
        there = Resolver([Server("127.0.0.1", 1)], Patience(tries=(20.0,), in_flight=7))
        return set(await asyncio.gather(*(there.ask(Question(name=f"n{i}.{NAME}", type="A")) for i in range(50))))

    assert asyncio.run(run()) == {Answer(status=Status.NXDOMAIN)}
    assert (max(waiting), len(waiting)) == (7, 50)


@pytest.mark.parametrize("patience", [Patience(tries=(60.0,), question=0.2), Patience(tries=(60.0,), question=60.0, run=0.2)])
def test_the_time_of_a_question_and_of_a_run_is_bounded(patience: Patience) -> None:
    assert ask(silent, patience=patience)[0] == Answer(status=Status.TIMEOUT)


def test_after_the_time_of_the_run_nothing_more_is_asked() -> None:
    async def run() -> tuple[Answer, int]:
        async with scripted(silent) as there:
            asking = Resolver([there.server], Patience(tries=(60.0,), run=0.2))
            await asking.ask(Question(name=NAME, type="TXT"))
            return await asking.ask(Question(name=NAME, type="MX")), len(there.asked)

    assert asyncio.run(run()) == (Answer(status=Status.TIMEOUT), 1)


LONG = " ".join(f"ip4:192.0.2.{i}" for i in range(200))
ZONE = f"""{RECORDS}@ MX 10 Mail
mail A 192.0.2.25
@ TXT "v=spf1 include:_spf.example.com -all"
@ TXT "MS=ms1"
_spf TXT {" ".join(f'"{LONG[i : i + 200]}"' for i in range(0, len(LONG), 200))}
_dmarc CNAME _dmarc.policies
_dmarc.policies TXT "v=DMARC1; p=reject"
dead CNAME nowhere
away NS ns.nowhere
"""
BROKEN = Served(name="broken.example", records="This is no zone.\n")


@pytest.mark.parametrize(
    ("name", "record_type", "expected"),
    [
        ("example.com", "TXT", Answer(values=("MS=ms1", "v=spf1 include:_spf.example.com -all"))),
        ("example.com", "MX", Answer(values=("10 mail.example.com.",))),
        ("mail.example.com", "A", Answer(values=("192.0.2.25",))),
        ("mail.example.com", "AAAA", Answer(status=Status.NO_DATA)),
        ("_dmarc.example.com", "TXT", Answer(values=("v=DMARC1; p=reject",))),
        ("dead.example.com", "TXT", Answer(status=Status.NXDOMAIN)),
        ("dead.example.com", "CNAME", Answer(values=("nowhere.example.com.",))),
        ("nowhere.example.com", "TXT", Answer(status=Status.NXDOMAIN)),
        ("policies.example.com", "TXT", Answer(status=Status.NO_DATA)),
        ("example.org", "TXT", Answer(status=Status.REFUSED)),
        pytest.param("broken.example", "TXT", Answer(status=Status.SERVFAIL), id="a zone that it cannot read"),
        pytest.param("mta-sts.away.example.com", "TXT", Answer(status=Status.SERVFAIL), id="lame: delegated to others"),
        pytest.param("_spf.example.com", "TXT", Answer(values=(LONG,)), id="longer than UDP carries"),
    ],
)
def test_bind9(server: Server, name: str, record_type: str, expected: Answer) -> None:
    async def run() -> Answer:
        return await Resolver([server], CALM).ask(Question(name=name, type=record_type))

    found = asyncio.run(run())
    assert Answer(status=found.status, values=tuple(sorted(found.values))) == expected


def test_bind9_is_asked_many_things_at_once(server: Server) -> None:
    async def run() -> set[Answer]:
        asking = Resolver([server], CALM)
        return set(await asyncio.gather(*(asking.ask(Question(name=f"n{i}.example.com", type="TXT")) for i in range(500))))

    assert asyncio.run(run()) == {Answer(status=Status.NXDOMAIN)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with bind9(tmp_path_factory.mktemp("bind9"), [Served(name="example.com", records=ZONE), BROKEN]) as there:
        yield Server(there.address, there.port)
